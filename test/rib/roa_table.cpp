#include "bgpd/rib/roa_table.hpp"

#include <doctest/doctest.h>

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
