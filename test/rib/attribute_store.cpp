#include <doctest/doctest.h>

#include "bgpd/rib/nexthop_table.hpp"
#include "test/rib/scene.hpp"

using namespace avocet;
using namespace avocet::rib;
using namespace avocet::rib::test;

namespace {

struct Store {
  Interfaces interfaces;
  NextHops next_hops{interfaces, [](auto&, auto&) { return std::optional<Covering>(); }};
  AttributeStore store{next_hops};
};

}  // namespace

TEST_CASE("equal sets have one id, and live as long as somebody refers to them") {
  Store s;
  auto a = s.store.intern(Route{}.block());
  auto b = s.store.intern(Route{}.block());
  auto c = s.store.intern(Route{.med = 5}.block());
  CHECK(a == b);
  CHECK(a != c);
  CHECK(s.store.count() == 2);
  s.store.acquire(a);
  s.store.release(a);
  s.store.release(a);
  CHECK(s.store.count() == 2);
  CHECK(s.store.view(a) == Route{}.block().view());
  s.store.release(a);
  s.store.release(c);
  CHECK(s.store.count() == 0);
  CHECK(s.next_hops.count() == 0);
}

TEST_CASE("a set that nobody refers to any more is not found again") {
  Store s;
  auto gone = s.store.intern(Route{}.block());
  s.store.release(gone);
  auto other = s.store.intern(Route{.med = 5}.block());
  auto again = s.store.intern(Route{}.block());
  CHECK(other != again);
  CHECK(s.store.view(again) == Route{}.block().view());
  CHECK(s.store.keys(again).med == 0);
  CHECK(s.store.count() == 2);
}

TEST_CASE("the keys are what the attributes say") {
  Store s;
  auto route = Route{.path = {65001, 65002, 65003}, .local_pref = 200, .med = 7, .originator_id = 0x01020304,
                     .preference = 170, .origin = proto::Origin::egp,
                     .communities = {0xffffff01, 0x00010002, 0xffff0006}, .clusters = {1, 2}};
  auto& keys = s.store.keys(s.store.intern(route.block()));
  CHECK(keys.local_pref == 200);
  CHECK(keys.med == 7);
  CHECK(keys.neighbor_as == 65001);
  CHECK(keys.path_length == 3);
  CHECK(keys.originator_id == 0x01020304);
  CHECK(keys.cluster_list_length == 2);
  CHECK(keys.origin == proto::Origin::egp);
  CHECK(keys.has_preference);
  CHECK(keys.preference == 170);
  CHECK(keys.no_export);
  CHECK(keys.llgr_stale);
  CHECK_FALSE(keys.no_advertise);
  CHECK_FALSE(keys.no_llgr);
  CHECK(s.next_hops.key(keys.next_hop).address == ip("10.0.0.1"));
}

TEST_CASE("RFC 4271 9.1.2.2, RFC 5065 5.3: a set counts one AS, confederation segments none") {
  struct { const char* name; std::vector<std::uint8_t> path; int length; std::uint32_t neighbor; } cases[] = {
      {"empty", {}, 0, 0},
      {"sequence of two", {2, 2, 0, 0, 0, 1, 0, 0, 0, 2}, 2, 1},
      {"set of two", {1, 2, 0, 0, 0, 1, 0, 0, 0, 2}, 1, 0},
      {"confederation sequence before a sequence", {3, 1, 0, 0, 0, 9, 2, 1, 0, 0, 0, 5}, 1, 5},
      {"sequence, then set", {2, 1, 0, 0, 0, 7, 1, 2, 0, 0, 0, 1, 0, 0, 0, 2}, 2, 7}};
  for (auto& c : cases) {
    CAPTURE(c.name);
    Store s;
    proto::AttributeBlock block;
    block.set(proto::AttributeCode::as_path, c.path);
    auto& keys = s.store.keys(s.store.intern(block));
    CHECK(keys.path_length == c.length);
    CHECK(keys.neighbor_as == c.neighbor);
  }
}

TEST_CASE("RFC 2545: of two addresses the link-local one is kept beside the global one") {
  Store s;
  proto::AttributeBlock block;
  std::uint8_t bytes[32];
  ip("2001:db8::1").to_bytes(std::span<std::uint8_t, 16>(bytes, 16));
  ip("fe80::1").to_bytes(std::span<std::uint8_t, 16>(bytes + 16, 16));
  block.set(proto::AttributeCode::next_hop, bytes);
  block.set_u32(proto::AttributeCode::scope_interface, 4);
  auto& key = s.next_hops.key(s.store.keys(s.store.intern(block)).next_hop);
  CHECK(key.address == ip("2001:db8::1"));
  CHECK(key.link_local == ip("fe80::1"));
  CHECK(key.ifindex == 4);
}

TEST_CASE("many sets come and go without mixing up, and use less than 150 bytes each") {
  Store s;
  std::vector<AttrId> ids;
  constexpr std::uint32_t count = 20000;
  auto nth = [](std::uint32_t i) { return Route{.path = {65001, 70000 + i % 977, i}, .med = i, .communities = {i, i + 1}}.block(); };
  for (std::uint32_t i = 0; i < count; ++i) ids.push_back(s.store.intern(nth(i)));
  CHECK(s.store.memory_bytes() / count < 150);
  for (std::uint32_t i = 0; i < count; i += 2) s.store.release(ids[i]);
  CHECK(s.store.count() == count / 2);
  bool same = true;
  for (std::uint32_t i = 1; i < count; i += 2) same &= s.store.intern(nth(i)) == ids[i];
  CHECK(same);
  auto before = s.store.memory_bytes();
  for (std::uint32_t i = 0; i < count; i += 2) s.store.intern(nth(i));
  CHECK(s.store.memory_bytes() == before);
}

TEST_CASE("a set of many kilobytes is kept like any other") {
  Store s;
  Route route;
  for (std::uint32_t i = 0; i < 5000; ++i) route.communities.push_back(i);
  auto id = s.store.intern(route.block());
  CHECK(s.store.view(id) == route.block().view());
  s.store.release(id);
  CHECK(s.store.count() == 0);
  s.store.intern(route.block());  // left to the store's end
}
