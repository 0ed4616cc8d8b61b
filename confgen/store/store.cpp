#include "confgen/store/store.hpp"

#include <fmt/format.h>

namespace avocet::confgen {

void Places::note(const std::string& path, Place place) {
  paths_.append(path.c_str(), path.size() + 1);
  places_.push_back(place);
}

const Place* Places::find(std::string_view path) const {
  std::size_t at = 0;
  for (auto& place : places_) {
    std::string_view one(paths_.c_str() + at);
    if (one == path) return &place;
    at += one.size() + 1;
  }
  return nullptr;
}

std::string Object::at(std::string path) const {
  if (places.empty()) return file;
  auto found = places.find(path);
  while (!found && !path.empty()) {
    auto cut = path.find_last_of(".[");
    path.erase(cut == std::string::npos ? 0 : cut);
    found = places.find(path);
  }
  auto place = found ? *found : Place{};
  return fmt::format("{}:{}:{}", file, place.line, place.column);
}

std::string object_name(const std::string& kind, const boost::json::object& metadata) {
  auto text = [&](const char* member) {
    auto found = metadata.if_contains(member);
    return found && found->is_string() ? std::string(found->get_string()) : "";
  };
  if (kind != "Service" && kind != "EndpointSlice" && kind != "Endpoints") return text("name");
  auto space = text("namespace");
  return fmt::format("{}/{}", space.empty() ? "default" : space, text("name"));
}

}  // namespace avocet::confgen
