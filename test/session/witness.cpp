#include "bgpd/session/witness.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

#include "test/session/speakers.hpp"

using namespace avocet;
using namespace avocet::session;
using namespace avocet::session::test;

namespace {

struct Recorder final : Witness {
  struct Change {
    State from, to;
    Scene scene;
  };
  struct Message {
    unsigned type;
    bool add_path;
    Scene scene;
  };
  std::vector<Change> changes;
  std::vector<Message> messages;
  void message_received(const Scene& scene, bool add_path, proto::Bytes message) override {
    CHECK(message.size() >= proto::header_size_bytes);
    messages.push_back({message[18], add_path, scene});
  }
  void state_changed(const Scene& scene, State from, State to) override { changes.push_back({from, to, scene}); }
  std::vector<unsigned> types() const {
    std::vector<unsigned> list;
    for (auto& one : messages) list.push_back(one.type);
    return list;
  }
};

}  // namespace

TEST_CASE("a witness is told of each state and each message received, from the first attempt on") {
  World world;
  auto a = world.daemon(1), b = world.daemon(2);
  Recorder recorder;
  a->speaker.set_witness(&recorder);
  auto options = a->session_with(2);
  options.protocol.mrtdump = rib::mrtdump::all;
  auto waits = b->session_with(1);
  waits.passive = true;
  b->add(waits);
  a->add(options);
  b->announce("192.0.2.0/24");
  REQUIRE(world.until([&] { return a->has("192.0.2.0/24"); }));
  std::vector<State> states;
  for (auto& change : recorder.changes) states.push_back(change.to);
  CHECK(states == std::vector{State::active, State::connect, State::open_sent, State::open_confirm, State::established});
  CHECK(recorder.changes.back().scene.as4);
  CHECK(recorder.changes.back().scene.peer == Daemon::address(2));
  CHECK(recorder.changes.back().scene.local == Daemon::address(1));
  CHECK(recorder.changes.back().scene.peer_as == 65002);
  CHECK(recorder.changes.back().scene.local_as == 65001);
  CHECK(recorder.changes.front().scene.peer.is_unspecified());
  auto types = recorder.types();
  REQUIRE(types.size() >= 3);
  types.resize(3);
  CHECK(types == std::vector<unsigned>{1, 4, 2});  // OPEN, KEEPALIVE, UPDATE
  // What an OPEN holds is not agreed on yet when it comes.
  CHECK_FALSE(recorder.messages[0].scene.as4);
  CHECK(recorder.messages[1].scene.as4);
}

TEST_CASE("a witness is told only what the protocol's mask asks for, which can change while it runs") {
  World world;
  auto a = world.daemon(1), b = world.daemon(2);
  Recorder recorder;
  a->speaker.set_witness(&recorder);
  auto options = a->session_with(2);
  a->add(options);
  b->add(b->session_with(1));
  REQUIRE(world.until([&] { return a->up(2); }));
  CHECK(recorder.changes.empty());
  CHECK(recorder.messages.empty());
  options.protocol.mrtdump = rib::mrtdump::messages;
  a->speaker.retune("to2", options, {});
  CHECK(a->up(2));
  b->announce("192.0.2.0/24");
  REQUIRE(world.until([&] { return a->has("192.0.2.0/24"); }));
  CHECK(recorder.changes.empty());
  CHECK_FALSE(recorder.messages.empty());
}

TEST_CASE("prefixes with path ids are told of as such, and only those") {
  World world;
  auto a = world.daemon(1), b = world.daemon(2);
  Recorder recorder;
  a->speaker.set_witness(&recorder);
  auto options = a->session_with(2);
  options.protocol.mrtdump = rib::mrtdump::messages;
  options.channels[0].add_paths = AddPaths::rx;
  auto theirs = b->session_with(1);
  theirs.channels[0].add_paths = AddPaths::tx;
  a->add(options);
  b->add(theirs);
  b->announce("192.0.2.0/24");
  REQUIRE(world.until([&] { return a->has("192.0.2.0/24"); }));
  auto types = recorder.types();
  CHECK(std::count(types.begin(), types.end(), 2u) > 0);
  for (auto& message : recorder.messages) CHECK(message.add_path == (message.type == 2));
}
