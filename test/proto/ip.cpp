#include "proto/ip.hpp"

#include <doctest/doctest.h>

using namespace avocet::proto;

TEST_CASE("addresses read and print in their canonical form") {
  struct { const char* in; const char* out; } cases[] = {
      {"10.0.0.1", "10.0.0.1"}, {"0.0.0.0", "0.0.0.0"}, {"255.255.255.255", "255.255.255.255"},
      {"2001:DB8:0:0:0:0:0:1", "2001:db8::1"}, {"::", "::"}, {"fe80::1", "fe80::1"},
      {"1:2:3:4:5:6:7::8", "1:2:3:4:5:6:7:8"}, {"1::2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"}};  // BIRD takes these too
  for (auto& c : cases) {
    CAPTURE(c.in);
    auto address = Address::parse(c.in);
    REQUIRE(address);
    CHECK(address->text() == c.out);
  }
}

TEST_CASE("an address that does not read says where") {
  struct { const char* in; std::size_t position; } cases[] = {{"10.0.0.256", 7}, {"10.0.0", 6}, {"10.0.0.1x", 8}, {"", 0}, {"fe80::g", 6}};
  for (auto& c : cases) {
    CAPTURE(c.in);
    auto address = Address::parse(c.in);
    REQUIRE_FALSE(address);
    CHECK(address.error().position == c.position);
  }
}

TEST_CASE("a prefix contains itself and anything longer inside it") {
  auto prefix = [](const char* text) { return *Prefix::parse(text); };
  CHECK(prefix("10.0.0.0/8").contains(prefix("10.0.0.0/8")));
  CHECK(prefix("10.0.0.0/8").contains(prefix("10.1.0.0/16")));
  CHECK_FALSE(prefix("10.0.0.0/8").contains(prefix("11.0.0.0/8")));
  CHECK_FALSE(prefix("10.1.0.0/16").contains(prefix("10.0.0.0/8")));
  CHECK(prefix("::/0").contains(prefix("2001:db8::/32")));
  CHECK_FALSE(prefix("::/0").contains(prefix("10.0.0.0/8")));
  CHECK(prefix("2001:db8:8000::/33").contains(*Address::parse("2001:db8:8000::1")));
  CHECK_FALSE(prefix("2001:db8:8000::/33").contains(*Address::parse("2001:db8::1")));
}

TEST_CASE("host bits: an error in text, cleared from the wire") {
  auto wrong = Prefix::parse("10.0.0.1/8");
  REQUIRE_FALSE(wrong);
  CHECK(wrong.error().what.find("10.0.0.0/8") != std::string::npos);
  CHECK(Prefix::v4(0x0a000001, 8) == *Prefix::parse("10.0.0.0/8"));
  CHECK(Prefix::parse("10.0.0.0/33").error().position == 9);
}

TEST_CASE("masks and common bits") {
  CHECK(mask(Family::ipv4, 20).text() == "255.255.240.0");
  CHECK(mask(Family::ipv4, 0).text() == "0.0.0.0");
  CHECK(mask(Family::ipv6, 65).text() == "ffff:ffff:ffff:ffff:8000::");
  CHECK(common_bits(Family::ipv4, *Address::parse("10.0.0.0"), *Address::parse("10.0.128.0")) == 16);
  CHECK(common_bits(Family::ipv6, *Address::parse("::"), *Address::parse("::1")) == 127);
}
