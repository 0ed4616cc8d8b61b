#pragma once
/// The BFD state machine of one session, RFC 5880 section 6.8: packets and times in, what is due out. It sends nothing
/// and starts no timer: whoever runs it asks after each event when the next packet and the end of the detection time
/// are due.
#include <cstdint>
#include <optional>
#include <random>

#include "bgpd/bfd/options.hpp"
#include "bgpd/loop/clock.hpp"
#include "proto/bfd.hpp"

namespace avocet::bfd {

using proto::BfdState;

class Session {
 public:
  /// `discriminator`: ours, not zero. `random` is for jitter and outlives the session.
  Session(std::uint32_t discriminator, const SessionOptions& options, std::minstd_rand& random);

  /// What an event asks for beside the times below.
  struct Outcome {
    bool answer = false;           ///< send `packet(true)` now: a poll was received
    std::optional<BfdState> left;  ///< the state before, if it changed
  };
  void start(loop::TimePoint now);
  /// A packet for this session that is well-formed and authentic.
  Outcome received(const proto::BfdPacket& packet, loop::TimePoint now);
  /// The detection time is over.
  Outcome expired(loop::TimePoint now);
  /// The packet that was due has been sent.
  void transmitted(loop::TimePoint now);
  /// Into AdminDown, or from there to Down.
  Outcome administer(bool down, loop::TimePoint now);
  /// Other intervals are agreed on by a poll sequence; the session stays (section 6.8.3).
  void configure(const SessionOptions& options, loop::TimePoint now);

  /// What would be sent now; `final` answers a poll.
  proto::BfdPacket packet(bool final) const;
  std::optional<loop::TimePoint> transmit_at() const { return transmit_at_; }
  std::optional<loop::TimePoint> expires_at() const { return expires_at_; }

  // RFC 5880 section 6.8.1, for those who look.
  BfdState state() const { return state_; }
  BfdState remote_state() const { return remote_.state; }
  std::uint8_t diagnostic() const { return diagnostic_; }
  std::uint8_t remote_diagnostic() const { return remote_.diagnostic; }
  std::uint32_t discriminator() const { return discriminator_; }
  std::uint32_t remote_discriminator() const { return remote_.my_discriminator; }
  std::uint32_t min_tx() const { return min_tx_; }  ///< in force, microseconds as all intervals
  std::uint32_t min_rx() const { return min_rx_; }
  std::uint8_t multiplier() const { return options_.multiplier; }
  const proto::BfdPacket& remote() const { return remote_; }  ///< what the neighbour said last
  bool polling() const { return polling_; }
  std::uint32_t transmit_interval() const { return std::max(min_tx_, remote_.min_rx); }  ///< before jitter
  std::uint64_t detection_time() const;
  const SessionOptions& options() const { return options_; }

 private:
  void forget_neighbor();
  void enter(BfdState state, proto::BfdDiagnostic diagnostic, loop::TimePoint now, Outcome& outcome);
  // True if the neighbour has to hear of it.
  bool want_transmit(std::uint32_t interval, loop::TimePoint now);
  bool want_receive(std::uint32_t interval);
  void poll(loop::TimePoint now);
  void end_poll();
  void schedule(loop::TimePoint now, bool at_once);
  void reschedule(loop::TimePoint now);
  void restart_detection();
  loop::Duration jittered(std::uint32_t interval);

  const std::uint32_t discriminator_;
  SessionOptions options_;
  std::minstd_rand& random_;
  BfdState state_ = BfdState::down;
  std::uint8_t diagnostic_ = 0;
  proto::BfdPacket remote_;
  std::uint32_t min_tx_, min_rx_;            ///< in force
  std::uint32_t told_min_tx_, told_min_rx_;  ///< in our packets; the same but for a poll sequence
  bool polling_ = false, poll_again_ = false;
  std::optional<loop::TimePoint> last_transmit_, last_receive_, transmit_at_, expires_at_;
};

}  // namespace avocet::bfd
