#include "bgpd/rib/interfaces.hpp"

#include <algorithm>

#include <net/if.h>

namespace avocet::rib {

const Interface* Interfaces::find(std::uint32_t index) const {
  auto at = std::lower_bound(list_.begin(), list_.end(), index, [](auto& i, auto wanted) { return i.index < wanted; });
  return at != list_.end() && at->index == index ? &*at : nullptr;
}

const Interface* Interfaces::find(std::string_view name) const {
  auto at = std::find_if(list_.begin(), list_.end(), [&](auto& i) { return i.name == name; });
  return at != list_.end() ? &*at : nullptr;
}

void Interfaces::set(Interface interface) {
  auto at = std::lower_bound(list_.begin(), list_.end(), interface.index,
                             [](auto& i, auto wanted) { return i.index < wanted; });
  if (at != list_.end() && at->index == interface.index)
    *at = std::move(interface);
  else
    list_.insert(at, std::move(interface));
}

void Interfaces::remove(std::uint32_t index) {
  std::erase_if(list_, [&](auto& i) { return i.index == index; });
}

namespace {

/// Whether a host with this address can be on the link: not the network or broadcast address of an IPv4 subnet.
bool on_link(const InterfaceAddress& ours, const proto::Address& address) {
  if (ours.peer) return *ours.peer == address || (ours.net.contains(address) && ours.net.length != 0);
  if (!ours.net.contains(address)) return false;
  if (ours.net.family != proto::Family::ipv4 || ours.net.length >= 31) return true;
  auto host_bits = address.v4_bits() & (0xffffffffu >> ours.net.length);
  return host_bits != 0 && host_bits != 0xffffffffu >> ours.net.length;
}

}  // namespace

const Interface* Interfaces::neighbor(const proto::Address& address, std::uint32_t hint) const {
  if (address.is_link_local()) {
    auto* interface = find(hint);
    return interface && interface->up ? interface : nullptr;
  }
  const Interface* best = nullptr;
  int best_length_bits = -1;
  for (auto& interface : list_) {
    if (!interface.up || (hint && interface.index != hint)) continue;
    for (auto& ours : interface.addresses)
      if (ours.net.length > best_length_bits && on_link(ours, address)) {
        best = &interface;
        best_length_bits = ours.net.length;
      }
  }
  return best;
}

bool Interfaces::is_local(const proto::Address& address) const {
  for (auto& interface : list_)
    if (interface.up)
      for (auto& ours : interface.addresses)
        if (ours.address == address) return true;
  return false;
}

std::optional<proto::Address> Interfaces::local_towards(const Interface& interface,
                                                        const proto::Address& neighbor) const {
  if (!interface.up) return std::nullopt;
  if (neighbor.is_link_local()) return link_local(interface);
  const InterfaceAddress* best = nullptr;
  for (auto& ours : interface.addresses) {
    if (ours.address.family() != neighbor.family() || ours.address.is_link_local()) continue;
    bool better = !best || (on_link(ours, neighbor) && (!on_link(*best, neighbor) || ours.net.length > best->net.length)) ||
                  (best->secondary && !ours.secondary && !on_link(*best, neighbor));
    if (better) best = &ours;
  }
  if (!best) return std::nullopt;
  return best->address;
}

std::optional<proto::Address> Interfaces::link_local(const Interface& interface) const {
  if (interface.up)
    for (auto& ours : interface.addresses)
      if (ours.address.is_link_local()) return ours.address;
  return std::nullopt;
}

std::uint32_t Interfaces::pick_router_id() const {
  for (auto& interface : list_) {
    if (!interface.up || (interface.flags & IFF_LOOPBACK)) continue;
    std::uint32_t lowest = 0;
    for (auto& ours : interface.addresses)
      if (ours.address.is_v4() && !ours.secondary && !ours.address.is_loopback() &&
          (lowest == 0 || ours.address.v4_bits() < lowest))
        lowest = ours.address.v4_bits();
    if (lowest) return lowest;
  }
  return 0;
}

}  // namespace avocet::rib
