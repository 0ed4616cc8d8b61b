#include "bgpd/ctl/server.hpp"

#include <grp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <set>
#include <utility>
#include <vector>

#include "bgpd/ctl/commands.hpp"

namespace avocet::ctl {
namespace {

namespace asio = boost::asio;
using Stream = asio::local::stream_protocol;

constexpr std::size_t max_line_bytes = 4096;   // BIRD's limit; longer commands get 9000
constexpr std::size_t page_bytes = 32 * 1024;  // one write; also what a client that stops reading costs us
constexpr std::size_t max_clients = 256;  // far more than tools open; a leak elsewhere must not eat our descriptors
constexpr auto accept_pause = std::chrono::milliseconds(100);  // after a failed accept (out of descriptors)

}  // namespace

struct Server::State {
  State(asio::io_context& io, Context context) : io(io), context(std::move(context)) {}

  class Connection;

  /// One socket file and who comes in by it.
  struct Door {
    explicit Door(asio::io_context& io) : acceptor(io), pause(io) {}
    SocketOptions options;
    Stream::acceptor acceptor;
    asio::steady_timer pause;  ///< until the next try after a failed accept
  };
  using DoorPtr = std::shared_ptr<Door>;

  std::string open(const SocketOptions& options, const std::string& group, DoorPtr& door);
  void accept(DoorPtr door);
  void close(Door& door);

  asio::io_context& io;
  Context context;
  DoorPtr main;
  std::vector<DoorPtr> further;
  std::set<std::shared_ptr<Connection>> connections;
};

/// One client. Commands are answered in order: the next line is looked at when the last page of an answer was taken. So
/// a client that does not read stops only itself. One read and one write may be pending at a time.
class Server::State::Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(State& server, DoorPtr door, Stream::socket socket)
      : server_(server), door_(std::move(door)), socket_(std::move(socket)) {
    client_.restricted = door_->options.restricted;
  }

  const DoorPtr& door() const { return door_; }
  void restrict_access() { client_.restricted = true; }
  /// Ends when what is being answered was taken.
  void hang_up() {
    client_.hang_up = true;
    schedule();
  }

  void start() {
    sink_ = server_.context.log.add_sink([this](observe::LogClass c, std::string_view line) { echo(c, line); });
    auto dialect = server_.context.config()->dialect;
    if (debug_commands() >= connects) server_.context.log.info("control", "client connected");
    reply_.end(1, version_text(skin_of(dialect)) + " ready.");
    advance();
  }

  void close() {
    if (closed_) return;
    closed_ = true;
    server_.context.log.remove_sink(sink_);
    if (debug_commands() >= connects) server_.context.log.info("control", "client gone");
    boost::system::error_code ignored;
    socket_.close(ignored);
  }

 private:
  // What `debug commands` logs, as BIRD does.
  static constexpr std::uint32_t connects = 1, commands = 2;
  std::uint32_t debug_commands() const { return server_.context.config()->debug_commands; }

  void leave() {
    close();
    server_.connections.erase(shared_from_this());
  }

  /// Does the next thing there is to do, unless a page is still being written.
  void advance() {
    if (closed_ || writing_) return;
    if (client_.hang_up && !answer_ && reply_.size_bytes() == 0) return leave();
    bool busy = true;
    if (answer_) {
      if (answer_->produce(reply_)) answer_.reset();
    } else {
      busy = !client_.hang_up && next_line();
    }
    if (reply_.size_bytes() > 0 && (!busy || answer_ || reply_.size_bytes() >= page_bytes))
      write();
    else if (busy)
      schedule();
    if (!busy && !reading_ && !client_.hang_up) read();
  }

  void schedule() {
    if (std::exchange(scheduled_, true)) return;
    asio::post(server_.io, [self = shared_from_this()] {
      self->scheduled_ = false;
      self->advance();
    });
  }

  void read() {
    reading_ = true;
    socket_.async_read_some(asio::buffer(chunk_), [self = shared_from_this()](auto error, std::size_t size) {
      self->reading_ = false;
      if (self->closed_) return;
      if (error) return self->leave();
      self->input_.append(self->chunk_.data(), size);
      self->advance();
    });
  }

  void write() {
    writing_ = true;
    echoed_bytes_ = 0;
    page_ = reply_.take();
    asio::async_write(socket_, asio::buffer(page_), [self = shared_from_this()](auto error, std::size_t) {
      self->writing_ = false;
      if (self->closed_) return;
      if (error) return self->leave();
      self->advance();
    });
  }

  /// Begins to answer one line of the input. False if there is no whole line yet.
  bool next_line() {
    auto end = input_.find('\n');
    if (end == std::string::npos) {
      // Remember only that the line is too long, not the line.
      if (input_.size() > max_line_bytes) overlong_ = true, input_.clear();
      return false;
    }
    auto line = input_.substr(0, end);
    input_.erase(0, end + 1);
    if (debug_commands() >= commands) server_.context.log.trace("control", "command: " + line);
    if (std::exchange(overlong_, false) || line.size() > max_line_bytes)
      reply_.end(9000, "Command too long");
    else
      answer_ = execute(server_.context, client_, line, reply_);
    return true;
  }

  /// A log line for a client that asked for it; lines beyond the client's limit are dropped while it does not read.
  void echo(observe::LogClass c, std::string_view line) {
    if (!(client_.echo & observe::log_bit(c)) || echoed_bytes_ + line.size() > client_.echo_limit_bytes) return;
    echoed_bytes_ += line.size();
    reply_.asynchronous(line);
    schedule();
  }

