#pragma once
/// HTTP/1.1 over TCP and TLS for the stores, behind plain types: http.cpp alone sees Asio, Beast and OpenSSL.
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace avocet::confgen::http {

using Milliseconds = std::chrono::milliseconds;

/// Calls its function once, later, from Loop::run; destroying it calls it off.
class Timer {
 public:
  struct Core;
  Timer() = default;
  explicit Timer(std::shared_ptr<Core> core);
  ~Timer();
  Timer(Timer&&) noexcept;
  Timer& operator=(Timer&&) noexcept;

 private:
  std::shared_ptr<Core> core_;
};

/// What confgen waits in. Everything below calls back from `run` only, so there are no locks. Outlives its users.
class Loop {
 public:
  struct Core;
  /// When `interrupt_fd` becomes readable, `run` returns at once; -1 for none.
  explicit Loop(int interrupt_fd = -1);
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;
  /// Works until `done` says so, at most so long, or until `wake` can be read; it is always the same, or -1. With limit
  /// 0 does what is due and does not wait. Gives done().
  bool run(Milliseconds limit, const std::function<bool()>& done, int wake = -1);
  Timer after(Milliseconds delay, std::function<void()> call);
  Core& core() { return *core_; }

 private:
  std::unique_ptr<Core> core_;
};

/// "http://HOST[:PORT][/PATH]" or "https://...".
struct Url {
  bool tls = false;
  std::string host;  ///< a name or an address, IPv6 without brackets
  std::string port;
  std::string path;  ///< "" or "/...", without a slash at the end
  std::string text() const;
  friend bool operator==(const Url&, const Url&) = default;
  /// Throws std::runtime_error that quotes the text. `default_port` "" means 80 or 443.
  static Url parse(const std::string& text, const std::string& default_port = "");
};

/// PEM as a file, read again at each new connection so that it may be renewed, or as text.
struct Pem {
  std::string file, text;
  bool empty() const { return file.empty() && text.empty(); }
};

/// How we know the server, and it us.
struct Tls {
  Pem ca;  ///< empty: the system's
  Pem certificate, key;
  std::string server_name;  ///< in place of the URL's host
  bool verify = true;
};

struct Request {
  std::string method = "GET", target;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  Milliseconds timeout{10000};  ///< to the head of the answer, and between two pieces of its body
  bool endless = false;         ///< pieces of the body may come hours apart; TCP keepalive finds dead peers
};

struct Answer {
  int status = 0;
  std::string body;         ///< at most 256 MB
  std::string retry_after;  ///< the header
  std::string error;        ///< "" when the answer is whole; else what happened, with the endpoint
  bool good() const { return error.empty() && status >= 200 && status < 300; }
};

/// A request under way; destroying it calls it off, and nothing is called any more.
class Exchange {
 public:
  struct Core;
  explicit Exchange(std::shared_ptr<Core> core) : core_(std::move(core)) {}
  ~Exchange();
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

 private:
  std::shared_ptr<Core> core_;
};

/// One endpoint, and its connections that wait for the next request.
class Client {
 public:
  using End = std::function<void(Answer)>;
  using Part = std::function<void(std::string_view)>;
  Client(Loop& loop, Url url, Tls tls);
  ~Client();
  /// Asks; `end` is called once. With `part`, pieces of a good answer's body go there instead of into the answer,
  /// an empty one first when its head has come.
  std::unique_ptr<Exchange> ask(Request request, End end, Part part = {});
  const Url& url() const { return url_; }

  struct Idle;

 private:
  Loop& loop_;
  Url url_;
  Tls tls_;
  std::shared_ptr<Idle> idle_;
};

/// Text as it may stand in a query.
std::string percent_encoded(std::string_view text);

}  // namespace avocet::confgen::http
