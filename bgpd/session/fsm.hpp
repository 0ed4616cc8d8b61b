#pragma once
/// The BGP state machine of one TCP connection, RFC 4271 section 8, with the error subcodes of RFC 6608. Pure and
/// total: every event has an answer in every state. It starts no timer and writes no byte; it asks for them.
/// As in BIRD a session runs two of them at most, one for the outgoing connection and one for an incoming one.
#include <array>
#include <cstdint>
#include <initializer_list>

namespace avocet::session {

enum class State : std::uint8_t { idle, active, connect, open_sent, open_confirm, established, close };
constexpr std::size_t state_count = 7;
const char* fsm_state_name(State state);  ///< "Idle", "OpenSent": RFC 4271 section 8.2.2

enum class EventKind : std::uint8_t {
  start,                  ///< connect on our own, after the connect delay
  tcp_connected,          ///< the outgoing attempt succeeded, or a connection was accepted
  tcp_failed,             ///< refused, lost, or ended by the peer
  connect_timer,          ///< connect delay or connect retry is over
  hold_timer,
  keepalive_timer,
  send_hold_timer,        ///< RFC 9687: the peer has not read for too long
  open_received,          ///< decoded and acceptable
  keepalive_received,
  update_received,
  refresh_received,
  notification_received,
  message_error,          ///< a message was refused: NOTIFICATION with the event's code and subcode
  stop,                   ///< NOTIFICATION Cease with the event's subcode, then end
  stop_silently,          ///< just close: graceful restart, connection no longer wanted
  written_out,            ///< everything, a last NOTIFICATION included, has left
};
constexpr std::size_t event_kind_count = 16;

struct Event {
  EventKind kind;
  std::uint8_t code = 0, subcode = 0;  ///< for message_error and stop
};

enum class Action : std::uint8_t {
  start_connect_delay,
  start_connect_retry,
  open_socket,        ///< begin to connect
  close_socket,
  stop_timers,
  send_open,
  send_keepalive,
  send_notification,  ///< with the transition's code and subcode
  start_startup_hold,
  start_hold,         ///< the negotiated time; not at all if that is zero
  start_keepalive,
  start_close_limit,  ///< how long the last NOTIFICATION may take
};

/// What to do, in order, and the state that holds afterwards.
struct Transition {
  State state;
  std::uint8_t code = 0, subcode = 0;
  std::uint8_t count = 0;
  std::array<Action, 4> actions{};

  Transition(State to, std::initializer_list<Action> what, std::uint8_t code_ = 0, std::uint8_t subcode_ = 0)
      : state(to), code(code_), subcode(subcode_) {
    for (auto action : what) actions[count++] = action;
  }
  const Action* begin() const { return actions.data(); }
  const Action* end() const { return actions.data() + count; }
};

Transition next(State state, const Event& event);

}  // namespace avocet::session
