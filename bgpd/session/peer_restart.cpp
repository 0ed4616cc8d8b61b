/// Graceful restart as the helper (RFC 4724 section 4.2), long-lived graceful restart (RFC 9494), and how far our own
/// restart has come (RFC 4724 section 4.1).
#include <fmt/format.h>

#include <algorithm>

#include "bgpd/observe/log.hpp"
#include "bgpd/session/peer.hpp"

namespace avocet::session {

/// Only what the peer does not intend keeps routes: a lost connection, with LLGR its silence (BIRD does the same), with
/// RFC 8538 every NOTIFICATION but a Hard Reset.
bool Peer::may_keep_routes(const Connection& connection) const {
  if (options_.graceful_restart == GracefulRestart::off || !connection.has_opens()) return false;
  auto& theirs = connection.theirs().capabilities;
  if (!theirs.graceful_restart) return false;
  auto& error = connection.error();
  bool silence = error.kind == ErrorClass::sent && error.code == 4 && theirs.long_lived && understands_long_lived(options_);
  bool dropped = error.kind == ErrorClass::socket || !error;
  bool notified = (error.kind == ErrorClass::received || error.kind == ErrorClass::sent) &&
                  connection.notifications_keep_routes() && !connection.hard_reset();
  if (!silence && !dropped && !notified) return false;
  return std::any_of(channels_.begin(), channels_.end(), [&](auto& channel) {
    auto family = channel.options.channel.family;
    return connection.negotiated().of(family).active &&
           (theirs.of(family).graceful_restart || theirs.of(family).long_lived);
  });
}

/// How long the peer may take to come back: what it said, within our bounds.
std::uint32_t Peer::kept_seconds(const Connection& connection) const {
  return std::clamp(connection.theirs().capabilities.restart_time, options_.min_graceful_restart_time,
                    options_.max_graceful_restart_time);
}

void Peer::keep_routes(const Connection& connection) {
  auto& theirs = connection.theirs().capabilities;
  for (auto& channel : channels_) {
    auto& family = theirs.of(channel.options.channel.family);
    channel.long_lived_seconds = 0;
    if (family.long_lived && understands_long_lived(options_))
      channel.long_lived_seconds = std::clamp(family.long_lived_stale_time, options_.min_long_lived_stale_time,
                                              options_.max_long_lived_stale_time);
    if (!family.graceful_restart && channel.long_lived_seconds == 0) continue;  // session_down flushes it
    if (channel.stale == Stale::long_lived) continue;
    channel.stale = Stale::restarting;
    channel.channel->mark_stale();
  }
  session_down(true);
  restart_timer_ = std::make_unique<loop::Timer>(bench_.timers, [this] { restart_time_over(); });
  restart_timer_->start(std::chrono::seconds(kept_seconds(connection)));
}

/// RFC 9494 section 4.3: what is still stale becomes a last resort, or goes.
void Peer::restart_time_over() {
  std::uint32_t longest = 0;
  for (auto& channel : channels_) {
    if (channel.stale != Stale::restarting) continue;
    if (channel.long_lived_seconds == 0) {
      forget_stale(channel);
      continue;
    }
    channel.stale = Stale::long_lived;
    channel.channel->mark_long_lived_stale();
    longest = std::max(longest, channel.long_lived_seconds);
  }
  bench_.log.info(where(), fmt::format("graceful restart timed out peer={} long_lived={}s",
                                       options_.remote_address.text(), longest));
  if (longest == 0) {
    if (hooks_.quiet && quiet()) hooks_.quiet();
    return;
  }
  long_lived_timer_ = std::make_unique<loop::Timer>(bench_.timers, [this] { long_lived_over(); });
  long_lived_timer_->start(std::chrono::seconds(longest));
}

void Peer::long_lived_over() {
  for (auto& channel : channels_)
    if (channel.stale == Stale::long_lived) forget_stale(channel);
  if (hooks_.quiet && quiet()) hooks_.quiet();
}

void Peer::forget_stale(PeerChannel& channel) {
  channel.stale = Stale::no;
  if (established_)
    channel.channel->sweep();
  else
    channel.channel->flush();
}

/// The peer is back: families it did not preserve are flushed at once, the others wait for End-of-RIB.
void Peer::resume_routes(const Connection& connection) {
  if (restart_timer_) restart_timer_->stop();
  auto& theirs = connection.theirs().capabilities;
  for (auto& channel : channels_) {
    if (channel.stale == Stale::no) continue;
    auto family = channel.options.channel.family;
    auto& offered = theirs.of(family);
    bool preserved = connection.negotiated().of(family).active &&
                     (offered.graceful_forwarding ||
                      (channel.stale == Stale::long_lived && offered.long_lived_forwarding));
    if (preserved) continue;
    channel.stale = Stale::no;
    channel.channel->flush();
  }
}

bool Peer::holds_up_recovery() const {
  if (options_.graceful_restart != GracefulRestart::on || options_.range) return false;
  if (phase_ == Phase::down || phase_ == Phase::stopping || phase_ == Phase::delayed) return false;
  if (!established_) {
    // One that cannot be reached now will not tell us anything soon; BIRD would wait for it all the same.
    return !attempt_failed_;
  }
  auto& theirs = established_->theirs().capabilities;
  if (!theirs.graceful_restart || theirs.restart_state) return false;  // RFC 4724: those that restart too do not count
  return std::any_of(channels_.begin(), channels_.end(), [&](auto& channel) {
    return established_->negotiated().of(channel.options.channel.family).active && !channel.end_of_rib;
  });
}

}  // namespace avocet::session
