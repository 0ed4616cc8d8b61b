#pragma once
/// All tables, channels, attribute sets and next hops, and the turn of work that keeps followers up to date.
/// Passive: no clock, no sockets. `work` is called from the event loop; `on_work` tells the loop that there is some.
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "bgpd/filter/program.hpp"
#include "bgpd/rib/attribute_store.hpp"
#include "bgpd/rib/channel.hpp"
#include "bgpd/rib/interfaces.hpp"
#include "bgpd/rib/liveness.hpp"
#include "bgpd/rib/nexthop.hpp"
#include "bgpd/rib/protocol.hpp"
#include "bgpd/rib/aspa_table.hpp"
#include "bgpd/rib/roa_table.hpp"
#include "bgpd/rib/table.hpp"

namespace avocet::rib {

/// Somebody who acts on changes of a table: update groups, kernel sync, recursive next hops.
class Follower {
 public:
  virtual ~Follower() = default;
  /// Nets whose best path, path list or resolved next hop may have changed since the last call; each at most once.
  /// Called from Rib::work; must not change the table.
  virtual void changed(Table& table, std::span<const NetId> nets) = 0;
  /// Whether it wants to hear of paths, too, that the import filter rejected.
  virtual bool sees_rejected() const { return false; }
};

/// What a path offers, decided at the moment of asking: for kernel sync, announcers, show route, filters.
struct RouteView {
  const Path* path = nullptr;
  const Channel* channel = nullptr;         ///< the one that brought the route in; of a piped route, into its first table
  proto::Prefix net;
  proto::AttributeView attributes;          ///< after import (before, for filtered paths)
  const AttributeKeys* keys = nullptr;
  std::uint32_t preference = 0;
  filter::RouteSource source = filter::RouteSource::dummy;
  Resolution resolution;                    ///< where packets go
};

/// What a filter is told of this route. Borrows from the view, its channel and its protocol.
inline filter::RouteFacts filter_facts(const RouteView& view) {
  filter::RouteFacts facts;
  facts.net = view.net;
  facts.source = view.source;
  if (auto protocol = view.channel->protocol.lock()) facts.protocol = protocol->options.name;
  facts.from = view.channel->facts.remote_address;
  facts.preference = static_cast<std::uint16_t>(view.preference);
  facts.destination = view.resolution.kind;
  facts.hops = view.resolution.hops;
  facts.igp_metric = view.resolution.igp_metric;
  return facts;
}

/// Name of the step that separated two candidates: "local preference", ... (reference 8.3).
struct DecisionReason {
  bool first_wins = true;
  const char* why = "";
};

class Rib final : public filter::Snapshot {
 public:
  Rib();
  ~Rib() override;
  Rib(const Rib&) = delete;

  AttributeStore& attributes();
  const AttributeStore& attributes() const;
  Interfaces& interfaces();
  const Interfaces& interfaces() const;
  /// After changes of interfaces(): next hops, static routes and followers learn of it.
  void interfaces_changed();
  /// Called (once per batch) after interfaces_changed, for rooms that want to know.
  void on_interfaces(std::function<void()> listener);
  /// The same for somebody with a shorter life than the Rib: ends with the last owner of `life`.
  void on_interfaces(std::weak_ptr<void> life, std::function<void()> listener);

  Table& add_table(TableOptions options);
  void remove_table(std::string_view name);
  Table* find_table(std::string_view name);
  const std::vector<std::unique_ptr<Table>>& tables() const;

  /// ROA tables, by name. Adding one that is there changes its own entries.
  void set_roa_table(RoaTableOptions options);
  void remove_roa_table(std::string_view name);
  const std::vector<std::unique_ptr<RoaTable>>& roa_tables() const;
  const RoaTable* find_roa_table(std::string_view name) const;
  /// To tell it something; `attestations_changed` says when that makes a difference.
  RoaTable* find_roa_table(std::string_view name);
  /// What a static protocol has to say in a ROA table; a table that is not there hears nothing.
  void replace_roas(std::string_view table, const std::string& protocol, const std::vector<Roa>& roas);
  /// The same of ASPA tables.
  void add_aspa_table(const std::string& name);
  void remove_aspa_table(std::string_view name);
  const std::vector<std::unique_ptr<AspaTable>>& aspa_tables() const;
  const AspaTable* find_aspa_table(std::string_view name) const;
  AspaTable* find_aspa_table(std::string_view name);
  void replace_aspas(std::string_view table, const std::string& protocol, std::vector<Aspa> aspas);
  void attestations_changed(const std::string& table) {
    if (on_roa_change) on_roa_change(table);
  }
  /// Called after a ROA or ASPA table changed: filters that ask it may decide otherwise now.
  std::function<void(const std::string& table)> on_roa_change;

