#include <doctest/doctest.h>

#include "test/rib/scene.hpp"

using namespace avocet;
using namespace avocet::rib;
using namespace avocet::rib::test;

TEST_CASE("each changed net is told once per turn, however often it changed") {
  Scene scene;
  Listener listener;
  scene.rib.follow(scene.table, listener);
  auto channel = scene.open();
  for (std::uint32_t med = 0; med < 10; ++med) channel->announce(nets({"1.0.0.0/8"}), Route{.med = med}.block());
  CHECK(listener.calls == 0);
  scene.settle();
  CHECK(listener.heard[net("1.0.0.0/8")] == 1);
}

TEST_CASE("a net that came and went within a turn is still told of, with its prefix") {
  Scene scene;
  Listener listener;
  scene.rib.follow(scene.table, listener);
  auto channel = scene.open();
  channel->announce(nets({"1.0.0.0/8"}), Route{}.block());
  channel->withdraw(nets({"1.0.0.0/8"}));
  scene.settle();
  CHECK(listener.take() == std::set<std::string>{"1.0.0.0/8"});
  CHECK(scene.table.net_count() == 0);
}

TEST_CASE("on_work is called once when work appears, and idle says when all is told") {
  Scene scene;
  int calls = 0;
  scene.settle();
  scene.rib.on_work = [&] { ++calls; };
  auto channel = scene.open();
  CHECK(scene.rib.idle());
  channel->announce(nets({"1.0.0.0/8", "2.0.0.0/8"}), Route{}.block());
  CHECK(calls == 1);
  CHECK_FALSE(scene.rib.idle());
  scene.settle();
  CHECK(scene.rib.idle());
  channel->withdraw(nets({"1.0.0.0/8"}));
  CHECK(calls == 2);
}

TEST_CASE("more changes than the bound allows: the RIB is behind until all are told, and says so once") {
  Scene scene;
  int calls = 0;
  scene.settle();
  scene.rib.on_caught_up = [&] { ++calls; };
  scene.rib.limit_waiting_changes(2);
  auto channel = scene.open();
  channel->announce(nets({"1.0.0.0/8", "2.0.0.0/8"}), Route{}.block());
  CHECK_FALSE(scene.rib.behind());
  channel->withdraw(nets({"2.0.0.0/8"}));
  channel->announce(nets({"3.0.0.0/8"}), Route{}.block());
  CHECK(scene.rib.behind());
  CHECK(calls == 0);
  scene.settle();
  CHECK_FALSE(scene.rib.behind());
  CHECK(calls == 1);
  channel->withdraw(nets({"3.0.0.0/8"}));
  scene.settle();
  CHECK(calls == 1);
}

TEST_CASE("a feed tells one follower all nets and then says so") {
  Scene scene;
  Listener fed, other;
  auto channel = scene.open();
  std::vector<proto::Nlri> many;
  for (std::uint32_t i = 0; i < 3000; ++i) many.push_back({proto::Prefix::v4(0x14000000 + (i << 8), 24)});
  channel->announce(many, Route{}.block());
  scene.settle();
  scene.rib.follow(scene.table, fed);
  scene.rib.follow(scene.table, other);
  bool done = false;
  scene.rib.feed(scene.table, fed, [&] { done = true; });
  CHECK_FALSE(scene.rib.idle());
  scene.settle();
  CHECK(done);
  CHECK(fed.heard.size() == 3000);
  CHECK(other.heard.empty());
}

TEST_CASE("work keeps to its budget when much is to be told") {
  Scene scene;
  Listener listener;
  scene.rib.follow(scene.table, listener);
  auto channel = scene.open();
  std::vector<proto::Nlri> many;
  for (std::uint32_t i = 0; i < 20000; ++i) many.push_back({proto::Prefix::v4(0x14000000 + (i << 8), 24)});
  channel->announce(many, Route{}.block());
  CHECK(scene.rib.work(std::chrono::nanoseconds(1)));
  CHECK(listener.heard.size() < 20000);
  scene.settle();
  CHECK(listener.heard.size() == 20000);
}

TEST_CASE("a follower that left hears nothing more") {
  Scene scene;
  Listener listener;
  scene.rib.follow(scene.table, listener);
  auto channel = scene.open();
  channel->announce(nets({"1.0.0.0/8"}), Route{}.block());
  scene.rib.feed(scene.table, listener, [] { FAIL("fed after leaving"); });
  scene.rib.unfollow(scene.table, listener);
  scene.settle();
  CHECK(listener.calls == 0);
}

TEST_CASE("a removed table takes its channels and feeds along") {
  Scene scene;
  auto& other = scene.rib.add_table({.name = "other"});
  auto options = Scene::channel_options();
  options.table = "other";
  auto channel = scene.open(Scene::ebgp(), options);
  channel->announce(nets({"1.0.0.0/8"}), Route{}.block());
  Listener listener;
  scene.rib.feed(other, listener, {});
  scene.rib.remove_table("other");
  scene.settle();
  CHECK(scene.rib.find_table("other") == nullptr);
  CHECK(scene.rib.attributes().count() == 0);
  CHECK(scene.rib.channel(SourceId{0}) == nullptr);
}
