#include "bgpd/observe/bmp_feed.hpp"

#include <doctest/doctest.h>

#include <set>

#include "proto/reader.hpp"
#include "test/rib/scene.hpp"

using namespace avocet;
using namespace avocet::observe;
using rib::test::ip;
using rib::test::net;
using rib::test::nets;
using rib::test::Route;
using Lines = std::vector<std::string>;

namespace {

/// A table, a feed, and what the feed says, read back.
struct World : rib::test::Scene {
  std::unique_ptr<BmpFeed> feed;

  explicit World(BmpFeed::Policies policies = {true, true}) {
    feed = std::make_unique<BmpFeed>(rib, table, policies, std::chrono::system_clock::time_point());
  }
  ~World() { feed.reset(); }

  void up(const rib::Channel& channel, bool add_path = false) {
    feed->begin(channel.source, {{channel.facts.remote_address, 1, 1}, add_path});
  }
  /// "10.0.0.1 pre + 192.0.2.0/24", "10.0.0.1 post - 192.0.2.0/24", "10.0.0.1 pre end", in order.
  Lines heard(std::size_t limit = 1 << 20) {
    settle();
    std::vector<std::uint8_t> out;
    while (feed->produce(out, limit, std::chrono::steady_clock::time_point::max()) && out.size() < limit) {
    }
    Lines lines;
    for (proto::Reader reader(out); reader.left() > 0;) {
      reader.u8();
      auto message = proto::Reader(reader.bytes(reader.u32() - 5));
      message.bytes(2);
      bool post = message.u8() & 0x40;
      message.bytes(8 + 12);
      auto who = proto::Address::from_bytes(message.bytes(4)).text() + (post ? " post" : " pre");
      message.bytes(16);
      proto::UpdateContext context;
      context.families.ipv4 = {.active = true, .add_path_receive = with_ids};
      context.external = false;
      proto::Update update;
      REQUIRE(proto::decode_update(message.rest().subspan(proto::header_size_bytes), context, update));
      auto name = [&](const proto::Nlri& nlri) {
        return nlri.prefix.text() + (with_ids ? "#" + std::to_string(nlri.path_id) : "");
      };
      if (update.end_of_rib_ipv4) lines.push_back(who + " end");
      for (auto& nlri : update.withdrawn) lines.push_back(who + " - " + name(nlri));
      for (auto& nlri : update.announced) lines.push_back(who + " + " + name(nlri));
    }
    return lines;
  }
  bool with_ids = false;
};

}  // namespace

TEST_CASE("a session's routes are told before and after the filter, then the end, then changes") {
  World world;
  auto channel = world.open();
  channel->announce(nets({"192.0.2.0/24"}), Route{}.block());
  world.up(*channel);
  CHECK(world.heard() ==
        Lines{"10.0.0.1 pre + 192.0.2.0/24", "10.0.0.1 post + 192.0.2.0/24", "10.0.0.1 pre end", "10.0.0.1 post end"});
  CHECK(world.heard().empty());
  channel->announce(nets({"198.51.100.0/24"}), Route{}.block());
  CHECK(world.heard() == Lines{"10.0.0.1 pre + 198.51.100.0/24", "10.0.0.1 post + 198.51.100.0/24"});
  channel->withdraw(nets({"192.0.2.0/24"}));
  CHECK(world.heard() == Lines{"10.0.0.1 pre - 192.0.2.0/24", "10.0.0.1 post - 192.0.2.0/24"});
}

TEST_CASE("what the filter rejects is told before it only, and follows a changed filter") {
  World world;
  auto options = World::channel_options();
  options.import_filter = filter::reject_all();
  auto channel = world.open(World::ebgp(), options);
  world.up(*channel);
  world.heard();
  channel->announce(nets({"192.0.2.0/24"}), Route{}.block());
  CHECK(world.heard() == Lines{"10.0.0.1 pre + 192.0.2.0/24"});
  channel->announce(nets({"192.0.2.0/24"}), Route{.med = 7}.block());
  CHECK(world.heard() == Lines{"10.0.0.1 pre + 192.0.2.0/24"});
  options.import_filter = filter::accept_all();
  channel->reconfigure(options);
  CHECK(world.heard() == Lines{"10.0.0.1 post + 192.0.2.0/24"});
  options.import_filter = filter::reject_all();
  channel->reconfigure(options);
  CHECK(world.heard() == Lines{"10.0.0.1 post - 192.0.2.0/24"});
  channel->withdraw(nets({"192.0.2.0/24"}));
  CHECK(world.heard() == Lines{"10.0.0.1 pre - 192.0.2.0/24"});
}

TEST_CASE("routes of sources without a session are not told, nor those of one that ended") {
  World world({.after = true});
  auto one = world.open(World::ebgp(65001, "10.0.0.1")), two = world.open(World::ebgp(65002, "10.0.0.2"));
  world.up(*one);
  one->announce(nets({"192.0.2.0/24"}), Route{}.block());
  two->announce(nets({"192.0.2.0/24"}), Route{}.block());
  CHECK(world.heard() == Lines{"10.0.0.1 post + 192.0.2.0/24", "10.0.0.1 post end"});
  world.feed->end(one->source);
  one->flush();
  CHECK(world.heard().empty());
}

