#include "bgpd/filter/attribute.hpp"

#include <algorithm>
#include <linux/rtnetlink.h>

#include "proto/attributes.hpp"

namespace avocet::filter {
namespace {

using Kind = Attribute::Kind;
using proto::AttributeCode;

enum class In : std::uint8_t { both, bird1, bird2 };
bool holds(In in, Dialect dialect) {
  return in == In::both || (in == In::bird1) == (dialect == Dialect::bird1);
}

struct Named {
  const char* name;
  Attribute attribute;
  In in = In::both;
};

constexpr std::uint16_t metric_code(int rtax) { return static_cast<std::uint16_t>(proto::code_of(AttributeCode::krt_metrics) + rtax); }
constexpr Attribute fact(Kind kind, StaticType type, bool writable = false, AttributeCode code = {}) {
  return {kind, type, proto::code_of(code), 0, writable, writable && code != AttributeCode{}};
}
constexpr Attribute entry(Kind kind, StaticType type, AttributeCode code) {
  return {kind, type, proto::code_of(code), 0, true, true};
}
constexpr Attribute read_only(Attribute attribute) {
  attribute.writable = attribute.removable = false;
  return attribute;
}
constexpr Attribute opaque(AttributeCode code) { return {Kind::opaque, {Type::bytes}, proto::code_of(code), 0, false, true}; }
constexpr Attribute krt_metric(int rtax) { return {Kind::number, {Type::integer}, metric_code(rtax), 0, true, true}; }
constexpr Attribute krt_lock(int rtax) {
  return {Kind::bit, {Type::boolean}, proto::code_of(AttributeCode::krt_lock), static_cast<std::uint8_t>(rtax), true, true};
}
constexpr Attribute krt_feature(std::uint8_t bit) { return {Kind::bit, {Type::boolean}, metric_code(RTAX_FEATURES), bit, true, true}; }

/// Attributes of protocols that are not here: names that exist and are never set unless a filter sets them.
constexpr auto foreign_base = 512;
constexpr Attribute foreign(int number, Type type = Type::integer) {
  return {type == Type::quad ? Kind::quad : Kind::number, {type}, static_cast<std::uint16_t>(foreign_base + number), 0, true, true};
}
constexpr auto scope_code = static_cast<AttributeCode>(foreign_base + 16);

constexpr Type integer = Type::integer;

const Named attributes[] = {
    {"net", fact(Kind::net, {Type::prefix})},
    {"proto", fact(Kind::protocol, {Type::string})},
    {"source", fact(Kind::source, {Type::enumeration, enumeration::source})},
    {"dest", fact(Kind::destination, {Type::enumeration, enumeration::destination(Dialect::bird1)}, true), In::bird1},
    {"dest", fact(Kind::destination, {Type::enumeration, enumeration::destination(Dialect::bird2)}, true), In::bird2},
    {"from", fact(Kind::from, {Type::ip}, true, AttributeCode::from)},
    {"gw", fact(Kind::gateway, {Type::ip}, true)},
    {"ifname", fact(Kind::interface_name, {Type::string}, true)},
    {"ifindex", fact(Kind::interface_index, {integer})},
    {"weight", fact(Kind::weight, {integer}, true), In::bird2},
    {"onlink", fact(Kind::onlink, {Type::boolean}, true), In::bird2},
    {"scope", fact(Kind::scope, {Type::enumeration, enumeration::scope}, true, scope_code)},
    {"cast", fact(Kind::cast, {Type::enumeration, enumeration::cast}), In::bird1},
    {"preference", fact(Kind::preference, {integer}, true, AttributeCode::preference)},
    {"igp_metric", fact(Kind::igp_metric, {integer}, true, AttributeCode::igp_metric)},

    {"bgp_origin", entry(Kind::origin, {Type::enumeration, enumeration::origin}, AttributeCode::origin)},
    {"bgp_path", entry(Kind::path, {Type::path}, AttributeCode::as_path)},
    {"bgp_next_hop", entry(Kind::address, {Type::ip}, AttributeCode::next_hop)},
    {"bgp_med", entry(Kind::number, {integer}, AttributeCode::med)},
    {"bgp_local_pref", entry(Kind::number, {integer}, AttributeCode::local_pref)},
    {"bgp_community", entry(Kind::list, {Type::clist}, AttributeCode::communities)},
    {"bgp_ext_community", entry(Kind::list, {Type::eclist}, AttributeCode::extended_communities)},
    {"bgp_large_community", entry(Kind::list, {Type::lclist}, AttributeCode::large_communities)},
    {"bgp_originator_id", entry(Kind::quad, {Type::quad}, AttributeCode::originator_id)},
    {"bgp_cluster_list", entry(Kind::list, {Type::clist}, AttributeCode::cluster_list)},
    {"bgp_otc", entry(Kind::number, {integer}, AttributeCode::only_to_customer), In::bird2},
    {"bgp_atomic_aggr", opaque(AttributeCode::atomic_aggregate)},
    {"bgp_aggregator", opaque(AttributeCode::aggregator)},
    {"bgp_aigp", opaque(AttributeCode::aigp), In::bird2},
    {"bgp_pmsi_tunnel", opaque(AttributeCode::pmsi_tunnel), In::bird2},

    {"krt_source", read_only(entry(Kind::number, {integer}, AttributeCode::krt_source))},
    {"krt_metric", entry(Kind::number, {integer}, AttributeCode::krt_metric)},
    {"krt_prefsrc", entry(Kind::address, {Type::ip}, AttributeCode::krt_prefsrc)},
    {"krt_realm", entry(Kind::number, {integer}, AttributeCode::krt_realm)},
    {"krt_scope", entry(Kind::number, {integer}, AttributeCode::krt_scope)},
    {"krt_tunnel", entry(Kind::text, {Type::string}, AttributeCode::krt_tunnel)},
    {"krt_mtu", krt_metric(RTAX_MTU)},
    {"krt_window", krt_metric(RTAX_WINDOW)},
    {"krt_rtt", krt_metric(RTAX_RTT)},
    {"krt_rttvar", krt_metric(RTAX_RTTVAR)},
    {"krt_ssthresh", krt_metric(RTAX_SSTHRESH)},
    {"krt_sstresh", krt_metric(RTAX_SSTHRESH)},  // as BIRD spelt it at first
    {"krt_cwnd", krt_metric(RTAX_CWND)},
    {"krt_advmss", krt_metric(RTAX_ADVMSS)},
    {"krt_reordering", krt_metric(RTAX_REORDERING)},
    {"krt_hoplimit", krt_metric(RTAX_HOPLIMIT)},
    {"krt_initcwnd", krt_metric(RTAX_INITCWND)},
    {"krt_rto_min", krt_metric(RTAX_RTO_MIN)},
    {"krt_initrwnd", krt_metric(RTAX_INITRWND)},
    {"krt_quickack", krt_metric(RTAX_QUICKACK)},
    {"krt_congctl", {Kind::text, {Type::string}, metric_code(RTAX_CC_ALGO), 0, true, true}, In::bird2},
    {"krt_fastopen_no_cookie", krt_metric(RTAX_FASTOPEN_NO_COOKIE), In::bird2},
    {"krt_lock_mtu", krt_lock(RTAX_MTU)},
    {"krt_lock_window", krt_lock(RTAX_WINDOW)},
    {"krt_lock_rtt", krt_lock(RTAX_RTT)},
    {"krt_lock_rttvar", krt_lock(RTAX_RTTVAR)},
    {"krt_lock_ssthresh", krt_lock(RTAX_SSTHRESH)},
    {"krt_lock_sstresh", krt_lock(RTAX_SSTHRESH)},
    {"krt_lock_cwnd", krt_lock(RTAX_CWND)},
    {"krt_lock_advmss", krt_lock(RTAX_ADVMSS)},
    {"krt_lock_reordering", krt_lock(RTAX_REORDERING)},
    {"krt_lock_hoplimit", krt_lock(RTAX_HOPLIMIT)},
    {"krt_lock_rto_min", krt_lock(RTAX_RTO_MIN)},
    {"krt_feature_ecn", krt_feature(0)},
    {"krt_feature_allfrag", krt_feature(3)},

    {"gw_mpls", foreign(7), In::bird2},
    {"mpls_label", foreign(8), In::bird2},
    {"mpls_class", foreign(9), In::bird2},
    {"rip_metric", foreign(0), In::bird2},
    {"rip_tag", foreign(1), In::bird2},
    {"ospf_metric1", foreign(2), In::bird2},
    {"ospf_metric2", foreign(3), In::bird2},
    {"ospf_tag", foreign(4), In::bird2},
    {"ospf_router_id", foreign(5, Type::quad), In::bird2},
    {"babel_metric", foreign(6), In::bird2},
    {"babel_router_id", read_only(foreign(10)), In::bird2},
    {"babel_seqno", read_only(foreign(11)), In::bird2},
    {"radv_preference", {Kind::number, {Type::enumeration, enumeration::ra_preference}, foreign_base + 12, 0, true, true}, In::bird2},
    {"radv_lifetime", foreign(13), In::bird2},
    {"mpls_policy", {Kind::number, {Type::enumeration, enumeration::mpls_policy}, foreign_base + 14, 0, true, true}, In::bird2},
    {"local_metric", foreign(15), In::bird2},
    {"bgp_mpls_label_stack", {Kind::opaque, {Type::bytes}, foreign_base + 17, 0, false, true}, In::bird2},
    {"gw_mpls_stack", {Kind::bytes, {Type::bytes}, foreign_base + 18, 0, true, true}, In::bird2},
    {"aspa_providers", read_only({Kind::list, {Type::clist}, foreign_base + 19, 0, true, true}), In::bird2},
};

struct Enumerator {
  const char* word;
  std::uint8_t kind;
  std::uint8_t number;
  In in = In::both;
};

const Enumerator enumerators[] = {
    {"RTS_DUMMY", enumeration::source, 0, In::bird1}, {"RTS_STATIC", enumeration::source, 1},
    {"RTS_INHERIT", enumeration::source, 2}, {"RTS_DEVICE", enumeration::source, 3},
    {"RTS_STATIC_DEVICE", enumeration::source, 4}, {"RTS_REDIRECT", enumeration::source, 5},
    {"RTS_RIP", enumeration::source, 6}, {"RTS_OSPF", enumeration::source, 7}, {"RTS_OSPF_IA", enumeration::source, 8},
    {"RTS_OSPF_EXT1", enumeration::source, 9}, {"RTS_OSPF_EXT2", enumeration::source, 10},
    {"RTS_BGP", enumeration::source, 11}, {"RTS_PIPE", enumeration::source, 12}, {"RTS_BABEL", enumeration::source, 13},
    {"RTS_RPKI", enumeration::source, 14, In::bird2}, {"RTS_PERF", enumeration::source, 15, In::bird2},
    {"RTS_L3VPN", enumeration::source, 16, In::bird2}, {"RTS_AGGREGATED", enumeration::source, 17, In::bird2},
    {"RTS_BRIDGE", enumeration::source, 18, In::bird2}, {"RTS_EVPN", enumeration::source, 19, In::bird2},

    {"ORIGIN_IGP", enumeration::origin, 0}, {"ORIGIN_EGP", enumeration::origin, 1}, {"ORIGIN_INCOMPLETE", enumeration::origin, 2},

    {"SCOPE_HOST", enumeration::scope, 0}, {"SCOPE_LINK", enumeration::scope, 1}, {"SCOPE_SITE", enumeration::scope, 2},
    {"SCOPE_ORGANIZATION", enumeration::scope, 3}, {"SCOPE_UNIVERSE", enumeration::scope, 4}, {"SCOPE_UNDEFINED", enumeration::scope, 5},

    {"RTD_ROUTER", enumeration::destination(Dialect::bird1), 0, In::bird1},
    {"RTD_DEVICE", enumeration::destination(Dialect::bird1), 1, In::bird1},
    {"RTD_BLACKHOLE", enumeration::destination(Dialect::bird1), 2, In::bird1},
    {"RTD_UNREACHABLE", enumeration::destination(Dialect::bird1), 3, In::bird1},
    {"RTD_PROHIBIT", enumeration::destination(Dialect::bird1), 4, In::bird1},
    {"RTD_MULTIPATH", enumeration::destination(Dialect::bird1), 5, In::bird1},
    {"RTD_UNICAST", enumeration::destination(Dialect::bird2), 1, In::bird2},
    {"RTD_BLACKHOLE", enumeration::destination(Dialect::bird2), 2, In::bird2},
    {"RTD_UNREACHABLE", enumeration::destination(Dialect::bird2), 3, In::bird2},
    {"RTD_PROHIBIT", enumeration::destination(Dialect::bird2), 4, In::bird2},

    {"RTC_UNICAST", enumeration::cast, 0, In::bird1}, {"RTC_BROADCAST", enumeration::cast, 1, In::bird1},
    {"RTC_MULTICAST", enumeration::cast, 2, In::bird1}, {"RTC_ANYCAST", enumeration::cast, 3, In::bird1},

    {"ROA_UNKNOWN", enumeration::roa(Dialect::bird1), 0, In::bird1}, {"ROA_VALID", enumeration::roa(Dialect::bird1), 1, In::bird1},
    {"ROA_INVALID", enumeration::roa(Dialect::bird1), 2, In::bird1},
    {"ROA_UNKNOWN", enumeration::roa(Dialect::bird2), 0, In::bird2}, {"ROA_VALID", enumeration::roa(Dialect::bird2), 1, In::bird2},
    {"ROA_INVALID", enumeration::roa(Dialect::bird2), 2, In::bird2},

    {"ASPA_UNKNOWN", enumeration::aspa, 0, In::bird2}, {"ASPA_VALID", enumeration::aspa, 1, In::bird2}, {"ASPA_INVALID", enumeration::aspa, 2, In::bird2},

    {"NET_IP4", enumeration::net_type, 1, In::bird2}, {"NET_IP6", enumeration::net_type, 2, In::bird2},
    {"NET_VPN4", enumeration::net_type, 3, In::bird2}, {"NET_VPN6", enumeration::net_type, 4, In::bird2},
    {"NET_ROA4", enumeration::net_type, 5, In::bird2}, {"NET_ROA6", enumeration::net_type, 6, In::bird2},
    {"NET_FLOW4", enumeration::net_type, 7, In::bird2}, {"NET_FLOW6", enumeration::net_type, 8, In::bird2},
    {"NET_IP6_SADR", enumeration::net_type, 9, In::bird2}, {"NET_MPLS", enumeration::net_type, 10, In::bird2},
    {"NET_ASPA", enumeration::net_type, 11, In::bird2}, {"NET_ETH", enumeration::net_type, 12, In::bird2},
    {"NET_EVPN", enumeration::net_type, 13, In::bird2}, {"NET_NEIGHBOR", enumeration::net_type, 14, In::bird2},

    {"NET_EVPN_EAD", enumeration::evpn_type, 1, In::bird2}, {"NET_EVPN_MAC", enumeration::evpn_type, 2, In::bird2},
    {"NET_EVPN_IMET", enumeration::evpn_type, 3, In::bird2}, {"NET_EVPN_ES", enumeration::evpn_type, 4, In::bird2},

    {"AF_IPV4", enumeration::address_family, 1, In::bird2}, {"AF_IPV6", enumeration::address_family, 2, In::bird2},

    {"RA_PREF_LOW", enumeration::ra_preference, 0x18}, {"RA_PREF_MEDIUM", enumeration::ra_preference, 0},
    {"RA_PREF_HIGH", enumeration::ra_preference, 8},

    {"MPLS_POLICY_NONE", enumeration::mpls_policy, 0, In::bird2}, {"MPLS_POLICY_STATIC", enumeration::mpls_policy, 1, In::bird2},
    {"MPLS_POLICY_PREFIX", enumeration::mpls_policy, 2, In::bird2}, {"MPLS_POLICY_AGGREGATE", enumeration::mpls_policy, 3, In::bird2},
    {"MPLS_POLICY_VRF", enumeration::mpls_policy, 4, In::bird2},
};

std::uint32_t number_of(proto::Bytes bytes) {
  std::uint32_t number = 0;
  for (auto byte : bytes.first(std::min<std::size_t>(bytes.size(), 4))) number = number << 8 | byte;
  return number;
}

}  // namespace

const Attribute* find_attribute(std::string_view name, Dialect dialect) {
  for (auto& named : attributes)
    if (name == named.name && holds(named.in, dialect)) return &named.attribute;
  return nullptr;
}

std::vector<std::string> attribute_names(Dialect dialect) {
  std::vector<std::string> names;
  for (auto& named : attributes)
    if (holds(named.in, dialect)) names.emplace_back(named.name);
  return names;
}

std::optional<Attribute> custom_attribute(StaticType type, std::uint16_t code) {
  auto make = [&](Kind kind) { return Attribute{kind, type, code, 0, true, true}; };
  switch (type.type) {
    case Type::enumeration:
    case Type::integer: return make(Kind::number);
    case Type::boolean: return make(Kind::bit);
    case Type::ip: return make(Kind::address);
    case Type::quad: return make(Kind::quad);
    case Type::string: return make(Kind::text);
    case Type::bytes: return make(Kind::bytes);
    case Type::path: return make(Kind::path);
    case Type::clist:
    case Type::eclist:
    case Type::lclist: return make(Kind::list);
    default: return std::nullopt;
  }
}

Value read_entry(const Attribute& attribute, proto::Bytes bytes) {
  switch (attribute.kind) {
    case Kind::origin: return Value::enumeration(enumeration::origin, number_of(bytes));
    case Kind::scope: return Value::enumeration(enumeration::scope, number_of(bytes));
    case Kind::quad: return Value::number(Type::quad, number_of(bytes));
    case Kind::bit: return Value::boolean(number_of(bytes) >> attribute.bit & 1);
    case Kind::address:
    case Kind::from: return Value::ip(proto::Address::from_bytes(bytes.first(std::min<std::size_t>(bytes.size(), 16))));
    case Kind::text:
    case Kind::bytes:
    case Kind::opaque:
    case Kind::path:
    case Kind::list: return Value::list(attribute.type.type, bytes);
    default:
      if (attribute.type.type == Type::enumeration) return Value::enumeration(attribute.type.tag, number_of(bytes));
      return Value::integer(number_of(bytes));
  }
}

std::optional<Value> find_enumerator(std::string_view word, Dialect dialect) {
  for (auto& e : enumerators)
    if (word == e.word && holds(e.in, dialect)) return Value::enumeration(e.kind, e.number);
  return std::nullopt;
}

std::vector<std::string> enumerator_names(Dialect dialect) {
  std::vector<std::string> names;
  for (auto& e : enumerators)
    if (holds(e.in, dialect)) names.emplace_back(e.word);
  return names;
}

std::uint8_t find_enumeration(std::string_view name, Dialect dialect) {
  struct { const char* name; std::uint8_t kind; } kinds[] = {
      {"rts", enumeration::source}, {"bgp_origin", enumeration::origin}, {"scope", enumeration::scope},
      {"rtd", enumeration::destination(dialect)}, {"roa", enumeration::roa(dialect)}, {"net_type", enumeration::net_type},
      {"nettype", enumeration::net_type}, {"af", enumeration::address_family},
      {"aspa", enumeration::aspa}, {"ra_preference", enumeration::ra_preference}, {"mpls_policy", enumeration::mpls_policy}, {"net_evpn_type", enumeration::evpn_type}};
  for (auto& kind : kinds)
    if (name == kind.name) return kind.kind;
  return 0;
}

}  // namespace avocet::filter
