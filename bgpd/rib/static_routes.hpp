#pragma once
/// `protocol static`: routes from the configuration, up while their neighbour or interface is. Reference 6.4.
#include <memory>

#include "bgpd/rib/options.hpp"
#include "bgpd/rib/rib.hpp"

namespace avocet::rib {

/// Owns one static protocol's channel and keeps its routes in step with options and interfaces.
class StaticRoutes {
 public:
  StaticRoutes(Rib& rib, std::shared_ptr<Protocol> protocol, StaticOptions options);
  ~StaticRoutes();  ///< closes the channel
  StaticRoutes(const StaticRoutes&) = delete;

  void enable();    ///< state up, routes announced
  void disable();   ///< state down, routes withdrawn
  /// Changes routes and channel options in place; what stays the same is not touched.
  void reconfigure(StaticOptions options);
  void interfaces_changed();
  const StaticOptions& options() const;
  /// Whether a route of `options()` is in the table now (for `show static`).
  bool active(const StaticRoute& route) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
  std::shared_ptr<void> life_;  ///< what the Rib's interface listener lives by
};

}  // namespace avocet::rib
