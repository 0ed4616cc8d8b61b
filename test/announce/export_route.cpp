/// The export pipeline, one rule at a time. Reference 8.2, 8.4 and 8.5; RFC 4271 sections 5.1 and 9, RFC 4456.
#include "bgpd/announce/group.hpp"

#include <doctest/doctest.h>

#include "proto/as_path.hpp"
#include "proto/capability.hpp"
#include "proto/community.hpp"
#include "test/announce/native_filter.hpp"
#include "test/rib/scene.hpp"

using namespace avocet;
using namespace avocet::announce;
using filter::Dialect;
using proto::AttributeCode;
using rib::test::ip;
using rib::test::Route;
using rib::test::Scene;

namespace {

constexpr std::uint32_t no_export = 0xffffff01, no_advertise = 0xffffff02, no_export_subconfed = 0xffffff03,
                        llgr_stale = 0xffff0006;

ExportOptions external(Dialect dialect = Dialect::bird2) {
  ExportOptions options;
  options.dialect = dialect;
  options.filter = filter::accept_all();
  options.local_as = 64512;
  options.cluster_id = 0x0a0000fe;
  options.local_address = ip("10.0.0.254");
  options.ifindex = 2;
  return options;
}
ExportOptions internal(Dialect dialect = Dialect::bird2) {
  auto options = external(dialect);
  options.external = false;
  return options;
}
ExportOptions client() {
  auto options = internal();
  options.rr_client = true;
  return options;
}

/// An external source elsewhere: its next hops are not on the link we share with the receiver.
rib::SourceFacts far_away() {
  auto facts = Scene::ebgp();
  facts.gateway_recursive = true;
  facts.ifindex = 0;
  return facts;
}

/// The outcome for one route; attributes in the words a test wants to read.
struct Sent {
  ExportReason reason{};
  proto::AttributeBlock block;
  bool accepted() const { return reason.result == ExportResult::accepted; }
  bool offered() const { return reason.result != ExportResult::not_offered; }
  std::optional<std::uint32_t> u32(AttributeCode code) const { return block.view().u32(code); }
  std::string path() const { return proto::as_path_text(block.view().value(AttributeCode::as_path)); }
  std::string next_hop() const { return block.view().address(AttributeCode::next_hop).value().text(); }
  std::vector<std::uint8_t> bytes(AttributeCode code) const {
    auto value = block.view().value(code);
    return {value.begin(), value.end()};
  }
};

struct Fixture : Scene {
  std::vector<std::shared_ptr<rib::Channel>> channels;

  Sent send(rib::SourceFacts facts, proto::AttributeView attributes, const ExportOptions& options,
            rib::SourceId receiver = {}) {
    auto channel = open(std::move(facts));
    channels.push_back(channel);
    channel->announce(rib::test::nets({"20.0.0.0/24"}), attributes);
    settle();
    auto id = table.find(rib::test::net("20.0.0.0/24")).value();
    Sent sent;
    for (auto path = table.first(id); path.valid(); path = table.path(path).next)
      if (table.path(path).source == channel->source.value)
        sent.reason = export_route(rib, rib.view(table, id, table.path(path)), options, receiver, sent.block);
    return sent;
  }
  Sent send(rib::SourceFacts facts, const Route& route, const ExportOptions& options) {
    return send(std::move(facts), route.block(), options);
  }
};

rib::SourceFacts from_client() {
  auto facts = Scene::ibgp();
  facts.rr_client = true;
  return facts;
}
rib::SourceFacts from_static() {
  rib::SourceFacts facts;
  facts.kind = filter::RouteSource::static_;
  return facts;
}
proto::AttributeBlock via(const char* gateway, std::uint32_t ifindex) {
  proto::AttributeBlock block;
  proto::set_destination(block, {proto::DestinationKind::unicast, {{ip(gateway), ifindex, 0, false}}});
  return block;
}
proto::AttributeBlock blackhole() {
  proto::AttributeBlock block;
  proto::set_destination(block, {proto::DestinationKind::blackhole, {}});
  return block;
}
filter::ProgramPtr edits(std::function<void(proto::AttributeBlock&)> edit) {
  return filter::native("edits", [edit](auto&, auto& block) { return edit(block), true; });
}

}  // namespace

