#include "bgpd/rib/trace.hpp"

#include <fmt/format.h>

namespace avocet::rib {
namespace {

/// A pipe's channels have one family and two tables.
std::string_view channel_name(const Protocol& protocol, const Channel& channel) {
  return protocol.kind == ProtocolKind::pipe ? std::string_view(channel.options.table)
                                             : proto::family_name(channel.options.family);
}

}  // namespace

bool traces(const Rib& rib, const Channel& channel, std::uint32_t bits) {
  if (!rib.tracing()) return false;
  auto protocol = channel.protocol.lock();
  return protocol && (protocol->options.debug & bits);
}

void trace_route(const Rib& rib, const Channel& channel, std::uint32_t bits, std::string_view event,
                 const proto::Nlri& nlri, std::string_view detail) {
  if (!traces(rib, channel, bits)) return;
  auto protocol = channel.protocol.lock();
  auto text = fmt::format("{} {} {}", channel_name(*protocol, channel), event, nlri.prefix.text());
  if (nlri.path_id && protocol->kind == ProtocolKind::bgp) text += fmt::format(" path-id={}", nlri.path_id);
  if (!detail.empty()) fmt::format_to(std::back_inserter(text), " {}", detail);
  trace_protocol(rib, *protocol, bits, text);
}

void trace_protocol(const Rib& rib, const Protocol& protocol, std::uint32_t bits, std::string_view text) {
  if ((protocol.options.debug & bits) && rib.on_trace) rib.on_trace(protocol, text);
}

}  // namespace avocet::rib
