#include <doctest/doctest.h>

#include <random>

#include "proto/as_path.hpp"
#include "proto/community.hpp"
#include "proto/message.hpp"

using namespace avocet::proto;

namespace {

UpdateContext context(bool external = true) {
  UpdateContext c;
  c.external = external;
  c.families.ipv4.active = c.families.ipv6.active = true;
  return c;
}

Bytes body(const std::vector<std::uint8_t>& message) { return Bytes(message).subspan(header_size_bytes); }

std::vector<std::uint8_t> attribute(std::uint8_t flags, std::uint8_t code, std::vector<std::uint8_t> value) {
  auto size = static_cast<std::uint8_t>(value.size());
  value.insert(value.begin(), {flags, code, size});
  return value;
}

/// Body of an UPDATE that announces 10.0.0.0/8 with these attributes.
std::vector<std::uint8_t> announcing(const std::vector<std::vector<std::uint8_t>>& attributes) {
  std::vector<std::uint8_t> out{0, 0, 0, 0};
  for (auto& one : attributes) out.insert(out.end(), one.begin(), one.end());
  auto size = out.size() - 4;
  out[2] = static_cast<std::uint8_t>(size >> 8);
  out[3] = static_cast<std::uint8_t>(size);
  out.insert(out.end(), {8, 10});
  return out;
}

const auto origin = attribute(0x40, 1, {0});
const auto as_path = attribute(0x40, 2, {2, 1, 0, 0, 0xfd, 0xe9});
const auto next_hop = attribute(0x40, 3, {10, 0, 0, 1});

AttributeBlock plain(const char* hop) {
  AttributeBlock block;
  std::uint8_t igp = 0;
  block.set(AttributeCode::origin, {&igp, 1});
  prepend_as(block, 65001);
  block.set_address(AttributeCode::next_hop, *Address::parse(hop));
  return block;
}

std::vector<Nlri> random_nlri(std::mt19937& random, Family family, std::size_t count, bool add_path) {
  std::vector<Nlri> out;
  for (std::size_t i = 0; i < count; ++i) {
    Address address = family == Family::ipv4 ? Address::v4(random()) : Address::v6(0x2001ull << 48 | random(), std::uint64_t{random()} << 32);
    unsigned length = random() % (max_length_bits(family) + 1);
    auto prefix = family == Family::ipv4 ? Prefix::v4(address.v4_bits(), length) : Prefix::v6(address, length);
    out.push_back({prefix, add_path ? static_cast<std::uint32_t>(random()) : 0});
  }
  return out;
}

}  // namespace

TEST_CASE("what is encoded is decoded: families, next hops, path ids, many messages") {
  std::mt19937 random(11);
  struct { Family family; const char* hop; bool add_path; } cases[] = {
      {Family::ipv4, "10.0.0.1", false}, {Family::ipv4, "10.0.0.1", true}, {Family::ipv6, "2001:db8::1", false},
      {Family::ipv6, "2001:db8::1", true}, {Family::ipv4, "2001:db8::1", false}};
  for (auto& c : cases)
    for (std::size_t count : {1u, 5u, 3000u}) {
      auto attributes = plain(c.hop);
      attributes.set_u32(AttributeCode::med, 5);
      std::vector<std::uint8_t> list;
      for (std::uint32_t i = 0; i < 100; ++i) add_community(list, Community::make(65001, i));  // needs extended length
      attributes.set(AttributeCode::communities, list);
      attributes.set_u32(AttributeCode::krt_metric, 9);  // local: must not leave
      auto nlri = random_nlri(random, c.family, count, c.add_path);
      std::vector<std::uint8_t> wire;
      auto messages = encode_announcements(attributes, nlri, {.add_path = c.add_path}, wire);
      CHECK(messages > 0);
      auto rules = context();
      rules.families.of(c.family).add_path_receive = c.add_path;
      rules.families.ipv4.extended_next_hop = true;
      std::vector<Nlri> heard;
      Update update;
      std::size_t seen = 0;
      for (Bytes rest(wire); !rest.empty(); ++seen) {
        auto header = decode_header(rest, max_message_bytes);
        REQUIRE(header);
        REQUIRE(decode_update(rest.first(header->length).subspan(header_size_bytes), rules, update));
        CHECK(update.tolerated.empty());
        heard.insert(heard.end(), update.announced.begin(), update.announced.end());
        auto expected = attributes;
        expected.erase(AttributeCode::krt_metric);
        CHECK(update.attributes.view() == expected.view());
        rest = rest.subspan(header->length);
      }
      CHECK(seen == messages);
      CHECK(heard == nlri);
      wire.clear();
      encode_withdrawals(nlri, {.add_path = c.add_path}, wire);
      heard.clear();
      for (Bytes rest(wire); !rest.empty();) {
        auto header = decode_header(rest, max_message_bytes);
        REQUIRE(decode_update(rest.first(header->length).subspan(header_size_bytes), rules, update));
        heard.insert(heard.end(), update.withdrawn.begin(), update.withdrawn.end());
        rest = rest.subspan(header->length);
      }
      CHECK(heard == nlri);
    }
}