TEST_CASE("'export in' offers the routes inside of a prefix only, and two of them are two groups") {
  Fixture f;
  auto options = external();
  options.only_in = rib::test::net("20.0.0.0/16");
  CHECK(f.send(Scene::ebgp(), Route{}, options).accepted());
  auto elsewhere = options;
  elsewhere.only_in = rib::test::net("20.1.0.0/16");
  CHECK_FALSE(f.send(Scene::ebgp(), Route{}, elsewhere).offered());
  CHECK_FALSE(same_group(options, elsewhere));
}

TEST_CASE("a route is not told back to the peer it came from (RFC 4271 9.1.3)") {
  Fixture f;
  auto channel = f.open(Scene::ebgp());
  channel->announce(rib::test::nets({"20.0.0.0/24"}), Route{}.block());
  f.settle();
  proto::AttributeBlock out;
  CHECK(export_route(f.rib, f.best("20.0.0.0/24"), external(), channel->source, out).result == ExportResult::not_offered);
}

TEST_CASE("a route is not told to the peer that is its next hop") {
  Fixture f;
  auto receiver = f.open(Scene::ibgp("10.0.0.9"));
  Route route;
  route.next_hop = "10.0.0.9";
  CHECK_FALSE(f.send(Scene::ebgp(), route.block(), internal(), receiver->source).offered());
  route.next_hop = "10.0.0.8";
  CHECK(f.send(Scene::ebgp(65002, "10.0.0.2"), route.block(), internal(), receiver->source).accepted());
}

TEST_CASE("RFC 4456 section 6: who hears of internal routes") {
  struct { const char* name; rib::SourceFacts from; ExportOptions to; bool offered; } cases[] = {
      {"internal to internal", Scene::ibgp(), internal(), false},
      {"internal to client", Scene::ibgp(), client(), true},
      {"client to internal", from_client(), internal(), true},
      {"client to client", from_client(), client(), true},
      {"internal to external", Scene::ibgp(), external(), true},
      {"external to internal", Scene::ebgp(), internal(), true},
  };
  for (auto& c : cases) {
    CAPTURE(c.name);
    Fixture f;
    CHECK(f.send(c.from, Route{}, c.to).offered() == c.offered);
  }
}

TEST_CASE("RFC 4456 section 8: a reflected route names its originator and our cluster") {
  for (auto dialect : {Dialect::bird1, Dialect::bird2}) {
    CAPTURE(static_cast<int>(dialect));
    Fixture f;
    auto to = client();
    to.dialect = dialect;
    auto sent = f.send(from_client(), Route{}, to);
    CHECK(sent.u32(AttributeCode::originator_id) == 0x0a000001);
    CHECK(sent.bytes(AttributeCode::cluster_list) == std::vector<std::uint8_t>{10, 0, 0, 254});
    Route again{.originator_id = 0x01020304, .clusters = {0x05060708}};
    auto second = f.send(from_client(), again, to);
    CHECK(second.u32(AttributeCode::originator_id) == 0x01020304);
    CHECK(second.bytes(AttributeCode::cluster_list) == std::vector<std::uint8_t>{10, 0, 0, 254, 5, 6, 7, 8});
  }
}

TEST_CASE("RFC 4456 section 8: clients of different clusters: both are passed, the receiver's last") {
  Fixture f;
  auto from = from_client();
  from.cluster_id = 0x01010101;
  std::vector<std::uint8_t> both{10, 0, 0, 254, 1, 1, 1, 1}, first{1, 1, 1, 1};
  CHECK(f.send(from, Route{}, client()).bytes(AttributeCode::cluster_list) == both);
  auto no_client = internal();
  no_client.cluster_id = 0;
  CHECK(f.send(from, Route{}, no_client).bytes(AttributeCode::cluster_list) == first);
}

TEST_CASE("RFC 5065: members of the confederation see a confederation sequence and what iBGP keeps inside") {
  Fixture f;
  auto member = internal();
  member.other_member = true;
  member.confederation = 64000;
  auto inside = f.send(far_away(), Route{.path = {65001}, .local_pref = 200, .med = 7}, member);
  CHECK(inside.path() == "(64512) 65001");
  CHECK(inside.u32(AttributeCode::med) == 7);
  CHECK(inside.u32(AttributeCode::local_pref) == 200);
  CHECK_FALSE(inside.block.view().has(AttributeCode::originator_id));
  CHECK(f.send(far_away(), Route{.communities = {no_export}}, member).offered());
  CHECK_FALSE(f.send(far_away(), Route{.communities = {no_export_subconfed}}, member).offered());

  auto outside = external();
  outside.confederation = 64000;
  Route from_member{.path = {65001}};
  auto block = from_member.block();
  proto::prepend_as(block, 64513, proto::SegmentType::confederation_sequence);
  CHECK(f.send(far_away(), block, outside).path() == "64000 65001");
}

