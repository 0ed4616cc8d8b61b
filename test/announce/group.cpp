#include "bgpd/announce/group.hpp"

#include "test/sim/world.hpp"

using namespace avocet;
using namespace avocet::sim;
using rib::test::ip;
using rib::test::net;
using rib::test::nets;

namespace {

/// `count` nets from 20.0.0.0/24 on.
std::vector<proto::Nlri> many(std::uint32_t count, std::uint32_t first = 0) {
  std::vector<proto::Nlri> result;
  for (std::uint32_t i = 0; i < count; ++i) result.push_back({proto::Prefix::v4(0x14000000 + ((first + i) << 8), 24)});
  return result;
}

struct Fixture {
  World world;
  std::unique_ptr<Session> source = world.session(Scene::ebgp(65001, "10.0.0.1"));
  std::unique_ptr<Session> a = world.session(Scene::ebgp(65002, "10.0.0.2"));
  std::unique_ptr<Session> b = world.session(Scene::ebgp(65003, "10.0.0.3"));

  void announce(const std::vector<proto::Nlri>& nets, Route route = {}) {
    source->channel->announce(nets, route.block());
    world.settle();
  }
};

}  // namespace

TEST_CASE("a member is told the table, then End-of-RIB, then changes") {
  Fixture f;
  f.announce(many(3));
  f.world.join(*f.a, World::external_options());
  f.world.drain(*f.a);
  CHECK(f.a->peer.routes.size() == 3);
  CHECK(f.a->peer.markers == "aE");
  f.announce(many(1, 3));
  f.source->channel->withdraw(many(1));
  f.world.drain(*f.a);
  CHECK(f.a->peer.markers == "aEaw");
  CHECK(f.a->peer.routes.size() == 3);
}

TEST_CASE("an empty table is told as End-of-RIB alone (RFC 4724 section 2)") {
  Fixture f;
  f.world.join(*f.a, World::external_options());
  f.world.drain(*f.a);
  CHECK(f.a->peer.markers == "E");
  f.world.join(*f.b, World::external_options(), false);
  f.world.settle();
  CHECK_FALSE(f.b->member->has_output());
}

TEST_CASE("the loop is asked for work, and wake is called once when output appears") {
  Fixture f;
  f.world.join(*f.a, World::external_options());
  f.world.drain(*f.a);
  unsigned asked = 0, before = f.a->woken;
  f.world.announcer.on_work = [&asked] { ++asked; };
  f.announce(many(1));
  CHECK(asked > 0);
  CHECK(f.a->woken == before + 1);
  f.announce(many(2));
  CHECK(f.a->woken == before + 1);  // it knows already
}

TEST_CASE("members with equal options share a group and its buffers") {
  Fixture f;
  f.world.join(*f.a, World::external_options());
  f.world.join(*f.b, World::external_options());
  f.world.drain(*f.a);
  f.world.drain(*f.b);
  CHECK(f.world.announcer.group_count() == 1);
  f.announce(many(100));
  std::vector<announce::Chunk> to_a, to_b;
  f.a->member->take(1'000'000, to_a);
  f.b->member->take(1'000'000, to_b);
  REQUIRE(to_a.size() == 1);
  CHECK(to_a[0].buffer == to_b[0].buffer);
}

TEST_CASE("members that walk at the same time share the walk's buffers") {
  Fixture f;
  f.announce(many(5000));
  f.world.join(*f.a, World::external_options());
  f.world.settle();
  std::vector<announce::Chunk> to_a, to_b;
  f.a->member->take(1000, to_a);
  f.world.join(*f.b, World::external_options());  // later, but the other is not done
  f.world.settle();
  f.b->member->take(1000, to_b);
  CHECK(to_a[0].buffer == to_b[0].buffer);
}

TEST_CASE("routes with the same attributes share UPDATEs, also when they came one by one") {
  Fixture f;
  f.world.join(*f.a, World::external_options());
  f.world.drain(*f.a);
  Route blue, red;
  red.med = 1;
  red.path = blue.path = {65001};
  for (std::uint32_t i = 0; i < 200; ++i) {
    auto& route = i % 2 ? blue : red;
    route.communities = {i % 2};
    f.source->channel->announce(many(1, i), route.block());
  }
  f.world.drain(*f.a);
  CHECK(f.a->peer.routes.size() == 200);
  CHECK(f.a->peer.updates == 2 + 1);  // and End-of-RIB
}