TEST_CASE("attributes that leave no room for one prefix are not sent") {
  auto attributes = plain("10.0.0.1");
  std::vector<std::uint8_t> list;
  for (std::uint32_t i = 0; i < 1020; ++i) add_community(list, Community::make(1, i));
  attributes.set(AttributeCode::communities, list);
  std::vector<std::uint8_t> wire;
  Nlri nlri{*Prefix::parse("10.0.0.0/8")};
  CHECK(encode_announcements(attributes, {&nlri, 1}, {}, wire) == 0);
  CHECK(wire.empty());
  CHECK(encode_announcements(attributes, {&nlri, 1}, {.max_bytes = max_extended_message_bytes}, wire) == 1);
}

TEST_CASE("a peer with two-octet AS numbers gets AS_TRANS and AS4_PATH, and is understood") {
  auto attributes = plain("10.0.0.1");
  prepend_as(attributes, 4200000000);
  std::uint8_t aggregator[8] = {0xfa, 0x56, 0xea, 0, 10, 0, 0, 9};
  attributes.set(AttributeCode::aggregator, aggregator);
  Nlri nlri{*Prefix::parse("10.0.0.0/8")};
  std::vector<std::uint8_t> wire;
  REQUIRE(encode_announcements(attributes, {&nlri, 1}, {.as4 = false}, wire) == 1);
  auto rules = context();
  rules.as4 = false;
  Update update;
  REQUIRE(decode_update(body(wire), rules, update));
  CHECK(update.attributes.view() == attributes.view());
}

TEST_CASE("End-of-RIB markers, RFC 4724 section 2") {
  Update update;
  REQUIRE(decode_update(body(encode_end_of_rib(Family::ipv4)), context(), update));
  CHECK(update.end_of_rib_ipv4);
  REQUIRE(decode_update(body(encode_end_of_rib(Family::ipv6)), context(), update));
  CHECK(update.end_of_rib_ipv6);
  CHECK_FALSE(update.end_of_rib_ipv4);
}

