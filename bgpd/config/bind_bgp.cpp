/// Defaults and checks of `protocol bgp` (reference 8.1, 8.2), after the whole file is read.
#include <fmt/format.h>

#include "bgpd/config/bind.hpp"

namespace avocet::config {
namespace {

using session::BgpOptions;
using session::Gateway;
using session::GracefulRestart;

class Binder {
 public:
  Binder(Block& block, const Config& config, Diagnostics& diagnostics)
      : block_(block), config_(config), diagnostics_(diagnostics), bgp_(std::get<BgpOptions>(block.options)) {}

  void run() {
    if (!addressed()) return;
    fill();
    check_peer();
    check_reach();
    check_times();
    check_features();
    if (bgp_.bfd && bgp_.multihop && bgp_.local_address.is_unspecified())
      refuse("bfd", "BFD of a multihop session needs our address", "write 'local ADDRESS as N;'");
    if (bgp_.channels.empty() && !block_.refused_channel)  // BIRD loads it, and the session comes up
      diagnostics_.warning(block_.place, fmt::format("{}: no channel, so it exchanges no routes", block_.title()), "write 'ipv4 { import all; export all; };'");
    for (auto& channel : bgp_.channels) bind(channel);
  }

 private:
  void refuse(std::string_view words, const std::string& what, std::string hint = {}) {
    diagnostics_.error(block_.place_of(words), fmt::format("{}: {}", block_.title(), what), std::move(hint));
  }

  /// Without these there is no session to speak of, and other messages would only confuse.
  bool addressed() {
    auto errors = diagnostics_.list().size();
    if (bgp_.local_as == 0) refuse("local", "the local AS number is missing", "write 'local as N;'");
    bool neighbor = bgp_.range || !bgp_.remote_address.is_unspecified();
    if (!neighbor) refuse("neighbor", "the neighbor's address is missing", "write 'neighbor ADDRESS as N;'");
    if (neighbor && bgp_.remote_as == 0 && !bgp_.internal_peer && !bgp_.external_peer)
      refuse("neighbor", "the neighbor's AS number is missing", "add 'as N', 'internal' or 'external'");
    return diagnostics_.list().size() == errors;
  }

  bool internal() const { return bgp_.internal_peer || bgp_.remote_as == bgp_.local_as; }
  bool link_local() const { return bgp_.remote_address.is_link_local() || bgp_.local_address.is_link_local(); }

  void fill() {
    if (bgp_.internal_peer && bgp_.remote_as == 0) bgp_.remote_as = bgp_.local_as;
    // A link-local neighbour is on the link whatever its AS.
    if (bgp_.multihop_ttl == 0) {
      bgp_.multihop = internal() && !link_local() && bgp_.interface.empty();
      bgp_.multihop_ttl = bgp_.multihop ? 64 : 1;
    }
    if (bgp_.multihop && !block_.wrote("check link")) bgp_.check_link = false;
    if (bgp_.protocol.router_id || config_.router_id) bgp_.router_id = bgp_.protocol.router_id.value_or(config_.router_id.value_or(0));
    if (bgp_.hostname.empty()) bgp_.hostname = config_.hostname;
    if (bgp_.local_interface.empty() && bgp_.local_address.is_link_local()) bgp_.local_interface = bgp_.interface;
    if (bgp_.interface.empty()) bgp_.interface = bgp_.local_interface;
    if (!bgp_.local_interface.empty() && bgp_.interface != bgp_.local_interface)
      refuse("local", fmt::format("the interface of 'local' is '{}', that of the neighbor '{}'", bgp_.local_interface, bgp_.interface));
  }

  void check_peer() {
    if (bgp_.internal_peer && bgp_.remote_as != bgp_.local_as) refuse("neighbor", "an internal neighbor cannot have another AS number");
    if (bgp_.external_peer && bgp_.remote_as == bgp_.local_as) refuse("neighbor", "an external neighbor cannot have our AS number");
    if (internal() && bgp_.rs_client) refuse("rs client", "only an external neighbor can be a route server's client");
    if (!internal() && bgp_.rr_client) refuse("rr client", "only an internal neighbor can be a route reflector's client");
    if (internal() && bgp_.local_role) refuse("local role", "an internal session has no role");
    if (internal() && bgp_.enforce_first_as) refuse("enforce first as", "the first AS of a path says nothing on an internal session");
    if (bgp_.confederation_member && bgp_.confederation == 0) refuse("confederation member", "the confederation's number is missing", "write 'confederation N;'");
    bool as4 = bgp_.capabilities && bgp_.enable_as4;
    if (!as4 && bgp_.remote_as > 0xffff) refuse("neighbor", "the neighbor's AS number needs four octets, which this session does not offer");
    if (config_.dialect == filter::Dialect::bird1 && !bgp_.range && bgp_.remote_address.family() != config_.family)
      refuse("neighbor", fmt::format("the neighbor's address is not {}, the family of this configuration", proto::family_name(config_.family)),
             "1.6 runs one daemon per family: see --family");
    bool families_differ = !bgp_.local_address.is_unspecified() && !bgp_.range && bgp_.local_address.family() != bgp_.remote_address.family();
    if (families_differ) refuse("local", "the two addresses of the session are of different families");
  }

