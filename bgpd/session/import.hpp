#pragma once
/// What is done to a peer's routes before the import filter sees them: loops, leaks, and what BGP says must be there.
/// Pure. RFC 4271 sections 5.1 and 9.1.2, RFC 4456 section 8, RFC 9234 section 5.
#include <cstdint>
#include <optional>

#include "bgpd/session/negotiated.hpp"
#include "proto/attributes.hpp"

namespace avocet::session {

/// The part of a session that the rules look at.
struct ImportRules {
  std::uint32_t local_as = 0, public_as = 0, remote_as = 0;
  std::uint32_t router_id = 0;
  std::uint32_t cluster_id = 0;        ///< of rr clients, else 0
  PeerKind kind = PeerKind::external;
  std::uint32_t own_as_tolerated = 0;  ///< `allow local as`
  bool enforce_first_as = false;
  std::uint32_t default_local_pref = 100;
  std::optional<proto::Role> local_role;
  bool aigp_ipv4 = false, aigp_ipv6 = false;  ///< the families whose routes keep AIGP, RFC 7311
  std::uint32_t ifindex = 0;           ///< of a direct session: where link-local next hops live
  friend bool operator==(const ImportRules&, const ImportRules&) = default;
};
ImportRules import_rules(const BgpOptions& options, std::uint32_t remote_as, std::uint32_t ifindex);

/// Why these routes must not be used, for the log; nullptr if they may.
const char* import_refusal(const ImportRules& rules, proto::AttributeView attributes);

/// Adds what a route of this session has without the peer saying so: LOCAL_PREF, OTC, the scope of a link-local next hop.
/// AIGP ends here where it is not enabled for the family (RFC 7311 section 3.3).
void complete_attributes(const ImportRules& rules, proto::Family family, proto::AttributeBlock& attributes);

}  // namespace avocet::session
