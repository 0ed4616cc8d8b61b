#include <doctest/doctest.h>

#include "test/rib/scene.hpp"

using namespace avocet;
using namespace avocet::rib;
using namespace avocet::rib::test;

TEST_CASE("a told route is the best of its net until it is withdrawn") {
  Scene scene;
  auto channel = scene.open();
  channel->announce(nets({"192.0.2.0/24"}), Route{}.block());
  CHECK(scene.best_source("192.0.2.0/24") == 0);
  CHECK(channel->imported() == 1);
  CHECK(channel->preferred() == 1);
  channel->withdraw(nets({"192.0.2.0/24"}));
  CHECK(scene.best_source("192.0.2.0/24") == -1);
  CHECK(channel->imported() == 0);
  CHECK(channel->preferred() == 0);
  CHECK(scene.table.path_count() == 0);
}

TEST_CASE("the same route again is counted as ignored and nobody is told") {
  Scene scene;
  Listener listener;
  scene.rib.follow(scene.table, listener);
  auto channel = scene.open();
  channel->announce(nets({"192.0.2.0/24"}), Route{}.block());
  scene.settle();
  listener.take();
  channel->announce(nets({"192.0.2.0/24"}), Route{}.block());
  scene.settle();
  CHECK(listener.take().empty());
  CHECK(channel->import_counters.updates_received == 2);
  CHECK(channel->import_counters.updates_accepted == 1);
  CHECK(channel->import_counters.updates_ignored == 1);
}

TEST_CASE("withdrawals of what was never told are counted as ignored") {
  Scene scene;
  auto channel = scene.open();
  channel->withdraw(nets({"192.0.2.0/24"}));
  CHECK(channel->import_counters.withdraws_received == 1);
  CHECK(channel->import_counters.withdraws_ignored == 1);
  CHECK(channel->import_counters.withdraws_accepted == 0);
}

TEST_CASE("rejected routes are kept, and come in when the filter lets them") {
  Scene scene;
  auto options = Scene::channel_options();
  options.import_filter = filter::reject_all();
  auto channel = scene.open(Scene::ebgp(), options);
  channel->announce(nets({"192.0.2.0/24", "198.51.100.0/24"}), Route{}.block());
  CHECK(scene.best_source("192.0.2.0/24") == -1);
  CHECK(channel->imported() == 0);
  CHECK(channel->filtered() == 2);
  CHECK(channel->import_counters.updates_filtered == 2);

  options.import_filter = filter::accept_all();
  channel->reconfigure(options);
  scene.settle();
  CHECK(scene.best_source("192.0.2.0/24") == 0);
  CHECK(channel->imported() == 2);
  CHECK(channel->filtered() == 0);
}

TEST_CASE("nets that can be no routes are invalid") {
  Scene scene;
  auto channel = scene.open();
  channel->announce(nets({"127.0.0.0/8", "224.0.0.0/4", "240.0.0.0/8", "0.0.0.0/0"}), Route{}.block());
  CHECK(channel->import_counters.updates_invalid == 3);
  CHECK(channel->imported() == 1);
}

TEST_CASE("limits block what is above them and say so once") {
  struct { LimitAction action; std::uint32_t imported; } cases[] = {
      {LimitAction::warn, 4}, {LimitAction::block, 2}, {LimitAction::restart, 2}, {LimitAction::disable, 2}};
  for (auto& c : cases) {
    CAPTURE(static_cast<int>(c.action));
    Scene scene;
    auto options = Scene::channel_options();
    options.import_limit = Limit{2, c.action};
    auto channel = scene.open(Scene::ebgp(), options);
    int told = 0;
    channel->on_limit = [&](LimitKind kind, const Limit&) { told += kind == LimitKind::import; };
    channel->announce(nets({"1.0.0.0/8", "2.0.0.0/8", "3.0.0.0/8", "4.0.0.0/8"}), Route{}.block());
    CHECK(channel->imported() == c.imported);
    CHECK(told == 1);
    // A route that is there may change.
    channel->announce(nets({"1.0.0.0/8"}), Route{.med = 7}.block());
    CHECK(scene.best("1.0.0.0/8").keys->med == 7);
  }
}

TEST_CASE("a raised import limit lets in what was blocked") {
  Scene scene;
  auto options = Scene::channel_options();
  options.import_limit = Limit{1, LimitAction::block};
  auto channel = scene.open(Scene::ebgp(), options);
  channel->announce(nets({"1.0.0.0/8", "2.0.0.0/8"}), Route{}.block());
  REQUIRE(channel->imported() == 1);
  options.import_limit = Limit{10, LimitAction::block};
  channel->reconfigure(options);
  scene.settle();
  CHECK(channel->imported() == 2);
}

TEST_CASE("routes over the receive limit are not kept at all") {
  Scene scene;
  auto options = Scene::channel_options();
  options.receive_limit = Limit{1, LimitAction::block};
  auto channel = scene.open(Scene::ebgp(), options);
  channel->announce(nets({"1.0.0.0/8", "2.0.0.0/8"}), Route{}.block());
  CHECK(scene.table.path_count() == 1);
  CHECK_FALSE(scene.table.find(net("2.0.0.0/8")));
}

TEST_CASE("path identifiers keep routes of one source apart") {
  Scene scene;
  auto channel = scene.open();
  proto::Nlri first{net("192.0.2.0/24"), 1}, second{net("192.0.2.0/24"), 2};
  channel->announce(std::span(&first, 1), Route{}.block());
  channel->announce(std::span(&second, 1), Route{.path = {65001, 65002}}.block());
  CHECK(channel->imported() == 2);
  channel->withdraw(std::span(&first, 1));
  CHECK(channel->imported() == 1);
  CHECK(scene.best("192.0.2.0/24").keys->path_length == 2);
}
