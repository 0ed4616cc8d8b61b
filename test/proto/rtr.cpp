#include "proto/rtr.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace avocet::proto;
using namespace avocet::proto::rtr;

namespace {

std::vector<std::uint8_t> from_hex(std::string text) {
  std::erase(text, ' ');
  std::vector<std::uint8_t> bytes;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2)
    bytes.push_back(static_cast<std::uint8_t>(std::stoi(text.substr(i, 2), nullptr, 16)));
  return bytes;
}

Read<Body> read(const std::string& hex) {
  auto bytes = from_hex(hex);
  auto frame = first_frame(bytes);
  REQUIRE(frame);
  REQUIRE(*frame);
  return decode(**frame);
}

std::string written(const Body& body, std::uint8_t version) {
  std::vector<std::uint8_t> bytes;
  encode(body, version, bytes);
  std::string text;
  for (auto byte : bytes) text += "0123456789abcdef"[byte >> 4], text += "0123456789abcdef"[byte & 15];
  return text;
}

Prefix net(const char* text) { return *Prefix::parse(text); }

}  // namespace

TEST_CASE("each PDU is read, and written as it was") {
  struct {
    const char* what;
    std::uint8_t version;
    const char* hex;
    Body body;
  } cases[] = {
      {"Serial Notify", 1, "0100 c929 0000000c 00000002", SerialNotify{0xc929, 2}},
      {"Serial Query", 1, "0101 c929 0000000c 00000002", SerialQuery{0xc929, 2}},
      {"Reset Query", 0, "0002 0000 00000008", ResetQuery{}},
      {"Cache Response", 2, "0203 c929 00000008", CacheResponse{0xc929}},
      {"IPv4 Prefix", 0, "0004 0000 00000014 01181a00 c0000200 0000fbf4",
       PrefixRecord{true, net("192.0.2.0/24"), 26, 64500}},
      {"a withdrawal", 1, "0104 0000 00000014 00181800 c6336400 0000fbf5",
       PrefixRecord{false, net("198.51.100.0/24"), 24, 64501}},
      {"IPv6 Prefix", 1, "0106 0000 00000020 01203000 20010db8 000000000000000000000000 0000fbf6",
       PrefixRecord{true, net("2001:db8::/32"), 48, 64502}},
      {"End of Data, version 0", 0, "0007 c929 0000000c 0000000b", EndOfData{0xc929, 11, {}}},
      {"End of Data, version 1", 1, "0107 c929 00000018 0000000b 00000e10 00000258 00001c20",
       EndOfData{0xc929, 11, Intervals{3600, 600, 7200}}},
      {"Cache Reset", 1, "0108 0000 00000008", CacheReset{}},
      {"Error Report", 1, "010a 0002 0000001b 00000008 0102000000000008 00000003 616263",
       ErrorReport{ErrorCode::no_data, from_hex("0102000000000008"), "abc"}},
      {"ASPA", 2, "020b 0100 00000014 0000fbf0 0000fbf1 0000fbf2", AspaRecord{true, 64496, {64497, 64498}}},
      {"ASPA of AS0", 2, "020b 0100 00000010 0000fbf0 00000000", AspaRecord{true, 64496, {0}}},
      {"ASPA withdrawn", 2, "020b 0000 0000000c 0000fbf0", AspaRecord{false, 64496, {}}},
  };
  for (auto& c : cases) {
    CAPTURE(c.what);
    auto body = read(c.hex);
    REQUIRE(body);
    CHECK(*body == c.body);
    std::string plain = c.hex;
    std::erase(plain, ' ');
    CHECK(written(c.body, c.version) == plain);
  }
}

