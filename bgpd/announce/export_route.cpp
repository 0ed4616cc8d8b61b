#include "bgpd/announce/export_route.hpp"

#include <algorithm>
#include <array>

#include "proto/aigp.hpp"
#include "proto/as_path.hpp"
#include "proto/capability.hpp"
#include "proto/community.hpp"

namespace avocet::announce {
namespace {

using proto::AttributeBlock;
using proto::AttributeCode;
using proto::AttributeView;
using proto::Bytes;
using rib::RouteView;

constexpr ExportReason accepted{ExportResult::accepted, "accepted"};
constexpr ExportReason not_offered(const char* why) { return {ExportResult::not_offered, why}; }

/// Inside one AS; members of a confederation are several.
bool from_internal(const RouteView& route) {
  return route.channel->facts.bgp && route.channel->facts.remote_as == route.channel->facts.local_as;
}
bool to_internal(const ExportOptions& options) { return !options.external && !options.other_member; }
/// The AS number that the peer knows us by.
std::uint32_t own_as(const ExportOptions& options) {
  return options.external && options.confederation ? options.confederation : options.local_as;
}

/// RFC 4456: learned by iBGP and told by iBGP inside one AS.
bool reflected(const RouteView& route, const ExportOptions& options) {
  return from_internal(route) && to_internal(options) && route.channel->facts.local_as == options.local_as;
}

/// RFC 9234 section 5: routes with OTC go neither to providers nor to peers nor to route servers.
bool role_keeps_otc_in(const ExportOptions& options) {
  if (!options.local_role) return false;
  auto role = static_cast<proto::Role>(*options.local_role);
  return role == proto::Role::customer || role == proto::Role::peer || role == proto::Role::rs_client;
}
/// RFC 9234 section 5: OTC is added towards customers, peers and clients of a route server.
bool role_adds_otc(const ExportOptions& options) {
  if (!options.local_role) return false;
  auto role = static_cast<proto::Role>(*options.local_role);
  return role == proto::Role::provider || role == proto::Role::peer || role == proto::Role::rs_server;
}

/// Rules that do not depend on the export filter; nullptr if the route may be told. BIRD's preexport.
const char* why_not_offered(const RouteView& route, const ExportOptions& options) {
  if (options.only_in && !options.only_in->contains(route.net)) return "outside of the prefix of 'export in'";
  if (!route.channel->facts.bgp) return nullptr;  // communities of local routes bind others, not us: as in BIRD
  if (reflected(route, options)) {
    if (!options.rr_client && !route.channel->facts.rr_client)
      return "internal route to an internal peer, no reflection";
    if (options.cluster_id && proto::contains_u32(route.attributes.value(AttributeCode::cluster_list), options.cluster_id))
      return "our cluster is in the cluster list";
  }
  auto& keys = *route.keys;
  if (options.interpret_communities) {
    if (keys.no_advertise) return "community no-advertise";
    if (options.external && keys.no_export) return "community no-export";
    if (!to_internal(options) && keys.no_export_subconfed) return "community no-export-subconfed";
    if (keys.llgr_stale && !options.llgr_capable) return "long-lived stale, and the peer would not know (RFC 9494)";
  }
  if (role_keeps_otc_in(options) && route.attributes.has(AttributeCode::only_to_customer))
    return "OTC is set (RFC 9234)";
  return nullptr;
}

/// RFC 4271 section 5.1.2 (b), and RFC 5065 section 4.1: confederation segments stay inside.
void prepend_own_as(const ExportOptions& options, AttributeBlock& block) {
  if (options.other_member) return proto::prepend_as(block, own_as(options), proto::SegmentType::confederation_sequence);
  auto outside = proto::as_path_without_confederation(block.view().value(AttributeCode::as_path));
  block.set(AttributeCode::as_path, proto::as_path_prepended(outside, own_as(options)));
}

void prepend_cluster(AttributeBlock& block, std::uint32_t cluster) {
  auto old = block.view().value(AttributeCode::cluster_list);
  std::vector<std::uint8_t> list{static_cast<std::uint8_t>(cluster >> 24), static_cast<std::uint8_t>(cluster >> 16),
                                 static_cast<std::uint8_t>(cluster >> 8), static_cast<std::uint8_t>(cluster)};
  list.insert(list.end(), old.begin(), old.end());
  block.set(AttributeCode::cluster_list, list);
}

/// RFC 4456 section 8: who brought the route into the AS, and through which clusters it was reflected: that of the
/// client it came from, and that of the client it goes to if it is another one.
void mark_reflected(const RouteView& route, const ExportOptions& options, AttributeBlock& block) {
  auto& source = route.channel->facts;
  if (!block.view().has(AttributeCode::originator_id)) block.set_u32(AttributeCode::originator_id, source.remote_id);
  if (source.cluster_id) prepend_cluster(block, source.cluster_id);
  if (options.cluster_id && options.cluster_id != source.cluster_id) prepend_cluster(block, options.cluster_id);
}

bool rule_matches(HopRule rule, const RouteView& route) {
  switch (rule) {
    case HopRule::off: return false;
    case HopRule::all: return true;
    case HopRule::ebgp: return route.channel->facts.bgp && !from_internal(route);
    case HopRule::ibgp: return from_internal(route);
  }
  return false;
}

bool family_fits(const proto::Address& hop, const ExportOptions& options) {
  return options.extended_next_hop || hop.family() == options.family;
}

/// Whether a gateway reached through `ifindex` lies on the link we share with the peer (RFC 4271 5.1.3, third party).
bool on_shared_link(std::uint32_t ifindex, const ExportOptions& options) {
  return options.ifindex != 0 && ifindex == options.ifindex;
}

/// Ours; for IPv6 on a shared link with the link-local address behind it (RFC 2545 section 3).
void set_own_next_hop(const ExportOptions& options, AttributeBlock& block) {
  auto own = options.next_hop_address.value_or(options.local_address);
  auto link = options.link_local;
  if (own.is_link_local()) {  // BIRD sends `::` as the global address of a session between link-local addresses.
    if (link.is_unspecified()) link = own;
    own = proto::Address{};
  }
  if (own.is_v4() || link.is_unspecified()) return block.set_address(AttributeCode::next_hop, own);
  std::array<std::uint8_t, 32> both{};
  own.to_bytes(std::span<std::uint8_t, 16>(both.data(), 16));
  link.to_bytes(std::span<std::uint8_t, 16>(both.data() + 16, 16));
  block.set(AttributeCode::next_hop, both);
}

/// The route's only gateway if it may serve as BGP next hop (local routes): global, and not several.
std::optional<proto::Address> usable_gateway(const RouteView& route) {
  if (route.resolution.kind != proto::DestinationKind::unicast || route.resolution.hops.size() != 1) return {};
  auto& gateway = route.resolution.hops.front().gateway;
  if (gateway.is_unspecified() || gateway.is_link_local()) return {};
  return gateway;
}
std::uint32_t gateway_interface(const RouteView& route) {
  return route.resolution.hops.empty() ? 0 : route.resolution.hops.front().ifindex;
}

/// BIRD 2: may the NEXT_HOP that is there now stay? `set_by_filter`: the export filter set it.
bool keeps_next_hop(const RouteView& route, const ExportOptions& options, const proto::Address& hop,
                    bool set_by_filter) {
  if (rule_matches(options.next_hop_self, route)) return false;
  if (rule_matches(options.next_hop_keep, route)) return true;
  if (set_by_filter) return true;
  if (!family_fits(hop, options)) return false;
  if (!options.external && !hop.is_unspecified()) return true;
  return on_shared_link(route.channel->facts.ifindex, options);
}

/// BIRD 2: is the gateway of a route without NEXT_HOP told instead of our own address?
bool tells_gateway(const RouteView& route, const ExportOptions& options, const proto::Address& gateway) {
  if (rule_matches(options.next_hop_self, route) || !family_fits(gateway, options)) return false;
  return !options.external || on_shared_link(gateway_interface(route), options);
}

/// NEXT_HOP as BIRD 2 chooses it, after the filter. RFC 4271 section 5.1.3. True if it is ours now.
bool update_next_hop(const RouteView& route, const ExportOptions& options, const filter::Edits& edits,
                     AttributeBlock& block) {
  auto hop = block.view().address(AttributeCode::next_hop);
  if (hop && keeps_next_hop(route, options, *hop, edits.assigns(AttributeCode::next_hop))) return false;
  auto gateway = usable_gateway(route);
  bool own = !gateway || !tells_gateway(route, options, *gateway);
  if (own)
    set_own_next_hop(options, block);
  else
    block.set_address(AttributeCode::next_hop, *gateway);
  return own;
}

/// The distance to where a route of another protocol leads, as far as it is known.
std::optional<std::uint32_t> local_distance(const RouteView& route) {
  if (route.keys->has_igp_metric) return route.keys->igp_metric;
  if (route.source == filter::RouteSource::device || route.source == filter::RouteSource::static_device) return 0;
  return std::nullopt;
}

/// RFC 7311 section 3.4: who puts his own next hop into a route adds the distance to the one before.
void update_aigp(const RouteView& route, const ExportOptions& options, AttributeBlock& block) {
  auto value = block.view().value(AttributeCode::aigp);
  std::uint64_t total;
  if (auto metric = proto::aigp_metric(value)) {
    total = proto::aigp_from_here(*metric, route.resolution.reachable ? route.resolution.igp_metric : std::nullopt);
  } else {
    auto distance = local_distance(route);
    if (options.aigp != Aigp::originate || route.channel->facts.bgp || !distance || *distance >= proto::distance_unknown) return;
    total = *distance;
  }
  block.set(AttributeCode::aigp, proto::with_aigp_metric(value, total));
}

/// BIRD 2: what BGP demands of a route is put in after the filter.
void update_attributes(const RouteView& route, const ExportOptions& options, const filter::Edits& edits,
                       AttributeBlock& block) {
  if (!block.view().has(AttributeCode::origin)) {
    auto origin = route.channel->facts.bgp ? proto::Origin::incomplete : proto::Origin::igp;
    block.set(AttributeCode::origin, std::array{static_cast<std::uint8_t>(origin)});
  }
  if (!to_internal(options) && !options.rs_client) {
    // RFC 4271 section 5.1.4: a MED goes no further than the neighbouring AS; one that the filter set is ours to tell.
    if (options.external && !options.allow_med && !edits.assigns(AttributeCode::med)) block.erase(AttributeCode::med);
    prepend_own_as(options, block);
  } else if (!block.view().has(AttributeCode::as_path)) {
    block.set(AttributeCode::as_path, Bytes{});
  }
  bool own_next_hop = update_next_hop(route, options, edits, block);
  if (own_next_hop && options.aigp != Aigp::off) update_aigp(route, options, block);
  if (reflected(route, options)) mark_reflected(route, options, block);
}

/// BIRD 1.6: a route that BGP brought, made ready before the filter sees it.
void prepare_bgp_route(const RouteView& route, const ExportOptions& options, AttributeBlock& block) {
  if (options.external && !options.rs_client) {
    prepend_own_as(options, block);
    if (block.view().has(AttributeCode::med)) block.set_u32(AttributeCode::med, 0);  // 2.x removes it, RFC 4271 5.1.4
  }
  auto hop = block.view().address(AttributeCode::next_hop);
  bool keep = hop && !rule_matches(options.next_hop_self, route) &&
              (rule_matches(options.next_hop_keep, route) || (!options.external && !hop->is_unspecified()) ||
               on_shared_link(gateway_interface(route), options));
  if (!keep) {
    set_own_next_hop(options, block);
    if (options.aigp != Aigp::off) update_aigp(route, options, block);
  }
  if (reflected(route, options)) mark_reflected(route, options, block);
}

/// BIRD 1.6: a route from elsewhere gets its attributes anew; ORIGIN, AS_PATH, NEXT_HOP and LOCAL_PREF of filters that
/// ran before are lost.
void prepare_local_route(const RouteView& route, const ExportOptions& options, AttributeBlock& block) {
  block.set(AttributeCode::origin, std::array{static_cast<std::uint8_t>(proto::Origin::igp)});
  block.set(AttributeCode::as_path, Bytes{});
  if (options.external) prepend_own_as(options, block);
  auto gateway = usable_gateway(route);
  bool tells = gateway && !rule_matches(options.next_hop_self, route) &&
               (!options.external || rule_matches(options.next_hop_keep, route) ||
                on_shared_link(gateway_interface(route), options));
  if (tells)
    block.set_address(AttributeCode::next_hop, *gateway);
  else
    set_own_next_hop(options, block);
  block.set_u32(AttributeCode::local_pref, options.default_local_pref);
}

template <class Community> void sort_list(AttributeBlock& block) {
  auto list = block.view().value(proto::list_code<Community>());
  if (!proto::is_sorted_list<Community>(list)) block.set(proto::list_code<Community>(), proto::sorted_list<Community>(list));
}

/// RFC 4271 sections 5 and 9: what may not leave goes, unknown transitive attributes are marked partial.
void keep_what_may_leave(const ExportOptions& options, AttributeBlock& block) {
  std::vector<AttributeCode> gone, partial;
  block.view().for_each([&](const proto::AttributeEntry& entry) {
    bool stays_inside = false;
    switch (entry.code) {
      case AttributeCode::local_pref: stays_inside = options.external && !options.allow_local_pref; break;
      case AttributeCode::originator_id:
      case AttributeCode::cluster_list: stays_inside = !to_internal(options); break;
      case AttributeCode::aigp: stays_inside = options.aigp == Aigp::off; break;
      default: break;
    }
    bool empty_list = entry.value.empty() &&
                      (entry.code == AttributeCode::communities || entry.code == AttributeCode::extended_communities ||
                       entry.code == AttributeCode::large_communities);
    bool unknown = proto::canonical_flags(entry.code) == 0;
    if (proto::code_of(entry.code) >= 256 || stays_inside || empty_list ||
        (unknown && !(entry.flags & proto::flag::transitive)))
      gone.push_back(entry.code);
    else if (unknown && !(entry.flags & proto::flag::partial))
      partial.push_back(entry.code);
  });
  for (auto code : gone) block.erase(code);
  for (auto code : partial) {
    auto entry = *block.view().find(code);
    std::vector<std::uint8_t> value(entry.value.begin(), entry.value.end());
    block.set(code, entry.flags | proto::flag::partial, value);
  }
}

/// Last touches for both dialects; nullptr if the route can be sent like this.
const char* finish(const ExportOptions& options, AttributeBlock& block) {
  keep_what_may_leave(options, block);
  // As BIRD does: peers that compare routes see no difference in mere order.
  sort_list<proto::Community>(block);
  sort_list<proto::ExtendedCommunity>(block);
  sort_list<proto::LargeCommunity>(block);
  if (!options.external && !block.view().has(AttributeCode::local_pref))
    block.set_u32(AttributeCode::local_pref, options.default_local_pref);
  if (role_adds_otc(options) && !block.view().has(AttributeCode::only_to_customer))
    block.set_u32(AttributeCode::only_to_customer, own_as(options));
  auto value = block.view().value(AttributeCode::next_hop);
  if (value.size() == 32 && options.ifindex == 0) {
    // RFC 2545 section 3: a link-local address only for those on the link. BIRD 2 sends it to anybody.
    std::vector<std::uint8_t> global(value.begin(), value.begin() + 16);
    block.set(AttributeCode::next_hop, global);
  }
  auto hop = block.view().address(AttributeCode::next_hop);
  if (!hop || (hop->is_unspecified() && block.view().value(AttributeCode::next_hop).size() != 32))
    return "no usable next hop";
  return family_fits(*hop, options) ? nullptr : "the next hop is of the other address family";
}

}  // namespace

ExportReason ExportPipeline::filter(const RouteView& route, const ExportOptions& options, AttributeView input,
                                    AttributeBlock& out) {
  edits_.clear();
  error_.clear();
  if (edits_.trace) edits_.trace->clear();
  if (filter::is_accept_all(*options.filter)) {
    out.assign(input);
    return accepted;
  }
  auto verdict = filter::run(*options.filter, rib::filter_facts(route), input, rib_, edits_);
  if (verdict.outcome == filter::Outcome::error) {
    error_ = std::move(verdict.error);
    return {ExportResult::filtered, "the export filter failed"};
  }
  if (verdict.outcome == filter::Outcome::reject) return {ExportResult::filtered, "rejected by the export filter"};
  out.assign(edits_.changed ? edits_.attributes.view() : input);
  return accepted;
}

ExportReason ExportPipeline::filter_then_update(const RouteView& route, const ExportOptions& options,
                                                AttributeBlock& out) {
  auto reason = filter(route, options, route.attributes, out);
  if (reason.result == ExportResult::accepted) update_attributes(route, options, edits_, out);
  return reason;
}

ExportReason ExportPipeline::prepare_then_filter(const RouteView& route, const ExportOptions& options,
                                                 AttributeBlock& out) {
  prepared_.assign(route.attributes);
  if (route.channel->facts.bgp)
    prepare_bgp_route(route, options, prepared_);
  else
    prepare_local_route(route, options, prepared_);
  return filter(route, options, prepared_, out);
}

ExportReason ExportPipeline::run(const RouteView& route, const ExportOptions& options, rib::SourceId receiver,
                                 AttributeBlock& out) {
  if (receiver.valid() && route.channel->source == receiver) return not_offered("learned from this peer");
  if (auto why = why_not_offered(route, options)) return not_offered(why);
  auto reason = options.dialect == filter::Dialect::bird1 ? prepare_then_filter(route, options, out)
                                                          : filter_then_update(route, options, out);
  if (reason.result != ExportResult::accepted) return reason;
  if (auto why = finish(options, out)) return not_offered(why);
  auto member = receiver.valid() ? rib_.channel(receiver) : nullptr;
  if (member && withheld(*member, static_cast<std::uint16_t>(route.channel->source.value), out))
    return not_offered("the next hop is the peer itself");
  return reason;
}

bool withheld(const rib::Channel& member, std::uint16_t source, AttributeView exported) {
  if (member.source.value == source) return true;
  auto& peer = member.facts.remote_address;
  return !peer.is_unspecified() && exported.address(AttributeCode::next_hop) == peer;
}

ExportReason export_route(const rib::Rib& rib, const RouteView& route, const ExportOptions& options,
                          rib::SourceId receiver, AttributeBlock& out) {
  return ExportPipeline(rib).run(route, options, receiver, out);
}

bool same_group(const ExportOptions& a, const ExportOptions& b) {
  return a.family == b.family && a.dialect == b.dialect && a.external == b.external &&
         a.other_member == b.other_member && a.rr_client == b.rr_client && a.rs_client == b.rs_client &&
         a.local_as == b.local_as && a.confederation == b.confederation && a.allow_local_pref == b.allow_local_pref &&
         a.allow_med == b.allow_med && a.only_in == b.only_in && a.aigp == b.aigp && a.cluster_id == b.cluster_id && a.next_hop_self == b.next_hop_self &&
         a.next_hop_keep == b.next_hop_keep && a.next_hop_address == b.next_hop_address &&
         a.local_address == b.local_address && a.link_local == b.link_local && a.ifindex == b.ifindex &&
         a.default_med == b.default_med && a.default_local_pref == b.default_local_pref &&
         a.interpret_communities == b.interpret_communities && a.secondary == b.secondary && a.add_path == b.add_path &&
         a.as4 == b.as4 && a.extended_next_hop == b.extended_next_hop && a.extended_messages == b.extended_messages &&
         a.local_role == b.local_role && a.llgr_capable == b.llgr_capable &&
         (a.filter == b.filter || filter::same_program(*a.filter, *b.filter));
}

}  // namespace avocet::announce
