#include "bgpd/session/fsm.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

using namespace avocet::session;

namespace {

std::vector<Action> actions(const Transition& t) { return {t.begin(), t.end()}; }
bool has(const Transition& t, Action a) { return std::count(t.begin(), t.end(), a) > 0; }

std::vector<State> all_states() {
  std::vector<State> out;
  for (std::size_t i = 0; i < state_count; ++i) out.push_back(static_cast<State>(i));
  return out;
}
std::vector<EventKind> all_events() {
  std::vector<EventKind> out;
  for (std::size_t i = 0; i < event_kind_count; ++i) out.push_back(static_cast<EventKind>(i));
  return out;
}
bool conversing(State s) { return s == State::open_sent || s == State::open_confirm || s == State::established; }

}  // namespace

TEST_CASE("a session comes up: delay, connect, OPEN, KEEPALIVE") {
  auto active = next(State::idle, {EventKind::start});
  CHECK(active.state == State::active);
  CHECK(actions(active) == std::vector{Action::start_connect_delay});
  auto connect = next(State::active, {EventKind::connect_timer});
  CHECK(connect.state == State::connect);
  CHECK(has(connect, Action::open_socket));
  auto sent = next(State::connect, {EventKind::tcp_connected});
  CHECK(sent.state == State::open_sent);
  CHECK(actions(sent) == std::vector{Action::stop_timers, Action::send_open, Action::start_startup_hold});
  auto confirm = next(State::open_sent, {EventKind::open_received});
  CHECK(confirm.state == State::open_confirm);
  CHECK(actions(confirm) == std::vector{Action::send_keepalive, Action::start_hold, Action::start_keepalive});
  CHECK(next(State::open_confirm, {EventKind::keepalive_received}).state == State::established);
}

TEST_CASE("an accepted connection sends OPEN at once") {
  auto sent = next(State::idle, {EventKind::tcp_connected});
  CHECK(sent.state == State::open_sent);
  CHECK(has(sent, Action::send_open));
}

TEST_CASE("a refused connection waits for the connect delay again") {
  auto t = next(State::connect, {EventKind::tcp_failed});
  CHECK(t.state == State::active);
  CHECK(has(t, Action::close_socket));
  CHECK(has(t, Action::start_connect_delay));
}

TEST_CASE("every pair of state and event keeps the invariants") {
  for (auto state : all_states())
    for (auto kind : all_events()) {
      CAPTURE(static_cast<int>(state));
      CAPTURE(static_cast<int>(kind));
      auto t = next(state, {kind, 3, 1});
      // A NOTIFICATION is sent exactly when the conversation is closed, and then has a code.
      CHECK(has(t, Action::send_notification) == (t.code != 0));
      CHECK((t.state == State::close && state != State::close) == has(t, Action::send_notification));
      // Nothing is said to a peer that is not there.
      if (t.code) CHECK(conversing(state));
      // Falling to Idle closes the socket and stops the timers.
      if (t.state == State::idle && state != State::idle) {
        CHECK(has(t, Action::close_socket));
        CHECK(has(t, Action::stop_timers));
      }
      // Only a KEEPALIVE in OpenConfirm establishes.
      if (t.state == State::established && state != State::established) {
        CHECK(state == State::open_confirm);
        CHECK(kind == EventKind::keepalive_received);
      }
    }
}

TEST_CASE("RFC 6608: messages out of place name the state in the FSM error's subcode") {
  struct { State state; EventKind event; int subcode; } cases[] = {
      {State::open_sent, EventKind::keepalive_received, 1},   {State::open_sent, EventKind::update_received, 1},
      {State::open_confirm, EventKind::update_received, 2},   {State::open_confirm, EventKind::open_received, 2},
      {State::established, EventKind::open_received, 3}};
  for (auto& c : cases) {
    auto t = next(c.state, {c.event});
    CHECK(t.state == State::close);
    CHECK(t.code == 5);
    CHECK(t.subcode == c.subcode);
  }
}

TEST_CASE("the hold timer ends every conversation with NOTIFICATION 4/0") {
  for (auto state : {State::open_sent, State::open_confirm, State::established}) {
    auto t = next(state, {EventKind::hold_timer});
    CHECK(t.code == 4);
    CHECK(t.subcode == 0);
  }
}

TEST_CASE("stop sends Cease with the subcode asked for; without a conversation it just ends") {
  for (auto state : all_states()) {
    auto t = next(state, {EventKind::stop, 6, 2});
    CAPTURE(static_cast<int>(state));
    CHECK(t.code == (conversing(state) ? 6 : 0));
    if (conversing(state)) CHECK(t.subcode == 2);
  }
}

TEST_CASE("RFC 9687: a peer that does not read gets no NOTIFICATION") {
  auto t = next(State::established, {EventKind::send_hold_timer});
  CHECK(t.state == State::idle);
  CHECK(t.code == 0);
}

TEST_CASE("in Close nothing counts but the end of writing, of the connection or of patience") {
  for (auto kind : all_events()) {
    CAPTURE(static_cast<int>(kind));
    bool ends = kind == EventKind::written_out || kind == EventKind::tcp_failed || kind == EventKind::hold_timer ||
                kind == EventKind::send_hold_timer || kind == EventKind::stop_silently;
    CHECK((next(State::close, {kind}).state == State::idle) == ends);
  }
}

TEST_CASE("any message restarts the hold timer of an established session") {
  for (auto kind : {EventKind::keepalive_received, EventKind::update_received, EventKind::refresh_received})
    CHECK(actions(next(State::established, {kind})) == std::vector{Action::start_hold});
}
