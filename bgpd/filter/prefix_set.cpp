#include "bgpd/filter/prefix_set.hpp"

#include <algorithm>

#include "bgpd/filter/prefix_set_text.hpp"

namespace avocet::filter {
namespace {

template <class Bits>
Bits bits_of(const proto::Address& address) {
  if constexpr (sizeof(Bits) == 4)
    return address.v4_bits();
  else
    return static_cast<Bits>(address.high) << 64 | address.low;
}

template <class Bits>
proto::Prefix prefix_of(Bits address, std::uint8_t length) {
  if constexpr (sizeof(Bits) == 4)
    return {proto::Address::v4(address), proto::Family::ipv4, length};
  else
    return {proto::Address::v6(static_cast<std::uint64_t>(address >> 64), static_cast<std::uint64_t>(address)),
            proto::Family::ipv6, length};
}

/// Generated lists are often in order already.
template <class List, class Less>
void sort_if_needed(List& list, Less less) {
  if (!std::is_sorted(list.begin(), list.end(), less)) std::sort(list.begin(), list.end(), less);
}

}  // namespace

template <class Bits>
PrefixSet::Ranges<Bits>::Ranges(const std::vector<PrefixPattern>& written) {
  patterns.reserve(written.size());
  for (auto& [net, low, high] : written) patterns.push_back({bits_of<Bits>(net.address), net.length, low, high});
  sort_if_needed(patterns, std::less<>());
  patterns.erase(std::unique(patterns.begin(), patterns.end()), patterns.end());
  add_nodes();
  sort_if_needed(nodes, [](auto& a, auto& b) { return before(a, b); });
  unite_nodes();
  find_parents();
  constexpr std::size_t large = 64;
  if (nodes.size() >= large) find_starts();
}

/// Lengths shorter than the pattern's own name one prefix each: they become nodes of their own, so that every node
/// speaks only of what is inside it.
template <class Bits>
void PrefixSet::Ranges<Bits>::add_nodes() {
  nodes.reserve(patterns.size());
  auto all = ~Lengths();
  for (auto& [address, length, low, high] : patterns) {
    for (unsigned shorter = low; shorter < length && shorter <= high; ++shorter) {
      auto cut = shorter == 0 ? Bits{0} : address >> (width - shorter) << (width - shorter);
      nodes.push_back({cut, 0, Lengths().set(shorter), static_cast<std::uint8_t>(shorter)});
    }
    if (high < length) continue;
    auto first = std::max(low, length);
    nodes.push_back({address, 0, all >> (width - (high - first)) << first, length});
  }
}

template <class Bits>
void PrefixSet::Ranges<Bits>::unite_nodes() {
  std::size_t kept = 0;
  for (auto& node : nodes) {
    auto* last = kept ? &nodes[kept - 1] : nullptr;
    if (last && last->address == node.address && last->length == node.length)
      last->lengths |= node.lengths;
    else
      nodes[kept++] = node;
  }
  nodes.resize(kept, Node{});
}

template <class Bits>
void PrefixSet::Ranges<Bits>::find_parents() {
  for (std::uint32_t i = 0; i < nodes.size(); ++i) {
    auto& node = nodes[i];
    node.parent = i;
    if (i == 0) continue;
    for (auto up = i - 1;; up = nodes[up].parent) {
      if (nodes[up].holds(node.address, node.length)) {
        node.parent = up;
        node.lengths |= nodes[up].lengths;
        break;
      }
      if (nodes[up].parent == up) break;
    }
  }
}

template <class Bits>
void PrefixSet::Ranges<Bits>::find_starts() {
  auto shift = width - start_bits();
  auto count = std::size_t{1} << start_bits();
  starts = std::make_unique<std::uint32_t[]>(count + 1);
  std::uint32_t at = 0;
  for (std::size_t first_bits = 0; first_bits <= count; ++first_bits) {
    while (at < nodes.size() && nodes[at].address >> shift < first_bits) ++at;
    starts[first_bits] = at;
  }
}

template <class Bits>
bool PrefixSet::Ranges<Bits>::contains(Bits address, unsigned length) const {
  std::size_t first = 0, end = nodes.size();
  if (starts) {
    auto first_bits = static_cast<std::size_t>(address >> (width - start_bits()));
    first = starts[first_bits];
    end = starts[first_bits + 1];
  }
  // Behind the last node not after the prefix. No branch depends on a comparison: half of them would be guessed wrong.
  for (auto count = end - first; count > 0;) {
    auto half = (count + 1) / 2;
    auto& middle = nodes[first + half - 1];
    bool after = (middle.address > address) | ((middle.address == address) & (middle.length > length));
    first += after ? 0 : half;
    count = after ? half - 1 : count - half;
  }
  if (first == 0) return false;
  // Every node around the prefix is also around (or is) that last one.
  for (auto* node = &nodes[first - 1];; node = &nodes[node->parent]) {
    if (node->holds(address, length)) return node->lengths[length];
    if (&nodes[node->parent] == node) return false;
  }
}

PrefixSet::PrefixSet(const std::vector<PrefixPattern>& patterns, Dialect dialect)
    : ranges_(patterns.empty() || patterns.front().net.family == proto::Family::ipv4
                  ? decltype(ranges_)(Ranges4(patterns))
                  : Ranges6(patterns)),
      dialect_(dialect) {}

bool PrefixSet::contains(const proto::Prefix& net) const {
  if (net.family != family()) return false;
  if (auto* ranges = std::get_if<Ranges4>(&ranges_)) return ranges->contains(net.address.v4_bits(), net.length);
  return std::get<Ranges6>(ranges_).contains(bits_of<unsigned __int128>(net.address), net.length);
}

bool PrefixSet::empty() const {
  return std::visit([](auto& ranges) { return ranges.patterns.empty(); }, ranges_);
}

std::vector<PrefixPattern> PrefixSet::patterns() const {
  std::vector<PrefixPattern> patterns;
  auto gather = [&](auto& ranges) {
    for (auto& one : ranges.patterns) patterns.push_back({prefix_of(one.address, one.length), one.low, one.high});
  };
  std::visit(gather, ranges_);
  return patterns;
}

std::string PrefixSet::text() const { return prefix_set_text(patterns(), family(), dialect_); }

}  // namespace avocet::filter
