#include "bgpctl/connection.hpp"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace avocet::bgpctl {
namespace {

constexpr std::size_t read_bytes = 65536;

/// A connected socket, or -1 and errno.
int connect_to(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return errno = ENAMETOOLONG, -1;
  path.copy(address.sun_path, path.size());
  int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (socket < 0) return -1;
  if (::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return socket;
  int error = errno;
  ::close(socket);
  errno = error;
  return -1;
}

std::string hint(int error) {
  switch (error) {
    case ENOENT: return "is bgpd running, and with this socket (its option -s)?";
    case ECONNREFUSED: return "the socket is left over and nobody listens; is bgpd running?";
    case EACCES: return "you need the rights of the socket's owner or group";
    default: return "";
  }
}

}  // namespace

Connection::Connection(int socket) : socket_(socket) {
  try {
    finish([this](const proto::ReplyLine& line) {
      if (line.last) greeting_ = line.text;
    });
  } catch (...) {
    ::close(socket_);
    throw;
  }
}

Connection Connection::open(std::span<const std::string> paths) {
  std::string tried, advice;
  for (auto& path : paths) {
    int socket = connect_to(path);
    if (socket >= 0) return Connection(socket);
    int error = errno;
    tried += fmt::format("{}{}: {}", tried.empty() ? "" : ", ", path, std::strerror(error));
    // The first socket that is there and does not work is the one worth mending.
    if (advice.empty() || error != ENOENT) advice = hint(error);
  }
  throw ConnectionError(fmt::format("cannot connect to a daemon ({}){}{}", tried, advice.empty() ? "" : "; ", advice));
}

Connection::Connection(Connection&& other) noexcept
    : socket_(std::exchange(other.socket_, -1)), greeting_(std::move(other.greeting_)), parser_(std::move(other.parser_)) {}

Connection::~Connection() {
  if (socket_ >= 0) ::close(socket_);
}

int Connection::ask(std::string_view command, const OnLine& on_line) {
  send(std::string(command) + "\n");
  return finish(on_line);
}

void Connection::take_asynchronous(const OnLine& on_line) {
  if (!receive()) throw ConnectionError("the daemon has closed the connection");
  while (auto line = parser_.next())
    if (line->asynchronous) on_line(*line);
}

void Connection::send(std::string_view text) {
  while (!text.empty()) {
    auto sent = ::send(socket_, text.data(), text.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) throw ConnectionError(fmt::format("cannot send to the daemon: {}", std::strerror(errno)));
    text.remove_prefix(static_cast<std::size_t>(sent));
  }
}

bool Connection::receive() {
  std::array<char, read_bytes> bytes;
  ssize_t size;
  do size = ::read(socket_, bytes.data(), bytes.size());
  while (size < 0 && errno == EINTR);
  // A daemon that ends may reset instead of closing; both mean that nothing more will come.
  if (size < 0 && errno != ECONNRESET)
    throw ConnectionError(fmt::format("cannot read from the daemon: {}", std::strerror(errno)));
  if (size > 0) parser_.feed({bytes.data(), static_cast<std::size_t>(size)});
  return size > 0;
}

int Connection::finish(const OnLine& on_line) {
  for (;;) {
    while (auto line = parser_.next()) {
      on_line(*line);
      if (line->last && !line->asynchronous) return line->code;
    }
    if (!receive()) throw ConnectionError("the daemon closed the connection before its answer was complete");
  }
}

}  // namespace avocet::bgpctl