  void check_reach() {
    if (link_local() && bgp_.interface.empty()) refuse("neighbor", "a link-local address needs its interface", "write ADDRESS%INTERFACE, or 'interface \"NAME\";'");
    if (bgp_.multihop && link_local()) refuse("multihop", "a link-local address cannot be several hops away");
    if (bgp_.multihop && !bgp_.interface.empty()) refuse("multihop", "a multihop session cannot be bound to an interface");
    if (bgp_.multihop && bgp_.check_link) refuse("check link", "a multihop session cannot depend on a link");
    if (bgp_.strict_bind && bgp_.local_address.is_unspecified()) refuse("strict bind", "strict bind needs a local address");
    if (bgp_.range && bgp_.remote_port != 179) refuse("neighbor", "sessions of a range are passive: a port has no effect");
  }

  void check_times() {
    if (bgp_.keepalive_time && bgp_.hold_time > 0 && *bgp_.keepalive_time > bgp_.hold_time) refuse("keepalive time", "keepalive time is longer than the hold time");
    if (bgp_.min_hold_time > bgp_.hold_time && bgp_.hold_time > 0) refuse("min hold time", "min hold time is longer than the hold time");
    if (bgp_.keepalive_time && bgp_.min_keepalive_time > *bgp_.keepalive_time) refuse("min keepalive time", "min keepalive time is longer than the keepalive time");
    if (bgp_.min_graceful_restart_time > bgp_.max_graceful_restart_time) refuse("min graceful restart time", "min graceful restart time is longer than the max");
    if (bgp_.min_long_lived_stale_time > bgp_.max_long_lived_stale_time) refuse("min long lived stale time", "min long lived stale time is longer than the max");
  }

  void check_features() {
    bool llgr = bgp_.long_lived_graceful_restart.value_or(GracefulRestart::off) != GracefulRestart::off;
    if (bgp_.graceful_restart == GracefulRestart::off && llgr) refuse("long lived graceful restart", "it needs graceful restart");
    if (!bgp_.capabilities && bgp_.graceful_restart == GracefulRestart::on) refuse("graceful restart", "it needs capabilities");
  }

  void bind(session::BgpChannelOptions& channel) {
    auto& base = channel.channel;
    auto family = proto::family_name(base.family);
    if (config_.dialect == filter::Dialect::bird2 && !internal()) {  // RFC 8212
      if (!base.import_filter) refuse("", fmt::format("EBGP requires explicit import policy, channel {} has none", family), "write 'import all;' or a filter");
      if (!base.export_filter) refuse("", fmt::format("EBGP requires explicit export policy, channel {} has none", family), "write 'export all;' or a filter");
    }
    bool known_table = bind_channel(base, block_, config_, diagnostics_);
    check_table(channel.igp_table, base.family, "igp table", block_, config_, diagnostics_);
    if (bgp_.multihop && channel.gateway == Gateway::direct) refuse("gateway", "the next hops of a multihop session are looked up: use 'gateway recursive'");
    if (bgp_.onlink && channel.gateway.value_or(bgp_.multihop ? Gateway::recursive : Gateway::direct) == Gateway::direct)
      refuse("onlink", "not supported yet: direct next hops of a neighbor that no address of ours covers", "write 'gateway recursive' in the channel, and a route to the neighbor");
    if (channel.require_add_paths && channel.add_paths == session::AddPaths::off) refuse("require add paths", "it needs 'add paths'");
    if (channel.require_extended_next_hop && !channel.extended_next_hop) refuse("require extended next hop", "it needs 'extended next hop'");
    if (channel.extended_next_hop && base.family != proto::Family::ipv4) refuse("extended next hop", "it is for IPv4 routes, RFC 8950");
    if (channel.next_hop_address && channel.next_hop_self != announce::HopRule::off) refuse("next hop address", "next hop self says otherwise");
    if (known_table && channel.secondary && !find_table(config_, base.table)->sorted) refuse("secondary", "it needs a sorted table", "write 'sorted on' at the table");
  }

  Block& block_;
  const Config& config_;
  Diagnostics& diagnostics_;
  BgpOptions& bgp_;
};

}  // namespace

void bind_bgp(Block& block, const Config& config, Diagnostics& diagnostics) { Binder(block, config, diagnostics).run(); }

}  // namespace avocet::config
