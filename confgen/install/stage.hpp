#pragma once
/// New files on trial: a directory in which they stand among the files they will live with, and the way from there into
/// place and back.
#include <sys/types.h>

#include <filesystem>
#include <future>
#include <string>
#include <vector>

namespace avocet::confgen {

/// A file as it shall be.
struct NewFile {
  std::string dest;  ///< absolute
  std::string text;
  mode_t mode = 0644;
  uid_t uid = 0;
  gid_t gid = 0;
  bool changed = true;  ///< else it is staged to be checked with the others, and not installed
};

/// The staging directory of files that belong together; it lies below the directory all of them share and is a mirror
/// of that directory and of its parent, so that relative includes find what they will find later. All functions that
/// fail throw std::runtime_error with one line for a person, and leave the installed files as they were.
class Stage {
 public:
  /// `dests` are absolute; the first one names the directory.
  explicit Stage(const std::vector<std::string>& dests);
  ~Stage();
  Stage(const Stage&) = delete;
  Stage& operator=(const Stage&) = delete;

  /// Writes the new files. What an earlier attempt left is taken away first. The disk may need some milliseconds to have
  /// them safely; they can be checked meanwhile.
  void write(const std::vector<NewFile>& files);
  /// Where the new text of `dest` stands for the check.
  std::string staged(const std::string& dest) const;
  /// A message of a check, with the names the files will have.
  std::string unstaged(std::string message) const;
  /// Renames the changed files into place once the disk has them safely; all or none. The files before the first install since `confirm` are kept.
  void install(const std::vector<NewFile>& files);
  /// Puts back what was there before the first `install` since `confirm`.
  void restore();
  /// The new files have come to stay.
  void confirm();
  /// Takes the new files away; a kept stage stays for a person to look at.
  void discard(bool keep);

  const std::filesystem::path& directory() const { return directory_; }

 private:
  void mirror(const std::filesystem::path& real, const std::filesystem::path& copy, const std::vector<NewFile>& files);
  void write_file(const NewFile& file, const std::filesystem::path& to, const std::vector<NewFile>& all);
  void flush();
  void keep_old(const NewFile& file);

  std::filesystem::path common_, directory_, root_;
  /// A file before the install: its second name in the staging directory, "" if there was none.
  struct Old {
    std::string dest;
    std::filesystem::path kept;
  };
  std::vector<Old> old_;
  bool kept_ = false;
  struct Written;
  std::vector<Written> written_;         ///< open until the disk has them
  std::future<std::string> on_disk_;     ///< the file that the disk refused and why, or ""
};

}  // namespace avocet::confgen
