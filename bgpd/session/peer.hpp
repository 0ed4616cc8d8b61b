#pragma once
/// One `protocol bgp`: its connections, its channels, and what happens to its routes when it comes and goes.
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bgpd/bfd/bfd.hpp"
#include "bgpd/session/connection.hpp"
#include "bgpd/session/import.hpp"
#include "bgpd/session/speaker.hpp"
#include "bgpd/session/witness.hpp"

namespace avocet::session {

/// Where the instance stands, apart from its connections.
enum class Phase : std::uint8_t {
  down,      ///< disabled
  waiting,   ///< for the neighbour's interface
  delayed,   ///< error wait
  running,   ///< connecting, listening, established
  stopping,  ///< a last NOTIFICATION is being written
};

/// Events the speaker acts on.
struct PeerHooks {
  std::function<void()> recovery_progress;  ///< something that graceful-restart recovery waits for may have happened
  std::function<void()> stopped;            ///< reached Phase::down
  std::function<void()> quiet;              ///< has no connection and keeps no routes: the end of a dynamic instance
};

class Peer final : public ConnectionOwner {
 public:
  Peer(Workbench& bench, BgpOptions options, PeerHooks hooks);
  ~Peer() override;
  Peer(const Peer&) = delete;

  const BgpOptions& options() const override { return options_; }
  rib::Protocol& protocol() { return *protocol_; }
  const rib::Protocol& protocol() const { return *protocol_; }
  Phase phase() const { return phase_; }
  bool quiet() const;

  void start();
  /// Cease with the subcode; RFC 9003 text for those that have one. Routes are flushed at once.
  void stop(std::uint8_t cease_subcode, const std::string& message);
  /// As an operator's `disable`: stays down until `start`.
  void disable(const std::string& message);
  /// Closes without a NOTIFICATION where the peer will keep our routes meanwhile (RFC 4724); `stop` ends the rest.
  void close_for_restart();
  void restart(std::uint8_t cease_subcode, const std::string& message);
  void retune(BgpOptions options, Retune what);
  void rename(const std::string& name);
  void reload(bool in, bool out);
  /// An accepted connection; false: not wanted now (the caller closes it).
  bool accept(int fd);
  void interfaces_changed();
  /// There is no listening socket for the neighbour's family.
  void nobody_can_connect() { note(SessionError::local(LocalError::no_listening_socket)); }

  SessionStatus status() const;
  std::optional<SessionRecord> record() const;  ///< while established
  SessionSummary summary() const;
  const announce::Member* member(proto::Family family) const;

  // Graceful-restart recovery, RFC 4724 section 4.1.
  bool holds_up_recovery() const;
  void recovery_done();

  /// "interface of a link-local neighbour or device", 0 if none or unknown.
  std::uint32_t scope() const;

  // ConnectionOwner
  std::uint32_t connect_delay() const override;
  int connect_socket() override;
  Before before() const override;
  bool with_capabilities() const override { return options_.capabilities && !without_capabilities_; }
  void open_received(Connection& connection) override;
  void state_entered(const Connection& connection, State from) override;
  void state_changed(Connection& connection, State from) override;
  void message_received(const Connection& connection, proto::MessageType type, proto::Bytes message) override;
  proto::Decoded<void> update_received(Connection& connection, proto::Bytes body) override;
  void refresh_received(Connection& connection, const proto::RouteRefresh& refresh) override;
  void take_output(std::vector<announce::Chunk>& chunks) override;
  void count_sent(proto::MessageType type, std::size_t bytes, std::size_t count) override;

 private:
  enum class Stale : std::uint8_t { no, restarting, long_lived };
  struct PeerChannel {
    BgpChannelOptions options;
    std::shared_ptr<rib::Channel> channel;
    std::unique_ptr<announce::Member> member;
    bool end_of_rib = false;  // received in this session
    Stale stale = Stale::no;  // routes of the session before are kept
    std::uint32_t long_lived_seconds = 0;
  };

  // peer.cpp: coming and going
  void begin();
  void decide();
  void release(Connection& connection);
  void stop_connections(std::uint8_t cease_subcode, const std::vector<std::uint8_t>& data);
  void finish_stopping();
  void after_error();
  void lost(const Connection& connection);
  const char* missing_neighbor() const;
  /// Keeps our wish to have the neighbour watched in step with phase, options and interfaces.
  void update_bfd();
  void bfd_told(const bfd::News& news);
  void on_limit(rib::LimitKind kind, const rib::Limit& limit);
  void note(const SessionError& error);
  bool has_connections() const { return outgoing_ || incoming_; }

  // peer_routes.cpp: routes in and out
  void open_channels();
  void close_channels();
  void session_up(Connection& connection);
  void session_down(bool keep_routes);
  void join(PeerChannel& channel);
  rib::SourceFacts facts(const PeerChannel& channel) const;
  announce::ExportOptions export_options(const PeerChannel& channel) const;
  void import(std::span<const proto::Nlri> nets, proto::AttributeBlock& attributes);
  void end_of_rib(PeerChannel& channel);
  void ask_again(PeerChannel& channel);
  PeerChannel* find(proto::Family family);

  // peer_restart.cpp: RFC 4724 and RFC 9494, the helping side
  bool may_keep_routes(const Connection& connection) const;
  std::uint32_t kept_seconds(const Connection& connection) const;
  void keep_routes(const Connection& connection);
  void restart_time_over();
  void long_lived_over();
  void resume_routes(const Connection& connection);
  void forget_stale(PeerChannel& channel);

  // peer_record.cpp: what `mrtdump` records
  Scene scene(const Connection& connection) const;
  static SessionEnd end_of(const Connection& connection);
  bool has_path_ids(const Connection& connection, proto::MessageType type, proto::Bytes message) const;

  std::string why(const SessionStatus& status) const;  // status.cpp
  const Connection* shown_connection() const;          // the one that has come further, as in BIRD; status.cpp
  void trace(std::uint32_t bit, const std::string& text) const;
  void trace_message(bool in, proto::MessageType type, std::size_t bytes, std::size_t count) const;
  std::string where() const { return "bgp " + options_.protocol.name; }

  Workbench& bench_;
  BgpOptions options_;
  PeerHooks hooks_;
  std::shared_ptr<rib::Protocol> protocol_;
  std::vector<PeerChannel> channels_;
  Phase phase_ = Phase::down;
  bool start_after_stop_ = false;
  bool without_capabilities_ = false;  // the peer refused our OPEN for them
  std::shared_ptr<Connection> outgoing_, incoming_;
  Connection* established_ = nullptr;
  ImportRules rules_;
  SessionError last_error_;
  std::uint32_t error_wait_seconds_ = 0;
  std::optional<loop::TimePoint> last_protocol_error_;
  loop::TimePoint started_at_{};
  std::unique_ptr<bfd::Request> bfd_request_;
  std::unique_ptr<loop::Timer> error_wait_, restart_timer_, long_lived_timer_;
  std::optional<std::chrono::system_clock::time_point> established_at_;
  std::uint64_t messages_in_ = 0, messages_out_ = 0, updates_in_ = 0, updates_out_ = 0, bytes_in_ = 0, bytes_out_ = 0,
                sessions_ = 0;
  bool tried_ = false;           // an attempt has ended since start
  bool attempt_failed_ = false;  // for lack of a peer, since start or since the session was established
  proto::Address checked_next_hop_;  // the last one found not to be our own
};

}  // namespace avocet::session