TEST_CASE("allow bgp_local_pref: LOCAL_PREF is told to external peers if it is there") {
  Fixture f;
  auto options = external();
  options.allow_local_pref = true;
  CHECK(f.send(far_away(), Route{.local_pref = 200}, options).u32(AttributeCode::local_pref) == 200);
}

TEST_CASE("a route that was in our cluster is not reflected to a client again") {
  Fixture f;
  CHECK_FALSE(f.send(from_client(), Route{.clusters = {0x0a0000fe}}, client()).offered());
}

TEST_CASE("ORIGINATOR_ID, CLUSTER_LIST and LOCAL_PREF stay inside the AS (RFC 4456 section 8, RFC 4271 5.1.5)") {
  Fixture f;
  auto sent = f.send(from_client(), Route{.local_pref = 200, .originator_id = 1, .clusters = {2}}, external());
  CHECK_FALSE(sent.block.view().has(AttributeCode::originator_id));
  CHECK_FALSE(sent.block.view().has(AttributeCode::cluster_list));
  CHECK_FALSE(sent.block.view().has(AttributeCode::local_pref));
}

TEST_CASE("LOCAL_PREF towards internal peers: kept, else the default") {
  Fixture f;
  CHECK(f.send(Scene::ebgp(), Route{.local_pref = 200}, internal()).u32(AttributeCode::local_pref) == 200);
  CHECK(f.send(Scene::ebgp(), Route{}, internal()).u32(AttributeCode::local_pref) == 100);
}

TEST_CASE("RFC 1997: well-known communities, unless `interpret communities` is off") {
  struct { std::uint32_t community; bool to_external, to_internal; } cases[] = {
      {no_export, false, true}, {no_advertise, false, false}, {no_export_subconfed, false, true}, {1, true, true}};
  for (auto& c : cases) {
    CAPTURE(c.community);
    Fixture f;
    Route route{.communities = {c.community}};
    CHECK(f.send(Scene::ebgp(), route, external()).offered() == c.to_external);
    CHECK(f.send(Scene::ebgp(), route, internal()).offered() == c.to_internal);
    auto deaf = external();
    deaf.interpret_communities = false;
    CHECK(f.send(Scene::ebgp(), route, deaf).accepted());
  }
}

TEST_CASE("RFC 9494 section 4.5: long-lived stale routes go to those only who know what that is") {
  Fixture f;
  Route stale{.communities = {llgr_stale}};
  auto aware = external();
  aware.llgr_capable = true;
  CHECK_FALSE(f.send(Scene::ebgp(), stale, external()).offered());
  CHECK(f.send(Scene::ebgp(), stale, aware).accepted());
}

TEST_CASE("AS_PATH: our AS in front towards external peers, untouched inside and for route server clients") {
  Fixture f;
  auto server = external();
  server.rs_client = true;
  CHECK(f.send(Scene::ebgp(), Route{}, external()).path() == "64512 65001");
  CHECK(f.send(Scene::ebgp(), Route{}, internal()).path() == "65001");
  CHECK(f.send(Scene::ebgp(), Route{}, server).path() == "65001");
}

TEST_CASE("reference 8.4: the export filter sees the path before our AS is in it in 2.x, after in 1.6") {
  struct { Dialect dialect; const char* path; } cases[] = {{Dialect::bird2, "64512 65000 65001"},
                                                           {Dialect::bird1, "65000 64512 65001"}};
  for (auto& c : cases) {
    Fixture f;
    auto options = external(c.dialect);
    options.filter = edits([](auto& block) { proto::prepend_as(block, 65000); });
    CHECK(f.send(Scene::ebgp(), Route{}, options).path() == c.path);
  }
}

