#include "bgpd/kernel/wanted_route.hpp"

namespace avocet::kernel {
namespace {

using proto::AttributeCode;
using proto::DestinationKind;

constexpr std::uint32_t ipv6_default_metric = 1024;  // what the kernel makes of metric 0

/// Everything a route carries into the kernel besides next hops.
void read_kernel_attributes(proto::AttributeView attributes, const KernelOptions& options, KernelRoute& route) {
  // Reference 6.3: the option wins when it is not zero, else the attribute.
  route.metric = options.metric ? options.metric : attributes.u32(AttributeCode::krt_metric).value_or(0);
  route.prefsrc = attributes.address(AttributeCode::krt_prefsrc).value_or(proto::Address{});
  route.realm = attributes.u32(AttributeCode::krt_realm).value_or(0);
  route.locked = attributes.u32(AttributeCode::krt_lock).value_or(0);
  auto first = proto::code_of(AttributeCode::krt_metrics);
  for (std::uint16_t number = 1; number < 32; ++number)
    if (auto value = attributes.u32(static_cast<AttributeCode>(first + number)))
      route.metrics.emplace_back(number, *value);
}

/// Calico's fork: leave through the named device towards the BGP next hop itself; an unknown device means no tunnel.
void apply_tunnel(const rib::Rib& rib, proto::AttributeView attributes, KernelRoute& route) {
  auto device = attributes.text(AttributeCode::krt_tunnel);
  if (!device || device->empty() || route.kind != DestinationKind::unicast) return;
  auto interface = rib.interfaces().find(*device);
  auto next_hop = attributes.address(AttributeCode::next_hop);
  if (interface && next_hop) route.hops = {{*next_hop, interface->index, 0, true}};
}

}  // namespace

const char* why_hidden(const rib::RouteView& view, const KernelOptions& options) {
  auto& only_in = options.channel.export_in;
  if (only_in && !only_in->contains(view.net)) return "outside of the prefix of 'export in'";
  bool direct = options.bird1 && !options.device_routes && view.source == filter::RouteSource::device;
  return direct ? "a direct route is the kernel's own" : nullptr;
}

std::uint32_t normal_metric(const KernelOptions& options, std::uint32_t metric) {
  return metric == 0 && options.channel.family == proto::Family::ipv6 ? ipv6_default_metric : metric;
}

WantedRoute wanted_route(const rib::Rib& rib, const rib::RouteView& view, const KernelOptions& options,
                         filter::Edits& edits) {
  WantedRoute wanted;
  wanted.verdict = filter::run(*options.channel.export_filter, filter_facts(view), view.attributes, rib, edits);
  if (wanted.verdict.outcome != filter::Outcome::accept) return wanted;
  auto attributes = edits.changed ? edits.attributes.view() : view.attributes;
  auto& route = wanted.route.emplace();
  route.kind = view.resolution.kind;
  route.hops = view.resolution.hops;
  if (edits.changed)
    if (auto edited = proto::get_destination(attributes)) route.kind = edited->kind, route.hops = edited->hops;
  read_kernel_attributes(attributes, options, route);
  apply_tunnel(rib, attributes, route);
  if (route.kind != DestinationKind::unicast) route.hops.clear();
  return wanted;
}

}  // namespace avocet::kernel
