#include "bgpd/rib/table_core.hpp"

#include <algorithm>
#include <array>

#include "bgpd/rib/channel_core.hpp"
#include "bgpd/rib/core.hpp"
#include "bgpd/rib/trace.hpp"

namespace avocet::rib {
namespace {

constexpr std::uint32_t no_source = 0xffffffff;
constexpr std::uint32_t nets_per_look = 64;  // between two looks at the clock
constexpr std::size_t nets_per_span = 512;   // what a follower is told at once

bool late(std::chrono::steady_clock::time_point deadline) { return std::chrono::steady_clock::now() >= deadline; }

}  // namespace

TableCore::TableCore(Core& core, TableOptions options) : core_(core), options_(std::move(options)) {}

bool TableCore::alive(const Path& path) const { return core_.sources[path.source].alive(path); }

bool TableCore::usable(const Path& path) const {
  return path.attributes.valid() && core_.sources[path.source].alive(path);
}

/// A flush makes paths unusable before the walk removes them, so the first one of the list is not always it.
const Path* TableCore::best(NetId net) const {
  for (auto id = head(net).first; id.valid(); id = paths_[id.value].next) {
    auto& path = paths_[id.value];
    if (!path.attributes.valid()) return nullptr;
    if (core_.sources[path.source].alive(path)) return &path;
  }
  return nullptr;
}

PathId TableCore::find_path(NetId net, std::uint16_t source, std::uint32_t path_id) const {
  auto id = head(net).first;
  while (id.valid() && (paths_[id.value].source != source || paths_[id.value].path_id != path_id))
    id = paths_[id.value].next;
  return id;
}

void TableCore::drop_if_empty(NetId net) {
  auto& row = head(net);
  if (!row.first.valid() && !row.listed) free_net(net);
}

void TableCore::touch(NetId net) {
  auto& row = head(net);
  if (row.listed) return;
  row.listed = true;
  changes_.push_back(net);
  core_.wake();
}

// --- lists -----------------------------------------------------------------------------------------------------------

/// Counts a path for its source; paths that a flush made unusable were taken off its counters at once.
void TableCore::count(const Path& path, int sign) {
  auto& source = core_.sources[path.source];
  source.paths += static_cast<std::uint32_t>(sign);
  if (source.alive(path)) (path.attributes.valid() ? source.imported : source.filtered) += static_cast<std::uint32_t>(sign);
}

std::uint32_t TableCore::preferred_source(NetId net) const {
  auto id = head(net).first;
  return id.valid() && paths_[id.value].attributes.valid() ? paths_[id.value].source : no_source;
}

void TableCore::count_preferred(std::uint32_t before, std::uint32_t after) {
  if (before == after) return;
  if (before != no_source) --core_.sources[before].preferred;
  if (after != no_source) ++core_.sources[after].preferred;
}

/// Rejected paths go behind all accepted ones. Among equals the one that was there first stays first.
void TableCore::link(NetId net, PathId id) {
  auto& path = paths_[id.value];
  auto* place = &head(net).first;
  if (path.attributes.valid() && place->valid()) {
    auto challenger = core_.candidate(path);
    while (place->valid()) {
      auto& other = paths_[place->value];
      if (!other.attributes.valid() || better(challenger, core_.candidate(other))) break;
      place = &other.next;
    }
  } else {
    while (place->valid()) place = &paths_[place->value].next;
  }
  path.next = *place;
  *place = id;
}

void TableCore::unlink(NetId net, PathId id) {
  auto* place = &head(net).first;
  while (*place != id) place = &paths_[place->value].next;
  *place = paths_[id.value].next;
}

/// Rejected paths, which are only kept, are none to those who read.
void TableCore::trace_added(NetId net, PathId id) const {
  auto& path = paths_[id.value];
  if (!path.attributes.valid()) return;
  auto& source = core_.sources[path.source];
  if (!traces(core_.rib, *source.channel, debug::routes)) return;
  Resolution scratch;
  auto kind = core_.resolve(source, path.attributes, scratch).kind;
  trace_route(core_.rib, *source.channel, debug::routes, head(net).first == id ? "> added [best]" : "> added",
              {prefix(net), path.path_id}, proto::destination_name(kind));
}

void TableCore::trace_removed(NetId net, const Path& path, bool was_best) const {
  if (!path.attributes.valid()) return;
  auto* event = !was_best ? "> removed" : best(net) ? "> removed [replaced]" : "> removed [sole]";
  trace_route(core_.rib, *core_.sources[path.source].channel, debug::routes, event, {prefix(net), path.path_id});
}

PathId TableCore::insert(NetId net, const Path& path) {
  auto id = PathId{paths_.allocate()};
  paths_[id.value] = path;
  auto before = preferred_source(net);
  if (!head(net).first.valid()) ++net_count_;
  link(net, id);
  if (core_.deterministic_med_used) sort_paths(net);
  count(path, +1);
  count_preferred(before, preferred_source(net));
  if (path.attributes.valid() || tells_rejected_) touch(net);
  if (core_.rib.tracing()) trace_added(net, id);
  return id;
}

void TableCore::replace(NetId net, PathId id, const Path& path) {
  auto before = preferred_source(net);
  bool was_best = head(net).first == id;
  unlink(net, id);
  auto old = paths_[id.value];
  count(old, -1);
  paths_[id.value] = path;
  link(net, id);
  if (core_.deterministic_med_used) sort_paths(net);
  count(path, +1);
  count_preferred(before, preferred_source(net));
  if (core_.rib.tracing()) path.attributes.valid() ? trace_added(net, id) : trace_removed(net, old, was_best);
  core_.attributes.release(old.received);
  if (old.attributes.valid()) core_.attributes.release(old.attributes);
  if (old.attributes.valid() || path.attributes.valid() || tells_rejected_) touch(net);
}

void TableCore::remove(NetId net, PathId id) {
  auto before = preferred_source(net);
  bool was_best = head(net).first == id;
  unlink(net, id);
  auto old = paths_[id.value];
  count(old, -1);
  paths_.release(id.value);
  if (core_.deterministic_med_used) sort_paths(net);
  count_preferred(before, preferred_source(net));
  if (core_.rib.tracing()) trace_removed(net, old, was_best);
  core_.attributes.release(old.received);
  if (old.attributes.valid()) core_.attributes.release(old.attributes);
  if (old.attributes.valid() || tells_rejected_) touch(net);
  if (!head(net).first.valid()) {
    --net_count_;
    drop_if_empty(net);
  }
}

void TableCore::sort(NetId net) {
  auto before = preferred_source(net);
  sort_paths(net);
  count_preferred(before, preferred_source(net));
  touch(net);
}

/// Builds the list anew from its own order, so what compares as equal keeps its place.
void TableCore::sort_paths(NetId net) {
  order_.clear();
  candidates_.clear();
  auto id = head(net).first;
  for (; id.valid() && paths_[id.value].attributes.valid(); id = paths_[id.value].next) {
    order_.push_back(id);
    candidates_.push_back(core_.candidate(paths_[id.value]));
  }
  if (order_.size() < 2) return;
  auto rejected = id;
  if (core_.deterministic_med_used) suppress_by_neighbor_as(candidates_);
  // An insertion sort: lists are short and nearly in order, and `better` need not be transitive (MED).
  for (std::size_t i = 1; i < order_.size(); ++i) {
    std::size_t at = 0;
    while (at < i && !better(candidates_[i], candidates_[at])) ++at;
    std::rotate(order_.begin() + at, order_.begin() + i, order_.begin() + i + 1);
    std::rotate(candidates_.begin() + at, candidates_.begin() + i, candidates_.begin() + i + 1);
  }
  auto* place = &head(net).first;
  for (auto path : order_) {
    *place = path;
    place = &paths_[path.value].next;
  }
  *place = rejected;
}

// --- the walk --------------------------------------------------------------------------------------------------------

void TableCore::start_walk(std::uint32_t source) {
  std::erase_if(walks_, [&](auto& walk) { return walk.source == source; });
  walks_.push_back({source, cursor_, false});
  core_.wake();
}

void TableCore::walk_for(std::uint16_t source) { start_walk(source); }
void TableCore::walk_for_next_hops() { start_walk(next_hops); }

bool TableCore::walking_for_next_hops() const {
  return std::any_of(walks_.begin(), walks_.end(), [](auto& walk) { return walk.source == next_hops; });
}

void TableCore::walk(std::chrono::steady_clock::time_point deadline) {
  next_hops_changed_ = walking_for_next_hops();
  do {
    for (std::uint32_t i = 0; i < nets_per_look && cursor_ < net_limit(); ++i) do_chores(NetId{cursor_++});
    if (cursor_ >= net_limit()) {
      cursor_ = 0;
      for (auto& walk : walks_) walk.wrapped = true;
    }
    finish_walks();
  } while (!walks_.empty() && !late(deadline));
}

/// Walks are done a whole number of looks after they came back to where they began; a net looked at twice is no harm.
void TableCore::finish_walks() {
  for (std::size_t i = 0; i < walks_.size();) {
    auto walk = walks_[i];
    if (!walk.wrapped || cursor_ < walk.start) {
      // A table that shrank to nothing still lets its walks end.
      if (!walk.wrapped || cursor_ != 0 || walk.start < net_limit()) {
        ++i;
        continue;
      }
    }
    walks_.erase(walks_.begin() + static_cast<std::ptrdiff_t>(i));
    if (walk.source != next_hops) core_.finished(static_cast<std::uint16_t>(walk.source));
  }
}

void TableCore::finish_now() {
  while (!walks_.empty()) walk(std::chrono::steady_clock::time_point::max());
}

void TableCore::compact_epochs(std::uint16_t id) {
  auto previous = static_cast<std::uint8_t>(core_.sources[id].epoch - 1);
  for (std::uint32_t net = 0; net < net_limit(); ++net) {
    do_chores(NetId{net});  // after which no pending chore needs to know how old a path is
    if (!in_use(NetId{net})) continue;
    for (auto at = first(NetId{net}); at.valid(); at = paths_[at.value].next) {
      auto& path = paths_[at.value];
      if (path.source == id && !core_.sources[id].fresh(path)) path.epoch = previous;
    }
  }
  auto& source = core_.sources[id];
  source.oldest = source.alive_since = source.stale_before = previous;
}

void TableCore::do_chores(NetId net) {
  if (!in_use(net)) return;
  bool resort = false;
  for (auto id = head(net).first; id.valid();) {
    auto path = paths_[id.value];
    auto next = path.next;
    auto& source = core_.sources[path.source];
    bool stale = source.age(path.epoch) > source.age(source.stale_before);
    if (!source.alive(path) || ((source.chores & chore::sweep) && stale)) {
      remove(net, id);
    } else if ((source.chores & chore::long_lived) && stale) {
      source.channel->make_long_lived_stale(net, id);
    } else {
      bool moved = uses_changed_next_hop(path);
      // A filter may have looked at the gateway, and `gateway direct` rejects what is on no link.
      if (moved || (source.chores & chore::refilter)) source.channel->refilter(net, id);
      if (moved || (source.chores & chore::resort)) resort = true;
    }
    id = next;
  }
  if (resort && in_use(net)) sort(net);
}

bool TableCore::uses_changed_next_hop(const Path& path) const {
  if (!next_hops_changed_) return false;
  auto changed = [&](AttrId set) { return set.valid() && core_.next_hops.changed(core_.attributes.keys(set).next_hop); };
  return changed(path.received) || changed(path.attributes);
}

// --- followers -------------------------------------------------------------------------------------------------------

void TableCore::look_at_followers() {
  tells_rejected_ = std::ranges::any_of(followers, [](auto* one) { return one && one->sees_rejected(); });
}

void TableCore::deliver(std::chrono::steady_clock::time_point deadline) {
  std::array<NetId, nets_per_span> nets;
  do {
    auto count = std::min(nets_per_span, changes_.size() - delivered_);
    std::copy_n(changes_.begin() + static_cast<std::ptrdiff_t>(delivered_), count, nets.begin());
    delivered_ += count;
    if (delivered_ == changes_.size()) {
      changes_.clear();
      delivered_ = 0;
    }
    // From here on a change lists the net again.
    auto span = std::span<const NetId>(nets).first(count);
    for (auto net : span) head(net).listed = false;
    core_.next_hops.table_changed(*this, span);
    for (std::size_t i = 0; i < followers.size(); ++i)
      if (followers[i]) followers[i]->changed(*this, span);
    for (auto net : span) drop_if_empty(net);
    std::erase(followers, nullptr);
  } while (has_changes() && !late(deadline));
}

}  // namespace avocet::rib
