#include "bgpd/ctl/route_row.hpp"

#include <fmt/format.h>

#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "proto/aigp.hpp"
#include "proto/as_path.hpp"

namespace avocet::ctl {
namespace {

using proto::AttributeCode;
using proto::destination_name;
using proto::DestinationKind;

/// In order of filter::RouteSource.
constexpr std::array source_names = {"dummy", "static", "inherit", "device", "static-device", "redirect", "RIP", "OSPF",
                                     "OSPF-IA", "OSPF-E1", "OSPF-E2", "BGP", "pipe", "Babel", "RPKI", "Perf", "L3VPN", "aggregated"};

const char* source_name(filter::RouteSource source) {
  auto index = static_cast<std::size_t>(source);
  return index < source_names.size() ? source_names[index] : "dummy";
}

bool on_link(const RouteHop& hop) { return hop.gateway.is_unspecified(); }

std::string metric_text(const RouteRow& row) {
  if (row.aigp) return std::to_string(*row.aigp);
  if (!row.reachable) return "-";
  return row.igp_metric ? std::to_string(*row.igp_metric) : "?";
}

/// " (100/20) [AS64500i]"
std::string info_text(const RouteRow& row) {
  auto text = fmt::format(" ({}{}{})", row.preference, row.stale ? "s" : "", row.shows_metric ? "/" + metric_text(row) : "");
  if (!row.bgp) return text;
  text += " [";
  if (row.origin_as != 0) text += "AS" + std::to_string(row.origin_as);
  if (row.origin) text += *row.origin < 3 ? "ie?"[*row.origin] : '?';
  return text + "]";
}

std::string hop_text(const RouteHop& hop) {
  if (on_link(hop)) return "dev " + hop.interface;
  return "via " + hop.gateway.text() + " on " + hop.interface;
}

/// "[proto time from A] * (100)"
std::string tail_text(const RouteRow& row) {
  auto from = row.from.is_unspecified() ? "" : " from " + row.from.text();
  auto mark = row.primary ? (row.failed_in_kernel ? " !" : " *") : "";
  return fmt::format("[{} {}{}]{}{}", row.protocol, row.since, from, mark, info_text(row));
}

void print_route1(const RouteRow& row, Reply& reply) {
  bool several = row.hops.size() > 1;
  auto where = row.destination != DestinationKind::unicast ? destination_name(row.destination)
               : several                                   ? "multipath"
               : row.hops.empty()                          ? "unreachable"
                                                           : hop_text(row.hops[0]);
  reply.row(1007, fmt::format("{:<18} {} {}", row.first_of_net ? row.net.text() : "", where, tail_text(row)));
  if (several)
    for (auto& hop : row.hops) reply.row(1007, fmt::format("\t{} weight {}", hop_text(hop), hop.weight));
}

void print_route2(const RouteRow& row, Reply& reply) {
  reply.row(1007, fmt::format("{:<20} {} {}", row.first_of_net ? row.net.text() : "", destination_name(row.destination),
                              tail_text(row)));
  if (row.destination != DestinationKind::unicast) return;
  for (auto& hop : row.hops)
    reply.row(1007, "\t" + hop_text(hop) + (hop.onlink ? " onlink" : "") +
                        (row.hops.size() > 1 ? " weight " + std::to_string(hop.weight) : ""));
}

}  // namespace

RouteTimes::RouteTimes(const Call& call)
    : started_(call.context.started), now_(std::chrono::system_clock::now()), format_(time_format(call, TimeUse::route)) {}

std::chrono::system_clock::time_point RouteTimes::time(std::uint32_t since_seconds) const {
  return started_ + std::chrono::seconds(since_seconds);
}

const std::string& RouteTimes::text(std::uint32_t since_seconds) {
  if (last_ != since_seconds) {
    last_ = since_seconds;
    last_text_ = observe::format_time(format_, time(since_seconds), now_);
  }
  return last_text_;
}

RouteRow describe_route(const rib::Rib& rib, RouteTimes& times, const rib::RouteView& route, std::uint32_t since_seconds,
                        proto::AttributeView attributes) {
  RouteRow row;
  row.net = route.net;
  if (auto protocol = route.channel->protocol.lock()) row.protocol = protocol->options.name;
  row.since_time = times.time(since_seconds);
  row.since = times.text(since_seconds);
  row.source = route.source;
  row.destination = route.resolution.kind;
  for (auto& hop : route.resolution.hops)
    row.hops.push_back({hop.gateway, std::string(rib.interface_name(hop.ifindex)), hop.weight + 1u, hop.onlink});
  // Of a neighbour that is not the gateway; of none, the address is unspecified.
  auto from = attributes.address(AttributeCode::from).value_or(route.channel->facts.remote_address);
  if (row.hops.empty() || row.hops[0].gateway != from) row.from = from;
  row.preference = attributes.u32(AttributeCode::preference).value_or(route.preference);
  row.bgp = route.source == filter::RouteSource::bgp;
  row.reachable = route.resolution.reachable;
  row.igp_metric = route.resolution.igp_metric;
  auto own_metric = attributes.u32(AttributeCode::igp_metric);
  if (own_metric) row.igp_metric = own_metric, row.reachable = true;
  row.shows_metric = (row.bgp && route.channel->facts.gateway_recursive) || own_metric;
  if (auto metric = proto::aigp_metric(attributes.value(AttributeCode::aigp)); row.bgp && metric && row.reachable) {
    auto total = proto::aigp_from_here(*metric, row.igp_metric);
    if (total < proto::aigp_max) row.aigp = total, row.shows_metric = true;
  }
  row.stale = route.keys && route.keys->llgr_stale && route.source == filter::RouteSource::bgp;  // the community means nothing elsewhere
  if (row.bgp) {
    row.origin_as = proto::as_path_last(attributes.value(AttributeCode::as_path));
    if (auto origin = attributes.value(AttributeCode::origin); origin.size() == 1) row.origin = origin[0];
  }
  return row;
}

void print_route(const RouteRow& row, Skin skin, bool with_attributes, Reply& reply) {
  if (skin == Skin::bird1) print_route1(row, reply);
  else print_route2(row, reply);
  if (!with_attributes) return;
  // Every route we know is a unicast route of universal scope.
  reply.row(1008, fmt::format("\tType: {} {}univ", source_name(row.source), skin == Skin::bird1 ? "unicast " : ""));
  for (auto& attribute : row.attributes)
    for (auto& line : fold(attribute)) reply.row(1012, line);
}

boost::json::object route_json(const RouteRow& row) {
  namespace json = boost::json;
  json::object o{{"table", row.table}, {"net", row.net.text()}, {"protocol", row.protocol}, {"primary", row.primary},
                 {"preference", row.preference}, {"source", source_name(row.source)},
                 {"destination", destination_name(row.destination)}, {"reachable", row.reachable}};
  o["since_unix_seconds"] = std::chrono::duration_cast<std::chrono::seconds>(row.since_time.time_since_epoch()).count();
  if (!row.from.is_unspecified()) o["from"] = row.from.text();
  if (row.failed_in_kernel) o["failed_in_kernel"] = true;
  if (row.stale) o["stale"] = true;
  if (row.igp_metric) o["igp_metric"] = *row.igp_metric;
  if (row.origin_as != 0) o["origin_as"] = row.origin_as;
  json::array hops;
  for (auto& hop : row.hops) {
    json::object h{{"interface", hop.interface}, {"weight", hop.weight}};
    if (!on_link(hop)) h["gateway"] = hop.gateway.text();
    if (hop.onlink) h["onlink"] = true;
    hops.push_back(std::move(h));
  }
  o["next_hops"] = std::move(hops);
  json::object attributes;
  for (auto& attribute : row.attributes) attributes[attribute.name] = attribute.value;
  o["attributes"] = std::move(attributes);
  if (!row.why.empty()) o["why"] = row.why;
  return o;
}

}  // namespace avocet::ctl
