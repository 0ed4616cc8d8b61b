#pragma once
/// AS path masks `[= 1 * 3+ [4, 5] =]` (reference 7.2), matched in time linear in the path.
#include <memory>
#include <string>
#include <vector>

#include "bgpd/filter/set.hpp"

namespace avocet::filter {

/// One item of a mask.
struct MaskItem {
  enum class Kind : std::uint8_t {
    range,      ///< one AS between `low` and `high`
    any,        ///< `?`: one AS
    run,        ///< `*`: any number of them
    set,        ///< one AS out of `set`
    parameter,  ///< one AS, known when the filter runs: the value number `low` given to `fill_mask`
  } kind = Kind::range;
  bool repeated = false;  ///< `+`: once or more
  std::uint32_t low = 0, high = 0;
  const Set* set = nullptr;
  friend bool operator==(const MaskItem& a, const MaskItem& b);
};

/// A mask with what its items point to.
struct PathMask {
  std::vector<MaskItem> items;
  std::vector<SetPtr> sets;
};

using MaskView = std::span<const MaskItem>;
inline MaskView mask_of(const Value& value) { return {static_cast<const MaskItem*>(value.object), value.size}; }

/// The whole path must match. A set is one position that matches any of its members; confederation segments count too.
bool matches(MaskView mask, proto::Bytes path);
/// "[= 1 * 3 =]"
std::string mask_text(MaskView mask);

}  // namespace avocet::filter
