#pragma once
/// Our routes into the kernel's table: what should be there, what is there, and the requests that make them equal.
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "bgpd/kernel/kernel_routes.hpp"
#include "bgpd/kernel/netlink.hpp"
#include "bgpd/kernel/options.hpp"
#include "bgpd/rib/rib.hpp"

namespace avocet::kernel {

/// A request the kernel did not carry out.
struct Refusal {
  proto::Prefix net;
  KernelRoute route;
  int error_number = 0;
  bool removal = false;  ///< it was to be removed, not installed
};

/// Follows one table for one kernel protocol. Costs 5 bytes per net.
///
/// A route of ours is written in place with a replace, so packets never miss it. A route of somebody else with the same
/// prefix and metric is never replaced: the first write is an exclusive one, and `alien` tells who took a place since.
class Installer final : public rib::Follower {
 public:
  Installer(rib::Rib& rib, std::shared_ptr<rib::Channel> channel, Netlink& netlink, KernelOptions options);

  /// A net changed; what to do is decided in `work`, so a burst of changes costs one request.
  void changed(rib::Table& table, std::span<const rib::NetId> nets) override;
  /// Sends at most one batch; nothing before the first scan has told what a previous life left. True if more is waiting.
  bool work();

  void reconfigure(KernelOptions options);   ///< the caller feeds all nets afterwards
  /// Routes with our protocol number that a previous life (or a scan) found and nobody wants are removed from now on.
  void allow_pruning(bool allow) { prune_ = allow; }

  void begin_scan();
  /// A route with our protocol number in our table. Without a scan running: ignored.
  void scanned(const RouteMessage& message);
  void end_scan();
  /// The listing is incomplete: what it has is there, but what it lacks may be there too.
  void interrupt_scan();
  /// Somebody else, or the kernel itself, changed or removed a route with our protocol number.
  void disturbed(const RouteMessage& message);
  /// Somebody else's route in our table.
  void alien(const RouteMessage& message);
  void scanned_alien(const RouteMessage& message);
  /// Routes over this interface may be gone from the kernel.
  void interface_lost(std::uint32_t index);
  /// Something may have changed for the better: try again what failed.
  void retry_failed();

  /// A first failure is often the moment between a link's death and the news of it. It is reported when a second try,
  /// which this starts, fails too.
  void confirm_failures();
  bool has_unconfirmed() const { return !unconfirmed_.empty(); }
  /// Whether a place was taken by a route nobody told us of since the last call: time for a scan.
  bool take_conflict() { return std::exchange(conflict_, false); }
  std::vector<Refusal> take_refusals() { return std::exchange(refusals_, {}); }  ///< confirmed, each once

  /// Takes all our routes out of the kernel: queued here, sent by `work`. The installer must not follow a table any more.
  void remove_all();
  /// Forgets what is installed and queued without touching the kernel. The next thing must be a scan.
  void abandon();

  std::size_t installed() const { return installed_count_; }
  bool failed(rib::NetId net) const;      ///< it should be installed, but the kernel refused

 private:
  struct Removal {
    proto::Prefix net;
    std::uint32_t route;     // id in routes_, one reference held
  };
  struct Failure {
    std::uint32_t route;     // id in routes_, one reference held
    int error_number;
    enum class State : std::uint8_t { unconfirmed, confirming, reported } state;
  };
  struct Sent {
    rib::NetId net;          // invalid for removals
    proto::Prefix prefix;
    std::uint32_t route;     // id in routes_, one reference held
    std::uint32_t before;    // what it replaces, if known; one reference held
    bool exclusive;
  };
  using Key = std::pair<proto::Prefix, std::uint32_t>;  // the kernel tells routes apart by net and metric
  using Found = std::map<Key, std::uint32_t>;           // to ids in routes_, one reference held each

  std::optional<KernelRoute> desired(rib::NetId net, bool count);
  std::optional<KernelRoute> export_path(const rib::RouteView& view, bool count);

  void mark_dirty(rib::NetId net);
  void mark_doubtful(rib::NetId net);
  void grow(std::uint32_t net);
  void set_installed(rib::NetId net, std::uint32_t id);
  void uninstall(rib::NetId net);
  bool has_flag(rib::NetId net, std::uint8_t flag) const { return flags_[net.value] & flag; }
  void clear_flags(rib::NetId net, std::uint8_t flags) { flags_[net.value] &= static_cast<std::uint8_t>(~flags); }

  void prune();
  void append_removals();
  void append_updates();
  bool append_update(rib::NetId net);
  void finish(const Sent& sent, int error_number);
  void fail(const proto::Prefix& net, std::uint32_t route, int error_number);
  void forget_failure(const proto::Prefix& net);
  void note(Found& found, const RouteMessage& message);
  void forget(Found& found, Found::iterator at);
  void forget_found(Found& found);
  std::uint32_t exported() const { return static_cast<std::uint32_t>(installed_count_ + failed_.size()); }
  void count_exported() { channel_->exported = exported(); }
  void admit_held_back();

  rib::Rib& rib_;
  std::shared_ptr<rib::Channel> channel_;
  Netlink& netlink_;
  KernelOptions options_;
  bool prune_ = false;

  KernelRoutes routes_;
  std::vector<std::uint32_t> installed_;      // by NetId: id of the route in the kernel
  std::vector<std::uint8_t> flags_;           // by NetId:
  static constexpr std::uint8_t dirty_flag = 1,   // in dirty_
      seen_flag = 2,                              // the running scan has found it
      touched_flag = 4,                           // decided upon since the running scan began
      doubtful_flag = 8,                          // the kernel may hold something else of ours than installed_ says
      told_flag = 16,                             // dirty because the table said so, not because of the kernel
      held_back_flag = 32;                        // in held_back_
  std::deque<rib::NetId> dirty_, held_back_;      // held back: beyond the export limit, until others leave
  std::deque<Removal> removals_;
  std::size_t installed_count_ = 0;

  Found leftovers_;   // ours by number, but of a previous life or written by somebody else; wanted by nobody yet
  Found found_;       // leftovers_ to be, while a scan runs
  bool scanning_ = false, ready_ = false;     // ready: a first scan has told what is there

  std::map<proto::Prefix, Failure> failed_;   // nets that should be installed but are not
  std::vector<proto::Prefix> unconfirmed_;
  std::vector<Refusal> refusals_;
  bool conflict_ = false;

  RouteBatch batch_;
  std::vector<Sent> sent_;                    // by cookie of the batch
  filter::Edits edits_;
};

}  // namespace avocet::kernel
