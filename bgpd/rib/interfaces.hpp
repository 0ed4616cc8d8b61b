#pragma once
/// What the box's interfaces are, as last told by the kernel room; read by next-hop resolution, static routes, filters
/// and `show interfaces`. Plain values: whoever changes them calls Rib::interfaces_changed afterwards.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "proto/ip.hpp"

namespace avocet::rib {

struct InterfaceAddress {
  proto::Address address;
  proto::Prefix net;                    ///< the on-link prefix
  std::optional<proto::Address> peer;   ///< point-to-point
  bool secondary = false;
  std::uint8_t scope = 0;               ///< rtnetlink scope
  friend bool operator==(const InterfaceAddress&, const InterfaceAddress&) = default;
};

struct Interface {
  std::uint32_t index = 0;
  std::string name;
  std::uint32_t flags = 0;    ///< IFF_*
  std::uint32_t mtu = 0;
  std::uint32_t master = 0;   ///< ifindex of a bridge or VRF
  bool up = false;            ///< administratively up
  bool link = false;          ///< lower layer up
  std::vector<InterfaceAddress> addresses;
  friend bool operator==(const Interface&, const Interface&) = default;
};

/// All interfaces, by index. An address on an interface that is not up counts as absent for every question but `list`.
class Interfaces {
 public:
  const std::vector<Interface>& list() const { return list_; }  ///< ascending index
  const Interface* find(std::uint32_t index) const;
  const Interface* find(std::string_view name) const;
  void set(Interface interface);       ///< inserts or replaces
  void remove(std::uint32_t index);

  /// The interface on whose link an address lies (longest on-link prefix), if any; for link-local addresses `hint` is needed.
  const Interface* neighbor(const proto::Address& address, std::uint32_t hint = 0) const;
  bool is_local(const proto::Address& address) const;   ///< one of our own addresses
  /// Our address to use towards a neighbour on this interface.
  std::optional<proto::Address> local_towards(const Interface& interface, const proto::Address& neighbor) const;
  std::optional<proto::Address> link_local(const Interface& interface) const;
  /// BIRD's automatic router id: the lowest IPv4 address of the first suitable interface; 0 if none.
  std::uint32_t pick_router_id() const;

 private:
  std::vector<Interface> list_;
};

}  // namespace avocet::rib
