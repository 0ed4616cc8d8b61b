#include "bgpd/filter/prefix_set.hpp"

#include <algorithm>

#include "bgpd/filter/prefix_set_text.hpp"

namespace avocet::filter {

void PrefixSet::Lengths::add(unsigned from, unsigned to) {
  // The bits from..to of the 64 that begin at `first`.
  auto bits = [&](unsigned first) -> std::uint64_t {
    if (to < first || from > first + 63) return 0;
    auto all = ~std::uint64_t{0};
    return all << (from > first ? from - first : 0) & all >> (to < first + 63 ? first + 63 - to : 0);
  };
  low |= bits(0);
  high |= bits(64);
  whole |= from <= 128 && to >= 128;
}

void PrefixSet::Lengths::add(const Lengths& other) {
  low |= other.low;
  high |= other.high;
  whole |= other.whole;
}

PrefixSet::PrefixSet(std::vector<PrefixPattern> patterns, Dialect dialect) : patterns_(std::move(patterns)), dialect_(dialect) {
  auto less = [](const PrefixPattern& a, const PrefixPattern& b) {
    if (before(a.net, b.net)) return true;
    return a.net == b.net && (a.low != b.low ? a.low < b.low : a.high < b.high);
  };
  // Generated lists are often in order already.
  if (!std::is_sorted(patterns_.begin(), patterns_.end(), less)) std::sort(patterns_.begin(), patterns_.end(), less);
  patterns_.erase(std::unique(patterns_.begin(), patterns_.end()), patterns_.end());
  if (!patterns_.empty()) family_ = patterns_.front().net.family;

  // Lengths shorter than the pattern's own name one prefix each: they become nodes of their own, so that every node
  // speaks only of what is inside it.
  nodes_.reserve(patterns_.size());
  for (auto& [net, low, high] : patterns_) {
    for (unsigned length = low; length < net.length && length <= high; ++length) {
      nodes_.push_back({proto::Prefix::make(net.address, length), {}, 0});
      nodes_.back().net.family = net.family;
      nodes_.back().lengths.add(length, length);
    }
    if (high < net.length) continue;
    nodes_.push_back({net, {}, 0});
    nodes_.back().lengths.add(std::max(low, net.length), high);
  }
  std::sort(nodes_.begin(), nodes_.end(), [](auto& a, auto& b) { return before(a.net, b.net); });
  std::size_t kept = 0;
  for (auto& node : nodes_) {
    if (kept && nodes_[kept - 1].net == node.net) nodes_[kept - 1].lengths.add(node.lengths);
    else nodes_[kept++] = node;
  }
  nodes_.resize(kept);
  for (std::uint32_t i = 0; i < nodes_.size(); ++i) {
    nodes_[i].parent = i;
    if (i == 0) continue;
    for (auto up = i - 1;; up = nodes_[up].parent) {
      if (nodes_[up].net.contains(nodes_[i].net)) {
        nodes_[i].parent = up;
        nodes_[i].lengths.add(nodes_[up].lengths);
        break;
      }
      if (nodes_[up].parent == up) break;
    }
  }
}

bool PrefixSet::contains(const proto::Prefix& net) const {
  if (net.family != family_) return false;
  // Every node around `net` is also around (or is) the last node not after it.
  auto after = std::upper_bound(nodes_.begin(), nodes_.end(), net, [](auto& n, auto& node) { return before(n, node.net); });
  if (after == nodes_.begin()) return false;
  for (auto node = &*std::prev(after);; node = &nodes_[node->parent]) {
    if (node->net.contains(net)) return node->lengths.has(net.length);
    if (&nodes_[node->parent] == node) return false;
  }
}

std::string PrefixSet::text() const { return prefix_set_text(patterns_, family_, dialect_); }

}  // namespace avocet::filter
