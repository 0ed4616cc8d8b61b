#include "bgpd/observe/mrt_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace avocet::observe {

std::string MrtFile::open(const std::string& path) {
  // A named pipe that nobody reads must not hold up the loop.
  int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK, 0666);
  if (fd < 0) return std::strerror(errno);
  close();
  fd_ = fd;
  path_ = path;
  return {};
}

void MrtFile::close() {
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

std::string MrtFile::write(std::vector<std::uint8_t>& records) {
  struct stat before {};
  bool regular = ::fstat(fd_, &before) == 0 && S_ISREG(before.st_mode);
  std::string reason;
  for (std::size_t written = 0; written < records.size() && reason.empty();) {
    auto count = ::write(fd_, records.data() + written, records.size() - written);
    if (count >= 0)
      written += static_cast<std::size_t>(count);
    else if (errno != EINTR)
      reason = std::strerror(errno);
  }
  if (!reason.empty() && regular && ::ftruncate(fd_, before.st_size) != 0) reason += ", and its last record is broken";
  records.clear();
  return reason;
}

}  // namespace avocet::observe
