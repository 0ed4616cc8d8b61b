#pragma once
/// The door between a protocol and a table: import filter, limits, counters, stale routes. RFC 4271 section 9.1.
#include <cstdint>
#include <functional>
#include <memory>
#include <span>

#include "bgpd/rib/ids.hpp"
#include "bgpd/rib/options.hpp"
#include "bgpd/rib/protocol.hpp"
#include "bgpd/rib/table.hpp"
#include "proto/nlri.hpp"

namespace avocet::rib {

/// BIRD's rows "Import updates" and "Import withdraws": received, rejected, filtered, ignored, accepted.
struct ImportCounters {
  std::uint64_t updates_received = 0, updates_invalid = 0, updates_filtered = 0, updates_ignored = 0, updates_accepted = 0;
  std::uint64_t withdraws_received = 0, withdraws_invalid = 0, withdraws_ignored = 0, withdraws_accepted = 0;
};
struct ExportCounters {
  std::uint64_t updates_received = 0, updates_rejected = 0, updates_filtered = 0, updates_accepted = 0;
  std::uint64_t withdraws_received = 0, withdraws_accepted = 0;
};

/// What the decision process and the announcers must know about where routes come from.
struct SourceFacts {
  filter::RouteSource kind = filter::RouteSource::bgp;  ///< RTS_*; static_device etc. are decided per route by attributes
  bool bgp = false;                  ///< the fields below mean something
  bool external = false;             ///< in another AS, and not in our confederation
  bool rr_client = false, rs_client = false;
  std::uint32_t local_as = 0, remote_as = 0;
  std::uint32_t remote_id = 0;       ///< neighbour's router id
  std::uint32_t cluster_id = 0;      ///< of rr clients, else 0
  proto::Address remote_address, local_address;
  std::uint32_t ifindex = 0;         ///< of a direct session
  bool gateway_recursive = false;    ///< else next hops must be on the link
  std::string igp_table;             ///< name; empty: the channel's table
  std::uint32_t cost = 0;            ///< distance of next hops on the link
  bool path_metric = true, med_metric = false, deterministic_med = false, igp_metric = true, prefer_older = false;
  std::uint32_t default_local_pref = 100, default_med = 0;
  filter::Dialect dialect = filter::Dialect::bird2;
};

/// A limit was passed; the protocol decides what to do.
enum class LimitKind : std::uint8_t { receive, import, export_ };
std::string limit_text(LimitKind kind, const Limit& limit);  ///< "import limit reached: action=block limit=100"

class Rib;

/// One protocol's way into (and counters for the way out of) one table. Made by Rib::open_channel.
/// Import calls are cheap to batch: one attribute set, many nets. Attributes are canonical, before the import filter.
class Channel {
 public:
  virtual ~Channel() = default;

  SourceId source;                         ///< unique among open channels
  std::weak_ptr<Protocol> protocol;
  ChannelOptions options;                  ///< change through `reconfigure`
  SourceFacts facts;                       ///< change through `set_facts`
  ImportCounters import_counters;
  ExportCounters export_counters;
  std::uint32_t exported = 0;              ///< routes now announced; kept by whoever exports
  /// Called once per excess; without it Rib::on_limit is.
  std::function<void(LimitKind, const Limit&)> on_limit;

  virtual Table& table() = 0;
  virtual const Table& table() const = 0;
  virtual void announce(std::span<const proto::Nlri> nets, proto::AttributeView attributes) = 0;
  virtual void withdraw(std::span<const proto::Nlri> nets) = 0;

  /// Session is up with these facts; routes told from now on are fresh.
  virtual void set_facts(SourceFacts facts) = 0;
  /// The routes told so far become stale but stay in use until `sweep` (graceful restart, route refresh) ...
  virtual void mark_stale() = 0;
  /// ... and get the LLGR_STALE community and the last place in the decision (RFC 9494 section 4.3); NO_LLGR ones go.
  virtual void mark_long_lived_stale() = 0;
  /// ... and stale routes go away (in slices of work).
  virtual void sweep() = 0;
  /// Everything told so far goes away (in slices); as mark_stale and sweep, but unusable at once.
  virtual void flush() = 0;
  virtual bool flushing() const = 0;       ///< a sweep or flush is still running
  /// Whether one more route may leave beside `count` others; tells the protocol when the export limit is reached.
  virtual bool may_export(std::uint32_t count) = 0;

  /// New filter, preference, limits: what was received is filtered again from memory (in slices).
  virtual void reconfigure(ChannelOptions options) = 0;
  virtual void refilter_in() = 0;

  virtual std::uint32_t imported() const = 0;   ///< accepted paths in the table
  virtual std::uint32_t filtered() const = 0;   ///< rejected paths kept
  virtual std::uint32_t preferred() const = 0;  ///< nets whose best path is ours
};

}  // namespace avocet::rib
