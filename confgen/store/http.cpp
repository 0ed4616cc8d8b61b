#include "confgen/store/http.hpp"

#include <fmt/format.h>
#include <netinet/tcp.h>
#include <openssl/err.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/string_type.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <optional>
#include <stdexcept>

namespace avocet::confgen::http {

namespace asio = boost::asio;
namespace ssl = asio::ssl;
namespace beast_http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

using namespace std::chrono_literals;
constexpr auto connect_limit = 3s;  // for each address of an endpoint; data centres answer in milliseconds
constexpr auto tls_limit = 5s;
constexpr std::size_t largest_body = 256u << 20;
constexpr std::size_t largest_idle = 4;  // connections kept for the next request
const auto quietly = asio::as_tuple(asio::use_awaitable);

}  // namespace

// ---- the loop

struct Loop::Core {
  asio::io_context io{1};
  asio::posix::stream_descriptor interrupt{io};
  bool interrupted = false;
  asio::posix::stream_descriptor wake{io};
  bool woken = false, listens = false;

  /// Waits for `wake` from now on, if it does not yet.
  void listen(int fd) {
    woken = false;
    if (fd < 0 || listens) return;
    if (!wake.is_open()) wake.assign(fd);
    listens = true;
    wake.async_wait(asio::posix::stream_descriptor::wait_read, [this](error_code error) {
      listens = false;
      woken = !error;
    });
  }
};

Loop::Loop(int interrupt_fd) : core_(std::make_unique<Core>()) {
  if (interrupt_fd < 0) return;
  core_->interrupt.assign(interrupt_fd);
  core_->interrupt.async_wait(asio::posix::stream_descriptor::wait_read,
                              [core = core_.get()](error_code error) { core->interrupted = !error; });
}

Loop::~Loop() {
  // The caller's:
  if (core_->interrupt.is_open()) core_->interrupt.release();
  if (core_->wake.is_open()) core_->wake.release();
}

bool Loop::run(Milliseconds limit, const std::function<bool()>& done, int wake) {
  auto& io = core_->io;
  core_->listen(wake);
  auto end = std::chrono::steady_clock::now() + limit;
  io.restart();
  // What is due is done even without a wait, but a storm may not keep the caller for ever.
  if (limit.count() <= 0)
    for (auto late = end + 20ms; io.poll_one() && std::chrono::steady_clock::now() < late;) {
    }
  // run_one_until gives 0 when nothing is left to wait for, too: then only the clock counts.
  while (!done() && !core_->interrupted && !core_->woken && std::chrono::steady_clock::now() < end) {
    auto work = asio::make_work_guard(io);
    io.restart();
    io.run_one_until(end);
  }
  return done();
}

struct Timer::Core {
  explicit Core(asio::io_context& io) : timer(io) {}
  asio::steady_timer timer;
  bool called_off = false;
};

Timer::Timer(std::shared_ptr<Core> core) : core_(std::move(core)) {}
Timer::~Timer() {
  if (core_) core_->called_off = true, core_->timer.cancel();
}
Timer::Timer(Timer&&) noexcept = default;
Timer& Timer::operator=(Timer&& other) noexcept {
  Timer old(std::move(core_));  // called off when this returns
  core_ = std::move(other.core_);
  return *this;
}

Timer Loop::after(Milliseconds delay, std::function<void()> call) {
  auto core = std::make_shared<Timer::Core>(core_->io);
  core->timer.expires_after(delay);
  core->timer.async_wait([core, call = std::move(call)](error_code error) {
    if (!error && !core->called_off) call();
  });
  return Timer(core);
}

// ---- texts

std::string Url::text() const {
  return fmt::format("{}://{}:{}{}", tls ? "https" : "http",
                     host.find(':') == std::string::npos ? host : "[" + host + "]", port, path);
}

