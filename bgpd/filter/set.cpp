#include "bgpd/filter/set.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace avocet::filter {
namespace {

Value element_value(StaticType element, const Key& key) { return {element.type, element.tag, {}, 0, key, nullptr}; }

std::string pair_half(std::uint16_t low, std::uint16_t high) {
  if (low == high) return fmt::format("{}", low);
  return low == 0 && high == 0xffff ? "*" : fmt::format("{}..{}", low, high);
}

}  // namespace

Key set_key(const Value& value) {
  if (!value.is(Type::quad)) return value.key;
  auto address = proto::Address::v4(value.u32());
  return {address.high, address.low};
}

StaticType element_type(StaticType type) { return type.type == Type::quad ? StaticType{Type::ip} : type; }

Set::Set(StaticType element, std::vector<SetRange> ranges, std::vector<PairBlock> blocks)
    : element_(element), blocks_(std::move(blocks)) {
  std::stable_sort(ranges.begin(), ranges.end(), [](auto& a, auto& b) { return a.low < b.low; });
  for (auto& range : ranges) {
    if (!ranges_.empty() && range.low <= ranges_.back().high)
      ranges_.back().high = std::max(ranges_.back().high, range.high);
    else
      ranges_.push_back(range);
  }
  if (ranges_.size() < ranges.size()) written_ = std::move(ranges);
  std::sort(blocks_.begin(), blocks_.end());
  blocks_.erase(std::unique(blocks_.begin(), blocks_.end()), blocks_.end());
}

bool Set::contains(const Key& key) const {
  auto after = std::upper_bound(ranges_.begin(), ranges_.end(), key, [](auto& k, auto& range) { return k < range.low; });
  if (after != ranges_.begin() && key <= std::prev(after)->high) return true;
  auto asn = static_cast<std::uint16_t>(key.low >> 16), data = static_cast<std::uint16_t>(key.low);
  return std::any_of(blocks_.begin(), blocks_.end(), [&](auto& block) {
    return block.asn_low <= asn && asn <= block.asn_high && block.data_low <= data && data <= block.data_high;
  });
}

bool Set::overlaps(const Set& other) const {
  if (element_ != other.element_) return false;
  auto meets = [&](const SetRange& range) {
    auto after = std::upper_bound(other.ranges_.begin(), other.ranges_.end(), range.high, [](auto& k, auto& r) { return k < r.low; });
    return after != other.ranges_.begin() && range.low <= std::prev(after)->high;
  };
  if (std::any_of(ranges_.begin(), ranges_.end(), meets)) return true;
  if (blocks_.empty() && other.blocks_.empty()) return false;
  auto ours = as_blocks(), theirs = other.as_blocks();
  return std::any_of(ours.begin(), ours.end(), [&](auto& a) {
    return std::any_of(theirs.begin(), theirs.end(), [&](auto& b) {
      return a.asn_low <= b.asn_high && b.asn_low <= a.asn_high && a.data_low <= b.data_high && b.data_low <= a.data_high;
    });
  });
}

/// A range of keys from (1,2) to (3,4) is the end of 1, the whole of 2 and the beginning of 3.
std::vector<PairBlock> Set::as_blocks() const {
  auto blocks = blocks_;
  for (auto& [low, high] : ranges_) {
    auto asn = [](const Key& key) { return static_cast<std::uint16_t>(key.low >> 16); };
    auto data = [](const Key& key) { return static_cast<std::uint16_t>(key.low); };
    constexpr std::uint16_t most = 0xffff;
    auto first = asn(low), last = asn(high);
    blocks.push_back({first, first, data(low), first == last ? data(high) : most});
    if (last - first > 1) blocks.push_back({static_cast<std::uint16_t>(first + 1), static_cast<std::uint16_t>(last - 1), 0, most});
    if (last != first) blocks.push_back({last, last, 0, data(high)});
  }
  return blocks;
}

std::string Set::text() const {
  std::string out = "[";
  auto separate = [&] { if (out.size() > 1) out += ", "; };
  for (auto& range : written_.empty() ? ranges_ : written_) {
    separate();
    out += to_text(element_value(element_, range.low));
    if (range.low != range.high) out += ".." + to_text(element_value(element_, range.high));
  }
  for (auto& block : blocks_) {
    separate();
    out += fmt::format("({},{})", pair_half(block.asn_low, block.asn_high), pair_half(block.data_low, block.data_high));
  }
  return out + "]";
}

}  // namespace avocet::filter
