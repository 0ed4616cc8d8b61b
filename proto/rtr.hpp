#pragma once
/// The RPKI-to-Router protocol: RFC 6810 (version 0), RFC 8210 (version 1), draft-ietf-sidrops-8210bis (version 2,
/// which has ASPAs). PDUs as values, from bytes and to bytes, for both sides.
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "proto/attributes.hpp"
#include "proto/ip.hpp"
#include "proto/result.hpp"

namespace avocet::proto::rtr {

constexpr std::uint8_t newest_version = 2;
constexpr std::size_t header_bytes = 8;
constexpr std::size_t max_pdu_bytes =
    65536;  // the longest list of providers that anybody has has some hundreds of entries

enum class PduType : std::uint8_t {
  serial_notify = 0,
  serial_query = 1,
  reset_query = 2,
  cache_response = 3,
  ipv4_prefix = 4,
  ipv6_prefix = 6,
  end_of_data = 7,
  cache_reset = 8,
  router_key = 9,
  error_report = 10,
  aspa = 11
};
/// "Serial Notify", as the RFCs name it; "unknown PDU" for others.
const char* type_name(PduType type);

/// RFC 8210 section 12, 8210bis section 12. All but `no_data` end the connection.
enum class ErrorCode : std::uint16_t {
  corrupt_data = 0,
  internal_error = 1,
  no_data = 2,
  invalid_request = 3,
  unsupported_version = 4,
  unsupported_pdu = 5,
  unknown_withdrawal = 6,
  duplicate_announcement = 7,
  unexpected_version = 8,
  provider_list = 9
};
/// "Corrupt Data", "error 77" for codes without a name.
std::string error_name(ErrorCode code);

/// Why bytes are not taken, as it goes into an Error Report.
struct Fault {
  ErrorCode code = ErrorCode::corrupt_data;
  std::string what;  ///< "the length of IPv4 Prefix is 19, not 20"
  friend bool operator==(const Fault&, const Fault&) = default;
};
template <class T>
using Read = Result<T, Fault>;

struct SerialNotify {
  std::uint16_t session = 0;
  std::uint32_t serial = 0;
  bool operator==(const SerialNotify&) const = default;
};
struct SerialQuery {
  std::uint16_t session = 0;
  std::uint32_t serial = 0;
  bool operator==(const SerialQuery&) const = default;
};
struct ResetQuery {
  bool operator==(const ResetQuery&) const = default;
};
struct CacheResponse {
  std::uint16_t session = 0;
  bool operator==(const CacheResponse&) const = default;
};
struct CacheReset {
  bool operator==(const CacheReset&) const = default;
};

/// IPv4 Prefix and IPv6 Prefix: "AS `asn` may originate `net`, down to `max_length` bits."
struct PrefixRecord {
  bool announce = true;
  Prefix net;
  std::uint8_t max_length = 0;  ///< at least the net's, at most the family's
  std::uint32_t asn = 0;
  bool operator==(const PrefixRecord&) const = default;
};
/// "These are the providers of AS `customer`": ascending, each once; AS 0 alone means that it has none.
struct AspaRecord {
  bool announce = true;
  std::uint32_t customer = 0;
  std::vector<std::uint32_t> providers;  ///< empty in a withdrawal
  bool operator==(const AspaRecord&) const = default;
};
/// A PDU in the form that older drafts of version 2 gave ASPAs, with a list per address family; nothing is made of it.
struct OldAspa {
  bool operator==(const OldAspa&) const = default;
};
/// Of BGPsec (RFC 8635): framed, and not looked into.
struct RouterKey {
  bool operator==(const RouterKey&) const = default;
};

/// RFC 8210 section 6; version 0 has none.
struct Intervals {
  std::uint32_t refresh = 0, retry = 0, expire = 0;  ///< seconds
  bool operator==(const Intervals&) const = default;
};
struct EndOfData {
  std::uint16_t session = 0;
  std::uint32_t serial = 0;
  std::optional<Intervals> intervals;
  bool operator==(const EndOfData&) const = default;
};
struct ErrorReport {
  ErrorCode code = ErrorCode::internal_error;
  std::vector<std::uint8_t> pdu;  ///< the one that it is about, perhaps cut; may be empty
  std::string text;               ///< UTF-8 if the sender is honest; for people
  bool operator==(const ErrorReport&) const = default;
};

using Body = std::variant<SerialNotify, SerialQuery, ResetQuery, CacheResponse, CacheReset, PrefixRecord, AspaRecord,
                          OldAspa, RouterKey, EndOfData, ErrorReport>;

/// One PDU in its bytes.
struct Frame {
  std::uint8_t version = 0;
  PduType type = PduType::serial_notify;  ///< any number
  Bytes bytes;                            ///< with the header
};
/// The PDU at the front; nothing if it has not come whole. A fault: nothing behind can be understood any more.
Read<std::optional<Frame>> first_frame(Bytes bytes);
/// What a frame says. The version decides which types there are and how long End of Data is; whether it is the version
/// that was agreed on is the caller's question.
Read<Body> decode(const Frame& frame);

/// Appends a PDU. Of old ASPAs and router keys nothing is written.
void encode(const Body& body, std::uint8_t version, std::vector<std::uint8_t>& out);

/// Whether serial number `a` is older than `b`, on the circle of RFC 1982.
constexpr bool older(std::uint32_t a, std::uint32_t b) { return a != b && b - a < 0x80000000u; }

}  // namespace avocet::proto::rtr
