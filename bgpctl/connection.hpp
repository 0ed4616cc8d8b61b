#pragma once
/// A connection to the control socket of a daemon that speaks birdc's protocol: ours, or BIRD.
#include <functional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

#include "proto/bird_reply.hpp"

namespace avocet::bgpctl {

/// No daemon, or it went away. The text says what was tried and how to mend it.
struct ConnectionError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Owns the socket. Blocks; answers are handed on line by line, never collected.
class Connection {
 public:
  /// Called for each line of an answer, the last included, and for '+' lines in between.
  using OnLine = std::function<void(const proto::ReplyLine&)>;

  /// Takes over a connected socket and waits for the greeting.
  explicit Connection(int socket);
  /// The first of these sockets where a daemon answers. Throws ConnectionError that names them all.
  static Connection open(std::span<const std::string> paths);
  Connection(Connection&& other) noexcept;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection();

  /// "BIRD 2.0.12 ready."
  const std::string& greeting() const { return greeting_; }
  /// Sends one command and hands on its answer. Returns the code of the last line. Throws ConnectionError.
  int ask(std::string_view command, const OnLine& on_line);
  /// For whoever polls between commands.
  int socket() const { return socket_; }
  /// Reads what has arrived between commands; only '+' lines do. Throws ConnectionError when the daemon has gone.
  void take_asynchronous(const OnLine& on_line);

 private:
  void send(std::string_view text);
  /// Waits for more bytes. False when the daemon closed.
  bool receive();
  int finish(const OnLine& on_line);

  int socket_;
  std::string greeting_;
  proto::ReplyParser parser_;
};

/// 8xxx and 9xxx: the daemon refused, or did not understand.
constexpr bool is_error(int code) { return code >= 8000; }

}  // namespace avocet::bgpctl
