#include "bgpd/filter/prefix_set_text.hpp"

#include <algorithm>
#include <map>

#include <fmt/format.h>

namespace avocet::filter {
namespace {

constexpr unsigned stride = 4;  // bits a node of BIRD 2's tries decides
constexpr unsigned round_down(unsigned length) { return length - length % stride; }

/// Lengths as BIRD shows them: bits of an address, the first bit for length 1. Length 0 has none.
struct LengthBits {
  std::uint64_t high = 0, low = 0;  ///< length 1 is the top bit of `high`
  void add(unsigned from, unsigned to) {
    for (auto length = std::max(from, 1u); length <= to; ++length) (length > 64 ? low : high) |= std::uint64_t{1} << ((128 - length) % 64);
  }
  bool any() const { return high | low; }
  std::string text(proto::Family family) const {
    return (family == proto::Family::ipv4 ? proto::Address::v4(static_cast<std::uint32_t>(high >> 32)) : proto::Address::v6(high, low)).text();
  }
};

proto::Prefix cut(const proto::Prefix& net, unsigned length) {
  auto shorter = proto::Prefix::make(net.address, length);
  shorter.family = net.family;
  return shorter;
}

/// `count` bits of an address behind its first `from` bits.
unsigned bits_of(const proto::Prefix& net, unsigned from, unsigned count) {
  unsigned bits = 0;
  for (auto i = from; i < from + count; ++i) {
    auto place = proto::max_length_bits(net.family) - 1 - i;
    bits = bits << 1 | ((place < 64 ? net.address.low >> place : net.address.high >> (place - 64)) & 1);
  }
  return bits;
}

/// The prefix of `length` bits inside `net` that goes on with `bits`.
proto::Prefix inside(const proto::Prefix& net, unsigned length, unsigned bits) {
  auto longer = net;
  longer.length = static_cast<std::uint8_t>(length);
  for (auto place = proto::max_length_bits(net.family) - length; bits; bits >>= 1, ++place)
    if (bits & 1) (place < 64 ? longer.address.low : longer.address.high) |= std::uint64_t{1} << (place % 64);
  return longer;
}

std::string entry(const proto::Prefix& net, const LengthBits& lengths) { return fmt::format("{}{{{}}}", net.text(), lengths.text(net.family)); }

/// The trie of BIRD 2: nodes at lengths that are multiples of four; the three lengths between have 14 bits in the node.
class Trie {
 public:
  Trie(std::span<const PrefixPattern> patterns, proto::Family family) {
    proto::Prefix root;
    root.family = family;
    if (family == proto::Family::ipv4) root.address = proto::Address::v4(0);
    nodes_[root];
    for (auto pattern : patterns) place(shortened(pattern));
    branch();
    for (auto pattern : patterns) fill(shortened(pattern));
  }

  void write(std::vector<std::string>& entries) const {
    for (auto& [net, node] : nodes_) {
      if (node.lengths.any()) entries.push_back(entry(net, node.lengths));
      write_between(net, node.between, entries);
    }
  }

 private:
  struct Node {
    LengthBits lengths;
    std::uint16_t between = 0;  ///< a heap: bit 1 is the node, bits 2i and 2i+1 are one bit longer than bit i
  };
  struct Before {
    bool operator()(const proto::Prefix& a, const proto::Prefix& b) const {
      return a.address != b.address ? a.address < b.address : a.length < b.length;
    }
  };

  static PrefixPattern shortened(PrefixPattern pattern) {
    if (pattern.high < pattern.net.length) pattern.net = cut(pattern.net, pattern.high);
    return pattern;
  }

  /// Calls visit(net) for the nodes one stride below the pattern's own, if it reaches them.
  template <class Visit> static void for_children(const PrefixPattern& pattern, Visit visit) {
    auto length = round_down(pattern.net.length) + stride;
    if (pattern.net.length % stride == 0 || pattern.high < length) return;
    for (unsigned bits = 0; bits < 1u << (length - pattern.net.length); ++bits) visit(inside(pattern.net, length, bits));
  }

