#pragma once
/// A slice of time that work may use up before sockets and timers are looked at again.
#include "bgpd/loop/clock.hpp"

namespace avocet::loop {

class Budget {
 public:
  Budget(const Clock& clock, Duration length) : clock_(clock), end_(clock.now() + length) {}
  bool used_up() const { return clock_.now() >= end_; }
  Duration left() const { return used_up() ? Duration::zero() : end_ - clock_.now(); }

 private:
  const Clock& clock_;
  TimePoint end_;
};

}  // namespace avocet::loop
