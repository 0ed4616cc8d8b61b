#include "bgpd/rib/aspa_table.hpp"

#include <doctest/doctest.h>

#include "proto/as_path.hpp"

using namespace avocet;
using namespace avocet::rib;

namespace {

/// One sequence; the first AS is the neighbour's.
std::vector<std::uint8_t> path(const std::vector<std::uint32_t>& hops,
                               proto::SegmentType type = proto::SegmentType::sequence) {
  std::vector<std::uint8_t> bytes{static_cast<std::uint8_t>(type), static_cast<std::uint8_t>(hops.size())};
  for (auto asn : hops)
    for (int shift = 24; shift >= 0; shift -= 8) bytes.push_back(static_cast<std::uint8_t>(asn >> shift));
  return bytes;
}

/// 1 and 2 are customers of 10 and 20; 10 and 20 have no providers; 5 says nothing.
AspaTable table() {
  AspaTable table("t");
  table.replace({"s"}, {{1, {10, 20}}, {2, {20}}, {10, {}}, {20, {}}});
  return table;
}

}  // namespace

TEST_CASE(
    "draft-ietf-sidrops-aspa-verification 6.1: from a customer or peer, a path climbs from provider to provider") {
  struct {
    const char* name;
    std::vector<std::uint32_t> hops;
    AspaState state;
  } cases[] = {
      {"the origin alone", {1}, AspaState::valid},     {"attested", {10, 1}, AspaState::valid},
      {"prepended", {10, 1, 1, 1}, AspaState::valid},  {"denied", {30, 1}, AspaState::invalid},
      {"nobody attests", {30, 5}, AspaState::unknown}, {"one denies, one says nothing", {5, 10, 1}, AspaState::invalid},
      {"down again", {2, 20, 1}, AspaState::invalid},
  };
  for (auto& c : cases) {
    INFO(std::string(c.name));
    CHECK(table().check(path(c.hops), true) == c.state);
  }
}

TEST_CASE(
    "draft-ietf-sidrops-aspa-verification 6.2: from a provider, a path climbs, may go one step sideways, and "
    "descends") {
  struct {
    const char* name;
    std::vector<std::uint32_t> hops;
    AspaState state;
  } cases[] = {
      {"the origin alone", {1}, AspaState::valid},
      {"up and down", {2, 20, 1}, AspaState::valid},
      {"up, sideways, down", {2, 20, 10, 1}, AspaState::valid},
      {"two steps sideways", {20, 30, 10, 1}, AspaState::invalid},
      {"a valley", {20, 1, 10, 1}, AspaState::invalid},
      {"ASes that say nothing where it would descend", {5, 6, 10, 1}, AspaState::unknown},
  };
  for (auto& c : cases) {
    INFO(std::string(c.name));
    CHECK(table().check(path(c.hops), false) == c.state);
  }
}

TEST_CASE("draft-ietf-sidrops-aspa-verification: an empty path and one with a set are invalid both ways") {
  for (bool upstream : {false, true}) {
    CHECK(table().check({}, upstream) == AspaState::invalid);
    CHECK(table().check(path({10, 1}, proto::SegmentType::set), upstream) == AspaState::invalid);
  }
}

TEST_CASE("an ASPA table: several sources add providers, and one that says nothing more takes only its own away") {
  auto both = table();
  CHECK(both.replace({"other"}, {{1, {30}}}));
  CHECK(both.check(path({30, 1}), true) == AspaState::valid);
  CHECK_FALSE(both.replace({"other"}, {{1, {30}}}));
  CHECK(both.replace({"other"}, {}));
  CHECK(both.check(path({30, 1}), true) == AspaState::invalid);
  CHECK(both.check(path({10, 1}), true) == AspaState::valid);
}
