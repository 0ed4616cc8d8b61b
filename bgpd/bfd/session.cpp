#include "bgpd/bfd/session.hpp"

#include <algorithm>

namespace avocet::bfd {
namespace {

using loop::TimePoint;
using proto::BfdDiagnostic;
using std::chrono::microseconds;

}  // namespace

Session::Session(std::uint32_t discriminator, const SessionOptions& options, std::minstd_rand& random)
    : discriminator_(discriminator), options_(options), random_(random) {
  min_tx_ = told_min_tx_ = options.idle_tx;
  min_rx_ = told_min_rx_ = options.min_rx;
  forget_neighbor();
}

/// Initial values of section 6.8.1.
void Session::forget_neighbor() {
  remote_ = {};
  remote_.state = BfdState::down;
  remote_.min_rx = 1;
  polling_ = poll_again_ = false;
}

void Session::start(TimePoint now) { schedule(now, true); }

/// Section 6.8.7: 75 to 100 % of the interval, with a multiplier of one at most 90 %.
loop::Duration Session::jittered(std::uint32_t interval) {
  auto most = options_.multiplier == 1 ? 900u : 1000u;
  std::uint64_t permille = std::uniform_int_distribution<std::uint32_t>(750, most)(random_);
  return microseconds(interval * permille / 1000);
}

std::uint64_t Session::detection_time() const {
  return std::uint64_t{std::max(min_rx_, remote_.min_tx)} * remote_.multiplier;
}

void Session::restart_detection() {
  expires_at_.reset();
  if (last_receive_) expires_at_ = *last_receive_ + microseconds(detection_time());
}

/// Begins or ends the periodic packets; `at_once`: the next one goes now, because it says something new.
void Session::schedule(TimePoint now, bool at_once) {
  bool waits = options_.passive && remote_.my_discriminator == 0;
  bool demanded = remote_.demand && !polling_ && state_ == BfdState::up && remote_.state == BfdState::up;
  if (waits || demanded || remote_.min_rx == 0) {
    transmit_at_.reset();
    last_transmit_.reset();
  } else if (at_once || !transmit_at_) {
    transmit_at_ = now;
  }
}

/// The interval has changed: the next packet is due by the new one, counted from the last.
void Session::reschedule(TimePoint now) {
  if (transmit_at_ && last_transmit_) transmit_at_ = std::max(now, *last_transmit_ + jittered(transmit_interval()));
}

void Session::transmitted(TimePoint now) {
  last_transmit_ = now;
  transmit_at_ = now + jittered(transmit_interval());
}

/// Section 6.5. One that is wanted while another runs follows it: an answer on its way may be to the other.
void Session::poll(TimePoint now) {
  if (remote_.my_discriminator == 0) return;  // nobody to ask
  if (std::exchange(polling_, true))
    poll_again_ = true;
  else
    schedule(now, true);
}

void Session::end_poll() {
  polling_ = std::exchange(poll_again_, false);
  if (polling_) return;
  min_tx_ = told_min_tx_;
  min_rx_ = told_min_rx_;
}

/// Section 6.8.3: while the session is up a longer interval holds when the neighbour has confirmed it.
bool Session::want_transmit(std::uint32_t interval, TimePoint now) {
  if (interval == told_min_tx_) return false;
  told_min_tx_ = interval;
  if (state_ != BfdState::up || interval < min_tx_) {
    min_tx_ = interval;
    reschedule(now);
  }
  return true;
}

/// Section 6.8.3: a shorter one, so that the neighbour is not taken for dead while it still sends slowly.
bool Session::want_receive(std::uint32_t interval) {
  if (interval == told_min_rx_) return false;
  told_min_rx_ = interval;
  if (state_ != BfdState::up || interval > min_rx_) {
    min_rx_ = interval;
    restart_detection();
  }
  return true;
}

void Session::enter(BfdState state, BfdDiagnostic diagnostic, TimePoint now, Outcome& outcome) {
  if (state == state_) return;
  outcome.left = std::exchange(state_, state);
  diagnostic_ = static_cast<std::uint8_t>(diagnostic);
  if (state != BfdState::up) min_rx_ = told_min_rx_;
  if (want_transmit(state == BfdState::up ? options_.min_tx : options_.idle_tx, now)) poll(now);
  // Section 6.8.7: news need not wait for their turn.
  schedule(now, true);
}

Session::Outcome Session::received(const proto::BfdPacket& packet, TimePoint now) {
  Outcome outcome;
  auto interval = transmit_interval();
  remote_ = packet;
  remote_.authentication.reset();  // points into the datagram
  if (polling_ && packet.final) end_poll();
  if (interval != transmit_interval()) reschedule(now);
  last_receive_ = now;
  restart_detection();
  outcome.answer = packet.poll;
  if (state_ == BfdState::admin_down) return outcome;

  // Section 6.8.6.
  if (packet.state == BfdState::admin_down) {
    if (state_ != BfdState::down) enter(BfdState::down, BfdDiagnostic::neighbor_down, now, outcome);
  } else if (state_ == BfdState::down) {
    if (packet.state == BfdState::down)
      enter(BfdState::init, BfdDiagnostic::none, now, outcome);
    else if (packet.state == BfdState::init)
      enter(BfdState::up, BfdDiagnostic::none, now, outcome);
  } else if (state_ == BfdState::init) {
    if (packet.state >= BfdState::init) enter(BfdState::up, BfdDiagnostic::none, now, outcome);
  } else if (packet.state == BfdState::down) {
    enter(BfdState::down, BfdDiagnostic::neighbor_down, now, outcome);
  }
  schedule(now, false);
  return outcome;
}

Session::Outcome Session::expired(TimePoint now) {
  Outcome outcome;
  forget_neighbor();
  last_receive_.reset();
  expires_at_.reset();
  if (state_ != BfdState::admin_down) enter(BfdState::down, BfdDiagnostic::time_expired, now, outcome);
  schedule(now, outcome.left.has_value());
  return outcome;
}

Session::Outcome Session::administer(bool down, TimePoint now) {
  Outcome outcome;
  if (down)
    enter(BfdState::admin_down, BfdDiagnostic::admin_down, now, outcome);
  else if (state_ == BfdState::admin_down)
    enter(BfdState::down, BfdDiagnostic::none, now, outcome);
  return outcome;
}

void Session::configure(const SessionOptions& options, TimePoint now) {
  bool told_anew = options.multiplier != options_.multiplier;
  options_ = options;
  bool asks = want_transmit(state_ == BfdState::up ? options.min_tx : options.idle_tx, now);
  asks |= want_receive(options.min_rx);
  if (asks) poll(now);
  schedule(now, told_anew);
}

proto::BfdPacket Session::packet(bool final) const {
  proto::BfdPacket packet;
  packet.state = state_;
  packet.diagnostic = diagnostic_;
  packet.final = final;
  packet.poll = polling_ && !final;
  packet.multiplier = options_.multiplier;
  packet.my_discriminator = discriminator_;
  packet.your_discriminator = remote_.my_discriminator;
  packet.min_tx = told_min_tx_;
  packet.min_rx = told_min_rx_;
  return packet;
}

}  // namespace avocet::bfd
