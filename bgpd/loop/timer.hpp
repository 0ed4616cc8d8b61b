#pragma once
/// Timers on one queue, driven by any clock. Thousands of sessions restart their hold timer with every message, so
/// moving a deadline later costs two stores: the queue entry stays where it was and is put right when it comes up.
#include <functional>
#include <optional>
#include <set>
#include <utility>

#include "bgpd/loop/clock.hpp"

namespace avocet::loop {

class Timer;

/// Passive: somebody calls run_due when `next` has come. Must outlive its timers.
class TimerQueue {
 public:
  explicit TimerQueue(const Clock& clock) : clock_(clock) {}
  TimerQueue(const TimerQueue&) = delete;

  TimePoint now() const { return clock_.now(); }
  /// When run_due should be called; nothing while no timer runs.
  std::optional<TimePoint> next() const;
  /// Calls what is due, in order of deadline. Callbacks may start, stop and destroy any timer.
  void run_due();
  std::function<void()> on_earlier;  ///< `next` has become earlier

 private:
  friend class Timer;
  const Clock& clock_;
  std::set<std::pair<TimePoint, Timer*>> queue_;
};

/// Calls `expired` once, when the time given to `start` is over.
class Timer {
 public:
  Timer(TimerQueue& queue, std::function<void()> expired) : queue_(queue), expired_(std::move(expired)) {}
  ~Timer() { stop(); }
  Timer(const Timer&) = delete;

  void start(Duration after);  ///< starts anew if it runs already
  void stop();
  bool running() const { return running_; }
  Duration left() const;       ///< zero when not running or due
  Duration full() const { return full_; }  ///< what `start` was given last

 private:
  friend class TimerQueue;
  TimerQueue& queue_;
  std::function<void()> expired_;
  TimePoint deadline_;
  std::optional<TimePoint> queued_at_;  // at or before the deadline
  Duration full_{};
  bool running_ = false;
};

}  // namespace avocet::loop
