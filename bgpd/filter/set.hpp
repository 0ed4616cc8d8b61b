#pragma once
/// Sets of numbers, addresses, pairs, communities: sorted ranges of keys, so a thousand members cost ten comparisons.
#include <memory>
#include <vector>

#include "bgpd/filter/value.hpp"

namespace avocet::filter {

/// One element or a range of them, both ends included.
struct SetRange {
  Key low, high;
  friend bool operator==(const SetRange&, const SetRange&) = default;
};

/// Pairs with a range in the first half, as (*,4): as ranges of keys they would be one for each first half.
struct PairBlock {
  std::uint16_t asn_low, asn_high, data_low, data_high;
  friend auto operator<=>(const PairBlock&, const PairBlock&) = default;
};

/// Immutable after construction. Overlapping items are united.
class Set : public std::enable_shared_from_this<Set> {
 public:
  Set(StaticType element, std::vector<SetRange> ranges, std::vector<PairBlock> blocks = {});
  StaticType element() const { return element_; }
  bool empty() const { return ranges_.empty() && blocks_.empty(); }
  /// The element must be of the set's type.
  bool contains(const Key& key) const;
  /// True if some value is in both.
  bool overlaps(const Set& other) const;
  /// The items in order, each as it was written: what overlaps stands there twice, as in BIRD before 2.18.
  std::string text() const;
  bool has_overlaps() const { return !written_.empty(); }
  /// From now on text() unites what overlaps.
  void unite_text() { written_.clear(); }
  const std::vector<SetRange>& ranges() const { return ranges_; }
  const std::vector<PairBlock>& blocks() const { return blocks_; }
  friend bool operator==(const Set& a, const Set& b) {
    return a.element_ == b.element_ && a.ranges_ == b.ranges_ && a.blocks_ == b.blocks_;
  }

 private:
  /// All items as blocks; for sets of pairs.
  std::vector<PairBlock> as_blocks() const;

  StaticType element_;
  std::vector<SetRange> ranges_;
  std::vector<SetRange> written_;  ///< sorted, for the text; empty if it is the same as ranges_
  std::vector<PairBlock> blocks_;
};
using SetPtr = std::shared_ptr<const Set>;

/// The key of a value among values of its type; quads count as IPv4 addresses.
Key set_key(const Value& value);
/// The type that elements are compared as: a quad is an ip.
StaticType element_type(StaticType type);

}  // namespace avocet::filter