TEST_CASE("RFC 4271 5.1.4: MED of another AS goes no further; 1.6 sends 0, 2.x nothing; a filter may set one") {
  Fixture f;
  Route route{.med = 50};
  CHECK_FALSE(f.send(Scene::ebgp(), route, external()).u32(AttributeCode::med));
  auto told_on = external();
  told_on.allow_med = true;
  CHECK(f.send(Scene::ebgp(), route, told_on).u32(AttributeCode::med) == 50);
  CHECK(f.send(Scene::ebgp(), route, external(Dialect::bird1)).u32(AttributeCode::med) == 0);
  CHECK(f.send(Scene::ebgp(), route, internal()).u32(AttributeCode::med) == 50);
  auto server = external();
  server.rs_client = true;
  CHECK(f.send(Scene::ebgp(), route, server).u32(AttributeCode::med) == 50);
  for (auto dialect : {Dialect::bird1, Dialect::bird2}) {
    auto options = external(dialect);
    options.filter = edits([](auto& block) { block.set_u32(AttributeCode::med, 7); });
    CHECK(f.send(Scene::ebgp(), route, options).u32(AttributeCode::med) == 7);
  }
}

TEST_CASE("what the export filter sets is told, be it equal to what was there before") {
  Fixture f;
  auto keep = std::make_shared<filter::Program>("keep", [](auto&, auto&) { return true; });
  keep->rewrites = {AttributeCode::med, AttributeCode::next_hop};
  auto options = external();
  options.filter = keep;
  auto sent = f.send(far_away(), Route{.med = 50}, options);
  CHECK(sent.u32(AttributeCode::med) == 50);
  CHECK(sent.next_hop() == "10.0.0.1");
}

TEST_CASE("communities are told in ascending order, as BIRD does") {
  Fixture f;
  auto sent = f.send(Scene::ebgp(), Route{.communities = {5, 3, 4, 3}}, external());
  auto list = sent.block.view().value(AttributeCode::communities);
  CHECK(proto::community_list_text<proto::Community>(list) == "(0,3) (0,3) (0,4) (0,5)");
}

TEST_CASE("NEXT_HOP of BGP routes: inside kept, outside our own address unless source and peer share the link") {
  struct { const char* name; rib::SourceFacts from; ExportOptions to; const char* next_hop; } cases[] = {
      {"external to internal", Scene::ebgp(), internal(), "10.0.0.1"},
      {"external to external, no shared link", far_away(), external(), "10.0.0.254"},
      {"external to external, third party", [] { auto f = Scene::ebgp(); f.ifindex = 2; return f; }(), external(), "10.0.0.1"},
      {"self", Scene::ebgp(), [] { auto o = internal(); o.next_hop_self = HopRule::all; return o; }(), "10.0.0.254"},
      {"self for ebgp", Scene::ebgp(), [] { auto o = internal(); o.next_hop_self = HopRule::ebgp; return o; }(), "10.0.0.254"},
      {"self for ibgp does not touch ebgp", Scene::ebgp(), [] { auto o = internal(); o.next_hop_self = HopRule::ibgp; return o; }(), "10.0.0.1"},
      {"keep", Scene::ebgp(), [] { auto o = external(); o.next_hop_keep = HopRule::all; return o; }(), "10.0.0.1"},
      {"keep for ibgp does not touch ebgp", far_away(), [] { auto o = external(); o.next_hop_keep = HopRule::ibgp; return o; }(), "10.0.0.254"},
      {"address", far_away(), [] { auto o = external(); o.next_hop_address = ip("10.0.0.7"); return o; }(), "10.0.0.7"},
  };
  for (auto& c : cases) {
    CAPTURE(c.name);
    Fixture f;
    CHECK(f.send(c.from, Route{}, c.to).next_hop() == c.next_hop);
  }
}

TEST_CASE("a next hop set by the export filter is told, before and after 2.x") {
  for (auto dialect : {Dialect::bird1, Dialect::bird2}) {
    Fixture f;
    auto options = external(dialect);
    options.filter = edits([](auto& block) { block.set_address(AttributeCode::next_hop, ip("10.0.0.77")); });
    CHECK(f.send(Scene::ebgp(), Route{}, options).next_hop() == "10.0.0.77");
  }
}

