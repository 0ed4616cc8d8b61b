#include "proto/as_path.hpp"

#include <doctest/doctest.h>

using namespace avocet::proto;

namespace {

using Path = std::vector<std::uint8_t>;

/// A path from segments: {type, numbers}.
Path path(std::initializer_list<std::pair<SegmentType, std::vector<std::uint32_t>>> segments) {
  Path out;
  for (auto& [type, numbers] : segments) {
    out.push_back(static_cast<std::uint8_t>(type));
    out.push_back(static_cast<std::uint8_t>(numbers.size()));
    for (auto asn : numbers)
      for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<std::uint8_t>(asn >> shift));
  }
  return out;
}
constexpr auto sequence = SegmentType::sequence, set = SegmentType::set, confederation = SegmentType::confederation_sequence;

}  // namespace

TEST_CASE("a set counts one, a confederation segment none") {
  CHECK(as_path_length({}) == 0);
  CHECK(as_path_length(path({{sequence, {1, 2, 3}}})) == 3);
  CHECK(as_path_length(path({{sequence, {1}}, {set, {2, 3}}})) == 2);
  CHECK(as_path_length(path({{confederation, {65001, 65002}}, {sequence, {1}}})) == 1);
}

TEST_CASE("first, last and the last that was not aggregated") {
  auto plain = path({{sequence, {1, 2, 3}}}), aggregated = path({{sequence, {1, 2}}, {set, {7, 8}}});
  CHECK(as_path_first(plain) == 1);
  CHECK(as_path_last(plain) == 3);
  CHECK(as_path_last(aggregated) == 0);
  CHECK(as_path_last_nonaggregated(aggregated) == 2);
  CHECK(as_path_first({}) == 0);
}

TEST_CASE("prepending joins the first sequence, and starts a new one before a set or at 255") {
  CHECK(as_path_prepended(path({{sequence, {2}}}), 1) == path({{sequence, {1, 2}}}));
  CHECK(as_path_prepended({}, 1) == path({{sequence, {1}}}));
  CHECK(as_path_prepended(path({{set, {2, 3}}}), 1) == path({{sequence, {1}}, {set, {2, 3}}}));
  auto full = path({{sequence, std::vector<std::uint32_t>(255, 9)}});
  CHECK(as_path_prepended(full, 1) == path({{sequence, {1}}, {sequence, std::vector<std::uint32_t>(255, 9)}}));
}

TEST_CASE("paths print as BIRD prints them") {
  CHECK(as_path_text({}) == "");
  CHECK(as_path_text(path({{sequence, {65001, 4200000000}}, {set, {1, 2}}})) == "65001 4200000000 {1 2}");
  CHECK(as_path_text(path({{confederation, {65001, 65002}}, {sequence, {1}}})) == "(65001 65002) 1");
}

TEST_CASE("RFC 6793 4.2.3: AS4_PATH completes the tail of AS_PATH") {
  auto from_old = path({{sequence, {1, as_trans, as_trans}}});
  CHECK(merge_as4_path(from_old, path({{sequence, {70000, 80000}}})) == path({{sequence, {1, 70000, 80000}}}));
  // An AS4_PATH longer than AS_PATH is ignored.
  CHECK(merge_as4_path(path({{sequence, {1}}}), path({{sequence, {70000, 80000}}})) == path({{sequence, {1}}}));
}

TEST_CASE("filtering drops numbers and empty segments") {
  auto odd = as_path_filtered(path({{sequence, {1, 2, 3}}, {set, {4, 6}}}), [](auto asn) { return asn % 2 == 1; });
  CHECK(odd == path({{sequence, {1, 3}}}));
  CHECK(as_path_without_confederation(path({{confederation, {5}}, {sequence, {1}}})) == path({{sequence, {1}}}));
}
