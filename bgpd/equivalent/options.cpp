#include "bgpd/equivalent/options.hpp"

#include <fmt/format.h>
#include <algorithm>

#include "bgpd/config/vocabulary.hpp"
#include "bgpd/session/negotiated.hpp"

namespace avocet::equivalent {
namespace {

using session::BgpChannelOptions;
using session::BgpOptions;
using session::GracefulRestart;

/// Neither routes nor sessions depend on these; `scan time` is a safety net here, events do the work.
bool is_for_people(std::string_view words) {
  constexpr std::string_view list[] = {"debug",        "description",        "scan time", "netlink rx buffer",
                                       "dynamic name", "dynamic name digits", "mrtdump"};
  return std::find(std::begin(list), std::end(list), words) != std::end(list);
}
/// These are judged by what becomes of routes.
bool is_seen_on_routes(std::string_view words) {
  constexpr std::string_view list[] = {"import", "export", "preference", "metric", "device routes"};
  return std::find(std::begin(list), std::end(list), words) != std::end(list);
}

template <class Object>
void rows(const config::Table<Object>& table, const Object& a, const Object& b, Section& section) {
  for (auto& row : table) {
    if (row.support != config::Support::full || row.slot.same(a, b) || is_seen_on_routes(row.words)) continue;
    auto text_a = row.slot.text(a), text_b = row.slot.text(b);
    auto line = text_a == text_b ? fmt::format("{} differs", row.words)
                                 : fmt::format("{}: A {}, B {}", row.words, text_a, text_b);
    (is_for_people(row.words) ? section.notes : section.differences).push_back(std::move(line));
  }
}

/// Every default in its place.
BgpOptions settled(BgpOptions options) {
  options.local_port = 179;     // where we listen is compared for the whole daemon
  options.strict_bind = false;  // as well
  if (options.remote_as) options.internal_peer = options.external_peer = false;
  if (!options.keepalive_time) options.keepalive_time = options.hold_time / 3;
  if (!options.send_hold_time) options.send_hold_time = 2 * options.hold_time;
  if (options.rr_client)
    options.rr_cluster_id = options.rr_cluster_id.value_or(options.router_id);
  else
    options.rr_cluster_id.reset();
  bool restarts = options.graceful_restart != GracefulRestart::off;
  if (!options.long_lived_graceful_restart)
    options.long_lived_graceful_restart = restarts ? GracefulRestart::aware : GracefulRestart::off;
  if (!options.advertise_hostname) options.hostname.clear();
  options.protocol.router_id.reset();
  return options;
}

BgpChannelOptions settled(BgpChannelOptions channel, const BgpOptions& options) {
  auto family = channel.channel.family;
  channel.channel.table = table_name(channel.channel.table, family);
  channel.igp_table = channel.igp_table.empty() ? channel.channel.table : table_name(channel.igp_table, family);
  channel.gateway = session::effective_gateway(options, channel);
  channel.next_hop_keep = session::effective_next_hop_keep(options, channel);
  auto remote_as = options.internal_peer ? options.local_as : options.remote_as;
  channel.aigp = session::effective_aigp(channel, session::peer_kind(options, remote_as));
  if (!channel.graceful_restart) channel.graceful_restart = options.graceful_restart == GracefulRestart::on;
  if (!channel.long_lived_graceful_restart)
    channel.long_lived_graceful_restart = options.long_lived_graceful_restart == GracefulRestart::on;
  if (!channel.long_lived_stale_time) channel.long_lived_stale_time = options.long_lived_stale_time;
  return channel;
}

rib::ChannelOptions settled(rib::ChannelOptions channel) {
  channel.table = table_name(channel.table, channel.family);
  return channel;
}

std::string id_text(std::uint32_t id) { return id ? proto::quad_text(id) : "chosen at start"; }

}  // namespace

std::string table_name(const std::string& name, proto::Family family) {
  return name == "master" ? family == proto::Family::ipv4 ? "master4" : "master6" : name;
}

void compare_session(const BgpOptions& a, const BgpOptions& b, Section& section) {
  auto settled_a = settled(a), settled_b = settled(b);
  rows(config::protocol_options(), settled_a.protocol, settled_b.protocol, section);
  rows(config::bgp_options(), settled_a, settled_b, section);
  if (a.router_id != b.router_id)
    section.differences.push_back(fmt::format("router id: A {}, B {}", id_text(a.router_id), id_text(b.router_id)));
}

void compare_channel(const BgpOptions& session_a, const BgpChannelOptions& a, const BgpOptions& session_b,
                     const BgpChannelOptions& b, Section& section) {
  auto settled_a = settled(a, settled(session_a)), settled_b = settled(b, settled(session_b));
  rows(config::channel_options(), settled_a.channel, settled_b.channel, section);
  rows(config::bgp_channel_options(), settled_a, settled_b, section);
}

void compare_kernel(const kernel::KernelOptions& a, const kernel::KernelOptions& b, Section& section) {
  rows(config::protocol_options(), a.protocol, b.protocol, section);
  rows(config::channel_options(), settled(a.channel), settled(b.channel), section);
  rows(config::kernel_options(), a, b, section);
}

void compare_device(const kernel::DeviceOptions& a, const kernel::DeviceOptions& b, Section& section) {
  rows(config::protocol_options(), a.protocol, b.protocol, section);
  rows(config::device_options(), a, b, section);
}

void compare_bfd(const bfd::BfdOptions& a, const bfd::BfdOptions& b, Section& section) {
  rows(config::protocol_options(), a.protocol, b.protocol, section);
  rows(config::bfd_options(), a, b, section);
}

void compare_pipe(const rib::PipeOptions& a, const rib::PipeOptions& b, Section& section) {
  rows(config::protocol_options(), a.protocol, b.protocol, section);
  rows(config::channel_options(), settled(a.channel), settled(b.channel), section);
}

}  // namespace avocet::equivalent