  /// Who watches neighbours for static routes; null: nobody. Not owned.
  Liveness* liveness = nullptr;

  /// Protocol instances in configuration order (order is by `set_protocol_order`).
  const std::vector<std::shared_ptr<Protocol>>& protocols() const;
  void add_protocol(std::shared_ptr<Protocol> protocol);
  void remove_protocol(const Protocol& protocol);
  void set_protocol_order(const std::vector<std::string>& names);
  std::shared_ptr<Protocol> find_protocol(std::string_view name) const;
  /// The protocol's state, traced.
  void set_state(Protocol& protocol, ProtocolState to, std::chrono::system_clock::time_point now) const;

  /// What `debug` tells of a protocol, one line each. Null drops it.
  std::function<void(const Protocol&, std::string_view text)> on_trace;
  /// Whether any protocol has a `debug` mask; `debug_masks_changed` looks again.
  bool tracing() const { return tracing_; }
  void debug_masks_changed();

  /// The table must exist. The channel is added to the protocol's list; close flushes its routes in slices and frees
  /// the source afterwards.
  std::shared_ptr<Channel> open_channel(std::shared_ptr<Protocol> protocol, ChannelOptions options, SourceFacts facts);
  void close_channel(const std::shared_ptr<Channel>& channel);
  const Channel* channel(SourceId source) const;

  void follow(Table& table, Follower& follower);
  void unfollow(Table& table, Follower& follower);
  /// Tells one follower that all nets may have changed (its own filter changed, a new follower wants everything): in slices.
  void feed(Table& table, Follower& follower, std::function<void()> done = {});

  /// Does pending work (sweeps, refilters, next hops, change delivery) for at most `budget`. True if more is left.
  bool work(std::chrono::nanoseconds budget);
  std::function<void()> on_work;  ///< called when work appears; the loop then calls `work` soon
  /// More changes of some table wait for its followers than there should: whoever can, stops telling until
  /// `on_caught_up`.
  bool behind();
  std::function<void()> on_caught_up;            ///< called from `work`, once after each time that `behind` said yes
  void limit_waiting_changes(std::size_t nets);  ///< for tests
  /// What filters of this channel print for a route, and the error if one failed. Null drops it.
  std::function<void(const Channel&, const proto::Prefix& net, const filter::Verdict&, const std::vector<std::string>& printed)>
      on_filter_output;
  /// A limit of a channel whose protocol does not care itself; the protocol may not be stopped from inside this call.
  std::function<void(const Channel&, LimitKind, const Limit&)> on_limit;
  /// True when nothing is pending: everything told has reached every follower.
  bool idle() const;

  std::uint32_t now_seconds = 0;  ///< the loop keeps it: seconds since start, for Path::since

  RouteView view(const Table& table, NetId net, const Path& path) const;
  /// Calls visit(RouteView) for the best path and those equal to it up to the multipath step (reference 8.3), best first.
  void for_multipath(const Table& table, NetId net, const std::function<bool(const RouteView&)>& visit) const;
  /// Why one path of a net is ahead of another.
  DecisionReason compare(const Table& table, const Path& a, const Path& b) const;
  /// Resolves an address by the given rules now (for `show`, kernel, tests).
  Resolution resolve(const proto::Address& address, const Channel& channel) const;

  // filter::Snapshot
  std::string_view interface_name(std::uint32_t ifindex) const override;
  std::optional<std::uint32_t> interface_index(std::string_view name) const override;
  std::optional<std::uint32_t> neighbor_interface(const proto::Address& address) const override;
  int roa_check(std::string_view table, const proto::Prefix& net, std::uint32_t asn) const override;
  int aspa_check(std::string_view table, proto::Bytes path, bool upstream) const override;

 private:
  struct State;
  std::unique_ptr<State> state_;
  bool tracing_ = false;
};

}  // namespace avocet::rib
