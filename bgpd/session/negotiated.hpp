#pragma once
/// What we offer in an OPEN, and whether the peer's OPEN is good enough. Pure. RFC 4271 sections 4.2 and 6.2, RFC 5492.
#include <cstdint>
#include <vector>

#include "bgpd/session/options.hpp"
#include "proto/message.hpp"

namespace avocet::session {

/// Where a neighbour stands: in our AS, in another member AS of our confederation (RFC 5065), or outside of both.
enum class PeerKind : std::uint8_t { internal, other_member, external };
PeerKind peer_kind(const BgpOptions& options, std::uint32_t remote_as);
/// The AS number that this neighbour knows us by: those outside see the confederation's.
std::uint32_t public_as(const BgpOptions& options);

/// What an OPEN says of the life before it, RFC 4724 section 3.
struct Before {
  bool recovering = false;  ///< we are restarting gracefully, and kept forwarding (R and F bits)
  bool session = false;     ///< there was a session since we started: it is lost, not what we forward (F bit)
};
proto::Capabilities offered_capabilities(const BgpOptions& options, Before before);
proto::Open our_open(const BgpOptions& options, Before before, bool with_capabilities = true);

struct OpenRefusal {
  std::uint8_t subcode = 0;         ///< of NOTIFICATION code 2
  std::vector<std::uint8_t> data;
  const char* what = "";
};
/// Checks the peer's OPEN against what the configuration demands.
proto::Result<void, OpenRefusal> check_open(const BgpOptions& options, const proto::Open& ours, const proto::Open& theirs);

struct SessionTimes {
  std::uint32_t hold = 0, keepalive = 0, send_hold = 0;  ///< seconds; 0: none
  friend bool operator==(const SessionTimes&, const SessionTimes&) = default;
};
/// RFC 4271 section 4.2: the smaller hold time, a keepalive every third of it; RFC 9687: send hold twice the hold time.
SessionTimes agreed_times(const BgpOptions& options, std::uint16_t their_hold);

/// What holds where the configuration is silent (reference 8.2).
Gateway effective_gateway(const BgpOptions& options, const BgpChannelOptions& channel);
announce::Aigp effective_aigp(const BgpChannelOptions& channel, PeerKind kind);
announce::HopRule effective_next_hop_keep(const BgpOptions& options, const BgpChannelOptions& channel);

bool offers_graceful_restart(const BgpOptions& options, const BgpChannelOptions& channel);
bool offers_long_lived(const BgpOptions& options, const BgpChannelOptions& channel);
bool understands_long_lived(const BgpOptions& options);

}  // namespace avocet::session
