#include <algorithm>

#include "bgpd/rib/channel_core.hpp"
#include "bgpd/rib/trace.hpp"
#include "proto/community.hpp"

namespace avocet::rib {
namespace {

/// BIRD's net_validate and net_classify: loopback, link-local, multicast and reserved nets are no routes.
bool is_bogus(const proto::Prefix& net) {
  if (net.address.is_unspecified()) return false;
  if (net.family == proto::Family::ipv4) {
    auto first = net.address.v4_bits() >> 24;
    return first == 0 || first == 127 || first >= 224;
  }
  return net.address.is_link_local() || net.address.is_multicast() || net.address.is_loopback();
}

}  // namespace

std::string limit_text(LimitKind kind, const Limit& limit) {
  static constexpr const char* kinds[] = {"receive", "import", "export"};
  static constexpr const char* actions[] = {"warn", "block", "restart", "disable"};
  return std::string(kinds[static_cast<int>(kind)]) +
         " limit reached: action=" + actions[static_cast<int>(limit.action)] + " limit=" + std::to_string(limit.routes);
}

ChannelCore::ChannelCore(Core& core, TableCore& table, std::uint16_t id) : core_(core), table_(table) {
  source = SourceId{id};
}

void ChannelCore::fill_row() {
  auto& to = row();
  to.kind = facts.kind;
  to.bgp = facts.bgp;
  to.external = facts.external;
  to.gateway_recursive = facts.gateway_recursive;
  to.path_metric = facts.path_metric;
  to.med_metric = facts.med_metric;
  to.deterministic_med = facts.deterministic_med;
  to.igp_metric = facts.igp_metric;
  to.prefer_older = facts.prefer_older;
  to.dialect = facts.dialect;
  to.preference = options.preference;
  to.local_as = facts.local_as;
  to.remote_id = facts.remote_id;
  to.cost = facts.cost;
  to.default_local_pref = facts.default_local_pref;
  to.default_med = facts.default_med;
  to.remote_address = facts.remote_address;
  to.table = &table_;
  auto* igp_table = core_.rib.find_table(facts.igp_table);
  to.igp_table = igp_table ? igp_table : &table_;
  core_.deterministic_med_used |= facts.deterministic_med;
}

// --- import ----------------------------------------------------------------------------------------------------------

void ChannelCore::announce(std::span<const proto::Nlri> nets, proto::AttributeView attributes) {
  if (closed_ || nets.empty()) return;
  auto received = core_.attributes.intern(attributes);
  told_since_epoch_ = true;
  for (auto& nlri : nets) announce_one(nlri, received);
  core_.attributes.release(received);
}

void ChannelCore::withdraw(std::span<const proto::Nlri> nets) {
  if (closed_) return;
  for (auto& nlri : nets) {
    ++import_counters.withdraws_received;
    take_away(nlri);
  }
}

void ChannelCore::take_away(const proto::Nlri& nlri) {
  auto net = table_.find(nlri.prefix);
  auto id = net ? table_.find_path(*net, static_cast<std::uint16_t>(source.value), nlri.path_id) : PathId();
  bool known = id.valid() && row().alive(table_.path(id));
  if (known && table_.path(id).attributes.valid())
    ++import_counters.withdraws_accepted;
  else
    ++import_counters.withdraws_ignored;
  if (id.valid()) table_.remove(*net, id);
}

/// Counts as BIRD's rte_update2 and rte_recalculate do.
void ChannelCore::announce_one(const proto::Nlri& nlri, AttrId received) {
  auto& counters = import_counters;
  ++counters.updates_received;
  if (is_bogus(nlri.prefix) || nlri.prefix.family != table_.options().family) {
    ++counters.updates_invalid;
    trace_route(core_.rib, *this, debug::filters, "> invalid", nlri);
    if (table_.find(nlri.prefix)) take_away(nlri);
    return;
  }
  auto net = table_.obtain(nlri.prefix);
  auto id = table_.find_path(net, static_cast<std::uint16_t>(source.value), nlri.path_id);
  // A path that a flush made unusable only lends its place.
  bool known = id.valid() && row().alive(table_.path(id));
  bool was_accepted = known && table_.path(id).attributes.valid();
  if (was_accepted && table_.path(id).received == received && !(row().chores & chore::refilter)) {
    table_.path(id).epoch = row().epoch;
    ++counters.updates_ignored;
    trace_route(core_.rib, *this, debug::routes, "> ignored", nlri, "the same as before");
    return;
  }
  auto stored = row().imported + (options.import_keep_filtered ? row().filtered : 0);
  if (!known && !passes(LimitKind::receive, options.receive_limit, stored)) {
    table_.drop_if_empty(net);
    trace_route(core_.rib, *this, debug::filters, "> ignored", nlri, "receive limit");
    return;
  }
  auto result = import(nlri.prefix, received);
  bool over = result.attributes.valid() && !was_accepted &&
              !passes(LimitKind::import, options.import_limit, row().imported);
  if (over) {
    core_.attributes.release(result.attributes);
    result.attributes = AttrId();
    ++counters.updates_ignored;
    trace_route(core_.rib, *this, debug::filters, "> ignored", nlri, "import limit");
  } else if (!result.attributes.valid()) {
    ++counters.updates_filtered;
    trace_filtered(nlri, result);
    ++(was_accepted ? counters.withdraws_accepted : counters.withdraws_ignored);
  }
  if (known && table_.path(id).received == received && table_.path(id).attributes == result.attributes) {
    if (result.attributes.valid()) {
      core_.attributes.release(result.attributes);
      ++counters.updates_ignored;
    }
    table_.path(id).epoch = row().epoch;
    return;
  }
  if (result.attributes.valid()) ++counters.updates_accepted;
  core_.attributes.acquire(received);
  Path path{.attributes = result.attributes,
            .received = received,
            .source = static_cast<std::uint16_t>(source.value),
            .flags = result.flags,
            .epoch = row().epoch,
            .since = core_.rib.now_seconds,
            .path_id = nlri.path_id};
  if (id.valid())
    table_.replace(net, id, path);
  else
    table_.insert(net, path);
}

ChannelCore::Imported ChannelCore::import(const proto::Prefix& net, AttrId received) {
  auto& source_row = row();
  auto& program = *options.import_filter;
  auto& keys = core_.attributes.keys(received);
  // `gateway direct`, reference 8.5: the next hop is on a link of ours, or this is no route.
  bool direct = source_row.bgp && !keys.has_destination && !core_.is_recursive(source_row, keys);
  auto& resolution = core_.resolve(source_row, received, core_.scratch.resolution);
  if (direct && !resolution.reachable) return {AttrId(), path_flag::no_next_hop};
  if (filter::is_reject_all(program)) return {};
  if (filter::is_accept_all(program)) {
    core_.attributes.acquire(received);
    return {received};
  }
  filter::RouteFacts route;
  route.net = net;
  auto& origin = core_.origin(source_row, received);
  route.source = core_.route_source(origin, received);
  auto owner = origin.channel->protocol.lock();
  if (owner) route.protocol = owner->options.name;
  route.from = origin.remote_address;
  route.preference = keys.has_preference ? static_cast<std::uint16_t>(keys.preference) : source_row.preference;
  route.destination = resolution.kind;
  route.hops = resolution.hops;
  route.igp_metric = resolution.igp_metric;
  auto& edits = core_.scratch.edits;
  edits.clear();
  auto verdict = filter::run(program, route, core_.attributes.view(received), core_.rib, edits);
  if (core_.rib.on_filter_output && (verdict.outcome == filter::Outcome::error || !edits.printed.empty()))
    core_.rib.on_filter_output(*this, net, verdict, edits.printed);
  if (verdict.outcome != filter::Outcome::accept) return {};
  if (edits.changed) return {core_.attributes.intern(edits.attributes)};
  core_.attributes.acquire(received);
  return {received};
}

void ChannelCore::trace_filtered(const proto::Nlri& nlri, const Imported& result) const {
  trace_route(core_.rib, *this, debug::filters, "> filtered out", nlri,
              result.flags & path_flag::no_next_hop ? "the next hop is on no link" : "");
}

bool ChannelCore::passes(LimitKind kind, const std::optional<Limit>& limit, std::uint32_t count) {
  auto bit = static_cast<std::uint8_t>(1u << static_cast<unsigned>(kind));
  if (!limit || count < limit->routes) {
    limits_told_ &= static_cast<std::uint8_t>(~bit);
    return true;
  }
  if (!(limits_told_ & bit)) {
    limits_told_ |= bit;
    if (on_limit)
      on_limit(kind, *limit);
    else if (core_.rib.on_limit)
      core_.rib.on_limit(*this, kind, *limit);
  }
  return limit->action == LimitAction::warn;
}

// --- what was told before --------------------------------------------------------------------------------------------

/// Epochs are 8 bits. Long before the oldest path could be taken for a fresh one, all that is old is made one epoch old.
void ChannelCore::next_epoch() {
  told_since_epoch_ = false;
  constexpr std::uint8_t oldest_allowed = 200;
  if (row().age(row().oldest) >= oldest_allowed) table_.compact_epochs(static_cast<std::uint16_t>(source.value));
  ++row().epoch;
}

void ChannelCore::start_chore(std::uint8_t chore) {
  row().chores |= chore;
  table_.walk_for(static_cast<std::uint16_t>(source.value));
}

void ChannelCore::mark_stale() {
  if (!closed_ && told_since_epoch_) next_epoch();
}

void ChannelCore::mark_long_lived_stale() {
  if (closed_) return;
  mark_stale();
  row().stale_before = row().epoch;
  start_chore(chore::long_lived);
}

void ChannelCore::sweep() {
  if (closed_) return;
  row().stale_before = row().epoch;
  start_chore(chore::sweep);
}

void ChannelCore::flush() {
  if (closed_) return;
  next_epoch();
  auto& to = row();
  to.alive_since = to.stale_before = to.epoch;
  to.imported = to.filtered = 0;
  limits_told_ = 0;
  start_chore(chore::sweep);
}

bool ChannelCore::flushing() const { return !closed_ && (row().chores & chore::sweep); }

void ChannelCore::close() {
  if (closed_) return;
  flush();
  start_chore(chore::release);
  closed_ = true;
}

void ChannelCore::refilter_in() {
  if (!closed_) start_chore(chore::refilter);
}

void ChannelCore::reconfigure(ChannelOptions changed) {
  bool same_import = filter::same_program(*options.import_filter, *changed.import_filter) &&
                     options.preference == changed.preference && options.import_limit == changed.import_limit;
  bool resort = options.preference != changed.preference;
  options = std::move(changed);
  limits_told_ = 0;
  if (closed_) return;
  fill_row();
  if (!same_import) start_chore(chore::refilter);
  if (resort) start_chore(chore::resort);
}

void ChannelCore::set_facts(SourceFacts changed) {
  facts = std::move(changed);
  if (closed_) return;
  fill_row();
  if (row().paths) start_chore(chore::refilter | chore::resort);
}

/// Applies the present filter to what was received. Not an update from the peer, so BIRD's counters stand still.
void ChannelCore::refilter(NetId net, PathId id) {
  auto path = table_.path(id);
  auto result = import(table_.prefix(net), path.received);
  if (result.attributes.valid() && !path.attributes.valid() &&
      !passes(LimitKind::import, options.import_limit, row().imported)) {
    core_.attributes.release(result.attributes);
    result = {};
  }
  if (!result.attributes.valid()) trace_filtered({table_.prefix(net), path.path_id}, result);
  if (result.attributes == path.attributes) {
    if (result.attributes.valid()) core_.attributes.release(result.attributes);
    return;
  }
  core_.attributes.acquire(path.received);
  path.attributes = result.attributes;
  path.flags = result.flags;
  path.since = core_.rib.now_seconds;
  table_.replace(net, id, path);
}

/// RFC 9494 section 4.3: the set received is replaced by one with LLGR_STALE, which then goes through the filter.
void ChannelCore::make_long_lived_stale(NetId net, PathId id) {
  auto path = table_.path(id);
  auto& keys = core_.attributes.keys(path.received);
  if (keys.no_llgr) return table_.remove(net, id);
  if (keys.llgr_stale) return;
  proto::AttributeBlock marked(core_.attributes.view(path.received));
  auto communities = marked.view().value(proto::AttributeCode::communities);
  std::vector<std::uint8_t> longer(communities.begin(), communities.end());
  proto::add_community(longer, proto::well_known::llgr_stale);
  marked.set(proto::AttributeCode::communities, longer);
  path.received = core_.attributes.intern(marked);
  auto result = import(table_.prefix(net), path.received);
  path.attributes = result.attributes;
  path.flags = result.flags;
  table_.replace(net, id, path);
}

}  // namespace avocet::rib
