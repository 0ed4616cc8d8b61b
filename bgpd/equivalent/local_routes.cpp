#include "bgpd/equivalent/local_routes.hpp"

#include <fmt/format.h>
#include <algorithm>

#include "bgpd/equivalent/options.hpp"
#include "bgpd/kernel/direct.hpp"

namespace avocet::equivalent {
namespace {

using proto::AttributeCode;
using proto::DestinationKind;

const rib::ChannelOptions* channel_for(const std::vector<rib::ChannelOptions>& channels, proto::Family family) {
  auto at = std::find_if(channels.begin(), channels.end(), [&](auto& channel) { return channel.family == family; });
  return at == channels.end() ? nullptr : &*at;
}

/// What stays of a route behind the channel's import filter, in words; nothing if it is rejected.
struct Entering {
  const World& world;
  const AttributeNames& names;
  filter::Edits edits;

  std::optional<std::string> words(filter::RouteFacts facts, proto::AttributeBlock block,
                                   const filter::ProgramPtr& route_edits, const rib::ChannelOptions& channel) {
    facts.preference = channel.preference;
    for (auto* program : {route_edits.get(), channel.import_filter.get()}) {
      if (!program) continue;
      auto verdict = filter::run(*program, facts, block, world.rib(), edits);
      if (edits.changed) block = edits.attributes;
      if (program == channel.import_filter.get() && verdict.outcome != filter::Outcome::accept) return std::nullopt;
    }
    auto text = fmt::format("table {} preference {}", table_name(channel.table, channel.family),
                            block.view().u32(AttributeCode::preference).value_or(channel.preference));
    block.view().for_each([&](const proto::AttributeEntry& entry) {
      if (entry.code == AttributeCode::preference) return;
      if (entry.code == AttributeCode::destination)
        text += ' ' + destination_text(proto::get_destination(block).value_or(proto::Destination{}), world.rib());
      else
        text += ", " + names.text(proto::code_of(entry.code), entry.value);
    });
    return text;
  }
};

std::string hop_text(const rib::StaticHop& hop) {
  return fmt::format("{}{}{}{}", hop.gateway.is_unspecified() ? "" : " via " + hop.gateway.text(),
                     hop.interface.empty() ? "" : " dev " + hop.interface,
                     hop.weight == 1 ? "" : fmt::format(" weight {}", hop.weight), hop.onlink ? " onlink" : "") +
         (hop.bfd ? " bfd" : "");
}

std::string way_text(const rib::StaticRoute& route, const std::string& igp_table) {
  if (route.recursive) return fmt::format(" recursive {} in {}", route.recursive->text(), igp_table);
  std::string text;
  for (auto& hop : route.hops) text += hop_text(hop);
  return text;
}

}  // namespace

std::vector<std::string> static_routes(const config::Config& config, World& world, const AttributeNames& names) {
  std::vector<std::string> lines;
  Entering entering{world, names, {}};
  for (auto& protocol : config.protocols) {
    auto* options = std::get_if<rib::StaticOptions>(&protocol);
    if (!options || options->protocol.disabled) continue;
    auto* channel = channel_for(options->channels, world.family());
    if (!channel) continue;
    std::map<proto::Prefix, const rib::StaticRoute*> routes;
    for (auto& route : options->routes) routes[route.net] = &route;  // the last of one net wins
    for (auto& [net, route] : routes) {
      proto::Destination destination{route->kind, {}};
      for (auto& hop : route->hops) {
        auto link = hop.interface.empty() ? World::shared_link : world.interface(hop.interface);
        destination.hops.push_back({hop.gateway, link, static_cast<std::uint8_t>(hop.weight - 1), hop.onlink});
      }
      proto::AttributeBlock block;
      if (!route->recursive) proto::set_destination(block, destination);
      filter::RouteFacts facts;
      facts.net = net;
      facts.source = filter::RouteSource::static_;
      facts.protocol = options->protocol.name;
      facts.destination = destination.kind;
      facts.hops = destination.hops;
      auto words = entering.words(facts, block, route->edits, *channel);
      auto igp_table = options->igp_table.empty() ? table_name(channel->table, channel->family)
                                                  : table_name(options->igp_table, channel->family);
      if (words)
        lines.push_back(fmt::format("{}{}{} {}", net.text(), way_text(*route, igp_table),
                                    options->check_link ? " while the link is up" : "", *words));
    }
  }
  std::sort(lines.begin(), lines.end());
  return lines;
}

std::vector<Addressed> addresses_for(const Both<const config::Config*>& configs, World& world) {
  std::set<std::string> names{"eth0"};
  std::vector<proto::Prefix> nets{world.family() == proto::Family::ipv4
                                      ? proto::Prefix::v4(0xcb007180, 25)
                                      : proto::Prefix::v6({0x20010db8'77770000ull, 0}, 64)};
  for (auto* config : configs)
    for (auto& protocol : config->protocols) {
      auto* direct = std::get_if<kernel::DirectOptions>(&protocol);
      if (!direct) continue;
      for (auto& list : direct->interfaces)
        for (auto& pattern : list) {
          for (auto& name : names_near(pattern.name_glob)) names.insert(name);
          if (!pattern.prefix || pattern.prefix->family != world.family()) continue;
          auto& net = *pattern.prefix;
          nets.push_back(net);
          if (net.length < proto::max_length_bits(net.family))
            nets.push_back(proto::Prefix::make(net.address, net.length + 1u));
          if (net.length > 0) nets.push_back(proto::Prefix::make(net.address, net.length - 1u));
        }
    }
  std::vector<Addressed> addresses;
  for (auto& name : names)
    for (auto& net : nets) addresses.push_back({name, net});
  return addresses;
}

std::vector<std::string> direct_routes(const config::Config& config, const std::vector<Addressed>& addresses,
                                       World& world, const AttributeNames& names) {
  std::vector<std::string> lines;
  Entering entering{world, names, {}};
  for (auto& protocol : config.protocols) {
    auto* options = std::get_if<kernel::DirectOptions>(&protocol);
    if (!options || options->protocol.disabled) continue;
    auto* channel = channel_for(options->channels, world.family());
    if (!channel) continue;
    for (auto& addressed : addresses) {
      rib::Interface interface {
        .index = world.interface(addressed.interface), .name = addressed.interface, .up = true, .link = true
      };
      // The first address behind the net's own: patterns with a prefix ask for the address.
      auto own = addressed.net.address;
      if (addressed.net.length < proto::max_length_bits(addressed.net.family)) ++own.low;
      rib::InterfaceAddress address{.address = own, .net = addressed.net};
      if (!kernel::interface_matches(options->interfaces, interface, &address)) continue;
      proto::Destination destination{DestinationKind::unicast, {{{}, interface.index, 0, false}}};
      proto::AttributeBlock block;
      proto::set_destination(block, destination);
      filter::RouteFacts facts;
      facts.net = addressed.net;
      facts.source = filter::RouteSource::device;
      facts.protocol = options->protocol.name;
      facts.destination = destination.kind;
      facts.hops = destination.hops;
      if (auto words = entering.words(facts, block, nullptr, *channel))
        lines.push_back(fmt::format("{} of interface {}{}: {}", addressed.net.text(), addressed.interface,
                                    options->check_link ? " while its link is up" : "", *words));
    }
  }
  std::sort(lines.begin(), lines.end());
  lines.erase(std::unique(lines.begin(), lines.end()), lines.end());
  return lines;
}

}  // namespace avocet::equivalent
