#include "bgpd/observe/log.hpp"

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

using namespace avocet::observe;
namespace fs = std::filesystem;

namespace {

/// A directory that goes away with the test.
struct Scratch {
  Scratch() { path = mkdtemp(name); }
  ~Scratch() { fs::remove_all(path); }
  char name[32] = "/tmp/avocet-log-XXXXXX";
  fs::path path;
  std::string file(const char* leaf) const { return path / leaf; }
};

std::string content(const std::string& file) {
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

LogOptions to_file(const std::string& file, std::uint32_t classes = log_all) {
  LogOptions options;
  options.targets = {{LogTarget::Kind::file, file, 0, "", classes}};
  options.log = {"T", 0, ""};  // a format without time: lines can be compared
  return options;
}

/// What is written to stderr while this lives.
struct CapturedStderr {
  explicit CapturedStderr(const std::string& file) : saved(dup(2)) {
    int fd = open(file.c_str(), O_CREAT | O_WRONLY | O_APPEND, 0600);
    dup2(fd, 2);
    close(fd);
  }
  ~CapturedStderr() {
    dup2(saved, 2);
    close(saved);
  }
  int saved;
};

}  // namespace

TEST_CASE("a file line is time, class, where and text") {
  Scratch scratch;
  Log log;
  CHECK(log.configure(to_file(scratch.file("log")), true) == "");
  log.info("bgp r2", "established peer=10.0.0.2");
  log.error("kernel main", "no netlink");
  log.write(LogClass::bug, "", "alone");
  CHECK(content(scratch.file("log")) ==
        "T <INFO> bgp r2: established peer=10.0.0.2\nT <ERR> kernel main: no netlink\nT <BUG> alone\n");
}

TEST_CASE("a target takes only its classes") {
  Scratch scratch;
  Log log;
  log.configure(to_file(scratch.file("log"), log_bit(LogClass::warning) | log_bit(LogClass::auth)), true);
  log.info("a", "no");
  log.warn("a", "yes");
  log.write(LogClass::auth, "a", "yes");
  CHECK(content(scratch.file("log")) == "T <WARN> a: yes\nT <AUTH> a: yes\n");
}

TEST_CASE("what a peer put into a text cannot begin a line of its own") {
  Scratch scratch;
  Log log;
  log.configure(to_file(scratch.file("log")), true);
  log.remote("bgp r2", "they say: a\nT <ERR> forged\x1b[31m");
  CHECK(content(scratch.file("log")) == "T <RMT> bgp r2: they say: a\\nT <ERR> forged?[31m\n");
}

TEST_CASE("a file that passes its limit becomes the backup") {
  Scratch scratch;
  Log log;
  auto options = to_file(scratch.file("log"));
  options.targets[0].limit_bytes = 30;
  options.targets[0].backup = scratch.file("log.old");
  log.configure(options, true);
  log.info("a", "first line");
  log.info("a", "second line");
  CHECK(content(scratch.file("log.old")) == "T <INFO> a: first line\n");
  CHECK(content(scratch.file("log")) == "T <INFO> a: second line\n");
}

TEST_CASE("a limit without a backup drops the old lines") {
  Scratch scratch;
  Log log;
  auto options = to_file(scratch.file("log"));
  options.targets[0].limit_bytes = 30;
  log.configure(options, true);
  for (int i = 0; i < 5; ++i) log.info("a", "line " + std::to_string(i));
  CHECK(content(scratch.file("log")) == "T <INFO> a: line 4\n");
}

TEST_CASE("a file that cannot be opened is reported, and the other targets know it") {
  Scratch scratch;
  Log log;
  auto options = to_file(scratch.file("log"));
  options.targets.push_back({LogTarget::Kind::file, scratch.file("no/such/dir"), 0, "", log_all});
  auto problem = log.configure(options, true);
  CHECK(problem.find("no/such/dir': No such file or directory") != std::string::npos);
  CHECK(content(scratch.file("log")).find("T <ERR> log: cannot open log file") == 0);
}

TEST_CASE("stderr: with -d and `log stderr` each line comes once") {
  Scratch scratch;
  unsetenv("JOURNAL_STREAM");
  {
    CapturedStderr captured(scratch.file("err"));
    Log log;
    LogOptions options;
    options.targets = {LogTarget{}};
    options.log = {"T", 0, ""};
    log.configure(options, true);
    log.set_debug_target("");
    log.info("a", "once");
  }
  CHECK(content(scratch.file("err")) == "T <INFO> a: once\n");
}

TEST_CASE("under systemd stderr lines carry a priority and no time") {
  Scratch scratch;
  {
    CapturedStderr captured(scratch.file("err"));
    struct stat status {};
    fstat(2, &status);
    setenv("JOURNAL_STREAM", (std::to_string(status.st_dev) + ":" + std::to_string(status.st_ino)).c_str(), 1);
    Log log;
    log.warn("bgp r2", "hold timer expired");
    unsetenv("JOURNAL_STREAM");
  }
  CHECK(content(scratch.file("err")) == "<4>bgp r2: hold timer expired\n");
}

TEST_CASE("-D writes everything to its file besides the configured targets") {
  Scratch scratch;
  Log log;
  log.configure(to_file(scratch.file("log"), log_bit(LogClass::error)), true);
  log.set_debug_target(scratch.file("debug"));
  log.trace("a", "detail");
  CHECK(content(scratch.file("log")) == "");
  CHECK(content(scratch.file("debug")) == "T <TRACE> a: detail\n");
}

TEST_CASE("sinks get the line without a time until they are removed, also by themselves") {
  Scratch scratch;
  Log log;
  log.configure(to_file(scratch.file("log")), true);
  std::string seen;
  int first = log.add_sink([&](LogClass c, std::string_view line) { seen += std::to_string(int(c)) + std::string(line) + ";"; });
  int second = 0;
  second = log.add_sink([&](LogClass, std::string_view) { log.remove_sink(second); seen += "once;"; });
  log.info("a", "x");
  log.info("a", "y");
  log.remove_sink(first);
  log.info("a", "z");
  CHECK(seen == "2a: x;once;2a: y;");
}

TEST_CASE("RFC 5424: a remote syslog gets one datagram a line, with priority, time, host and name") {
  int server = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  REQUIRE(bind(server, reinterpret_cast<sockaddr*>(&address), size) == 0);
  REQUIRE(getsockname(server, reinterpret_cast<sockaddr*>(&address), &size) == 0);
  LogOptions options;
  LogTarget target;
  target.kind = LogTarget::Kind::udp;
  target.name = "127.0.0.1";
  target.port = ntohs(address.sin_port);
  target.classes = log_bit(LogClass::error);
  options.targets = {target};
  Log log;
  CHECK(log.configure(options, true).empty());
  log.info("bgp p", "not asked for");
  log.error("bgp p", "closed");
  char bytes[512] = {};
  auto length = recv(server, bytes, sizeof bytes - 1, MSG_DONTWAIT);
  REQUIRE(length > 0);
  std::string line(bytes, static_cast<std::size_t>(length));
  CHECK_MESSAGE(line.starts_with("<27>1 2"), line);  // daemon (3) times 8, and error (3)
  CHECK_MESSAGE(line.ends_with(" - - bgp p: closed"), line);
  CHECK(line.find("Z ") != line.npos);
  CHECK(line.find(" bgpd ") != line.npos);
  CHECK(recv(server, bytes, sizeof bytes, MSG_DONTWAIT) < 0);
  close(server);
}
