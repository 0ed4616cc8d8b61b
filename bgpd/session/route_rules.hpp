#pragma once
/// What a session's options mean for its routes, both ways: one answer for running peers and for whoever asks what a
/// configuration would do. Pure.
#include "bgpd/announce/options.hpp"
#include "bgpd/rib/channel.hpp"
#include "bgpd/rib/interfaces.hpp"
#include "bgpd/session/import.hpp"

namespace avocet::session {

/// What the rest of the daemon must know of routes from this neighbour. `ifindex`: the interface of a direct session.
/// Without a neighbour on the line its router id is unknown and our address is the configured one.
rib::SourceFacts source_facts(const BgpOptions& options, const BgpChannelOptions& channel, std::uint32_t remote_as,
                              std::uint32_t ifindex);

/// What two speakers agreed on for one family, as far as UPDATEs depend on it.
struct Agreed {
  proto::Address local_address;  ///< ours on the connection
  bool add_path = false;         ///< we send path ids
  bool as4 = true, extended_next_hop = false, extended_messages = false;
  bool long_lived = false;  ///< the peer knows LLGR
};
announce::ExportOptions export_options(const BgpOptions& options, const BgpChannelOptions& channel,
                                       const ImportRules& rules, const Agreed& agreed,
                                       const rib::Interfaces& interfaces);

}  // namespace avocet::session
