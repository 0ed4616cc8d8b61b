#include "bgpd/session/import.hpp"

#include <doctest/doctest.h>

#include "proto/as_path.hpp"

using namespace avocet;
using namespace avocet::session;
using proto::AttributeCode;

namespace {

std::vector<std::uint8_t> u32s(std::initializer_list<std::uint32_t> values) {
  std::vector<std::uint8_t> out;
  for (auto v : values)
    for (int shift : {24, 16, 8, 0}) out.push_back(static_cast<std::uint8_t>(v >> shift));
  return out;
}

std::vector<std::uint8_t> sequence(std::initializer_list<std::uint32_t> path) {
  auto out = u32s(path);
  out.insert(out.begin(), {2, static_cast<std::uint8_t>(path.size())});
  return out;
}

proto::AttributeBlock route(std::initializer_list<std::uint32_t> path) {
  proto::AttributeBlock block;
  block.set(AttributeCode::as_path, sequence(path));
  block.set_address(AttributeCode::next_hop, proto::Address::v4(0x0a000002));
  return block;
}

BgpOptions external_options() {
  BgpOptions options;
  options.local_as = 65001;
  options.remote_as = 65002;
  options.router_id = 0x01010101;
  return options;
}

const char* refusal(const BgpOptions& options, const proto::AttributeBlock& block) {
  return import_refusal(import_rules(options, options.remote_as, 3), block);
}

}  // namespace

TEST_CASE("routes with our own AS are loops, unless allow local as says how many times") {
  auto options = external_options();
  CHECK(refusal(options, route({65002, 65003})) == nullptr);
  CHECK(refusal(options, route({65002, 65001, 65003})) != nullptr);
  options.allow_local_as = 1;
  CHECK(refusal(options, route({65002, 65001, 65003})) == nullptr);
  CHECK(refusal(options, route({65002, 65001, 65001})) != nullptr);
  options.allow_local_as = 0xffffffff;
  CHECK(refusal(options, route({65001, 65001, 65001})) == nullptr);
}

TEST_CASE("enforce first as wants the neighbour's AS in front") {
  auto options = external_options();
  CHECK(refusal(options, route({65003})) == nullptr);
  options.enforce_first_as = true;
  CHECK(refusal(options, route({65003})) != nullptr);
  CHECK(refusal(options, route({})) != nullptr);
  CHECK(refusal(options, route({65002, 65003})) == nullptr);
}

TEST_CASE("RFC 4456 8: reflected routes that come back are refused") {
  auto options = external_options();
  options.remote_as = options.local_as;
  auto mine = route({});
  mine.set_u32(AttributeCode::originator_id, options.router_id);
  CHECK(refusal(options, mine) != nullptr);
  auto seen = route({});
  seen.set(AttributeCode::cluster_list, u32s({9, options.router_id}));
  CHECK(refusal(options, seen) == nullptr);  // from a non-client: it is kept, and not told to clients
  options.rr_client = true;
  CHECK(refusal(options, seen) != nullptr);
  options.rr_cluster_id = 7;
  CHECK(refusal(options, seen) == nullptr);
  seen.set(AttributeCode::cluster_list, u32s({7}));
  CHECK(refusal(options, seen) != nullptr);
}

TEST_CASE("RFC 5065 4 and 5: inside a confederation its number and our own are loops, and members begin the path") {
  auto options = external_options();
  options.confederation = 64512;
  CHECK(refusal(options, route({65002, 64512})) != nullptr);
  CHECK(refusal(options, route({65002, 65001})) != nullptr);
  CHECK(refusal(options, route({65002})) == nullptr);
  options.confederation_member = true;
  CHECK(refusal(options, route({65002})) != nullptr);
  auto member = route({});
  member.set(AttributeCode::as_path, proto::as_path_prepended({}, 65002, proto::SegmentType::confederation_sequence));
  CHECK(refusal(options, member) == nullptr);
}

