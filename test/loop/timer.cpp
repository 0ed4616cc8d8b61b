#include "bgpd/loop/timer.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <string>

using namespace avocet::loop;
using namespace std::chrono_literals;

namespace {

struct Fixture {
  SimulatedClock clock;
  TimerQueue queue{clock};
  std::string log;
  void advance(Duration by) {
    clock.advance(by);
    queue.run_due();
  }
};

}  // namespace

TEST_CASE("timers expire in the order of their deadlines, once") {
  Fixture f;
  Timer a(f.queue, [&] { f.log += 'a'; }), b(f.queue, [&] { f.log += 'b'; });
  a.start(2s);
  b.start(1s);
  f.advance(999ms);
  CHECK(f.log.empty());
  f.advance(5s);
  CHECK(f.log == "ba");
  f.advance(5s);
  CHECK(f.log == "ba");
  CHECK_FALSE(a.running());
}

TEST_CASE("starting again moves the deadline, later or earlier") {
  Fixture f;
  Timer timer(f.queue, [&] { f.log += 'x'; });
  timer.start(2s);
  f.advance(1s);
  timer.start(2s);
  f.advance(1500ms);
  CHECK(f.log.empty());
  CHECK(timer.left() == 500ms);
  timer.start(100ms);
  f.advance(100ms);
  CHECK(f.log == "x");
}

TEST_CASE("a stopped timer does not expire; one started anew after a stop does") {
  Fixture f;
  Timer timer(f.queue, [&] { f.log += 'x'; });
  timer.start(1s);
  timer.stop();
  f.advance(2s);
  CHECK(f.log.empty());
  timer.start(1s);
  f.advance(1s);
  CHECK(f.log == "x");
}

TEST_CASE("a callback may destroy its own timer and others, and start it again") {
  Fixture f;
  auto victim = std::make_unique<Timer>(f.queue, [&] { f.log += 'v'; });
  std::unique_ptr<Timer> self;
  self = std::make_unique<Timer>(f.queue, [&] {
    f.log += 's';
    victim.reset();
    self.reset();
  });
  self->start(1s);
  victim->start(1001ms);
  f.advance(2s);
  CHECK(f.log == "s");

  Timer again(f.queue, [&] {
    f.log += 'r';
    again.start(1s);
  });
  again.start(1s);
  f.advance(1s);
  f.advance(1s);
  CHECK(f.log == "srr");
}

TEST_CASE("the driver is told when the next deadline has become earlier, and only then") {
  Fixture f;
  int told = 0;
  f.queue.on_earlier = [&] { ++told; };
  Timer a(f.queue, [] {}), b(f.queue, [] {});
  a.start(10s);
  CHECK(told == 1);
  b.start(20s);
  CHECK(told == 1);
  b.start(5s);
  CHECK(told == 2);
  a.start(30s);
  CHECK(told == 2);
  CHECK(*f.queue.next() == f.clock.now() + 5s);
}