Url Url::parse(const std::string& text, const std::string& default_port) {
  auto wrong = [&](const char* why) { return std::runtime_error(fmt::format("'{}' {}", text, why)); };
  Url url;
  auto scheme = text.find("://");
  if (scheme == std::string::npos || (!text.starts_with("http://") && !text.starts_with("https://")))
    throw wrong("is no URL of the form http://HOST:PORT or https://HOST:PORT");
  url.tls = text.starts_with("https");
  auto rest = text.substr(scheme + 3);
  if (rest.find_first_of(" \t\r\n?#@") != std::string::npos) throw wrong("has more than scheme, host, port and path");
  if (auto slash = rest.find('/'); slash != std::string::npos) {
    url.path = rest.substr(slash);
    rest.erase(slash);
    while (url.path.ends_with("/")) url.path.pop_back();
  }
  auto close = rest.starts_with("[") ? rest.find(']') : std::string::npos;
  if (rest.starts_with("[") && close == std::string::npos) throw wrong("has a bracket without its end");
  auto colon = rest.find(':', close == std::string::npos ? 0 : close);
  url.host = close == std::string::npos ? rest.substr(0, colon) : rest.substr(1, close - 1);
  url.port = colon != std::string::npos ? rest.substr(colon + 1)
             : default_port.empty()     ? (url.tls ? "443" : "80")
                                        : default_port;
  if (url.host.empty()) throw wrong("has no host");
  if (url.port.empty() || url.port.size() > 5 || url.port.find_first_not_of("0123456789") != std::string::npos ||
      std::stoi(url.port) < 1 || std::stoi(url.port) > 65535)
    throw wrong("has a port that is not a number from 1 to 65535");
  return url;
}

std::string percent_encoded(std::string_view text) {
  std::string out;
  for (unsigned char c : text)
    if (std::isalnum(c) || std::strchr("-._~", c))
      out += static_cast<char>(c);
    else
      out += fmt::format("%{:02X}", c);
  return out;
}

namespace {

// ---- TLS

struct TlsProblem : std::runtime_error {
  using std::runtime_error::runtime_error;
};

std::string pem_text(const Pem& pem, const char* what) {
  if (pem.file.empty()) return pem.text;
  std::ifstream in(pem.file);
  std::string text{std::istreambuf_iterator<char>(in), {}};
  if (!in.is_open() || in.bad())
    throw TlsProblem(fmt::format("{} file {}: cannot read: {}", what, pem.file, std::strerror(errno)));
  return text;
}

std::shared_ptr<ssl::context> tls_context(const Tls& tls) {
  auto context = std::make_shared<ssl::context>(ssl::context::tls_client);
  ::SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION);
  auto set = [](const Pem& pem, const char* what, auto use) {
    if (pem.empty()) return;
    auto text = pem_text(pem, what);
    error_code error;
    use(asio::buffer(text), error);
    if (error)
      throw TlsProblem(
          fmt::format("{}{}: not usable: {}", what, pem.file.empty() ? "" : " file " + pem.file, error.message()));
  };
  ::ERR_clear_error();
  if (tls.ca.empty()) {
    error_code ignored;  // without any system store every certificate is refused later, with a reason
    context->set_default_verify_paths(ignored);
  }
  set(tls.ca, "CA certificate", [&](auto text, auto& error) { context->add_certificate_authority(text, error); });
  set(tls.certificate, "client certificate",
      [&](auto text, auto& error) { context->use_certificate_chain(text, error); });
  set(tls.key, "client key", [&](auto text, auto& error) { context->use_private_key(text, ssl::context::pem, error); });
  context->set_verify_mode(tls.verify ? ssl::verify_peer : ssl::verify_none);
  return context;
}

// ---- one connection, plain or TLS

struct Connection {
  explicit Connection(asio::io_context& io) : socket(io) {}
  tcp::socket socket;  // a TLS stream refers to it
  std::shared_ptr<ssl::context> context;
  std::optional<ssl::stream<tcp::socket&>> tls;
  std::string rest;   ///< read, not yet parsed
  bool used = false;  ///< for an earlier request

