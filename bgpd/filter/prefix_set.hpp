#pragma once
/// Sets of prefixes with the patterns P, P+, P- and P{a,b} (reference 7.2).
#include <bit>
#include <bitset>
#include <cstdint>
#include <memory>
#include <variant>
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
  explicit PrefixSet(const std::vector<PrefixPattern>& patterns, Dialect dialect = Dialect::bird2);
  bool contains(const proto::Prefix& net) const;
  bool empty() const;
  proto::Family family() const {
    return std::holds_alternative<Ranges4>(ranges_) ? proto::Family::ipv4 : proto::Family::ipv6;
  }
  /// BIRD's form: prefixes with the bits of the lengths accepted, "10.0.0.0/8{1.255.255.255}". It shows the nodes of
  /// BIRD's tries, which BIRD 2 cuts at every fourth bit.
  std::string text() const;
  std::vector<PrefixPattern> patterns() const;  ///< sorted
  friend bool operator==(const PrefixSet& a, const PrefixSet& b) { return a.ranges_ == b.ranges_; }

 private:
  /// What is kept for one family, whose addresses are numbers of this type: lists have tens of thousands of entries,
  /// and most are of IPv4.
  template <class Bits>
  struct Ranges {
    static constexpr unsigned width = sizeof(Bits) * 8;
    using Lengths = std::bitset<width + 1>;

    struct Pattern {
      Bits address;
      std::uint8_t length, low, high;
      friend auto operator<=>(const Pattern&, const Pattern&) = default;
    };
    /// Accepts the prefixes inside of it that have one of these lengths.
    struct Node {
      Bits address;
      std::uint32_t parent;  ///< the nearest node around it; itself if there is none
      Lengths lengths;       ///< with those of all nodes around it
      std::uint8_t length;
      bool holds(Bits other, unsigned other_length) const {
        return length <= other_length && (length == 0 || (address ^ other) >> (width - length) == 0);
      }
      friend bool before(const Node& a, const Node& b) {
        return a.address != b.address ? a.address < b.address : a.length < b.length;
      }
    };

    std::vector<Pattern> patterns;  ///< sorted
    std::vector<Node> nodes;        ///< a node stands before those inside it
    /// Of large sets: for each value of an address's first bits the first node that begins with it or a greater one,
    /// and the count of nodes. The search then has few nodes left, and those stand side by side.
    std::unique_ptr<std::uint32_t[]> starts;

    explicit Ranges(const std::vector<PrefixPattern>& written);
    void add_nodes();
    void unite_nodes();
    void find_parents();
    void find_starts();
    unsigned start_bits() const { return static_cast<unsigned>(std::bit_width(nodes.size())) - 1; }
    bool contains(Bits address, unsigned length) const;
    friend bool operator==(const Ranges& a, const Ranges& b) { return a.patterns == b.patterns; }
  };
  using Ranges4 = Ranges<std::uint32_t>;
  using Ranges6 = Ranges<unsigned __int128>;

  std::variant<Ranges4, Ranges6> ranges_;
  Dialect dialect_;
};
using PrefixSetPtr = std::shared_ptr<const PrefixSet>;

}  // namespace avocet::filter
