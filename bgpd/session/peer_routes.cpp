/// Routes of one session: from UPDATEs into the channels, and from the announcer to the connection.
#include <fmt/format.h>

#include <algorithm>

#include "bgpd/observe/log.hpp"
#include "bgpd/rib/trace.hpp"
#include "bgpd/session/peer.hpp"
#include "bgpd/session/route_rules.hpp"

namespace avocet::session {

namespace {

constexpr std::size_t take_at_once = 64 * 1024;  // bytes asked of one member before the next family gets its turn

}  // namespace

void Peer::open_channels() {
  for (auto& options : options_.channels) {
    PeerChannel channel;
    channel.options = options;
    channels_.push_back(std::move(channel));
  }
  for (auto& channel : channels_) {
    channel.channel = bench_.rib.open_channel(protocol_, channel.options.channel, facts(channel));
    channel.channel->on_limit = [this](rib::LimitKind kind, const rib::Limit& limit) { on_limit(kind, limit); };
  }
}

void Peer::close_channels() {
  for (auto& channel : channels_) {
    channel.member.reset();
    channel.channel->on_limit = {};
    bench_.rib.close_channel(channel.channel);
  }
  channels_.clear();
}

Peer::PeerChannel* Peer::find(proto::Family family) {
  for (auto& channel : channels_)
    if (channel.options.channel.family == family) return &channel;
  return nullptr;
}

rib::SourceFacts Peer::facts(const PeerChannel& channel) const {
  auto facts = source_facts(options_, channel.options, established_ ? established_->theirs().asn : options_.remote_as, scope());
  if (established_) {
    facts.remote_id = established_->theirs().router_id;
    facts.local_address = established_->local_address();
  }
  return facts;
}

announce::ExportOptions Peer::export_options(const PeerChannel& channel) const {
  auto& negotiated = established_->negotiated();
  auto& common = negotiated.of(channel.options.channel.family);
  Agreed agreed;
  agreed.local_address = established_->local_address();
  agreed.add_path = common.add_path_send;
  agreed.as4 = negotiated.as4;
  agreed.extended_next_hop = common.extended_next_hop;
  agreed.extended_messages = negotiated.extended_messages;
  agreed.long_lived = established_->theirs().capabilities.long_lived;
  return session::export_options(options_, channel.options, rules_, agreed, bench_.rib.interfaces());
}

void Peer::session_up(Connection& connection) {
  established_ = &connection;
  established_at_ = std::chrono::system_clock::now();
  ++sessions_;
  last_error_ = {};
  protocol_->message.clear();
  attempt_failed_ = false;
  error_wait_seconds_ = 0;
  rules_ = import_rules(options_, connection.theirs().asn, scope());
  checked_next_hop_ = {};
  resume_routes(connection);
  bench_.rib.set_state(*protocol_, rib::ProtocolState::up, *established_at_);

  if (bench_.on_session_up) bench_.on_session_up(*protocol_);
  std::string families;
  for (auto& channel : channels_) {
    auto family = channel.options.channel.family;
    channel.end_of_rib = false;
    if (!connection.negotiated().of(family).active) continue;
    families += (families.empty() ? "" : ",") + std::string(proto::family_name(family));
    channel.channel->set_facts(facts(channel));
    if (!bench_.recovering) join(channel);
  }
  auto after = std::chrono::duration<double>(bench_.timers.now() - started_at_).count();
  bench_.log.info(where(), fmt::format("established peer={} as={} hold={}s families={} after={:.1f}s",
                                       options_.remote_address.text(), connection.theirs().asn, connection.times().hold,
                                       families, after));
  if (hooks_.recovery_progress) hooks_.recovery_progress();
}

void Peer::join(PeerChannel& channel) {
  channel.member = bench_.announcer.join(channel.channel, export_options(channel), true,
                                         [connection = std::weak_ptr(established_->weak_from_this())] {
                                           if (auto alive = connection.lock()) alive->wake();
                                         });
}

void Peer::recovery_done() {
  if (!established_) return;
  for (auto& channel : channels_)
    if (!channel.member && established_->negotiated().of(channel.options.channel.family).active) join(channel);
}

/// The session's routes go, or stay as stale ones if the families in `keep_routes` said so already.
void Peer::session_down(bool keep_routes) {
  for (auto& channel : channels_) {
    channel.member.reset();
    if (keep_routes && channel.stale != Stale::no) continue;
    channel.stale = Stale::no;
    channel.channel->flush();
  }
  if (keep_routes) return;
  restart_timer_.reset();
  long_lived_timer_.reset();
}

void Peer::take_output(std::vector<announce::Chunk>& chunks) {
  for (auto& channel : channels_)
    if (channel.member && channel.member->has_output()) {
      channel.member->take(take_at_once, chunks);
      return;
    }
}

proto::Decoded<void> Peer::update_received(Connection& connection, proto::Bytes body) {
  proto::UpdateContext context;
  context.as4 = connection.negotiated().as4;
  context.external = rules_.kind == PeerKind::external;
  context.allow_local_pref = options_.allow_local_pref;
  context.allow_as_sets = options_.allow_as_sets;
  context.confederation_member = options_.confederation && rules_.kind != PeerKind::external;
  context.loopback_peer = options_.remote_address.is_loopback();
  context.families = connection.negotiated();
  auto& update = bench_.update;
  update.clear();
  if (auto decoded = proto::decode_update(body, context, update); !decoded) return decoded;

  for (auto& fault : update.tolerated)
    bench_.log.warn(where(), fmt::format("{} peer={} remedy={} rfc=7606", fault.what, options_.remote_address.text(),
                                         fault.remedy == proto::Remedy::treat_as_withdraw ? "treat-as-withdraw"
                                                                                          : "attribute-discard"));
  if (update.end_of_rib_ipv4 || update.end_of_rib_ipv6) {
    if (auto* channel = find(update.end_of_rib_ipv4 ? proto::Family::ipv4 : proto::Family::ipv6)) end_of_rib(*channel);
    return {};
  }

  // A message may hold both families: each run of one family goes to its channel.
  auto by_family = [&](std::span<const proto::Nlri> nets, auto&& handle) {
    for (std::size_t from = 0; from < nets.size();) {
      auto to = from;
      while (to < nets.size() && nets[to].prefix.family == nets[from].prefix.family) ++to;
      handle(nets.subspan(from, to - from));
      from = to;
    }
  };
  by_family(update.withdrawn, [&](std::span<const proto::Nlri> nets) {
    if (auto* channel = find(nets[0].prefix.family)) channel->channel->withdraw(nets);
  });
  if (!update.classic_next_hop) {
    by_family(update.announced, [&](std::span<const proto::Nlri> nets) { import(nets, update.attributes); });
    return {};
  }
  auto ipv4_attributes = update.attributes;
  ipv4_attributes.set_address(proto::AttributeCode::next_hop, *update.classic_next_hop);
  by_family(update.announced, [&](std::span<const proto::Nlri> nets) {
    import(nets, nets[0].prefix.family == proto::Family::ipv4 ? ipv4_attributes : update.attributes);
  });
  return {};
}

/// Routes that must not be used replace what the peer told before: they are withdrawn, RFC 7606 section 2.
void Peer::import(std::span<const proto::Nlri> nets, proto::AttributeBlock& attributes) {
  auto* channel = find(nets[0].prefix.family);
  if (!channel) return;
  auto* refusal = import_refusal(rules_, attributes);
  if (auto hop = attributes.view().address(proto::AttributeCode::next_hop); !refusal && hop && *hop != checked_next_hop_) {
    if (bench_.rib.interfaces().is_local(*hop) || *hop == established_->local_address())
      refusal = "next hop is our own address";
    else
      checked_next_hop_ = *hop;
  }
  if (refusal) {
    for (auto& nlri : nets)
      rib::trace_route(bench_.rib, *channel->channel, rib::debug::filters, "> rejected by protocol", nlri, refusal);
    channel->channel->import_counters.updates_received += nets.size();
    channel->channel->import_counters.updates_invalid += nets.size();
    channel->channel->withdraw(nets);
    return;
  }
  complete_attributes(rules_, nets[0].prefix.family, attributes);
  channel->channel->announce(nets, attributes);
}

void Peer::end_of_rib(PeerChannel& channel) {
  trace(rib::debug::events, fmt::format("end of RIB family={}", proto::family_name(channel.options.channel.family)));
  channel.end_of_rib = true;
  if (channel.stale != Stale::no) {
    channel.stale = Stale::no;
    channel.channel->sweep();
  }
  if (hooks_.recovery_progress) hooks_.recovery_progress();
}

void Peer::refresh_received(Connection& connection, const proto::RouteRefresh& refresh) {
  constexpr std::uint8_t plain = 0, begin = 1, end = 2;  // RFC 7313 section 3.2
  if (refresh.safi != 1 || (refresh.afi != 1 && refresh.afi != 2)) return;
  auto* channel = find(static_cast<proto::Family>(refresh.afi));
  auto& negotiated = connection.negotiated();
  if (!channel || !negotiated.of(channel->options.channel.family).active) return;
  if (refresh.subtype == plain) {
    trace(rib::debug::events, "route refresh asked for by the peer");
    if (channel->member) channel->member->refresh(negotiated.enhanced_refresh);
  } else if (refresh.subtype == begin && negotiated.enhanced_refresh) {
    channel->channel->mark_stale();
  } else if (refresh.subtype == end && negotiated.enhanced_refresh) {
    channel->channel->sweep();
  }
}

/// Route refresh, RFC 2918, if the peer can.
void Peer::ask_again(PeerChannel& channel) {
  auto family = channel.options.channel.family;
  auto& common = established_->negotiated();
  if (common.route_refresh && common.of(family).active) established_->send_refresh(family);
}

void Peer::reload(bool in, bool out) {
  if (!established_) return;
  for (auto& channel : channels_) {
    if (in) {
      channel.channel->refilter_in();
      ask_again(channel);
    }
    if (out && channel.member) channel.member->refresh(false);
  }
}

const announce::Member* Peer::member(proto::Family family) const {
  for (auto& channel : channels_)
    if (channel.options.channel.family == family) return channel.member.get();
  return nullptr;
}

}  // namespace avocet::session
