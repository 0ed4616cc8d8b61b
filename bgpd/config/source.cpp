#include "bgpd/config/source.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <limits>

namespace avocet::config {

proto::Result<std::uint16_t, std::string> Sources::add_file(const std::string& path, Place included_from) {
  auto refuse = [&](const char* doing, int error) {
    return tl::make_unexpected(std::string("cannot ") + doing + " '" + path + "': " + std::strerror(error));
  };
  if (files_.size() >= std::numeric_limits<std::uint16_t>::max()) return refuse("open", EMFILE);
  auto close = [](std::FILE* file) { std::fclose(file); };
  std::unique_ptr<std::FILE, decltype(close)> file(std::fopen(path.c_str(), "re"), close);
  if (!file) return refuse("open", errno);
  std::string text;
  char buffer[65536];
  while (auto count = std::fread(buffer, 1, sizeof buffer, file.get())) text.append(buffer, count);
  if (std::ferror(file.get())) return refuse("read", errno);
  return add_text(path, std::move(text), included_from);
}

std::uint16_t Sources::add_text(std::string name, std::string text, Place included_from) {
  files_.push_back(std::make_unique<File>(File{std::move(name), std::move(text), included_from}));
  return static_cast<std::uint16_t>(files_.size() - 1);
}

const std::string& Sources::name(std::uint16_t file) const { return files_.at(file)->name; }
std::string_view Sources::text(std::uint16_t file) const { return files_.at(file)->text; }
Place Sources::included_from(std::uint16_t file) const { return files_.at(file)->included_from; }

std::string_view Sources::line(Place place) const {
  if (place.file >= files_.size() || place.line == 0) return {};
  std::string_view rest = files_[place.file]->text;
  for (std::uint32_t skip = place.line - 1; skip > 0; --skip) {
    auto end = rest.find('\n');
    if (end == rest.npos) return {};
    rest.remove_prefix(end + 1);
  }
  return rest.substr(0, rest.find('\n'));
}

}  // namespace avocet::config
