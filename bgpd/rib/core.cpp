#include "bgpd/rib/core.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "bgpd/rib/channel_core.hpp"
#include "proto/aigp.hpp"

namespace avocet::rib {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t feed_nets = 512;  // per span and feed

std::uint64_t aigp_from_here(proto::AttributeView attributes, const Resolution& resolution) {
  auto metric = proto::aigp_metric(attributes.value(proto::AttributeCode::aigp));
  return metric && resolution.reachable ? proto::aigp_from_here(*metric, resolution.igp_metric) : proto::aigp_max;
}

}  // namespace

Core::Core(Rib& owner)
    : rib(owner),
      next_hops(interfaces, [this](const Table& table, const proto::Address& a) { return covering(table, a); }),
      attributes(next_hops) {}

void Core::wake() {
  if (woken_) return;
  woken_ = true;
  if (rib.on_work) rib.on_work();
}

bool Core::idle() const {
  if (!feeds_.empty()) return false;
  return std::all_of(tables.begin(), tables.end(), [](auto& table) {
    auto& core = static_cast<TableCore&>(*table);
    return !core.walking() && !core.has_changes();
  });
}

/// Chores first, so that what they change goes out in the same turn; each part gets a share so that none starves.
bool Core::work(std::chrono::nanoseconds budget) {
  woken_ = true;
  auto begin = Clock::now();
  auto end = begin + budget;
  do {
    for (std::size_t i = 0; i < tables.size(); ++i) {
      auto& table = static_cast<TableCore&>(*tables[i]);
      if (table.walking()) table.walk(begin + budget / 2);
      if (table.has_changes()) table.deliver(end);
    }
    check_next_hops();
    if (!feeds_.empty()) continue_feed();
  } while (!idle() && Clock::now() < end);
  woken_ = !idle();
  // Not before all is delivered: only then a table's list of changes begins anew.
  bool waiting = std::any_of(tables.begin(), tables.end(),
                             [](auto& table) { return static_cast<TableCore&>(*table).has_changes(); });
  if (!waiting && std::exchange(said_behind_, false) && rib.on_caught_up) rib.on_caught_up();
  return woken_;
}

bool Core::behind() {
  said_behind_ |= std::any_of(tables.begin(), tables.end(), [&](auto& table) {
    return static_cast<TableCore&>(*table).waiting_changes() > max_waiting_changes;
  });
  return said_behind_;
}

// --- sources ---------------------------------------------------------------------------------------------------------

std::uint16_t Core::allocate_source() {
  auto free = std::find_if(sources.begin(), sources.end(), [](auto& source) { return !source.channel; });
  if (free == sources.end()) free = sources.emplace(sources.end());
  *free = Source();
  return static_cast<std::uint16_t>(free - sources.begin());
}

void Core::finished(std::uint16_t id) {
  auto& source = sources[id];
  if (source.chores & (chore::sweep | chore::release)) source.oldest = source.stale_before;
  bool release = source.chores & chore::release;
  source.chores = 0;
  if (release) {
    auto channel = std::move(source.channel);  // dies after the row is free
    source = Source();
  }
}

// --- next hops -------------------------------------------------------------------------------------------------------

void Core::check_next_hops() {
  if (next_hops.change_count() != next_hop_changes_seen_) {
    next_hop_changes_seen_ = next_hops.change_count();
    for (auto& table : tables) static_cast<TableCore&>(*table).walk_for_next_hops();
    return;
  }
  bool walking = std::any_of(tables.begin(), tables.end(),
                             [](auto& table) { return static_cast<TableCore&>(*table).walking_for_next_hops(); });
  if (!walking) next_hops.clear_changed();
}

std::optional<Covering> Core::covering(const Table& table, const proto::Address& address) const {
  auto host = proto::Prefix::make(address, proto::max_length_bits(address.family()));
  auto net = table.longest_match(host);
  if (!net) return std::nullopt;
  auto& path = *table.best(*net);
  auto& source = sources[path.source];
  auto& keys = attributes.keys(path.attributes);
  Covering result;
  result.recursive = is_recursive(source, keys);
  if (result.recursive) return result;
  Resolution scratch;
  result.resolution = resolve(source, path.attributes, scratch);
  // BIRD's rt_get_igp_metric: what a filter set, zero for device routes, the accumulated metric (RFC 7311), else unknown.
  auto aigp = keys.has_aigp ? aigp_from_here(attributes.view(path.attributes), result.resolution) : proto::aigp_max;
  auto kind = route_source(source, path.attributes);
  result.resolution.igp_metric.reset();
  if (keys.has_igp_metric)
    result.resolution.igp_metric = keys.igp_metric;
  else if (kind == filter::RouteSource::device || kind == filter::RouteSource::static_device)
    result.resolution.igp_metric = 0;
  else if (keys.has_aigp && aigp < proto::distance_unknown)
    result.resolution.igp_metric = static_cast<std::uint32_t>(aigp);
  return result;
}

