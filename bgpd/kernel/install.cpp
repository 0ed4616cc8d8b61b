#include "bgpd/kernel/install.hpp"

#include <algorithm>
#include <cerrno>

namespace avocet::kernel {
namespace {

using proto::AttributeCode;
using proto::DestinationKind;
using rib::NetId;

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
    if (auto value = attributes.u32(static_cast<AttributeCode>(first + number))) route.metrics.emplace_back(number, *value);
}

}  // namespace

std::size_t KernelRoutes::Hash::operator()(const KernelRoute& route) const {
  std::size_t hash = static_cast<std::size_t>(route.kind) * 31 + route.metric;
  for (auto& hop : route.hops) hash = hash * 1000003 + std::hash<proto::Address>{}(hop.gateway) + hop.ifindex * 7 + hop.weight;
  return hash * 31 + std::hash<proto::Address>{}(route.prefsrc);
}

std::uint32_t KernelRoutes::acquire(const KernelRoute& route) {
  if (auto known = ids_.find(route); known != ids_.end()) {
    ++slots_[known->second - 1].references;
    return known->second;
  }
  std::uint32_t id;
  if (free_.empty()) {
    slots_.push_back({route, 1});
    id = limit();
  } else {
    id = free_.back();
    free_.pop_back();
    slots_[id - 1] = {route, 1};
  }
  ids_.emplace(route, id);
  return id;
}

void KernelRoutes::release(std::uint32_t id) {
  if (!id || --slots_[id - 1].references) return;
  ids_.erase(slots_[id - 1].route);
  free_.push_back(id);
}

Installer::Installer(rib::Rib& rib, std::shared_ptr<rib::Channel> channel, Netlink& netlink, KernelOptions options)
    : rib_(rib), channel_(std::move(channel)), netlink_(netlink), options_(std::move(options)) {}

std::uint32_t Installer::normal_metric(std::uint32_t metric) const {
  return metric == 0 && options_.channel.family == proto::Family::ipv6 ? ipv6_default_metric : metric;
}

void Installer::grow(std::uint32_t net) {
  if (net < installed_.size()) return;
  auto size = std::max<std::size_t>(net + 1, installed_.size() + installed_.size() / 2);
  installed_.resize(size);
  flags_.resize(size);
}

void Installer::mark_dirty(NetId net) {
  grow(net.value);
  if (flags_[net.value] & dirty_flag) return;
  flags_[net.value] |= dirty_flag;
  dirty_.push_back(net);
}

void Installer::set_installed(NetId net, std::uint32_t id) {
  auto& slot = installed_[net.value];
  installed_count_ += (id != 0);
  installed_count_ -= (slot != 0);
  routes_.release(slot);
  slot = id;
}

void Installer::forget_net(NetId net) {
  if (auto id = installed_[net.value]) {
    removals_.push_back({channel_->table().prefix(net), id});
    installed_[net.value] = 0;  // its reference moves to the removal
    --installed_count_;
    --channel_->exported;
    ++channel_->export_counters.withdraws_received;
    ++channel_->export_counters.withdraws_accepted;
  }
  flags_[net.value] &= static_cast<std::uint8_t>(~doubtful_flag);
}

void Installer::changed(rib::Table& table, std::span<const NetId> nets) {
  for (auto net : nets) {
    grow(net.value);
    // The id of a net without paths may be given to another prefix before `work` runs, so its removal is noted by prefix.
    if (table.best(net))
      mark_dirty(net);
    else
      failed_.erase(table.prefix(net)), forget_net(net);
  }
}

std::optional<KernelRoute> Installer::export_path(const rib::RouteView& view) {
  auto& counters = channel_->export_counters;
  ++counters.updates_received;
  bool hidden = options_.bird1 && !options_.device_routes && view.source == filter::RouteSource::device;
  if (view.channel == channel_.get() || hidden) {
    ++counters.updates_rejected;
    return std::nullopt;
  }
  edits_.clear();
  auto facts = filter_facts(view);
  auto verdict = filter::run(*options_.channel.export_filter, facts, view.attributes, rib_, edits_);
  if (rib_.on_filter_output && (verdict.outcome == filter::Outcome::error || !edits_.printed.empty()))
    rib_.on_filter_output(*channel_, verdict, edits_.printed);
  if (verdict.outcome != filter::Outcome::accept) {
    ++counters.updates_filtered;
    return std::nullopt;
  }
  ++counters.updates_accepted;
  auto attributes = edits_.changed ? edits_.attributes.view() : view.attributes;
  KernelRoute route;
  route.kind = view.resolution.kind;
  route.hops = view.resolution.hops;
  if (edits_.changed)
    if (auto edited = proto::get_destination(attributes)) route.kind = edited->kind, route.hops = edited->hops;
  read_kernel_attributes(attributes, options_, route);
  apply_tunnel(attributes, route);
  if (route.kind != DestinationKind::unicast) route.hops.clear();
  return route;
}