TEST_CASE("local routes: ORIGIN IGP, empty path before ours, next hop the gateway where the peer can use it") {
  for (auto dialect : {Dialect::bird1, Dialect::bird2}) {
    CAPTURE(static_cast<int>(dialect));
    Fixture f;
    auto sent = f.send(from_static(), blackhole(), external(dialect));
    CHECK(sent.bytes(AttributeCode::origin) == std::vector<std::uint8_t>{0});
    CHECK(sent.path() == "64512");
    CHECK(sent.next_hop() == "10.0.0.254");
    auto inside = f.send(from_static(), blackhole(), internal(dialect));
    CHECK(inside.path() == "");
    CHECK(inside.u32(AttributeCode::local_pref) == 100);
    CHECK(f.send(from_static(), via("10.0.0.5", 2), external(dialect)).next_hop() == "10.0.0.5");
    CHECK(f.send(from_static(), via("10.9.0.5", 3), external(dialect)).next_hop() == "10.0.0.254");
    CHECK(f.send(from_static(), via("10.9.0.5", 3), internal(dialect)).next_hop() == "10.9.0.5");
  }
}

TEST_CASE("local attributes never leave, unknown ones by their transitive flag, marked partial (RFC 4271 section 5)") {
  Fixture f;
  auto block = Route{.preference = 200}.block();
  block.set(static_cast<AttributeCode>(99), proto::flag::optional | proto::flag::transitive, std::array<std::uint8_t, 1>{1});
  block.set(static_cast<AttributeCode>(98), proto::flag::optional, std::array<std::uint8_t, 1>{1});
  auto sent = f.send(Scene::ebgp(), block, external());
  CHECK_FALSE(sent.block.view().has(AttributeCode::preference));
  CHECK_FALSE(sent.block.view().has(static_cast<AttributeCode>(98)));
  REQUIRE(sent.block.view().has(static_cast<AttributeCode>(99)));
  CHECK(sent.block.view().find(static_cast<AttributeCode>(99))->flags ==
        (proto::flag::optional | proto::flag::transitive | proto::flag::partial));
}

TEST_CASE("RFC 9234 section 5: Only to Customer") {
  auto with_role = [](proto::Role role) {
    auto options = external();
    options.local_role = static_cast<std::uint8_t>(role);
    return options;
  };
  using proto::Role;
  struct { Role role; bool adds, hears_marked; } cases[] = {{Role::provider, true, true}, {Role::rs_server, true, true},
      {Role::peer, true, false}, {Role::customer, false, false}, {Role::rs_client, false, false}};
  for (auto& c : cases) {
    CAPTURE(static_cast<int>(c.role));
    Fixture f;
    auto sent = f.send(Scene::ebgp(), Route{}, with_role(c.role));
    CHECK(sent.u32(AttributeCode::only_to_customer).value_or(0) == (c.adds ? 64512 : 0));
    auto marked = Route{}.block();
    marked.set_u32(AttributeCode::only_to_customer, 65001);
    CHECK(f.send(Scene::ebgp(65002, "10.0.0.2"), marked, with_role(c.role)).offered() == c.hears_marked);
  }
}

TEST_CASE("RFC 8950: a next hop of the other family is told only with the capability") {
  for (bool extended : {false, true}) {
    Fixture f;
    auto options = external();
    options.local_address = ip("2001:db8::1");
    options.extended_next_hop = extended;
    CHECK(f.send(far_away(), Route{}, options).accepted() == extended);
  }
}

TEST_CASE("RFC 2545 section 3: the link-local next hop is for those on the link") {
  for (std::uint32_t ifindex : {0u, 2u}) {
    Fixture f;
    auto options = external();
    options.local_address = ip("2001:db8::1");
    options.link_local = ip("fe80::1");
    options.extended_next_hop = true;
    options.ifindex = ifindex;
    CHECK(f.send(far_away(), Route{}, options).bytes(AttributeCode::next_hop).size() == (ifindex ? 32 : 16));
  }
}

TEST_CASE("a rejection by the filter is told apart from what is never offered") {
  Fixture f;
  auto options = external();
  options.filter = filter::reject_all();
  CHECK(f.send(Scene::ebgp(), Route{}, options).reason.result == ExportResult::filtered);
}

TEST_CASE("options that change bytes or choice make another group") {
  auto other = external();
  CHECK(same_group(external(), other));
  other.next_hop_self = HopRule::all;
  CHECK_FALSE(same_group(external(), other));
  other = external();
  other.filter = filter::reject_all();
  CHECK_FALSE(same_group(external(), other));
}
