#include "bgpd/observe/table_dump.hpp"

#include <doctest/doctest.h>

#include <sstream>

#include "proto/reader.hpp"
#include "test/directory.hpp"
#include "test/observe/mrt_records.hpp"
#include "test/rib/scene.hpp"

using namespace avocet;
using namespace avocet::observe;
using namespace avocet::observe::test;
using rib::test::ip;
using rib::test::net;
using rib::test::nets;
using rib::test::Route;

namespace {

constexpr auto long_enough = std::chrono::seconds(60);

/// A table with two BGP neighbours and a directory to dump into.
struct World : rib::test::Scene {
  avocet::test::Directory directory;
  std::vector<std::string> problems, printed;
  std::chrono::system_clock::time_point started{std::chrono::seconds(1000)};

  std::shared_ptr<rib::Channel> neighbor(std::uint32_t asn, const char* address) {
    auto protocol = std::make_shared<rib::Protocol>();
    protocol->options.name = address;
    protocol->kind = rib::ProtocolKind::bgp;
    protocol->state = rib::ProtocolState::up;
    rib.add_protocol(protocol);
    return rib.open_channel(protocol, channel_options(), ebgp(asn, address));
  }
  std::string file(const char* name) const { return directory.path / name; }
  std::unique_ptr<TableDump> dump(MrtOptions options) {
    return std::make_unique<TableDump>(
        DumpScene{rib, 0x0a0000fe, started}, std::move(options), [this](auto& text) { problems.push_back(text); },
        [this](auto& text) { printed.push_back(text); });
  }
  /// The records of a dump that has run to its end.
  std::vector<Record> dumped(MrtOptions options) {
    options.filename = file("dump");
    if (options.table.empty()) options.table = "main";
    CHECK(dump(options)->step(long_enough));
    return records(options.filename);
  }
};

}  // namespace

TEST_CASE("a dump names the peers first, then each net with the routes of all of them") {
  World world;
  auto one = world.neighbor(65001, "10.0.0.1"), two = world.neighbor(65002, "10.0.0.2");
  world.rib.now_seconds = 5;
  one->announce(nets({"192.0.2.0/24"}), Route{}.block());
  two->announce(nets({"192.0.2.0/24"}), Route{.path = {65002}}.block());
  auto found = world.dumped({});
  REQUIRE(found.size() == 2);
  CHECK(found[0].subtype == 1);
  CHECK(found[0].collector == 0x0a0000fe);
  CHECK(found[0].view == "main");
  CHECK(found[0].peers ==
        std::vector<proto::MrtPeer>{{}, {0x0a000001, 65001, ip("10.0.0.1")}, {0x0a000002, 65002, ip("10.0.0.2")}});
  CHECK(found[1].subtype == 2);
  CHECK(found[1].net == net("192.0.2.0/24"));
  REQUIRE(found[1].entries.size() == 2);
  CHECK(found[1].entries[0].peer == 1);
  CHECK(found[1].entries[1].peer == 2);
  CHECK(found[1].entries[0].originated == 1005);
  CHECK(world.problems.empty());
}

TEST_CASE("routes that are no neighbour's belong to the peer 0") {
  World world;
  auto protocol = std::make_shared<rib::Protocol>();
  world.rib.add_protocol(protocol);
  auto channel = world.rib.open_channel(protocol, World::channel_options(), {.kind = filter::RouteSource::static_});
  proto::AttributeBlock blackhole;
  proto::set_destination(blackhole, {proto::DestinationKind::blackhole, {}});
  channel->announce(nets({"192.0.2.0/24"}), blackhole);
  auto found = world.dumped({});
  REQUIRE(found.size() == 2);
  CHECK(found[1].entries == std::vector<Record::Entry>{{0, 1000, 0, {}}});
}

TEST_CASE("routes with a path id stand in a record of their own; `always add path` puts all there") {
  World world;
  auto one = world.neighbor(65001, "10.0.0.1"), two = world.neighbor(65002, "10.0.0.2");
  one->announce(nets({"192.0.2.0/24"}), Route{}.block());
  proto::Nlri with_id{net("192.0.2.0/24"), 7};
  two->announce(std::span(&with_id, 1), Route{}.block());
  auto found = world.dumped({});
  REQUIRE(found.size() == 3);
  CHECK(found[1].subtype == 2);
  REQUIRE(found[1].entries.size() == 1);
  CHECK(found[1].entries[0].peer == 1);
  CHECK(found[2].subtype == 8);
  REQUIRE(found[2].entries.size() == 1);
  CHECK(found[2].entries[0].path_id == 7);

  std::filesystem::remove(world.file("dump"));
  found = world.dumped({.always_add_path = true});
  REQUIRE(found.size() == 2);
  CHECK(found[1].subtype == 8);
  CHECK(found[1].entries.size() == 2);
}

