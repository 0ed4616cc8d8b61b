#pragma once
/// One TCP connection of a session: carries out what the state machine asks for. Sockets and timers only; what the
/// messages mean for routes is its owner's business.
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bgpd/loop/descriptor.hpp"
#include "bgpd/session/error.hpp"
#include "bgpd/session/fsm.hpp"
#include "bgpd/session/negotiated.hpp"
#include "bgpd/session/transmit.hpp"
#include "bgpd/session/workbench.hpp"

namespace avocet::session {

class Connection;

/// The session behind a connection.
class ConnectionOwner {
 public:
  virtual ~ConnectionOwner() = default;
  virtual const BgpOptions& options() const = 0;
  /// Seconds before the next attempt to connect.
  virtual std::uint32_t connect_delay() const = 0;
  /// A socket that is connecting, or -errno.
  virtual int connect_socket() = 0;
  virtual Before before() const = 0;
  virtual bool with_capabilities() const = 0;
  /// Acceptable as far as this connection goes; decides about collisions. The reason is for NOTIFICATION code 2 or 6.
  virtual void open_received(Connection& connection) = 0;
  /// The state machine has moved on; what that asks for is still to be done.
  virtual void state_entered(const Connection& connection, State from) = 0;
  /// ... and is done.
  virtual void state_changed(Connection& connection, State from) = 0;
  /// A whole message with its header, before it is acted on.
  virtual void message_received(const Connection& connection, proto::MessageType type, proto::Bytes message) = 0;
  virtual proto::Decoded<void> update_received(Connection& connection, proto::Bytes body) = 0;
  virtual void refresh_received(Connection& connection, const proto::RouteRefresh& refresh) = 0;
  /// Appends routes to write next, nothing if there are none.
  virtual void take_output(std::vector<announce::Chunk>& chunks) = 0;
  /// What is sent counts as messages when it is queued (UPDATEs when written), and as bytes when it is written.
  virtual void count_sent(proto::MessageType type, std::size_t bytes, std::size_t count) = 0;
};

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(ConnectionOwner& owner, Workbench& bench, bool outgoing);

  void start() { handle({EventKind::start}); }
  /// Takes an accepted socket.
  void adopt(int fd);
  void handle(const Event& event);
  /// Ends with a NOTIFICATION; `detail` is for the log.
  void refuse(std::uint8_t code, std::uint8_t subcode, std::vector<std::uint8_t> data, std::string detail);
  /// Cease, RFC 4486; `data` may hold an RFC 9003 text. Routes shall go: it is a Hard Reset where that makes a
  /// difference.
  void stop(std::uint8_t subcode, std::vector<std::uint8_t> data = {});
  void send_refresh(proto::Family family);
  /// The owner's options have changed: a new password, and times that are ours alone, hold at once.
  void retune(bool new_password, std::uint32_t scope);
  /// There are routes to write.
  void wake();

  State state() const { return state_; }
  bool outgoing() const { return outgoing_; }
  const SessionError& error() const { return error_; }
  /// The peer's last word was a Hard Reset, RFC 8538 section 3.1; `error` is what it says inside.
  bool hard_reset() const { return hard_reset_; }
  /// Both sides keep routes over a NOTIFICATION that is no Hard Reset.
  bool notifications_keep_routes() const {
    return open_ && open_->ours.capabilities.restart_notification && open_->theirs.capabilities.restart_notification;
  }
  /// What OPENs said; theirs only from OpenConfirm on.
  const proto::Open& ours() const { return open_->ours; }
  const proto::Open& theirs() const { return open_->theirs; }
  /// Both OPENs, and the NOTIFICATION that ended it (empty if none did), as whole messages.
  std::vector<std::uint8_t> sent_open() const;
  const std::vector<std::uint8_t>& received_open() const { return open_->received; }
  const std::vector<std::uint8_t>& last_notification() const { return last_notification_; }
  std::pair<std::uint16_t, std::uint16_t> ports() const;  ///< ours and theirs, while connected
  bool has_opens() const { return open_ != nullptr; }
  const proto::Negotiated& negotiated() const { return open_->negotiated; }
  const SessionTimes& times() const { return times_; }
  const proto::Address& local_address() const { return local_; }
  bool connected() const { return descriptor_ != nullptr; }  ///< or connecting
  loop::TimePoint opened_at() const { return opened_at_; }  ///< when our OPEN was sent
  const loop::Timer& connect_timer() const { return connect_timer_; }
  const loop::Timer& hold_timer() const { return hold_timer_; }
  const loop::Timer& keepalive_timer() const { return keepalive_timer_; }
  const loop::Timer& send_hold_timer() const { return send_hold_timer_; }

 private:
  struct Opens {
    proto::Open ours, theirs;
    std::vector<std::uint8_t> received;  // theirs as it came
    proto::Negotiated negotiated;
    bool with_capabilities = true;
  };

  void perform(Action action, const Transition& transition);
  void open_socket();
  void connect_finished();
  void close_socket();
  void lost(int error_number);
  void send_open();
  void wait_readable();
  void read();
  std::size_t take_messages(std::span<const std::uint8_t> bytes);
  void message(proto::MessageType type, proto::Bytes body);
  void refused(const proto::DecodeError& error, proto::Bytes message);
  void hold_expired();
  void flush();

  ConnectionOwner& owner_;
  Workbench& bench_;
  const bool outgoing_;
  State state_ = State::idle;
  bool hard_reset_ = false;
  bool handling_ = false, wants_flush_ = false, wake_posted_ = false;
  std::unique_ptr<loop::Descriptor> descriptor_;
  proto::Address local_;
  loop::TimePoint opened_at_{};
  loop::Timer connect_timer_, hold_timer_, keepalive_timer_, send_hold_timer_;
  Transmit transmit_;
  std::vector<std::uint8_t> partial_;  // of a message that has not come whole
  std::unique_ptr<Opens> open_;
  SessionTimes times_;
  std::vector<std::uint8_t> notification_data_, last_notification_;
  SessionError error_;
};

}  // namespace avocet::session
