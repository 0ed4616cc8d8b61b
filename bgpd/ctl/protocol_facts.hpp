#pragma once
/// What is known of one protocol, collected once; printed as 1.6 text, 2.x text or JSON. Reference 9.3.
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include <boost/json/fwd.hpp>

#include "bgpd/ctl/commands.hpp"

namespace avocet::ctl {

/// Graceful-restart recovery of a channel after our own restart (reference 8.7).
enum class Recovery : std::uint8_t {
  over,      ///< nothing is awaited
  done,      ///< others are awaited, not this one
  pending,   ///< the peer has not sent End-of-RIB
  waiting,   ///< held back until the recovery ends
};

struct LimitFacts {
  const char* label = "";     ///< "Import limit:"
  rib::Limit limit;
};

struct ChannelFacts {
  std::string name;           ///< "ipv4"
  const char* state = "";     ///< "UP", "DOWN", "START", "FLUSHING"
  std::string table;
  std::uint32_t preference = 0;
  std::string import_filter, export_filter;
  Recovery recovery = Recovery::over;
  std::vector<LimitFacts> limits;
  bool keeps_filtered = false;
  std::uint32_t imported = 0, filtered = 0, exported = 0, preferred = 0;
  rib::ImportCounters import_counters;
  rib::ExportCounters export_counters;
  std::string next_hop;       ///< "10.0.0.1" or "2001:db8::1 fe80::1"; "" when not established
  std::string igp_table4, igp_table6;
  bool is_up() const;
};

/// The part only BGP has.
struct BgpFacts {
  session::SessionStatus status;
  std::optional<proto::Prefix> range;
  bool passive = false;
};

/// The part only rpki has.
using CacheFacts = rpki::CacheStatus;

struct ProtocolFacts {
  std::string name;
  const char* kind = "";      ///< "Static"
  std::string table;          ///< as the row shows it
  const char* state = "";     ///< "up"
  bool up = false, starting = false, down = false;
  std::string since;          ///< in the client's time format
  std::chrono::system_clock::time_point since_time;
  std::string info;
  std::string description, message, router_id;
  std::vector<ChannelFacts> channels;  ///< of a pipe: into its table, and into the peer table
  bool pipe = false;
  std::optional<BgpFacts> bgp;
  std::optional<CacheFacts> cache;
  std::optional<observe::BmpStatus> bmp;
};

/// The row's facts alone, or all of them.
enum class Depth : std::uint8_t { row, block };
ProtocolFacts collect_protocol(const Call& call, const rib::Protocol& protocol, Depth depth);

/// The row of `show protocols`, code 1002.
void print_protocol_row(const ProtocolFacts& facts, Skin skin, Reply& reply);
/// The block of `show protocols all`, code 1006, with the empty row that ends it.
void print_protocol_block(const ProtocolFacts& facts, Skin skin, Reply& reply);
boost::json::object protocol_json(const ProtocolFacts& facts);

}  // namespace avocet::ctl
