#include "bgpd/ctl/commands.hpp"

#include <doctest/doctest.h>

#include "bgpd/filter/operation.hpp"

#include <boost/json/parse.hpp>

#include "test/ctl/desk.hpp"

using namespace avocet;
using namespace avocet::ctl;
using Lines = std::vector<std::string>;

TEST_CASE("nonsense is refused with words that help") {
  Desk desk;
  CHECK(desk.ask("nonsense") == Lines{"9001 syntax error: unknown command 'nonsense'; 'help' lists the commands"});
  CHECK(desk.ask("show nonsense") == Lines{"9001 syntax error: unknown command 'show nonsense'; 'help' lists the commands"});
  CHECK(desk.ask("sh st")[0].starts_with("9001 "));
  CHECK(desk.ask("") == Lines{"9001 syntax error: a command expected; 'help' lists them"});
  CHECK(desk.ask("show status extra") == Lines{"9001 syntax error: unexpected 'extra'"});
}

TEST_CASE("help and ? list every command and end with 0000") {
  Desk desk;
  for (auto* question : {"help", "?", "show ?"}) {
    CAPTURE(question);
    auto lines = desk.ask(question);
    CHECK(lines.size() == 2 * command_table().size() + 1);
    CHECK(lines[0] == "0000-show status [json]");
    CHECK(lines.back() == "0000 ");
  }
}

TEST_CASE("restrict leaves questions and takes changes away, for good") {
  Desk desk;
  CHECK(desk.ask("restrict") == Lines{"0016 Access restricted"});
  for (auto* change : {"disable r2", "enable r2", "restart r2", "reload r2", "configure", "configure check", "down",
                       "graceful restart", "debug r2 all"}) {
    CAPTURE(change);
    CHECK(desk.ask(change) == Lines{"8007 Access denied"});
  }
  CHECK(desk.done.empty());
  CHECK(desk.ask("show status").back() == "0013 Daemon is up and running");
  CHECK(desk.ask("echo all") == Lines{"0000 "});
  CHECK(desk.ask("restrict") == Lines{"0016 Access restricted"});
}

TEST_CASE("an unknown protocol is 9001 in the 2.x form and 9002 in the 1.6 form") {
  CHECK(Desk().ask("show protocols nosuch") == Lines{"9001 nosuch is not a protocol"});
  CHECK(Desk(filter::Dialect::bird1).ask("show protocols nosuch") == Lines{"9002 nosuch is not a protocol"});
  CHECK(Desk().ask("disable \"r9*\"") == Lines{"8003 No protocols match"});
}

TEST_CASE("enable and its kin take a name, a quoted name, a pattern or all") {
  Desk desk;
  desk.add_static("s1");
  desk.add_static("s2");
  desk.add_static("x");
  CHECK(desk.ask("disable s1 \"maintenance tonight\"") == Lines{"0009-s1: disabled", "0000 "});
  CHECK(desk.ask("disable 'x'") == Lines{"0009-x: disabled", "0000 "});
  CHECK(desk.ask("restart \"s?\"") == Lines{"0009-s1: restarted", " s2: restarted", "0000 "});
  CHECK(desk.ask("reload in all").size() == 4);
  desk.ask("reload s1");
  CHECK(desk.done == Lines{"disabled s1 'maintenance tonight'", "disabled x ''", "restarted s1 ''", "restarted s2 ''",
                           "reload s1 in", "reload s2 in", "reload x in", "reload s1 in out"});
}

TEST_CASE("configure: the file, the timeout and the forms of it") {
  Desk desk;
  CHECK(desk.ask("configure") == Lines{"0002-Reading configuration from /etc/bird.conf", " r2: new", "0003 Reconfigured"});
  CHECK(desk.ask("configure soft \"/x\" timeout 30") ==
        Lines{"0002-Reading configuration from /x", " r2: new", "0022-Undo scheduled in 30 s", "0003 Reconfigured"});
  desk.ask("configure timeout");
  CHECK(desk.ask("configure undo") == Lines{"0021-Undo requested", "0002-r2: new", "0003 Reconfigured"});
  desk.ask("configure undo 7");
  CHECK(desk.ask("configure undo 0")[0].starts_with("9001 "));
  CHECK(desk.ask("configure check extra")[0].starts_with("9001 "));
  CHECK(desk.done == Lines{"configure 0 '' -1", "configure 1 '/x' 30", "configure 0 '' 300", "configure 3 '' -1",
                           "configure 3 '' -1 to 7"});
  CHECK(desk.ask("configure status") == Lines{"0003-Reconfigured", "0022-r2: new", "0000 "});
}

