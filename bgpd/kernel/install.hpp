#pragma once
/// Our routes into the kernel's table: what should be there, what is there, and the requests that make them equal.
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "bgpd/kernel/netlink.hpp"
#include "bgpd/kernel/options.hpp"
#include "bgpd/rib/rib.hpp"

namespace avocet::kernel {

/// Interned KernelRoutes, reference counted: most nets share a handful of next hops. Id 0 means "nothing".
class KernelRoutes {
 public:
  std::uint32_t acquire(const KernelRoute& route);
  void release(std::uint32_t id);
  const KernelRoute& operator[](std::uint32_t id) const { return slots_[id - 1].route; }
  std::uint32_t limit() const { return static_cast<std::uint32_t>(slots_.size()); }

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

/// Follows one table for one kernel protocol. Costs 4 bytes and a few bits per net.
class Installer final : public rib::Follower {
 public:
  Installer(rib::Rib& rib, std::shared_ptr<rib::Channel> channel, Netlink& netlink, KernelOptions options);

  /// A net changed; what to do is decided in `work`, so a burst of changes costs one request.
  void changed(rib::Table& table, std::span<const rib::NetId> nets) override;
  /// Sends at most one batch. True if more is waiting.
  bool work();

  void reconfigure(KernelOptions options);   ///< the caller feeds all nets afterwards
  /// Routes with our protocol number that a previous life (or a scan) found and nobody wants are removed from now on.
  void allow_pruning(bool allow) { prune_ = allow; }

  void begin_scan();
  void scanned(const RouteMessage& message);  ///< a route with our protocol number in our table
  void end_scan();
  /// Somebody else changed or removed one of our routes.
  void disturbed(const RouteMessage& message);
  /// Routes over this interface may be gone from the kernel.
  void interface_lost(std::uint32_t index);
  /// A gateway may be reachable now: try again what failed.
  void retry_failed();

  /// Takes all our routes out of the kernel, at once.
  void remove_all();
  /// Forgets what is installed without touching the kernel (persist).
  void abandon();

  std::size_t installed() const { return installed_count_; }
  const std::vector<std::pair<proto::Prefix, int>>& take_new_failures();  ///< failures not reported before
  std::map<proto::Prefix, int> failures() const { return failed_; }
  bool failed(rib::NetId net) const;

 private:
  struct Removal {
    proto::Prefix net;
    std::uint32_t route;   // id in routes_, one reference held
  };
  std::optional<KernelRoute> desired(rib::NetId net);
  std::optional<KernelRoute> export_path(const rib::RouteView& view);
  void apply_tunnel(proto::AttributeView attributes, KernelRoute& route) const;
  void mark_dirty(rib::NetId net);
  void grow(std::uint32_t net);
  void set_installed(rib::NetId net, std::uint32_t id);
  void forget_net(rib::NetId net);
  void report(const proto::Prefix& net, int error_number);
  std::uint32_t normal_metric(std::uint32_t metric) const;

  rib::Rib& rib_;
  std::shared_ptr<rib::Channel> channel_;
  Netlink& netlink_;
  KernelOptions options_;
  bool prune_ = false;

  KernelRoutes routes_;
  std::vector<std::uint32_t> installed_;      // by NetId: id of the route in the kernel
  std::vector<std::uint8_t> flags_;           // by NetId, see below
  static constexpr std::uint8_t dirty_flag = 1, seen_flag = 2, touched_flag = 4, doubtful_flag = 8;
  std::deque<rib::NetId> dirty_;
  std::deque<Removal> removals_;
  std::size_t installed_count_ = 0;

  std::map<std::pair<proto::Prefix, std::uint32_t>, KernelRoute> leftovers_;  // found, ours by number, wanted by nobody yet
  bool scanning_ = false;
  std::map<proto::Prefix, int> failed_;       // errno of nets the kernel refused
  std::vector<std::pair<proto::Prefix, int>> new_failures_, reported_;
  RouteBatch batch_;
  filter::Edits edits_;
};

}  // namespace avocet::kernel
