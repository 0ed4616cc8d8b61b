#include "bgpd/rib/decide.hpp"

#include <utility>

namespace avocet::rib {
namespace {

template <class Value> constexpr Order lower(const Value& a, const Value& b) {
  return a < b ? Order::first : b < a ? Order::second : Order::same;
}
template <class Value> constexpr Order higher(const Value& a, const Value& b) { return lower(b, a); }

std::uint32_t local_pref(const Candidate& c) {
  return c.keys->has_local_pref ? c.keys->local_pref : c.source->default_local_pref;
}
std::uint32_t med(const Candidate& c) { return c.keys->has_med ? c.keys->med : c.source->default_med; }

/// Routes without a path count as from our own AS.
std::uint32_t neighbor_as(const Candidate& c) { return c.keys->neighbor_as ? c.keys->neighbor_as : c.source->local_as; }

std::uint32_t router_id(const Candidate& c) {
  return c.keys->originator_id ? c.keys->originator_id : c.source->remote_id;
}

/// Any fixed order will do between kinds of protocols; BGP only competes if somebody made the preferences equal.
int rank(const Candidate& c) { return static_cast<int>(c.source->kind); }

constexpr Step steps[] = {
    {"preference", true, [](const Candidate& a, const Candidate& b) { return higher(a.preference, b.preference); }},
    {"protocol", true, [](const Candidate& a, const Candidate& b) { return lower(rank(a), rank(b)); }},
    // Routes of other protocols than BGP end with the next two.
    {"metric of a static route", true,
     [](const Candidate& a, const Candidate& b) {
       constexpr std::uint32_t unknown = 0xffffffff;
       auto metric = [](const Candidate& c) { return c.keys->has_igp_metric ? c.keys->igp_metric : unknown; };
       return a.source->bgp ? Order::same : lower(metric(a), metric(b));
     }},
    {"order of arrival", false,
     [](const Candidate& a, const Candidate&) { return a.source->bgp ? Order::same : Order::present; }},
    // Below, both are BGP routes.
    {"deterministic MED", false,
     [](const Candidate& a, const Candidate& b) { return lower(a.suppressed, b.suppressed); }},
    {"next hop resolvable", true,  // RFC 4271 9.1.2: unresolvable ones are excluded; here they come last
     [](const Candidate& a, const Candidate& b) { return higher(a.resolvable, b.resolvable); }},
    {"long-lived stale", true,  // RFC 9494 4.3
     [](const Candidate& a, const Candidate& b) { return lower<bool>(a.keys->llgr_stale, b.keys->llgr_stale); }},
    {"local preference", true,  // RFC 4271 9.1.1
     [](const Candidate& a, const Candidate& b) { return higher(local_pref(a), local_pref(b)); }},
    {"AIGP", false,  // RFC 7311 4.1
     [](const Candidate& a, const Candidate& b) { return lower(a.aigp, b.aigp); }},
    {"AS path length", true,  // RFC 4271 9.1.2.2 a
     [](const Candidate& a, const Candidate& b) {
       bool asked = a.source->path_metric || b.source->path_metric;
       return asked ? lower(a.keys->path_length, b.keys->path_length) : Order::same;
     }},
    {"origin", true,  // RFC 4271 9.1.2.2 b
     [](const Candidate& a, const Candidate& b) { return lower(a.keys->origin, b.keys->origin); }},
    {"MED", true,  // RFC 4271 9.1.2.2 c
     [](const Candidate& a, const Candidate& b) {
       bool comparable = a.source->med_metric || b.source->med_metric || neighbor_as(a) == neighbor_as(b);
       return comparable ? lower(med(a), med(b)) : Order::same;
     }},
    {"external", true,  // RFC 4271 9.1.2.2 d
     [](const Candidate& a, const Candidate& b) { return higher(a.source->external, b.source->external); }},
    {"IGP metric", true,  // RFC 4271 9.1.2.2 e
     [](const Candidate& a, const Candidate& b) {
       bool asked = a.source->igp_metric || b.source->igp_metric;
       return asked ? lower(a.igp_metric, b.igp_metric) : Order::same;
     }},
    {"older route", false,  // RFC 5004
     [](const Candidate& a, const Candidate& b) {
       bool asked = a.source->prefer_older || b.source->prefer_older;
       return asked && a.source->external && router_id(a) != router_id(b) ? Order::present : Order::same;
     }},
    {"router id", false,  // RFC 4271 9.1.2.2 f, with ORIGINATOR_ID by RFC 4456 9
     [](const Candidate& a, const Candidate& b) { return lower(router_id(a), router_id(b)); }},
    {"cluster list length", false,  // RFC 4456 9
     [](const Candidate& a, const Candidate& b) {
       return lower(a.keys->cluster_list_length, b.keys->cluster_list_length);
     }},
    {"peer address", false,  // RFC 4271 9.1.2.2 g
     [](const Candidate& a, const Candidate& b) { return lower(a.source->remote_address, b.source->remote_address); }},
};
constexpr std::size_t step_count = std::size(steps);

/// The list unrolled: each step is a constant, so its function is inlined.
template <std::size_t... I>
std::pair<Order, std::size_t> first_difference(const Candidate& a, const Candidate& b, std::index_sequence<I...>) {
  Order order = Order::same;
  std::size_t at = 0;
  static_cast<void>(((order = steps[I].prefer(a, b), at = I, order != Order::same) || ...));
  return {order, at};
}

template <std::size_t... I>
bool equal_for_multipath(const Candidate& a, const Candidate& b, std::index_sequence<I...>) {
  return ((!steps[I].multipath || steps[I].prefer(a, b) == Order::same) && ...);
}

}  // namespace

std::span<const Step> decision_steps() { return steps; }

Decision decide(const Candidate& a, const Candidate& b) {
  auto [order, at] = first_difference(a, b, std::make_index_sequence<step_count>());
  if (order == Order::same) return {Order::present, "same in every step; the first stays"};
  return {order, steps[at].why};
}

bool better(const Candidate& a, const Candidate& b) {
  return first_difference(a, b, std::make_index_sequence<step_count>()).first == Order::first;
}

bool mergeable(const Candidate& a, const Candidate& b) {
  return equal_for_multipath(a, b, std::make_index_sequence<step_count>());
}

void suppress_by_neighbor_as(std::span<Candidate> candidates) {
  auto same_group = [](const Candidate& a, const Candidate& b) {
    return a.source->bgp && b.source->bgp && a.preference == b.preference && neighbor_as(a) == neighbor_as(b);
  };
  for (auto& candidate : candidates) candidate.suppressed = false;
  for (std::size_t i = 1; i < candidates.size(); ++i)
    for (std::size_t j = 0; j < i; ++j) {
      auto &late = candidates[i], &early = candidates[j];
      if (early.suppressed || !same_group(late, early)) continue;
      // One of a group is not suppressed at any time: the best so far.
      (better(late, early) ? early : late).suppressed = true;
      break;
    }
}

}  // namespace avocet::rib
