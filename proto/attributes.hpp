#pragma once
/// One form for all attributes of a route, used from the decoder to the encoder: a flat, canonical string of entries.
///
/// Entry: code (2 bytes), flags (1), value length (2), value; numbers big-endian; ascending code; no code twice.
/// Codes below 256 are BGP path attributes (value as on the wire, with these fixings: AS_PATH and AGGREGATOR always
/// carry 4-octet AS numbers; NEXT_HOP holds 4, 16 or 32 bytes for both families, so MP_REACH_NLRI, MP_UNREACH_NLRI,
/// AS4_PATH and AS4_AGGREGATOR never appear). Codes from 256 are local facts of a route and never leave the box.
/// Equal attribute sets are equal bytes, so hashing and interning need no decoding.
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "proto/ip.hpp"

namespace avocet::proto {

using Bytes = std::span<const std::uint8_t>;

/// BGP type codes (IANA) and, from 256, local attributes.
enum class AttributeCode : std::uint16_t {
  origin = 1, as_path = 2, next_hop = 3, med = 4, local_pref = 5, atomic_aggregate = 6, aggregator = 7,
  communities = 8, originator_id = 9, cluster_list = 10, mp_reach = 14, mp_unreach = 15, extended_communities = 16,
  as4_path = 17, as4_aggregator = 18, pmsi_tunnel = 22, aigp = 26, large_communities = 32, only_to_customer = 35,
  preference = 256,      ///< u32; set by a filter, overrides the channel's
  destination = 257,     ///< see Destination: where packets go, for routes that do not resolve a BGP next hop
  igp_metric = 258,      ///< u32; set by a filter
  from = 259,            ///< 16-byte address; set by a filter
  krt_source = 260,      ///< u32; rtnetlink protocol of a learned route
  krt_metric = 261,      ///< u32; rtnetlink priority
  krt_prefsrc = 262,     ///< 16-byte address
  krt_realm = 263,       ///< u32
  krt_scope = 264,       ///< u32
  krt_tunnel = 265,      ///< text: name of the interface to leave through (Calico's fork)
  krt_lock = 270,        ///< u32 bit mask of locked metrics, bit = RTAX_* number
  krt_metrics = 271,     ///< u32 each: 271 + RTAX_* number, up to 271 + 31
  scope_interface = 310, ///< u32 ifindex that a link-local NEXT_HOP belongs to
  recursive = 311,       ///< 16-byte address: a static route's recursive gateway
  piped_from = 312,      ///< u32: the channel that brought a route into the table a pipe took it from
  custom = 1024,         ///< u32, ip, text, ... declared by `attribute TYPE name`, in order of declaration
};
constexpr std::uint16_t code_of(AttributeCode c) { return static_cast<std::uint16_t>(c); }

/// Attribute flags, RFC 4271 section 4.3.
namespace flag {
constexpr std::uint8_t optional = 0x80, transitive = 0x40, partial = 0x20, extended_length = 0x10;
}

/// The flags a known BGP attribute must carry; 0 for unknown ones.
std::uint8_t canonical_flags(AttributeCode code);

struct AttributeEntry {
  AttributeCode code;
  std::uint8_t flags;
  Bytes value;
};

/// A view of canonical bytes. Cheap to copy; valid as long as the bytes are.
class AttributeView {
 public:
  AttributeView() = default;
  explicit AttributeView(Bytes canonical) : bytes_(canonical) {}
  Bytes bytes() const { return bytes_; }
  bool empty() const { return bytes_.empty(); }

  std::optional<AttributeEntry> find(AttributeCode code) const;
  bool has(AttributeCode code) const { return find(code).has_value(); }
  /// Value of an attribute as bytes; empty if absent (an empty value looks the same: use has()).
  Bytes value(AttributeCode code) const;
  std::optional<std::uint32_t> u32(AttributeCode code) const;
  std::optional<Address> address(AttributeCode code) const;  ///< 4 or 16 bytes; the first 16 of 32
  std::optional<std::string_view> text(AttributeCode code) const;

  /// Calls `visit(AttributeEntry)` for each entry in ascending order.
  template <class Visit> void for_each(Visit visit) const {
    for (auto rest = bytes_; rest.size() >= 5;) {
      std::size_t length = static_cast<std::size_t>(rest[3]) << 8 | rest[4];
      visit(AttributeEntry{static_cast<AttributeCode>(rest[0] << 8 | rest[1]), rest[2], rest.subspan(5, length)});
      rest = rest.subspan(5 + length);
    }
  }
  friend bool operator==(AttributeView a, AttributeView b) {
    return a.bytes_.size() == b.bytes_.size() &&
           (a.bytes_.empty() || std::memcmp(a.bytes_.data(), b.bytes_.data(), a.bytes_.size()) == 0);
  }

 private:
  Bytes bytes_;
};

/// Canonical bytes that can be edited. Reuses its memory: keep one as scratch and `assign` into it.
class AttributeBlock {
 public:
  AttributeBlock() = default;
  explicit AttributeBlock(AttributeView from) { assign(from); }
  void assign(AttributeView from) { bytes_.assign(from.bytes().begin(), from.bytes().end()); }
  void clear() { bytes_.clear(); }
  AttributeView view() const { return AttributeView(bytes_); }
  operator AttributeView() const { return view(); }

  /// Inserts or replaces; `flags` for BGP attributes default to canonical_flags(code).
  void set(AttributeCode code, Bytes value);
  void set(AttributeCode code, std::uint8_t flags, Bytes value);
  void set_u32(AttributeCode code, std::uint32_t value);
  void set_address(AttributeCode code, const Address& value);  ///< 4 or 16 bytes by family
  void set_text(AttributeCode code, std::string_view value);
  void erase(AttributeCode code);

 private:
  std::vector<std::uint8_t> bytes_;
};

enum class Origin : std::uint8_t { igp = 0, egp = 1, incomplete = 2 };

/// Where packets of a route go. Value of AttributeCode::destination:
/// kind (1 byte), then per next hop: address (16), ifindex (4), weight (1; 1 is plain), flags (1; bit 0 = onlink).
enum class DestinationKind : std::uint8_t { unicast = 1, blackhole = 2, unreachable = 3, prohibit = 4 };

struct NextHop {
  Address gateway;               ///< unspecified: directly on the link
  std::uint32_t ifindex = 0;     ///< 0: not known (yet)
  std::uint8_t weight = 0;       ///< number of shares less one, as rtnetlink counts
  bool onlink = false;
  friend auto operator<=>(const NextHop&, const NextHop&) = default;
};

struct Destination {
  DestinationKind kind = DestinationKind::unreachable;
  std::vector<NextHop> hops;  ///< one or more for unicast, else none
  friend bool operator==(const Destination&, const Destination&) = default;
};

/// As `show route` says it: "unicast", "blackhole", "unreachable", "prohibited".
const char* destination_name(DestinationKind kind);

/// Whether a list of 4-octet numbers (CLUSTER_LIST) holds one.
bool contains_u32(Bytes list, std::uint32_t number);

void set_destination(AttributeBlock& block, const Destination& destination);
std::optional<Destination> get_destination(AttributeView view);

}  // namespace avocet::proto
