#pragma once
/// BGP capabilities, RFC 5492: what one side offers, and what two sides have in common.
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "proto/attributes.hpp"
#include "proto/ip.hpp"

namespace avocet::proto {

/// Per family facts carried by capabilities. Only unicast IPv4 and IPv6 are kept apart; other AFI/SAFI pairs are
/// remembered in Capabilities::other_families for display.
struct FamilyCapabilities {
  bool multiprotocol = false;            ///< RFC 4760
  bool add_path_receive = false;         ///< RFC 7911: the speaker can receive
  bool add_path_send = false;
  bool extended_next_hop = false;        ///< RFC 8950: IPv4 NLRI with IPv6 next hops (only for ipv4)
  bool graceful_restart = false;         ///< RFC 4724: listed
  bool graceful_forwarding = false;      ///< F bit
  bool long_lived = false;               ///< RFC 9494: listed
  bool long_lived_forwarding = false;
  std::uint32_t long_lived_stale_time = 0;  ///< seconds, 24 bits
  friend bool operator==(const FamilyCapabilities&, const FamilyCapabilities&) = default;
};

/// RFC 9234 roles.
enum class Role : std::uint8_t { provider = 0, rs_server = 1, rs_client = 2, customer = 3, peer = 4 };

/// What one OPEN offers.
struct Capabilities {
  FamilyCapabilities ipv4, ipv6;
  std::vector<std::uint32_t> other_families;  ///< AFI << 16 | SAFI, as announced
  bool any_multiprotocol = false;             ///< without it, IPv4 unicast is implied
  bool route_refresh = false;                 ///< RFC 2918
  bool enhanced_refresh = false;              ///< RFC 7313
  bool extended_messages = false;             ///< RFC 8654
  std::optional<std::uint32_t> as4;           ///< RFC 6793
  bool graceful_restart = false;              ///< capability 64 is there
  bool restart_state = false;                 ///< R bit
  bool restart_notification = false;          ///< N bit, RFC 8538
  std::uint16_t restart_time = 0;             ///< seconds, 12 bits
  bool long_lived = false;                    ///< capability 71 is there
  std::optional<Role> role;
  std::string hostname;                       ///< capability 73
  std::string software_version;               ///< capability 75
  std::vector<std::uint8_t> unknown;          ///< codes we do not know, in order
  FamilyCapabilities& of(Family f) { return f == Family::ipv4 ? ipv4 : ipv6; }
  const FamilyCapabilities& of(Family f) const { return f == Family::ipv4 ? ipv4 : ipv6; }
  friend bool operator==(const Capabilities&, const Capabilities&) = default;
};

/// Decodes the capabilities of one optional parameter into `into`. Malformed: OPEN error, RFC 5492.
Decoded<void> decode_capabilities(Bytes field, Capabilities& into);
/// The TLVs, without the optional parameter's header. Families are written in order ipv4, ipv6.
std::vector<std::uint8_t> encode_capabilities(const Capabilities& capabilities);

/// What both sides can do with one family.
struct NegotiatedFamily {
  bool active = false;
  bool add_path_receive = false, add_path_send = false;  ///< from our point of view
  bool extended_next_hop = false;
  friend bool operator==(const NegotiatedFamily&, const NegotiatedFamily&) = default;
};

/// What two sides have in common.
struct Negotiated {
  NegotiatedFamily ipv4, ipv6;
  bool as4 = false, route_refresh = false, enhanced_refresh = false, extended_messages = false;
  NegotiatedFamily& of(Family f) { return f == Family::ipv4 ? ipv4 : ipv6; }
  const NegotiatedFamily& of(Family f) const { return f == Family::ipv4 ? ipv4 : ipv6; }
  friend bool operator==(const Negotiated&, const Negotiated&) = default;
};
Negotiated negotiate(const Capabilities& ours, const Capabilities& theirs);

}  // namespace avocet::proto
