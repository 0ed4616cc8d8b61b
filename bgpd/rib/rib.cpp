#include "bgpd/rib/feed.hpp"
#include "bgpd/rib/rib.hpp"

#include <algorithm>
#include <map>
#include <unordered_map>

#include "bgpd/rib/channel_core.hpp"
#include "bgpd/rib/core.hpp"
#include "bgpd/rib/trace.hpp"

namespace avocet::rib {
namespace {

TableCore& core_of(Table& table) { return static_cast<TableCore&>(table); }

}  // namespace

struct Rib::State {
  struct Listener {
    bool bounded;                ///< ends with `life`
    std::weak_ptr<void> life;
    std::function<void()> call;
  };
  explicit State(Rib& rib) : core(rib) {}
  Core core;
  std::vector<std::shared_ptr<Protocol>> protocols;
  std::map<std::string, std::size_t, std::less<>> places;  ///< of protocols by name, as they were when last looked up
  std::vector<Listener> listeners;
  std::vector<std::unique_ptr<RoaTable>> roa_tables;  ///< few
  std::vector<std::unique_ptr<AspaTable>> aspa_tables;
};

Rib::Rib() : state_(new State(*this)) {}
Rib::~Rib() = default;

AttributeStore& Rib::attributes() { return state_->core.attributes; }
const AttributeStore& Rib::attributes() const { return state_->core.attributes; }
Interfaces& Rib::interfaces() { return state_->core.interfaces; }
const Interfaces& Rib::interfaces() const { return state_->core.interfaces; }

void Rib::interfaces_changed() {
  auto& core = state_->core;
  auto& listeners = state_->listeners;
  core.next_hops.interfaces_changed();
  core.check_next_hops();
  std::erase_if(listeners, [](auto& listener) { return listener.bounded && listener.life.expired(); });
  // By index and by value: a listener may add another one.
  for (std::size_t i = 0; i < listeners.size(); ++i) {
    auto listener = listeners[i];
    if (!listener.bounded || !listener.life.expired()) listener.call();
  }
}

void Rib::on_interfaces(std::function<void()> listener) {
  state_->listeners.push_back({.bounded = false, .call = std::move(listener)});
}

void Rib::on_interfaces(std::weak_ptr<void> life, std::function<void()> listener) {
  auto& listeners = state_->listeners;
  State::Listener added{true, std::move(life), std::move(listener)};
  // The place of one that ended: interfaces may never change while many come and go.
  auto ended = std::ranges::find_if(listeners, [](auto& one) { return one.bounded && one.life.expired(); });
  if (ended != listeners.end())
    *ended = std::move(added);
  else
    listeners.push_back(std::move(added));
}

// --- tables ----------------------------------------------------------------------------------------------------------

Table& Rib::add_table(TableOptions options) {
  return *state_->core.tables.emplace_back(make_table(state_->core, std::move(options)));
}

/// Sources of other tables that looked up next hops here look them up in their own table from now on.
void Rib::remove_table(std::string_view name) {
  auto& core = state_->core;
  auto* table = find_table(name);
  if (!table) return;
  core.forget(core_of(*table), nullptr);
  for (auto& source : core.sources)
    if (source.channel && source.table == table) source.channel->close();
  core_of(*table).followers.clear();
  core_of(*table).finish_now();
  core.next_hops.forget_table(*table);
  for (auto& source : core.sources)
    if (source.igp_table == table) source.igp_table = source.table;
  std::erase_if(core.tables, [&](auto& other) { return other.get() == table; });
}

Table* Rib::find_table(std::string_view name) {
  for (auto& table : state_->core.tables)
    if (table->options().name == name) return table.get();
  return nullptr;
}

const std::vector<std::unique_ptr<Table>>& Rib::tables() const { return state_->core.tables; }

// --- protocols and channels ------------------------------------------------------------------------------------------

const std::vector<std::shared_ptr<Protocol>>& Rib::protocols() const { return state_->protocols; }
void Rib::add_protocol(std::shared_ptr<Protocol> protocol) {
  tracing_ |= protocol->options.debug != 0;
  state_->protocols.push_back(std::move(protocol));
}

void Rib::debug_masks_changed() {
  tracing_ = std::ranges::any_of(state_->protocols, [](auto& protocol) { return protocol->options.debug != 0; });
}

void Rib::set_state(Protocol& protocol, ProtocolState to, std::chrono::system_clock::time_point now) const {
  static constexpr const char* names[] = {"down", "start", "up", "stop"};
  if (protocol.state == to) return;
  protocol.state = to;
  protocol.since = now;
  trace_protocol(*this, protocol, debug::states, std::string("State changed to ") + names[static_cast<int>(to)]);
}

void Rib::remove_protocol(const Protocol& protocol) {
  std::erase_if(state_->protocols, [&](auto& other) { return other.get() == &protocol; });
}

/// Names that are not in the list (dynamic peers) come last, in their present order.
void Rib::set_protocol_order(const std::vector<std::string>& names) {
  std::unordered_map<std::string_view, std::size_t> place;
  for (std::size_t i = 0; i < names.size(); ++i) place.emplace(names[i], i);
  std::vector<std::pair<std::size_t, std::shared_ptr<Protocol>>> ranked;
  for (auto& protocol : state_->protocols) {
    auto found = place.find(protocol->options.name);
    ranked.emplace_back(found == place.end() ? names.size() : found->second, protocol);
  }
  std::ranges::stable_sort(ranked, {}, [](auto& one) { return one.first; });
  std::ranges::transform(ranked, state_->protocols.begin(), [](auto& one) { return std::move(one.second); });
}

std::shared_ptr<Protocol> Rib::find_protocol(std::string_view name) const {
  auto& protocols = state_->protocols;
  auto is_it = [&](auto& protocol) { return protocol->options.name == name; };
  auto known = state_->places.find(name);
  if (known != state_->places.end() && known->second < protocols.size() && is_it(protocols[known->second]))
    return protocols[known->second];
  auto found = std::ranges::find_if(protocols, is_it);
  if (found == protocols.end()) return nullptr;
  auto protocol = *found;
  state_->places.clear();
  for (std::size_t i = 0; i < protocols.size(); ++i) state_->places.emplace(protocols[i]->options.name, i);
  return protocol;
}

std::shared_ptr<Channel> Rib::open_channel(std::shared_ptr<Protocol> protocol, ChannelOptions options,
                                           SourceFacts facts) {
  auto& core = state_->core;
  auto& table = core_of(*find_table(options.table));
  auto id = core.allocate_source();
  auto channel = std::make_shared<ChannelCore>(core, table, id);
  channel->protocol = protocol;
  channel->options = std::move(options);
  channel->facts = std::move(facts);
  core.sources[id].channel = channel;
  channel->fill_row();
  protocol->channels.push_back(channel);
  return channel;
}

void Rib::close_channel(const std::shared_ptr<Channel>& channel) {
  if (auto protocol = channel->protocol.lock()) std::erase(protocol->channels, channel);
  static_cast<ChannelCore&>(*channel).close();
}

const Channel* Rib::channel(SourceId source) const {
  auto& sources = state_->core.sources;
  return source.value < sources.size() ? sources[source.value].channel.get() : nullptr;
}

// --- followers and work ----------------------------------------------------------------------------------------------

void Rib::follow(Table& table, Follower& follower) {
  core_of(table).followers.push_back(&follower);
  core_of(table).look_at_followers();
}

/// Only marked here, since a delivery may be under way; the table forgets the mark afterwards.
void Rib::unfollow(Table& table, Follower& follower) {
  auto& followers = core_of(table).followers;
  std::replace(followers.begin(), followers.end(), &follower, static_cast<Follower*>(nullptr));
  core_of(table).look_at_followers();
  state_->core.forget(core_of(table), &follower);
}

void feed_followers(Rib& rib, Table& table) {
  for (auto* follower : core_of(table).followers)
    if (follower) rib.feed(table, *follower);
}

void Rib::feed(Table& table, Follower& follower, std::function<void()> done) {
  state_->core.feed(core_of(table), follower, std::move(done));
}

bool Rib::work(std::chrono::nanoseconds budget) { return state_->core.work(budget); }
bool Rib::behind() { return state_->core.behind(); }
void Rib::limit_waiting_changes(std::size_t nets) { state_->core.max_waiting_changes = nets; }
bool Rib::idle() const { return state_->core.idle(); }

// --- questions -------------------------------------------------------------------------------------------------------

RouteView Rib::view(const Table& table, NetId net, const Path& path) const {
  auto& core = state_->core;
  auto& source = core.sources[path.source];
  auto set = path.attributes.valid() ? path.attributes : path.received;
  auto& origin = core.origin(source, set);
  RouteView view;
  view.path = &path;
  view.channel = origin.channel.get();
  view.net = table.prefix(net);
  view.attributes = core.attributes.view(set);
  view.keys = &core.attributes.keys(set);
  view.preference = view.keys->has_preference ? view.keys->preference : source.preference;
  view.source = core.route_source(origin, set);
  Resolution scratch;
  auto& resolution = core.resolve(source, set, scratch);
  view.resolution = &resolution == &scratch ? std::move(scratch) : resolution;
  return view;
}

void Rib::for_multipath(const Table& table, NetId net, const std::function<bool(const RouteView&)>& visit) const {
  auto& core = state_->core;
  auto* best = table.best(net);
  if (!best) return;
  auto best_view = view(table, net, *best);
  if (!visit(best_view)) return;
  // Only routes that lead somewhere share traffic.
  if (best_view.resolution.kind != proto::DestinationKind::unicast) return;
  auto best_candidate = core.candidate(*best);
  for (auto id = best->next; id.valid(); id = table.path(id).next) {
    auto& path = table.path(id);
    if (!path.attributes.valid()) return;
    if (!table.usable(path) || !mergeable(best_candidate, core.candidate(path))) continue;
    auto other = view(table, net, path);
    if (other.resolution.kind == proto::DestinationKind::unicast && !visit(other)) return;
  }
}

DecisionReason Rib::compare(const Table& table, const Path& a, const Path& b) const {
  auto& core = state_->core;
  if (table.usable(a) != table.usable(b)) return {table.usable(a), "rejected by the import filter"};
  if (!table.usable(a)) return {true, "rejected by the import filter"};
  Candidate pair[] = {core.candidate(a), core.candidate(b)};
  if (core.deterministic_med_used) {
    // Two routes alone suppress each other just as they do among all routes of their neighbour AS.
    suppress_by_neighbor_as(pair);
  }
  auto decision = decide(pair[0], pair[1]);
  if (decision.order != Order::present) return {decision.order == Order::first, decision.why};
  // Undecided: whichever stands first in the list was there first.
  auto next = a.next;
  while (next.valid() && &table.path(next) != &b) next = table.path(next).next;
  return {next.valid(), decision.why};
}

Resolution Rib::resolve(const proto::Address& address, const Channel& channel) const {
  auto& core = state_->core;
  auto& facts = channel.facts;
  NextHopKey key{.address = address, .ifindex = facts.ifindex};
  if (address.is_link_local()) key = {.link_local = address, .ifindex = facts.ifindex};
  if (!facts.gateway_recursive) return core.next_hops.resolve_direct(key);
  auto* igp_table = const_cast<Rib*>(this)->find_table(facts.igp_table);
  return core.next_hops.resolve_recursive(key, igp_table ? *igp_table : channel.table());
}

std::string_view Rib::interface_name(std::uint32_t ifindex) const {
  auto* interface = interfaces().find(ifindex);
  return interface ? std::string_view(interface->name) : std::string_view();
}

std::optional<std::uint32_t> Rib::interface_index(std::string_view name) const {
  auto* interface = interfaces().find(name);
  return interface ? std::optional(interface->index) : std::nullopt;
}

std::optional<std::uint32_t> Rib::neighbor_interface(const proto::Address& address) const {
  if (interfaces().is_local(address)) return std::nullopt;
  auto* interface = interfaces().neighbor(address);
  return interface ? std::optional(interface->index) : std::nullopt;
}

int Rib::roa_check(std::string_view table, const proto::Prefix& net, std::uint32_t asn) const {
  auto* roas = find_roa_table(table);
  return static_cast<int>(roas ? roas->check(net, asn) : RoaState::unknown);
}

void Rib::set_roa_table(RoaTableOptions options) {
  if (auto* known = find_roa_table(options.name)) {
    auto name = options.name;
    if (known->reconfigure(std::move(options))) attestations_changed(name);
    return;
  }
  state_->roa_tables.push_back(std::make_unique<RoaTable>(std::move(options)));
}

void Rib::remove_roa_table(std::string_view name) {
  std::erase_if(state_->roa_tables, [&](auto& table) { return table->options().name == name; });
}

const std::vector<std::unique_ptr<RoaTable>>& Rib::roa_tables() const { return state_->roa_tables; }

RoaTable* Rib::find_roa_table(std::string_view name) {
  for (auto& table : state_->roa_tables)
    if (table->options().name == name) return table.get();
  return nullptr;
}
const RoaTable* Rib::find_roa_table(std::string_view name) const { return const_cast<Rib*>(this)->find_roa_table(name); }

void Rib::replace_roas(std::string_view name, const std::string& protocol, const std::vector<Roa>& roas) {
  auto* table = find_roa_table(name);
  if (table && table->replace({protocol}, roas, now_seconds)) attestations_changed(table->options().name);
}

const AspaTable* Rib::find_aspa_table(std::string_view name) const { return const_cast<Rib*>(this)->find_aspa_table(name); }
AspaTable* Rib::find_aspa_table(std::string_view name) {
  for (auto& table : state_->aspa_tables)
    if (table->name() == name) return table.get();
  return nullptr;
}

int Rib::aspa_check(std::string_view name, proto::Bytes path, bool upstream) const {
  auto* aspas = find_aspa_table(name);
  return static_cast<int>(aspas ? aspas->check(path, upstream) : AspaState::unknown);
}

void Rib::add_aspa_table(const std::string& name) { state_->aspa_tables.push_back(std::make_unique<AspaTable>(name)); }

void Rib::remove_aspa_table(std::string_view name) {
  std::erase_if(state_->aspa_tables, [&](auto& table) { return table->name() == name; });
}

const std::vector<std::unique_ptr<AspaTable>>& Rib::aspa_tables() const { return state_->aspa_tables; }

void Rib::replace_aspas(std::string_view name, const std::string& protocol, std::vector<Aspa> aspas) {
  auto* table = find_aspa_table(name);
  if (table && table->replace({protocol}, std::move(aspas), now_seconds)) attestations_changed(table->name());
}

}  // namespace avocet::rib