TEST_CASE("a walk packs 800 routes to an UPDATE when they share attributes") {
  Fixture f;
  f.announce(many(8000));
  f.world.join(*f.a, World::external_options());
  f.world.drain(*f.a);
  CHECK(f.a->peer.routes.size() == 8000);
  CHECK(f.a->peer.updates <= 8000 / 800 + 1);
}

TEST_CASE("a peer gets a withdrawal in the place of its own route when it knew another one") {
  Fixture f;
  f.announce(many(1));
  f.world.join(*f.a, World::external_options());
  f.world.drain(*f.a);
  REQUIRE(f.a->peer.routes.size() == 1);
  Route better;
  better.local_pref = 200;
  better.next_hop = "10.0.0.2";
  f.a->channel->announce(many(1), better.block());
  f.world.drain(*f.a);
  CHECK(f.a->peer.routes.empty());
  CHECK(f.a->peer.announcements == 1);
}

TEST_CASE("what nobody's bytes depend on is not sent again: another source with the same attributes") {
  Fixture f;
  auto second = f.world.session(Scene::ebgp(65001, "10.0.0.9"));
  f.announce(many(10));
  second->channel->announce(many(10), Route{}.block());
  f.world.join(*f.a, World::external_options());
  f.world.drain(*f.a);
  auto updates = f.a->peer.updates;
  f.source->channel->withdraw(many(10));
  f.world.drain(*f.a);
  CHECK(f.a->peer.updates == updates);
  CHECK(f.a->peer.routes.size() == 10);
}

TEST_CASE("route refresh tells everything again; enhanced with brackets (RFC 7313)") {
  Fixture f;
  f.announce(many(3));
  f.world.join(*f.a, World::external_options());
  f.world.drain(*f.a);
  f.a->member->refresh(false);
  f.world.drain(*f.a);
  CHECK(f.a->peer.markers == "aEa");
  f.a->member->refresh(true);
  f.world.drain(*f.a);
  CHECK(f.a->peer.markers == "aEaBaR");
}

TEST_CASE("a changed export filter sends the differences only") {
  Fixture f;
  f.announce(many(10));
  f.world.join(*f.a, World::external_options());
  f.world.drain(*f.a);
  auto options = World::external_options();
  options.filter = filter::native("no 20.0.3.0/24", [](auto& route, auto&) { return route.net != net("20.0.3.0/24"); });
  f.a->member->retune(options);
  f.world.drain(*f.a);
  CHECK(f.a->peer.withdrawals == 1);
  CHECK(f.a->peer.announcements == 10);
  f.a->member->retune(World::external_options());
  f.world.drain(*f.a);
  CHECK(f.a->peer.withdrawals == 1);
  CHECK(f.a->peer.announcements == 11);
  CHECK(f.world.announcer.group_count() == 1);
}

TEST_CASE("a reconfiguration that retunes all members one by one ends with one group, and one set of buffers") {
  Fixture f;
  f.announce(many(10));
  for (auto* session : {f.a.get(), f.b.get()}) {
    f.world.join(*session, World::external_options());
    f.world.drain(*session);
  }
  auto options = World::external_options();
  options.next_hop_address = ip("10.0.0.77");
  options.ifindex = 0;
  f.a->member->retune(options);
  f.b->member->retune(options);
  f.world.settle();
  CHECK(f.world.announcer.group_count() == 1);
  std::vector<announce::Chunk> to_a, to_b;
  f.a->member->take(1'000'000, to_a);
  f.b->member->take(1'000'000, to_b);
  REQUIRE_FALSE(to_a.empty());
  CHECK(to_a[0].buffer == to_b[0].buffer);
}

TEST_CASE("a group ends with its last member, and so do its attribute sets") {
  Fixture f;
  f.announce(many(10));
  auto sets = f.world.scene.rib.attributes().count();
  f.world.join(*f.a, World::external_options());
  f.world.drain(*f.a);
  CHECK(f.world.scene.rib.attributes().count() > sets);
  f.a->member.reset();
  f.world.settle();
  CHECK(f.world.announcer.group_count() == 0);
  CHECK(f.world.scene.rib.attributes().count() == sets);
}

