#include "bgpd/session/route_rules.hpp"

namespace avocet::session {

rib::SourceFacts source_facts(const BgpOptions& options, const BgpChannelOptions& channel, std::uint32_t remote_as,
                              std::uint32_t ifindex) {
  rib::SourceFacts facts;
  facts.bgp = true;
  facts.local_as = options.local_as;
  facts.remote_as = remote_as;
  facts.external = peer_kind(options, remote_as) == PeerKind::external;
  facts.rr_client = options.rr_client;
  facts.rs_client = options.rs_client;
  facts.cluster_id = options.rr_client ? options.rr_cluster_id.value_or(options.router_id) : 0;
  facts.remote_address = options.remote_address;
  facts.local_address = options.local_address;
  facts.ifindex = options.multihop ? 0 : ifindex;
  facts.gateway_recursive = effective_gateway(options, channel) == Gateway::recursive;
  facts.igp_table = channel.igp_table;
  facts.cost = channel.cost;
  facts.path_metric = options.path_metric;
  facts.med_metric = options.med_metric;
  facts.deterministic_med = options.deterministic_med;
  facts.igp_metric = options.igp_metric;
  facts.prefer_older = options.prefer_older;
  facts.default_local_pref = options.default_bgp_local_pref;
  facts.default_med = options.default_bgp_med;
  facts.dialect = options.dialect;
  return facts;
}

announce::ExportOptions export_options(const BgpOptions& options, const BgpChannelOptions& channel,
                                       const ImportRules& rules, const Agreed& agreed,
                                       const rib::Interfaces& interfaces) {
  auto family = channel.channel.family;
  announce::ExportOptions out;
  out.family = family;
  out.dialect = options.dialect;
  out.filter = channel.channel.export_filter;
  out.only_in = channel.channel.export_in;
  out.external = rules.kind == PeerKind::external;
  out.other_member = rules.kind == PeerKind::other_member;
  out.rr_client = options.rr_client;
  out.rs_client = options.rs_client;
  out.local_as = options.local_as;
  out.confederation = options.confederation;
  out.cluster_id = rules.cluster_id;
  out.next_hop_self = channel.next_hop_self;
  out.next_hop_keep = effective_next_hop_keep(options, channel);
  out.next_hop_address = channel.next_hop_address;
  out.ifindex = options.multihop ? 0 : rules.ifindex;

  // Our address of the family's kind: the session's own, else one of the interface it runs over.
  auto* interface = interfaces.find(rules.ifindex);
  auto local = agreed.local_address;
  if (local.family() != family && !agreed.extended_next_hop && interface)
    for (auto& address : interface->addresses)
      if (address.address.family() == family && !address.address.is_link_local()) {
        local = address.address;
        break;
      }
  out.local_address = local;
  if (interface && local.family() == proto::Family::ipv6)
    out.link_local = interfaces.link_local(*interface).value_or(proto::Address{});

  out.default_med = options.default_bgp_med;
  out.default_local_pref = options.default_bgp_local_pref;
  out.interpret_communities = options.interpret_communities;
  out.allow_local_pref = options.allow_local_pref;
  out.allow_med = options.allow_med;
  out.aigp = effective_aigp(channel, rules.kind);
  out.secondary = channel.secondary;
  out.add_path = agreed.add_path;
  out.as4 = agreed.as4;
  out.extended_next_hop = agreed.extended_next_hop;
  out.extended_messages = agreed.extended_messages;
  if (options.local_role && out.external) out.local_role = static_cast<std::uint8_t>(*options.local_role);
  out.llgr_capable = agreed.long_lived;
  return out;
}

}  // namespace avocet::session
