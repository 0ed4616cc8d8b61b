#pragma once
/// BGP messages as values: header, OPEN, UPDATE, NOTIFICATION, KEEPALIVE, ROUTE-REFRESH. RFC 4271 section 4.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "proto/attributes.hpp"
#include "proto/capability.hpp"
#include "proto/nlri.hpp"

namespace avocet::proto {

enum class MessageType : std::uint8_t { open = 1, update = 2, notification = 3, keepalive = 4, route_refresh = 5 };

constexpr std::size_t header_size_bytes = 19;
constexpr std::size_t max_message_bytes = 4096;             ///< RFC 4271
constexpr std::size_t max_extended_message_bytes = 65535;   ///< RFC 8654; never for OPEN and KEEPALIVE

struct Header {
  std::uint16_t length = 0;  ///< whole message, header included
  MessageType type = MessageType::keepalive;
};
/// Needs at least 19 bytes. Checks marker (1/1), length for the type (1/2) and type (1/3), RFC 4271 section 6.1.
Decoded<Header> decode_header(Bytes bytes, std::size_t max_bytes);

struct Open {
  std::uint8_t version = 4;
  std::uint32_t asn = 0;           ///< the real one: from capability 65 when present
  std::uint16_t hold_time = 0;     ///< seconds
  std::uint32_t router_id = 0;
  Capabilities capabilities;
  friend bool operator==(const Open&, const Open&) = default;
};
/// Body of an OPEN (after the header), RFC 4271 section 6.2, RFC 9072 extended parameters.
Decoded<Open> decode_open(Bytes body);
/// A whole message. AS_TRANS where the number does not fit; `with_capabilities` false leaves the parameter out.
std::vector<std::uint8_t> encode_open(const Open& open, bool with_capabilities = true);

struct Notification {
  std::uint8_t code = 0, subcode = 0;
  std::vector<std::uint8_t> data;
  /// RFC 9003: the text of an administrative shutdown or reset, empty if none or not valid UTF-8.
  std::string shutdown_text() const;
  friend bool operator==(const Notification&, const Notification&) = default;
};
Decoded<Notification> decode_notification(Bytes body);
std::vector<std::uint8_t> encode_notification(const Notification& notification);
/// BIRD's words for a code and subcode: "Hold timer expired", "Administrative shutdown", "Error 9.9" when unknown.
std::string notification_text(std::uint8_t code, std::uint8_t subcode);

std::vector<std::uint8_t> encode_keepalive();

/// RFC 2918; subtype 0 plain, 1 begin, 2 end (RFC 7313). Other families are returned as active = false.
struct RouteRefresh {
  std::uint16_t afi = 0;
  std::uint8_t safi = 0, subtype = 0;
  friend bool operator==(const RouteRefresh&, const RouteRefresh&) = default;
};
Decoded<RouteRefresh> decode_route_refresh(Bytes body);
std::vector<std::uint8_t> encode_route_refresh(const RouteRefresh& refresh);

/// What a decoder of UPDATEs must know about the session.
struct UpdateContext {
  bool as4 = true;              ///< both sides use 4-octet AS numbers
  bool external = true;         ///< eBGP: LOCAL_PREF, ORIGINATOR_ID, CLUSTER_LIST are discarded (RFC 7606 7.5, 7.9, 7.10)
  bool allow_local_pref = false;  ///< take LOCAL_PREF from external peers (option `allow bgp_local_pref`)
  bool allow_as_sets = true;
  bool confederation_member = false;  ///< AS_CONFED segments are legal
  bool loopback_peer = false;   ///< both sides are on one machine: a next hop on its loopback is a host's address
  Negotiated families;
};

/// One UPDATE after decoding and RFC 7606. Reuse one object: its vectors keep their memory.
struct Update {
  AttributeBlock attributes;       ///< canonical; empty when nothing is announced
  std::vector<Nlri> announced;     ///< IPv4 field and MP_REACH together (each Prefix knows its family)
  std::vector<Nlri> withdrawn;     ///< IPv4 field, MP_UNREACH, and announced routes that RFC 7606 turned into withdrawals
  bool end_of_rib_ipv4 = false, end_of_rib_ipv6 = false;  ///< RFC 4724 section 2
  std::vector<DecodeError> tolerated;  ///< what was wrong and mended (discard, withdraw); for the log and counters
  bool treated_as_withdraw = false;
  /// Set only when an UPDATE carries the IPv4 NLRI field and MP_REACH_NLRI at once (legal, rare): the next hop of the
  /// IPv4 field's prefixes, while `attributes` holds that of MP_REACH_NLRI.
  std::optional<Address> classic_next_hop;
  void clear();
};

/// Decodes the body of an UPDATE (after the header) into `out`, applying RFC 7606. An error means that the session must be
/// reset with the NOTIFICATION that the error names.
Decoded<void> decode_update(Bytes body, const UpdateContext& context, Update& out);

/// The family that the body of an UPDATE is about: of its MP_REACH_NLRI or MP_UNREACH_NLRI, else IPv4. Nothing for another
/// family, and where that cannot be made out.
std::optional<Family> update_family(Bytes body);

/// How UPDATEs are written for one kind of receiver.
struct EncodeContext {
  bool as4 = true;
  bool add_path = false;
  std::size_t max_bytes = max_message_bytes;
};

/// Appends whole UPDATE messages that announce `nlri` (one family) with these canonical attributes (local ones are left
/// out). IPv4 with a 4-byte NEXT_HOP uses the classic fields, everything else MP_REACH_NLRI. Splits over as many
/// messages as needed. Returns the number of messages; 0 if the attributes alone do not fit (nothing is written).
std::size_t encode_announcements(AttributeView attributes, std::span<const Nlri> nlri, const EncodeContext& context,
                                 std::vector<std::uint8_t>& out);
/// Appends UPDATEs that withdraw `nlri` (one family).
std::size_t encode_withdrawals(std::span<const Nlri> nlri, const EncodeContext& context, std::vector<std::uint8_t>& out);
/// End-of-RIB marker, RFC 4724 section 2.
std::vector<std::uint8_t> encode_end_of_rib(Family family);

}  // namespace avocet::proto