TEST_CASE("RFC 7606: the remedy for each malformed attribute") {
  struct { const char* name; std::vector<std::uint8_t> attribute; bool external; Remedy remedy; } cases[] = {
      {"7.1 ORIGIN empty", attribute(0x40, 1, {}), true, Remedy::treat_as_withdraw},
      {"7.1 ORIGIN 3", attribute(0x40, 1, {3}), true, Remedy::treat_as_withdraw},
      {"3c ORIGIN optional", attribute(0xc0, 1, {0}), true, Remedy::treat_as_withdraw},
      {"7.2 AS_PATH segment overrun", attribute(0x40, 2, {2, 9, 0, 0, 0, 1}), true, Remedy::treat_as_withdraw},
      {"7.2 AS_PATH empty segment", attribute(0x40, 2, {2, 0}), true, Remedy::treat_as_withdraw},
      {"7.2 AS_PATH unknown segment", attribute(0x40, 2, {9, 1, 0, 0, 0, 1}), true, Remedy::treat_as_withdraw},
      {"RFC 7607 AS 0", attribute(0x40, 2, {2, 1, 0, 0, 0, 0}), true, Remedy::treat_as_withdraw},
      {"7.3 NEXT_HOP of three bytes", attribute(0x40, 3, {1, 2, 3}), true, Remedy::treat_as_withdraw},
      {"NEXT_HOP 0.0.0.0", attribute(0x40, 3, {0, 0, 0, 0}), true, Remedy::treat_as_withdraw},
      {"7.4 MED of three bytes", attribute(0x80, 4, {1, 2, 3}), true, Remedy::treat_as_withdraw},
      {"7.5 LOCAL_PREF from outside", attribute(0x40, 5, {0, 0, 0, 1}), true, Remedy::attribute_discard},
      {"7.5 LOCAL_PREF of one byte inside", attribute(0x40, 5, {1}), false, Remedy::treat_as_withdraw},
      {"7.6 ATOMIC_AGGREGATE with a value", attribute(0x40, 6, {1}), true, Remedy::attribute_discard},
      {"7.7 AGGREGATOR of six bytes", attribute(0xc0, 7, {1, 2, 3, 4, 5, 6}), true, Remedy::attribute_discard},
      {"7.8 COMMUNITIES of five bytes", attribute(0xc0, 8, {1, 2, 3, 4, 5}), true, Remedy::treat_as_withdraw},
      {"7.8 COMMUNITIES empty", attribute(0xc0, 8, {}), true, Remedy::treat_as_withdraw},
      {"7.9 ORIGINATOR_ID from outside", attribute(0x80, 9, {1, 2, 3, 4}), true, Remedy::attribute_discard},
      {"7.9 ORIGINATOR_ID of three bytes inside", attribute(0x80, 9, {1, 2, 3}), false, Remedy::treat_as_withdraw},
      {"7.10 CLUSTER_LIST of five bytes inside", attribute(0x80, 10, {1, 2, 3, 4, 5}), false, Remedy::treat_as_withdraw},
      {"7.14 EXTENDED COMMUNITIES of nine bytes", attribute(0xc0, 16, {1, 2, 3, 4, 5, 6, 7, 8, 9}), true, Remedy::treat_as_withdraw},
      {"RFC 8092 LARGE_COMMUNITY of one byte", attribute(0xc0, 32, {1}), true, Remedy::treat_as_withdraw},
      {"RFC 9234 OTC of two bytes", attribute(0xc0, 35, {1, 2}), true, Remedy::treat_as_withdraw},
      {"4 attribute overrun", {0xc0, 8, 200, 1, 2, 3, 4}, true, Remedy::treat_as_withdraw},
      {"well-known and unknown", attribute(0x40, 99, {1}), true, Remedy::session_reset},
      {"7.11 MP_REACH next hop of five bytes", attribute(0x80, 14, {0, 2, 1, 5, 1, 2, 3, 4, 5, 0}), true, Remedy::session_reset},
  };
  for (auto& c : cases) {
    CAPTURE(c.name);
    std::vector<std::vector<std::uint8_t>> attributes;
    for (auto& good : {origin, as_path, next_hop})
      if (good[1] != c.attribute[1]) attributes.push_back(good);
    attributes.push_back(c.attribute);
    Update update;
    auto decoded = decode_update(announcing(attributes), context(c.external), update);
    if (c.remedy == Remedy::session_reset) {
      REQUIRE_FALSE(decoded);
      CHECK(decoded.error().code == 3);
      continue;
    }
    REQUIRE(decoded);
    REQUIRE_FALSE(update.tolerated.empty());
    CHECK(update.treated_as_withdraw == (c.remedy == Remedy::treat_as_withdraw));
    CHECK(update.announced.empty() == (c.remedy == Remedy::treat_as_withdraw));
    CHECK(update.withdrawn.size() == (c.remedy == Remedy::treat_as_withdraw ? 1 : 0));
    if (c.remedy == Remedy::attribute_discard) CHECK_FALSE(update.attributes.view().has(static_cast<AttributeCode>(c.attribute[1])));
  }
}

