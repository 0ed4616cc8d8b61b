#include "bgpd/filter/set.hpp"

#include <doctest/doctest.h>
#include <random>

using namespace avocet;
using namespace avocet::filter;

namespace {

SetRange numbers(std::uint32_t low, std::uint32_t high) { return {{0, low}, {0, high}}; }
Set ints(std::vector<SetRange> ranges) { return {StaticType{Type::integer}, std::move(ranges)}; }

}  // namespace

TEST_CASE("overlapping items of a set are united, and all of them written") {
  auto set = ints({numbers(1, 9), numbers(3, 3), numbers(5, 6)});
  for (std::uint32_t n = 1; n <= 9; ++n) CHECK(set.contains({0, n}));
  CHECK_FALSE(set.contains({0, 0}));
  CHECK_FALSE(set.contains({0, 10}));
  CHECK(set.text() == "[1..9, 3, 5..6]");
}

TEST_CASE("a set has what one of its items has") {
  std::mt19937 engine(3);
  for (unsigned round = 0; round < 300; ++round) {
    std::vector<SetRange> ranges;
    for (unsigned i = engine() % 8; i > 0; --i) {
      auto low = static_cast<std::uint32_t>(engine() % 60);
      ranges.push_back(numbers(low, low + engine() % 9));
    }
    auto set = ints(ranges);
    for (std::uint32_t n = 0; n < 70; ++n) {
      bool expected = std::any_of(ranges.begin(), ranges.end(), [&](auto& r) { return r.low.low <= n && n <= r.high.low; });
      CHECK(set.contains({0, n}) == expected);
    }
  }
}

TEST_CASE("sets are the same whatever the order of their items") {
  CHECK(ints({numbers(1, 2), numbers(7, 7)}) == ints({numbers(7, 7), numbers(1, 2), numbers(2, 2)}));
  CHECK_FALSE(ints({numbers(1, 2)}) == ints({numbers(1, 3)}));
}

TEST_CASE("pairs with a range in the first half are kept as one block") {
  Set set({Type::pair}, {{{0, 1 << 16 | 2}, {0, 1 << 16 | 2}}}, {{0, 0xffff, 9, 9}});
  CHECK(set.contains({0, 1 << 16 | 2}));
  CHECK(set.contains({0, 65000u << 16 | 9}));
  CHECK_FALSE(set.contains({0, 65000u << 16 | 8}));
  CHECK(set.text() == "[(1,2), (*,9)]");
}

TEST_CASE("sets overlap if some value is in both") {
  struct { Set a, b; bool overlap; } cases[] = {
      {ints({numbers(1, 5)}), ints({numbers(5, 9)}), true},
      {ints({numbers(1, 5)}), ints({numbers(6, 9), numbers(0, 0)}), false},
      {{{Type::pair}, {{{0, 1 << 16}, {0, 3 << 16}}}}, {{Type::pair}, {}, {{2, 2, 7, 7}}}, true},
      {{{Type::pair}, {{{0, 1 << 16}, {0, 3 << 16}}}}, {{Type::pair}, {}, {{3, 9, 7, 7}}}, false}};
  for (auto& c : cases) {
    CAPTURE(c.a.text());
    CAPTURE(c.b.text());
    CHECK(c.a.overlaps(c.b) == c.overlap);
    CHECK(c.b.overlaps(c.a) == c.overlap);
  }
}
