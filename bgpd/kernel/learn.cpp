#include "bgpd/kernel/learn.hpp"

#include <algorithm>
#include <utility>

#include <linux/rtnetlink.h>

namespace avocet::kernel {
namespace {

using proto::AttributeCode;

/// Nets that only make sense inside one box or on one link are nobody else's business.
bool routable(const proto::Prefix& net) {
  if (net.length == 0) return true;
  return !net.address.is_loopback() && !net.address.is_multicast() && !net.address.is_link_local();
}

}  // namespace

bool LearnedRoutes::wanted(const RouteMessage& message, Learn learn) {
  if (message.cloned || message.tos != 0 || !message.known_kind || !routable(message.net)) return false;
  switch (message.protocol) {
    case RTPROT_UNSPEC:
    case RTPROT_REDIRECT:
    case route_protocol: return false;
    case RTPROT_KERNEL: return learn == Learn::all;
    default: return learn != Learn::off;
  }
}

/// Only another scope is worth an attribute. To 1.6 a route over an interface alone is usually of the link (recorded).
std::uint8_t LearnedRoutes::usual_scope(const Alien& alien) const {
  auto& hops = alien.route.hops;
  bool device = !hops.empty() && hops[0].gateway.is_unspecified();
  return device && channel_->facts.dialect == filter::Dialect::bird1 ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE;
}

void LearnedRoutes::announce(const proto::Prefix& net, const Alien& alien) {
  proto::AttributeBlock attributes;
  proto::set_destination(attributes, {alien.route.kind, alien.route.hops});
  attributes.set_u32(AttributeCode::krt_source, alien.protocol);
  attributes.set_u32(AttributeCode::krt_metric, alien.route.metric);
  if (alien.scope != usual_scope(alien)) attributes.set_u32(AttributeCode::krt_scope, alien.scope);
  if (!alien.route.prefsrc.is_unspecified()) attributes.set_address(AttributeCode::krt_prefsrc, alien.route.prefsrc);
  if (alien.route.realm) attributes.set_u32(AttributeCode::krt_realm, alien.route.realm);
  if (alien.route.locked) attributes.set_u32(AttributeCode::krt_lock, alien.route.locked);
  for (auto& [number, value] : alien.route.metrics)
    attributes.set_u32(static_cast<AttributeCode>(proto::code_of(AttributeCode::krt_metrics) + number), value);
  proto::Nlri nlri{net, 0};
  channel_->announce({&nlri, 1}, attributes);
}

void LearnedRoutes::withdraw(const proto::Prefix& net) {
  proto::Nlri nlri{net, 0};
  channel_->withdraw({&nlri, 1});
}

void LearnedRoutes::event(const RouteMessage& message) {
  if (scanning_) touched_.insert(message.net);
  store(message);
}

void LearnedRoutes::scanned(const RouteMessage& message) {
  if (!touched_.contains(message.net)) store(message);
}

void LearnedRoutes::store(const RouteMessage& message) {
  auto& list = aliens_[message.net];
  // The kernel tells routes of one net apart by metric (and type of service, which we leave alone).
  auto at = std::lower_bound(list.begin(), list.end(), message.route.metric,
                             [](const Alien& alien, std::uint32_t metric) { return alien.route.metric < metric; });
  bool same_metric = at != list.end() && at->route.metric == message.route.metric;
  if (message.removed) {
    if (same_metric) {
      bool was_first = at == list.begin();
      list.erase(at);
      if (list.empty())
        withdraw(message.net);
      else if (was_first)
        announce(message.net, list.front());
    }
    if (list.empty()) aliens_.erase(message.net);
    return;
  }
  Alien alien{message.protocol, message.scope, message.route, scan_};
  if (same_metric) {
    bool same = at->protocol == alien.protocol && at->scope == alien.scope && at->route == alien.route;
    *at = std::move(alien);
    if (same) return;
  } else {
    at = list.insert(at, std::move(alien));
  }
  if (at == list.begin()) announce(message.net, list.front());
}

void LearnedRoutes::begin_scan() {
  ++scan_;
  scanning_ = true;
  touched_.clear();
}

void LearnedRoutes::end_scan() {
  if (!std::exchange(scanning_, false)) return;
  for (auto net = aliens_.begin(); net != aliens_.end();) {
    auto& list = net->second;
    if (touched_.contains(net->first)) {
      ++net;
      continue;
    }
    bool first_gone = list.front().scan != scan_;
    std::erase_if(list, [&](const Alien& alien) { return alien.scan != scan_; });
    if (list.empty()) {
      withdraw(net->first);
      net = aliens_.erase(net);
      continue;
    }
    if (first_gone) announce(net->first, list.front());
    ++net;
  }
}

void LearnedRoutes::interface_lost(std::uint32_t index) {
  for (auto net = aliens_.begin(); net != aliens_.end();) {
    auto& list = net->second;
    auto uses_it = [&](const Alien& alien) {
      return !alien.route.hops.empty() && std::all_of(alien.route.hops.begin(), alien.route.hops.end(),
                                                      [&](auto& hop) { return hop.ifindex == index; });
    };
    bool first_gone = uses_it(list.front());
    std::erase_if(list, uses_it);
    if (list.empty()) {
      withdraw(net->first);
      net = aliens_.erase(net);
      continue;
    }
    if (first_gone) announce(net->first, list.front());
    ++net;
  }
}

void LearnedRoutes::forget_all() {
  aliens_.clear();
  channel_->flush();
}

}  // namespace avocet::kernel
