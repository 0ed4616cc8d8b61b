#pragma once
/// What `debug { ... }` of a protocol tells of routes, in BIRD's words: "ipv4 > added [best] 10.0.0.0/24 unicast".
#include <string_view>

#include "bgpd/rib/rib.hpp"

namespace avocet::rib {

/// Whether somebody wants to read of such events (bits of `debug`) at a channel. One look at a flag when nobody does.
bool traces(const Rib& rib, const Channel& channel, std::uint32_t bits);

/// One line of a route at a channel. `event`: "> added [best]" on its way into the table, "< filtered out" on its way
/// out. `detail`: where it goes, or why it does not; may be empty.
void trace_route(const Rib& rib, const Channel& channel, std::uint32_t bits, std::string_view event,
                 const proto::Nlri& nlri, std::string_view detail = {});

/// One line of a protocol: what happened to it as a whole.
void trace_protocol(const Rib& rib, const Protocol& protocol, std::uint32_t bits, std::string_view text);

}  // namespace avocet::rib
