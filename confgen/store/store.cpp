#include "confgen/store/store.hpp"

#include <fmt/format.h>

namespace avocet::confgen {

std::string Object::at(std::string path) const {
  if (places.empty()) return file;
  auto found = places.find(path);
  while (found == places.end() && !path.empty()) {
    auto cut = path.find_last_of(".[");
    path.erase(cut == std::string::npos ? 0 : cut);
    found = places.find(path);
  }
  auto place = found == places.end() ? Place{} : found->second;
  return fmt::format("{}:{}:{}", file, place.line, place.column);
}

}  // namespace avocet::confgen
