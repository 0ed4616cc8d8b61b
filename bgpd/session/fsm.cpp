#include "bgpd/session/fsm.hpp"

namespace avocet::session {

namespace {

using enum Action;

constexpr std::uint8_t fsm_error = 5, hold_timer_expired = 4, cease = 6;

Transition refuse(std::uint8_t code, std::uint8_t subcode) {
  return {State::close, {stop_timers, send_notification, start_close_limit}, code, subcode};
}
Transition hang_up() { return {State::idle, {stop_timers, close_socket}}; }
Transition stay(State state) { return {state, {}}; }

/// RFC 4271 8.2.2, Idle: everything but a start or a new connection is ignored.
Transition idle(const Event& event) {
  switch (event.kind) {
    case EventKind::start: return {State::active, {start_connect_delay}};
    case EventKind::tcp_connected: return {State::open_sent, {stop_timers, send_open, start_startup_hold}};
    default: return stay(State::idle);
  }
}

/// Waiting for the connect delay.
Transition active(const Event& event) {
  switch (event.kind) {
    case EventKind::start: return stay(State::active);
    case EventKind::connect_timer: return {State::connect, {start_connect_retry, open_socket}};
    case EventKind::tcp_connected: return {State::open_sent, {stop_timers, send_open, start_startup_hold}};
    default: return hang_up();
  }
}

/// Waiting for TCP. After a failure the connect delay runs again, as in BIRD; RFC 4271 would wait for connect retry.
Transition connect(const Event& event) {
  switch (event.kind) {
    case EventKind::start: return stay(State::connect);
    case EventKind::tcp_connected: return {State::open_sent, {stop_timers, send_open, start_startup_hold}};
    case EventKind::tcp_failed: return {State::active, {stop_timers, close_socket, start_connect_delay}};
    case EventKind::connect_timer: return {State::connect, {close_socket, start_connect_retry, open_socket}};
    default: return hang_up();
  }
}

/// What the three states with a conversation have in common; `unexpected` is the RFC 6608 subcode.
Transition conversation(State state, const Event& event, std::uint8_t unexpected) {
  switch (event.kind) {
    case EventKind::start: return stay(state);
    case EventKind::written_out: return stay(state);
    case EventKind::tcp_failed:
    case EventKind::notification_received:
    case EventKind::stop_silently:
    case EventKind::send_hold_timer: return hang_up();  // RFC 9687: the peer does not read, so no NOTIFICATION
    case EventKind::hold_timer: return refuse(hold_timer_expired, 0);
    case EventKind::message_error: return refuse(event.code, event.subcode);
    case EventKind::stop: return refuse(cease, event.subcode);
    default: return refuse(fsm_error, unexpected);
  }
}

Transition open_sent(const Event& event) {
  switch (event.kind) {
    case EventKind::open_received: return {State::open_confirm, {send_keepalive, start_hold, start_keepalive}};
    default: return conversation(State::open_sent, event, 1);
  }
}

Transition open_confirm(const Event& event) {
  switch (event.kind) {
    case EventKind::keepalive_received: return {State::established, {start_hold}};
    case EventKind::keepalive_timer: return {State::open_confirm, {send_keepalive, start_keepalive}};
    default: return conversation(State::open_confirm, event, 2);
  }
}

Transition established(const Event& event) {
  switch (event.kind) {
    case EventKind::keepalive_received:
    case EventKind::update_received:
    case EventKind::refresh_received: return {State::established, {start_hold}};
    case EventKind::keepalive_timer: return {State::established, {send_keepalive, start_keepalive}};
    default: return conversation(State::established, event, 3);
  }
}

/// Our last NOTIFICATION is on its way; nothing the peer says counts any more.
Transition close(const Event& event) {
  switch (event.kind) {
    case EventKind::tcp_failed:
    case EventKind::hold_timer:
    case EventKind::send_hold_timer:
    case EventKind::stop_silently:
    case EventKind::written_out: return hang_up();
    default: return stay(State::close);
  }
}

}  // namespace

Transition next(State state, const Event& event) {
  switch (state) {
    case State::idle: return idle(event);
    case State::active: return active(event);
    case State::connect: return connect(event);
    case State::open_sent: return open_sent(event);
    case State::open_confirm: return open_confirm(event);
    case State::established: return established(event);
    case State::close: return close(event);
  }
  return hang_up();
}

const char* fsm_state_name(State state) {
  constexpr const char* names[state_count] = {"Idle", "Active", "Connect", "OpenSent", "OpenConfirm", "Established", "Close"};
  return names[static_cast<std::size_t>(state)];
}

}  // namespace avocet::session