TEST_CASE("a session that comes again is told from the beginning, though its routes stayed") {
  World world({.before = true});
  auto channel = world.open();
  world.up(*channel);
  channel->announce(nets({"192.0.2.0/24"}), Route{}.block());
  CHECK(world.heard() == Lines{"10.0.0.1 pre + 192.0.2.0/24", "10.0.0.1 pre end"});
  world.feed->end(channel->source);
  channel->mark_stale();
  world.up(*channel);
  CHECK(world.heard() == Lines{"10.0.0.1 pre + 192.0.2.0/24", "10.0.0.1 pre end"});
  channel->sweep();
  CHECK(world.heard() == Lines{"10.0.0.1 pre - 192.0.2.0/24"});
}

TEST_CASE("a slow station hears the last of the changes: a net that came and went is no news") {
  World world({.before = true});
  auto channel = world.open();
  world.up(*channel);
  channel->announce(nets({"192.0.2.0/24", "198.51.100.0/24"}), Route{}.block());
  world.heard();
  channel->announce(nets({"203.0.113.0/24"}), Route{}.block());
  channel->withdraw(nets({"192.0.2.0/24"}));
  world.settle();
  channel->withdraw(nets({"203.0.113.0/24"}));
  // The freed net may be used for another prefix; what the station knows of the old one is withdrawn all the same.
  channel->announce(nets({"100.64.0.0/24", "100.64.1.0/24"}), Route{}.block());
  channel->announce(nets({"198.51.100.0/24"}), Route{.med = 1}.block());
  world.settle();
  channel->announce(nets({"198.51.100.0/24"}), Route{}.block());
  auto heard = world.heard();
  CHECK(heard.front() == "10.0.0.1 pre - 192.0.2.0/24");
  CHECK(std::multiset(heard.begin(), heard.end()) == std::multiset<std::string>{"10.0.0.1 pre - 192.0.2.0/24",
                                                                                "10.0.0.1 pre + 100.64.0.0/24",
                                                                                "10.0.0.1 pre + 100.64.1.0/24"});
}

TEST_CASE("a net that goes and comes back before the station heard of it is withdrawn before it is announced") {
  World world({.after = true});
  auto channel = world.open();
  world.up(*channel);
  channel->announce(nets({"192.0.2.0/24"}), Route{}.block());
  world.heard();
  channel->withdraw(nets({"192.0.2.0/24"}));
  world.settle();
  channel->announce(nets({"192.0.2.0/24"}), Route{.med = 5}.block());
  CHECK(world.heard() == Lines{"10.0.0.1 post - 192.0.2.0/24", "10.0.0.1 post + 192.0.2.0/24"});
}

TEST_CASE("path ids are told where the session has them") {
  World world({.before = true});
  world.with_ids = true;
  auto channel = world.open();
  world.up(*channel, true);
  proto::Nlri both[] = {{net("192.0.2.0/24"), 7}, {net("192.0.2.0/24"), 9}};
  channel->announce(both, Route{}.block());
  auto heard = world.heard();
  CHECK(std::set(heard.begin(), heard.end()) ==
        std::set<std::string>{"10.0.0.1 pre + 192.0.2.0/24#7", "10.0.0.1 pre + 192.0.2.0/24#9", "10.0.0.1 pre end"});
  channel->withdraw(std::span(both).first(1));
  CHECK(world.heard() == Lines{"10.0.0.1 pre - 192.0.2.0/24#7"});
}

TEST_CASE("a feed stops at its limit and goes on where it was; nothing is told twice") {
  World world({.after = true});
  auto channel = world.open();
  std::vector<proto::Nlri> many;
  for (std::uint32_t i = 0; i < 500; ++i) many.push_back({proto::Prefix::v4(0x0b000000 + i * 256, 24)});
  channel->announce(many, Route{}.block());
  world.up(*channel);
  std::multiset<std::string> all;
  std::size_t rounds = 0;
  for (auto some = world.heard(1000); !some.empty(); some = world.heard(1000), ++rounds)
    all.insert(some.begin(), some.end());
  CHECK(rounds > 40);
  CHECK(all.size() == 501);
  CHECK(std::set(all.begin(), all.end()).size() == 501);
}

TEST_CASE("what is told is held on to, and let go in the end") {
  auto sets = [](World& world) { return world.rib.attributes().count(); };
  World world;
  auto channel = world.open();
  world.up(*channel);
  channel->announce(nets({"192.0.2.0/24", "198.51.100.0/24"}), Route{}.block());
  world.heard();
  channel->withdraw(nets({"192.0.2.0/24"}));
  channel->withdraw(nets({"198.51.100.0/24"}));
  world.settle();
  CHECK(sets(world) == 1);  // the station has not heard of it
  world.heard();
  CHECK(sets(world) == 0);
  channel->announce(nets({"192.0.2.0/24"}), Route{}.block());
  world.heard();
  channel->flush();
  world.settle();
  world.feed.reset();
  CHECK(sets(world) == 0);
}
