#include "bgpd/loop/real_time.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

namespace avocet::loop {

struct RealTime::State : std::enable_shared_from_this<State> {
  explicit State(boost::asio::io_context& io) : timer(io), queue(clock) {
    queue.on_earlier = [this] {
      if (!running) arm();  // run_due arms when it is done
    };
  }

  void arm() {
    auto next = queue.next();
    if (!next) return;
    timer.expires_at(*next);
    timer.async_wait([weak = weak_from_this()](boost::system::error_code error) {
      auto self = weak.lock();
      if (!self || error) return;
      self->running = true;
      self->queue.run_due();
      self->running = false;
      self->arm();
    });
  }

  RealClock clock;
  boost::asio::steady_timer timer;
  TimerQueue queue;
  bool running = false;
};

RealTime::RealTime(boost::asio::io_context& io) : state_(std::make_shared<State>(io)) {}
RealTime::~RealTime() = default;
TimerQueue& RealTime::timers() { return state_->queue; }
const Clock& RealTime::clock() const { return state_->clock; }

}  // namespace avocet::loop
