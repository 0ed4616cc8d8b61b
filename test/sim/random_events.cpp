/// Random histories: whatever happens in whatever order, once all is quiet every peer knows exactly what the RIB and its
/// options say, and nobody ever hears its own route.
#include "test/sim/world.hpp"

using namespace avocet;
using namespace avocet::sim;

namespace {

const char* const addresses[] = {"10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4", "10.0.0.5", "10.0.0.6"};

filter::ProgramPtr odd_nets_only() {
  return filter::native("odd", [](auto& route, auto&) { return route.net.address.v4_bits() >> 8 & 1; });
}

struct History {
  World world;
  std::mt19937 random;
  std::vector<std::unique_ptr<Session>> sessions;
  std::uint32_t nets;

  History(unsigned seed, std::uint32_t nets) : random(seed), nets(nets) {
    for (auto* address : addresses) sessions.push_back(world.session(facts(address)));
  }
  unsigned pick(unsigned below) { return std::uniform_int_distribution<unsigned>(0, below - 1)(random); }

  rib::SourceFacts facts(const char* address) {
    if (pick(2)) return client(address);
    auto result = Scene::ebgp(65001 + pick(3), address);
    result.gateway_recursive = true;
    return result;
  }
  ExportOptions options(const Session& session) {
    auto& facts = session.channel->facts;
    auto result = facts.external ? World::external_options() : World::client_options();
    if (pick(3) == 0) result.filter = odd_nets_only();
    if (pick(4) == 0) result.next_hop_self = announce::HopRule::all;
    if (pick(8) == 0) result.filter = filter::reject_all();
    return result;
  }
  proto::Nlri nlri() { return {proto::Prefix::v4(0x14000000 + (pick(nets) << 8), 24)}; }

  Route route() {
    Route result;
    result.next_hop = addresses[pick(6)];
    result.path = {65001 + pick(3)};
    if (pick(2)) result.path.push_back(65100 + pick(3));
    if (pick(3) == 0) result.med = pick(3);
    if (pick(6) == 0) result.communities = {0xffffff01};  // NO_EXPORT
    return result;
  }

  void step() {
    auto& session = *sessions[pick(static_cast<unsigned>(sessions.size()))];
    switch (pick(12)) {
      case 0: case 1: case 2: case 3: {
        std::vector<proto::Nlri> told;
        for (unsigned i = 0; i <= pick(20); ++i) told.push_back(nlri());
        return session.channel->announce(told, route().block());
      }
      case 4: case 5: {
        std::vector<proto::Nlri> gone;
        for (unsigned i = 0; i <= pick(20); ++i) gone.push_back(nlri());
        return session.channel->withdraw(gone);
      }
      case 6:
        if (session.member) return session.member.reset(), session.channel->flush();
        return join(session);
      case 7:
        if (session.member) session.member->refresh(pick(2));
        return;
      case 8:
        if (session.member) session.member->retune(with_same_wire(session, options(session)));
        return;
      case 9: case 10:  // a slow reader takes a little, or nothing
        if (session.member) session.peer.take(*session.member, 1 + pick(2000));
        return;
      default:
        world.scene.rib.work(std::chrono::microseconds(1));
        if (pick(2)) world.announcer.work(std::chrono::microseconds(1));
    }
  }
  void join(Session& session) {
    auto wanted = options(session);
    wanted.add_path = pick(4) == 0;
    wanted.secondary = !wanted.add_path && pick(5) == 0;
    world.join(session, wanted);
  }
  /// A session's negotiated facts do not change while it lives.
  ExportOptions with_same_wire(const Session& session, ExportOptions wanted) {
    wanted.add_path = session.member->options().add_path;
    wanted.secondary = session.member->options().secondary;
    return wanted;
  }

  void check() {
    for (bool quiet = false; !quiet;) {
      world.settle();
      quiet = true;
      for (auto& session : sessions)
        if (session->member && session->member->has_output()) quiet = false, session->peer.drain(*session->member);
    }
    for (std::size_t i = 0; i < sessions.size(); ++i) {
      auto& session = *sessions[i];
      if (!session.member) continue;
      CAPTURE(i);
      CHECK_FALSE(session.member->walking());
      CHECK(world.known(session) == world.expected(session));
      CHECK(session.peer.end_of_ribs == 1);
      check_advertised(session);
    }
  }
  void check_advertised(const Session& session) {
    std::size_t told = 0;
    session.member->for_advertised(rib::NetId{0}, [&](rib::NetId, proto::AttributeView) { return ++told, true; });
    CHECK(told == session.peer.routes.size());
  }
};

}  // namespace

TEST_CASE("after any history of events every peer knows what the RIB and its options say") {
  for (unsigned seed = 1; seed <= 40; ++seed) {
    CAPTURE(seed);
    History history(seed, 40);
    for (int round = 0; round < 6; ++round) {
      for (int i = 0; i < 60; ++i) history.step();
      history.check();
    }
  }
}

TEST_CASE("a bounded backlog changes nothing about what slow peers know in the end") {
  for (unsigned seed = 100; seed <= 112; ++seed) {
    CAPTURE(seed);
    History history(seed, 400);
    history.world.announcer.limit_backlog(2000);
    for (int round = 0; round < 4; ++round) {
      for (int i = 0; i < 200; ++i) history.step();
      history.check();
    }
  }
}

TEST_CASE("nobody ever hears a route of its own") {
  // Each session announces nets of its own only, so that hearing one of them is hearing itself.
  World world;
  std::vector<std::unique_ptr<Session>> sessions;
  for (auto* address : addresses) sessions.push_back(world.session(client(address)));
  std::mt19937 random(7);
  auto net_of = [](std::size_t session, unsigned i) {
    return proto::Nlri{proto::Prefix::v4(static_cast<std::uint32_t>(0x14000000 + (session << 16) + (i << 8)), 24)};
  };
  for (auto& session : sessions) world.join(*session, World::client_options());
  for (int step = 0; step < 400; ++step) {
    auto i = random() % sessions.size();
    std::vector<proto::Nlri> nets{net_of(i, random() % 4), };
    Route route;
    route.next_hop = addresses[i];
    route.med = random() % 2;
    if (random() % 3)
      sessions[i]->channel->announce(nets, route.block());
    else
      sessions[i]->channel->withdraw(nets);
    if (random() % 4 == 0) world.drain(*sessions[random() % sessions.size()]);
    if (random() % 10 == 0) sessions[random() % sessions.size()]->member->refresh(false);
  }
  for (std::size_t i = 0; i < sessions.size(); ++i) {
    world.drain(*sessions[i]);
    for (auto& nlri : sessions[i]->peer.heard) CHECK((nlri.prefix.address.v4_bits() >> 16 & 0xff) != i);
  }
}
