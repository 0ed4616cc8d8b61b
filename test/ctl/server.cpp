#include "bgpd/ctl/server.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <chrono>
#include <cstring>

#include "test/ctl/desk.hpp"

using namespace avocet;
using namespace avocet::ctl;
using Lines = std::vector<std::string>;

namespace {

/// A daemon that listens on a socket of its own.
struct Daemon : Desk {
  Daemon() {
    std::strcpy(directory, "/tmp/avocet-ctl-XXXXXX");
    path = std::string(mkdtemp(directory)) + "/ctl";
    server.emplace(io, context);
    REQUIRE(server->listen(path) == "");
  }
  ~Daemon() {
    server.reset();
    rmdir(directory);
  }
  /// Runs the loop until it has nothing to do at once.
  void turn() {
    while (io.poll() > 0) io.restart();
    io.restart();
  }
  char directory[32];
  std::string path;
  std::optional<Server> server;
};

/// A client that reads only when told to.
struct Dialer {
  explicit Dialer(Daemon& daemon) : Dialer(daemon, daemon.path) {}
  Dialer(Daemon& daemon, const std::string& path) : daemon(daemon), fd(socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strcpy(address.sun_path, path.c_str());
    REQUIRE(connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    daemon.turn();
  }
  ~Dialer() { close(fd); }
  void send(const std::string& text) {
    REQUIRE(write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()));
    daemon.turn();
  }
  /// What has come so far; `closed` tells that there will be no more.
  std::string receive() {
    std::string text;
    char chunk[65536];
    for (int quiet = 0; quiet < 3;) {
      auto size = read(fd, chunk, sizeof chunk);
      if (size > 0) text.append(chunk, static_cast<std::size_t>(size)), quiet = 0;
      else if (size == 0) { closed = true; break; }
      else ++quiet;
      daemon.turn();
    }
    return text;
  }
  Lines lines() { return Desk::lines_of(receive()); }
  Daemon& daemon;
  int fd;
  bool closed = false;
};

void fill(Desk& desk, std::uint32_t count) {
  auto channel = desk.add_static();
  proto::AttributeBlock block;
  proto::set_destination(block, {proto::DestinationKind::blackhole, {}});
  std::vector<proto::Nlri> nets;
  for (std::uint32_t i = 0; i < count; ++i) nets.push_back({proto::Prefix::v4(0x0a000000 + (i << 8), 24), 0});
  channel->announce(nets, block);
  desk.settle();
}

}  // namespace

TEST_CASE("a client is greeted, and several commands in one piece are answered in order") {
  Daemon daemon;
  Dialer client(daemon);
  CHECK(client.lines() == Lines{"0001 BIRD 2.0.12+avocet" AVOCET_VERSION " ready."});
  client.send("restrict\ndown\nnonsense\r\n");
  auto lines = client.lines();
  REQUIRE(lines.size() == 3);
  CHECK(lines[0] == "0016 Access restricted");
  CHECK(lines[1] == "8007 Access denied");
  CHECK(lines[2].starts_with("9001 "));
}

TEST_CASE("a command that comes in pieces waits for its end") {
  Daemon daemon;
  Dialer client(daemon);
  client.receive();
  client.send("rest");
  CHECK(client.receive() == "");
  client.send("rict\n");
  CHECK(client.lines() == Lines{"0016 Access restricted"});
}

TEST_CASE("a line of more than 4 kB is 9000, and the next one is understood") {
  Daemon daemon;
  Dialer client(daemon);
  client.receive();
  client.send(std::string(10000, 'x'));
  client.send("y\nrestrict\n");
  CHECK(client.lines() == Lines{"9000 Command too long", "0016 Access restricted"});
}

TEST_CASE("restrict holds for its own connection only") {
  Daemon daemon;
  Dialer a(daemon), b(daemon);
  a.receive(), b.receive();
  a.send("restrict\n");
  a.receive();
  b.send("down\n");
  CHECK(b.lines() == Lines{"0007 Shutdown requested"});
  CHECK(b.closed);
  CHECK_FALSE(a.closed);
  CHECK(daemon.done == Lines{"down"});
}

TEST_CASE("a client that stops reading blocks only itself") {
  Daemon daemon;
  fill(daemon, 60000);
  Dialer lazy(daemon), busy(daemon);
  lazy.receive(), busy.receive();
  lazy.send("show route\nrestrict\n");
  busy.send("show route count table master4\n");
  CHECK(busy.lines() == Lines{"1007-60000 of 60000 routes for 60000 networks in table master4", "0000 "});
  auto lines = lazy.lines();
  CHECK(lines.size() == 60003);
  CHECK(lines.back() == "0016 Access restricted");
}

TEST_CASE("a client that goes away in the middle of an answer does no harm") {
  Daemon daemon;
  fill(daemon, 60000);
  {
    Dialer client(daemon);
    client.send("show route\n");
  }
  daemon.turn();
  Dialer next(daemon);
  CHECK(next.lines().size() == 1);
}

TEST_CASE("echo sends log lines of the chosen classes, with a plus, also while nothing is asked") {
  Daemon daemon;
  Dialer client(daemon), other(daemon);
  client.send("echo { warning }\n");
  client.receive(), other.receive();
  daemon.log.info("bgp r2", "not wanted");
  daemon.log.warn("bgp r2", "hold timer expired");
  daemon.turn();
  CHECK(client.lines() == Lines{"+bgp r2: hold timer expired"});
  CHECK(other.receive() == "");
  client.send("echo off\n");
  client.receive();
  daemon.log.warn("bgp r2", "again");
  daemon.turn();
  CHECK(client.receive() == "");
}

