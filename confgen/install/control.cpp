#include "confgen/install/control.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "proto/bird_reply.hpp"

namespace avocet::confgen {

namespace {

using Clock = std::chrono::steady_clock;

// Codes of the last line.
constexpr int reconfigured = 3, in_progress = 4, queued = 5, configuration_good = 20, configuration_error = 8002;

/// One conversation. Every step gives "" or what is wrong.
class Conversation {
 public:
  Conversation(const std::string& path, std::chrono::milliseconds limit)
      : path_(path), limit_(limit), deadline_(Clock::now() + limit) {}
  Conversation(const Conversation&) = delete;
  Conversation& operator=(const Conversation&) = delete;
  ~Conversation() {
    if (socket_ >= 0) ::close(socket_);
  }

  std::string connect() {
    sockaddr_un address{AF_UNIX, {}};
    if (path_.size() >= sizeof address.sun_path) return "the path is too long for a socket";
    path_.copy(address.sun_path, path_.size());
    socket_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (socket_ >= 0 && ::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) return "";
    nobody_ = errno == ENOENT || errno == ECONNREFUSED;
    // EAGAIN: its queue of connections is full, so nobody takes any.
    return errno == EAGAIN ? "the daemon accepts no connection" : std::strerror(errno);
  }

  bool nobody_listens() const { return nobody_; }

  std::string send(std::string_view line) {
    auto n = ::send(socket_, line.data(), line.size(), MSG_NOSIGNAL);
    return n == static_cast<ssize_t>(line.size()) ? "" : n < 0 ? std::strerror(errno) : "the daemon reads nothing";
  }

  /// The last line of the next answer.
  std::string receive(proto::ReplyLine& last) {
    while (true) {
      while (auto line = parser_.next())
        if (line->last && !line->asynchronous) return last = *line, "";
      auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline_ - Clock::now()).count();
      pollfd wait_for{socket_, POLLIN, 0};
      if (left <= 0 || ::poll(&wait_for, 1, static_cast<int>(left)) <= 0)
        return fmt::format("no answer within {:g} s", static_cast<double>(limit_.count()) / 1000);
      char buffer[4096];
      auto n = ::recv(socket_, buffer, sizeof buffer, 0);
      if (n == 0) return "the daemon closed the connection";
      if (n < 0 && errno != EAGAIN && errno != EINTR) return std::strerror(errno);
      if (n > 0) parser_.feed({buffer, static_cast<std::size_t>(n)});
    }
  }

 private:
  const std::string& path_;
  std::chrono::milliseconds limit_;
  Clock::time_point deadline_;
  int socket_ = -1;
  bool nobody_ = false;
  proto::ReplyParser parser_;
};

}  // namespace

namespace {

ReloadAnswer ask(const std::string& socket, const std::string& command, std::chrono::milliseconds limit) {
  Conversation conversation(socket, limit);
  proto::ReplyLine last;
  auto wrong = conversation.connect();
  if (wrong.empty()) wrong = conversation.receive(last);
  if (wrong.empty()) wrong = conversation.send(command + "\n");
  if (wrong.empty()) wrong = conversation.receive(last);
  if (!wrong.empty()) return {conversation.nobody_listens() ? ReloadAnswer::absent : ReloadAnswer::silent, wrong};
  if (last.code == reconfigured || last.code == in_progress || last.code == queued || last.code == configuration_good)
    return {ReloadAnswer::done, last.text};
  return {last.code == configuration_error ? ReloadAnswer::refused : ReloadAnswer::silent, last.text};
}

}  // namespace

ReloadAnswer ask_to_check(const std::string& socket, const std::string& file, std::chrono::milliseconds limit) {
  return ask(socket, fmt::format("configure check \"{}\"", file), limit);
}

ReloadAnswer ask_to_reload(const std::string& socket, std::chrono::milliseconds limit) {
  return ask(socket, "configure", limit);
}

}  // namespace avocet::confgen