TEST_CASE("what the import filter rejected is not in a dump, nor a net that only has such routes") {
  World world;
  auto options = World::channel_options();
  options.import_filter = filter::reject_all();
  world.open(World::ebgp(), options)->announce(nets({"192.0.2.0/24"}), Route{}.block());
  CHECK(world.dumped({}).size() == 1);
}

TEST_CASE("a filter that takes nothing leaves the peers alone in the file") {
  World world;
  world.neighbor(65001, "10.0.0.1")->announce(nets({"192.0.2.0/24", "198.51.100.0/24"}), Route{}.block());
  CHECK(world.dumped({.filter = filter::reject_all()}).size() == 1);
}

TEST_CASE("a file that is there is appended to, and a pattern takes all tables that it fits") {
  World world;
  world.rib.add_table({.name = "other", .family = proto::Family::ipv6});
  world.rib.add_table({.name = "mains", .family = proto::Family::ipv6});
  MrtOptions options{.table_pattern = "main*", .filename = world.file("all")};
  CHECK(world.dump(options)->step(long_enough));
  auto found = records(options.filename);
  REQUIRE(found.size() == 2);
  CHECK(found[0].view == "main");
  CHECK(found[1].view == "mains");
  CHECK(world.dump(options)->step(long_enough));
  CHECK(records(options.filename).size() == 4);
}

TEST_CASE("a dump goes on where it stopped, and what was withdrawn meanwhile is not in it") {
  World world;
  auto channel = world.neighbor(65001, "10.0.0.1");
  std::vector<proto::Nlri> many;
  for (std::uint32_t i = 0; i < 1000; ++i) many.push_back({proto::Prefix::v4(0x0b000000 + i * 256, 24)});
  channel->announce(many, Route{}.block());
  auto dump = world.dump({.table = "main", .filename = world.file("dump")});
  CHECK_FALSE(dump->step(std::chrono::nanoseconds(0)));
  channel->withdraw(std::span(many).subspan(900));
  world.settle();
  std::size_t steps = 1;
  while (!dump->step(std::chrono::nanoseconds(0))) ++steps;
  CHECK(steps > 10);
  CHECK(dump->routes() == 900);
  CHECK(records(world.file("dump")).size() == 901);
}

TEST_CASE("a dump that is given up, and one whose table goes away, leave whole records") {
  for (bool table_goes : {false, true}) {
    CAPTURE(table_goes);
    World world;
    std::vector<proto::Nlri> many;
    for (std::uint32_t i = 0; i < 100; ++i) many.push_back({proto::Prefix::v4(0x0b000000 + i * 256, 24)});
    auto channel = world.neighbor(65001, "10.0.0.1");
    channel->announce(many, Route{}.block());
    auto dump = world.dump({.table = "main", .filename = world.file("dump")});
    CHECK_FALSE(dump->step(std::chrono::nanoseconds(0)));
    if (table_goes) {
      world.rib.close_channel(channel);
      world.settle();
      world.rib.remove_table("main");
      CHECK(dump->step(long_enough));
    }
    auto routes = dump->routes();
    dump.reset();
    CHECK(routes > 0);
    CHECK(records(world.file("dump")).size() == routes + 1);
  }
}

TEST_CASE("what goes wrong with a file is said, and the next table is dumped all the same") {
  World world;
  world.rib.add_table({.name = "second", .family = proto::Family::ipv6});
  std::filesystem::create_directory(world.directory.path / "second");
  CHECK(world.dump({.table_pattern = "*", .filename = world.file("%N/x")})->step(long_enough));
  CHECK(world.problems ==
        std::vector<std::string>{"Unable to open MRT file '" + world.file("main/x") + "': No such file or directory"});
  CHECK(records(world.file("second/x")).size() == 1);

  world.problems.clear();
  CHECK(world.dump({.table = "main", .filename = "/dev/full"})->step(long_enough));
  CHECK(world.problems ==
        std::vector<std::string>{
            "Write to MRT file '/dev/full' failed: No space left on device; the dump of table main stays incomplete"});
}

TEST_CASE("a file's name: the table for %N, the time for strftime's conversions") {
  ::setenv("TZ", "UTC", 1);
  ::tzset();
  std::chrono::system_clock::time_point noon{std::chrono::hours(12)};
  CHECK(dump_file_name("/d/%N-%F_%H", "master4", noon) == "/d/master4-1970-01-01_12");
  CHECK(dump_file_name("%%N %N%N %", "100%F", noon).starts_with("%N 100%F100%F "));
  CHECK(dump_file_name(std::string(1000, 'x'), "t", noon) == std::string(1000, 'x'));
}
