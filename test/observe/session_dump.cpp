#include "bgpd/observe/session_dump.hpp"

#include <doctest/doctest.h>

#include "proto/message.hpp"
#include "test/directory.hpp"
#include "test/observe/mrt_records.hpp"

using namespace avocet;
using namespace avocet::observe;
using namespace avocet::observe::test;
using session::State;

namespace {

struct World {
  avocet::test::Directory directory;
  Log log;
  std::vector<std::string> logged;
  SessionDump dump{log};
  session::Scene scene{.peer_as = 65001,
                       .local_as = 64512,
                       .peer = proto::Address::v4(0x0a000001),
                       .local = proto::Address::v4(0x0a000002),
                       .as4 = true};

  World() {
    LogOptions quiet;
    quiet.targets = {{LogTarget::Kind::file, "/dev/null", 0, "", log_all}};
    log.configure(quiet, true);
    log.add_sink([this](LogClass, std::string_view line) { logged.emplace_back(line); });
  }
  std::string file(const char* name) const { return directory.path / name; }
};

/// From and to, of a change of state.
std::pair<unsigned, unsigned> states_of(const Record& record) {
  auto end = record.body.end();
  return {end[-3], end[-1]};
}

}  // namespace

TEST_CASE("messages and changes of state are appended to the file, states by RFC 4271's numbers") {
  World world;
  CHECK(world.dump.open(world.file("a")).empty());
  bool told = false;
  world.dump.on_records = [&] { told = true; };
  world.dump.state_changed(world.scene, State::connect, State::active);
  world.dump.state_changed(world.scene, State::active, State::connect);
  world.dump.state_changed(world.scene, State::open_confirm, State::established);
  world.dump.message_received(world.scene, true, proto::encode_keepalive());
  CHECK(told);
  world.dump.flush();
  auto found = records(world.file("a"));
  REQUIRE(found.size() == 4);
  CHECK(states_of(found[0]) == std::pair(2u, 3u));
  CHECK(states_of(found[1]) == std::pair(3u, 2u));
  CHECK(states_of(found[2]) == std::pair(5u, 6u));
  CHECK(found[3].type == 16);
  CHECK(found[3].subtype == 9);
}

TEST_CASE("a connection that only waits for its last message is Idle: no change is recorded after that") {
  World world;
  CHECK(world.dump.open(world.file("a")).empty());
  world.dump.state_changed(world.scene, State::established, State::close);
  world.dump.state_changed(world.scene, State::close, State::idle);
  world.dump.flush();
  auto found = records(world.file("a"));
  REQUIRE(found.size() == 1);
  CHECK(states_of(found[0]) == std::pair(6u, 1u));
}

TEST_CASE("a file that was moved away is begun anew when it is opened again; nothing is lost between") {
  World world;
  CHECK(world.dump.open(world.file("a")).empty());
  world.dump.state_changed(world.scene, State::idle, State::active);
  std::filesystem::rename(world.file("a"), world.file("a.1"));
  CHECK(world.dump.open(world.file("a")).empty());
  world.dump.state_changed(world.scene, State::active, State::connect);
  CHECK(world.dump.open("").empty());
  world.dump.state_changed(world.scene, State::connect, State::open_sent);
  world.dump.flush();
  CHECK(records(world.file("a.1")).size() == 1);
  CHECK(records(world.file("a")).size() == 1);
}

TEST_CASE("a file that cannot be opened is told with the reason, and the one before stays in use") {
  World world;
  CHECK(world.dump.open(world.file("a")).empty());
  CHECK(world.dump.open("/nonexistent/b") == "Unable to open MRTDump file '/nonexistent/b': No such file or directory");
  world.dump.state_changed(world.scene, State::idle, State::active);
  world.dump.flush();
  CHECK(records(world.file("a")).size() == 1);
}

TEST_CASE("a full disk is told once") {
  World world;
  CHECK(world.dump.open("/dev/full").empty());
  for (int i = 0; i < 3; ++i) {
    world.dump.state_changed(world.scene, State::idle, State::active);
    world.dump.flush();
  }
  REQUIRE(world.logged.size() == 1);
  CHECK(world.logged[0].find("Write to MRT file '/dev/full' failed: No space left on device; records are lost") !=
        std::string::npos);
}