TEST_CASE("a next hop on the loopback is no host's address, but for a peer that is on the loopback itself") {
  auto rules = context();
  struct { std::vector<std::uint8_t> hop; bool peer_on_loopback, good; } cases[] = {
      {{127, 0, 0, 2}, false, false}, {{127, 0, 0, 2}, true, true}, {{0, 0, 0, 0}, true, false}, {{224, 0, 0, 1}, true, false}};
  for (auto& c : cases) {
    CAPTURE(int{c.hop[0]});
    rules.loopback_peer = c.peer_on_loopback;
    Update update;
    REQUIRE(decode_update(announcing({origin, as_path, attribute(0x40, 3, c.hop)}), rules, update));
    CHECK(update.treated_as_withdraw == !c.good);
  }
}

TEST_CASE("missing mandatory attributes withdraw; attributes that overrun the message reset") {
  Update update;
  for (auto& attributes : std::vector<std::vector<std::vector<std::uint8_t>>>{{as_path, next_hop}, {origin, next_hop}, {origin, as_path}}) {
    REQUIRE(decode_update(announcing(attributes), context(), update));
    CHECK(update.treated_as_withdraw);
  }
  std::vector<std::uint8_t> overrun{0, 0, 0, 255, 0x40, 1, 1, 0};
  auto decoded = decode_update(overrun, context(), update);
  REQUIRE_FALSE(decoded);
  CHECK(decoded.error().subcode == 1);
}

TEST_CASE("unknown transitive attributes are kept byte for byte with the Partial bit, others end here") {
  Update update;
  REQUIRE(decode_update(announcing({origin, as_path, next_hop, attribute(0xc0, 200, {1, 2, 3}), attribute(0x80, 201, {4})}), context(), update));
  auto kept = update.attributes.view().find(static_cast<AttributeCode>(200));
  REQUIRE(kept);
  CHECK(kept->flags == 0xe0);
  CHECK(kept->value.size() == 3);
  CHECK_FALSE(update.attributes.view().has(static_cast<AttributeCode>(201)));
}

TEST_CASE("a repeated attribute: the first one counts") {
  Update update;
  REQUIRE(decode_update(announcing({origin, attribute(0x40, 1, {2}), as_path, next_hop}), context(), update));
  CHECK(update.attributes.view().value(AttributeCode::origin)[0] == 0);
  CHECK(update.announced.size() == 1);
}

TEST_CASE("random bytes are decoded or refused, never more") {
  std::mt19937 random(3);
  Update update;
  for (int i = 0; i < 20000; ++i) {
    auto bytes = announcing({origin, as_path, next_hop, attribute(0xc0, 8, {0, 1, 0, 2})});
    for (unsigned k = random() % 4; k > 0; --k) bytes[random() % bytes.size()] = static_cast<std::uint8_t>(random());
    bytes.resize(bytes.size() - random() % 3);
    (void)decode_update(bytes, context(random() % 2), update);
  }
}

