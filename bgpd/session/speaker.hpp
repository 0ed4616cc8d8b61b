#pragma once
/// All BGP sessions: peers, listeners, what they say of themselves.
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bgpd/announce/group.hpp"
#include "bgpd/rib/rib.hpp"
#include "bgpd/session/options.hpp"
#include "bgpd/session/record.hpp"
#include "proto/capability.hpp"
#include "proto/message.hpp"

namespace boost::asio { class io_context; }

namespace avocet::observe { class Log; }
namespace avocet::bfd { class Bfd; }

namespace avocet::session {

class Witness;

/// BIRD's words for the info column and "BGP state:".
enum class BgpState : std::uint8_t { down, idle, connect, active, passive, open_sent, open_confirm, established, close };
const char* state_name(BgpState state);  ///< "Idle", "OpenSent", ...

/// What the row of `show protocols` tells of a session.
struct SessionSummary {
  BgpState state = BgpState::idle;
  bool passive_wait = false;
  std::string last_error;        ///< "Socket: Connection refused", "Received: Administrative shutdown", "" if none
};

/// A snapshot of one session for `show protocols all` and bgpctl; made on demand.
struct SessionStatus : SessionSummary {
  std::string why;               ///< a sentence for bgpctl: "connect to 10.0.0.7:179: connection refused; again in 4 s"
  proto::Address neighbor_address, source_address;
  std::string interface;
  std::uint16_t neighbor_port = 179;
  std::uint32_t neighbor_as = 0, local_as = 0, neighbor_id = 0;
  bool internal = false, multihop = false, rr_client = false, rs_client = false, as4 = false, add_path_receive = false,
       add_path_send = false, extended_messages = false;
  std::optional<proto::Capabilities> local_capabilities, neighbor_capabilities;  ///< once OPENs were exchanged
  std::optional<proto::Negotiated> negotiated;
  // timers: remaining and full time in seconds; unset when not running
  struct Timer { double left = 0; double full = 0; };
  std::optional<Timer> hold, keepalive, send_hold, connect_retry, connect_delay, error_wait, gr_restart, gr_stale;
  std::optional<std::chrono::system_clock::time_point> established_at;
  std::uint64_t messages_in = 0, messages_out = 0, updates_in = 0, updates_out = 0, bytes_in = 0, bytes_out = 0;
  std::uint64_t sessions = 0;    ///< how often Established was reached
};

/// Owns every protocol bgp instance. Uses the loop's io_context; never blocks.
class Speaker {
 public:
  /// `bfd`, if there is one, outlives the speaker.
  Speaker(boost::asio::io_context& io, rib::Rib& rib, announce::Announcer& announcer, observe::Log& log, bfd::Bfd* bfd = nullptr);
  ~Speaker();
  Speaker(const Speaker&) = delete;

  /// Adds an instance (its rib::Protocol appears in Rib); started unless disabled. Dynamic peers of a range are added by
  /// the speaker itself.
  void add(BgpOptions options, const std::vector<ListenOptions>& listen);
  /// NOTIFICATION Cease with `subcode` (3 peer de-configured), routes flushed, instance forgotten.
  void remove(const std::string& name, std::uint8_t cease_subcode);
  void retune(const std::string& name, BgpOptions options, Retune what);
  /// The instance goes on under another name.
  void rename(const std::string& from, const std::string& to);
  /// Who records what protocols with `mrtdump` live through; null: nobody. Outlives the speaker, or is taken back.
  void set_witness(Witness* witness);
  /// Called when a session is established, before its first route is taken, and when it ends, before its routes go.
  void on_sessions(std::function<void(const rib::Protocol&)> up, std::function<void(const rib::Protocol&, const SessionEnd&)> down);
  /// Of an established session.
  std::optional<SessionRecord> record(const std::string& name) const;
  void set_listen(const std::vector<ListenOptions>& listen);

  // birdc's commands; false if there is no such instance or it is in that state already
  bool enable(const std::string& name);
  bool disable(const std::string& name, const std::string& message);
  bool restart(const std::string& name, const std::string& message);
  /// `reload in`: refilter from memory, or ask the peer for a route refresh; `reload out`: announce all again.
  bool reload(const std::string& name, bool in, bool out);

  std::optional<SessionStatus> status(const std::string& name) const;
  std::optional<SessionSummary> summary(const std::string& name) const;
  const BgpOptions* options(const std::string& name) const;
  /// The export side of an established channel, for show route export and exported; nullptr if none.
  const announce::Member* member(const std::string& name, proto::Family family) const;

  /// Graceful-restart recovery (-R): no End-of-RIB and no own EoR before `done`; see reference 8.7.
  void begin_recovery(std::chrono::seconds wait, std::function<void()> done);
  bool recovering() const;
  /// Names of instances the recovery still waits for, and seconds left.
  std::vector<std::string> recovery_waits_for() const;
  std::uint32_t recovery_seconds_left() const;

  /// Orderly end: Cease to everyone (unless graceful), then calls `done` when all is written, at most `limit` later.
  void shutdown(bool graceful, std::chrono::milliseconds limit, std::function<void()> done);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace avocet::session
