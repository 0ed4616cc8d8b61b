#pragma once
/// One dump of tables into MRT files: TABLE_DUMP_V2, RFC 6396 section 4.3. Works in slices beside everything else.
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

#include "bgpd/observe/mrt_file.hpp"
#include "bgpd/observe/options.hpp"
#include "bgpd/rib/rib.hpp"
#include "proto/mrt.hpp"

namespace avocet::observe {

/// What a dump needs to know of the daemon.
struct DumpScene {
  rib::Rib& rib;                                  ///< only read
  std::uint32_t router_id = 0;                    ///< the collector's
  std::chrono::system_clock::time_point started;  ///< when the Rib's clock began
};

/// "routes-%N-%F" with the table's name and the time put in; "" if that makes no name.
std::string dump_file_name(const std::string& pattern, const std::string& table,
                           std::chrono::system_clock::time_point now);

class TableDump {
 public:
  /// `problem`: called with what goes wrong, one line each; the other tables are dumped all the same. `printed`: what
  /// the filter prints. Both must be good until the end of the dump's life.
  TableDump(DumpScene scene, MrtOptions options, std::function<void(const std::string&)> problem,
            std::function<void(const std::string&)> printed);
  /// A dump that has not come to its end leaves files with whole records.
  ~TableDump();
  TableDump(const TableDump&) = delete;

  const MrtOptions& options() const { return options_; }
  /// Goes on for at most about `budget`; true when all is written. Nets that come and go between two steps may be in
  /// the dump or not; every route in it was there when it was written.
  bool step(std::chrono::nanoseconds budget);
  std::uint64_t routes() const { return routes_; }  ///< written so far

 private:
  struct PeerHash {
    std::size_t operator()(const proto::MrtPeer& peer) const {
      return std::hash<proto::Address>{}(peer.address) ^ peer.router_id ^ peer.asn;
    }
  };

  bool begin_table(const rib::Table& table);
  void index_peers(const rib::Table& table);
  void dump_net(const rib::Table& table, rib::NetId net);
  std::size_t dump_paths(const rib::Table& table, rib::NetId net, bool add_path);
  bool add(proto::MrtRibRecord& record, const rib::RouteView& route);
  void write();
  void end_table();

  DumpScene scene_;
  MrtOptions options_;
  std::function<void(const std::string&)> problem_, printed_;
  std::vector<std::string> tables_;  // names: a table may go meanwhile
  std::size_t table_ = 0;
  std::uint32_t cursor_ = 0;
  MrtFile file_;
  std::vector<std::uint8_t> records_;
  std::unordered_map<proto::MrtPeer, std::uint16_t, PeerHash> peers_;
  std::uint32_t now_seconds_ = 0, sequence_ = 0;
  std::uint64_t routes_ = 0, filter_failures_ = 0, too_long_ = 0;
  std::size_t looked_at_ = 0;  // routes and nets in this step
  filter::Edits edits_;
};

}  // namespace avocet::observe
