/// What a session says of itself: BIRD's words for machines, a sentence for people.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "bgpd/session/peer.hpp"

namespace avocet::session {

namespace {

double seconds(loop::Duration duration) { return std::chrono::duration<double>(duration).count(); }

std::optional<SessionStatus::Timer> timer(const loop::Timer& source) {
  if (!source.running()) return std::nullopt;
  return SessionStatus::Timer{seconds(source.left()), seconds(source.full())};
}

std::optional<SessionStatus::Timer> timer(const std::unique_ptr<loop::Timer>& source) {
  return source ? timer(*source) : std::nullopt;
}

BgpState public_state(State state) {
  switch (state) {
    case State::idle: return BgpState::idle;
    case State::active: return BgpState::active;
    case State::connect: return BgpState::connect;
    case State::open_sent: return BgpState::open_sent;
    case State::open_confirm: return BgpState::open_confirm;
    case State::established: return BgpState::established;
    case State::close: return BgpState::close;
  }
  return BgpState::idle;
}

std::string again_in(const std::optional<SessionStatus::Timer>& timer) {
  return timer ? fmt::format("; again in {:.0f} s", std::ceil(timer->left)) : std::string();
}

}  // namespace

const char* state_name(BgpState state) {
  static constexpr const char* names[] = {"Down",     "Idle",        "Connect",     "Active", "Passive",
                                          "OpenSent", "OpenConfirm", "Established", "Close"};
  return names[static_cast<std::size_t>(state)];
}

const Connection* Peer::shown_connection() const {
  const Connection* shown = nullptr;
  for (auto* connection : {outgoing_.get(), incoming_.get()})
    if (connection && (!shown || connection->state() > shown->state())) shown = connection;
  return shown;
}

SessionSummary Peer::summary() const {
  SessionSummary summary;
  if (phase_ == Phase::down)
    summary.state = BgpState::down;
  else if (auto* shown = shown_connection())
    summary.state = public_state(shown->state());
  else if (phase_ == Phase::running && (options_.passive || options_.range))
    summary.state = BgpState::passive;
  summary.passive_wait = summary.state == BgpState::passive;
  summary.last_error = last_error_.text();
  return summary;
}

SessionStatus Peer::status() const {
  SessionStatus status{summary()};
  auto* shown = shown_connection();
  status.neighbor_address = options_.remote_address;
  status.source_address = options_.local_address;
  status.interface = options_.interface;
  status.neighbor_port = options_.remote_port;
  status.neighbor_as = options_.remote_as;
  status.local_as = options_.local_as;
  status.multihop = options_.multihop;
  status.rr_client = options_.rr_client;
  status.rs_client = options_.rs_client;
  if (shown) {
    bool opened = shown->has_opens() && shown->state() >= State::open_confirm && shown->theirs().router_id;
    if (shown->has_opens()) status.local_capabilities = shown->ours().capabilities;
    if (opened) {
      auto& common = shown->negotiated();
      status.neighbor_as = shown->theirs().asn;
      status.neighbor_id = shown->theirs().router_id;
      status.neighbor_capabilities = shown->theirs().capabilities;
      status.negotiated = common;
      status.as4 = common.as4;
      status.extended_messages = common.extended_messages;
      status.add_path_receive = common.ipv4.add_path_receive || common.ipv6.add_path_receive;
      status.add_path_send = common.ipv4.add_path_send || common.ipv6.add_path_send;
      status.source_address = shown->local_address();
    }
    if (auto left = timer(shown->hold_timer()); left && shown->state() == State::established) status.hold = left;
    status.keepalive = timer(shown->keepalive_timer());
    if (status.hold) status.hold->full = shown->times().hold;
    if (status.keepalive) status.keepalive->full = shown->times().keepalive;
    status.send_hold = timer(shown->send_hold_timer());
    if (shown->state() == State::active) status.connect_delay = timer(shown->connect_timer());
    if (shown->state() == State::connect) status.connect_retry = timer(shown->connect_timer());
    if (status.connect_delay) status.connect_delay->full = options_.connect_delay_time;
    if (status.connect_retry) status.connect_retry->full = options_.connect_retry_time;
  }
  status.internal = status.neighbor_as ? status.neighbor_as == options_.local_as : options_.internal_peer;
  status.error_wait = timer(error_wait_);
  status.gr_restart = timer(restart_timer_);
  status.gr_stale = timer(long_lived_timer_);
  status.established_at = established_at_;
  status.messages_in = messages_in_;
  status.messages_out = messages_out_;
  status.updates_in = updates_in_;
  status.updates_out = updates_out_;
  status.bytes_in = bytes_in_;
  status.bytes_out = bytes_out_;
  status.sessions = sessions_;
  status.why = why(status);
  return status;
}

std::string Peer::why(const SessionStatus& status) const {
  auto peer = fmt::format("{}:{}", options_.remote_address.text(), options_.remote_port);
  switch (phase_) {
    case Phase::down:
      return protocol_->message.empty() ? (last_error_ ? "disabled: " + last_error_.text() : "disabled")
                                        : fmt::format("disabled: {}", protocol_->message);
    case Phase::stopping: return "closing";
    case Phase::waiting: return missing_neighbor() ? missing_neighbor() : "";
    case Phase::delayed: {
      auto detail = last_error_.detail.empty() ? std::string() : " (" + last_error_.detail + ")";
      auto what = last_error_.kind == ErrorClass::received ? "they sent: " : "we refused: ";
      auto text = last_error_.text();
      if (auto colon = text.find(": "); colon != std::string::npos) text.erase(0, colon + 2);
      return what + text + detail + again_in(status.error_wait);
    }
    case Phase::running: break;
  }
  switch (status.state) {
    case BgpState::established: return {};
    case BgpState::passive: return options_.range ? "listening for peers in " + options_.range->text()
                                                  : "waiting for " + options_.remote_address.text() + " to connect";
    case BgpState::connect: return "connecting to " + peer;
    case BgpState::active:
      if (last_error_.kind == ErrorClass::socket && last_error_.code) {
        std::string reason = std::strerror(last_error_.code);
        if (!reason.empty()) reason[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(reason[0])));
        return fmt::format("connect to {}: {}{}", peer, reason, again_in(status.connect_delay));
      }
      if (last_error_) return last_error_.text() + again_in(status.connect_delay);
      return fmt::format("connects to {} in {:.0f} s", peer, status.connect_delay ? std::ceil(status.connect_delay->left) : 0);
    case BgpState::open_sent: return "waiting for OPEN from " + peer;
    case BgpState::open_confirm: return "waiting for KEEPALIVE from " + peer;
    default: return last_error_.text();
  }
}

}  // namespace avocet::session
