#include "bgpd/bfd/session.hpp"

#include <doctest/doctest.h>

#include <vector>

using namespace avocet;
using namespace avocet::bfd;
using namespace std::chrono_literals;
using enum proto::BfdState;

namespace {

SessionOptions options(std::uint32_t interval_ms = 100, std::uint8_t multiplier = 3) {
  SessionOptions made;
  made.min_rx = made.min_tx = interval_ms * 1000;
  made.multiplier = multiplier;
  return made;
}

/// What a neighbour may say.
proto::BfdPacket said(BfdState state, std::uint32_t interval_us = 100'000, bool knows_us = true) {
  proto::BfdPacket packet;
  packet.state = state;
  packet.multiplier = 3;
  packet.my_discriminator = 9;
  packet.your_discriminator = knows_us ? 7 : 0;
  packet.min_tx = packet.min_rx = interval_us;
  return packet;
}

/// One session on a clock that stands still.
struct Bench {
  loop::SimulatedClock clock;
  std::minstd_rand random{1};
  Session session;
  explicit Bench(SessionOptions with = options()) : session(7, with, random) { session.start(now()); }
  loop::TimePoint now() const { return clock.now(); }
  Session::Outcome hear(const proto::BfdPacket& packet) { return session.received(packet, now()); }
  void come_up() {
    hear(said(down, 1'000'000, false));
    hear(said(init));
    auto answer = said(up);
    answer.final = true;
    hear(answer);
    REQUIRE(session.state() == up);
    REQUIRE_FALSE(session.polling());
  }
};

/// Two sessions and the wire between them; time goes on from one event to the next.
struct Pair {
  loop::SimulatedClock clock;
  std::minstd_rand random{1};
  Session a, b;
  bool cut = false;
  unsigned sent = 0, lost_ups = 0;
  Pair(const SessionOptions& one, const SessionOptions& two) : a(1, one, random), b(2, two, random) {
    a.start(clock.now());
    b.start(clock.now());
  }
  void deliver(Session& to, Session& from, bool final) {
    ++sent;
    if (cut) return;
    auto outcome = to.received(from.packet(final), clock.now());
    count(outcome);
    if (outcome.answer) deliver(from, to, true);
  }
  void count(const Session::Outcome& outcome) { lost_ups += outcome.left == up; }
  void run(loop::Duration length) {
    auto end = clock.now() + length;
    for (;;) {
      auto next = end;
      for (auto* one : {&a, &b})
        for (auto at : {one->transmit_at(), one->expires_at()})
          if (at) next = std::min(next, *at);
      if (next >= end) return clock.advance(end - clock.now());
      if (next > clock.now()) clock.advance(next - clock.now());
      for (auto [one, other] : {std::pair(&a, &b), std::pair(&b, &a)}) {
        if (auto at = one->transmit_at(); at && *at <= clock.now()) {
          one->transmitted(clock.now());
          deliver(*other, *one, false);
        }
        if (auto at = one->expires_at(); at && *at <= clock.now()) count(one->expired(clock.now()));
      }
    }
  }
};

}  // namespace

TEST_CASE("RFC 5880 6.8.6: what a neighbour's state makes of ours") {
  struct {
    std::vector<BfdState> before;
    BfdState heard, expected;
  } cases[] = {{{}, down, init},
               {{}, init, up},
               {{}, admin_down, down},
               {{down}, down, init},
               {{down}, init, up},
               {{down}, up, up},
               {{down}, admin_down, down},
               {{down, init}, init, up},
               {{down, init}, up, up},
               {{down, init}, down, down},
               {{down, init}, admin_down, down}};
  for (auto& c : cases) {
    CAPTURE(c.before.size());
    CAPTURE(static_cast<int>(c.heard));
    Bench bench;
    for (auto state : c.before) bench.hear(said(state));
    bench.hear(said(c.heard));
    CHECK(bench.session.state() == c.expected);
  }
  // A neighbour that is up without knowing that we are down has to go down first.
  Bench bench;
  bench.hear(said(up));
  CHECK(bench.session.state() == down);
}

