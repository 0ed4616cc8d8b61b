#include "bgpd/rib/static_routes.hpp"

#include <map>
#include <set>

namespace avocet::rib {
namespace {

using proto::AttributeBlock;
using proto::DestinationKind;

SourceFacts facts_of(const StaticOptions& options) {
  return {.kind = filter::RouteSource::static_, .igp_table = options.igp_table};
}

}  // namespace

struct StaticRoutes::State {
  Rib& rib;
  std::shared_ptr<Protocol> protocol;
  StaticOptions options;
  std::shared_ptr<Channel> channel;  ///< null if the routes are ROAs or ASPAs
  struct Told {
    AttributeBlock attributes;
    const StaticRoute* route;  ///< in `options`
  };
  std::map<proto::Prefix, Told> told;  ///< what the table has of us
  bool enabled = false;
  filter::Edits edits;
  using Neighbor = std::pair<proto::Address, std::uint32_t>;
  std::map<Neighbor, std::unique_ptr<Liveness::Watch>> watched;  ///< gateways of hops with `bfd`
  std::set<Neighbor> still_watched;                                ///< of these, the ones that a route has now

  void open() {
    if (!options.channels.empty()) channel = rib.open_channel(protocol, options.channels.front(), facts_of(options));
  }
  /// ROAs and ASPAs go into tables of their own.
  void attest(const std::vector<Roa>& roas, std::vector<Aspa> aspas) {
    if (!options.roa_table.empty()) rib.replace_roas(options.roa_table, options.protocol.name, roas);
    if (!options.aspa_table.empty()) rib.replace_aspas(options.aspa_table, options.protocol.name, std::move(aspas));
  }
  void close() {
    watched.clear();
    if (channel) rib.close_channel(channel);
    channel = nullptr;
    attest({}, {});
    told.clear();
  }
  std::optional<proto::NextHop> reach(const StaticHop& hop);
  std::optional<proto::Destination> destination(const StaticRoute& route);
  bool answers(const proto::Address& gateway, std::uint32_t ifindex);
  std::optional<AttributeBlock> attributes(const StaticRoute& route);
  void tell();
  void withdraw_all();
};

/// The hop with its interface, if it may be used now. Reference 6.4: a gateway is on a link; one marked `onlink` needs
/// that only to find its interface when none is named.
std::optional<proto::NextHop> StaticRoutes::State::reach(const StaticHop& hop) {
  auto& interfaces = rib.interfaces();
  const Interface* interface = nullptr;
  if (!hop.interface.empty()) {
    interface = interfaces.find(hop.interface);
    if (!interface || !interface->up) return std::nullopt;
  }
  if (!hop.gateway.is_unspecified() && !(hop.onlink && interface)) {
    if (interfaces.is_local(hop.gateway)) return std::nullopt;
    interface = interfaces.neighbor(hop.gateway, interface ? interface->index : 0);
  }
  if (!interface) return std::nullopt;
  bool alive = !hop.bfd || answers(hop.gateway, interface->index);
  if (!alive || (options.check_link && !interface->link)) return std::nullopt;
  return proto::NextHop{.gateway = hop.gateway,
                        .ifindex = interface->index,
                        .weight = static_cast<std::uint8_t>(hop.weight - 1),
                        .onlink = hop.onlink};
}

/// What BFD says of a gateway, which is watched from now on.
bool StaticRoutes::State::answers(const proto::Address& gateway, std::uint32_t ifindex) {
  if (!rib.liveness) return false;
  Neighbor neighbor{gateway, ifindex};
  still_watched.insert(neighbor);
  auto& request = watched[neighbor];
  if (!request)
    request = rib.liveness->watch(gateway, ifindex, [this] {
      if (enabled) tell();
    });
  return request->up();
}

/// A route with several hops is up while one of them is, and goes through those that are.
std::optional<proto::Destination> StaticRoutes::State::destination(const StaticRoute& route) {
  proto::Destination result{.kind = route.kind};
  if (route.kind != DestinationKind::unicast) return result;
  for (auto& hop : route.hops)
    if (auto reached = reach(hop)) result.hops.push_back(*reached);
  if (result.hops.empty()) return std::nullopt;
  return result;
}

std::optional<AttributeBlock> StaticRoutes::State::attributes(const StaticRoute& route) {
  AttributeBlock block;
  filter::RouteFacts facts;
  std::optional<proto::Destination> to;
  if (route.recursive) {
    std::uint8_t address[16];
    for (int i = 0; i < 8; ++i) {
      address[i] = static_cast<std::uint8_t>(route.recursive->high >> (56 - 8 * i));
      address[8 + i] = static_cast<std::uint8_t>(route.recursive->low >> (56 - 8 * i));
    }
    block.set(proto::AttributeCode::recursive, address);
  } else {
    to = destination(route);
    if (!to) return std::nullopt;
    set_destination(block, *to);
    facts.destination = to->kind;
    facts.hops = to->hops;
  }
  if (!route.edits) return block;
  facts.net = route.net;
  facts.source = filter::RouteSource::static_;
  facts.protocol = protocol->options.name;
  facts.preference = channel->options.preference;
  edits.clear();
  filter::run(*route.edits, facts, block, rib, edits);  // the commands of a route accept and reject nothing
  if (edits.changed) block = edits.attributes;
  return block;
}

/// Announces what is new or different and withdraws what is gone; what stays the same is not touched.
void StaticRoutes::State::tell() {
  if (!channel) return attest(options.roas, options.aspas);
  std::map<proto::Prefix, const StaticRoute*> wanted;
  for (auto& route : options.routes) wanted[route.net] = &route;  // the last of one net wins
  std::vector<proto::Nlri> gone;
  still_watched.clear();
  for (auto& [net, route] : wanted) {
    auto now = attributes(*route);
    auto before = told.find(net);
    bool known = before != told.end();
    if (!now) {
      if (known) gone.push_back({net}), told.erase(before);
    } else if (known && before->second.attributes.view() == now->view()) {
      before->second.route = route;
    } else {
      proto::Nlri nlri{net};
      channel->announce(std::span(&nlri, 1), *now);
      told.insert_or_assign(net, Told{std::move(*now), route});
    }
  }
  std::erase_if(told, [&](auto& entry) {
    if (wanted.contains(entry.first)) return false;
    gone.push_back({entry.first});
    return true;
  });
  channel->withdraw(gone);
  std::erase_if(watched, [&](auto& entry) { return !still_watched.contains(entry.first); });
}

void StaticRoutes::State::withdraw_all() {
  watched.clear();
  if (!channel) return attest({}, {});
  std::vector<proto::Nlri> gone;
  for (auto& [net, what] : told) gone.push_back({net});
  told.clear();
  channel->withdraw(gone);
}

StaticRoutes::StaticRoutes(Rib& rib, std::shared_ptr<Protocol> protocol, StaticOptions options)
    : state_(new State{.rib = rib, .protocol = std::move(protocol), .options = std::move(options)}) {
  state_->protocol->kind = ProtocolKind::static_;
  state_->open();
  life_ = std::make_shared<int>();
  rib.on_interfaces(life_, [this] { interfaces_changed(); });
}

StaticRoutes::~StaticRoutes() { state_->close(); }

void StaticRoutes::enable() {
  state_->enabled = true;
  state_->rib.set_state(*state_->protocol, ProtocolState::up, std::chrono::system_clock::now());
  state_->tell();
}

void StaticRoutes::disable() {
  state_->enabled = false;
  state_->withdraw_all();
  state_->rib.set_state(*state_->protocol, ProtocolState::down, std::chrono::system_clock::now());
}

void StaticRoutes::reconfigure(StaticOptions options) {
  auto& state = *state_;
  auto table_of = [](const StaticOptions& of) { return of.channels.empty() ? std::string() : of.channels.front().table; };
  bool other_table = table_of(options) != table_of(state.options) || options.roa_table != state.options.roa_table || options.aspa_table != state.options.aspa_table;
  bool other_igp_table = options.igp_table != state.options.igp_table;
  if (other_table) state.close();
  state.options = std::move(options);
  state.protocol->options = state.options.protocol;
  if (other_table) {
    state.open();
  } else if (state.channel) {
    state.channel->reconfigure(state.options.channels.front());
    if (other_igp_table) state.channel->set_facts(facts_of(state.options));
  }
  if (state.enabled) state.tell();
}

void StaticRoutes::interfaces_changed() {
  if (state_->enabled) state_->tell();
}

const StaticOptions& StaticRoutes::options() const { return state_->options; }

bool StaticRoutes::active(const StaticRoute& route) const {
  auto found = state_->told.find(route.net);
  return found != state_->told.end() && found->second.route == &route;
}

}  // namespace avocet::rib
