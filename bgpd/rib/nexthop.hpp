#pragma once
/// Next-hop resolution: which way packets for a BGP next hop (or a static recursive gateway) go now.
/// RFC 4271 section 5.1.3 and 9.1.2.1; BIRD's `gateway direct` and `gateway recursive` (reference 8.5).
#include <cstdint>
#include <optional>
#include <vector>

#include "bgpd/rib/ids.hpp"
#include "proto/attributes.hpp"

namespace avocet::rib {

/// How one next hop is reached at this moment.
struct Resolution {
  bool reachable = false;
  bool recursive = false;                     ///< depends on a lookup in the IGP table; `show route` prints its metric
  proto::DestinationKind kind = proto::DestinationKind::unreachable;
  std::vector<proto::NextHop> hops;           ///< for unicast
  std::optional<std::uint32_t> igp_metric;    ///< to the next hop; unset: unknown
  friend bool operator==(const Resolution&, const Resolution&) = default;
};

}  // namespace avocet::rib
