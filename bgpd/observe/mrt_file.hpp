#pragma once
/// A file that MRT records are appended to. It only ever ends with a whole record, also when the disk is full.
#include <cstdint>
#include <string>
#include <vector>

namespace avocet::observe {

class MrtFile {
 public:
  MrtFile() = default;
  ~MrtFile() { close(); }
  MrtFile(const MrtFile&) = delete;
  MrtFile& operator=(const MrtFile&) = delete;

  /// Made if it is not there. "" or the system's reason why it cannot be opened; what was open before stays open then.
  std::string open(const std::string& path);
  void close();
  bool is_open() const { return fd_ >= 0; }
  const std::string& path() const { return path_; }

  /// Writes whole records, and empties `records`. "" or the system's reason; the part that could be written is taken
  /// back.
  std::string write(std::vector<std::uint8_t>& records);

 private:
  int fd_ = -1;
  std::string path_;
};

}  // namespace avocet::observe
