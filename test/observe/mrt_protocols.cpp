#include "bgpd/observe/mrt_protocols.hpp"

#include <doctest/doctest.h>

#include "test/directory.hpp"
#include "test/observe/mrt_records.hpp"
#include "test/rib/scene.hpp"

using namespace avocet;
using namespace avocet::observe;
using namespace avocet::observe::test;
using namespace std::chrono_literals;

namespace {

/// A table of 100 routes, a clock that stands still, and protocols that dump the table.
struct World : rib::test::Scene {
  avocet::test::Directory directory;
  loop::SimulatedClock clock;
  loop::TimerQueue timers{clock};
  Log log;
  std::string logged;
  MrtProtocols mrt{timers, rib, log, [this] { return DumpScene{rib, 1, {}}; }};

  World() {
    LogOptions quiet;
    quiet.targets = {{LogTarget::Kind::file, "/dev/null", 0, "", log_all}};
    log.configure(quiet, true);
    log.add_sink([this](LogClass, std::string_view line) { logged += std::string(line) + '\n'; });
    std::vector<proto::Nlri> many;
    for (std::uint32_t i = 0; i < 100; ++i) many.push_back({proto::Prefix::v4(0x0b000000 + i * 256, 24)});
    open()->announce(many, rib::test::Route{}.block());
  }
  MrtOptions options(std::uint32_t period) {
    MrtOptions options{.table = "main", .filename = directory.path / "dump", .period = period};
    options.protocol.name = "m1";
    return options;
  }
  void pass(loop::Duration time) {
    clock.advance(time);
    timers.run_due();
  }
  void finish() {
    while (mrt.work(1s)) {
    }
  }
  std::size_t dumps() const {
    std::size_t count = 0;
    for (auto& record : records(directory.path / "dump")) count += record.subtype == 1;
    return count;
  }
  rib::ProtocolState state() { return rib.find_protocol("m1")->state; }
};

}  // namespace

TEST_CASE("a dump is made each period, the first one a period after the start") {
  World world;
  world.mrt.add(world.options(10));
  CHECK(world.state() == rib::ProtocolState::up);
  for (std::size_t dumps : {0, 1, 2}) {
    world.finish();
    CHECK(world.dumps() == dumps);
    world.pass(10s);
  }
}

TEST_CASE("a new period counts from the last dump; another file holds from the next dump on") {
  World world;
  world.mrt.add(world.options(100));
  world.pass(40s);
  world.mrt.retune(world.options(50));
  world.pass(9s);
  world.finish();
  CHECK(world.dumps() == 0);
  world.pass(1s);
  CHECK(world.mrt.work(0ns));  // at work
  auto other = world.options(50);
  other.filename = world.directory.path / "other";
  world.mrt.retune(other);
  world.finish();
  CHECK(world.dumps() == 1);
  CHECK_FALSE(std::filesystem::exists(world.directory.path / "other"));
  world.pass(50s);
  world.finish();
  CHECK(std::filesystem::exists(world.directory.path / "other"));
}

TEST_CASE("a dump that takes longer than the period is not begun twice, and that is said") {
  World world;
  world.mrt.add(world.options(1));
  world.pass(1s);
  CHECK(world.mrt.work(0ns));
  world.pass(1s);
  world.finish();
  CHECK(world.dumps() == 1);
  CHECK(world.logged.find("mrt m1: the table dump before is still at work") != std::string::npos);
}

TEST_CASE("a protocol that is disabled while it dumps comes to its end first") {
  World world;
  world.mrt.add(world.options(10));
  world.pass(10s);
  CHECK(world.mrt.work(0ns));
  CHECK(world.mrt.disable("m1"));
  CHECK_FALSE(world.mrt.disable("m1"));
  CHECK(world.state() == rib::ProtocolState::stop);
  world.finish();
  CHECK(world.state() == rib::ProtocolState::down);
  CHECK(records(world.directory.path / "dump").size() == 101);
  world.pass(20s);
  world.finish();
  CHECK(world.dumps() == 1);
  CHECK(world.mrt.enable("m1"));
  CHECK_FALSE(world.mrt.enable("m1"));
  world.pass(10s);
  world.finish();
  CHECK(world.dumps() == 2);
}

TEST_CASE("the dump of a protocol that is removed is written to its end") {
  World world;
  world.mrt.add(world.options(10));
  world.pass(10s);
  CHECK(world.mrt.work(0ns));
  world.mrt.remove("m1");
  CHECK(world.rib.find_protocol("m1") == nullptr);
  world.finish();
  CHECK(records(world.directory.path / "dump").size() == 101);
}

TEST_CASE("a shutdown ends the dump at work with a whole record, and says so") {
  World world;
  world.mrt.add(world.options(10));
  world.pass(10s);
  CHECK(world.mrt.work(0ns));
  world.mrt.shutdown();
  CHECK(world.logged.find("mrt m1: the table dump ends early: the daemon shuts down") != std::string::npos);
  auto left = records(world.directory.path / "dump").size();
  CHECK(left > 1);
  CHECK(left < 101);
}
