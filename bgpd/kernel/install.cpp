#include "bgpd/kernel/install.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "bgpd/kernel/wanted_route.hpp"
#include "bgpd/rib/trace.hpp"

namespace avocet::kernel {
namespace {

using proto::DestinationKind;
using rib::NetId;

constexpr int nets_a_turn = 1024;                    // about 1 ms of filters; most of them may need no request
constexpr std::size_t removals_a_turn = 1024;

/// Whether a route found in the kernel does all that ours should. The kernel's listing lacks realms where it does not
/// support them, so they are left out.
bool fulfils(const KernelRoute& found, const KernelRoute& want) {
  return same_destination(found, want) && found.prefsrc == want.prefsrc && found.metrics == want.metrics;
}

}  // namespace

Installer::Installer(rib::Rib& rib, std::shared_ptr<rib::Channel> channel, Netlink& netlink, KernelOptions options)
    : rib_(rib), channel_(std::move(channel)), netlink_(netlink), options_(std::move(options)) {}

void Installer::reconfigure(KernelOptions options) { options_ = std::move(options); }

// ---- bookkeeping

void Installer::grow(std::uint32_t net) {
  if (net < installed_.size()) return;
  auto size = std::max<std::size_t>(net + 1, installed_.size() + installed_.size() / 2);
  installed_.resize(size);
  flags_.resize(size);
}

void Installer::mark_dirty(NetId net) {
  grow(net.value);
  if (has_flag(net, dirty_flag)) return;
  flags_[net.value] |= dirty_flag;
  dirty_.push_back(net);
}

void Installer::mark_doubtful(NetId net) {
  mark_dirty(net);
  flags_[net.value] |= doubtful_flag;
}

void Installer::set_installed(NetId net, std::uint32_t id) {
  auto& slot = installed_[net.value];
  installed_count_ += (id != 0);
  installed_count_ -= (slot != 0);
  routes_.release(slot);
  slot = id;
}

/// Queues the removal of what is installed for a net.
void Installer::uninstall(NetId net) {
  if (auto id = installed_[net.value]) {
    removals_.push_back({channel_->table().prefix(net), routes_.acquire(id)});
    rib::trace_route(rib_, *channel_, rib::debug::routes, "< removed", {removals_.back().net});
    set_installed(net, 0);
    ++channel_->export_counters.withdraws_accepted;
  }
  clear_flags(net, doubtful_flag);
}

/// As many routes that the limit kept out are looked at again as others have left.
void Installer::admit_held_back() {
  auto& limit = channel_->options.export_limit;
  while (!held_back_.empty() && (!limit || exported() + dirty_.size() < limit->routes)) {
    clear_flags(held_back_.front(), held_back_flag);
    mark_dirty(held_back_.front());
    held_back_.pop_front();
  }
}

// ---- what should be there

void Installer::changed(rib::Table& table, std::span<const NetId> nets) {
  for (auto net : nets) {
    grow(net.value);
    if (table.best(net)) {
      mark_dirty(net);
      flags_[net.value] |= told_flag;
      continue;
    }
    // The id of a net without paths may be given to another prefix before `work` runs, so its removal is noted by prefix.
    ++channel_->export_counters.withdraws_received;
    forget_failure(table.prefix(net));
    uninstall(net);
  }
  count_exported();
}

std::optional<KernelRoute> Installer::export_path(const rib::RouteView& view, bool count) {
  auto& counters = channel_->export_counters;
  counters.updates_received += count;
  auto* hidden = view.channel == channel_.get() ? "learned from the kernel" : why_hidden(view, options_);
  if (hidden) {
    counters.updates_rejected += count;
    if (count)
      rib::trace_route(rib_, *channel_, rib::debug::filters, "< rejected by protocol", {view.net}, hidden);
    return std::nullopt;
  }
  edits_.clear();
  auto wanted = wanted_route(rib_, view, options_, edits_);
  if (rib_.on_filter_output && (wanted.verdict.outcome == filter::Outcome::error || !edits_.printed.empty()))
    rib_.on_filter_output(*channel_, view.net, wanted.verdict, edits_.printed);
  auto accepted = wanted.route.has_value();
  if (count && !accepted)
    rib::trace_route(rib_, *channel_, rib::debug::filters, "< filtered out", {view.net}, wanted.verdict.error);
  counters.updates_filtered += count && !accepted;
  counters.updates_accepted += count && accepted;
  return std::move(wanted.route);
}

/// `count`: in the rows of `show protocols all`. Of paths merged only the best one counts there, as in BIRD.
std::optional<KernelRoute> Installer::desired(NetId net, bool count) {
  auto& table = channel_->table();
  if (net.value >= table.net_limit() || !table.in_use(net)) return std::nullopt;
  auto best = table.best(net);
  if (!best) return std::nullopt;
  auto route = export_path(rib_.view(table, net, *best), count);
  if (!route) return std::nullopt;
  if (options_.merge_paths && route->kind == DestinationKind::unicast) {
    rib_.for_multipath(table, net, [&](const rib::RouteView& view) {
      if (view.path == best) return true;
      if (auto other = export_path(view, false); other && other->kind == DestinationKind::unicast)
        for (auto& hop : other->hops)
          if (std::find(route->hops.begin(), route->hops.end(), hop) == route->hops.end()) route->hops.push_back(hop);
      return route->hops.size() < options_.merge_limit;
    });
    if (route->hops.size() > options_.merge_limit) route->hops.resize(options_.merge_limit);
  }
  std::sort(route->hops.begin(), route->hops.end());
  route->metric = normal_metric(options_, route->metric);
  return route;
}

// ---- requests

bool Installer::work() {
  if (!ready_) return false;
  admit_held_back();
  prune();
  append_removals();
  append_updates();
  std::vector<int> errors(sent_.size(), 0);
  for (auto& failure : netlink_.execute(batch_)) errors[failure.cookie] = failure.error_number;
  for (std::size_t i = 0; i < sent_.size(); ++i) finish(sent_[i], errors[i]);
  sent_.clear();
  count_exported();
  return !removals_.empty() || !dirty_.empty() || (prune_ && !scanning_ && !leftovers_.empty());
}

/// What nobody claimed when every net has been looked at belongs to a previous life.
void Installer::prune() {
  if (!prune_ || scanning_ || !dirty_.empty()) return;
  while (!leftovers_.empty() && removals_.size() < removals_a_turn) {
    auto first = leftovers_.begin();
    removals_.push_back({first->first.first, first->second});
    leftovers_.erase(first);
  }
}

void Installer::append_removals() {
  while (!removals_.empty()) {
    auto& removal = removals_.front();
    if (!batch_.append(RouteBatch::Operation::remove, removal.net, routes_[removal.route], options_.kernel_table,
                       static_cast<std::uint32_t>(sent_.size())))
      return;
    sent_.push_back({{}, removal.net, removal.route, 0, false});
    removals_.pop_front();
  }
}

void Installer::append_updates() {
  if (!removals_.empty()) return;
  for (int i = 0; i < nets_a_turn && !dirty_.empty(); ++i) {
    if (!append_update(dirty_.front())) return;
    dirty_.pop_front();
  }
}

/// False when the batch is full.
bool Installer::append_update(NetId net) {
  auto want = desired(net, has_flag(net, told_flag));
  auto have = installed_[net.value];
  auto& table = channel_->table();
  auto done = [&] {
    clear_flags(net, dirty_flag | doubtful_flag | told_flag);
    flags_[net.value] |= touched_flag;
    return true;
  };
  if (!want) {
    if (net.value < table.net_limit() && table.in_use(net)) {
      forget_failure(table.prefix(net));
      uninstall(net);
    }
    return done();
  }
  auto prefix = table.prefix(net);
  if (!have && !failed_.contains(prefix) && !channel_->may_export(exported())) {
    if (!has_flag(net, held_back_flag)) held_back_.push_back(net);
    flags_[net.value] |= held_back_flag;
    rib::trace_route(rib_, *channel_, rib::debug::filters, "< rejected by protocol", {prefix}, "beyond the export limit");
    return done();
  }
  bool doubtful = has_flag(net, doubtful_flag);
  auto leftover = leftovers_.find({prefix, want->metric});
  bool ours_is_there = have && routes_[have].metric == want->metric;
  if (ours_is_there && !doubtful && routes_[have] == *want) return done();
  if (!have && leftover != leftovers_.end() && fulfils(routes_[leftover->second], *want)) {
    set_installed(net, routes_.acquire(*want));
    forget(leftovers_, leftover);
    forget_failure(prefix);
    return done();
  }
  bool maybe_ours = ours_is_there || leftover != leftovers_.end() || (doubtful && !have);
  bool exclusive = !maybe_ours;
  if (!batch_.append(exclusive ? RouteBatch::Operation::add_exclusive : RouteBatch::Operation::replace, prefix, *want,
                     options_.kernel_table, static_cast<std::uint32_t>(sent_.size()))) {
    // It is looked at again, and must not count twice.
    clear_flags(net, told_flag);
    return false;
  }
  if (leftover != leftovers_.end()) {
    if (!have) have = routes_.acquire(leftover->second), installed_[net.value] = have, ++installed_count_;
    forget(leftovers_, leftover);
  }
  sent_.push_back({net, prefix, routes_.acquire(*want), routes_.acquire(have), exclusive});
  rib::trace_route(rib_, *channel_, rib::debug::routes, have ? "< replaced" : "< added", {prefix},
                   proto::destination_name(want->kind));
  set_installed(net, routes_.acquire(*want));
  return done();
}

void Installer::finish(const Sent& sent, int error_number) {
  // Already gone (its interface died, or somebody was faster): that is what we wanted.
  if (!sent.net.valid() && (error_number == ESRCH || error_number == ENODEV)) error_number = 0;
  if (rib::traces(rib_, *channel_, rib::debug::packets))
    rib::trace_route(rib_, *channel_, rib::debug::packets, sent.net.valid() ? "installing" : "removing", {sent.prefix},
                     error_number ? std::string("refused: ") + std::strerror(error_number) : "done");
  if (!sent.net.valid()) {
    if (error_number)
      refusals_.push_back({sent.prefix, routes_[sent.route], error_number, true});
  } else {
    // What was there with another metric is still there; and what could not be replaced must not stay as it was: its next
    // hop is no longer the right one.
    bool other_metric = sent.before && routes_[sent.before].metric != routes_[sent.route].metric;
    bool answer_lost = error_number == ENOBUFS;  // it may have been carried out
    if (sent.before && (other_metric || (error_number && !answer_lost)))
      removals_.push_back({sent.prefix, routes_.acquire(sent.before)});
    if (!error_number) {
      forget_failure(sent.prefix);
    } else {
      if (installed_[sent.net.value] == sent.route) set_installed(sent.net, 0);
      // Not so after EEXIST: that is somebody else's, and must not be replaced.
      if (!sent.exclusive || answer_lost) flags_[sent.net.value] |= doubtful_flag;
      fail(sent.prefix, sent.route, error_number);
    }
  }
  routes_.release(sent.route);
  routes_.release(sent.before);
}

// ---- failures

void Installer::fail(const proto::Prefix& net, std::uint32_t route, int error_number) {
  auto [at, first] = failed_.try_emplace(net, Failure{0, 0, Failure::State::unconfirmed});
  auto& failure = at->second;
  bool same = failure.route == route && failure.error_number == error_number;
  auto before = first ? Failure::State::unconfirmed : failure.state;
  if (failure.route != route) routes_.release(std::exchange(failure.route, routes_.acquire(route)));
  failure.error_number = error_number;
  if (same && before == Failure::State::reported) return;
  if (!first && before == Failure::State::confirming) {
    failure.state = Failure::State::reported;
    refusals_.push_back({net, routes_[route], error_number, false});
    return;
  }
  failure.state = Failure::State::unconfirmed;
  if (!first && before == Failure::State::unconfirmed) return;
  unconfirmed_.push_back(net);
  conflict_ |= error_number == EEXIST;
}

void Installer::forget_failure(const proto::Prefix& net) {
  if (failed_.empty()) return;
  auto at = failed_.find(net);
  if (at == failed_.end()) return;
  routes_.release(at->second.route);
  failed_.erase(at);
}

void Installer::confirm_failures() {
  for (auto& prefix : std::exchange(unconfirmed_, {})) {
    auto failure = failed_.find(prefix);
    auto net = channel_->table().find(prefix);
    if (failure == failed_.end() || !net) continue;
    failure->second.state = Failure::State::confirming;
    mark_dirty(*net);
  }
}

void Installer::retry_failed() {
  for (auto& [prefix, failure] : failed_)
    if (auto net = channel_->table().find(prefix)) mark_dirty(*net);
}

bool Installer::failed(NetId net) const {
  auto& table = channel_->table();
  return !failed_.empty() && table.in_use(net) && failed_.contains(table.prefix(net));
}

// ---- the end

void Installer::remove_all() {
  dirty_.clear();
  held_back_.clear();
  for (std::uint32_t i = 0; i < installed_.size(); ++i) uninstall(NetId{i});
  std::fill(flags_.begin(), flags_.end(), std::uint8_t{0});
  while (!failed_.empty()) forget_failure(failed_.begin()->first);
  unconfirmed_.clear();
  forget_found(leftovers_);
  forget_found(found_);
  scanning_ = false;
  count_exported();
}

void Installer::abandon() {
  remove_all();
  for (auto& removal : removals_) routes_.release(removal.route);
  removals_.clear();
  ready_ = false;
}

}  // namespace avocet::kernel
