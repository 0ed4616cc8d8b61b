#pragma once
/// What the parts of the RIB share: stores, sources, tables, and the turn of work.
#include <chrono>
#include <functional>
#include <memory>
#include <vector>

#include "bgpd/rib/attribute_store.hpp"
#include "bgpd/rib/decide.hpp"
#include "bgpd/rib/interfaces.hpp"
#include "bgpd/rib/nexthop_table.hpp"
#include "bgpd/rib/rib.hpp"
#include "bgpd/rib/source.hpp"
#include "bgpd/rib/table_core.hpp"

namespace avocet::rib {

/// Scratch memory of import, kept between routes so that none is allocated for each.
struct ImportScratch {
  filter::Edits edits;
  Resolution resolution;
};

class Core {
 public:
  explicit Core(Rib& rib);

  Rib& rib;  ///< the snapshot that filters see, the clock, and the owner to wake
  Interfaces interfaces;
  NextHops next_hops;
  AttributeStore attributes;
  std::vector<Source> sources;  ///< by SourceId
  std::vector<std::unique_ptr<Table>> tables;  ///< each is a TableCore
  bool deterministic_med_used = false;         ///< some source has asked for it
  ImportScratch scratch;

  /// There is work: the loop is told once.
  void wake();
  bool work(std::chrono::nanoseconds budget);
  bool idle() const;
  bool behind();

  /// Of one table. Four batches of an update group, and about 3 MB: a note is 4 bytes, and the row of a net that was
  /// withdrawn meanwhile stays until its note is delivered. Without a bound a peer that flaps faster than followers
  /// take it fills the memory.
  std::size_t max_waiting_changes = 128 * 1024;

  std::uint16_t allocate_source();
  /// All chores of a source are done.
  void finished(std::uint16_t source);
  /// Next hops may have changed: nets that use them are decided again.
  void check_next_hops();

  /// Where packets for a set of this source go. The answer may live in `scratch`.
  const Resolution& resolve(const Source& source, AttrId attributes, Resolution& scratch) const;
  /// Whether a set of this source depends on a lookup in the IGP table.
  bool is_recursive(const Source& source, const AttributeKeys& keys) const;
  Candidate candidate(const Path& path) const;
  /// Who brought a route of this source into the first of its tables: the source itself, unless that is a pipe.
  const Source& origin(const Source& source, AttrId attributes) const;
  filter::RouteSource route_source(const Source& source, AttrId attributes) const;

  void feed(TableCore& table, Follower& follower, std::function<void()> done);
  void forget(const TableCore& table, const Follower* follower);  ///< feeds of a follower, or of all

 private:
  struct Feed {
    TableCore* table;
    Follower* follower;
    std::uint32_t cursor;
    std::function<void()> done;
  };
  std::optional<Covering> covering(const Table& table, const proto::Address& address) const;
  void continue_feed();

  std::vector<Feed> feeds_;
  std::uint64_t next_hop_changes_seen_ = 0;
  bool woken_ = false;
  bool said_behind_ = false;
};

}  // namespace avocet::rib