  asio::awaitable<std::size_t> read_some(asio::mutable_buffer into, error_code& error) {
    std::size_t count = 0;
    if (tls)
      std::tie(error, count) = co_await tls->async_read_some(into, quietly);
    else
      std::tie(error, count) = co_await socket.async_read_some(into, quietly);
    co_return count;
  }
  asio::awaitable<void> write(asio::const_buffer text, error_code& error) {
    std::size_t count = 0;
    if (tls)
      std::tie(error, count) = co_await asio::async_write(*tls, text, quietly);
    else
      std::tie(error, count) = co_await asio::async_write(socket, text, quietly);
  }
  void close() {
    error_code ignored;
    socket.close(ignored);
  }
};

/// The answer as it comes in.
class Parser : public beast_http::basic_parser<false> {
 public:
  Parser(Answer& answer, const Client::Part& part) : answer_(answer), part_(part) {
    eager(true);
    body_limit(boost::none);
    header_limit(64 * 1024);
  }
  bool too_large = false;
  /// Called before each piece; false once nobody listens any more.
  std::function<bool()> wanted;

 private:
  void on_request_impl(beast_http::verb, boost::beast::string_view, boost::beast::string_view, int,
                       error_code&) override {}
  void on_response_impl(int code, boost::beast::string_view, int, error_code&) override { answer_.status = code; }
  void on_field_impl(beast_http::field name, boost::beast::string_view, boost::beast::string_view value,
                     error_code&) override {
    if (name == beast_http::field::retry_after) answer_.retry_after = std::string(value);
  }
  void on_header_impl(error_code&) override {
    if (part_ && answer_.status >= 200 && answer_.status < 300 && wanted()) part_({});
  }
  void on_body_init_impl(boost::optional<std::uint64_t> const&, error_code&) override {}
  std::size_t on_body_impl(boost::beast::string_view body, error_code& error) override { return take(body, error); }
  void on_chunk_header_impl(std::uint64_t, boost::beast::string_view, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, boost::beast::string_view body, error_code& error) override {
    return take(body, error);
  }
  void on_finish_impl(error_code&) override {}

  std::size_t take(boost::beast::string_view body, error_code& error) {
    if (!wanted()) {
      error = asio::error::operation_aborted;
      return 0;
    }
    if (part_ && answer_.status >= 200 && answer_.status < 300)
      part_({body.data(), body.size()});
    else if (answer_.body.size() + body.size() > largest_body)
      too_large = true, error = beast_http::error::body_limit;
    else
      answer_.body.append(body.data(), body.size());
    return body.size();
  }

  Answer& answer_;
  const Client::Part& part_;
};

}  // namespace

// ---- requests

struct Client::Idle {
  std::vector<std::shared_ptr<Connection>> connections;
};

struct Exchange::Core {
  Core(asio::io_context& context) : io(context), deadline(context), resolver(context) {}
  asio::io_context& io;
  asio::steady_timer deadline;
  tcp::resolver resolver;
  Url url;
  Tls tls;
  std::string text;  ///< the request as it is sent
  Milliseconds timeout{};
  bool endless = false, called_off = false, timed_out = false;
  Client::End end;
  Client::Part part;
  std::shared_ptr<Client::Idle> idle;
  std::shared_ptr<Connection> connection;

  void stop() {
    resolver.cancel();
    if (connection) connection->close();
  }
};

Exchange::~Exchange() {
  core_->called_off = true;
  core_->deadline.cancel();
  core_->stop();
}

