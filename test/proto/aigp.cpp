#include "proto/aigp.hpp"

#include <doctest/doctest.h>

using namespace avocet::proto;
using Value = std::vector<std::uint8_t>;

namespace {

const Value metric_10{1, 0, 11, 0, 0, 0, 0, 0, 0, 0, 10};
const Value other{7, 0, 5, 0xaa, 0xbb};

Value joined(std::initializer_list<Value> parts) {
  Value all;
  for (auto& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

}  // namespace

TEST_CASE("RFC 7311 section 3: what is malformed") {
  CHECK(aigp_fault(metric_10) == nullptr);
  CHECK(aigp_fault(joined({other, metric_10, metric_10})) == nullptr);
  for (auto& bad : {Value{}, Value{1, 0}, Value{1, 0, 2}, Value{7, 0, 0}, Value{7, 0, 4},
                    Value{1, 0, 12, 0, 0, 0, 0, 0, 0, 0, 10, 0}, Value{1, 0, 3}, joined({metric_10, {9}})}) {
    CAPTURE(bad.size());
    CHECK(aigp_fault(bad) != nullptr);
  }
}

TEST_CASE("the first metric counts, wherever it stands") {
  CHECK(aigp_metric(joined({other, metric_10, with_aigp_metric({}, 99)})) == 10);
  CHECK(aigp_metric(other) == std::nullopt);
  CHECK(aigp_metric(Value{}) == std::nullopt);
  CHECK(aigp_metric(with_aigp_metric({}, 0x0102030405060708)) == 0x0102030405060708);
}

TEST_CASE("a new metric takes the place of the old one, and other TLVs stay") {
  auto changed = with_aigp_metric(joined({other, metric_10}), 11);
  CHECK(aigp_fault(changed) == nullptr);
  CHECK(aigp_metric(changed) == 11);
  CHECK(changed.size() == other.size() + metric_10.size());
  CHECK(Value(changed.end() - static_cast<std::ptrdiff_t>(other.size()), changed.end()) == other);
}

TEST_CASE("RFC 7311 section 3.4: the distance is added, at least one, and never overflows") {
  CHECK(aigp_from_here(10, 5) == 15);
  CHECK(aigp_from_here(10, 0) == 11);
  CHECK(aigp_from_here(10, std::nullopt) == aigp_max);
  CHECK(aigp_from_here(10, distance_unknown) == aigp_max);
  CHECK(aigp_from_here(aigp_max - 3, 5) == aigp_max);
}
