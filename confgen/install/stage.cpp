#include "confgen/install/stage.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <utility>

namespace avocet::confgen {

namespace fs = std::filesystem;

namespace {

constexpr const char* mark = ".confgen-";  // how names of staging directories begin

/// Why the system refused, and what a person can do about it.
std::runtime_error failed(const fs::path& file, const std::string& what) {
  auto number = errno;
  auto hint = number == ENOSPC || number == EDQUOT  ? "; make room on that file system"
              : number == EACCES || number == EPERM ? "; confgen needs write access to the directory"
              : number == EROFS                     ? "; the file system is mounted read-only"
              : number == ENOENT                    ? "; does the directory exist?"
                                                    : "";
  return std::runtime_error(fmt::format("{}: error: {}: {}{}", file.string(), what, std::strerror(number), hint));
}

std::runtime_error cannot_write(const fs::path& file) {
  return failed(file, "cannot write the new file; the old one stays");
}

bool is_below(const fs::path& path, const fs::path& directory) {
  auto [end, at] = std::mismatch(directory.begin(), directory.end(), path.begin(), path.end());
  return end == directory.end();
}

fs::path common_directory(const std::vector<std::string>& dests) {
  auto common = fs::path(dests.front()).parent_path();
  for (auto& dest : dests)
    while (!is_below(fs::path(dest).parent_path(), common)) common = common.parent_path();
  return common;
}

void replace_all(std::string& text, const std::string& from, const std::string& to) {
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
}

bool write_all(int fd, const std::string& text) {
  for (std::size_t done = 0; done < text.size();) {
    auto n = ::write(fd, text.data() + done, text.size() - done);
    if (n < 0 && errno != EINTR) return false;
    if (n > 0) done += static_cast<std::size_t>(n);
  }
  return true;
}

void make_directory(const fs::path& path, const fs::path& blamed) {
  if (::mkdir(path.c_str(), 0700) != 0) throw failed(blamed, "cannot make a staging directory");
}

}  // namespace

/// A staged file that was written but may not be on the disk yet.
struct Stage::Written {
  std::string dest;
  int fd;
};

Stage::Stage(const std::vector<std::string>& dests)
    : common_(common_directory(dests)),
      directory_(common_ / (mark + fs::path(dests.front()).filename().string())),
      root_(directory_ / "new") {}

Stage::~Stage() {
  flush();
  std::error_code ignored;
  if (!kept_) fs::remove_all(directory_, ignored);
}

std::string Stage::staged(const std::string& dest) const {
  return (root_ / fs::path(dest).lexically_relative(common_.parent_path())).string();
}

std::string Stage::unstaged(std::string message) const {
  auto parent = common_.parent_path();
  replace_all(message, root_.string() + "/", parent == "/" ? "/" : parent.string() + "/");
  return message;
}

void Stage::write(const std::vector<NewFile>& files) {
  flush();
  std::error_code ignored;
  kept_ = false;
  fs::remove_all(old_.empty() ? directory_ : root_, ignored);
  if (old_.empty()) make_directory(directory_, files.front().dest);
  make_directory(root_, files.front().dest);
  mirror(common_ == common_.parent_path() ? common_ : common_.parent_path(), root_, files);
  on_disk_ = std::async(std::launch::async, [written = std::exchange(written_, {})] {
    std::string problem;
    for (auto& [dest, fd] : written) {
      if (::fsync(fd) != 0 && problem.empty()) problem = cannot_write(dest).what();
      ::close(fd);
    }
    return problem;
  });
}

/// Waits until nothing is on its way to the disk any more; what became of it is of no interest now.
void Stage::flush() {
  if (on_disk_.valid()) on_disk_.wait();
  on_disk_ = {};
  for (auto& one : std::exchange(written_, {})) ::close(one.fd);
}

/// Names of `real` become links in `copy`, but directories on the way to new files are mirrored themselves.
void Stage::mirror(const fs::path& real, const fs::path& copy, const std::vector<NewFile>& files) {
  auto leads_to_one = [&](const fs::path& path) {
    return std::any_of(files.begin(), files.end(), [&](auto& file) { return is_below(file.dest, path); });
  };
  std::error_code unreadable;  // what cannot be listed cannot be included by a pattern either
  for (auto& entry : fs::directory_iterator(real, unreadable)) {
    auto name = entry.path().filename().string();
    if (name.starts_with(mark) || leads_to_one(entry.path())) continue;
    if (::symlink(entry.path().c_str(), (copy / name).c_str()) != 0)
      throw failed(files.front().dest, "cannot stage; the old files stay");
  }
  std::vector<fs::path> deeper;
  for (auto& file : files) {
    fs::path dest(file.dest);
    if (dest.parent_path() == real) {
      write_file(file, copy / dest.filename(), files);
    } else if (is_below(dest, real)) {
      auto next = real / *dest.lexically_relative(real).begin();
      if (std::find(deeper.begin(), deeper.end(), next) == deeper.end()) deeper.push_back(next);
    }
  }
  for (auto& next : deeper) {
    make_directory(copy / next.filename(), files.front().dest);
    mirror(next, copy / next.filename(), files);
  }
}

void Stage::write_file(const NewFile& file, const fs::path& to, const std::vector<NewFile>& all) {
  // Includes by absolute path shall be the new files too, while they are checked.
  bool rewritten = std::any_of(all.begin(), all.end(), [&](auto& other) {
    return &other != &file && file.text.find('"' + other.dest + '"') != std::string::npos;
  });
  auto text = file.text;
  if (rewritten)
    for (auto& other : all) replace_all(text, '"' + other.dest + '"', '"' + staged(other.dest) + '"');
  auto put = [&](const fs::path& path, const std::string& content) {
    int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) throw failed(file.dest, "cannot stage the new file; the old one stays");
    written_.push_back({file.dest, fd});
    // fchown before fchmod: changing the owner clears set-user-id bits.
    if (!write_all(fd, content) || ::fchown(fd, file.uid, file.gid) != 0 || ::fchmod(fd, file.mode) != 0)
      throw cannot_write(file.dest);
  };
  put(to, text);
  if (rewritten) put(to.string() + ".install", file.text);
}

