#include "bgpd/session/import.hpp"

#include "proto/as_path.hpp"

namespace avocet::session {

namespace {

using proto::AttributeCode;

bool own_as_too_often(const ImportRules& rules, proto::Bytes path) {
  auto too_often = [&](std::uint32_t asn) { return proto::as_path_count(path, asn) > rules.own_as_tolerated; };
  // RFC 5065 section 4: the confederation's number is ours, too.
  return too_often(rules.local_as) || (rules.public_as != rules.local_as && too_often(rules.public_as));
}

/// RFC 5065 section 5: what another member AS tells begins with its own AS_CONFED_SEQUENCE.
bool confederation_sequence_missing(const ImportRules& rules, proto::Bytes path) {
  return rules.kind == PeerKind::other_member &&
         (path.empty() || path[0] != static_cast<std::uint8_t>(proto::SegmentType::confederation_sequence));
}

/// RFC 9234 section 5, ingress rules 1 and 2, from the role we have.
bool route_leak(const ImportRules& rules, std::optional<std::uint32_t> otc) {
  if (rules.kind != PeerKind::external || !rules.local_role || !otc) return false;
  switch (*rules.local_role) {
    case proto::Role::provider:
    case proto::Role::rs_server: return true;
    case proto::Role::peer: return *otc != rules.remote_as;
    default: return false;
  }
}

/// Ingress rule 3: from a provider, a peer or a route server.
bool adds_otc(const ImportRules& rules) {
  return rules.kind == PeerKind::external && rules.local_role &&
         (*rules.local_role == proto::Role::customer || *rules.local_role == proto::Role::peer ||
          *rules.local_role == proto::Role::rs_client);
}

/// NEXT_HOP is link-local, or `::` and a link-local address, as BIRD sends it over link-local sessions.
bool link_local_only(proto::Bytes next_hop) {
  if (next_hop.size() < 16) return false;
  auto global = proto::Address::from_bytes(next_hop.first(16));
  return global.is_link_local() || (global.is_unspecified() && next_hop.size() == 32);
}

}  // namespace

ImportRules import_rules(const BgpOptions& options, std::uint32_t remote_as, std::uint32_t ifindex) {
  ImportRules rules;
  rules.local_as = options.local_as;
  rules.public_as = public_as(options);
  rules.remote_as = remote_as;
  rules.router_id = options.router_id;
  rules.cluster_id = options.rr_client ? options.rr_cluster_id.value_or(options.router_id) : 0;
  rules.kind = peer_kind(options, remote_as);
  rules.own_as_tolerated = options.allow_local_as.value_or(0);
  rules.enforce_first_as = options.enforce_first_as;
  rules.default_local_pref = options.default_bgp_local_pref;
  rules.local_role = options.local_role;
  rules.ifindex = ifindex;
  for (auto& channel : options.channels) {
    bool keeps_aigp = effective_aigp(channel, rules.kind) != announce::Aigp::off;
    (channel.channel.family == proto::Family::ipv4 ? rules.aigp_ipv4 : rules.aigp_ipv6) = keeps_aigp;
  }
  return rules;
}

const char* import_refusal(const ImportRules& rules, proto::AttributeView attributes) {
  auto path = attributes.value(AttributeCode::as_path);
  if (own_as_too_often(rules, path)) return "own AS in AS_PATH";
  if (confederation_sequence_missing(rules, path)) return "AS_PATH does not begin with AS_CONFED_SEQUENCE";
  if (rules.kind != PeerKind::internal) {
    if (rules.enforce_first_as && proto::as_path_first(path) != rules.remote_as)
      return "first AS in AS_PATH is not the peer's";
  } else {
    if (attributes.u32(AttributeCode::originator_id) == rules.router_id) return "own router id in ORIGINATOR_ID";
    // As in BIRD what non-clients tell is looked at when it is told on: it must not go to clients of this cluster.
    if (rules.cluster_id && proto::contains_u32(attributes.value(AttributeCode::cluster_list), rules.cluster_id))
      return "own cluster id in CLUSTER_LIST";
  }
  if (route_leak(rules, attributes.u32(AttributeCode::only_to_customer))) return "route leak: ONLY_TO_CUSTOMER is there";
  return nullptr;
}

void complete_attributes(const ImportRules& rules, proto::Family family, proto::AttributeBlock& attributes) {
  auto view = attributes.view();
  bool local_pref = !view.has(AttributeCode::local_pref);
  bool otc = adds_otc(rules) && !view.has(AttributeCode::only_to_customer);
  bool scope = rules.ifindex && link_local_only(view.value(AttributeCode::next_hop));
  bool keeps_aigp = family == proto::Family::ipv4 ? rules.aigp_ipv4 : rules.aigp_ipv6;
  if (!keeps_aigp && view.has(AttributeCode::aigp)) attributes.erase(AttributeCode::aigp);
  if (local_pref) attributes.set_u32(AttributeCode::local_pref, rules.default_local_pref);
  if (otc) attributes.set_u32(AttributeCode::only_to_customer, rules.remote_as);
  if (scope) attributes.set_u32(AttributeCode::scope_interface, rules.ifindex);
}

}  // namespace avocet::session
