#include "bgpd/filter/value.hpp"

#include <algorithm>
#include <cstring>
#include <vector>

#include <fmt/format.h>

#include "bgpd/filter/flow.hpp"
#include "bgpd/filter/overlay.hpp"
#include "bgpd/filter/path_mask.hpp"
#include "bgpd/filter/prefix_set.hpp"
#include "bgpd/filter/set.hpp"
#include "proto/as_path.hpp"
#include "proto/community.hpp"

namespace avocet::filter {
namespace {

bool points_to_bytes(Type type) {
  return type == Type::string || type == Type::bytes || type == Type::path || is_list(type) || type == Type::prefix;
}

bool same_bytes(const Value& a, const Value& b) {
  return a.size == b.size && (a.size == 0 || std::memcmp(a.object, b.object, a.size) == 0);
}

/// By kind first; then by the prefix and what is beside it, of a VPN the other way round.
std::strong_ordering order_of_nets(const Value& a, const Value& b) {
  if (a.kind != b.kind) return a.kind <=> b.kind;
  auto prefixes = a.key != b.key ? a.key <=> b.key : a.tag <=> b.tag;
  auto rests = a.size <=> b.size;
  if (rests == 0 && a.size > 0) rests = std::memcmp(a.object, b.object, a.size) <=> 0;
  bool vpn = a.kind == NetKind::vpn4 || a.kind == NetKind::vpn6;
  auto &first = vpn ? rests : prefixes, &second = vpn ? prefixes : rests;
  return first != 0 ? first : second;
}

/// A quad may stand for an IPv4 address.
Value as_address(const Value& value) { return value.is(Type::quad) ? Value::ip(proto::Address::v4(value.u32())) : value; }

std::string list_text(const char* name, const std::string& members) { return fmt::format("({} {})", name, members); }

}  // namespace

std::string type_name(StaticType type) {
  switch (type.type) {
    case Type::void_: return "void";
    case Type::boolean: return "bool";
    case Type::integer: return "int";
    case Type::enumeration: return fmt::format("enum {:x}", type.tag);
    case Type::pair: return "pair";
    case Type::quad: return "quad";
    case Type::ip: return "ip";
    case Type::prefix: return "prefix";
    case Type::rd: return "rd";
    case Type::ec: return "ec";
    case Type::lc: return "lc";
    case Type::string: return "string";
    case Type::bytes: return "bytestring";
    case Type::path: return "bgppath";
    case Type::mask: return "bgpmask";
    case Type::clist: return "clist";
    case Type::eclist: return "eclist";
    case Type::lclist: return "lclist";
    case Type::set:
      if (static_cast<Type>(type.tag) == Type::enumeration) return "enum set";
      return type.tag ? type_name({static_cast<Type>(type.tag)}) + " set" : "empty set";
    case Type::prefix_set: return "prefix set";
    case Type::mac: return "mac";
    case Type::any: return "any";
  }
  return "";
}

bool may_be(StaticType given, StaticType wanted) {
  if (given.type == Type::any || wanted.type == Type::any || given.type == Type::void_ || given == wanted) return true;
  bool addresses = (given.type == Type::quad && wanted.type == Type::ip) || (given.type == Type::ip && wanted.type == Type::quad);
  // `[]` is a set of anything.
  auto is_empty_set = [](StaticType t) { return t.type == Type::set && !t.tag; };
  auto is_set = [](StaticType t) { return t.type == Type::set || t.type == Type::prefix_set; };
  return addresses || (is_set(given) && is_set(wanted) && (is_empty_set(given) || is_empty_set(wanted)));
}

Value Value::set(const Set& set) {
  return {Type::set, static_cast<std::uint8_t>(set.element().type), {}, 0, {}, &set};
}
Value Value::set(const PrefixSet& set) { return {Type::prefix_set, 0, {}, 0, {}, &set}; }

StaticType Value::static_type() const {
  return {type, type == Type::enumeration || type == Type::set ? tag : std::uint8_t{0}};
}

std::optional<std::strong_ordering> order(const Value& a, const Value& b) {
  if (a.is(Type::void_) || b.is(Type::void_)) return !a.is(Type::void_) <=> !b.is(Type::void_);
  auto x = as_address(a), y = as_address(b);
  if (x.type != y.type) return std::nullopt;
  switch (x.type) {
    case Type::enumeration:
      if (x.tag != y.tag) return std::nullopt;
      [[fallthrough]];
    case Type::boolean:
    case Type::integer:
    case Type::pair:
    case Type::ip:
    case Type::ec:
    case Type::lc:
    case Type::mac:
    case Type::rd: return x.key <=> y.key;
    case Type::prefix:
      return order_of_nets(x, y);
    case Type::string: return x.text() <=> y.text();
    default: return std::nullopt;
  }
}

bool same(const Value& a, const Value& b) {
  auto x = as_address(a), y = as_address(b);
  auto untyped_empty = [](const Value& v) { return v.is(Type::set) && !v.tag && v.as_set().empty(); };
  if (x.is(Type::prefix_set) && untyped_empty(y)) return x.as_prefix_set().empty();
  if (y.is(Type::prefix_set) && untyped_empty(x)) return y.as_prefix_set().empty();
  if (x.type != y.type) return false;
  if (x.is(Type::prefix)) return order_of_nets(x, y) == 0;
  if (points_to_bytes(x.type)) return same_bytes(x, y);
  switch (x.type) {
    case Type::void_: return true;
    case Type::set: return (x.as_set().empty() && y.as_set().empty() && (x.tag == y.tag || !x.tag || !y.tag)) || x.as_set() == y.as_set();
    case Type::prefix_set: return x.as_prefix_set() == y.as_prefix_set();
    case Type::mask: {
      auto one = mask_of(x), two = mask_of(y);
      return std::equal(one.begin(), one.end(), two.begin(), two.end());
    }
    case Type::enumeration: return x.tag == y.tag && x.key == y.key;
    default: return x.key == y.key;
  }
}

std::string rd_text(std::uint64_t rd) {
  auto type = static_cast<unsigned>(rd >> 48);
  if (type == 1) return fmt::format("{}:{}", proto::quad_text(static_cast<std::uint32_t>(rd >> 16)), rd & 0xffff);
  if (auto asn = static_cast<std::uint32_t>(rd >> 16); type == 2) return fmt::format("{}{}:{}", asn > 0xffff ? "" : "2:", asn, rd & 0xffff);
  return fmt::format("{}:{}", rd >> 32 & 0xffff, static_cast<std::uint32_t>(rd));
}

std::array<std::uint8_t, 5> roa_bytes(std::uint8_t max_length, std::uint32_t asn) {
  auto byte = [&](int shift) { return static_cast<std::uint8_t>(asn >> shift); };
  return {max_length, byte(24), byte(16), byte(8), byte(0)};
}

std::uint64_t net_number(const Value& net, std::size_t from, std::size_t count) {
  std::uint64_t number = 0;
  for (auto byte : net.bytes().subspan(from, count)) number = number << 8 | byte;
  return number;
}

proto::Prefix net_source(const Value& net) {
  if (net.kind != NetKind::sadr) return flow_prefix(net_family(net.kind), net.bytes(), FlowComponent::source);
  return proto::Prefix::v6(proto::Address::v6(net_number(net, 0, 8), net_number(net, 8, 8)), static_cast<unsigned>(net_number(net, 16, 1)));
}

namespace {

std::string net_text(const Value& net) {
  switch (net.kind) {
    case NetKind::vpn4:
    case NetKind::vpn6: return fmt::format("{} {}", rd_text(net_number(net, 0, 8)), net.net().text());
    case NetKind::roa4:
    case NetKind::roa6: return fmt::format("{}-{} AS{}", net.net().text(), net_number(net, 0, 1), net_number(net, 1, 4));
    case NetKind::flow4:
    case NetKind::flow6: return flow_text(net_family(net.kind), net.bytes());
    case NetKind::sadr: return fmt::format("{} from {}", net.net().text(), net_source(net).text());
    default: return net.is_in_prefixes() ? net.net().text() : overlay_text(net);
  }
}

}  // namespace

std::string to_text(const Value& value) {
  switch (value.type) {
    case Type::void_:
    case Type::any: return "(void)";
    case Type::boolean: return value.truth() ? "TRUE" : "FALSE";
    case Type::integer: return std::to_string(value.u32());
    case Type::enumeration: return fmt::format("(enum {:x}){}", value.tag, value.u32());
    case Type::pair: return proto::Community{value.u32()}.text();
    case Type::quad: return proto::quad_text(value.u32());
    case Type::ip: return value.address().text();
    case Type::prefix: return net_text(value);
    case Type::rd: return rd_text(value.key.low);
    case Type::ec: return proto::ExtendedCommunity{value.key.low}.text();
    case Type::lc:
      return proto::LargeCommunity{static_cast<std::uint32_t>(value.key.high), static_cast<std::uint32_t>(value.key.low >> 32),
                                   static_cast<std::uint32_t>(value.key.low)}
          .text();
    case Type::string: return std::string(value.text());
    case Type::bytes: {
      std::string out;
      for (auto byte : value.bytes()) out += fmt::format("{}{:02x}", out.empty() ? "" : ":", byte);
      return out;
    }
    case Type::path: return list_text("path", proto::as_path_text(value.bytes()));
    case Type::clist: return list_text("clist", proto::community_list_text<proto::Community>(value.bytes()));
    case Type::eclist: return list_text("eclist", proto::community_list_text<proto::ExtendedCommunity>(value.bytes()));
    case Type::lclist: return list_text("lclist", proto::community_list_text<proto::LargeCommunity>(value.bytes()));
    case Type::mask: return mask_text(mask_of(value));
    case Type::mac: return mac_text(value.key.low);
    case Type::set: return value.as_set().text();
    case Type::prefix_set: return value.as_prefix_set().text();
  }
  return "";
}

Constant own(const Value& value) {
  if (value.is(Type::prefix) && value.size == 0) return {value, nullptr};
  if (points_to_bytes(value.type)) {
    auto copy = std::make_shared<std::vector<std::uint8_t>>(value.bytes().begin(), value.bytes().end());
    auto owned = value;
    owned.object = copy->data();
    return {owned, copy};
  }
  switch (value.type) {
    case Type::set: return {value, value.as_set().shared_from_this()};
    case Type::prefix_set: return {value, value.as_prefix_set().shared_from_this()};
    case Type::mask: {
      auto copy = std::make_shared<PathMask>();
      for (auto& item : mask_of(value)) {
        copy->items.push_back(item);
        if (item.set) copy->sets.push_back(item.set->shared_from_this());
      }
      auto owned = value;
      owned.object = copy->items.data();
      return {owned, copy};
    }
    default: return {value, nullptr};
  }
}

}  // namespace avocet::filter
