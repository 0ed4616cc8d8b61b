#pragma once
/// A routing table: nets in a dense slab found by hash, each with its paths, best first.
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "bgpd/rib/ids.hpp"
#include "bgpd/rib/options.hpp"
#include "proto/ip.hpp"
#include "proto/nlri.hpp"

namespace avocet::rib {

/// One way to reach a net, as one source told us. 24 bytes.
struct Path {
  PathId next;               ///< in the net's list, best first
  AttrId attributes;         ///< after import; invalid if the import filter rejected it
  AttrId received;           ///< before import
  std::uint16_t source = 0;  ///< SourceId
  std::uint8_t flags = 0;
  std::uint8_t epoch = 0;    ///< of its source when it was told; another epoch means stale
  std::uint32_t since = 0;   ///< seconds on the Rib's clock
  std::uint32_t path_id = 0; ///< received path identifier, RFC 7911; 0 without
};
static_assert(sizeof(Path) == 24);

class Rib;

/// Reading is open to everybody; writing goes through Channel. NetIds are dense: 0 .. net_limit(), with holes.
class Table {
 public:
  virtual ~Table() = default;
  virtual const TableOptions& options() const = 0;

  virtual std::uint32_t net_limit() const = 0;           ///< one more than the highest NetId in use
  virtual std::uint32_t net_count() const = 0;           ///< nets that have a path
  virtual std::uint32_t path_count() const = 0;          ///< all paths, filtered ones included
  virtual bool in_use(NetId net) const = 0;              ///< has at least one path
  virtual proto::Prefix prefix(NetId net) const = 0;
  virtual std::optional<NetId> find(const proto::Prefix& prefix) const = 0;
  /// The most specific net that covers the prefix and has a usable path.
  virtual std::optional<NetId> longest_match(const proto::Prefix& prefix) const = 0;
  /// The first path of the list, or an invalid id; the list is best first. Filtered and dead paths are at its end.
  virtual PathId first(NetId net) const = 0;
  virtual const Path& path(PathId id) const = 0;
  /// The selected path: the first one if it was accepted and its source is alive, else nullptr. A path whose next hop
  /// does not resolve is still selected when there is no better one (as in BIRD: announced, `unreachable` in the kernel).
  virtual const Path* best(NetId net) const = 0;
  /// Accepted by the import filter, and its source has not flushed it. While a flush runs, dead paths may still stand
  /// among the others: readers of the list skip what is not usable.
  virtual bool usable(const Path& path) const = 0;
  /// The second half of that: also of a path that was rejected.
  virtual bool alive(const Path& path) const = 0;
  virtual std::size_t memory_bytes() const = 0;
};

}  // namespace avocet::rib
