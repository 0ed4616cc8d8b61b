#include "bgpd/session/negotiated.hpp"

#include <algorithm>

namespace avocet::session {

namespace {

GracefulRestart long_lived_mode(const BgpOptions& options) {
  auto usual = options.graceful_restart == GracefulRestart::off ? GracefulRestart::off : GracefulRestart::aware;
  return options.long_lived_graceful_restart.value_or(usual);
}

/// Capability 5, RFC 5492 section 5: "Unsupported Capability" lists what the peer should have offered.
OpenRefusal missing(std::uint8_t capability, const char* what) { return {7, {capability, 0}, what}; }

/// RFC 9234 section 4.2: the pairs of roles that fit.
bool roles_fit(proto::Role ours, proto::Role theirs) {
  using enum proto::Role;
  switch (ours) {
    case provider: return theirs == customer;
    case customer: return theirs == provider;
    case rs_server: return theirs == rs_client;
    case rs_client: return theirs == rs_server;
    case peer: return theirs == peer;
  }
  return false;
}

bool wrong_as(const BgpOptions& options, std::uint32_t theirs) {
  if (options.remote_as) return theirs != options.remote_as;
  if (options.internal_peer) return theirs != options.local_as;
  if (options.external_peer) return theirs == options.local_as;
  return false;
}

std::vector<std::uint8_t> as_bytes(std::uint32_t value) {
  return {static_cast<std::uint8_t>(value >> 24), static_cast<std::uint8_t>(value >> 16),
          static_cast<std::uint8_t>(value >> 8), static_cast<std::uint8_t>(value)};
}

}  // namespace

PeerKind peer_kind(const BgpOptions& options, std::uint32_t remote_as) {
  if (remote_as == options.local_as) return PeerKind::internal;
  return options.confederation && options.confederation_member ? PeerKind::other_member : PeerKind::external;
}

std::uint32_t public_as(const BgpOptions& options) {
  bool outside = !options.internal_peer && peer_kind(options, options.remote_as) == PeerKind::external;
  return options.confederation && outside ? options.confederation : options.local_as;
}

Gateway effective_gateway(const BgpOptions& options, const BgpChannelOptions& channel) {
  return channel.gateway.value_or(options.multihop ? Gateway::recursive : Gateway::direct);
}

announce::Aigp effective_aigp(const BgpChannelOptions& channel, PeerKind kind) {
  return channel.aigp.value_or(kind == PeerKind::external ? announce::Aigp::off : announce::Aigp::on);
}

announce::HopRule effective_next_hop_keep(const BgpOptions& options, const BgpChannelOptions& channel) {
  using announce::HopRule;
  return channel.next_hop_keep.value_or(options.rs_client ? HopRule::all : options.rr_client ? HopRule::ibgp : HopRule::off);
}

bool offers_graceful_restart(const BgpOptions& options, const BgpChannelOptions& channel) {
  return options.graceful_restart != GracefulRestart::off &&
         channel.graceful_restart.value_or(options.graceful_restart == GracefulRestart::on);
}

bool offers_long_lived(const BgpOptions& options, const BgpChannelOptions& channel) {
  return understands_long_lived(options) &&
         channel.long_lived_graceful_restart.value_or(long_lived_mode(options) == GracefulRestart::on);
}

bool understands_long_lived(const BgpOptions& options) { return long_lived_mode(options) != GracefulRestart::off; }

proto::Capabilities offered_capabilities(const BgpOptions& options, Before before) {
  proto::Capabilities ours;
  bool forwarding = before.recovering || before.session;
  for (auto& channel : options.channels) {
    auto& family = ours.of(channel.channel.family);
    family.multiprotocol = ours.any_multiprotocol = true;
    family.add_path_receive = channel.add_paths == AddPaths::rx || channel.add_paths == AddPaths::both;
    family.add_path_send = channel.add_paths == AddPaths::tx || channel.add_paths == AddPaths::both;
    family.extended_next_hop = channel.extended_next_hop && channel.channel.family == proto::Family::ipv4;
    if (offers_graceful_restart(options, channel)) {
      family.graceful_restart = true;
      family.graceful_forwarding = forwarding;
    }
    if (offers_long_lived(options, channel)) {
      family.long_lived = true;
      family.long_lived_forwarding = forwarding;
      family.long_lived_stale_time = channel.long_lived_stale_time.value_or(options.long_lived_stale_time);
    }
  }
  ours.route_refresh = options.enable_route_refresh;
  ours.enhanced_refresh = options.enable_enhanced_refresh && options.enable_route_refresh;
  ours.extended_messages = options.enable_extended_messages;
  if (options.enable_as4) ours.as4 = public_as(options);
  ours.graceful_restart = options.graceful_restart != GracefulRestart::off;
  if (options.graceful_restart == GracefulRestart::on) {
    ours.restart_time = options.graceful_restart_time;
    ours.restart_state = before.recovering;
  }
  ours.restart_notification = ours.graceful_restart && options.graceful_restart_notification;
  ours.long_lived = understands_long_lived(options);
  ours.role = options.local_role;
  if (options.advertise_hostname) ours.hostname = options.hostname;
  return ours;
}

proto::Open our_open(const BgpOptions& options, Before before, bool with_capabilities) {
  proto::Open open;
  open.asn = public_as(options);
  open.hold_time = static_cast<std::uint16_t>(options.hold_time);
  open.router_id = options.router_id;
  if (with_capabilities) open.capabilities = offered_capabilities(options, before);
  return open;
}

proto::Result<void, OpenRefusal> check_open(const BgpOptions& options, const proto::Open& ours, const proto::Open& theirs) {
  auto refuse = [](OpenRefusal refusal) { return tl::make_unexpected(std::move(refusal)); };
  auto& caps = theirs.capabilities;
  if (wrong_as(options, theirs.asn)) return refuse({2, as_bytes(theirs.asn), "wrong AS in OPEN"});
  auto kind = peer_kind(options, theirs.asn);
  // RFC 6286 section 2.2: not zero, and another one than ours inside one AS.
  if (theirs.router_id == 0 || (kind == PeerKind::internal && theirs.router_id == options.router_id))
    return refuse({3, as_bytes(theirs.router_id), "unacceptable BGP identifier"});
  if (options.min_hold_time > theirs.hold_time)
    return refuse({6, {}, "hold time is below our minimum"});
  if (auto times = agreed_times(options, theirs.hold_time);
      options.min_keepalive_time && times.hold && times.keepalive < options.min_keepalive_time)
    return refuse({6, {}, "keepalive time would be below our minimum"});

  if (options.require_as4 && !caps.as4) return refuse(missing(65, "4-octet AS numbers are required"));
  if (options.require_route_refresh && !caps.route_refresh) return refuse(missing(2, "route refresh is required"));
  if (options.require_enhanced_refresh && !caps.enhanced_refresh)
    return refuse(missing(70, "enhanced route refresh is required"));
  if (options.require_extended_messages && !caps.extended_messages)
    return refuse(missing(6, "extended messages are required"));
  if (options.require_hostname && caps.hostname.empty()) return refuse(missing(73, "a hostname is required"));
  if (options.require_graceful_restart && !caps.graceful_restart)
    return refuse(missing(64, "graceful restart is required"));
  if (options.require_long_lived_graceful_restart && !caps.long_lived)
    return refuse(missing(71, "long-lived graceful restart is required"));

  auto common = proto::negotiate(ours.capabilities, caps);
  bool any = false;
  for (auto& channel : options.channels) {
    auto& family = common.of(channel.channel.family);
    any |= family.active;
    if (channel.mandatory && !family.active) return refuse(missing(1, "a mandatory address family is missing"));
    if (!family.active) continue;
    bool add_paths_whole = (channel.add_paths == AddPaths::rx || family.add_path_send) &&
                           (channel.add_paths == AddPaths::tx || family.add_path_receive);
    if (channel.require_add_paths && !add_paths_whole) return refuse(missing(69, "ADD-PATH is required"));
    if (channel.require_extended_next_hop && !family.extended_next_hop)
      return refuse(missing(5, "extended next hop is required"));
  }
  if (!any) return refuse(missing(1, "no address family in common"));

  // RFC 9234 section 4.2: roles matter on eBGP sessions only.
  if (kind == PeerKind::external && options.local_role) {
    if (options.require_roles && !caps.role) return refuse({11, {}, "the peer does not name its role"});
    if (caps.role && !roles_fit(*options.local_role, *caps.role)) return refuse({11, {}, "the roles do not fit"});
  }
  return {};
}

SessionTimes agreed_times(const BgpOptions& options, std::uint16_t their_hold) {
  SessionTimes times;
  times.hold = std::min<std::uint32_t>(options.hold_time, their_hold);
  if (times.hold == 0) return times;
  auto third = std::max(times.hold / 3, 1u);
  times.keepalive = options.keepalive_time.value_or(third);
  if (times.keepalive >= times.hold) times.keepalive = third;  // else the peer's hold timer would expire each time
  times.send_hold = options.send_hold_time.value_or(2 * times.hold);
  return times;
}

}  // namespace avocet::session
