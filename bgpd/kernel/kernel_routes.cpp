#include "bgpd/kernel/kernel_routes.hpp"

namespace avocet::kernel {

std::size_t KernelRoutes::Hash::operator()(const KernelRoute& route) const {
  std::size_t hash = static_cast<std::size_t>(route.kind) * 31 + route.metric;
  for (auto& hop : route.hops) hash = hash * 1000003 + std::hash<proto::Address>{}(hop.gateway) + hop.ifindex * 7 + hop.weight;
  return hash * 31 + std::hash<proto::Address>{}(route.prefsrc);
}

std::uint32_t KernelRoutes::acquire(const KernelRoute& route) {
  if (auto known = ids_.find(route); known != ids_.end()) return acquire(known->second);
  std::uint32_t id;
  if (free_.empty()) {
    slots_.push_back({route, 1});
    id = limit();
  } else {
    id = free_.back();
    free_.pop_back();
    slots_[id - 1] = {route, 1};
  }
  ids_.emplace(route, id);
  return id;
}

std::uint32_t KernelRoutes::acquire(std::uint32_t id) {
  if (id) ++slots_[id - 1].references;
  return id;
}

void KernelRoutes::release(std::uint32_t id) {
  if (!id || --slots_[id - 1].references) return;
  ids_.erase(slots_[id - 1].route);
  slots_[id - 1].route = {};
  free_.push_back(id);
}

}  // namespace avocet::kernel