bool Core::is_recursive(const Source& source, const AttributeKeys& keys) const {
  if (keys.has_destination || !keys.next_hop.valid()) return false;
  return keys.has_recursive || source.gateway_recursive;
}

const Resolution& Core::resolve(const Source& source, AttrId id, Resolution& scratch) const {
  auto& keys = attributes.keys(id);
  if (is_recursive(source, keys)) return next_hops.recursive(keys.next_hop, *source.igp_table);
  if (!keys.has_destination && keys.next_hop.valid()) {
    auto& direct = next_hops.direct(keys.next_hop);
    if (source.cost != 0 && direct.reachable) {
      scratch = direct;
      scratch.igp_metric = source.cost;
      return scratch;
    }
    if (direct.reachable || source.dialect != filter::Dialect::bird1) return direct;
    // BIRD 1.6 goes through the neighbour itself, unless the next hop is an address of ours.
    if (interfaces.is_local(next_hops.key(keys.next_hop).address)) return direct;
    auto& scope = next_hops.key(keys.next_hop);
    scratch = next_hops.resolve_direct({.address = source.remote_address, .ifindex = scope.ifindex});
    return scratch;
  }
  scratch = Resolution();
  if (auto destination = proto::get_destination(attributes.view(id))) {
    scratch.kind = destination->kind;
    scratch.hops = std::move(destination->hops);
    scratch.reachable = scratch.kind == proto::DestinationKind::unicast;
    if (source.bgp) scratch.igp_metric = 0;
  }
  return scratch;
}

const Source& Core::origin(const Source& source, AttrId id) const {
  if (source.kind != filter::RouteSource::pipe) return source;
  auto from = attributes.view(id).u32(proto::AttributeCode::piped_from);
  return from && *from < sources.size() && sources[*from].channel ? sources[*from] : source;
}

filter::RouteSource Core::route_source(const Source& source, AttrId id) const {
  if (source.kind != filter::RouteSource::static_ || source.dialect != filter::Dialect::bird1) return source.kind;
  // BIRD 1.6 tells static routes over an interface alone apart; BIRD 2 does not.
  auto destination = proto::get_destination(attributes.view(id));
  bool device = destination && destination->hops.size() == 1 && destination->hops[0].gateway.is_unspecified();
  return device ? filter::RouteSource::static_device : filter::RouteSource::static_;
}

Candidate Core::candidate(const Path& path) const {
  auto& source = sources[path.source];
  auto& keys = attributes.keys(path.attributes);
  Candidate result{.keys = &keys, .source = &source, .preference = keys.has_preference ? keys.preference : source.preference};
  if (!source.bgp) return result;  // no step asks more of other protocols' routes
  auto set = [&](const Resolution& resolution) {
    result.resolvable = resolution.reachable;
    if (resolution.igp_metric) result.igp_metric = *resolution.igp_metric;
    if (keys.has_aigp) result.aigp = aigp_from_here(attributes.view(path.attributes), resolution);
  };
  if (is_recursive(source, keys)) {
    set(next_hops.recursive(keys.next_hop, *source.igp_table));
  } else {
    Resolution scratch;
    set(resolve(source, path.attributes, scratch));
  }
  return result;
}

// --- feeds -----------------------------------------------------------------------------------------------------------

void Core::feed(TableCore& table, Follower& follower, std::function<void()> done) {
  feeds_.push_back({&table, &follower, 0, std::move(done)});
  wake();
}

void Core::forget(const TableCore& table, const Follower* follower) {
  std::erase_if(feeds_, [&](auto& feed) { return feed.table == &table && (!follower || feed.follower == follower); });
}

/// One span for the feed at the front, which then waits behind the others.
void Core::continue_feed() {
  std::array<NetId, feed_nets> nets;
  std::size_t count = 0;
  auto feed = std::move(feeds_.front());
  feeds_.erase(feeds_.begin());
  auto limit = feed.table->net_limit();
  // Looks at a bounded number of ids, since a table may be mostly holes.
  for (std::size_t looked = 0; looked < 8 * feed_nets && count < feed_nets && feed.cursor < limit; ++looked) {
    NetId net{feed.cursor++};
    if (feed.table->in_use(net)) nets[count++] = net;
  }
  auto* table = feed.table;
  auto* follower = feed.follower;
  bool last = feed.cursor >= limit;
  auto done = last ? std::move(feed.done) : std::function<void()>();
  // Back in the queue before the call, so that the follower may leave from within it.
  if (!last) feeds_.push_back(std::move(feed));
  if (count) follower->changed(*table, std::span<const NetId>(nets).first(count));
  if (done) done();
}

}  // namespace avocet::rib
