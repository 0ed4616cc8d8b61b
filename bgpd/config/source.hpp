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
  Sources() = default;
  /// Gives what another one has read, again and in the same order, whatever the files say now.
  explicit Sources(std::shared_ptr<const Sources> kept) : kept_(std::move(kept)) {}
  void let_go_of_kept() { kept_.reset(); }  ///< all was read that is to be read
  /// Reads a file; the error says what and why ("cannot open 'x': Permission denied").
  proto::Result<std::uint16_t, std::string> add_file(const std::string& path, Place included_from = {});
  std::uint16_t add_text(std::string name, std::string text, Place included_from = {});
  /// The files that `include "PATTERN";` at this place means: relative to the file it stands in, in the order of their names.
  /// None if it is a pattern with wildcards that nothing matches.
  std::vector<std::string> find_included(const std::string& pattern, Place place);
  const std::string& name(std::uint16_t file) const { return names_->at(file); }
  /// Names by file number, shared with all that will tell a place later.
  std::shared_ptr<const std::vector<std::string>> names() const { return names_; }
  /// If the main file stood under this name and was read now, would everything that was read be the same text? Then all files
  /// take the names they would have, and the answer is yes.
  bool moved_to(const std::string& main_file);
  std::string_view text(std::uint16_t file) const;
  Place included_from(std::uint16_t file) const;
  std::string_view line(Place place) const;
  std::size_t count() const { return files_.size(); }
  std::size_t bytes() const;  ///< of all texts

 private:
  struct File {
    std::shared_ptr<const std::string> text;
    Place included_from;
  };
  struct Include {
    std::string pattern;
    Place place;
  };
  std::vector<std::uint16_t> included_at(Place place) const;

  std::shared_ptr<const Sources> kept_;  ///< null: files are read
  std::vector<File> files_;
  std::vector<Include> includes_;  ///< in the order they were read
  std::shared_ptr<std::vector<std::string>> names_ = std::make_shared<std::vector<std::string>>();
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