TEST_CASE("RFC 8210 section 5: what cannot be is Corrupt Data, and says what is wrong") {
  struct {
    const char* hex;
    ErrorCode code;
    const char* what;
  } cases[] = {
      {"0104 0000 00000013 01181a00 c0000200 0000fb", ErrorCode::corrupt_data,
       "the length of IPv4 Prefix is 19, not 20"},
      {"0104 0000 00000014 01210000 c0000200 0000fbf4", ErrorCode::corrupt_data, "the prefix length is 33"},
      {"0104 0000 00000014 01182100 c0000200 0000fbf4", ErrorCode::corrupt_data,
       "the max length of 192.0.2.0/24 is 33"},
      {"0104 0000 00000014 01181700 c0000200 0000fbf4", ErrorCode::corrupt_data,
       "the max length of 192.0.2.0/24 is 23"},
      {"0107 c929 0000000c 0000000b", ErrorCode::corrupt_data, "the length of End of Data is 12, not 24"},
      {"0007 c929 00000018 0000000b 00000e10 00000258 00001c20", ErrorCode::corrupt_data,
       "the length of End of Data is 24, not 12"},
      {"010a 0000 00000010 0000ffff 00000000", ErrorCode::corrupt_data,
       "the lengths inside of Error Report do not fit"},
      {"0109 0000 00000008", ErrorCode::corrupt_data, nullptr},
      {"0009 0000 00000008", ErrorCode::unsupported_pdu, "version 0 has no PDU of type 9"},
      {"010b 0100 00000010 0000fbf0 0000fbf1", ErrorCode::unsupported_pdu, "version 1 has no PDU of type 11"},
      {"0105 0000 00000008", ErrorCode::unsupported_pdu, "version 1 has no PDU of type 5"},
      {"020b 0100 0000000c 0000fbf0", ErrorCode::provider_list, "the ASPA of AS64496 has no providers, not even AS0"},
      {"020b 0100 00000014 0000fbf0 0000fbf2 0000fbf1", ErrorCode::provider_list,
       "the ASPA of AS64496 does not have its providers in ascending order"},
      {"020b 0100 00000014 0000fbf0 0000fbf1 0000fbf1", ErrorCode::provider_list,
       "the ASPA of AS64496 does not have its providers in ascending order"},
      {"020b 0100 00000014 0000fbf0 00000000 0000fbf1", ErrorCode::provider_list,
       "the ASPA of AS64496 has AS0 beside other providers"},
      {"020b 0000 00000010 0000fbf0 0000fbf1", ErrorCode::provider_list,
       "the ASPA of AS64496 is withdrawn with a list of providers"},
  };
  for (auto& c : cases) {
    CAPTURE(c.hex);
    auto body = read(c.hex);
    if (!c.what) {
      CHECK(body);  // a Router Key is not looked into
      continue;
    }
    REQUIRE_FALSE(body);
    CHECK(body.error().code == c.code);
    CHECK(body.error().what == c.what);
  }
}

TEST_CASE("a PDU waits until it has come whole, and a length that cannot be ends the stream") {
  auto whole = from_hex("0104 0000 00000014 01181a00 c0000200 0000fbf4");
  for (std::size_t length = 0; length < whole.size(); ++length) {
    auto frame = first_frame(Bytes(whole).first(length));
    REQUIRE(frame);
    CHECK_FALSE(*frame);
  }
  CHECK_FALSE(first_frame(from_hex("0104 0000 00000007")));
  CHECK_FALSE(first_frame(from_hex("0104 0000 00010001")));
  CHECK(first_frame(from_hex("0104 0000 00010000")));
}

TEST_CASE("the form that old drafts of version 2 gave ASPAs is known as such") {
  // Sent by stayrtr 0.5.1.
  auto body = read("020b 0000 00000018 01000002 0000fbf0 0000fbf1 0000fbf2");
  REQUIRE(body);
  CHECK(std::holds_alternative<OldAspa>(*body));
}

TEST_CASE("an error text may end with a NUL, as C programs send it") {
  auto body = read("000a 0004 00000013 00000000 00000003 616200");
  REQUIRE(body);
  CHECK(std::get<ErrorReport>(*body).text == "ab");
}

TEST_CASE("RFC 1982: serial numbers go round") {
  CHECK(older(1, 2));
  CHECK(older(0xffffffff, 0));
  CHECK_FALSE(older(2, 1));
  CHECK_FALSE(older(7, 7));
}
