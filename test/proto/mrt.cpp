/// Bytes worked out by hand from RFC 6396 (sections 2, 4.3 and 4.4) and RFC 8050.
#include "proto/mrt.hpp"

#include <doctest/doctest.h>

#include "proto/message.hpp"

using namespace avocet::proto;
using Octets = std::vector<std::uint8_t>;

namespace {

Address ip(const char* text) { return *Address::parse(text); }
Prefix net(const char* text) { return *Prefix::parse(text); }

/// ORIGIN IGP, an AS_PATH of 65536 (four octets) and this next hop.
AttributeBlock attributes(const char* next_hop) {
  AttributeBlock block;
  block.set(AttributeCode::origin, Octets{0});
  block.set(AttributeCode::as_path, Octets{2, 1, 0, 1, 0, 0});
  block.set_address(AttributeCode::next_hop, ip(next_hop));
  return block;
}

void append(Octets& to, const Octets& more) { to.insert(to.end(), more.begin(), more.end()); }

}  // namespace

TEST_CASE("RFC 6396 4.3.1: the peer index names the view, and each peer with the size of its address") {
  MrtPeer peers[] = {{}, {0x0a000002, 65536, ip("192.0.2.1")}};
  Octets out;
  encode_mrt_peer_index(0x01020304, 0x0a000001, "m4", peers, out);
  CHECK(out == Octets{1,  2,  3, 4, 0, 13,  0,   1,   0, 0, 0, 48,  // time, TABLE_DUMP_V2, PEER_INDEX_TABLE, length
                      10, 0,  0, 1, 0, 2,   'm', '4', 0, 2, 3, 0,  0, 0, 0, 0, 0, 0,
                      0,  0,  0, 0, 0, 0,   0,   0,   0, 0, 0, 0,  0, 0, 0, 0, 0,  // IPv6, four octets of AS
                      2,  10, 0, 0, 2, 192, 0,   2,   1, 0, 1, 0,  0});
}

TEST_CASE("RFC 6396 4.3.2: a net with its routes; AS numbers have four octets") {
  Octets out;
  MrtRibRecord record(7, 5, net("10.128.0.0/9"), false, out);
  CHECK(record.add(1, 0x11223344, 99, attributes("192.0.2.1")));
  CHECK(record.finish() == 1);
  CHECK(out == Octets{0,    0, 0,    7,    0,    13,   0,   2,  0, 0, 0, 37,  // RIB_IPV4_UNICAST
                      0,    0, 0,    5,    9,    10,   128, 0,  1,            // sequence, prefix, one entry
                      0,    1, 0x11, 0x22, 0x33, 0x44, 0,   20,               // peer, time, length of attributes
                      0x40, 1, 1,    0,    0x40, 2,    6,   2,  1, 0, 1, 0,  0, 0x40, 3, 4, 192, 0, 2, 1});
}

TEST_CASE("RFC 8050 4.1: with ADD-PATH the path id follows the time") {
  Octets out;
  MrtRibRecord record(7, 5, net("10.128.0.0/9"), true, out);
  CHECK(record.add(1, 0x11223344, 99, {}));
  CHECK(record.finish() == 1);
  CHECK(out == Octets{0,  0,   0, 7, 0, 13, 0,    8,    0,    0,    0, 21, 0, 0,  0, 5, 9,
                      10, 128, 0, 1, 0, 1,  0x11, 0x22, 0x33, 0x44, 0, 0,  0, 99, 0, 0});
}

