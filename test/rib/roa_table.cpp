#include "bgpd/rib/roa_table.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>

#include "bgpd/rib/rib.hpp"
#include "bgpd/rib/static_routes.hpp"

using namespace avocet;
using namespace avocet::rib;

namespace {

proto::Prefix net(const char* text) { return *proto::Prefix::parse(text); }
Roa roa(const char* prefix, unsigned max_length, std::uint32_t asn) { return {net(prefix), static_cast<std::uint8_t>(max_length), asn}; }

}  // namespace

TEST_CASE("RFC 6811: a route is valid when one covering ROA has its origin and length, invalid when covered by others only") {
  RoaTable table({"r", proto::Family::ipv4, {roa("10.1.0.0/16", 24, 64501), roa("10.1.0.0/16", 16, 64502), roa("10.0.0.0/8", 8, 64503)}});
  struct { const char* net; std::uint32_t asn; RoaState state; } cases[] = {
      {"10.1.0.0/16", 64501, RoaState::valid},   {"10.1.2.0/24", 64501, RoaState::valid},  {"10.1.2.0/25", 64501, RoaState::invalid},
      {"10.1.0.0/16", 64502, RoaState::valid},   {"10.1.0.0/17", 64502, RoaState::invalid}, {"10.1.0.0/16", 64503, RoaState::invalid},
      {"10.0.0.0/8", 64503, RoaState::valid},    {"10.2.0.0/16", 64503, RoaState::invalid}, {"11.0.0.0/8", 64501, RoaState::unknown},
      {"0.0.0.0/0", 64501, RoaState::unknown},   {"2001:db8::/32", 64501, RoaState::unknown}};
  for (auto& c : cases) {
    CAPTURE(c.net);
    CAPTURE(c.asn);
    CHECK(table.check(net(c.net), c.asn) == c.state);
  }
}

TEST_CASE("RFC 6483 section 4: a ROA for AS 0 makes no route valid") {
  RoaTable table({"r", proto::Family::ipv6, {roa("2001:db8::/32", 48, 0)}});
  CHECK(table.check(net("2001:db8::/32"), 0) == RoaState::invalid);
  CHECK(table.check(net("2001:db8::/32"), 64501) == RoaState::invalid);
}

TEST_CASE("a ROA counts while one source has it") {
  RoaTable table({"r", proto::Family::ipv4, {}});
  CHECK(table.replace({"one"}, {roa("10.0.0.0/8", 8, 1)}));
  CHECK(table.replace({"two"}, {roa("10.0.0.0/8", 8, 1)}));
  CHECK_FALSE(table.replace({"two"}, {roa("10.0.0.0/8", 8, 1)}));
  CHECK(table.replace({"one"}, {}));
  CHECK(table.check(net("10.0.0.0/8"), 1) == RoaState::valid);
  CHECK(table.replace({"two"}, {}));
  CHECK_FALSE(table.replace({"two"}, {}));
  CHECK(table.check(net("10.0.0.0/8"), 1) == RoaState::unknown);
}

namespace {

/// What RFC 6811 section 2 says, word for word.
RoaState by_the_rfc(const std::vector<Roa>& roas, const proto::Prefix& net, std::uint32_t asn) {
  auto state = RoaState::unknown;
  for (auto& one : roas) {
    if (!one.net.contains(net)) continue;
    if (one.asn == asn && asn != 0 && net.length <= one.max_length) return RoaState::valid;
    state = RoaState::invalid;
  }
  return state;
}

proto::Prefix some_net(std::mt19937& random, proto::Family family) {
  auto pick = [&](std::uint32_t count) { return static_cast<std::uint32_t>(random() % count); };
  if (family == proto::Family::ipv4) return proto::Prefix::v4(0x0a000000 | pick(4) << 20 | pick(256) << 8 | pick(256), pick(33));
  auto address = proto::Address::v6(0x20010db800000000ull | std::uint64_t{pick(8)} << 28 | pick(4) << 16, std::uint64_t{pick(4)} << 62 | pick(4));
  return proto::Prefix::v6(address, pick(129));
}

}  // namespace

