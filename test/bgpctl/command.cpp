#include "bgpctl/command.hpp"

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <future>
#include <thread>
#include <utility>

using namespace avocet::bgpctl;

namespace {

/// The daemon's end of a connection: sends texts and expects commands in the order of a script.
class FakeDaemon {
 public:
  using Script = std::function<void(FakeDaemon&)>;
  explicit FakeDaemon(Script script) {
    std::array<int, 2> ends;
    REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()) == 0);
    client = ends[0];
    server_ = ends[1];
    thread_ = std::thread([this, script = std::move(script)] {
      send("0001 BIRD 2.0.12 ready.\n");
      script(*this);
      ::shutdown(server_, SHUT_RDWR);
    });
  }
  ~FakeDaemon() {
    thread_.join();
    ::close(server_);
  }
  void send(std::string_view text) {
    while (!text.empty()) {
      auto sent = ::send(server_, text.data(), text.size(), MSG_NOSIGNAL);
      if (sent <= 0) return;
      text.remove_prefix(static_cast<std::size_t>(sent));
    }
  }
  /// Reads one command and answers it.
  void answer(std::string_view text) {
    std::string line;
    for (char c; ::read(server_, &c, 1) == 1 && c != '\n';) line += c;
    commands.push_back(line);
    send(text);
  }

  int client;
  std::vector<std::string> commands;

 private:
  int server_;
  std::thread thread_;
};

struct Outcome {
  Exit exit;
  std::string printed, complained;
  std::vector<std::string> commands;
};

Outcome run(const char* line, Style style, std::vector<std::string> answers) {
  Outcome outcome;
  FakeDaemon daemon([&](FakeDaemon& d) {
    for (auto& answer : answers) d.answer(answer);
  });
  Connection connection(daemon.client);
  Commander commander(connection, style, [&](auto text) { outcome.printed += text; },
                      [&](auto text) { outcome.complained += text; });
  outcome.exit = commander.run(line);
  outcome.commands = daemon.commands;
  return outcome;
}

constexpr const char* no_json = "9001 syntax error, unexpected CF_SYM_UNDEFINED\n";

}  // namespace

TEST_CASE("a daemon without JSON is asked again for its text") {
  auto outcome = run("sh pr", {}, {no_json, "2002-Name       Proto\n1002-static1    Static\n0000 \n"});
  CHECK(outcome.commands == std::vector<std::string>{"show protocols json", "show protocols"});
  CHECK(outcome.printed == "Name       Proto\nstatic1    Static\n");
  CHECK(outcome.complained.empty());
  CHECK(outcome.exit == Exit::done);
}

TEST_CASE("the status is 1 when the daemon refused, 0 otherwise") {
  struct { const char* answer; Exit exit; } cases[] = {{"0007 Shutdown requested\n", Exit::done},
                                                       {"0013 Daemon is up and running\n", Exit::done},
                                                       {"8007 Access denied\n", Exit::refused},
                                                       {"9001 syntax error\n", Exit::refused}};
  for (auto& c : cases) {
    CAPTURE(c.answer);
    CHECK(run("down", {}, {c.answer}).exit == c.exit);
  }
}

TEST_CASE("refusals go to standard error, in birdc's form to standard output") {
  auto ours = run("down", {}, {"8007 Access denied\n"});
  CHECK(ours.complained == "bgpctl: Access denied\n");
  CHECK(ours.printed.empty());
  auto birdc = run("down", {Form::bird, false, {}}, {"8007 Access denied\n"});
  CHECK(birdc.printed == "Access denied\n");
  CHECK(birdc.complained.empty());
}

TEST_CASE("birdc's form: never JSON; codes as birdc 2.0.12 shows them, and no line for code 0") {
  auto answer = "1000-BIRD 2.0.12\n1011-Router ID is 10.0.0.1\n Hostname is vm\n0013 Daemon is up and running\n";
  CHECK(run("show status", {Form::bird, true, {}}, {answer}).printed ==
        "1000-BIRD 2.0.12\n1011-Router ID is 10.0.0.1\n     Hostname is vm\n0013 Daemon is up and running\n");
  auto protocols = run("show protocols", {Form::bird, false, {}}, {"2002-Name\n1002-a\n b\n0000 \n"});
  CHECK(protocols.printed == "Name\na\nb\n");
  CHECK(protocols.commands == std::vector<std::string>{"show protocols"});
}

