/// The value operations: what the machine and the folding of constants have in common.
#include <algorithm>
#include <cstring>

#include "bgpd/filter/arena.hpp"
#include "bgpd/filter/operation.hpp"
#include "bgpd/filter/overlay.hpp"
#include "bgpd/filter/path_mask.hpp"
#include "bgpd/filter/prefix_set.hpp"
#include "bgpd/filter/set.hpp"
#include "proto/as_path.hpp"
#include "proto/community.hpp"

namespace avocet::filter {
namespace {

using proto::Bytes;
using proto::Community;
using proto::ExtendedCommunity;
using proto::LargeCommunity;

constexpr const char* out_of_memory = "the values of this run take too much memory";
constexpr const char* incompatible = "values of incompatible types";
constexpr std::size_t longest_list = 0xffff;  // what an attribute's length can say

Value member(Community c) { return Value::number(Type::pair, c.value); }
Value member(ExtendedCommunity c) { return Value::number(Type::ec, c.value); }
Value member(LargeCommunity c) { return Value::lc(c.asn, c.data1, c.data2); }

/// A value as a member of a list, if it can be one.
template <class C> std::optional<C> as_member(const Value& value);
template <> std::optional<Community> as_member(const Value& value) {
  if (value.is(Type::pair) || value.is(Type::quad) || value.is(Type::integer)) return Community{value.u32()};
  if (value.is(Type::ip) && value.address().is_v4()) return Community{value.address().v4_bits()};
  return std::nullopt;
}
template <> std::optional<ExtendedCommunity> as_member(const Value& value) {
  if (!value.is(Type::ec)) return std::nullopt;
  return ExtendedCommunity{value.key.low};
}
template <> std::optional<LargeCommunity> as_member(const Value& value) {
  if (!value.is(Type::lc)) return std::nullopt;
  return LargeCommunity{static_cast<std::uint32_t>(value.key.high), static_cast<std::uint32_t>(value.key.low >> 32), value.u32()};
}

/// Calls `with(C{})` for the kind of community a list holds.
template <class With> auto of_list(Type list, With with) {
  if (list == Type::eclist) return with(ExtendedCommunity{});
  if (list == Type::lclist) return with(LargeCommunity{});
  return with(Community{});
}

bool set_has(const Set& set, const Value& value) {
  auto element = element_type(value.static_type());
  if (set.element() == element) return set.contains(set_key(value));
  return false;
}

/// Cluster lists are lists of quads, and there are lists of plain numbers; both are held like communities.
template <class C> bool set_has_member(const Set& set, C c) {
  auto value = member(c);
  if (set.element().type == Type::ip && value.is(Type::pair)) value.type = Type::quad;
  if (set.element().type == Type::integer && value.is(Type::pair)) value.type = Type::integer;
  return set_has(set, value);
}

bool path_has(Bytes path, std::uint32_t asn) { return proto::as_path_count(path, asn) > 0; }

bool any_of_path(Bytes path, const Set& set) {
  bool found = false;
  proto::for_segments(path, [&](proto::SegmentType, proto::AsNumbers numbers) {
    for (std::size_t i = 0; i < numbers.size() && !found; ++i) found = set.contains({0, numbers[i]});
  });
  return found;
}

template <class C> bool any_of_list(Bytes list, const Set& set) {
  for (std::size_t i = 0; i < proto::community_count<C>(list); ++i)
    if (set_has_member(set, proto::community_at<C>(list, i))) return true;
  return false;
}

proto::Prefix host(const Value& ip) {
  auto address = ip.is(Type::quad) ? proto::Address::v4(ip.u32()) : ip.address();
  return proto::Prefix::make(address, proto::max_length_bits(address.family()));
}

bool is_address(const Value& value) { return value.is(Type::ip) || value.is(Type::quad); }

/// `a ~ b`; nothing if these types do not match against each other.
std::optional<bool> matched(const Value& a, const Value& b) {
  switch (b.type) {
    case Type::set: {
      auto& set = b.as_set();
      if (a.is(Type::path)) return any_of_path(a.bytes(), set);
      if (is_list(a.type)) return of_list(a.type, [&](auto c) { return any_of_list<decltype(c)>(a.bytes(), set); });
      if (set.empty() || element_type(a.static_type()) == set.element()) return set_has(set, a);
      return std::nullopt;
    }
    case Type::prefix_set:
      if (a.is(Type::prefix)) return a.kind <= NetKind::roa6 && b.as_prefix_set().contains(a.net());
      if (is_address(a)) return b.as_prefix_set().contains(host(a));
      return std::nullopt;
    case Type::prefix:
      if (a.is(Type::prefix)) return a.kind == b.kind && a.is_in_prefixes() && b.net().contains(a.net());
      if (is_address(a)) return b.is_in_prefixes() && b.net().contains(host(a));
      return std::nullopt;
    case Type::mask:
      if (a.is(Type::path)) return matches(mask_of(b), a.bytes());
      return std::nullopt;
    case Type::string:
      if (a.is(Type::string)) return glob_match(b.text(), a.text());
      return std::nullopt;
    case Type::path:
      if (a.is(Type::integer)) return path_has(b.bytes(), a.u32());
      return std::nullopt;
    case Type::clist:
    case Type::eclist:
    case Type::lclist:
      return of_list(b.type, [&](auto c) -> std::optional<bool> {
        auto wanted = as_member<decltype(c)>(a);
        if (!wanted) return std::nullopt;
        return proto::has_community<decltype(c)>(b.bytes(), *wanted);
      });
    default: return std::nullopt;
  }
}

/// Builds a list of bytes in the arena, never longer than was asked for.
class Builder {
 public:
  Builder(Arena& arena, std::size_t most) : at_(arena.take(most)), start_(at_) {}
  bool failed() const { return !start_; }
  void add(Bytes bytes) {
    if (!bytes.empty()) std::memcpy(at_, bytes.data(), bytes.size());
    at_ += bytes.size();
  }
  void add_u32(std::uint32_t number) {
    for (int shift = 24; shift >= 0; shift -= 8) *at_++ = static_cast<std::uint8_t>(number >> shift);
  }
  std::uint8_t* mark() { return at_; }
  void back_to(std::uint8_t* mark) { at_ = mark; }
  void add_byte(std::uint8_t byte) { *at_++ = byte; }
  Bytes bytes() const { return {start_, static_cast<std::size_t>(at_ - start_)}; }

