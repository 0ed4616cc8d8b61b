#pragma once
/// Values of the filter language (reference 7.1): small, copied freely; long ones point to bytes somebody else keeps.
#include <array>
#include <compare>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "bgpd/filter/program.hpp"

namespace avocet::filter {

enum class Type : std::uint8_t {
  void_, boolean, integer, enumeration, pair, quad, ip, prefix, rd, ec, lc, string, bytes, path, mask, clist, eclist, lclist,
  set, prefix_set,
  mac,  ///< 48 bits
  any,  ///< only as a static type: known when the filter runs
};

/// BIRD's numbers of the kinds of enumeration: `print dest` says "(enum 33)2".
namespace enumeration {
constexpr std::uint8_t source = 0x30, origin = 0x31, scope = 0x32, aspa = 0x35, net_type = 0x36, cast = 0x33, ra_preference = 0x37,
                       address_family = 0x38, mpls_policy = 0x39, evpn_type = 0x3a;
constexpr std::uint8_t destination(Dialect dialect) { return dialect == Dialect::bird1 ? 0x34 : 0x33; }
constexpr std::uint8_t roa(Dialect dialect) { return dialect == Dialect::bird1 ? 0x35 : 0x34; }  // 2.19; 2.0.12 has 1.6's
}  // namespace enumeration

/// What a net is; the values behind NET_*. From `mpls` on it is no prefix.
enum class NetKind : std::uint8_t { none = 0, ip4 = 1, ip6, vpn4, vpn6, roa4, roa6, flow4, flow6, sadr, mpls, aspa, ethernet, evpn, neighbor };
constexpr NetKind net_kind(proto::Family family) { return family == proto::Family::ipv4 ? NetKind::ip4 : NetKind::ip6; }
constexpr proto::Family net_family(NetKind kind) {
  bool v6 = kind == NetKind::ip6 || kind == NetKind::vpn6 || kind == NetKind::roa6 || kind >= NetKind::flow6;
  return v6 ? proto::Family::ipv6 : proto::Family::ipv4;
}

/// What is known of a value before a run. `tag` is the kind of an enumeration, or the element type of a set.
struct StaticType {
  Type type = Type::any;
  std::uint8_t tag = 0;
  friend bool operator==(const StaticType&, const StaticType&) = default;
};
/// "int", "enum 30", "prefix set": the words of the language.
std::string type_name(StaticType type);
/// False if a value of type `given` can never stand where `wanted` is expected.
bool may_be(StaticType given, StaticType wanted);

class Set;
class PrefixSet;
struct MaskItem;

/// Big-endian order of a value inside its type; sets are ranges of keys.
struct Key {
  std::uint64_t high = 0, low = 0;
  friend auto operator<=>(const Key&, const Key&) = default;
};

/// One value. Numbers live in `key`; `object` points to the bytes of strings, paths and lists, to the items of a mask, or
/// to a Set or PrefixSet. A net has its prefix (of a flow specification: the destination) in `key` and `tag`, and in bytes
/// what there is beside it: a VPN's distinguisher, the length and AS of a ROA, source address and length, or a flow.
struct Value {
  Type type = Type::void_;
  std::uint8_t tag = 0;      ///< kind of an enumeration; length of a prefix; element type of a set
  NetKind kind = NetKind::none;  ///< of a net
  std::uint32_t size = 0;    ///< bytes, or items of a mask
  Key key;
  const void* object = nullptr;

  static Value boolean(bool value) { return number(Type::boolean, value); }
  static Value integer(std::uint32_t value) { return number(Type::integer, value); }
  static Value number(Type type, std::uint64_t value) { return {type, 0, {}, 0, {0, value}, nullptr}; }
  static Value enumeration(std::uint8_t kind, std::uint32_t value) { return {Type::enumeration, kind, {}, 0, {0, value}, nullptr}; }
  static Value ip(const proto::Address& address) { return {Type::ip, 0, {}, 0, {address.high, address.low}, nullptr}; }
  static Value prefix(const proto::Prefix& net) { return Value::net(net_kind(net.family), net, {}); }
  static Value net(NetKind kind, const proto::Prefix& net, proto::Bytes rest) {
    return {Type::prefix, net.length, kind, static_cast<std::uint32_t>(rest.size()), {net.address.high, net.address.low}, rest.data()};
  }
  /// A net that is a number: of an ASPA the customer, of MPLS the label.
  static Value numbered_net(NetKind kind, std::uint32_t number) { return {Type::prefix, 32, kind, 0, {0, number}, nullptr}; }
  static Value lc(std::uint32_t asn, std::uint32_t data1, std::uint32_t data2) {
    return {Type::lc, 0, {}, 0, {asn, static_cast<std::uint64_t>(data1) << 32 | data2}, nullptr};
  }
  static Value list(Type type, proto::Bytes bytes) {
    return {type, 0, {}, static_cast<std::uint32_t>(bytes.size()), {}, bytes.data()};
  }
  static Value string(std::string_view text) {
    return {Type::string, 0, {}, static_cast<std::uint32_t>(text.size()), {}, text.data()};
  }
  static Value set(const Set& set);
  static Value set(const PrefixSet& set);
  static Value mask(const MaskItem* items, std::size_t count) {
    return {Type::mask, 0, {}, static_cast<std::uint32_t>(count), {}, items};
  }

  bool is(Type t) const { return type == t; }
  bool truth() const { return key.low != 0; }
  std::uint32_t u32() const { return static_cast<std::uint32_t>(key.low); }
  proto::Address address() const { return {key.high, key.low}; }
  proto::Prefix net() const { return {address(), net_family(kind), tag}; }
  bool is_in_prefixes() const { return kind < NetKind::mpls; }  ///< of a net: prefixes can contain it
  bool is_plain_net() const { return kind == NetKind::ip4 || kind == NetKind::ip6; }
  proto::Bytes bytes() const { return {static_cast<const std::uint8_t*>(object), size}; }
  std::string_view text() const { return {static_cast<const char*>(object), size}; }
  const Set& as_set() const { return *static_cast<const Set*>(object); }
  const PrefixSet& as_prefix_set() const { return *static_cast<const PrefixSet*>(object); }
  StaticType static_type() const;
};

constexpr bool is_list(Type type) { return type == Type::clist || type == Type::eclist || type == Type::lclist; }

/// The order of two values, or nothing if the language gives them none. An undefined value is less than all others (7.6).
std::optional<std::strong_ordering> order(const Value& a, const Value& b);
/// `=`: false, never an error, for different types.
bool same(const Value& a, const Value& b);
/// As `print` writes it.
std::string to_text(const Value& value);
/// A route distinguisher of RFC 4364 section 4.2 as 8 octets.
std::string rd_text(std::uint64_t rd);

constexpr NetKind roa_kind(proto::Family family) { return family == proto::Family::ipv4 ? NetKind::roa4 : NetKind::roa6; }
/// What stands beside the prefix of a ROA.
std::array<std::uint8_t, 5> roa_bytes(std::uint8_t max_length, std::uint32_t asn);
/// Big-endian number in the bytes beside a net's prefix.
std::uint64_t net_number(const Value& net, std::size_t from, std::size_t count);
/// The source of a flow specification or of a net with one.
proto::Prefix net_source(const Value& net);

/// A value with whatever must be kept alive for it.
struct Constant {
  Value value;
  std::shared_ptr<const void> keep;
};
/// Copies what a value points to.
Constant own(const Value& value);

}  // namespace avocet::filter
