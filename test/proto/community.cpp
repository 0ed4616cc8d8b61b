#include <doctest/doctest.h>

#include <random>

#include "proto/community.hpp"

using namespace avocet::proto;

TEST_CASE("communities read what they print") {
  std::mt19937_64 random(7);
  for (int i = 0; i < 2000; ++i) {
    Community standard{static_cast<std::uint32_t>(random())};
    CHECK(Community::parse(standard.text()) == standard);
    LargeCommunity large{static_cast<std::uint32_t>(random()), static_cast<std::uint32_t>(random()), static_cast<std::uint32_t>(random())};
    CHECK(LargeCommunity::parse(large.text()) == large);
    ExtendedCommunity extended{random()};
    CAPTURE(extended.text());
    auto again = ExtendedCommunity::parse(extended.text());
    REQUIRE(again);
    // A four-octet AS number that would fit two octets is the one thing that the text does not show.
    bool ambiguous = extended.text().starts_with("(r") && extended.value >> 56 == 2 && (extended.value >> 16 & 0xffffffff) <= 0xffff;
    if (!ambiguous) CHECK(*again == extended);
  }
}

TEST_CASE("an extended community takes the layout of its key") {
  struct { const char* text; std::uint64_t value; } cases[] = {
      {"(rt, 65002, 300)", 0x0002'fdea'0000'012c},
      {"(rt, 4200000000, 7)", 0x0202'fa56'ea00'0007},
      {"(ro, 192.0.2.2, 7)", 0x0103'c000'0202'0007},
      {"(unknown 0x4002, 1, 2)", 0x4002'0001'0000'0002},
      {"(generic, 0x43000000, 0x1)", 0x4300'0000'0000'0001}};
  for (auto& c : cases) {
    CAPTURE(c.text);
    auto community = ExtendedCommunity::parse(c.text);
    REQUIRE(community);
    CHECK(community->value == c.value);
    CHECK(community->text() == c.text);
  }
}

TEST_CASE("well-known communities have names; blanks mean nothing") {
  CHECK(Community::parse("no-export") == well_known::no_export);
  CHECK(Community::parse("graceful-shutdown") == well_known::graceful_shutdown);
  CHECK(Community::parse(" ( 65001 ,\t2 ) ") == Community::make(65001, 2));
}

TEST_CASE("a community that does not read says where") {
  struct { const char* text; std::size_t position; } cases[] = {
      {"", 0}, {"65001,2", 0}, {"(65536,2)", 1}, {"(1;2)", 1}, {"(1,2", 4}, {"(1,2) x", 6}, {"(1,-2)", 3}};
  for (auto& c : cases) {
    CAPTURE(c.text);
    auto community = Community::parse(c.text);
    REQUIRE_FALSE(community);
    CHECK(community.error().position == c.position);
  }
  CHECK_FALSE(ExtendedCommunity::parse("(rt, 4200000000, 65536)"));  // the value has 16 bits behind a wide key
  CHECK_FALSE(ExtendedCommunity::parse("(rx, 1, 2)"));
  CHECK_FALSE(ExtendedCommunity::parse("(unknown 0x0300, 1, 2)"));
  CHECK_FALSE(LargeCommunity::parse("(1, 2)"));
}
