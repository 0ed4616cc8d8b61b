#include "bgpd/session/import.hpp"

#include <array>

namespace avocet::session {

namespace {

using proto::AttributeCode;

std::uint32_t read_u32(proto::Bytes bytes, std::size_t at) {
  return static_cast<std::uint32_t>(bytes[at]) << 24 | static_cast<std::uint32_t>(bytes[at + 1]) << 16 |
         static_cast<std::uint32_t>(bytes[at + 2]) << 8 | bytes[at + 3];
}

/// Calls visit(asn) for each AS number of a path in canonical form: segments of type, count, 4-octet numbers.
template <class Visit> void for_each_as(proto::Bytes path, Visit visit) {
  for (std::size_t at = 0; at + 2 <= path.size();) {
    std::size_t count = path[at + 1];
    at += 2;
    for (; count && at + 4 <= path.size(); --count, at += 4) visit(read_u32(path, at));
  }
}

bool own_as_too_often(const ImportRules& rules, proto::Bytes path) {
  std::uint32_t seen = 0;
  for_each_as(path, [&](std::uint32_t asn) { seen += asn == rules.local_as; });
  return seen > rules.own_as_tolerated;
}

bool first_as_is(proto::Bytes path, std::uint32_t asn) {
  constexpr std::uint8_t as_sequence = 2;
  return path.size() >= 6 && path[0] == as_sequence && read_u32(path, 2) == asn;
}

bool cluster_seen(proto::Bytes list, std::uint32_t id) {
  for (std::size_t at = 0; at + 4 <= list.size(); at += 4)
    if (read_u32(list, at) == id) return true;
  return false;
}

/// RFC 9234 section 5, ingress rules 1 and 2, from the role we have.
bool route_leak(const ImportRules& rules, std::optional<std::uint32_t> otc) {
  if (!rules.external || !rules.local_role || !otc) return false;
  switch (*rules.local_role) {
    case proto::Role::provider:
    case proto::Role::rs_server: return true;
    case proto::Role::peer: return *otc != rules.remote_as;
    default: return false;
  }
}

/// Ingress rule 3: from a provider, a peer or a route server.
bool adds_otc(const ImportRules& rules) {
  return rules.external && rules.local_role &&
         (*rules.local_role == proto::Role::customer || *rules.local_role == proto::Role::peer ||
          *rules.local_role == proto::Role::rs_client);
}

}  // namespace

ImportRules import_rules(const BgpOptions& options, std::uint32_t remote_as, std::uint32_t ifindex) {
  ImportRules rules;
  rules.local_as = options.local_as;
  rules.remote_as = remote_as;
  rules.router_id = options.router_id;
  rules.cluster_id = options.rr_cluster_id.value_or(options.router_id);
  rules.external = remote_as != options.local_as;
  rules.own_as_tolerated = options.allow_local_as.value_or(0);
  rules.enforce_first_as = options.enforce_first_as;
  rules.default_local_pref = options.default_bgp_local_pref;
  rules.local_role = options.local_role;
  rules.ifindex = ifindex;
  return rules;
}

const char* import_refusal(const ImportRules& rules, proto::AttributeView attributes) {
  auto path = attributes.value(AttributeCode::as_path);
  if (own_as_too_often(rules, path)) return "own AS in AS_PATH";
  if (rules.external) {
    if (rules.enforce_first_as && !first_as_is(path, rules.remote_as)) return "first AS in AS_PATH is not the peer's";
  } else {
    if (attributes.u32(AttributeCode::originator_id) == rules.router_id) return "own router id in ORIGINATOR_ID";
    if (cluster_seen(attributes.value(AttributeCode::cluster_list), rules.cluster_id))
      return "own cluster id in CLUSTER_LIST";
  }
  if (route_leak(rules, attributes.u32(AttributeCode::only_to_customer))) return "route leak: ONLY_TO_CUSTOMER is there";
  return nullptr;
}

void complete_attributes(const ImportRules& rules, proto::AttributeBlock& attributes) {
  auto view = attributes.view();
  bool local_pref = !view.has(AttributeCode::local_pref);
  bool otc = adds_otc(rules) && !view.has(AttributeCode::only_to_customer);
  auto next_hop = view.address(AttributeCode::next_hop);
  bool scope = rules.ifindex && next_hop && next_hop->is_link_local();
  if (local_pref) attributes.set_u32(AttributeCode::local_pref, rules.default_local_pref);
  if (otc) attributes.set_u32(AttributeCode::only_to_customer, rules.remote_as);
  if (scope) attributes.set_u32(AttributeCode::scope_interface, rules.ifindex);
}

}  // namespace avocet::session
