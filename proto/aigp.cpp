#include "proto/aigp.hpp"

#include <algorithm>
#include <utility>

namespace avocet::proto {
namespace {

constexpr std::uint8_t metric_type = 1;
constexpr std::size_t header_bytes = 3, metric_bytes = header_bytes + 8;  // type, length of the whole TLV, value

std::size_t tlv_bytes(Bytes tlv) { return static_cast<std::size_t>(tlv[1]) << 8 | tlv[2]; }

}  // namespace

const char* aigp_fault(Bytes value) {
  if (value.empty()) return "AIGP is empty";
  while (!value.empty()) {
    if (value.size() < header_bytes) return "a TLV of AIGP is cut off";
    auto size = tlv_bytes(value);
    if (size < header_bytes) return "a TLV of AIGP is shorter than its header";
    if (size > value.size()) return "a TLV of AIGP is longer than the attribute";
    if (value[0] == metric_type && size != metric_bytes) return "the metric of AIGP is not eight bytes long";
    value = value.subspan(size);
  }
  return nullptr;
}

std::optional<std::uint64_t> aigp_metric(Bytes value) {
  for (; !value.empty(); value = value.subspan(tlv_bytes(value))) {
    if (value[0] != metric_type) continue;
    std::uint64_t metric = 0;
    for (auto byte : value.subspan(header_bytes, 8)) metric = metric << 8 | byte;
    return metric;
  }
  return std::nullopt;
}

std::vector<std::uint8_t> with_aigp_metric(Bytes value, std::uint64_t metric) {
  std::vector<std::uint8_t> result{metric_type, 0, metric_bytes};
  for (int shift = 56; shift >= 0; shift -= 8) result.push_back(static_cast<std::uint8_t>(metric >> shift));
  bool replaced = false;
  for (; !value.empty(); value = value.subspan(tlv_bytes(value))) {
    if (value[0] == metric_type && !std::exchange(replaced, true)) continue;
    auto tlv = value.first(tlv_bytes(value));
    result.insert(result.end(), tlv.begin(), tlv.end());
  }
  return result;
}

std::uint64_t aigp_from_here(std::uint64_t metric, std::optional<std::uint32_t> distance) {
  if (!distance || *distance >= distance_unknown) return aigp_max;
  std::uint64_t step = std::max(*distance, 1u);
  return metric + step < metric ? aigp_max : metric + step;
}

}  // namespace avocet::proto