 private:
  std::uint8_t *at_, *start_;
};

const char* prepend(const Value& path, std::uint32_t asn, Arena& arena, Value& result) {
  auto bytes = path.bytes();
  if (bytes.size() + 6 > longest_list) return "the AS path is too long";
  Builder out(arena, bytes.size() + 6);
  if (out.failed()) return out_of_memory;
  auto sequence = static_cast<std::uint8_t>(proto::SegmentType::sequence);
  bool joins = bytes.size() >= 2 && bytes[0] == sequence && bytes[1] < 255;
  out.add_byte(sequence);
  out.add_byte(joins ? static_cast<std::uint8_t>(bytes[1] + 1) : 1);
  out.add_u32(asn);
  out.add(joins ? bytes.subspan(2) : bytes);
  result = Value::list(Type::path, out.bytes());
  return nullptr;
}

/// The path without (or only with) the numbers that are `what`: a number or a set of them.
const char* filter_path(const Value& path, const Value& what, bool keep, Arena& arena, Value& result) {
  if (!what.is(Type::integer) && !what.is(Type::set)) return "a number or a set of numbers is needed to change an AS path";
  Builder out(arena, path.size);
  if (out.failed()) return out_of_memory;
  proto::for_segments(path.bytes(), [&](proto::SegmentType type, proto::AsNumbers numbers) {
    auto head = out.mark();
    out.add_byte(static_cast<std::uint8_t>(type));
    out.add_byte(0);
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      bool named = what.is(Type::integer) ? numbers[i] == what.u32() : what.as_set().contains({0, numbers[i]});
      if (named != keep) continue;
      out.add_u32(numbers[i]);
      ++head[1];
    }
    if (!head[1]) out.back_to(head);
  });
  result = Value::list(Type::path, out.bytes());
  return nullptr;
}

template <class C> const char* filter_list(const Value& list, const Value& what, bool keep, Arena& arena, Value& result) {
  auto one = as_member<C>(what);
  bool other_list = what.type == list.type;
  if (!one && !other_list && !what.is(Type::set)) return incompatible;
  Builder out(arena, list.size);
  if (out.failed()) return out_of_memory;
  for (std::size_t i = 0; i < proto::community_count<C>(list.bytes()); ++i) {
    auto c = proto::community_at<C>(list.bytes(), i);
    bool named = one ? c == *one : other_list ? proto::has_community<C>(what.bytes(), c) : set_has_member(what.as_set(), c);
    if (named == keep) out.add(list.bytes().subspan(i * C::wire_bytes, C::wire_bytes));
  }
  result = Value::list(list.type, out.bytes());
  return nullptr;
}

template <class C> const char* insert(const Value& list, const Value& what, Arena& arena, Value& result) {
  if (what.type == list.type) {
    if (list.size + what.size > longest_list) return "the list of communities is too long";
    Builder out(arena, list.size + what.size);
    if (out.failed()) return out_of_memory;
    out.add(list.bytes());
    for (std::size_t i = 0; i < proto::community_count<C>(what.bytes()); ++i)
      if (!proto::has_community<C>(out.bytes(), proto::community_at<C>(what.bytes(), i)))
        out.add(what.bytes().subspan(i * C::wire_bytes, C::wire_bytes));
    result = Value::list(list.type, out.bytes());
    return nullptr;
  }
  auto one = as_member<C>(what);
  if (!one) return incompatible;
  result = list;
  if (proto::has_community<C>(list.bytes(), *one)) return nullptr;
  if (list.size + C::wire_bytes > longest_list) return "the list of communities is too long";
  Builder out(arena, list.size + C::wire_bytes);
  if (out.failed()) return out_of_memory;
  out.add(list.bytes());
  std::uint8_t wire[C::wire_bytes];
  one->to_wire(wire);
  out.add(wire);
  result = Value::list(list.type, out.bytes());
  return nullptr;
}

/// The least or greatest member; for an empty list the one that is all zeros, as in BIRD.
template <class C> Value extreme(Bytes list, bool greatest) {
  if (list.empty()) return member(C{});
  auto best = proto::community_at<C>(list, 0);
  proto::for_communities<C>(list, [&](C c) {
    if (greatest ? c > best : c < best) best = c;
  });
  return member(best);
}

const char* join(const Value& a, const Value& b, Arena& arena, Value& result) {
  if (a.type != b.type || !(a.is(Type::string) || a.is(Type::bytes))) return "two strings are needed to join them";
  Builder out(arena, std::size_t{a.size} + b.size);
  if (out.failed()) return out_of_memory;
  out.add(a.bytes());
  out.add(b.bytes());
  result = Value::list(a.type, out.bytes());
  return nullptr;
}

const char* from_hex(std::string_view text, Arena& arena, Value& result) {
  Builder out(arena, text.size());
  if (out.failed()) return out_of_memory;
  int high = -1;
  for (char c : text) {
    bool separates = c == ' ' || c == '-' || c == '.' || c == ':';
    if (separates && high < 0) continue;
    auto lower = static_cast<char>(c | 0x20);
    int digit = c >= '0' && c <= '9' ? c - '0' : lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
    if (digit < 0) return "from_hex: not a hexadecimal digit";
    if (high >= 0) out.add_byte(static_cast<std::uint8_t>(high << 4 | digit));
    high = high < 0 ? digit : -1;
  }
  if (high >= 0) return "from_hex: the number of digits is odd";
  result = Value::list(Type::bytes, out.bytes());
  return nullptr;
}

const char* make_ec(std::uint32_t variant, const Value& key, const Value& data, Value& result) {
  auto kind = static_cast<EcKind>(variant & 0xff);
  bool address = is_address(key);
  if (!address && !key.is(Type::integer)) return "the key of an extended community must be a number or an address";
  if (!data.is(Type::integer)) return "the value of an extended community must be a number";
  if (key.is(Type::ip) && !key.address().is_v4()) return "the key of an extended community must be an IPv4 address";
  std::uint64_t number = address && key.is(Type::ip) ? key.address().v4_bits() : key.u32();
  if (kind == EcKind::generic) {
    result = Value::number(Type::ec, number << 32 | data.u32());
    return nullptr;
  }
  bool wide = address || number > 0xffff;
  if (wide && data.u32() > 0xffff) return "a key of 4 bytes leaves 2 bytes for the value: it must be at most 65535";
  if (kind == EcKind::unknown) {
    auto type = static_cast<std::uint64_t>(variant >> 8) << 48;
    result = Value::number(Type::ec, type | (wide ? number << 16 | data.u32() : number << 32 | data.u32()));
    return nullptr;
  }
  auto ec = ExtendedCommunity::make(static_cast<std::uint8_t>(kind), static_cast<std::uint32_t>(number), data.u32(), address);
  result = Value::number(Type::ec, ec.value);
  return nullptr;
}

const char* arithmetic(Op op, const Value& a, const Value& b, Value& result) {
  if (!a.is(Type::integer) || !b.is(Type::integer))
    return a.is(Type::void_) || b.is(Type::void_) ? "arithmetic with an undefined value" : "arithmetic with a value that is not an int";
  auto x = a.u32(), y = b.u32();
  if (op == Op::divide && y == 0) return "division by zero";
  result = Value::integer(op == Op::add ? x + y : op == Op::subtract ? x - y : op == Op::multiply ? x * y
                          : op == Op::bit_or ? x | y : op == Op::bit_and ? x & y : x / y);
  return nullptr;
}

const char* compare(Op op, const Value& a, const Value& b, Value& result) {
  auto ordered = order(a, b);
  if (!ordered) return "values of these types cannot be compared";
  auto by = *ordered;
  result = Value::boolean(op == Op::less ? by < 0 : op == Op::less_equal ? by <= 0 : op == Op::greater ? by > 0 : by >= 0);
  return nullptr;
}

const char* length(const Value& value, Value& result) {
  switch (value.type) {
    case Type::path: result = Value::integer(proto::as_path_length(value.bytes())); return nullptr;
    case Type::prefix: result = Value::integer(value.tag); return nullptr;
    case Type::clist: result = Value::integer(value.size / Community::wire_bytes); return nullptr;
    case Type::eclist: result = Value::integer(value.size / ExtendedCommunity::wire_bytes); return nullptr;
    case Type::lclist: result = Value::integer(value.size / LargeCommunity::wire_bytes); return nullptr;
    default: return "'.len' needs a prefix, a path or a list of communities";
  }
}

const char* of_path(Op op, const Value& path, Value& result) {
  if (!path.is(Type::path)) return "an AS path is needed here";
  auto bytes = path.bytes();
  result = Value::integer(op == Op::first ? proto::as_path_first(bytes)
                          : op == Op::last ? proto::as_path_last(bytes)
                                           : proto::as_path_last_nonaggregated(bytes));
  return nullptr;
}

const char* part(Op op, const Value& value, Value& result) {
  if (value.is(Type::pair) && (op == Op::asn_of || op == Op::data_of)) {
    result = Value::integer(op == Op::asn_of ? value.u32() >> 16 : value.u32() & 0xffff);
    return nullptr;
  }
  if (!value.is(Type::lc) || op == Op::data_of) return "this value has no such part";
  result = Value::integer(static_cast<std::uint32_t>(op == Op::asn_of ? value.key.high : op == Op::data1_of ? value.key.low >> 32 : value.key.low));
  return nullptr;
}

/// Only nets of single MACs have one.
proto::Address host_of_evpn(const Value& net) {
  auto parts = evpn_net(net.bytes());
  return parts.type == EvpnType::mac && parts.address ? *parts.address : proto::Address();
}

const char* of_prefix(Op op, const Value& value, Value& result) {
  if (!value.is(Type::prefix)) return "a prefix is needed here";
  if (op == Op::net_type) result = Value::enumeration(enumeration::net_type, static_cast<std::uint32_t>(value.kind));
  else if (value.kind == NetKind::evpn) result = Value::ip(host_of_evpn(value));
  else result = Value::ip(value.is_in_prefixes() || value.kind == NetKind::neighbor ? value.address() : proto::Address());
  return nullptr;
}

/// What only some kinds of nets have.
const char* of_special_net(Op op, const Value& net, Value& result) {
  if (!net.is(Type::prefix)) return "a prefix is needed here";
  auto is = [&](NetKind one, NetKind other) { return net.kind == one || net.kind == other; };
  switch (op) {
    case Op::rd_of:
      if (net.kind == NetKind::evpn) {
        result = Value::number(Type::rd, evpn_net(net.bytes()).rd);
        return nullptr;
      }
      if (!is(NetKind::vpn4, NetKind::vpn6)) return "only a net of a VPN has a route distinguisher";
      result = Value::number(Type::rd, net_number(net, 0, 8));
      return nullptr;
    case Op::max_length_of:
      if (!is(NetKind::roa4, NetKind::roa6)) return "only a ROA has a longest length";
      result = Value::integer(static_cast<std::uint32_t>(net_number(net, 0, 1)));
      return nullptr;
    case Op::asn_of:
      if (net.kind == NetKind::aspa) {
        result = Value::integer(net.u32());
        return nullptr;
      }
      if (!is(NetKind::roa4, NetKind::roa6)) return "only a ROA and an ASPA have an AS number";
      result = Value::integer(static_cast<std::uint32_t>(net_number(net, 1, 4)));
      return nullptr;
    default:
      if (!is(NetKind::flow4, NetKind::flow6) && net.kind != NetKind::sadr) return "only a flow or a net with a source has source and destination";
      result = Value::prefix(op == Op::source_of ? net_source(net) : net.net());
      return nullptr;
  }
}

/// What nets of Ethernets and their VPNs have.
const char* of_overlay_net(Op op, const Value& net, Value& result) {
  if (!net.is(Type::prefix)) return "a prefix is needed here";
  if (net.kind == NetKind::ethernet && (op == Op::mac_of || op == Op::vlan_of)) {
    result = op == Op::mac_of ? Value::number(Type::mac, net_number(net, 0, 6))
                              : Value::integer(static_cast<std::uint32_t>(net_number(net, 6, 2)));
    return nullptr;
  }
  if (op == Op::vlan_of) return "only a net of an Ethernet has a VLAN";
  if (net.kind != NetKind::evpn) return op == Op::mac_of ? "only a net of an Ethernet or an EVPN has a MAC" : "this is not a net of an EVPN";
  auto parts = evpn_net(net.bytes());
  auto is = [&](EvpnType one, EvpnType other) { return parts.type == one || parts.type == other; };
  switch (op) {
    case Op::mac_of:
      if (parts.type != EvpnType::mac) return "only a net of type NET_EVPN_MAC has a MAC";
      result = Value::number(Type::mac, parts.mac);
      return nullptr;
    case Op::evpn_type_of:
      result = Value::enumeration(enumeration::evpn_type, static_cast<std::uint32_t>(parts.type));
      return nullptr;
    case Op::evpn_tag_of:
      if (parts.type == EvpnType::segment) return "a net of type NET_EVPN_ES has no tag";
      result = Value::integer(parts.tag);
      return nullptr;
    case Op::evpn_segment_of:
      if (!is(EvpnType::auto_discovery, EvpnType::segment)) return "only a net of type NET_EVPN_EAD or NET_EVPN_ES has a segment";
      result = Value::list(Type::bytes, evpn_segment(net.bytes()));
      return nullptr;
    default:
      if (!is(EvpnType::multicast, EvpnType::segment) || !parts.address) return "only a net of type NET_EVPN_IMET or NET_EVPN_ES has a router";
      result = Value::ip(*parts.address);
      return nullptr;
  }
}

const char* mask_address(const Value& ip, const Value& length, Value& result) {
  if (!is_address(ip) || !length.is(Type::integer)) return "'.mask' needs an address and a number of bits";
  auto address = host(ip).address;
  auto bits = std::min(length.u32(), static_cast<std::uint32_t>(proto::max_length_bits(address.family())));
  result = Value::ip(proto::Prefix::make(address, bits).address);
  return nullptr;
}

const char* make_pair(const Value& a, const Value& b, Value& result) {
  if (!a.is(Type::integer) || !b.is(Type::integer)) return "the halves of a pair must be numbers";
  if (a.u32() > 0xffff || b.u32() > 0xffff) return "the halves of a pair must be at most 65535";
  result = Value::number(Type::pair, a.u32() << 16 | b.u32());
  return nullptr;
}

const char* make_lc(const Value& a, const Value& b, const Value& c, Value& result) {
  if (!a.is(Type::integer) || !b.is(Type::integer) || !c.is(Type::integer)) return "the parts of a large community must be numbers";
  result = Value::lc(a.u32(), b.u32(), c.u32());
  return nullptr;
}

const char* change_list(Op op, const Value& list, const Value& what, Arena& arena, Value& result) {
  if (op == Op::prepend) {
    if (!list.is(Type::path)) return "an AS path is needed to prepend to it";
    if (!what.is(Type::integer)) return "only a number can be prepended to an AS path";
    return prepend(list, what.u32(), arena, result);
  }
  if (list.is(Type::path) && op != Op::insert) return filter_path(list, what, op == Op::keep, arena, result);
  if (!is_list(list.type)) return "a list of communities is needed here";
  return of_list(list.type, [&](auto c) {
    using C = decltype(c);
    return op == Op::insert ? insert<C>(list, what, arena, result) : filter_list<C>(list, what, op == Op::keep, arena, result);
  });
}

const char* put_text(const Value& value, Arena& arena, Value& result) {
  auto text = to_text(value);
  Builder out(arena, text.size());
  if (out.failed()) return out_of_memory;
  out.add(Bytes(reinterpret_cast<const std::uint8_t*>(text.data()), text.size()));
  result = Value::list(Type::string, out.bytes());
  return nullptr;
}

}  // namespace

