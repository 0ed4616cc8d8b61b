#include "confgen/file_content.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace avocet::confgen {

std::optional<std::string> file_content(const std::string& path) {
  int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return {};
  struct stat s {};
  std::string text;
  if (::fstat(fd, &s) == 0 && S_ISREG(s.st_mode)) text.reserve(static_cast<std::size_t>(s.st_size));
  char buffer[65536];
  ssize_t n = 0;
  while ((n = ::read(fd, buffer, sizeof buffer)) > 0) text.append(buffer, static_cast<std::size_t>(n));
  int error = errno;
  ::close(fd);
  errno = error;
  return n < 0 ? std::nullopt : std::optional(std::move(text));
}

std::string file_stamp(const std::string& path) {
  struct stat s {};
  if (::stat(path.c_str(), &s) != 0) return "";
  return fmt::format("{}:{}.{}.{}.{}\n", path, s.st_ino, s.st_size, s.st_mtim.tv_sec, s.st_mtim.tv_nsec);
}

}  // namespace avocet::confgen