TEST_CASE("`::` beside a link-local next hop needs the interface, too") {
  auto block = route({65002});
  std::vector<std::uint8_t> both(32);
  both[16] = 0xfe, both[17] = 0x80, both[31] = 9;
  block.set(AttributeCode::next_hop, both);
  complete_attributes(import_rules(external_options(), 65002, 3), proto::Family::ipv4, block);
  CHECK(block.view().u32(AttributeCode::scope_interface) == 3);
  both[0] = 0x20;  // a global one is looked up without
  auto global = route({65002});
  global.set(AttributeCode::next_hop, both);
  complete_attributes(import_rules(external_options(), 65002, 3), proto::Family::ipv4, global);
  CHECK_FALSE(global.view().has(AttributeCode::scope_interface));
}

TEST_CASE("RFC 9234 5: ONLY_TO_CUSTOMER on the way in") {
  using proto::Role;
  struct { const char* name; Role local; std::optional<std::uint32_t> otc; bool leak; std::optional<std::uint32_t> after; } cases[] = {
      {"from a customer, marked", Role::provider, 65009, true, {}},
      {"from a customer, unmarked", Role::provider, {}, false, {}},
      {"from a client of our route server, marked", Role::rs_server, 65009, true, {}},
      {"from a peer, marked by itself", Role::peer, 65002, false, 65002},
      {"from a peer, marked by another", Role::peer, 65009, true, {}},
      {"from a peer, unmarked", Role::peer, {}, false, 65002},
      {"from a provider, unmarked", Role::customer, {}, false, 65002},
      {"from a provider, marked further up", Role::customer, 65009, false, 65009},
      {"from a route server, unmarked", Role::rs_client, {}, false, 65002}};
  for (auto& c : cases) {
    CAPTURE(c.name);
    auto options = external_options();
    options.local_role = c.local;
    auto block = route({65002});
    if (c.otc) block.set_u32(AttributeCode::only_to_customer, *c.otc);
    CHECK((refusal(options, block) != nullptr) == c.leak);
    if (c.leak) continue;
    complete_attributes(import_rules(options, 65002, 3), proto::Family::ipv4, block);
    CHECK(block.view().u32(AttributeCode::only_to_customer) == c.after);
  }
}

TEST_CASE("a route without LOCAL_PREF gets the configured default; a given one stays") {
  auto options = external_options();
  options.default_bgp_local_pref = 150;
  auto rules = import_rules(options, 65002, 3);
  auto block = route({65002});
  complete_attributes(rules, proto::Family::ipv4, block);
  CHECK(block.view().u32(AttributeCode::local_pref) == 150);
  block.set_u32(AttributeCode::local_pref, 300);
  complete_attributes(rules, proto::Family::ipv4, block);
  CHECK(block.view().u32(AttributeCode::local_pref) == 300);
}

TEST_CASE("a link-local next hop belongs to the session's interface") {
  auto block = route({65002});
  auto rules = import_rules(external_options(), 65002, 3);
  complete_attributes(rules, proto::Family::ipv4, block);
  CHECK_FALSE(block.view().has(AttributeCode::scope_interface));
  block.set_address(AttributeCode::next_hop, proto::Address::v6(0xfe80000000000000ull, 1));
  complete_attributes(rules, proto::Family::ipv4, block);
  CHECK(block.view().u32(AttributeCode::scope_interface) == 3);
}

TEST_CASE("RFC 7311: AIGP stays where its family is enabled: inside the AS, unless the configuration says otherwise") {
  using announce::Aigp;
  struct { const char* name; bool internal; std::optional<Aigp> configured; bool stays; } cases[] = {
      {"internal", true, {}, true},         {"internal, off", true, Aigp::off, false},           {"external", false, {}, false},
      {"external, on", false, Aigp::on, true}, {"external, originate", false, Aigp::originate, true}};
  for (auto& c : cases) {
    CAPTURE(c.name);
    auto options = external_options();
    if (c.internal) options.remote_as = options.local_as;
    options.channels.emplace_back().aigp = c.configured;
    options.channels.back().channel.family = proto::Family::ipv4;
    auto rules = import_rules(options, options.remote_as, 3);
    auto block = route({65002});
    block.set(AttributeCode::aigp, std::vector<std::uint8_t>{1, 0, 11, 0, 0, 0, 0, 0, 0, 0, 10});
    auto other_family = block;
    complete_attributes(rules, proto::Family::ipv4, block);
    CHECK(block.view().has(AttributeCode::aigp) == c.stays);
    complete_attributes(rules, proto::Family::ipv6, other_family);
    CHECK_FALSE(other_family.view().has(AttributeCode::aigp));
  }
}