  void place(const PrefixPattern& pattern) {
    nodes_[cut(pattern.net, round_down(pattern.net.length))];
    for_children(pattern, [&](const proto::Prefix& child) { nodes_[child]; });
  }

  /// Where two nodes part there is a node, too.
  void branch() {
    std::vector<proto::Prefix> nets;
    for (auto& [net, node] : nodes_) nets.push_back(net);
    for (std::size_t i = 1; i < nets.size(); ++i) {
      auto &a = nets[i - 1], &b = nets[i];
      auto common = std::min({proto::common_bits(a.family, a.address, b.address), unsigned{a.length}, unsigned{b.length}});
      nodes_[cut(a, round_down(common))];
    }
  }

  void fill(const PrefixPattern& pattern) {
    auto& net = pattern.net;
    auto own = round_down(net.length);
    for (unsigned length = 0; length <= own; length += stride) {
      auto at = nodes_.find(cut(net, length));
      if (at == nodes_.end()) continue;
      auto& node = at->second;
      node.lengths.add(pattern.low, std::min<unsigned>(pattern.high, net.length == length ? pattern.high : length));
      for (auto m = std::max<unsigned>(length + 1, pattern.low); m < length + stride && m < net.length; ++m)
        node.between |= static_cast<std::uint16_t>(1u << (1u << (m - length) | bits_of(net, length, m - length)));
    }
    if (net.length == own) return;
    auto first = 1u << (net.length - own) | bits_of(net, own, net.length - own);
    auto& between = nodes_[cut(net, own)].between;
    for (unsigned m = net.length, count = 1; m < own + stride && m <= pattern.high; ++m, first *= 2, count *= 2)
      for (unsigned i = 0; i < count && m >= pattern.low; ++i) between |= static_cast<std::uint16_t>(1u << (first + i));
    for_children(pattern, [&](const proto::Prefix& child) { nodes_[child].lengths.add(std::max<unsigned>(pattern.low, child.length), pattern.high); });
  }

  /// A prefix whose halves are all there, too, is written once with all these lengths.
  static void write_between(const proto::Prefix& net, std::uint16_t between, std::vector<std::string>& entries) {
    for (unsigned i = 2; i < 16; ++i) {
      if (!(between >> i & 1)) continue;
      unsigned depth = i >= 8 ? 3 : i >= 4 ? 2 : 1;
      LengthBits lengths;
      auto length = net.length + depth;
      lengths.add(length, length);
      for (unsigned first = 2 * i, count = 2; first < 16; first *= 2, count *= 2) {
        auto halves = static_cast<std::uint16_t>(((1u << count) - 1) << first);
        if ((between & halves) != halves) break;
        between &= static_cast<std::uint16_t>(~halves);
        ++length;
        lengths.add(length, length);
      }
      entries.push_back(entry(inside(net, net.length + depth, i - (1u << depth)), lengths));
    }
  }

  std::map<proto::Prefix, Node, Before> nodes_;
};

/// The trie of BIRD 1.6 has a node for each prefix.
void write_plain(std::span<const PrefixPattern> patterns, std::vector<std::string>& entries) {
  for (std::size_t i = 0; i < patterns.size();) {
    auto& net = patterns[i].net;
    LengthBits lengths;
    for (; i < patterns.size() && patterns[i].net == net; ++i) lengths.add(patterns[i].low, patterns[i].high);
    if (lengths.any()) entries.push_back(entry(net, lengths));
  }
}

}  // namespace

std::string prefix_set_text(std::span<const PrefixPattern> patterns, proto::Family family, Dialect dialect) {
  std::vector<std::string> entries;
  if (std::any_of(patterns.begin(), patterns.end(), [](auto& pattern) { return pattern.low == 0; }))
    entries.push_back(family == proto::Family::ipv4 ? "0.0.0.0/0" : "::/0");
  if (dialect == Dialect::bird1) write_plain(patterns, entries);
  else Trie(patterns, family).write(entries);
  return fmt::format("[{}]", fmt::join(entries, ", "));
}

}  // namespace avocet::filter
