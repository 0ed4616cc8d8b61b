#include "bgpd/filter/path_mask.hpp"

#include <chrono>
#include <doctest/doctest.h>
#include <random>

#include "proto/as_path.hpp"

using namespace avocet;
using namespace avocet::filter;

namespace {

using Kind = MaskItem::Kind;
using Positions = std::vector<std::vector<std::uint32_t>>;  ///< each position has one AS, or the members of a set

/// Bytes of a path in which a position of several numbers is a set.
std::vector<std::uint8_t> bytes_of(const Positions& positions) {
  std::vector<std::uint8_t> bytes;
  for (auto& numbers : positions) {
    bytes.push_back(numbers.size() > 1 ? 1 : 2);
    bytes.push_back(static_cast<std::uint8_t>(numbers.size()));
    for (auto asn : numbers)
      for (int shift = 24; shift >= 0; shift -= 8) bytes.push_back(static_cast<std::uint8_t>(asn >> shift));
  }
  return bytes;
}

/// The meaning of a mask, tried in every way: fine for short paths only.
bool matches_by_trying(std::span<const MaskItem> mask, std::span<const std::vector<std::uint32_t>> path) {
  if (mask.empty()) return path.empty();
  auto& item = mask.front();
  if (item.kind == Kind::run) return matches_by_trying(mask.subspan(1), path) || (!path.empty() && matches_by_trying(mask, path.subspan(1)));
  if (path.empty()) return false;
  bool fits = std::any_of(path[0].begin(), path[0].end(), [&](auto asn) {
    return item.kind == Kind::any || (item.kind == Kind::set ? item.set->contains({0, asn}) : item.low <= asn && asn <= item.high);
  });
  return fits && (matches_by_trying(mask.subspan(1), path.subspan(1)) || (item.repeated && matches_by_trying(mask, path.subspan(1))));
}

MaskItem one(std::uint32_t low, std::uint32_t high, bool repeated = false) { return {Kind::range, repeated, low, high, nullptr}; }

}  // namespace

TEST_CASE("a mask matches as its meaning says") {
  std::mt19937 engine(7);
  auto up_to = [&](unsigned most) { return static_cast<unsigned>(engine() % (most + 1)); };
  auto set = std::make_shared<const Set>(StaticType{Type::integer}, std::vector<SetRange>{{{0, 1}, {0, 1}}, {{0, 3}, {0, 3}}});
  unsigned matched = 0;
  for (unsigned round = 0; round < 20000; ++round) {
    std::vector<MaskItem> mask(up_to(5));
    for (auto& item : mask) {
      item.low = 1 + up_to(2);
      item.high = item.low + up_to(1);
      item.kind = static_cast<Kind>(up_to(3));
      if (item.kind == Kind::set) item.set = set.get();
      item.repeated = item.kind != Kind::run && up_to(3) == 0;
    }
    Positions path(up_to(6));
    for (auto& numbers : path) {
      numbers.resize(up_to(4) ? 1 : 2);
      for (auto& asn : numbers) asn = 1 + up_to(3);
    }
    auto bytes = bytes_of(path);
    INFO(mask_text(mask) << " and " << proto::as_path_text(bytes));
    bool expected = matches_by_trying(mask, path);
    matched += expected;
    CHECK(matches(mask, bytes) == expected);
  }
  CHECK(matched > 1000);
}

TEST_CASE("masks of more items than a word has bits") {
  std::vector<MaskItem> mask(100, one(5, 5));
  Positions path(100, {5});
  CHECK(matches(mask, bytes_of(path)));
  path[99] = {6};
  CHECK_FALSE(matches(mask, bytes_of(path)));
}

TEST_CASE("many runs in a mask cost no more than one pass for each") {
  std::vector<MaskItem> mask;
  for (unsigned i = 0; i < 20; ++i) {
    mask.push_back({Kind::run, false, 0, 0, nullptr});
    mask.push_back(one(1, 1));
  }
  mask.push_back(one(2, 2));
  Positions path(250, {1});
  auto start = std::chrono::steady_clock::now();
  CHECK_FALSE(matches(mask, bytes_of(path)));  // trying all ways would take longer than the world lasts
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(1));
}

TEST_CASE("confederation segments are positions, too") {
  std::vector<std::uint8_t> path = {3, 1, 0, 0, 0, 9, 2, 1, 0, 0, 0, 1};
  CHECK(matches(std::vector<MaskItem>{one(9, 9), one(1, 1)}, path));
  CHECK_FALSE(matches(std::vector<MaskItem>{one(1, 1)}, path));
}

TEST_CASE("a mask as text") {
  std::vector<MaskItem> mask = {one(1, 1), {Kind::run, false, 0, 0, nullptr}, one(3, 3, true), one(4, 6), {Kind::any, false, 0, 0, nullptr}};
  CHECK(mask_text(mask) == "[= 1 * 3 + 4..6 ? =]");
}
