#pragma once
/// `protocol direct`: one route per interface address. Reference 6.2.
#include <map>
#include <memory>

#include "bgpd/kernel/options.hpp"
#include "bgpd/rib/rib.hpp"

namespace avocet::kernel {

/// First match in the lists decides; no list means every interface.
bool interface_matches(const std::vector<std::vector<InterfacePattern>>& lists, const rib::Interface& interface,
                       const rib::InterfaceAddress* address);

/// Owns one direct protocol's channels and keeps its routes in step with the interfaces.
class DirectRoutes {
 public:
  DirectRoutes(rib::Rib& rib, std::shared_ptr<rib::Protocol> protocol, DirectOptions options);
  ~DirectRoutes();
  DirectRoutes(const DirectRoutes&) = delete;

  void enable();
  void disable();
  void reconfigure(DirectOptions options);
  void interfaces_changed();
  bool enabled() const { return enabled_; }
  void refilter_in();
  const DirectOptions& options() const { return options_; }
  const std::shared_ptr<rib::Protocol>& protocol() const { return protocol_; }

 private:
  using Routes = std::map<proto::Nlri, proto::Destination>;
  Routes wanted(proto::Family family) const;
  void open_channels();

  rib::Rib& rib_;
  std::shared_ptr<rib::Protocol> protocol_;
  DirectOptions options_;
  bool enabled_ = false;
  struct Side {
    std::shared_ptr<rib::Channel> channel;
    Routes told;
  };
  std::vector<Side> sides_;
};

}  // namespace avocet::kernel