const char* operate(Op op, std::uint32_t variant, const Operands& v, Arena& arena, Value& result) {
  switch (op) {
    case Op::add:
    case Op::subtract:
    case Op::multiply:
    case Op::divide:
    case Op::bit_or:
    case Op::bit_and: return arithmetic(op, v[0], v[1], result);
    case Op::concatenate:
    case Op::append: return join(v[0], v[1], arena, result);
    case Op::not_:
      if (!v[0].is(Type::boolean)) return "'!' needs a bool";
      result = Value::boolean(!v[0].truth());
      return nullptr;
    case Op::equal:
    case Op::not_equal: result = Value::boolean(same(v[0], v[1]) == (op == Op::equal)); return nullptr;
    case Op::less:
    case Op::less_equal:
    case Op::greater:
    case Op::greater_equal: return compare(op, v[0], v[1], result);
    case Op::match:
    case Op::not_match: {
      auto found = matched(v[0], v[1]);
      if (!found) return "values of these types cannot be matched against each other";
      result = Value::boolean(*found == (op == Op::match));
      return nullptr;
    }
    case Op::in_arm: result = Value::boolean(matched(v[0], v[1]).value_or(false)); return nullptr;
    case Op::make_pair: return make_pair(v[0], v[1], result);
    case Op::make_lc: return make_lc(v[0], v[1], v[2], result);
    case Op::make_ec: return make_ec(variant, v[0], v[1], result);
    case Op::length: return length(v[0], result);
    case Op::first:
    case Op::last:
    case Op::last_nonaggregated: return of_path(op, v[0], result);
    case Op::minimum:
    case Op::maximum:
      if (!is_list(v[0].type)) return "a list of communities is needed here";
      result = of_list(v[0].type, [&](auto c) { return extreme<decltype(c)>(v[0].bytes(), op == Op::maximum); });
      return nullptr;
    case Op::ip_of:
    case Op::net_type: return of_prefix(op, v[0], result);
    case Op::max_length_of:
    case Op::rd_of:
    case Op::source_of:
    case Op::destination_of: return of_special_net(op, v[0], result);
    case Op::mac_of:
    case Op::vlan_of:
    case Op::evpn_type_of:
    case Op::evpn_tag_of:
    case Op::evpn_segment_of:
    case Op::router_of: return of_overlay_net(op, v[0], result);
    case Op::mask_address: return mask_address(v[0], v[1], result);
    case Op::is_v4:
      if (!is_address(v[0])) return "'.is_v4' needs an address";
      result = Value::boolean(host(v[0]).family == proto::Family::ipv4);
      return nullptr;
    case Op::asn_of:
      if (v[0].is(Type::prefix)) return of_special_net(op, v[0], result);
      [[fallthrough]];
    case Op::data_of:
    case Op::data1_of:
    case Op::data2_of: return part(op, v[0], result);
    case Op::prepend:
    case Op::insert:
    case Op::remove:
    case Op::keep: return change_list(op, v[0], v[1], arena, result);
    case Op::clear:
      if (!is_list(v[0].type) && !v[0].is(Type::path)) return "only a path or a list can be emptied";
      result = Value::list(v[0].type, {});
      return nullptr;
    case Op::format: return put_text(v[0], arena, result);
    case Op::from_hex:
      if (!v[0].is(Type::string)) return "from_hex needs a string";
      return from_hex(v[0].text(), arena, result);
    default: return "not an operation on values";
  }
}

bool glob_match(std::string_view pattern, std::string_view text) {
  // On a mismatch the last `*` takes one character more; earlier ones never need to.
  std::size_t p = 0, t = 0, star = pattern.npos, taken = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      taken = t;
    } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t])) {
      ++p;
      ++t;
    } else if (star != pattern.npos) {
      p = star + 1;
      t = ++taken;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

}  // namespace avocet::filter
