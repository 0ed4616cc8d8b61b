#include "bgpd/filter/route_access.hpp"

#include <array>
#include <cstring>

#include "proto/as_path.hpp"

namespace avocet::filter {
namespace {

using Kind = Attribute::Kind;
using proto::AttributeCode;
using proto::DestinationKind;

AttributeCode code(const Attribute& attribute) { return static_cast<AttributeCode>(attribute.code); }

/// Numbers of RTD_* that BIRD 1.6 tells apart where BIRD 2 has RTD_UNICAST.
enum : std::uint32_t { rtd_router = 0, rtd_device = 1, rtd_multipath = 5 };

std::uint32_t rtd_number(DestinationKind kind, std::span<const proto::NextHop> hops, Dialect dialect) {
  if (kind != DestinationKind::unicast || dialect == Dialect::bird2) return static_cast<std::uint32_t>(kind);
  if (hops.size() > 1) return rtd_multipath;
  return hops.empty() || hops[0].gateway.is_unspecified() ? rtd_device : rtd_router;
}

}  // namespace

proto::AttributeBlock& RouteAccess::changing() {
  if (!edits_.changed) edits_.attributes.assign(input_);
  edits_.changed = true;
  last_read_ = nullptr;
  return edits_.attributes;
}

Value RouteAccess::read(const Attribute& attribute) const {
  if (!attribute.code) return absent(attribute);
  if (last_read_ == &attribute) return last_value_;
  auto entry = current().find(code(attribute));
  last_value_ = entry ? read_present(attribute, entry->value) : absent(attribute);
  last_read_ = &attribute;
  return last_value_;
}

Value RouteAccess::read_present(const Attribute& attribute, proto::Bytes bytes) const {
  auto value = read_entry(attribute, bytes);
  if (value.is(Type::ip)) return address_value(value.address());
  // Bytes in the edited block move with the next change; a variable may keep the value longer.
  if (edits_.changed && value.size) {
    auto copy = arena_.take(value.size);
    if (!copy) return {};
    std::memcpy(copy, value.object, value.size);
    value.object = copy;
  }
  return value;
}

/// In an IPv4 daemon of BIRD 1.6 no address is 0.0.0.0.
Value RouteAccess::address_value(proto::Address address) const {
  bool ipv4_daemon = dialect_ == Dialect::bird1 && route_.net.family == proto::Family::ipv4;
  return Value::ip(ipv4_daemon && address.is_unspecified() ? proto::Address::v4(0) : address);
}

Value RouteAccess::destination_value() const {
  return Value::enumeration(enumeration::destination(dialect_), rtd_number(kind(), hops(), dialect_));
}

Value RouteAccess::absent(const Attribute& attribute) const {
  auto has_hop = !hops().empty();
  switch (attribute.kind) {
    case Kind::net: return route_.special_net ? *route_.special_net : Value::prefix(route_.net);
    case Kind::protocol: return Value::string(route_.protocol);
    case Kind::source: return Value::enumeration(enumeration::source, static_cast<std::uint32_t>(route_.source));
    case Kind::destination: return destination_value();
    case Kind::from: return address_value(route_.from);
    case Kind::gateway: return address_value(has_hop ? hops()[0].gateway : proto::Address{});
    case Kind::interface_name: return Value::string(has_hop ? snapshot_.interface_name(hops()[0].ifindex) : "");
    case Kind::interface_index: return Value::integer(has_hop ? hops()[0].ifindex : 0);
    case Kind::weight: return Value::integer(has_hop ? hops()[0].weight + 1u : 1);
    case Kind::onlink: return Value::boolean(has_hop && hops()[0].onlink);
    case Kind::scope: return *find_enumerator("SCOPE_UNIVERSE", dialect_);
    case Kind::cast: return *find_enumerator("RTC_UNICAST", dialect_);
    case Kind::preference: return Value::integer(route_.preference);
    case Kind::igp_metric: return route_.igp_metric ? Value::integer(*route_.igp_metric) : Value{};
    case Kind::list: return Value::list(attribute.type.type, {});
    case Kind::path: return dialect_ == Dialect::bird2 ? Value::list(Type::path, {}) : Value{};
    default: return {};
  }
}

const char* RouteAccess::write(const Attribute& attribute, const Value& value) {
  switch (attribute.kind) {
    case Kind::destination: return write_destination(value);
    case Kind::gateway: return write_gateway(value);
    case Kind::interface_name: return write_interface(value);
    case Kind::weight:
    case Kind::onlink: return write_hop(attribute, value);
    default: return write_entry(attribute, value);
  }
}

const char* RouteAccess::redirect(DestinationKind kind, std::vector<proto::NextHop> hops) {
  redirected_ = true;
  destination_ = {kind, std::move(hops)};
  proto::set_destination(changing(), destination_);
  return nullptr;
}

const char* RouteAccess::write_destination(const Value& value) {
  auto wanted = static_cast<DestinationKind>(value.u32());
  bool allowed = value.is(Type::enumeration) && value.tag == enumeration::destination(dialect_) &&
                 (wanted == DestinationKind::blackhole || wanted == DestinationKind::unreachable ||
                  wanted == DestinationKind::prohibit);
  if (!allowed) return "dest can be set to blackhole, unreachable and prohibit only";
  return redirect(wanted, {});
}

const char* RouteAccess::write_gateway(const Value& value) {
  if (!value.is(Type::ip) && !value.is(Type::quad)) return "gw needs an address";
  auto gateway = value.is(Type::quad) ? proto::Address::v4(value.u32()) : value.address();
  auto ifindex = snapshot_.neighbor_interface(gateway);
  if (!ifindex) return "gw is not directly reachable";
  return redirect(DestinationKind::unicast, {{gateway, *ifindex, 0, false}});
}

const char* RouteAccess::write_interface(const Value& value) {
  if (!value.is(Type::string)) return "ifname needs a string";
  auto ifindex = snapshot_.interface_index(value.text());
  if (!ifindex) return "ifname: there is no such interface";
  return redirect(DestinationKind::unicast, {{{}, *ifindex, 0, false}});
}

const char* RouteAccess::write_hop(const Attribute& attribute, const Value& value) {
  if (kind() != DestinationKind::unicast || hops().empty()) return "the route has no next hop to change";
  std::vector<proto::NextHop> changed(hops().begin(), hops().end());
  if (attribute.kind == Kind::onlink) {
    if (!value.is(Type::boolean)) return "onlink needs a bool";
    changed[0].onlink = value.truth();
  } else {
    if (!value.is(Type::integer) || value.u32() < 1 || value.u32() > 256)
      return "weight must be a number from 1 to 256";
    changed[0].weight = static_cast<std::uint8_t>(value.u32() - 1);
  }
  return redirect(DestinationKind::unicast, std::move(changed));
}

const char* RouteAccess::write_entry(const Attribute& attribute, const Value& value) {
  if (value.is(Type::void_)) return "an attribute cannot be set to an undefined value";
  if (!may_be(value.static_type(), attribute.type)) return "the value is not of the attribute's type";
  auto& block = changing();
  if (attribute.code < edits_.assigned.size()) edits_.assigned.set(attribute.code);
  switch (attribute.kind) {
    case Kind::origin: {
      std::uint8_t byte = static_cast<std::uint8_t>(value.u32());
      block.set(code(attribute), {&byte, 1});
      return nullptr;
    }
    case Kind::preference: {
      constexpr std::uint32_t most = 0xffff;
      if (value.u32() > most && dialect_ == Dialect::bird1) return "preference must be at most 65535";
      block.set_u32(code(attribute), value.u32() & most);  // BIRD 2 cuts it without a word
      return nullptr;
    }
    case Kind::from:
    case Kind::address:
      block.set_address(code(attribute), value.is(Type::quad) ? proto::Address::v4(value.u32()) : value.address());
      return nullptr;
    case Kind::quad:
      block.set_u32(code(attribute), value.is(Type::ip) ? value.address().v4_bits() : value.u32());
      return nullptr;
    case Kind::bit: {
      auto bits = block.view().u32(code(attribute)).value_or(0);
      auto bit = std::uint32_t{1} << attribute.bit;
      block.set_u32(code(attribute), value.truth() ? bits | bit : bits & ~bit);
      return nullptr;
    }
    case Kind::list: {
      // An empty list of communities says the same as none, and must not be sent (RFC 7606 section 7.8).
      bool is_bgp = attribute.code < proto::code_of(AttributeCode::preference);
      if (value.size == 0 && is_bgp)
        block.erase(code(attribute));
      else
        block.set(code(attribute), value.bytes());
      return nullptr;
    }
    case Kind::bytes: {
      // A BGP attribute by its number: what nobody here knows travels as optional and transitive, RFC 4271 section 9.
      bool unknown_to_bgp =
          attribute.code < proto::code_of(AttributeCode::preference) && proto::canonical_flags(code(attribute)) == 0;
      block.set(
          code(attribute),
          unknown_to_bgp ? proto::flag::optional | proto::flag::transitive : proto::canonical_flags(code(attribute)),
          value.bytes());
      return nullptr;
    }
    case Kind::path:
    case Kind::text: block.set(code(attribute), value.bytes()); return nullptr;
    default: block.set_u32(code(attribute), value.u32()); return nullptr;
  }
}

void RouteAccess::erase(const Attribute& attribute) {
  if (!current().has(code(attribute))) return;
  auto& block = changing();
  auto others = attribute.kind == Kind::bit
                    ? block.view().u32(code(attribute)).value_or(0) & ~(std::uint32_t{1} << attribute.bit)
                    : 0;
  if (others)
    block.set_u32(code(attribute), others);
  else
    block.erase(code(attribute));
}

std::uint32_t RouteAccess::origin_as() const { return proto::as_path_last(current().value(AttributeCode::as_path)); }

}  // namespace avocet::filter
