#pragma once
/// BMP, by which a monitoring station is told of sessions and their routes: RFC 7854, version 3. Written only; every
/// function appends one whole message.
#include <cstdint>
#include <string_view>
#include <vector>

#include "proto/attributes.hpp"
#include "proto/ip.hpp"

namespace avocet::proto {

/// Whom a message is about, section 4.2: a Global Instance Peer.
struct BmpPeer {
  Address address;
  std::uint32_t asn = 0, router_id = 0;
};

/// Reasons of Peer Down, section 4.9.
enum class BmpDown : std::uint8_t {
  we_notified = 1,
  we_closed = 2,
  peer_notified = 3,
  peer_closed = 4,
  deconfigured = 5
};
/// Reasons of Termination, section 4.5.
enum class BmpTermination : std::uint16_t { closed = 0, unspecified = 1, out_of_resources = 2 };

/// Section 4.3; texts are sysDescr and sysName of RFC 1213.
void encode_bmp_initiation(std::string_view system_description, std::string_view system_name,
                           std::vector<std::uint8_t>& out);
void encode_bmp_termination(BmpTermination reason, std::vector<std::uint8_t>& out);

/// Section 4.10. The OPENs are whole messages.
struct BmpPeerUp {
  Address local;
  std::uint16_t local_port = 0, peer_port = 0;
  Bytes sent_open, received_open;
};
void encode_bmp_peer_up(const BmpPeer& peer, const BmpPeerUp& up, std::vector<std::uint8_t>& out);
/// `notification`: a whole message, for the two reasons that have one.
void encode_bmp_peer_down(const BmpPeer& peer, BmpDown reason, Bytes notification, std::vector<std::uint8_t>& out);
/// Section 4.6. `update`: a whole message with 4-octet AS numbers; `microseconds`: since 1970, when its routes came.
void encode_bmp_route_monitoring(const BmpPeer& peer, bool post_policy, std::uint64_t microseconds, Bytes update,
                                 std::vector<std::uint8_t>& out);

}  // namespace avocet::proto