namespace {

using Core = std::shared_ptr<Exchange::Core>;

void limit(const Core& core, Milliseconds time) {
  core->timed_out = false;
  core->deadline.expires_after(time);
  core->deadline.async_wait([weak = std::weak_ptr(core)](error_code error) {
    auto core = weak.lock();
    if (error || !core || core->deadline.expiry() > std::chrono::steady_clock::now()) return;
    core->timed_out = true;
    core->stop();
  });
}

std::string reason(const Core& core, const char* doing, const error_code& error) {
  auto why = core->timed_out             ? "no answer in time"
             : error == asio::error::eof ? "closed by the other side"
                                         : error.message();
  return fmt::format("{}: {}: {}", core->url.text(), doing, why);
}

/// Dead peers are found after 25 s, unanswered data is given up after as long.
void watch_peer(tcp::socket& socket) {
  error_code ignored;
  socket.set_option(tcp::no_delay(true), ignored);
  socket.set_option(asio::socket_base::keep_alive(true), ignored);
  auto set = [&](int option, unsigned value) {
    ::setsockopt(socket.native_handle(), IPPROTO_TCP, option, &value, sizeof value);
  };
  set(TCP_KEEPIDLE, 10);
  set(TCP_KEEPINTVL, 5);
  set(TCP_KEEPCNT, 3);
  set(TCP_USER_TIMEOUT, 25000);
}

asio::awaitable<std::string> connect(Core core) {
  std::vector<tcp::endpoint> addresses;
  error_code error;
  auto port = static_cast<std::uint16_t>(std::stoi(core->url.port));
  if (auto address = asio::ip::make_address(core->url.host, error); !error) {
    addresses.emplace_back(address, port);
  } else {
    limit(core, tls_limit);
    auto [failed, found] = co_await core->resolver.async_resolve(core->url.host, core->url.port, quietly);
    if (failed) co_return reason(core, "name", failed);
    for (auto& entry : found) addresses.push_back(entry.endpoint());
  }
  for (auto& address : addresses) {
    core->connection = std::make_shared<Connection>(core->io);
    limit(core, connect_limit);
    std::tie(error) = co_await core->connection->socket.async_connect(address, quietly);
    if (!error || core->called_off) break;
  }
  if (error) co_return reason(core, "connect", error);
  watch_peer(core->connection->socket);
  co_return "";
}

asio::awaitable<std::string> handshake(Core core) {
  auto& connection = *core->connection;
  auto name = core->tls.server_name.empty() ? core->url.host : core->tls.server_name;
  try {
    connection.context = tls_context(core->tls);
  } catch (const TlsProblem& problem) {
    co_return fmt::format("{}: {}", core->url.text(), problem.what());
  }
  connection.tls.emplace(connection.socket, *connection.context);
  auto session = connection.tls->native_handle();
  error_code error;
  asio::ip::make_address(name, error);
  if (error) {
    ::SSL_set_tlsext_host_name(session, name.c_str());  // RFC 6066 section 3: names only
    ::SSL_set1_host(session, name.c_str());
  } else {
    ::X509_VERIFY_PARAM_set1_ip_asc(::SSL_get0_param(session), name.c_str());
  }
  limit(core, tls_limit);
  std::tie(error) = co_await connection.tls->async_handshake(ssl::stream_base::client, quietly);
  if (!error) co_return "";
  auto verdict = ::SSL_get_verify_result(session);
  if (core->timed_out || verdict == X509_V_OK) co_return reason(core, "TLS", error);
  bool other_name = verdict == X509_V_ERR_HOSTNAME_MISMATCH || verdict == X509_V_ERR_IP_ADDRESS_MISMATCH;
  co_return fmt::format("{}: TLS: the server's certificate is refused: {}", core->url.text(),
                        other_name ? "it is not for '" + name + "'" : ::X509_verify_cert_error_string(verdict));
}

/// Sends the request and reads the answer. "" or why it failed; `answered` once any byte has come.
asio::awaitable<std::string> converse(Core core, Answer& answer, bool& answered, bool& reusable) {
  auto& connection = *core->connection;
  error_code error;
  limit(core, core->timeout);
  co_await connection.write(asio::buffer(core->text), error);
  if (error) co_return reason(core, "send", error);
  Parser parser(answer, core->part);
  parser.wanted = [&core] { return !core->called_off; };
  std::vector<char> buffer(64 * 1024);
  auto& rest = connection.rest;
  while (!parser.is_done()) {
    auto count = co_await connection.read_some(asio::buffer(buffer), error);
    if (core->called_off) co_return "called off";
    bool ended = error == asio::error::eof || error == ssl::error::stream_truncated;
    if (error && !(ended && answered)) co_return reason(core, "read", error);
    answered |= count > 0;
    rest.append(buffer.data(), count);
    error_code wrong;
    std::size_t eaten = 0;
    while (!rest.empty() && !parser.is_done()) {
      eaten = parser.put(asio::buffer(rest), wrong);
      rest.erase(0, eaten);
      if (core->called_off) co_return "called off";
      if (wrong || !eaten) break;
    }
    if (wrong == beast_http::error::need_more) wrong = {};  // the end of a chunk comes with the next one
    if (ended && !wrong && !parser.is_done()) parser.put_eof(wrong);
    if (parser.too_large) co_return fmt::format("{}: the answer is larger than 256 MB", core->url.text());
    if (wrong)
      co_return fmt::format("{}: {}", core->url.text(),
                            ended ? "closed in the middle of an answer" : "not an HTTP answer: " + wrong.message());
    if (parser.is_header_done() && core->endless)
      core->deadline.cancel();
    else
      limit(core, core->timeout);
  }
  reusable = parser.keep_alive() && rest.empty();
  co_return "";
}

asio::awaitable<void> run(Core core) {
  Answer answer;
  for (int attempt = 0; attempt < 2; ++attempt) {
    bool old = !core->idle->connections.empty() && attempt == 0, answered = false, reusable = false;
    if (old) {
      core->connection = core->idle->connections.back();
      core->idle->connections.pop_back();
      answer.error.clear();
    } else {
      answer.error = co_await connect(core);
      if (answer.error.empty() && core->url.tls) answer.error = co_await handshake(core);
    }
    if (answer.error.empty()) answer.error = co_await converse(core, answer, answered, reusable);
    if (core->called_off) co_return;
    if (answer.error.empty() && reusable && core->idle->connections.size() < largest_idle)
      core->idle->connections.push_back(core->connection);
    else if (core->connection)
      core->connection->close();
    core->connection.reset();
    // A kept connection may have been closed under us: that is no failure yet.
    if (answer.error.empty() || !old || answered) break;
  }
  core->deadline.cancel();
  auto end = std::move(core->end);
  if (!core->called_off) end(std::move(answer));
}

}  // namespace

