#include "bgpd/rib/nexthop_table.hpp"

#include <algorithm>

namespace avocet::rib {

NextHops::NextHops(const Interfaces& interfaces, FindCovering covering)
    : interfaces_(interfaces), covering_(std::move(covering)) {}

NextHopId NextHops::intern(const NextHopKey& key) {
  if (auto known = ids_.find(key); known != ids_.end()) {
    ++entries_[known->second.value].references;
    return known->second;
  }
  NextHopId id;
  if (free_.empty()) {
    id.value = static_cast<std::uint32_t>(entries_.size());
    entries_.emplace_back();
  } else {
    id.value = free_.back();
    free_.pop_back();
  }
  auto& entry = entries_[id.value];
  entry = Entry{.key = key, .references = 1, .direct = resolve_direct(key)};
  ids_.emplace(key, id);
  return id;
}

void NextHops::release(NextHopId id) {
  auto& entry = entries_[id.value];
  if (--entry.references) return;
  for (auto& lookup : entry.lookups) drop_dependent(*lookup.igp, id);
  ids_.erase(entry.key);
  entry = Entry();
  free_.push_back(id.value);
}

const Resolution& NextHops::recursive(NextHopId id, const Table& igp) const {
  auto& entry = entries_[id.value];
  for (auto& lookup : entry.lookups)
    if (lookup.igp == &igp) return lookup.resolution;
  auto& dependents = dependents_[&igp];
  dependents.sorted.emplace_back(entry.key.address, id);
  dependents.in_order = false;
  return entry.lookups.emplace_back(Lookup{&igp, resolve_recursive(entry.key, igp)}).resolution;
}

Resolution NextHops::resolve_direct(const NextHopKey& key) const {
  // The link-local address beside a global one is not needed for a direct gateway: BIRD takes the global one too.
  auto& gateway = key.address.is_unspecified() ? key.link_local : key.address;
  Resolution result;
  if (gateway.is_unspecified() || interfaces_.is_local(gateway)) return result;
  auto* interface = interfaces_.neighbor(gateway, gateway.is_link_local() ? key.ifindex : 0);
  if (!interface) return result;
  result.reachable = true;
  result.kind = proto::DestinationKind::unicast;
  result.hops.push_back({.gateway = gateway, .ifindex = interface->index});
  result.igp_metric = 0;
  return result;
}

Resolution NextHops::resolve_recursive(const NextHopKey& key, const Table& igp) const {
  Resolution result;
  result.recursive = true;
  if (key.address.is_unspecified() || key.address.is_link_local()) return result;
  auto covering = covering_(igp, key.address);
  if (!covering || covering->recursive) return result;
  for (auto& hop : covering->resolution.hops) {
    bool on_link = hop.gateway.is_unspecified();
    // An address of our own on that very link leads nowhere.
    if (on_link && interfaces_.is_local(key.address)) return result;
    if (on_link) hop.gateway = key.link_local.is_unspecified() ? key.address : key.link_local;
  }
  result = std::move(covering->resolution);
  result.recursive = true;
  return result;
}

void NextHops::set_changed(Entry& entry) {
  entry.changed = true;
  any_changed_ = true;
  ++change_count_;
}

void NextHops::interfaces_changed() {
  for (auto& entry : entries_) {
    if (!entry.references) continue;
    if (auto now = resolve_direct(entry.key); now != entry.direct) {
      entry.direct = std::move(now);
      set_changed(entry);
    }
    for (auto& lookup : entry.lookups)
      if (auto now = resolve_recursive(entry.key, *lookup.igp); now != lookup.resolution) {
        lookup.resolution = std::move(now);
        set_changed(entry);
      }
  }
}

void NextHops::look_up_again(NextHopId id, const Table& igp) {
  auto& entry = entries_[id.value];
  for (auto& lookup : entry.lookups) {
    if (lookup.igp != &igp) continue;
    if (auto now = resolve_recursive(entry.key, igp); now != lookup.resolution) {
      lookup.resolution = std::move(now);
      set_changed(entry);
    }
  }
}

void NextHops::table_changed(const Table& igp, std::span<const NetId> nets) {
  auto found = dependents_.find(&igp);
  if (found == dependents_.end()) return;
  auto& [sorted, in_order] = found->second;
  if (!in_order) {
    std::sort(sorted.begin(), sorted.end());
    in_order = true;
  }
  for (auto net : nets) {
    auto prefix = igp.prefix(net);
    auto at = std::lower_bound(sorted.begin(), sorted.end(), std::pair(prefix.address, NextHopId{0}));
    for (; at != sorted.end() && prefix.contains(at->first); ++at) look_up_again(at->second, igp);
  }
}

void NextHops::drop_dependent(const Table& igp, NextHopId id) {
  auto& [sorted, in_order] = dependents_[&igp];
  std::erase_if(sorted, [&](auto& dependent) { return dependent.second == id; });
}

void NextHops::forget_table(const Table& igp) {
  dependents_.erase(&igp);
  for (auto& entry : entries_) std::erase_if(entry.lookups, [&](auto& lookup) { return lookup.igp == &igp; });
}

void NextHops::clear_changed() {
  if (!any_changed_) return;
  for (auto& entry : entries_) entry.changed = false;
  any_changed_ = false;
}

}  // namespace avocet::rib