TEST_CASE("RFC 5880 6.8.1 and 4.1: the diagnostic says why a session went down") {
  Bench bench;
  bench.come_up();
  CHECK(bench.hear(said(down)).left == up);
  CHECK(bench.session.packet(false).diagnostic == 3);
  bench.hear(said(down));
  bench.hear(said(init));
  CHECK(bench.session.diagnostic() == 0);
  CHECK(bench.session.expired(bench.now()).left == up);
  CHECK(bench.session.diagnostic() == 1);
  CHECK(bench.session.administer(true, bench.now()).left == down);
  CHECK(bench.session.diagnostic() == 7);
}

TEST_CASE("RFC 5880 6.8.4: the detection time is the neighbour's multiplier times the slower interval") {
  Bench bench(options(50));
  bench.come_up();
  CHECK(bench.session.detection_time() == 300'000);
  CHECK(*bench.session.expires_at() == bench.now() + 300ms);
  auto slower = said(up, 400'000);
  slower.multiplier = 7;
  bench.hear(slower);
  CHECK(*bench.session.expires_at() == bench.now() + 2800ms);
}

TEST_CASE("RFC 5880 6.8.1: who was silent for the detection time is not known any more") {
  Bench bench;
  bench.come_up();
  bench.clock.advance(301ms);
  bench.session.expired(bench.now());
  CHECK(bench.session.state() == down);
  CHECK(bench.session.remote_discriminator() == 0);
  CHECK(bench.session.packet(false).your_discriminator == 0);
  CHECK(*bench.session.transmit_at() == bench.now());  // the news goes out at once
  CHECK_FALSE(bench.session.expires_at());
}

TEST_CASE("RFC 5880 6.8.3: a session that is not up sends once a second at most") {
  Bench bench;
  CHECK(bench.session.packet(false).min_tx == 1'000'000);
  bench.come_up();
  CHECK(bench.session.packet(false).min_tx == 100'000);
  bench.hear(said(down));
  CHECK(bench.session.packet(false).min_tx == 1'000'000);
}

TEST_CASE(
    "RFC 5880 6.8.7: intervals are 75 to 100 % of what is agreed, 90 % at most where one lost packet ends the "
    "session") {
  for (std::uint8_t multiplier : {1, 3}) {
    Bench bench(options(100, multiplier));
    bench.come_up();
    bench.hear(said(up, 200'000));
    loop::Duration shortest = 1h, longest = 0s;
    for (int i = 0; i < 500; ++i) {
      bench.session.transmitted(bench.now());
      auto interval = *bench.session.transmit_at() - bench.now();
      shortest = std::min(shortest, interval);
      longest = std::max(longest, interval);
    }
    CHECK(shortest >= 150ms);
    CHECK(shortest < 155ms);
    CHECK(longest <= (multiplier == 1 ? 180ms : 200ms));
    CHECK(longest > (multiplier == 1 ? 177ms : 195ms));
  }
}

TEST_CASE("RFC 5880 6.8.7: nothing is sent to who wants nothing, nor by the passive before the neighbour has spoken") {
  Bench bench;
  bench.come_up();
  auto quiet = said(up);
  quiet.min_rx = 0;
  bench.hear(quiet);
  CHECK_FALSE(bench.session.transmit_at());
  bench.hear(said(up));
  CHECK(bench.session.transmit_at());
  auto passive = options();
  passive.passive = true;
  Bench waiting(passive);
  CHECK_FALSE(waiting.session.transmit_at());
  waiting.hear(said(down, 1'000'000, false));
  CHECK(waiting.session.transmit_at());
  waiting.session.expired(waiting.now());
  waiting.session.transmitted(waiting.now());
  waiting.session.expired(waiting.now());
  CHECK_FALSE(waiting.session.transmit_at());
}

TEST_CASE("RFC 5880 6.6: to a neighbour in demand mode nothing is sent while both are up, but polls") {
  Bench bench;
  bench.come_up();
  auto demanding = said(up);
  demanding.demand = true;
  bench.hear(demanding);
  CHECK_FALSE(bench.session.transmit_at());
  bench.session.configure(options(300), bench.now());
  CHECK(bench.session.transmit_at());
  CHECK(bench.session.packet(false).poll);
  demanding.final = true;
  bench.hear(demanding);
  CHECK_FALSE(bench.session.transmit_at());
}

TEST_CASE("RFC 5880 6.5: a poll is answered at once, with the final bit and no poll of our own in it") {
  Bench bench;
  bench.come_up();
  auto poll = said(up);
  poll.poll = true;
  bench.session.configure(options(300), bench.now());
  CHECK(bench.hear(poll).answer);
  CHECK(bench.session.packet(true).final);
  CHECK_FALSE(bench.session.packet(true).poll);
  CHECK(bench.session.packet(false).poll);
  CHECK_FALSE(bench.hear(said(up)).answer);
}

TEST_CASE("RFC 5880 6.8.3: while up, slower sending and faster expecting wait for the neighbour's word") {
  Bench bench;
  bench.come_up();
  auto slower = options(500);
  slower.min_rx = 20'000;
  bench.session.configure(slower, bench.now());
  CHECK(bench.session.min_tx() == 100'000);
  CHECK(bench.session.min_rx() == 100'000);
  CHECK(bench.session.packet(false).min_tx == 500'000);
  CHECK(bench.session.packet(false).min_rx == 20'000);
  bench.hear(said(up));
  CHECK(bench.session.min_tx() == 100'000);
  auto final = said(up);
  final.final = true;
  // A change while a poll runs asks once more: the first answer may be to the first values.
  slower.min_tx = 600'000;
  bench.session.configure(slower, bench.now());
  bench.hear(final);
  CHECK(bench.session.polling());
  CHECK(bench.session.min_tx() == 100'000);
  bench.hear(final);
  CHECK(bench.session.min_tx() == 600'000);
  CHECK(bench.session.min_rx() == 20'000);
  CHECK_FALSE(bench.session.polling());
  // The other way round nothing has to wait.
  auto faster = options(50);
  faster.min_rx = 900'000;
  bench.session.configure(faster, bench.now());
  CHECK(bench.session.min_tx() == 50'000);
  CHECK(bench.session.min_rx() == 900'000);
  CHECK(bench.session.state() == up);
}

TEST_CASE("a session that its operator stopped hears nothing until he starts it") {
  Bench bench;
  bench.come_up();
  CHECK(bench.session.administer(true, bench.now()).left == up);
  CHECK(bench.session.packet(false).state == admin_down);
  bench.hear(said(down));
  CHECK(bench.session.state() == admin_down);
  bench.session.expired(bench.now());
  CHECK(bench.session.state() == admin_down);
  bench.session.administer(false, bench.now());
  CHECK(bench.session.state() == down);
}

TEST_CASE("two sessions find each other, agree, change their minds without a loss, and notice a cut wire in time") {
  for (bool passive : {false, true}) {
    CAPTURE(passive);
    auto second = options(50, 4);
    second.passive = passive;
    Pair pair(options(100, 3), second);
    pair.run(5s);
    CHECK(pair.a.state() == up);
    CHECK(pair.b.state() == up);
    CHECK(pair.a.transmit_interval() == 100'000);
    CHECK(pair.a.detection_time() == 400'000);  // theirs: 4 times 100 ms
    CHECK(pair.b.detection_time() == 300'000);
    pair.a.configure(options(700, 2), pair.clock.now());
    pair.run(5s);
    CHECK(pair.b.detection_time() == 1'400'000);
    pair.a.configure(options(20, 2), pair.clock.now());
    pair.run(5s);
    CHECK(pair.b.detection_time() == 100'000);
    CHECK(pair.lost_ups == 0);
    auto before = pair.sent;
    pair.run(10s);
    // 10 s of 50 ms with jitter, both ways.
    CHECK(pair.sent - before > 400);
    CHECK(pair.sent - before < 540);
    pair.cut = true;
    pair.run(250ms);
    CHECK(pair.a.state() == down);
    CHECK(pair.b.state() == down);
    CHECK(pair.lost_ups == 2);
    pair.cut = false;
    pair.run(5s);
    CHECK(pair.a.state() == up);
    CHECK(pair.b.state() == up);
  }
}