Client::Client(Loop& loop, Url url, Tls tls)
    : loop_(loop), url_(std::move(url)), tls_(std::move(tls)), idle_(std::make_shared<Idle>()) {}
Client::~Client() = default;

std::unique_ptr<Exchange> Client::ask(Request request, End end, Part part) {
  auto core = std::make_shared<Exchange::Core>(loop_.core().io);
  core->url = url_;
  core->tls = tls_;
  core->timeout = request.timeout;
  core->endless = request.endless;
  core->end = std::move(end);
  core->part = std::move(part);
  core->idle = idle_;
  auto host = url_.host.find(':') == std::string::npos ? url_.host : "[" + url_.host + "]";
  core->text = fmt::format("{} {}{} HTTP/1.1\r\nHost: {}:{}\r\nUser-Agent: confgen\r\nAccept: application/json\r\n",
                           request.method, url_.path, request.target, host, url_.port);
  for (auto& [name, value] : request.headers) core->text += fmt::format("{}: {}\r\n", name, value);
  if (!request.body.empty())
    core->text += fmt::format("Content-Type: application/json\r\nContent-Length: {}\r\n", request.body.size());
  core->text += "\r\n" + request.body;
  asio::co_spawn(loop_.core().io, run(core), asio::detached);
  return std::make_unique<Exchange>(core);
}

}  // namespace avocet::confgen::http
