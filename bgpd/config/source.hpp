#pragma once
/// The files a configuration is read from: texts, names, include chain.
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "bgpd/config/diagnostic.hpp"
#include "proto/result.hpp"

namespace avocet::config {

/// Owns the texts that tokens point into; lives as long as the Config made from it.
class Sources {
 public:
  /// Reads a file; the error says what and why ("cannot open 'x': Permission denied").
  proto::Result<std::uint16_t, std::string> add_file(const std::string& path, Place included_from = {});
  std::uint16_t add_text(std::string name, std::string text, Place included_from = {});
  const std::string& name(std::uint16_t file) const;
  std::string_view text(std::uint16_t file) const;
  Place included_from(std::uint16_t file) const;
  std::string_view line(Place place) const;
  std::size_t count() const { return files_.size(); }

 private:
  struct File {
    std::string name, text;
    Place included_from;
  };
  std::vector<std::unique_ptr<File>> files_;
};

/// A part of a file in which no other file is included. What a configuration consists of is a list of them, in the
/// order of reading.
struct Stretch {
  std::uint16_t file = 0;
  std::uint32_t line = 1;  ///< that it begins in
  const char* line_start = nullptr;
  const char *begin = nullptr, *end = nullptr;
};
/// The file with all it includes put in place (`include "glob";` on a line of its own, relative, sorted, at most 8
/// deep). Never empty. Borrows from the sources. What cannot be read becomes a diagnostic.
std::vector<Stretch> put_includes_in_place(Sources& sources, std::uint16_t file, Diagnostics& diagnostics);

}  // namespace avocet::config
