#pragma once
/// Routes as the kernel holds them, each kept once: most nets share a handful of next hops.
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "bgpd/kernel/netlink.hpp"

namespace avocet::kernel {

/// Interned KernelRoutes, references counted by hand. Id 0 means "nothing".
class KernelRoutes {
 public:
  std::uint32_t acquire(const KernelRoute& route);
  std::uint32_t acquire(std::uint32_t id);
  void release(std::uint32_t id);
  const KernelRoute& operator[](std::uint32_t id) const { return slots_[id - 1].route; }
  /// No id is higher.
  std::uint32_t limit() const { return static_cast<std::uint32_t>(slots_.size()); }
  std::size_t count() const { return ids_.size(); }

 private:
  struct Slot {
    KernelRoute route;
    std::uint32_t references = 0;
  };
  struct Hash {
    std::size_t operator()(const KernelRoute& route) const;
  };
  std::vector<Slot> slots_;
  std::vector<std::uint32_t> free_;
  std::unordered_map<KernelRoute, std::uint32_t, Hash> ids_;
};

}  // namespace avocet::kernel
