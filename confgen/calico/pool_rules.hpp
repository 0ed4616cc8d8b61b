#pragma once
/// What becomes of routes into IP pools, as lines of filters in Calico's words.
#include "confgen/calico/resources.hpp"

namespace avocet::confgen {

/// Which pools' routes to pods on other nodes are ours to put into the kernel; the others are Felix's.
struct Programs {
  bool ipip, plain;  ///< of pools with IPIP, and without any tunnel; those with VXLAN are always Felix's
};
/// Of BGPConfiguration's programClusterRoutes; without it, IPIP goes by the release.
Programs programs(const std::string& written, bool ipip_by_default);

using NamedPool = std::pair<const std::string, IpPool>;
/// Pools of one version by their CIDR; of two with one CIDR the first by name.
using Pools = std::vector<const NamedPool*>;
Pools pools_of(const std::map<std::string, IpPool>& all, int version);

/// All results are sorted as text, as Calico's are. `network` is the node's own IPv4 network, "" if it has none.
std::vector<std::string> pool_export_lines(const Pools& pools, bool disabled);
std::vector<std::string> pool_kernel_lines(const Pools& pools, Programs programs, int version,
                                           const std::string& network);
/// "" for nothing in particular.
std::string pool_kernel_line(const IpPool& pool, Programs programs, int version, const std::string& network);

/// Rejects routes over devices of Felix's tunnels.
std::vector<std::string> felix_tunnel_lines(Programs programs);
/// The same, and those of Felix's pools that leave by the host's own device: they are for the node to tell that owns
/// the block, although this one has learned them from the kernel.
std::vector<std::string> felix_lines(const Pools& pools, Programs programs);

/// For a BIRD that cannot give a single route a device: routes to the nodes that are reached through the IPIP tunnel.
std::vector<std::string> tunnel_routes(const Pools& pools, Programs programs, int version,
                                       const std::map<std::string, Host>& nodes, const std::string& own);

}  // namespace avocet::confgen
