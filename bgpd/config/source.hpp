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

}  // namespace avocet::config