TEST_CASE("whatever comes and goes, a table answers as the RFC's own words do") {
  for (auto family : {proto::Family::ipv4, proto::Family::ipv6}) {
    std::mt19937 random(7);
    RoaTable table({"r", family, {}, {}});
    std::vector<Roa> said[2];
    for (int round = 0; round < 60; ++round) {
      auto who = random() % 2;
      auto& mine = said[who];
      auto place = table.begin({who ? "two" : "one"}, Telling::changes);
      for (int i = 0; i < 40; ++i) {
        auto net = some_net(random, family);
        auto longest = proto::max_length_bits(family);
        Roa made{net, static_cast<std::uint8_t>(net.length + random() % (longest - net.length + 1)), static_cast<std::uint32_t>(random() % 4)};
        bool there = std::find(mine.begin(), mine.end(), made) != mine.end();
        CHECK((table.announce(place, made) == Told::duplicate) == there);
        if (!there) mine.push_back(made);
        if (mine.size() < 100 || random() % 2) continue;
        auto at = mine.begin() + static_cast<std::ptrdiff_t>(random() % mine.size());
        CHECK(table.withdraw(place, *at) == Told::withdrawn);
        mine.erase(at);
      }
      table.commit(place, 1);
      auto all = said[0];
      all.insert(all.end(), said[1].begin(), said[1].end());
      CHECK(table.size() == all.size());
      for (int i = 0; i < 50; ++i) {
        auto net = some_net(random, family);
        auto asn = static_cast<std::uint32_t>(random() % 4);
        CHECK(table.check(net, asn) == by_the_rfc(all, net, asn));
      }
    }
    CHECK(table.clear("one"));
    CHECK(table.clear("two"));
    CHECK(table.size() == 0);
    CHECK(table.check(some_net(random, family), 1) == RoaState::unknown);
  }
}

TEST_CASE("all that say the same ROA are found together, the best preference first") {
  RoaTable table({"r", proto::Family::ipv4, {}, {}});
  auto one = roa("10.0.0.0/8", 8, 1);
  auto place = table.begin({"cache", filter::RouteSource::rpki, 100}, Telling::all_anew);
  table.announce(place, one);
  table.commit(place, 7);
  table.replace({"static1"}, {one, roa("10.0.0.0/8", 9, 1)});
  for (std::uint32_t entry = 0; entry < table.limit(); ++entry) {
    if (!table.holds(entry) || table.roa(entry).max_length != 8) continue;
    auto same = table.same_as(entry);
    REQUIRE(same.size() == 2);
    CHECK(table.attester(same[0]).name == "static1");
    CHECK(table.attester(same[1]).name == "cache");
    CHECK(table.since(same[1]) == 7);
  }
}

TEST_CASE("a static protocol's ROAs are in its table while it is enabled, and a change of them is told") {
  Rib rib;
  rib.set_roa_table({"r", proto::Family::ipv4, {}});
  unsigned told = 0;
  rib.on_roa_change = [&](const std::string& table) { told += table == "r"; };
  StaticOptions options;
  options.protocol.name = "static1";
  options.roa_table = "r";
  options.roas = {roa("10.0.0.0/8", 24, 64501)};
  auto protocol = std::make_shared<Protocol>();
  protocol->options = options.protocol;
  rib.add_protocol(protocol);
  {
    StaticRoutes routes(rib, protocol, options);
    CHECK(rib.roa_check("r", net("10.1.0.0/16"), 64501) == 0);
    routes.enable();
    CHECK(rib.roa_check("r", net("10.1.0.0/16"), 64501) == 1);
    CHECK(told == 1);
    options.roas[0].asn = 64502;
    routes.reconfigure(options);
    CHECK(rib.roa_check("r", net("10.1.0.0/16"), 64501) == 2);
    CHECK(told == 2);
    routes.disable();
    CHECK(rib.roa_check("r", net("10.1.0.0/16"), 64501) == 0);
    routes.enable();
  }
  CHECK(rib.roa_check("r", net("10.1.0.0/16"), 64502) == 0);
  CHECK(told == 5);
}
