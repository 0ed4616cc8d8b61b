#pragma once
/// The writing side of a table: lists of paths kept in order of preference, what changed, and the walk that does chores.
#include <chrono>
#include <memory>
#include <span>
#include <vector>

#include "bgpd/rib/decide.hpp"
#include "bgpd/rib/slab.hpp"
#include "bgpd/rib/source.hpp"
#include "bgpd/rib/table.hpp"

namespace avocet::rib {

class Core;
class Follower;

/// Bits of Path::flags.
namespace path_flag {
constexpr std::uint8_t no_next_hop = 1;  ///< rejected because its next hop is not on a link (`gateway direct`)
}

/// What every net has, whatever its family.
struct NetHead {
  PathId first;
  std::uint8_t length_bits = 0;
  bool used = false;
  bool listed = false;  ///< waits in the list of changes
};

/// Everything of a table that does not depend on how prefixes are stored.
class TableCore : public Table {
 public:
  TableCore(Core& core, TableOptions options);

  const TableOptions& options() const override { return options_; }
  std::uint32_t net_count() const override { return net_count_; }
  std::uint32_t path_count() const override { return paths_.used(); }
  PathId first(NetId net) const override { return head(net).first; }
  const Path& path(PathId id) const override { return paths_[id.value]; }
  const Path* best(NetId net) const override;
  bool usable(const Path& path) const override;
  bool alive(const Path& path) const override;
  /// Followers are told of rejected paths, too, if one of them asks for that.
  void look_at_followers();

  /// The net of a prefix, made if needed. A made net must get a path or `drop_if_empty`.
  virtual NetId obtain(const proto::Prefix& prefix) = 0;
  void drop_if_empty(NetId net);
  /// This source's path with this identifier, or an invalid id.
  PathId find_path(NetId net, std::uint16_t source, std::uint32_t path_id) const;
  Path& path(PathId id) { return paths_[id.value]; }
  /// Puts a path where it belongs in the list. Its references to attribute sets are the path's from now on.
  PathId insert(NetId net, const Path& path);
  /// As remove and insert, keeping the id. Old references are released, new ones taken over.
  void replace(NetId net, PathId id, const Path& path);
  void remove(NetId net, PathId id);
  /// Orders the list again, after something changed that decisions depend on; followers are told.
  void sort(NetId net);
  /// Tells followers of this net at the next delivery.
  void touch(NetId net);

  /// Starts (again) a full walk for the chores of a source, or for changed next hops.
  void walk_for(std::uint16_t source);
  void walk_for_next_hops();
  bool walking() const { return !walks_.empty(); }
  bool walking_for_next_hops() const;
  /// Does chores until the deadline; always makes some progress.
  void walk(std::chrono::steady_clock::time_point deadline);
  /// All walks at once, before the table goes.
  void finish_now();
  /// Makes all stale paths of a source one epoch old, so that its 8-bit epochs can go on. Walks the table at once.
  void compact_epochs(std::uint16_t source);

  bool has_changes() const { return delivered_ < changes_.size(); }
  std::size_t waiting_changes() const { return changes_.size() - delivered_; }
  /// Tells followers of changes until the deadline; always makes some progress.
  void deliver(std::chrono::steady_clock::time_point deadline);

  std::vector<Follower*> followers;  ///< null: left during a delivery

 protected:
  virtual NetHead& head(NetId net) = 0;
  virtual const NetHead& head(NetId net) const = 0;
  virtual void free_net(NetId net) = 0;
  std::size_t core_memory_bytes() const { return paths_.memory_bytes() + changes_.capacity() * sizeof(NetId); }

  Core& core_;
  std::uint32_t net_count_ = 0;  // nets with a path

 private:
  /// A full round over the table in progress; ends where it began.
  struct Walk {
    std::uint32_t source;  // or next_hops
    std::uint32_t start;
    bool wrapped;
  };
  static constexpr std::uint32_t next_hops = 0xffffffff;
  void start_walk(std::uint32_t source);
  void do_chores(NetId net);
  bool uses_changed_next_hop(const Path& path) const;
  void finish_walks();
  void link(NetId net, PathId id);
  void unlink(NetId net, PathId id);
  void count(const Path& path, int sign);
  void trace_added(NetId net, PathId id) const;
  void trace_removed(NetId net, const Path& path, bool was_best) const;
  std::uint32_t preferred_source(NetId net) const;
  void count_preferred(std::uint32_t before, std::uint32_t after);
  void sort_paths(NetId net);

  TableOptions options_;
  Slab<Path> paths_;
  std::vector<NetId> changes_;
  std::size_t delivered_ = 0;
  std::vector<Walk> walks_;
  std::uint32_t cursor_ = 0;
  bool tells_rejected_ = false;
  bool next_hops_changed_ = false;      // the walk looks for paths whose next hop resolves differently now
  std::vector<PathId> order_;           // scratch of sort
  std::vector<Candidate> candidates_;   // scratch of sort
};

std::unique_ptr<TableCore> make_table(Core& core, TableOptions options);

}  // namespace avocet::rib
