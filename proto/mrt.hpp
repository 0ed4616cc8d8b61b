#pragma once
/// MRT, the format of dumps: RFC 6396, with ADD-PATH by RFC 8050. Written only; every function appends whole records.
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "proto/attributes.hpp"
#include "proto/ip.hpp"

namespace avocet::proto {

/// A row of PEER_INDEX_TABLE.
struct MrtPeer {
  std::uint32_t router_id = 0, asn = 0;
  Address address;
  friend bool operator==(const MrtPeer&, const MrtPeer&) = default;
};

/// PEER_INDEX_TABLE, section 4.3.1: opens a table dump, whose routes name their peers by the position here. At most
/// 65,535 peers are written. `seconds`: since 1970, as in all records.
void encode_mrt_peer_index(std::uint32_t seconds, std::uint32_t collector_id, std::string_view view,
                           std::span<const MrtPeer> peers, std::vector<std::uint8_t>& out);

/// RIB_IPV4_UNICAST or RIB_IPV6_UNICAST of one net, section 4.3.2, or their ADDPATH forms, RFC 8050 section 4.
class MrtRibRecord {
 public:
  MrtRibRecord(std::uint32_t seconds, std::uint32_t sequence, const Prefix& net, bool add_path,
               std::vector<std::uint8_t>& out);

  /// One route. `peer`: position in the peer index; `originated`: when it came, seconds since 1970. False, and nothing
  /// is written, if the record is full or the attributes take more than 65,535 bytes.
  bool add(std::uint16_t peer, std::uint32_t originated, std::uint32_t path_id, AttributeView attributes);
  /// Ends the record; one without routes is taken back. Returns the number of routes.
  std::size_t finish();

 private:
  std::vector<std::uint8_t>& out_;
  std::size_t start_, count_at_;
  std::uint16_t count_ = 0;
  Family family_;
  bool add_path_;
};

/// Whom a BGP4MP record is about, section 4.4.
struct MrtSession {
  std::uint32_t peer_as = 0, local_as = 0;
  std::uint32_t interface_index = 0;  ///< written as 0 if it has more than 16 bits
  Family family = Family::ipv4;       ///< of the addresses
  Address peer, local;                ///< unspecified where there is no connection
};

/// BGP4MP_MESSAGE or BGP4MP_MESSAGE_AS4 (`as4`: what the message holds, RFC 6793), or their ADDPATH forms. `message`:
/// with its header.
void encode_mrt_message(std::uint32_t seconds, const MrtSession& session, bool as4, bool add_path, Bytes message,
                        std::vector<std::uint8_t>& out);
/// BGP4MP_STATE_CHANGE_AS4; states by their numbers in RFC 4271: 1 Idle to 6 Established.
void encode_mrt_state_change(std::uint32_t seconds, const MrtSession& session, unsigned from, unsigned to,
                             std::vector<std::uint8_t>& out);

}  // namespace avocet::proto
