#include "bgpd/ctl/route_row.hpp"

#include <doctest/doctest.h>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "test/ctl/desk.hpp"

using namespace avocet;
using namespace avocet::ctl;
using Lines = std::vector<std::string>;
using proto::AttributeCode;

namespace {

using ByteVector = std::vector<std::uint8_t>;

Lines attribute_lines(const proto::AttributeBlock& block) {
  auto symbols = config::make_symbols();
  Lines lines;
  for (auto& attribute : describe_attributes(block, *symbols))
    for (auto& line : fold(attribute)) lines.push_back(line);
  return lines;
}

RouteRow learned() {
  RouteRow row;
  row.net = proto::Prefix::v4(0x01010200, 24);
  row.protocol = "Mesh_10_0_12_11";
  row.since = "14:19:04.341";
  row.primary = true;
  row.preference = 100;
  row.bgp = true;
  row.origin_as = 50200;
  row.origin = 0;
  row.destination = proto::DestinationKind::unicast;
  row.hops = {{proto::Address::v4(0x0a0407c8), "eth0", 1, false}};
  row.source = filter::RouteSource::bgp;
  return row;
}

Lines lines(const RouteRow& row, Skin skin, bool all = false) {
  Reply reply;
  print_route(row, skin, all, reply);
  return Desk::lines_of(reply.take());
}

}  // namespace

TEST_CASE("BGP attributes by name, in ascending code") {
  proto::AttributeBlock block;
  block.set(AttributeCode::origin, ByteVector{2});
  block.set(AttributeCode::as_path, ByteVector{2, 2, 0, 0, 0xfd, 0xe9, 0, 0, 0xfe, 0x1f});
  block.set_address(AttributeCode::next_hop, proto::Address::v4(0x0a000002));
  block.set_u32(AttributeCode::med, 7);
  block.set_u32(AttributeCode::local_pref, 2147482623);
  block.set(AttributeCode::aggregator, ByteVector{0, 0, 0xfd, 0xe9, 10, 0, 0, 9});
  block.set(AttributeCode::communities, ByteVector{0, 1, 0, 2, 0xff, 0xff, 0xff, 1});
  block.set_u32(AttributeCode::originator_id, 0x0a000003);
  block.set(AttributeCode::cluster_list, ByteVector{10, 0, 0, 4, 10, 0, 0, 5});
  block.set(AttributeCode::large_communities, ByteVector{0, 0, 0xfd, 0xe9, 0, 0, 0, 1, 0, 0, 0, 2});
  block.set(static_cast<AttributeCode>(70), 0xc0, ByteVector{0xab, 0x01});
  CHECK(attribute_lines(block) ==
        Lines{"\tBGP.origin: Incomplete", "\tBGP.as_path: 65001 65055", "\tBGP.next_hop: 10.0.0.2", "\tBGP.med: 7",
              "\tBGP.local_pref: 2147482623", "\tBGP.aggregator: 10.0.0.9 AS65001", "\tBGP.community: (1,2) (65535,65281)",
              "\tBGP.originator_id: 10.0.0.3", "\tBGP.cluster_list: 10.0.0.4 10.0.0.5",
              "\tBGP.large_community: (65001, 1, 2)", "\tBGP.46 [t]: ab 01"});
}

TEST_CASE("two IPv6 next hops, the global one first") {
  proto::AttributeBlock block;
  ByteVector both(32);
  both[0] = 0x20, both[1] = 0x01, both[15] = 1, both[16] = 0xfe, both[17] = 0x80, both[31] = 2;
  block.set(AttributeCode::next_hop, both);
  CHECK(attribute_lines(block) == Lines{"\tBGP.next_hop: 2001::1 fe80::2"});
}

TEST_CASE("kernel attributes follow, and an IGP metric goes before all") {
  proto::AttributeBlock block;
  block.set_u32(AttributeCode::igp_metric, 5);
  block.set_u32(AttributeCode::med, 44);
  block.set_u32(AttributeCode::krt_source, 3);
  block.set_u32(AttributeCode::krt_metric, 1024);
  block.set_u32(AttributeCode::krt_lock, 1u << 2);
  block.set_u32(static_cast<AttributeCode>(code_of(AttributeCode::krt_metrics) + 2), 1400);
  CHECK(attribute_lines(block) == Lines{"\tigp_metric: 5", "\tBGP.med: 44", "\tKernel.source: 3", "\tKernel.metric: 1024",
                                        "\tKernel.lock: mtu", "\tKernel.mtu: 1400"});
}