TEST_CASE("echoed lines beyond the client's buffer are dropped while it does not read") {
  Daemon daemon;
  Dialer client(daemon);
  client.receive();
  client.send("echo all 256\n");
  client.receive();
  for (int i = 0; i < 100; ++i) daemon.log.info("a", "forty characters of text, more or less..");
  daemon.turn();
  CHECK(client.lines().size() == 5);
}

TEST_CASE("the socket: mode 0660, refused while another lives, replaced when dead, gone at the end") {
  Daemon daemon;
  struct stat status {};
  REQUIRE(stat(daemon.path.c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0660);

  Server second(daemon.io, daemon.context);
  CHECK(second.listen(daemon.path).find("another daemon listens there") != std::string::npos);

  daemon.server.reset();
  CHECK(access(daemon.path.c_str(), F_OK) != 0);

  // What a killed daemon leaves behind.
  int dead = socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strcpy(address.sun_path, daemon.path.c_str());
  REQUIRE(bind(dead, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  close(dead);
  daemon.server.emplace(daemon.io, daemon.context);
  CHECK(daemon.server->listen(daemon.path) == "");
}

TEST_CASE("a file that is no socket is not removed") {
  Daemon daemon;
  auto file = daemon.path + ".txt";
  close(open(file.c_str(), O_CREAT | O_WRONLY, 0600));
  Server server(daemon.io, daemon.context);
  CHECK(server.listen(file).find("is not a socket") != std::string::npos);
  CHECK(access(file.c_str(), F_OK) == 0);
  unlink(file.c_str());
}

TEST_CASE("`debug commands` logs clients from 1 on and what they ask from 2 on, as BIRD does") {
  Lines expected[] = {
      {}, {"client connected", "client gone"}, {"client connected", "command: show status", "client gone"}};
  for (std::uint32_t level = 0; level < 3; ++level) {
    CAPTURE(level);
    Daemon daemon;
    daemon.config->debug_commands = level;
    Lines heard;
    daemon.log.add_sink(
        [&](auto, std::string_view line) { heard.emplace_back(line.substr(line.find("control: ") + 9)); });
    {
      Dialer client(daemon);
      client.send("show status\n");
      client.receive();
    }
    daemon.turn();
    CHECK(heard == expected[level]);
  }
}

TEST_CASE("a further socket has mode 0660; a restricted one lets its clients look and no more") {
  Daemon daemon;
  auto open = daemon.path + "1", restricted = daemon.path + "2";
  CHECK(daemon.server->listen_also({{open, false}, {restricted, true}}) == Lines{});
  struct stat status {};
  REQUIRE(stat(restricted.c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0660);
  Dialer looks(daemon, restricted), acts(daemon, open);
  looks.receive(), acts.receive();
  looks.send("down\neval 1\n");
  CHECK(looks.lines() == Lines{"8007 Access denied", "0023 1"});
  CHECK(daemon.done == Lines{});
  acts.send("down\n");
  CHECK(daemon.done == Lines{"down"});
}

TEST_CASE("a further socket that is not named any more goes, with its clients once they have their answer") {
  Daemon daemon;
  auto path = daemon.path + "1", other = daemon.path + "2";
  REQUIRE(daemon.server->listen_also({{path, false}, {other, false}}) == Lines{});
  Dialer client(daemon, path), stays(daemon, other), main(daemon);
  client.receive(), stays.receive(), main.receive();
  fill(daemon, 60000);
  client.send("show route\n");
  CHECK(daemon.server->listen_also({{other, false}}) == Lines{});
  CHECK(access(path.c_str(), F_OK) != 0);
  auto lines = client.lines();
  CHECK(lines.size() == 60002);
  CHECK(client.closed);
  for (auto* left : {&stays, &main}) {
    left->send("eval 1\n");
    CHECK(left->lines() == Lines{"0023 1"});
  }
  daemon.server.reset();
  CHECK(access(other.c_str(), F_OK) != 0);
}

TEST_CASE("a socket that becomes restricted binds the clients it has; one that is so no more binds no new ones") {
  Daemon daemon;
  auto path = daemon.path + "1";
  REQUIRE(daemon.server->listen_also({{path, false}}) == Lines{});
  Dialer before(daemon, path), main(daemon);
  before.receive(), main.receive();
  REQUIRE(daemon.server->listen_also({{path, true}}) == Lines{});
  before.send("down\n");
  CHECK(before.lines() == Lines{"8007 Access denied"});
  REQUIRE(daemon.server->listen_also({{path, false}}) == Lines{});
  before.send("down\n");
  CHECK(before.lines() == Lines{"8007 Access denied"});
  Dialer after(daemon, path);
  after.receive();
  after.send("down\n");
  CHECK(after.lines() == Lines{"0007 Shutdown requested"});
}

TEST_CASE("sockets that cannot be are told of, the others are opened, and the next call tries again") {
  Daemon daemon;
  auto path = daemon.path + "1", file = daemon.path + ".txt";
  close(open(file.c_str(), O_CREAT | O_WRONLY, 0600));
  auto failures = daemon.server->listen_also({{daemon.path, true}, {file, false}, {path, false}});
  REQUIRE(failures.size() == 2);
  CHECK(failures[0].find("it is the main one already") != std::string::npos);
  CHECK(failures[1].find("is not a socket") != std::string::npos);
  Dialer client(daemon, path);
  CHECK(client.lines().size() == 1);
  unlink(file.c_str());
  CHECK(daemon.server->listen_also({{file, false}}) == Lines{});
  Dialer(daemon, file).receive();
}
