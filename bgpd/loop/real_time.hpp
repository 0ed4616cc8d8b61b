#pragma once
/// A timer queue on the real clock, driven by the event loop with one operating-system timer for all.
#include <memory>

#include "bgpd/loop/timer.hpp"

namespace boost::asio { class io_context; }

namespace avocet::loop {

class RealTime {
 public:
  explicit RealTime(boost::asio::io_context& io);
  ~RealTime();
  RealTime(const RealTime&) = delete;

  TimerQueue& timers();
  const Clock& clock() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace avocet::loop
