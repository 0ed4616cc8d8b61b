#include "bgpd/loop/timer.hpp"

#include <algorithm>

namespace avocet::loop {

std::optional<TimePoint> TimerQueue::next() const {
  if (queue_.empty()) return std::nullopt;
  return queue_.begin()->first;
}

void TimerQueue::run_due() {
  auto now = clock_.now();
  while (!queue_.empty() && queue_.begin()->first <= now) {
    auto* timer = queue_.begin()->second;
    queue_.erase(queue_.begin());
    timer->queued_at_.reset();
    if (timer->deadline_ > now) {
      timer->queued_at_ = timer->deadline_;
      queue_.emplace(timer->deadline_, timer);
      continue;
    }
    timer->running_ = false;
    auto expired = timer->expired_;  // a copy: the callback may destroy its timer
    expired();
  }
}

void Timer::start(Duration after) {
  full_ = after;
  deadline_ = queue_.now() + after;
  running_ = true;
  if (queued_at_ && *queued_at_ <= deadline_) return;
  if (queued_at_) queue_.queue_.erase({*queued_at_, this});
  auto before = queue_.next();
  queued_at_ = deadline_;
  queue_.queue_.emplace(deadline_, this);
  if (queue_.on_earlier && (!before || deadline_ < *before)) queue_.on_earlier();
}

void Timer::stop() {
  running_ = false;
  if (queued_at_) queue_.queue_.erase({*queued_at_, this});
  queued_at_.reset();
}

Duration Timer::left() const {
  return running_ ? std::max(deadline_ - queue_.now(), Duration::zero()) : Duration::zero();
}

}  // namespace avocet::loop