  State& server_;
  DoorPtr door_;
  Stream::socket socket_;
  Client client_;
  Reply reply_;
  AnswerPtr answer_;
  std::array<char, 4096> chunk_;
  std::string input_, page_;
  std::size_t echoed_bytes_ = 0;  // in reply_
  int sink_ = 0;
  bool reading_ = false, writing_ = false, scheduled_ = false, overlong_ = false, closed_ = false;
};

void Server::State::accept(DoorPtr door) {
  auto& acceptor = door->acceptor;
  acceptor.async_accept([this, door = std::move(door)](boost::system::error_code error, Stream::socket socket) mutable {
    if (error == asio::error::operation_aborted || !door->acceptor.is_open()) return;
    if (error) {
      auto& pause = door->pause;
      pause.expires_after(accept_pause);
      pause.async_wait([this, door = std::move(door)](auto stopped) mutable {
        if (!stopped) accept(std::move(door));
      });
      return;
    }
    if (connections.size() < max_clients) {
      auto connection = std::make_shared<Connection>(*this, door, std::move(socket));
      connections.insert(connection);
      connection->start();
    } else {
      context.log.warn("control", "client refused: too many are connected limit=" + std::to_string(max_clients));
    }
    accept(std::move(door));
  });
}

/// Sets `door` when somebody can come in; else the reason why not.
std::string Server::State::open(const SocketOptions& options, const std::string& group, DoorPtr& door) {
  auto& path = options.path;
  auto failed = [&](const std::string& what, const std::string& why) { return what + " '" + path + "': " + why; };
  if (path.size() >= sizeof(sockaddr_un::sun_path)) return "control socket path '" + path + "' is too long";
  Stream::endpoint endpoint(path);
  boost::system::error_code error;
  {
    Stream::socket probe(io);
    probe.connect(endpoint, error);
    if (!error) return failed("control socket", "another daemon listens there");
  }
  // Only a dead socket is replaced; a file of another kind is not ours to remove.
  struct stat status {};
  if (lstat(path.c_str(), &status) == 0) {
    if (!S_ISSOCK(status.st_mode)) return failed("control socket", "exists and is not a socket");
    ::unlink(path.c_str());
  }
  auto made = std::make_shared<Door>(io);
  made->options = options;
  made->acceptor.open(endpoint.protocol(), error);
  // Nobody may connect between bind and chmod.
  auto mask = ::umask(0177);
  if (!error) made->acceptor.bind(endpoint, error);
  ::umask(mask);
  if (error) return failed("cannot bind control socket", error.message());
  if (!group.empty()) {
    auto* entry = getgrnam(group.c_str());
    if (!entry) return failed("control socket", "there is no group '" + group + "'");
    if (::chown(path.c_str(), static_cast<uid_t>(-1), entry->gr_gid) != 0)
      return failed("cannot give control socket to group " + group, std::strerror(errno));
  }
  if (::chmod(path.c_str(), 0660) != 0) return failed("cannot set mode of control socket", std::strerror(errno));
  made->acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error) return failed("cannot listen on control socket", error.message());
  door = made;
  accept(std::move(made));
  return {};
}

void Server::State::close(Door& door) {
  boost::system::error_code ignored;
  door.acceptor.close(ignored);
  door.pause.cancel();
  ::unlink(door.options.path.c_str());
}

Server::Server(asio::io_context& io, Context context) : state_(std::make_unique<State>(io, std::move(context))) {}

Server::~Server() { close(); }

std::string Server::listen(const std::string& path, const std::string& group) {
  return state_->open({path, false}, group, state_->main);
}

std::vector<std::string> Server::listen_also(const std::vector<SocketOptions>& sockets, const std::string& group) {
  auto& s = *state_;
  std::vector<std::string> failures;
  auto find = [](auto& list, const std::string& path) {
    return std::find_if(list.begin(), list.end(), [&](auto& door) { return door->options.path == path; });
  };
  std::vector<State::DoorPtr> kept;
  for (auto& options : sockets) {
    State::DoorPtr door;
    if (s.main && s.main->options.path == options.path) {
      failures.push_back("control socket '" + options.path + "': it is the main one already (-s)");
    } else if (auto known = find(s.further, options.path); known != s.further.end()) {
      door = std::move(*known);
      s.further.erase(known);
      door->options = options;
      if (options.restricted)
        for (auto& connection : s.connections)
          if (connection->door() == door) connection->restrict_access();
    } else if (auto reason = s.open(options, group, door); !reason.empty()) {
      failures.push_back(std::move(reason));
    }
    if (door) kept.push_back(std::move(door));
  }
  // What is left is in use no more; whoever is inside gets the answer to what was asked, and no further one.
  for (auto& door : s.further) {
    s.close(*door);
    for (auto& connection : s.connections)
      if (connection->door() == door) connection->hang_up();
  }
  s.further = std::move(kept);
  return failures;
}

void Server::close() {
  auto& s = *state_;
  for (auto& connection : s.connections) connection->close();
  s.connections.clear();
  for (auto& door : s.further) s.close(*door);
  s.further.clear();
  if (s.main) s.close(*s.main);
  s.main.reset();
}

}  // namespace avocet::ctl