TEST_CASE("RFC 6396 4.3.4: MP_REACH_NLRI holds the next hop and its length only") {
  struct {
    const char* what;
    const char* net;
    bool add_path;
    unsigned subtype;
  } cases[] = {{"IPv6", "2001:db8::/32", false, 4},
               {"IPv6 with path ids", "2001:db8::/32", true, 10},
               {"IPv4 over IPv6, RFC 8950", "10.0.0.0/8", false, 2}};
  for (auto& c : cases) {
    CAPTURE(c.what);
    Octets out;
    MrtRibRecord record(0, 0, net(c.net), c.add_path, out);
    CHECK(record.add(0, 0, 0, attributes("2001:db8::1")));
    record.finish();
    CHECK(out[7] == c.subtype);
    Octets end{0x40, 2, 6, 2, 1, 0, 1, 0, 0, 0x80, 14, 17, 16, 0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
    REQUIRE(out.size() > end.size());
    CHECK(Octets(out.end() - static_cast<std::ptrdiff_t>(end.size()), out.end()) == end);
  }
}

TEST_CASE("a record without routes is taken back; what does not fit leaves the record whole") {
  Octets out{1, 2, 3};
  MrtRibRecord empty(0, 0, net("10.0.0.0/8"), false, out);
  CHECK(empty.finish() == 0);
  CHECK(out == Octets{1, 2, 3});

  AttributeBlock large;
  large.set(AttributeCode::communities, Octets(0xfff0));
  large.set(AttributeCode::large_communities, Octets(24));
  out.clear();
  MrtRibRecord record(0, 0, net("10.0.0.0/8"), false, out);
  CHECK(record.add(0, 0, 0, {}));
  auto size = out.size();
  CHECK_FALSE(record.add(0, 0, 0, large));
  CHECK(out.size() == size);
  CHECK(record.finish() == 1);
}

TEST_CASE("RFC 6396 4.4.2 and 4.4.3: a message with who sent it to whom") {
  MrtSession session{65536, 64512, 3, Family::ipv4, ip("192.0.2.2"), ip("192.0.2.1")};
  auto keepalive = encode_keepalive();
  struct {
    const char* what;
    bool as4, add_path;
    unsigned subtype;
    Octets as_numbers;
  } cases[] = {{"BGP4MP_MESSAGE: AS_TRANS stands for a large number", false, false, 1, {0x5b, 0xa0, 0xfc, 0x00}},
               {"BGP4MP_MESSAGE_AS4", true, false, 4, {0, 1, 0, 0, 0, 0, 0xfc, 0x00}},
               {"BGP4MP_MESSAGE_ADDPATH", false, true, 8, {0x5b, 0xa0, 0xfc, 0x00}},
               {"BGP4MP_MESSAGE_AS4_ADDPATH", true, true, 9, {0, 1, 0, 0, 0, 0, 0xfc, 0x00}}};
  for (auto& c : cases) {
    CAPTURE(c.what);
    Octets out, expected{0, 0,  0, 9,
                         0, 16, 0, static_cast<std::uint8_t>(c.subtype),
                         0, 0,  0, static_cast<std::uint8_t>(c.as_numbers.size() + 31)};
    append(expected, c.as_numbers);
    append(expected, {0, 3, 0, 1, 192, 0, 2, 2, 192, 0, 2, 1});
    append(expected, keepalive);
    encode_mrt_message(9, session, c.as4, c.add_path, keepalive, out);
    CHECK(out == expected);
  }
}

TEST_CASE("RFC 6396 4.4.4: a change of state; addresses of an IPv6 session have 16 octets, unknown ones are zero") {
  Octets out, expected{0, 0, 0, 9, 0, 16, 0, 5, 0, 0, 0, 48, 0, 0, 0xfd, 0xe9, 0, 0, 0xfc, 0, 0, 0, 0, 2};
  append(expected, Octets(32));
  append(expected, {0, 1, 0, 3});
  encode_mrt_state_change(9, {65001, 64512, 0x10000, Family::ipv6, {}, {}}, 1, 3, out);
  CHECK(out == expected);
}

TEST_CASE("the family of an UPDATE is that of its prefixes") {
  struct {
    const char* what;
    Octets body;
    std::optional<Family> family;
  } cases[] = {
      {"withdrawn IPv4", {0, 2, 8, 10, 0, 0}, Family::ipv4},
      {"announced IPv4", {0, 0, 0, 4, 0x40, 1, 1, 0, 8, 10}, Family::ipv4},
      {"End-of-RIB of IPv4", {0, 0, 0, 0}, Family::ipv4},
      {"End-of-RIB of IPv6", {0, 0, 0, 6, 0x80, 15, 3, 0, 2, 1}, Family::ipv6},
      {"MP_REACH_NLRI behind others, long form", {0, 0, 0, 11, 0x40, 1, 1, 0, 0x90, 14, 0, 3, 0, 2, 1}, Family::ipv6},
      {"of a VPN", {0, 0, 0, 6, 0x80, 15, 3, 0, 1, 128}, std::nullopt},
      {"attributes without prefixes", {0, 0, 0, 4, 0x40, 1, 1, 0}, std::nullopt},
      {"cut off", {0, 0, 0, 9, 0x80, 15}, std::nullopt}};
  for (auto& c : cases) {
    CAPTURE(c.what);
    CHECK(update_family(c.body) == c.family);
  }
}
