#include "proto/bfd.hpp"

#include <doctest/doctest.h>

using namespace avocet::proto;

namespace {

/// Up, diagnostic 3, multiplier 5, discriminators 0x01020304 and 0x0a0b0c0d, 100 ms, 50 ms, no echo; after RFC 5880
/// section 4.1.
std::vector<std::uint8_t> plain() {
  return {0x23, 0xc0, 5, 24, 1, 2, 3, 4, 0x0a, 0x0b, 0x0c, 0x0d, 0, 0x01, 0x86, 0xa0, 0, 0, 0xc3, 0x50, 0, 0, 0, 0};
}

BfdPacket plain_packet() {
  BfdPacket packet;
  packet.state = BfdState::up;
  packet.diagnostic = 3;
  packet.multiplier = 5;
  packet.my_discriminator = 0x01020304;
  packet.your_discriminator = 0x0a0b0c0d;
  packet.min_tx = 100'000;
  packet.min_rx = 50'000;
  return packet;
}

std::string refusal(const std::vector<std::uint8_t>& bytes) {
  auto packet = decode_bfd(bytes);
  return packet ? "" : packet.error().what;
}

}  // namespace

TEST_CASE("RFC 5880 4.1: each field of a control packet has its place") {
  std::vector<std::uint8_t> out;
  encode_bfd(plain_packet(), {}, out);
  CHECK(out == plain());
  auto packet = decode_bfd(plain());
  REQUIRE(packet);
  CHECK(packet->state == BfdState::up);
  CHECK(packet->diagnostic == 3);
  CHECK(packet->multiplier == 5);
  CHECK(packet->my_discriminator == 0x01020304);
  CHECK(packet->your_discriminator == 0x0a0b0c0d);
  CHECK(packet->min_tx == 100'000);
  CHECK(packet->min_rx == 50'000);
  CHECK_FALSE(packet->authentication);
  auto flags = plain();
  flags[1] = 0xc0 | 0x20 | 0x08 | 0x02;
  CHECK(bfd_flags_text(*decode_bfd(flags)) == "[Up PCD]");
}

TEST_CASE("RFC 5880 6.8.6: what is discarded before a session is looked for") {
  struct {
    const char* name;
    std::size_t at;
    std::uint8_t value;
    const char* reason;
  } cases[] = {{"version 0", 0, 0x03, "version mismatch"},
               {"shorter than it may be", 3, 23, "length mismatch"},
               {"longer than the datagram", 3, 25, "length mismatch"},
               {"multiplier zero", 2, 0, "invalid detect mult"},
               {"multipoint", 1, 0xc1, "invalid flags"},
               {"poll and final at once", 1, 0xf0, "invalid flags"}};
  for (auto& c : cases) {
    CAPTURE(c.name);
    auto bytes = plain();
    bytes[c.at] = c.value;
    CHECK(refusal(bytes) == c.reason);
  }
  CHECK(refusal(std::vector<std::uint8_t>(23)) == "too short");
  auto anonymous = plain();
  std::fill_n(anonymous.begin() + 4, 4, 0);
  CHECK(refusal(anonymous) == "invalid my discriminator");
  // Who does not know our discriminator can only be down.
  for (auto [state, reason] : {std::pair(0x00, ""), std::pair(0x40, ""), std::pair(0x80, "invalid init state"),
                               std::pair(0xc0, "invalid init state")}) {
    auto first = plain();
    std::fill_n(first.begin() + 8, 4, 0);
    first[1] = static_cast<std::uint8_t>(state);
    CHECK(refusal(first) == reason);
  }
}

TEST_CASE("RFC 5880 4.2 to 4.4: an authentication section has the length of its type") {
  auto with = [](std::vector<std::uint8_t> section) {
    auto bytes = plain();
    bytes[1] |= 0x04;
    bytes.insert(bytes.end(), section.begin(), section.end());
    bytes[3] = static_cast<std::uint8_t>(bytes.size());
    return bytes;
  };
  CHECK(refusal(with({})) == "packet length mismatch");
  CHECK(refusal(with({1})) == "packet length mismatch");
  CHECK(refusal(with({1, 9, 1, 'a'})) == "packet length mismatch");
  CHECK(refusal(with({0, 4, 1, 'a'})) == "reserved authentication type");
  CHECK(refusal(with({1, 3, 1})) == "wrong authentication length");
  CHECK(refusal(with({2, 4, 1, 0})) == "wrong authentication length");
  auto simple = with({1, 5, 7, 'a', 'b'});
  auto packet = decode_bfd(simple);
  REQUIRE(packet);
  REQUIRE(packet->authentication);
  CHECK(packet->authentication->key_id == 7);
  CHECK(bfd_signature_fits(simple, *packet, "ab"));
  CHECK_FALSE(bfd_signature_fits(simple, *packet, "abc"));
  CHECK_FALSE(bfd_signature_fits(simple, *packet, "ac"));
}

TEST_CASE("RFC 5880 6.7: what is signed with a secret fits that secret and no other, nor another packet") {
  using enum BfdAuthentication;
  for (auto type : {simple, keyed_md5, meticulous_keyed_md5, keyed_sha1, meticulous_keyed_sha1})
    for (std::string secret : {"k", "a secret of 16 b", "one that is longer than any type can carry"}) {
      CAPTURE(static_cast<int>(type));
      CAPTURE(secret);
      std::vector<std::uint8_t> bytes;
      encode_bfd(plain_packet(), {type, 9, 77, secret}, bytes);
      auto packet = decode_bfd(bytes);
      REQUIRE(packet);
      REQUIRE(packet->authentication);
      CHECK(packet->authentication->type == static_cast<std::uint8_t>(type));
      CHECK(packet->authentication->key_id == 9);
      CHECK(packet->authentication->sequence == (type == simple ? 0u : 77u));
      CHECK(bfd_signature_fits(bytes, *packet, secret));
      CHECK_FALSE(bfd_signature_fits(bytes, *packet, "x" + secret));
      if (type == simple) continue;
      auto changed = bytes;
      changed[2] ^= 1;
      CHECK_FALSE(bfd_signature_fits(changed, *decode_bfd(changed), secret));
    }
}
