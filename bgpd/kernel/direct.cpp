#include "bgpd/kernel/direct.hpp"

#include "bgpd/filter/operation.hpp"

namespace avocet::kernel {
namespace {

bool announceable(const proto::Address& address) { return !address.is_link_local() && !address.is_loopback(); }

}  // namespace

bool interface_matches(const std::vector<std::vector<InterfacePattern>>& lists, const rib::Interface& interface,
                       const rib::InterfaceAddress* address) {
  if (lists.empty()) return true;
  for (auto& list : lists)
    for (auto& pattern : list) {
      if (!filter::glob_match(pattern.name_glob, interface.name)) continue;
      if (pattern.prefix && (!address || !pattern.prefix->contains(address->address))) continue;
      return !pattern.negated;
    }
  return false;
}

DirectRoutes::DirectRoutes(rib::Rib& rib, std::shared_ptr<rib::Protocol> protocol, DirectOptions options)
    : rib_(rib), protocol_(std::move(protocol)), options_(std::move(options)) {
  open_channels();
}

DirectRoutes::~DirectRoutes() {
  for (auto& side : sides_) rib_.close_channel(side.channel);
}

void DirectRoutes::open_channels() {
  for (auto& channel : options_.channels) {
    rib::SourceFacts facts;
    facts.kind = filter::RouteSource::device;
    sides_.push_back({rib_.open_channel(protocol_, channel, facts), {}});
  }
}

DirectRoutes::Routes DirectRoutes::wanted(proto::Family family) const {
  Routes routes;
  for (auto& interface : rib_.interfaces().list()) {
    if (!interface.up || (options_.check_link && !interface.link)) continue;
    for (auto& address : interface.addresses) {
      if (address.net.family != family || !announceable(address.address)) continue;
      if (!interface_matches(options_.interfaces, interface, &address)) continue;
      // Two interfaces may share a prefix; the interface's index keeps their routes apart.
      routes[{address.net, interface.index}] = {proto::DestinationKind::unicast, {{{}, interface.index, 0, false}}};
    }
  }
  return routes;
}

void DirectRoutes::interfaces_changed() {
  if (!enabled_) return;
  proto::AttributeBlock attributes;
  for (auto& side : sides_) {
    auto routes = wanted(side.channel->options.family);
    for (auto& [nlri, destination] : side.told)
      if (!routes.contains(nlri)) side.channel->withdraw({&nlri, 1});
    for (auto& [nlri, destination] : routes) {
      auto before = side.told.find(nlri);
      if (before != side.told.end() && before->second == destination) continue;
      attributes.clear();
      proto::set_destination(attributes, destination);
      side.channel->announce({&nlri, 1}, attributes);
    }
    side.told = std::move(routes);
  }
}

void DirectRoutes::enable() {
  enabled_ = true;
  interfaces_changed();
}

void DirectRoutes::disable() {
  enabled_ = false;
  for (auto& side : sides_) {
    side.channel->flush();
    side.told.clear();
  }
}

void DirectRoutes::refilter_in() {
  for (auto& side : sides_) side.channel->refilter_in();
}

void DirectRoutes::reconfigure(DirectOptions options) {
  auto same_tables = options.channels.size() == sides_.size();
  for (std::size_t i = 0; same_tables && i < sides_.size(); ++i)
    same_tables = options.channels[i].family == sides_[i].channel->options.family &&
                  options.channels[i].table == sides_[i].channel->options.table;
  options_ = std::move(options);
  if (same_tables) {
    for (std::size_t i = 0; i < sides_.size(); ++i) sides_[i].channel->reconfigure(options_.channels[i]);
  } else {
    for (auto& side : sides_) rib_.close_channel(side.channel);
    sides_.clear();
    open_channels();
  }
  interfaces_changed();
}

}  // namespace avocet::kernel