TEST_CASE("RFC 7606 5.2: an error that would withdraw resets when the message announces nothing that could be withdrawn") {
  auto without_nlri = [](std::vector<std::uint8_t> bytes) {
    bytes.resize(bytes.size() - 2);
    return bytes;
  };
  Update update;
  for (auto& bad : {attribute(0x40, 1, {7}), std::vector<std::uint8_t>{0x40, 1, 32, 0}}) {
    auto decoded = decode_update(without_nlri(announcing({bad})), context(), update);
    REQUIRE_FALSE(decoded);
    CHECK(decoded.error().code == 3);
    CHECK(decoded.error().subcode == 1);
  }
  // What is only discarded keeps the session, and so does an error beside routes of a family that is not spoken here.
  CHECK(decode_update(without_nlri(announcing({attribute(0x40, 6, {1})})), context(), update));
  auto other_family = attribute(0x80, 14, {0, 1, 77, 4, 10, 0, 0, 1, 0, 8, 10});
  CHECK(decode_update(without_nlri(announcing({other_family, attribute(0x40, 1, {7})})), context(), update));
}

TEST_CASE("RFC 6793 4.2.3: AS4_PATH counts unless AGGREGATOR and AS4_AGGREGATOR contradict it") {
  auto rules = context();
  rules.as4 = false;
  auto two_octet_path = attribute(0x40, 2, {2, 2, 0xfd, 0xe9, 0x5b, 0xa0});
  auto as4_path = attribute(0xc0, 17, {2, 2, 0, 0, 0xfd, 0xe9, 0xfa, 0x56, 0xea, 0});
  auto aggregator = attribute(0xc0, 7, {0xfd, 0xe9, 10, 0, 0, 9});
  auto as4_aggregator = attribute(0xc0, 18, {0xfa, 0x56, 0xea, 0, 10, 0, 0, 9});
  Update update;
  REQUIRE(decode_update(announcing({origin, two_octet_path, next_hop, aggregator, as4_path}), rules, update));
  CHECK(as_path_last(update.attributes.view().value(AttributeCode::as_path)) == 4200000000);
  REQUIRE(decode_update(announcing({origin, two_octet_path, next_hop, aggregator, as4_path, as4_aggregator}), rules, update));
  CHECK(as_path_last(update.attributes.view().value(AttributeCode::as_path)) == as_trans);
}

TEST_CASE("RFC 7607: AS 0 discards AGGREGATOR and AS4_AGGREGATOR") {
  Update update;
  REQUIRE(decode_update(announcing({origin, as_path, next_hop, attribute(0xc0, 7, {0, 0, 0, 0, 10, 0, 0, 9})}), context(), update));
  CHECK_FALSE(update.attributes.view().has(AttributeCode::aggregator));
  CHECK(update.announced.size() == 1);
  auto rules = context();
  rules.as4 = false;
  auto two_octet_path = attribute(0x40, 2, {2, 1, 0xfd, 0xe9});
  REQUIRE(decode_update(announcing({origin, two_octet_path, next_hop, attribute(0xc0, 7, {0x5b, 0xa0, 10, 0, 0, 9}),
                                    attribute(0xc0, 18, {0, 0, 0, 0, 10, 0, 0, 9})}), rules, update));
  CHECK(AsNumbers(update.attributes.view().value(AttributeCode::aggregator).first(4))[0] == as_trans);
}

TEST_CASE("RFC 7311: AIGP is kept if it is well-formed; marked transitive or malformed it is discarded, the routes stay") {
  struct { std::vector<std::uint8_t> what; bool kept; } cases[] = {
      {attribute(0x80, 26, {1, 0, 11, 0, 0, 0, 0, 0, 0, 0, 10}), true},
      {attribute(0xc0, 26, {1, 0, 11, 0, 0, 0, 0, 0, 0, 0, 10}), false},
      {attribute(0x80, 26, {1, 0, 10, 0, 0, 0, 0, 0, 0, 10}), false},
      {attribute(0x80, 26, {1, 0, 12, 0, 0, 0, 0, 0, 0, 0, 10}), false},
  };
  for (auto& c : cases) {
    Update update;
    REQUIRE(decode_update(announcing({origin, as_path, next_hop, c.what}), context(), update));
    CHECK(update.attributes.view().has(AttributeCode::aigp) == c.kept);
    CHECK(update.announced.size() == 1);
  }
}