void Stage::keep_old(const NewFile& file) {
  if (std::any_of(old_.begin(), old_.end(), [&](auto& old) { return old.dest == file.dest; })) return;
  auto kept = directory_ / fmt::format("old-{}", old_.size());
  if (::link(file.dest.c_str(), kept.c_str()) == 0) {
    old_.push_back({file.dest, kept});
  } else if (errno == ENOENT) {
    old_.push_back({file.dest, {}});
  } else {
    // Some file systems know no second names.
    std::error_code error;
    if (!fs::copy_file(file.dest, kept, error)) {
      errno = error.value();
      throw failed(file.dest, "cannot keep the old file; nothing was installed");
    }
    old_.push_back({file.dest, kept});
  }
}

namespace {

/// A dest that is itself a mount (a single file given to a container) cannot be renamed over.
bool write_in_place(const fs::path& from, const std::string& dest) {
  std::error_code error;
  bool done = fs::copy_file(from, dest, fs::copy_options::overwrite_existing, error);
  if (!done) errno = error.value();
  return done;
}

bool put_into_place(const fs::path& from, const std::string& dest) {
  if (::rename(from.c_str(), dest.c_str()) == 0) return true;
  return (errno == EBUSY || errno == EXDEV) && write_in_place(from, dest);
}

}  // namespace

void Stage::install(const std::vector<NewFile>& files) {
  if (on_disk_.valid())
    if (auto problem = on_disk_.get(); !problem.empty()) throw std::runtime_error(problem);
  for (auto& file : files)
    if (file.changed) keep_old(file);
  for (auto& file : files) {
    if (!file.changed) continue;
    fs::path checked = staged(file.dest), whole = checked.string() + ".install";
    if (put_into_place(::access(whole.c_str(), F_OK) == 0 ? whole : checked, file.dest)) continue;
    auto problem = failed(file.dest, "cannot put the new file into place; the old ones stay");
    restore();
    throw problem;
  }
}

void Stage::restore() {
  std::string problems;
  for (auto& old : old_) {
    bool good =
        old.kept.empty() ? ::unlink(old.dest.c_str()) == 0 || errno == ENOENT : put_into_place(old.kept, old.dest);
    if (!good) problems += fmt::format("{}: error: cannot put the old file back: {}; ", old.dest, std::strerror(errno));
  }
  old_.clear();
  if (!problems.empty()) throw std::runtime_error(problems + "what the daemon runs is no longer what the files say");
}

void Stage::confirm() {
  old_.clear();
  discard(false);
}

void Stage::discard(bool keep) {
  flush();
  std::error_code ignored;
  kept_ = keep;
  if (!keep) fs::remove_all(old_.empty() ? directory_ : root_, ignored);
}

}  // namespace avocet::confgen