TEST_CASE("an unknown command is refused without asking in birdc's form") {
  auto outcome = run("frobnicate", {Form::bird, false, {}}, {});
  CHECK(outcome.printed == "No such command. Press `?' for help.\n");
  CHECK(outcome.exit == Exit::refused);
}

TEST_CASE("a command that only our daemon knows is found in its help") {
  auto outcome = run("dia 2", {},
                     {"1100-{\"version\":\"1\"}\n0000 \n", "0000-dialect 1.6|2\n \tForm of answers\n0000 \n", "0000 \n"});
  CHECK(outcome.commands.back() == "dialect 2");
  CHECK(outcome.exit == Exit::done);
}

TEST_CASE("BIRD never answers help, so it is not asked") {
  auto outcome = run("frobnicate", {}, {no_json});
  CHECK(outcome.commands == std::vector<std::string>{"show version json"});
  CHECK(outcome.exit == Exit::refused);
}

TEST_CASE("JSON is printed as the daemon wrote it") {
  auto outcome = run("show route", {Form::json, false, {}}, {"1100-[\n {\"net\":\"10.0.0.0/8\"}\n ]\n0000 \n"});
  CHECK(outcome.printed == "[\n{\"net\":\"10.0.0.0/8\"}\n]\n");
  CHECK(outcome.exit == Exit::done);
}

TEST_CASE("no JSON where JSON was asked for is a refusal, not silence") {
  auto old = run("show route", {Form::json, false, {}}, {no_json});
  CHECK(old.exit == Exit::refused);
  CHECK(old.printed.empty());
  CHECK(run("down", {Form::json, false, {}}, {"0007 Shutdown requested\n"}).exit == Exit::refused);
}

TEST_CASE("log lines between the rows are shown and do not end the answer") {
  auto outcome = run("down", {}, {"+something happened\n0007 Shutdown requested\n"});
  CHECK(outcome.printed == ">>> something happened\nShutdown requested\n");
}

TEST_CASE("routes are printed while the daemon still sends") {
  constexpr auto patience = std::chrono::seconds(5);
  const std::string row = R"({"table":"t","net":"10.0.0.0/8","primary":true,"next_hops":[],"attributes":{}})";
  std::promise<void> seen;
  auto seen_early = seen.get_future();
  bool early = false;
  FakeDaemon daemon([&](FakeDaemon& d) {
    std::string page = "1100-[\n " + row + "\n";
    for (int i = 0; i < 300; ++i) page += " ," + row + "\n";
    d.answer(page);
    early = seen_early.wait_for(patience) == std::future_status::ready;
    d.send(" ]\n0000 \n");
  });
  std::size_t rows = 0;
  bool told = false;
  Connection connection(daemon.client);
  Commander commander(connection, {}, [&](std::string_view text) {
    rows += text.starts_with("*");
    if (rows > 0 && !std::exchange(told, true)) seen.set_value();
  }, [](auto) {});
  CHECK(commander.run("show route") == Exit::done);
  CHECK(early);
  CHECK(rows == 301);
}

TEST_CASE("a daemon that ends in the middle of an answer is an error that says so") {
  FakeDaemon daemon([](FakeDaemon& d) { d.answer("1007-Table master4:\n"); });
  Connection connection(daemon.client);
  CHECK_THROWS_WITH_AS(connection.ask("show route", [](auto&) {}),
                       "the daemon closed the connection before its answer was complete", ConnectionError);
}

TEST_CASE("without a daemon the sockets that were tried are named, with a hint") {
  const std::string paths[] = {"/nonexistent/a.ctl", "/nonexistent/b.ctl"};
  CHECK_THROWS_WITH_AS(Connection::open(paths),
                       "cannot connect to a daemon (/nonexistent/a.ctl: No such file or directory, /nonexistent/b.ctl: No such "
                       "file or directory); is bgpd running, and with this socket (its option -s)?",
                       ConnectionError);
}
