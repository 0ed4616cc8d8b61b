#pragma once
/// Routes of others in the kernel's table, taken into ours: `learn`. Reference 6.3.
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <vector>

#include "bgpd/kernel/netlink.hpp"
#include "bgpd/kernel/options.hpp"
#include "bgpd/rib/rib.hpp"

namespace avocet::kernel {

/// Keeps what the kernel said about alien routes of one table and family; of each net the one with the lowest metric is
/// announced through the channel. Events and scans may come in any order.
class LearnedRoutes {
 public:
  explicit LearnedRoutes(std::shared_ptr<rib::Channel> channel) : channel_(std::move(channel)) {}

  /// Whether a message is of a kind to learn at all: not ours, not a cache entry, a net that can be routed.
  static bool wanted(const RouteMessage& message, Learn learn);

  void event(const RouteMessage& message);
  /// A scan lists all routes; those it does not mention are gone when it ends. Nets with an event meanwhile keep what the
  /// event said: the listing may be older.
  void begin_scan();
  void scanned(const RouteMessage& message);
  void end_scan();
  /// The kernel drops IPv4 routes over a dead interface without a word.
  void interface_lost(std::uint32_t index);
  void forget_all();

 private:
  struct Alien {
    std::uint8_t protocol, scope;
    KernelRoute route;
    std::uint32_t scan;
  };
  using Aliens = std::map<proto::Prefix, std::vector<Alien>>;  // per net ascending by metric
  void store(const RouteMessage& message);
  std::uint8_t usual_scope(const Alien& alien) const;
  void announce(const proto::Prefix& net, const Alien& alien);
  void withdraw(const proto::Prefix& net);

  std::shared_ptr<rib::Channel> channel_;
  Aliens aliens_;
  std::uint32_t scan_ = 0;
  bool scanning_ = false;
  std::set<proto::Prefix> touched_;  // nets with an event since the scan began
};

}  // namespace avocet::kernel
