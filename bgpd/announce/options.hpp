#pragma once
/// What shapes the bytes that a peer is sent. Peers with equal ExportOptions share one update group.
#include <cstdint>
#include <optional>

#include "bgpd/filter/program.hpp"
#include "proto/ip.hpp"

namespace avocet::announce {

/// `next hop self`, `next hop keep`: off, always, or only for routes learned from one kind of peer.
enum class HopRule : std::uint8_t { off, all, ebgp, ibgp };

/// The accumulated IGP metric (RFC 7311): kept inside, told, or told of routes from elsewhere too.
enum class Aigp : std::uint8_t { off, on, originate };

struct ExportOptions {
  proto::Family family = proto::Family::ipv4;
  filter::Dialect dialect = filter::Dialect::bird2;  ///< order of filter and attribute update (reference 8.4)
  filter::ProgramPtr filter;
  std::optional<proto::Prefix> only_in;  ///< other routes are not offered
  bool external = true;        ///< in another AS, and not in our confederation
  bool other_member = false;   ///< in another member AS of our confederation (RFC 5065): neither external nor iBGP
  bool rr_client = false, rs_client = false;
  std::uint32_t local_as = 0;
  std::uint32_t confederation = 0;  ///< whose AS number external peers know us by; 0: ours
  std::uint32_t cluster_id = 0;  ///< of rr clients, else 0
  HopRule next_hop_self = HopRule::off;
  HopRule next_hop_keep = HopRule::off;
  std::optional<proto::Address> next_hop_address;
  proto::Address local_address;  ///< ours on this session: next hop self
  proto::Address link_local;     ///< second IPv6 next hop on a shared link; unspecified if none
  std::uint32_t ifindex = 0;     ///< interface of a direct session, for third-party next hops; 0 for multihop
  std::uint32_t default_med = 0;
  std::uint32_t default_local_pref = 100;
  bool interpret_communities = true;
  bool allow_local_pref = false;  ///< LOCAL_PREF leaves the AS, as in networks after RFC 7938
  bool allow_med = false;         ///< a MED that another neighbour told goes on to this one
  Aigp aigp = Aigp::off;
  bool secondary = false;
  bool add_path = false;  ///< negotiated: we send path ids
  bool as4 = true;
  bool extended_next_hop = false;
  bool extended_messages = false;
  std::optional<std::uint8_t> local_role;  ///< RFC 9234, for OTC
  bool llgr_capable = false;               ///< the peer may hear LLGR-stale routes
};
/// Equality of two options; filters compare by code.
bool same_group(const ExportOptions& a, const ExportOptions& b);

}  // namespace avocet::announce