TEST_CASE("configure: what is wrong comes with its line and a caret, the last line stays BIRD's") {
  Desk desk;
  desk.context.configure = [](const ConfigureRequest&) {
    return ConfigureAnswer{8002, "/x:1:1 unknown option", {"/x:1:1: error: unknown option\n    1 | foo\n      | ^~~\n"}};
  };
  CHECK(desk.ask("configure \"/x\"") == Lines{"0002-Reading configuration from /x", " /x:1:1: error: unknown option",
                                              "     1 | foo", "       | ^~~", "8002 /x:1:1 unknown option"});
}

TEST_CASE("configure history: the configurations with their numbers and what each changed") {
  Desk desk;
  desk.client.time = observe::TimeFormat{"T", 0, ""};
  CHECK(desk.ask("configure history") ==
        Lines{"2101-Number  Since                    Reason          File",
              "1101-1       T                        start           /etc/bird.conf",
              " 2       T                        configure soft  /x", "         r2: new", "0000 "});
}

TEST_CASE("debug takes a mask, echo takes classes and a buffer size") {
  Desk desk;
  desk.add_static("s1");
  CHECK(desk.ask("debug s1 { states, packets }") == Lines{"0000 "});
  CHECK(desk.ask("debug s1.ipv4 off") == Lines{"0000 "});
  CHECK(desk.done == Lines{"debug s1 33", "debug s1 0"});
  CHECK(desk.ask("debug s1 { nonsense }")[0].starts_with("9001 "));
  CHECK(desk.ask("echo { warning, error } 1024") == Lines{"0000 "});
  CHECK(desk.client.echo == (observe::log_bit(observe::LogClass::warning) | observe::log_bit(observe::LogClass::error)));
  CHECK(desk.client.echo_limit_bytes == 1024);
  CHECK(desk.ask("echo 5")[0].starts_with("9001 "));
  CHECK(desk.ask("echo off") == Lines{"0000 "});
  CHECK(desk.client.echo == 0);
}

TEST_CASE("the form of answers follows the dialect of the configuration and can be chosen per connection") {
  Desk desk;
  CHECK(desk.ask("show status")[0] == "1000-BIRD 2.0.12+avocet" AVOCET_VERSION);
  CHECK(desk.ask("dialect 1.6") == Lines{"0000 "});
  CHECK(desk.ask("show status")[0] == "1000-BIRD v" AVOCET_VERSION "+birdv1.6.8");
  CHECK(desk.ask("show protocols")[0] == "2002-name     proto    table    state  since       info");
  CHECK(desk.ask("dialect 2") == Lines{"0000 "});
  CHECK(desk.ask("show protocols")[0] == "2002-Name       Proto      Table      State  Since         Info");
  CHECK(desk.ask("dialect 3")[0].starts_with("9001 "));
}

TEST_CASE("show protocols: a session says what its last error was, until an operator stops it") {
  Desk desk;
  session::BgpOptions options;
  options.protocol.name = "r2";
  options.local_as = 64512, options.remote_as = 64513;
  options.remote_address = *proto::Address::parse("10.0.0.2");
  options.multihop = options.passive = true;
  desk.speaker.add(options, {});
  auto row = [&] { return desk.ask("show protocols").at(1); };
  CHECK(row().ends_with("Passive       Error: No listening socket"));
  desk.speaker.disable("r2", "");
  CHECK(row().find("down") != std::string::npos);
  CHECK(row().find("Error") == std::string::npos);
}

