#pragma once
/// Sets of prefixes with the patterns P, P+, P- and P{a,b} (reference 7.2).
#include <cstdint>
#include <memory>
#include <vector>

#include "bgpd/filter/value.hpp"

namespace avocet::filter {

/// Prefixes of `low`..`high` bits that agree with `net` in as many bits as both have.
struct PrefixPattern {
  proto::Prefix net;
  std::uint8_t low = 0, high = 0;
  static PrefixPattern exact(const proto::Prefix& net) { return {net, net.length, net.length}; }
  friend bool operator==(const PrefixPattern&, const PrefixPattern&) = default;
};

/// Immutable after construction. A question costs one binary search, whatever the patterns.
class PrefixSet : public std::enable_shared_from_this<PrefixSet> {
 public:
  /// All patterns are of one family. The dialect decides only how the set is written.
  explicit PrefixSet(std::vector<PrefixPattern> patterns, Dialect dialect = Dialect::bird2);
  bool contains(const proto::Prefix& net) const;
  bool empty() const { return patterns_.empty(); }
  proto::Family family() const { return patterns_.empty() ? proto::Family::ipv4 : patterns_.front().net.family; }
  /// BIRD's form: prefixes with the bits of the lengths accepted, "10.0.0.0/8{1.255.255.255}". It shows the nodes of
  /// BIRD's tries, which BIRD 2 cuts at every fourth bit.
  std::string text() const;
  const std::vector<PrefixPattern>& patterns() const { return patterns_; }  ///< sorted
  friend bool operator==(const PrefixSet& a, const PrefixSet& b) { return a.patterns_ == b.patterns_; }

 private:
  /// Bits 0..128.
  struct Lengths {
    std::uint64_t low = 0, high = 0;
    bool whole = false;
    void add(unsigned from, unsigned to);
    void add(const Lengths& other);
    bool has(unsigned length) const {
      return length < 64 ? low >> length & 1 : length < 128 ? high >> (length - 64) & 1 : whole;
    }
  };
  /// Accepts the prefixes inside `net` that have one of these lengths.
  struct Node {
    proto::Prefix net;
    Lengths lengths;            ///< with those of all nodes around it
    std::uint32_t parent;       ///< the nearest node around it; itself if there is none
  };
  static bool before(const proto::Prefix& a, const proto::Prefix& b) {
    return a.address != b.address ? a.address < b.address : a.length < b.length;
  }

  std::vector<PrefixPattern> patterns_;  ///< sorted
  std::vector<Node> nodes_;              ///< a node stands before those inside it
  proto::Family family_ = proto::Family::ipv4;
  Dialect dialect_;
};
using PrefixSetPtr = std::shared_ptr<const PrefixSet>;

}  // namespace avocet::filter