TEST_CASE("long community lists continue on rows that begin with two tabs; nothing is lost") {
  ByteVector many;
  for (int i = 0; i < 100; ++i) many.insert(many.end(), {0xfc, 0x00, 0, static_cast<std::uint8_t>(i)});
  proto::AttributeBlock block;
  block.set(AttributeCode::communities, many);
  auto rows = attribute_lines(block);
  REQUIRE(rows.size() == 3);
  CHECK(rows[1].starts_with("\t\t(64512,"));
  std::size_t members = 0;
  for (auto& row : rows) {
    CHECK(row.size() < 512);
    members += static_cast<std::size_t>(std::count(row.begin(), row.end(), '('));
  }
  CHECK(members == 100);
}

TEST_CASE("2.x: destination word, next hops on rows of their own") {
  CHECK(lines(learned(), Skin::bird2) ==
        Lines{"1007-1.1.2.0/24           unicast [Mesh_10_0_12_11 14:19:04.341] * (100) [AS50200i]", " \tvia 10.4.7.200 on eth0"});
}

TEST_CASE("1.6: the next hop stands in the route's row") {
  auto row = learned();
  row.shows_metric = true, row.igp_metric = 0, row.origin_as = 0;
  CHECK(lines(row, Skin::bird1) ==
        Lines{"1007-1.1.2.0/24         via 10.4.7.200 on eth0 [Mesh_10_0_12_11 14:19:04.341] * (100/0) [i]"});
}

TEST_CASE("ways a packet can go, in both forms") {
  using Kind = proto::DestinationKind;
  struct { Kind kind; const char *bird1, *bird2; } cases[] = {{Kind::blackhole, "blackhole", "blackhole"},
                                                              {Kind::unreachable, "unreachable", "unreachable"},
                                                              {Kind::prohibit, "prohibited", "prohibited"}};
  auto row = learned();
  row.bgp = false, row.hops.clear(), row.protocol = "s", row.preference = 200;
  for (auto& c : cases) {
    row.destination = c.kind;
    CHECK(lines(row, Skin::bird1) == Lines{"1007-1.1.2.0/24         " + std::string(c.bird1) + " [s 14:19:04.341] * (200)"});
    CHECK(lines(row, Skin::bird2) == Lines{"1007-1.1.2.0/24           " + std::string(c.bird2) + " [s 14:19:04.341] * (200)"});
  }
  row.destination = Kind::unicast;
  row.hops = {{{}, "lan0", 1, false}};
  CHECK(lines(row, Skin::bird1) == Lines{"1007-1.1.2.0/24         dev lan0 [s 14:19:04.341] * (200)"});
  CHECK(lines(row, Skin::bird2)[1] == " \tdev lan0");
}

TEST_CASE("several next hops show their weights") {
  auto row = learned();
  row.hops = {{proto::Address::v4(0x0a010c02), "eth12", 2, false}, {proto::Address::v4(0x0a010d03), "eth13", 1, true}};
  auto two = lines(row, Skin::bird2);
  CHECK(two[1] == " \tvia 10.1.12.2 on eth12 weight 2");
  CHECK(two[2] == " \tvia 10.1.13.3 on eth13 onlink weight 1");
  auto one = lines(row, Skin::bird1);
  CHECK(one[0].find(" multipath [") != std::string::npos);
  CHECK(one[1] == " \tvia 10.1.12.2 on eth12 weight 2");
}

TEST_CASE("marks and info: other routes of a net, kernel errors, unresolved next hops") {
  auto row = learned();
  row.first_of_net = false, row.primary = false, row.from = proto::Address::v4(0x0a000009);
  row.shows_metric = true, row.reachable = false;
  CHECK(lines(row, Skin::bird2)[0] ==
        "1007-                     unicast [Mesh_10_0_12_11 14:19:04.341 from 10.0.0.9] (100/-) [AS50200i]");
  row.reachable = true;
  CHECK(lines(row, Skin::bird2)[0].ends_with("] (100/?) [AS50200i]"));
  row.primary = row.failed_in_kernel = true;
  CHECK(lines(row, Skin::bird2)[0].ends_with("] ! (100/?) [AS50200i]"));
}

TEST_CASE("all: the type row of each form, then attributes with their own code") {
  auto row = learned();
  row.attributes = {{"BGP.origin", "IGP", {}}};
  auto two = lines(row, Skin::bird2, true);
  CHECK(two[2] == "1008-\tType: BGP univ");
  CHECK(two[3] == "1012-\tBGP.origin: IGP");
  CHECK(lines(row, Skin::bird1, true)[1] == "1008-\tType: BGP unicast univ");
}

TEST_CASE("JSON of a route") {
  auto row = learned();
  row.table = "master4";
  row.why = "only route";
  row.attributes = {{"BGP.as_path", "50200", {}}};
  auto o = route_json(row);
  CHECK(o.at("net") == "1.1.2.0/24");
  CHECK(o.at("next_hops").as_array()[0].at("gateway") == "10.4.7.200");
  CHECK(o.at("attributes").at("BGP.as_path") == "50200");
  CHECK(o.at("why") == "only route");
}
