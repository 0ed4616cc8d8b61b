#include "bgpd/loop/slices.hpp"

#include <doctest/doctest.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include "bgpd/loop/descriptor.hpp"
#include "bgpd/loop/real_time.hpp"

#include <sys/socket.h>
#include <unistd.h>

using namespace avocet::loop;
using namespace std::chrono_literals;

TEST_CASE("workers are called until nothing is left, and others get the loop in between") {
  boost::asio::io_context io;
  Slices slices(io);
  int left = 3, between = 0;
  slices.add([&](auto) {
    boost::asio::post(io, [&] { ++between; });
    return --left > 0;
  });
  slices.wake();
  slices.wake();
  io.run();
  CHECK(left == 0);
  CHECK(between == 3);
}

TEST_CASE("work that appears during a slice is not forgotten") {
  boost::asio::io_context io;
  Slices slices(io);
  int calls = 0;
  slices.add([&](auto) {
    if (++calls == 1) slices.wake();
    return false;
  });
  slices.wake();
  io.run();
  CHECK(calls == 2);
}

TEST_CASE("real time: a timer expires through the loop, also when an earlier one is started meanwhile") {
  boost::asio::io_context io;
  RealTime time(io);
  std::string order;
  Timer slow(time.timers(), [&] { order += 's'; }), fast(time.timers(), [&] { order += 'f'; });
  slow.start(20ms);
  fast.start(5ms);
  io.run_for(200ms);
  CHECK(order == "fs");
}

TEST_CASE("a descriptor tells once per wait, and not at all after its end") {
  boost::asio::io_context io;
  int pair[2];
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair) == 0);
  auto descriptor = std::make_unique<Descriptor>(io, pair[0]);
  int told = 0;
  descriptor->when_readable([&] { ++told; });
  REQUIRE(::write(pair[1], "x", 1) == 1);
  io.run_for(20ms);
  CHECK(told == 1);
  descriptor->when_readable([&] { ++told; });
  descriptor.reset();
  io.restart();
  io.run_for(5ms);
  CHECK(told == 1);
  ::close(pair[1]);
}
