#pragma once
/// confd's file backend: YAML or JSON files whose members become keys.
#include <filesystem>

#include "confgen/store/store.hpp"

namespace avocet::confgen {

/// The keys of one text: "/a/b/0" for the first element of list b in map a. Throws std::runtime_error
/// "FILE:LINE:COLUMN: error: ...".
FlatKeys read_flat_keys(const std::string& file, const std::string& text);

class FlatFile final : public Store {
 public:
  /// A file, or a directory of which all files below count, a later name over an earlier one. Throws
  /// std::runtime_error if it cannot be watched.
  explicit FlatFile(std::filesystem::path path);
  ~FlatFile() override;
  FlatFile(const FlatFile&) = delete;
  FlatFile& operator=(const FlatFile&) = delete;
  const Objects& list(std::vector<std::string>& problems) override;
  const FlatKeys* keys() const override { return &keys_; }
  bool whole() const override { return whole_; }
  bool wait(std::chrono::milliseconds limit) override;

 private:
  void watch(const std::filesystem::path& directory);
  std::filesystem::path path_;
  int notify_;
  Objects none_;
  std::map<std::string, FlatKeys> files_;  ///< the last good state of each
  FlatKeys keys_;
  bool whole_ = true;
};

}  // namespace avocet::confgen
