#include "bgpd/filter/prefix_set.hpp"

#include <doctest/doctest.h>
#include <random>

using namespace avocet;
using namespace avocet::filter;

namespace {

proto::Prefix net(const char* text) { return *proto::Prefix::parse(text); }

/// Reference 7.2 word for word.
bool accepts(const PrefixPattern& pattern, const proto::Prefix& n) {
  auto shared = std::min<unsigned>(n.length, pattern.net.length);
  return n.family == pattern.net.family && pattern.low <= n.length && n.length <= pattern.high &&
         proto::common_bits(n.family, n.address, pattern.net.address) >= shared;
}

class Random {
 public:
  explicit Random(unsigned seed) : engine_(seed) {}
  unsigned up_to(unsigned most) { return static_cast<unsigned>(engine_() % (most + 1)); }
  /// Few addresses, so that prefixes meet.
  proto::Prefix prefix(proto::Family family) {
    auto bits = up_to(0xff) << 24 & 0xc3000000u;
    bits |= up_to(3) << 14 | up_to(3);
    if (family == proto::Family::ipv4) return proto::Prefix::v4(bits, up_to(32));
    return proto::Prefix::v6(proto::Address::v6(std::uint64_t{bits} << 32, up_to(3)), up_to(128));
  }
  PrefixPattern pattern(proto::Family family) {
    auto pattern = PrefixPattern::exact(prefix(family));
    auto longest = proto::max_length_bits(family);
    switch (up_to(3)) {
      case 0: pattern.high = static_cast<std::uint8_t>(longest); break;
      case 1: pattern.low = 0; break;
      case 2:
        pattern.low = static_cast<std::uint8_t>(up_to(longest));
        pattern.high = static_cast<std::uint8_t>(pattern.low + up_to(longest - pattern.low));
        break;
    }
    return pattern;
  }

 private:
  std::mt19937 engine_;
};

}  // namespace

TEST_CASE("a set of prefixes accepts what one of its patterns accepts") {
  Random random(20);
  for (auto family : {proto::Family::ipv4, proto::Family::ipv6})
    for (unsigned round = 0; round < 300; ++round) {
      std::vector<PrefixPattern> patterns(random.up_to(12));
      for (auto& pattern : patterns) pattern = random.pattern(family);
      PrefixSet set(patterns);
      for (unsigned i = 0; i < 100; ++i) {
        auto n = random.prefix(family);
        bool expected = std::any_of(patterns.begin(), patterns.end(), [&](auto& pattern) { return accepts(pattern, n); });
        INFO(set.text() << " and " << n.text());
        CHECK(set.contains(n) == expected);
      }
    }
}

TEST_CASE("a set of hundreds answers as a small one does") {
  Random random(21);
  for (auto family : {proto::Family::ipv4, proto::Family::ipv6})
    for (unsigned round = 0; round < 10; ++round) {
      std::vector<PrefixPattern> patterns(100 + random.up_to(500));
      for (auto& pattern : patterns) {
        // Narrow ones, or a few would hold all the rest.
        pattern = random.pattern(family);
        pattern.low = std::max<std::uint8_t>(pattern.low, pattern.net.length - std::min<std::uint8_t>(pattern.net.length, 2));
        pattern.high = std::min<std::uint8_t>(pattern.high, pattern.low + 2);
      }
      PrefixSet set(patterns);
      unsigned held = 0;
      for (unsigned i = 0; i < 1000; ++i) {
        auto n = random.prefix(family);
        bool expected = std::any_of(patterns.begin(), patterns.end(), [&](auto& pattern) { return accepts(pattern, n); });
        INFO(n.text());
        CHECK(set.contains(n) == expected);
        held += expected;
      }
      CHECK(held > 20);
      CHECK(held < 999);
    }
}

TEST_CASE("the four forms of a pattern") {
  struct { PrefixPattern pattern; const char* inside; const char* outside; } cases[] = {
      {PrefixPattern::exact(net("10.0.0.0/8")), "10.0.0.0/8", "10.0.0.0/9"},
      {{net("10.0.0.0/8"), 8, 32}, "10.1.2.3/32", "11.0.0.0/8"},
      {{net("10.9.0.0/24"), 0, 24}, "10.0.0.0/8", "10.9.0.0/25"},
      {{net("10.9.0.0/28"), 20, 24}, "10.9.0.0/24", "10.9.1.0/24"},
      {{net("0.0.0.0/0"), 0, 32}, "0.0.0.0/0", "::/0"},
      {{net("::/0"), 0, 128}, "2001:db8::1/128", "0.0.0.0/0"}};
  for (auto& c : cases) {
    PrefixSet set({c.pattern});
    CAPTURE(set.text());
    CHECK(set.contains(net(c.inside)));
    CHECK_FALSE(set.contains(net(c.outside)));
  }
}

TEST_CASE("an empty set has nothing in it") { CHECK_FALSE(PrefixSet({}).contains(net("0.0.0.0/0"))); }

TEST_CASE("two sets are the same if their patterns are, in any order") {
  PrefixPattern a{net("10.0.0.0/8"), 8, 32}, b{net("11.0.0.0/8"), 8, 24};
  CHECK(PrefixSet({a, b}) == PrefixSet({b, a, a}));
  CHECK_FALSE(PrefixSet({a}) == PrefixSet({a, b}));
}
