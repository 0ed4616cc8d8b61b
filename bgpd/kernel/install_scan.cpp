/// The installer's eyes: scans, and what others did to our routes.
#include <algorithm>

#include "bgpd/kernel/install.hpp"

namespace avocet::kernel {

using rib::NetId;

void Installer::note(Found& found, const RouteMessage& message) {
  auto id = routes_.acquire(message.route);
  auto [at, fresh] = found.try_emplace({message.net, message.route.metric}, id);
  if (!fresh) routes_.release(std::exchange(at->second, id));
}

void Installer::forget(Found& found, Found::iterator at) {
  if (at == found.end()) return;
  routes_.release(at->second);
  found.erase(at);
}

void Installer::forget_found(Found& found) {
  for (auto& [key, id] : found) routes_.release(id);
  found.clear();
}

void Installer::begin_scan() {
  scanning_ = true;
  forget_found(found_);
  for (auto& flags : flags_) flags &= static_cast<std::uint8_t>(~(seen_flag | touched_flag));
}

void Installer::scanned(const RouteMessage& message) {
  if (!scanning_) return;
  auto net = channel_->table().find(message.net);
  if (net) grow(net->value);
  auto id = net ? installed_[net->value] : 0;
  if (id && routes_[id].metric == message.route.metric) {
    flags_[net->value] |= seen_flag;
    if (!has_flag(*net, touched_flag) && !same_destination(routes_[id], message.route)) mark_doubtful(*net);
    return;
  }
  note(found_, message);
}

void Installer::end_scan() {
  if (!scanning_) return;
  for (std::uint32_t i = 0; i < installed_.size(); ++i)
    if (installed_[i] && !(flags_[i] & (seen_flag | touched_flag))) mark_doubtful(NetId{i});
  // The listing may be older than what was sent meanwhile, for these nets what was known before it stands.
  std::erase_if(found_, [&](auto& entry) {
    auto net = channel_->table().find(entry.first.first);
    if (!net || net->value >= flags_.size() || !has_flag(*net, touched_flag) || leftovers_.contains(entry.first)) return false;
    auto failure = failed_.find(entry.first.first);
    bool unexplained = failure != failed_.end() && !installed_[net->value];
    if (unexplained) return false;  // refused because of just this route
    routes_.release(entry.second);
    return true;
  });
  interrupt_scan();
}

void Installer::interrupt_scan() {
  if (!scanning_) return;
  scanning_ = false;
  ready_ = true;
  forget_found(leftovers_);
  leftovers_.swap(found_);
  // Those of nets that want to be installed are adopted or replaced in `work`.
  for (auto& [key, id] : leftovers_)
    if (auto net = channel_->table().find(key.first)) mark_dirty(*net);
  retry_failed();
}

void Installer::disturbed(const RouteMessage& message) {
  auto net = channel_->table().find(message.net);
  if (net) grow(net->value);
  auto id = net ? installed_[net->value] : 0;
  if (id && routes_[id].metric == message.route.metric) {
    if (message.removed || !same_destination(routes_[id], message.route)) mark_doubtful(*net);
    return;
  }
  for (auto* found : {&leftovers_, &found_}) {
    if (found == &found_ && !scanning_) continue;
    if (message.removed)
      forget(*found, found->find({message.net, message.route.metric}));
    else
      note(*found, message);
  }
  if (net) mark_dirty(*net);
}

void Installer::scanned_alien(const RouteMessage& message) {
  auto net = channel_->table().find(message.net);
  bool newer_known = net && net->value < flags_.size() && has_flag(*net, touched_flag);
  if (!newer_known) alien(message);
}

void Installer::alien(const RouteMessage& message) {
  if (message.cloned || message.tos != 0) return;
  auto net = channel_->table().find(message.net);
  if (!net || net->value >= installed_.size()) return;
  auto id = installed_[net->value];
  if (message.removed) {
    if (!id) mark_dirty(*net);  // its place may be free for us now
    return;
  }
  bool in_our_place = id ? routes_[id].metric == message.route.metric : has_flag(*net, doubtful_flag);
  if (!in_our_place) return;
  set_installed(*net, 0);
  clear_flags(*net, doubtful_flag);
  mark_dirty(*net);
}

void Installer::interface_lost(std::uint32_t index) {
  std::vector<bool> uses(routes_.limit() + 1, false);
  for (std::uint32_t id = 1; id <= routes_.limit(); ++id)
    uses[id] = std::any_of(routes_[id].hops.begin(), routes_[id].hops.end(), [&](auto& hop) { return hop.ifindex == index; });
  for (std::uint32_t i = 0; i < installed_.size(); ++i)
    if (installed_[i] && uses[installed_[i]]) mark_doubtful(NetId{i});
}

}  // namespace avocet::kernel
