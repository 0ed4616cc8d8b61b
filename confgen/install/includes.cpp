#include "confgen/install/includes.hpp"

#include <glob.h>

#include <filesystem>

#include "confgen/file_content.hpp"

namespace avocet::confgen {

namespace fs = std::filesystem;

namespace {

/// Where `include "PATTERN";` begins a line of a file's text; a path is relative to the file's directory.
std::vector<std::string> patterns_in(const std::string& file, const std::string& text) {
  std::vector<std::string> patterns;
  for (std::size_t at = text.find("include \""); at != std::string::npos; at = text.find("include \"", at + 1)) {
    auto before = text.find_last_not_of(" \t", at ? at - 1 : 0);
    if (at && before != std::string::npos && text[before] != '\n') continue;
    auto start = at + 9, end = text.find('"', start);
    if (end != std::string::npos)
      patterns.push_back((fs::path(file).parent_path() / text.substr(start, end - start)).string());
  }
  return patterns;
}

std::vector<std::string> files_of(const std::string& pattern) {
  std::vector<std::string> files;
  glob_t found{};
  if (::glob(pattern.c_str(), 0, nullptr, &found) == 0)
    for (std::size_t i = 0; i < found.gl_pathc; ++i) files.push_back(fs::path(found.gl_pathv[i]).lexically_normal());
  ::globfree(&found);
  return files;
}

}  // namespace

void Includes::of(const std::map<std::string, std::string>& texts) {
  ours_.clear();
  patterns_.clear();
  for (auto& [file, text] : texts) {
    ours_.insert(fs::path(file).lexically_normal());
    for (auto& pattern : patterns_in(file, text)) patterns_.push_back(pattern);
  }
}

std::string Includes::stamp() const {
  std::set<std::string> seen = ours_;
  std::string stamp;
  note(patterns_, seen, stamp);
  std::erase_if(known_, [&](auto& known) { return !seen.count(known.first); });
  return stamp;
}

void Includes::note(const std::vector<std::string>& patterns, std::set<std::string>& seen, std::string& stamp) const {
  for (auto& pattern : patterns)
    for (auto& file : files_of(pattern)) {
      if (!seen.insert(file).second) continue;
      auto now = file_stamp(file);
      auto& known = known_[file];
      if (known.stamp != now) known = {now, patterns_in(file, file_content(file).value_or(""))};
      stamp += now;
      note(known.patterns, seen, stamp);
    }
}

}  // namespace avocet::confgen