TEST_CASE("show status: rows, and the host name only in the 2.x form") {
  Desk desk;
  desk.context.started = std::chrono::system_clock::now();
  desk.client.time = observe::TimeFormat{"T", 0, ""};
  CHECK(desk.ask("show status") == Lines{"1000-BIRD 2.0.12+avocet" AVOCET_VERSION, "1011-Router ID is 10.0.0.1",
                                         " Hostname is r1.lab", " Current server time is T", " Last reboot on T",
                                         " Last reconfiguration on T", "0013 Daemon is up and running"});
  desk.ask("dialect 1.6");
  CHECK(desk.ask("show status").size() == 6);
  desk.context.shutting_down = [] { return true; };
  CHECK(desk.ask("show status").back() == "0013 Shutdown in progress");
}

TEST_CASE("a trailing json gives one document; commands without that form refuse it") {
  Desk desk;
  desk.add_static("s1");
  for (auto* question : {"show status json", "show protocols json", "show protocols all s1 json", "show route json",
                         "show interfaces json", "show symbols json", "show memory json", "show static json",
                         "show version json", "configure check json"}) {
    CAPTURE(question);
    auto lines = desk.ask(question);
    CHECK(lines.back() == "0000 ");
    boost::json::error_code error;
    boost::json::parse(document(lines), error);
    CHECK_FALSE(error);
  }
  CHECK(desk.ask("echo all json")[0].starts_with("9001 "));
}

TEST_CASE("what does not exist here says so") {
  CHECK(Desk().ask("show bfd sessions") == Lines{"9001 There is no BFD protocol running"});
  CHECK(Desk().ask("show roa") == Lines{"9001 No ROA table defined"});
  CHECK(Desk().ask("show symbols nosuch") == Lines{"1010 nosuch  \tundefined"});
}

TEST_CASE("show memory: sizes in BIRD's units and columns") {
  auto lines = Desk().ask("show memory");
  CHECK(lines[0] == "1018-BIRD memory usage");
  CHECK(lines[1] == "                   Effective    Overhead");
  CHECK(lines[2].starts_with(" Routing tables:  "));
  CHECK(lines[2].ends_with("B"));
  CHECK(lines.back() == "0000 ");
}

TEST_CASE("patterns: * is any text, ? is one character") {
  struct { const char *pattern, *text; bool matches; } cases[] = {
      {"Mesh_*", "Mesh_10_0_0_2", true}, {"Mesh_*", "Node_1", false}, {"r?", "r2", true},      {"r?", "r", false},
      {"*", "", true},                   {"a*b*c", "aXbYbZc", true},  {"a*b*c", "aXc", false}, {"", "a", false}};
  for (auto& c : cases) {
    CAPTURE(c.pattern);
    CAPTURE(c.text);
    CHECK(filter::glob_match(c.pattern, c.text) == c.matches);
  }
}

TEST_CASE("show filter errors: each line with its count and its last route; clear forgets them") {
  Desk desk;
  desk.client.time = observe::TimeFormat{"T", 0, ""};
  CHECK(desk.ask("show filter errors") == Lines{"0000 "});
  desk.filter_errors.add("a.conf:7: division by zero", *proto::Prefix::parse("10.0.0.0/8"), "r2");
  desk.filter_errors.add("a.conf:7: division by zero", *proto::Prefix::parse("11.0.0.0/8"), "r2");
  CHECK(desk.ask("show filter errors") ==
        Lines{"2102-   Count  Last           Protocol     Last route           What",
              "1102-       2  T              r2           11.0.0.0/8           a.conf:7: division by zero", "0000 "});
  desk.ask("restrict");
  CHECK(desk.ask("show filter errors clear") == Lines{"8007 Access denied"});
}

TEST_CASE("dump writes what the show commands tell into the log") {
  Desk desk;
  desk.add_static("s1");
  std::vector<std::string> logged;
  desk.log.add_sink([&](observe::LogClass c, std::string_view line) {
    if (c == observe::LogClass::debug) logged.emplace_back(line);
  });
  CHECK(desk.ask("dump protocols") == Lines{"0000 "});
  CHECK(logged.size() > 2);
  CHECK(desk.ask("dump nonsense")[0].starts_with("9001 "));
}