void Installer::apply_tunnel(proto::AttributeView attributes, KernelRoute& route) const {
  // Calico's fork: leave through the named device towards the BGP next hop itself; an unknown device means no tunnel.
  auto device = attributes.text(AttributeCode::krt_tunnel);
  if (!device || device->empty() || route.kind != DestinationKind::unicast) return;
  auto interface = rib_.interfaces().find(*device);
  auto next_hop = attributes.address(AttributeCode::next_hop);
  if (interface && next_hop) route.hops = {{*next_hop, interface->index, 0, true}};
}

std::optional<KernelRoute> Installer::desired(NetId net) {
  auto& table = channel_->table();
  if (net.value >= table.net_limit() || !table.in_use(net)) return std::nullopt;
  auto best = table.best(net);
  if (!best) return std::nullopt;
  auto route = export_path(rib_.view(table, net, *best));
  if (!route) return std::nullopt;
  if (options_.merge_paths && route->kind == DestinationKind::unicast) {
    rib_.for_multipath(table, net, [&](const rib::RouteView& view) {
      if (view.path == best) return true;
      if (auto other = export_path(view); other && other->kind == DestinationKind::unicast)
        for (auto& hop : other->hops)
          if (std::find(route->hops.begin(), route->hops.end(), hop) == route->hops.end()) route->hops.push_back(hop);
      return route->hops.size() < options_.merge_limit;
    });
    if (route->hops.size() > options_.merge_limit) route->hops.resize(options_.merge_limit);
  }
  std::sort(route->hops.begin(), route->hops.end());
  route->metric = normal_metric(route->metric);
  return route;
}

bool Installer::work() {
  // What nobody claimed when every net has been looked at belongs to a previous life.
  if (prune_ && !scanning_ && dirty_.empty()) {
    for (auto& [key, route] : leftovers_) removals_.push_back({key.first, routes_.acquire(route)});
    leftovers_.clear();
  }
  struct Sent {
    NetId net;             // invalid for removals
    proto::Prefix prefix;
    std::uint32_t route;   // id; 0 for removals
    bool replaces;         // something of ours may be there already
  };
  std::vector<Sent> sent;
  auto send = [&](RouteBatch::Operation operation, const proto::Prefix& prefix, const KernelRoute& route, Sent entry) {
    if (!batch_.append(operation, prefix, route, options_.kernel_table, static_cast<std::uint32_t>(sent.size())))
      return false;
    sent.push_back(entry);
    return true;
  };
  while (!removals_.empty()) {
    auto removal = removals_.front();
    if (!send(RouteBatch::Operation::remove, removal.net, routes_[removal.route], {{}, removal.net, 0, true})) break;
    routes_.release(removal.route);
    removals_.pop_front();
  }
  while (removals_.empty() && !dirty_.empty()) {
    auto net = dirty_.front();
    auto& flags = flags_[net.value];
    auto want = desired(net);
    auto have = installed_[net.value];
    if (!want) {
      dirty_.pop_front();
      flags &= static_cast<std::uint8_t>(~dirty_flag);
      if (have) forget_net(net);
      if (net.value < channel_->table().net_limit() && channel_->table().in_use(net))
        failed_.erase(channel_->table().prefix(net));
      continue;
    }
    auto prefix = channel_->table().prefix(net);
    bool doubtful = flags & doubtful_flag;
    auto adopted = leftovers_.find({prefix, want->metric});
    bool adopt = !have && adopted != leftovers_.end();
    if ((have && !doubtful && routes_[have] == *want) || (adopt && same_destination(adopted->second, *want))) {
      // Nothing to send: it is there already, perhaps from a previous life.
      if (adopt) {
        set_installed(net, routes_.acquire(*want));
        ++channel_->exported;
        leftovers_.erase(adopted);
      }
    } else {
      bool known = have || adopt || doubtful;
      auto id = routes_.acquire(*want);
      if (!send(known ? RouteBatch::Operation::replace : RouteBatch::Operation::add_exclusive, prefix, *want,
                {net, prefix, id, known})) {
        routes_.release(id);
        break;
      }
      // A replace matches by metric: with another metric the old route has to be removed after the new one is there.
      if (have && routes_[have].metric != want->metric) {
        (void)routes_.acquire(routes_[have]);
        removals_.push_back({prefix, have});
      }
      if (adopt) leftovers_.erase(adopted);
      if (!have) ++channel_->exported;
      set_installed(net, id);
    }
    dirty_.pop_front();
    flags &= static_cast<std::uint8_t>(~(dirty_flag | doubtful_flag));
    flags |= touched_flag;
  }
  for (auto& failure : netlink_.execute(batch_)) {
    auto& entry = sent[failure.cookie];
    if (!entry.net.valid()) {
      // Already gone (its interface died, or somebody was faster): that is what we wanted.
      if (failure.error_number != ESRCH && failure.error_number != ENODEV) report(entry.prefix, failure.error_number);
      continue;
    }
    report(entry.prefix, failure.error_number);
    if (installed_[entry.net.value] == entry.route) {
      set_installed(entry.net, 0);
      --channel_->exported;
      // An old version may still be there. Not so after EEXIST: that is somebody else's, and must not be replaced.
      if (entry.replaces) flags_[entry.net.value] |= doubtful_flag;
    }
    entry.route = 0;
  }
  for (auto& entry : sent)
    if (entry.net.valid() && entry.route) failed_.erase(entry.prefix);
  return !removals_.empty() || !dirty_.empty();
}