TEST_CASE("a member that does not read is not buffered for: memory stays bounded, and it is told the end state") {
  Fixture f;
  constexpr std::size_t bound = 100'000;
  f.world.announcer.limit_backlog(bound);
  f.world.join(*f.a, World::external_options());
  f.world.join(*f.b, World::external_options());
  f.world.drain(*f.a);
  f.world.drain(*f.b);
  std::size_t most = 0;
  for (std::uint32_t round = 0; round < 200; ++round) {
    Route route;
    route.path = {65001, 65100 + round};
    f.announce(many(1000), route);
    f.world.drain(*f.b);
    most = std::max(most, f.world.announcer.memory_bytes());
  }
  CHECK(most < 3 * bound + 8 * 4096 + 1000 * 64);
  CHECK(f.a->member->walking());
  auto announcements = f.a->peer.announcements;
  f.world.drain(*f.a);
  CHECK(f.world.known(*f.a) == f.world.expected(*f.a));
  CHECK(f.a->peer.announcements - announcements < 20'000);  // not all 200,000 changes
}

TEST_CASE("counters: offered, own routes rejected, filtered, accepted; exported is what the peer knows") {
  Fixture f;
  auto options = World::external_options();
  options.filter = filter::native("no 20.0.3.0/24", [](auto& route, auto&) { return route.net != net("20.0.3.0/24"); });
  f.world.join(*f.a, options);
  f.world.drain(*f.a);
  f.announce(many(10));
  f.a->channel->announce(many(2, 100), Route{}.block());
  f.world.drain(*f.a);
  auto& counters = f.a->channel->export_counters;
  CHECK(counters.updates_received == 12);
  CHECK(counters.updates_rejected == 2);
  CHECK(counters.updates_filtered == 1);
  CHECK(counters.updates_accepted == 9);
  CHECK(f.a->channel->exported == 9);
  f.source->channel->withdraw(many(1));
  f.world.drain(*f.a);
  CHECK(counters.withdraws_received == 1);
  CHECK(counters.withdraws_accepted == 1);
  CHECK(f.a->channel->exported == 8);
}

TEST_CASE("an export limit is reported once per excess; action block tells no more than it allows") {
  Fixture f;
  struct Case { rib::LimitAction action; std::size_t told; } cases[] = {{rib::LimitAction::warn, 10}, {rib::LimitAction::block, 4}};
  f.announce(many(10));
  for (auto& c : cases) {
    CAPTURE(static_cast<int>(c.action));
    unsigned reported = 0;
    f.a->channel->options.export_limit = rib::Limit{4, c.action};
    f.a->channel->on_limit = [&](rib::LimitKind kind, auto&) { reported += kind == rib::LimitKind::export_; };
    f.world.join(*f.a, World::external_options());
    f.world.drain(*f.a);
    CHECK(reported == 1);
    CHECK(f.a->peer.routes.size() == c.told);
    f.a->member.reset();
    f.world.settle();
  }
}

TEST_CASE("RFC 7911: all usable paths are told, each with its own stable identifier") {
  Fixture f;
  f.announce(many(1));
  Route other;
  other.next_hop = "10.0.0.3";
  f.b->channel->announce(many(1), other.block());
  auto options = World::external_options();
  options.add_path = true;
  f.world.join(*f.a, options);
  f.world.drain(*f.a);
  REQUIRE(f.a->peer.routes.size() == 2);
  auto before = f.a->peer.routes;
  f.source->channel->withdraw(many(1));
  f.world.drain(*f.a);
  REQUIRE(f.a->peer.routes.size() == 1);
  CHECK(before.contains(f.a->peer.routes.begin()->first));
}

TEST_CASE("option `secondary`: the best route that passes is told, when the best one does not") {
  Fixture f;
  Route best;
  best.local_pref = 200;
  best.communities = {0xffffff01};  // NO_EXPORT
  f.announce(many(1), best);
  f.b->channel->announce(many(1), Route{}.block());
  for (bool secondary : {false, true}) {
    auto options = World::external_options();
    options.secondary = secondary;
    f.world.join(*f.a, options);
    f.world.drain(*f.a);
    CHECK(f.a->peer.routes.size() == (secondary ? 1 : 0));
  }
}
