#include <doctest/doctest.h>

#include "test/rib/scene.hpp"

using namespace avocet;
using namespace avocet::rib;
using namespace avocet::rib::test;

TEST_CASE("RFC 4724: stale routes stay in use, and those not told again are swept") {
  Scene scene;
  auto channel = scene.open();
  channel->announce(nets({"1.0.0.0/8", "2.0.0.0/8"}), Route{}.block());
  channel->mark_stale();
  scene.settle();
  CHECK(scene.best_source("1.0.0.0/8") == 0);
  channel->announce(nets({"1.0.0.0/8"}), Route{}.block());
  channel->sweep();
  CHECK(channel->flushing());
  scene.settle();
  CHECK_FALSE(channel->flushing());
  CHECK(scene.best_source("1.0.0.0/8") == 0);
  CHECK(scene.best_source("2.0.0.0/8") == -1);
  CHECK(channel->imported() == 1);
}

TEST_CASE("a flush makes routes unusable at once and takes them away later") {
  Scene scene;
  auto channel = scene.open(), other = scene.open(Scene::ebgp(65001, "10.0.0.2"));
  channel->announce(nets({"1.0.0.0/8", "2.0.0.0/8"}), Route{}.block());
  other->announce(nets({"1.0.0.0/8"}), Route{.path = {65001, 65002}}.block());
  REQUIRE(scene.best_source("1.0.0.0/8") == 0);
  channel->flush();
  CHECK(scene.best_source("1.0.0.0/8") == 1);
  CHECK(scene.best_source("2.0.0.0/8") == -1);
  CHECK(channel->imported() == 0);
  scene.settle();
  CHECK(scene.table.path_count() == 1);
  CHECK(other->preferred() == 1);
}

TEST_CASE("routes told while a flush runs are new ones and stay") {
  Scene scene;
  Listener listener;
  scene.rib.follow(scene.table, listener);
  auto channel = scene.open();
  channel->announce(nets({"1.0.0.0/8", "2.0.0.0/8"}), Route{}.block());
  scene.settle();
  channel->flush();
  channel->announce(nets({"1.0.0.0/8", "3.0.0.0/8"}), Route{}.block());
  CHECK(channel->imported() == 2);
  scene.settle();
  CHECK(scene.best_source("1.0.0.0/8") == 0);
  CHECK(scene.best_source("2.0.0.0/8") == -1);
  CHECK(scene.best_source("3.0.0.0/8") == 0);
  CHECK(channel->imported() == 2);
  CHECK(channel->preferred() == 2);
  CHECK(channel->import_counters.updates_ignored == 0);
}

TEST_CASE("routes marked stale after a sweep began are not taken by it") {
  Scene scene;
  auto channel = scene.open();
  channel->announce(nets({"1.0.0.0/8"}), Route{}.block());
  channel->mark_stale();
  channel->announce(nets({"2.0.0.0/8"}), Route{}.block());
  channel->sweep();
  channel->mark_stale();
  scene.settle();
  CHECK(scene.best_source("1.0.0.0/8") == -1);
  CHECK(scene.best_source("2.0.0.0/8") == 0);
}

TEST_CASE("more refreshes than an epoch has bits do not make old routes look fresh") {
  Scene scene;
  auto channel = scene.open();
  channel->announce(nets({"1.0.0.0/8"}), Route{}.block());
  for (int i = 0; i < 256; ++i) {
    channel->mark_stale();
    channel->announce(nets({"2.0.0.0/8"}), Route{}.block());
  }
  channel->sweep();
  scene.settle();
  CHECK(scene.best_source("1.0.0.0/8") == -1);
  CHECK(scene.best_source("2.0.0.0/8") == 0);
}

TEST_CASE("many flushes in a row leave nothing behind") {
  Scene scene;
  auto channel = scene.open();
  for (int i = 0; i < 1000; ++i) {
    channel->announce(nets({"1.0.0.0/8"}), Route{}.block());
    channel->flush();
  }
  CHECK(channel->imported() == 0);
  CHECK(scene.best_source("1.0.0.0/8") == -1);
  scene.settle();
  CHECK(scene.table.path_count() == 0);
  CHECK(scene.rib.attributes().count() == 0);
}

TEST_CASE("RFC 9494: long-lived stale routes are marked and come last, NO_LLGR ones go") {
  Scene scene;
  auto channel = scene.open(), other = scene.open(Scene::ebgp(65001, "10.0.0.2"));
  channel->announce(nets({"1.0.0.0/8"}), Route{}.block());
  channel->announce(nets({"2.0.0.0/8"}), Route{.communities = {0xffff0007}}.block());
  other->announce(nets({"1.0.0.0/8"}), Route{.path = {65001, 65002, 65003}}.block());
  REQUIRE(scene.best_source("1.0.0.0/8") == 0);
  channel->mark_long_lived_stale();
  scene.settle();
  CHECK(scene.best_source("1.0.0.0/8") == 1);
  CHECK(scene.best_source("2.0.0.0/8") == -1);
  // Told again, the route is fresh and without the mark.
  channel->announce(nets({"1.0.0.0/8"}), Route{}.block());
  channel->sweep();
  scene.settle();
  CHECK(scene.best_source("1.0.0.0/8") == 0);
}

TEST_CASE("a source id is free again only after the last path is gone") {
  Scene scene;
  auto channel = scene.open();
  channel->announce(nets({"1.0.0.0/8"}), Route{}.block());
  scene.rib.close_channel(channel);
  CHECK(scene.open()->source == SourceId{1});
  CHECK(scene.best_source("1.0.0.0/8") == -1);
  scene.settle();
  CHECK(scene.open()->source == SourceId{0});
  CHECK(scene.table.path_count() == 0);
}

TEST_CASE("many channels closed at once are flushed by one walk") {
  Scene scene;
  std::vector<std::shared_ptr<Channel>> channels;
  std::vector<proto::Nlri> many;
  for (std::uint32_t i = 0; i < 1000; ++i) many.push_back({proto::Prefix::v4(0x14000000 + (i << 8), 24)});
  for (int i = 0; i < 50; ++i) {
    channels.push_back(scene.open());
    channels.back()->announce(many, Route{}.block());
  }
  scene.settle();
  Listener listener;
  scene.rib.follow(scene.table, listener);
  for (auto& channel : channels) scene.rib.close_channel(channel);
  scene.settle();
  CHECK(scene.table.path_count() == 0);
  for (auto& [prefix, times] : listener.heard) CHECK(times == 1);
}