void Installer::report(const proto::Prefix& net, int error_number) {
  auto [at, fresh] = failed_.try_emplace(net, error_number);
  if (!fresh && at->second == error_number) return;
  at->second = error_number;
  new_failures_.emplace_back(net, error_number);
}

const std::vector<std::pair<proto::Prefix, int>>& Installer::take_new_failures() {
  reported_.clear();
  std::swap(reported_, new_failures_);
  return reported_;
}

bool Installer::failed(NetId net) const {
  auto& table = channel_->table();
  return !failed_.empty() && table.in_use(net) && failed_.contains(table.prefix(net));
}

void Installer::retry_failed() {
  for (auto& [prefix, error] : failed_)
    if (auto net = channel_->table().find(prefix)) mark_dirty(*net);
}

void Installer::reconfigure(KernelOptions options) { options_ = std::move(options); }

void Installer::begin_scan() {
  scanning_ = true;
  leftovers_.clear();
  for (auto& flags : flags_) flags &= static_cast<std::uint8_t>(~(seen_flag | touched_flag));
}

void Installer::scanned(const RouteMessage& message) {
  auto net = channel_->table().find(message.net);
  if (net) grow(net->value);
  auto id = net ? installed_[net->value] : 0;
  if (id && routes_[id].metric == message.route.metric) {
    flags_[net->value] |= seen_flag;
    if (!same_destination(routes_[id], message.route) && !(flags_[net->value] & touched_flag)) {
      flags_[net->value] |= doubtful_flag;
      mark_dirty(*net);
    }
    return;
  }
  if (net && (flags_[net->value] & touched_flag)) return;  // changed while the scan ran: the next one will tell
  leftovers_[{message.net, message.route.metric}] = message.route;
}

void Installer::end_scan() {
  scanning_ = false;
  for (std::uint32_t i = 0; i < installed_.size(); ++i)
    if (installed_[i] && !(flags_[i] & (seen_flag | touched_flag))) {
      flags_[i] |= doubtful_flag;
      mark_dirty(NetId{i});
    }
  // Leftovers of nets that want to be installed are adopted or replaced in `work`.
  for (auto& [key, route] : leftovers_)
    if (auto net = channel_->table().find(key.first)) mark_dirty(*net);
  retry_failed();
}

void Installer::disturbed(const RouteMessage& message) {
  auto net = channel_->table().find(message.net);
  if (!net) {
    if (!message.removed) leftovers_[{message.net, message.route.metric}] = message.route;
    return;
  }
  grow(net->value);
  auto id = installed_[net->value];
  if (!id || routes_[id].metric != message.route.metric) return;
  if (!message.removed && same_destination(routes_[id], message.route)) return;
  flags_[net->value] |= doubtful_flag;
  mark_dirty(*net);
}

void Installer::interface_lost(std::uint32_t index) {
  std::vector<bool> uses(routes_.limit() + 1, false);
  for (std::uint32_t id = 1; id <= routes_.limit(); ++id)
    uses[id] = std::any_of(routes_[id].hops.begin(), routes_[id].hops.end(), [&](auto& hop) { return hop.ifindex == index; });
  for (std::uint32_t i = 0; i < installed_.size(); ++i)
    if (installed_[i] && uses[installed_[i]]) {
      flags_[i] |= doubtful_flag;
      mark_dirty(NetId{i});
    }
}

void Installer::remove_all() {
  dirty_.clear();
  for (auto& flags : flags_) flags &= static_cast<std::uint8_t>(~dirty_flag);
  for (std::uint32_t i = 0; i < installed_.size(); ++i)
    if (installed_[i]) forget_net(NetId{i});
  while (work()) {
  }
}

void Installer::abandon() {
  dirty_.clear();
  removals_.clear();
  std::fill(flags_.begin(), flags_.end(), std::uint8_t{0});
  for (std::uint32_t i = 0; i < installed_.size(); ++i)
    if (installed_[i]) set_installed(NetId{i}, 0);
  channel_->exported = 0;
}

}  // namespace avocet::kernel
