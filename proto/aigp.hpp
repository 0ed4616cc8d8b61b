#pragma once
/// The accumulated IGP metric attribute, RFC 7311: a list of TLVs, of which type 1 is the metric.
#include <cstdint>
#include <optional>
#include <vector>

#include "proto/attributes.hpp"

namespace avocet::proto {

/// Larger than any distance: what has it is the worst.
constexpr std::uint64_t aigp_max = 0xffffffffffffffff;

/// From here on a distance is as good as unknown, as in BIRD.
constexpr std::uint32_t distance_unknown = 0x80000000;

/// Why an attribute value is malformed (section 3: it is discarded then); nullptr if it is well-formed.
const char* aigp_fault(Bytes value);
/// The metric of the first TLV that is one. The value must be well-formed.
std::optional<std::uint64_t> aigp_metric(Bytes value);
/// The value with this metric in place of the one it had, or with the metric added; other TLVs stay.
std::vector<std::uint8_t> with_aigp_metric(Bytes value, std::uint64_t metric);

/// The metric seen from here (section 3.4): `distance` to the next hop, at least one, is added; without it all is lost.
std::uint64_t aigp_from_here(std::uint64_t metric, std::optional<std::uint32_t> distance);

}  // namespace avocet::proto
