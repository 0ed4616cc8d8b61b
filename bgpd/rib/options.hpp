#pragma once
/// Settings of tables, channels, static and direct routes, as plain values.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bgpd/filter/program.hpp"
#include "proto/attributes.hpp"
#include "proto/ip.hpp"

namespace avocet::rib {

enum class LimitAction : std::uint8_t { warn, block, restart, disable };

/// `import limit 1000 action block`
struct Limit {
  std::uint32_t routes = 0;
  LimitAction action = LimitAction::disable;
  friend bool operator==(const Limit&, const Limit&) = default;
};

struct TableOptions {
  std::string name;
  proto::Family family = proto::Family::ipv4;
  bool sorted = false;
  friend bool operator==(const TableOptions&, const TableOptions&) = default;
};

/// "AS `asn` may originate `net` and what is inside, down to `max_length` bits": RFC 6482.
struct Roa {
  proto::Prefix net;
  std::uint8_t max_length = 0;
  std::uint32_t asn = 0;
  friend bool operator==(const Roa&, const Roa&) = default;
};

/// When a cache has changed ROAs: so long routes wait to be judged again, so that changes are gathered. Microseconds.
struct SettleTimes {
  std::uint64_t least = 1'000'000;  ///< after the last change
  std::uint64_t most = 20'000'000;  ///< after the first
  friend bool operator==(const SettleTimes&, const SettleTimes&) = default;
};

/// `roa4 table NAME;`, or 1.6's `roa table NAME { roa ... }`.
struct RoaTableOptions {
  std::string name;
  proto::Family family = proto::Family::ipv4;
  std::vector<Roa> roas;  ///< written in the table itself (1.6)
  SettleTimes settle;
  friend bool operator==(const RoaTableOptions&, const RoaTableOptions&) = default;
};

/// "These are the providers of AS `customer`": draft-ietf-sidrops-aspa-profile. None: it has no providers.
struct Aspa {
  std::uint32_t customer = 0;
  std::vector<std::uint32_t> providers;
  friend bool operator==(const Aspa&, const Aspa&) = default;
};

/// A channel: the door between a protocol and a table.
struct ChannelOptions {
  proto::Family family = proto::Family::ipv4;
  std::string table;  ///< name, never empty after bind
  filter::ProgramPtr import_filter, export_filter;  ///< never null after bind
  std::optional<proto::Prefix> export_in;           ///< routes outside are not offered to the export filter at all
  std::uint16_t preference = 0;
  std::optional<Limit> receive_limit, import_limit, export_limit;
  bool import_keep_filtered = false;
  bool rpki_reload = true;  ///< filter again when a ROA table that a filter asks changes
};

/// BIRD's common protocol options.
struct ProtocolOptions {
  std::string name;
  std::string description;
  bool disabled = false;
  std::uint32_t debug = 0;  ///< bits: states 1, routes 2, filters 4, interfaces 8, events 16, packets 32
  std::uint32_t mrtdump = 0;  ///< what is recorded of its sessions: bits of rib::mrtdump
  std::optional<std::uint32_t> router_id;
};
namespace debug {
constexpr std::uint32_t states = 1, routes = 2, filters = 4, interfaces = 8, events = 16, packets = 32, all = 63;
}
namespace mrtdump {
constexpr std::uint32_t states = 1, messages = 2, all = 3;
}

/// One gateway of a static route.
struct StaticHop {
  proto::Address gateway;     ///< unspecified: route over `interface` alone
  std::string interface;      ///< "" unless named
  std::uint16_t weight = 1;   ///< 1..256
  bool onlink = false;
  bool bfd = false;           ///< only while BFD says that the gateway is there
  friend bool operator==(const StaticHop&, const StaticHop&) = default;
};

struct StaticRoute {
  proto::Prefix net;
  proto::DestinationKind kind = proto::DestinationKind::unicast;
  std::vector<StaticHop> hops;                 ///< for unicast
  std::optional<proto::Address> recursive;     ///< `recursive A`
  filter::ProgramPtr edits;                    ///< commands in braces after the route; null if none
};

struct StaticOptions {
  ProtocolOptions protocol;
  std::vector<ChannelOptions> channels;  ///< one; none if `roa_table` or `aspa_table` is set
  std::string roa_table;                 ///< of a channel roa4 or roa6
  proto::Family roa_family = proto::Family::ipv4;
  std::vector<Roa> roas;                 ///< its routes
  std::string aspa_table;                ///< of a channel aspa
  std::vector<Aspa> aspas;               ///< its routes
  bool check_link = false;
  std::string igp_table;                 ///< for recursive routes; empty: the channel's table
  std::vector<StaticRoute> routes;       ///< in the order written; the last of one net wins, as BIRD's parser does
};

struct PipeOptions {
  ProtocolOptions protocol;
  ChannelOptions channel;     ///< table, import = from peer to table, export = from table to peer
  std::string peer_table;
};

}  // namespace avocet::rib
