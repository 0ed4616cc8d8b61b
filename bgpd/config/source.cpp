#include "bgpd/config/source.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <glob.h>
#include <limits>
#include <sys/stat.h>

namespace avocet::config {

namespace {

proto::Result<std::string, std::string> text_of(const std::string& path) {
  auto refuse = [&](const char* doing) {
    return tl::make_unexpected(std::string("cannot ") + doing + " '" + path + "': " + std::strerror(errno));
  };
  auto close = [](std::FILE* file) { std::fclose(file); };
  std::unique_ptr<std::FILE, decltype(close)> file(std::fopen(path.c_str(), "re"), close);
  if (!file) return refuse("open");
  std::string text;
  struct stat known {};
  if (::fstat(::fileno(file.get()), &known) == 0 && known.st_size > 0) text.reserve(static_cast<std::size_t>(known.st_size));
  char buffer[65536];
  while (auto count = std::fread(buffer, 1, sizeof buffer, file.get())) text.append(buffer, count);
  if (std::ferror(file.get())) return refuse("read");
  return text;
}

std::vector<std::string> matching(std::string pattern, const std::string& including) {
  if (auto slash = including.rfind('/'); !pattern.starts_with('/') && slash != including.npos)
    pattern = including.substr(0, slash + 1) + pattern;
  if (pattern.find_first_of("*?[") == pattern.npos) return {pattern};
  ::glob_t matches{};
  std::vector<std::string> paths;
  if (::glob(pattern.c_str(), GLOB_ERR, nullptr, &matches) == 0)
    paths.assign(matches.gl_pathv, matches.gl_pathv + matches.gl_pathc);
  ::globfree(&matches);
  return paths;
}

}  // namespace

proto::Result<std::uint16_t, std::string> Sources::add_file(const std::string& path, Place included_from) {
  if (files_.size() >= std::numeric_limits<std::uint16_t>::max())
    return tl::make_unexpected("cannot open '" + path + "': too many files");
  auto add = [&](std::shared_ptr<const std::string> text) {
    files_.push_back({std::move(text), included_from});
    names_->push_back(path);
    return static_cast<std::uint16_t>(files_.size() - 1);
  };
  if (kept_) return add(kept_->files_.at(files_.size()).text);
  return text_of(path).map([&](std::string text) { return add(std::make_shared<const std::string>(std::move(text))); });
}

std::uint16_t Sources::add_text(std::string name, std::string text, Place included_from) {
  files_.push_back({std::make_shared<const std::string>(std::move(text)), included_from});
  names_->push_back(std::move(name));
  return static_cast<std::uint16_t>(files_.size() - 1);
}

std::vector<std::string> Sources::find_included(const std::string& pattern, Place place) {
  includes_.push_back({pattern, place});
  if (!kept_) return matching(pattern, name(place.file));
  std::vector<std::string> paths;
  for (auto file : kept_->included_at(place)) paths.push_back(kept_->name(file));
  return paths;
}

std::vector<std::uint16_t> Sources::included_at(Place place) const {
  std::vector<std::uint16_t> files;
  for (std::size_t file = 1; file < files_.size(); ++file)
    if (files_[file].included_from == place) files.push_back(static_cast<std::uint16_t>(file));
  return files;
}

bool Sources::moved_to(const std::string& main_file) {
  if (files_.empty()) return false;
  std::vector<std::string> names(files_.size());
  names[0] = main_file;
  // An include stands behind the one that brought its own file: that has its name already.
  for (auto& include : includes_) {
    auto paths = matching(include.pattern, names[include.place.file]);
    auto files = included_at(include.place);
    if (paths.size() != files.size()) return false;
    for (std::size_t i = 0; i < files.size(); ++i) names[files[i]] = paths[i];
  }
  for (std::size_t file = 0; file < files_.size(); ++file)
    if (auto text = text_of(names[file]); !text || *text != *files_[file].text) return false;
  *names_ = std::move(names);
  return true;
}

std::string_view Sources::text(std::uint16_t file) const { return *files_.at(file).text; }
Place Sources::included_from(std::uint16_t file) const { return files_.at(file).included_from; }

std::size_t Sources::bytes() const {
  std::size_t sum = 0;
  for (auto& file : files_) sum += file.text->size();
  return sum;
}

std::string_view Sources::line(Place place) const {
  if (place.file >= files_.size() || place.line == 0) return {};
  std::string_view rest = *files_[place.file].text;
  for (std::uint32_t skip = place.line - 1; skip > 0; --skip) {
    auto end = rest.find('\n');
    if (end == rest.npos) return {};
    rest.remove_prefix(end + 1);
  }
  return rest.substr(0, rest.find('\n'));
}

}  // namespace avocet::config
