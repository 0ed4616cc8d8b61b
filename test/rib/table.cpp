#include <doctest/doctest.h>

#include <random>

#include "test/rib/scene.hpp"

using namespace avocet;
using namespace avocet::rib;
using namespace avocet::rib::test;

namespace {

/// A prefix from a small space, so that operations meet.
proto::Prefix random_prefix(std::mt19937& random, proto::Family family) {
  auto bits = random() % 64;
  if (family == proto::Family::ipv4) return proto::Prefix::v4(0x14000000 | static_cast<std::uint32_t>(bits << 10), 8 + random() % 25);
  return proto::Prefix::v6(proto::Address::v6(0x20010db800000000ull | bits << 20, bits), 32 + random() % 97);
}

}  // namespace

TEST_CASE("a table agrees with a map of sets under random operations") {
  for (auto family : {proto::Family::ipv4, proto::Family::ipv6}) {
    CAPTURE(proto::family_name(family));
    Scene scene(family);
    std::mt19937 random(7);
    std::map<proto::Prefix, std::set<std::uint32_t>> model;
    std::vector<std::shared_ptr<Channel>> channels;
    for (int i = 0; i < 3; ++i) {
      SourceFacts facts{.kind = filter::RouteSource::inherit};
      channels.push_back(scene.open(facts, Scene::channel_options(family)));
    }
    proto::AttributeBlock block;
    set_destination(block, {.kind = proto::DestinationKind::blackhole});
    for (int step = 0; step < 20000; ++step) {
      auto prefix = random_prefix(random, family);
      proto::Nlri nlri{prefix};
      auto& channel = channels[random() % 3];
      auto source = channel->source.value;
      if (random() % 2) {
        channel->announce(std::span(&nlri, 1), block);
        model[prefix].insert(source);
      } else {
        channel->withdraw(std::span(&nlri, 1));
        if (auto found = model.find(prefix); found != model.end()) {
          found->second.erase(source);
          if (found->second.empty()) model.erase(found);
        }
      }
      if (step % 37 == 0) scene.settle();
      if (step % 10 == 0) {
        auto probe = random_prefix(random, family);
        std::optional<proto::Prefix> expected;
        for (auto& [other, sources] : model)
          if (other.contains(probe) && (!expected || other.length > expected->length)) expected = other;
        auto found = scene.table.longest_match(probe);
        REQUIRE(found.has_value() == expected.has_value());
        if (found) REQUIRE(scene.table.prefix(*found) == *expected);
      }
    }
    std::size_t paths = 0;
    for (auto& [prefix, sources] : model) {
      auto id = scene.table.find(prefix);
      REQUIRE(id);
      std::set<std::uint32_t> there;
      for (auto at = scene.table.first(*id); at.valid(); at = scene.table.path(at).next) there.insert(scene.table.path(at).source);
      REQUIRE(there == sources);
      paths += sources.size();
    }
    CHECK(scene.table.net_count() == model.size());
    CHECK(scene.table.path_count() == paths);
    std::size_t used = 0;
    for (std::uint32_t i = 0; i < scene.table.net_limit(); ++i) used += scene.table.in_use(NetId{i});
    CHECK(used == model.size());
  }
}

TEST_CASE("ids of removed nets are used again, once followers know") {
  Scene scene;
  auto channel = scene.open();
  for (int round = 0; round < 10; ++round) {
    channel->announce(nets({"1.0.0.0/8", "2.0.0.0/8"}), Route{}.block());
    scene.settle();
    channel->withdraw(nets({"1.0.0.0/8", "2.0.0.0/8"}));
    scene.settle();
  }
  CHECK(scene.table.net_limit() == 2);
}

TEST_CASE("the longest match passes over nets without a usable path") {
  Scene scene;
  auto options = Scene::channel_options();
  options.import_filter = filter::reject_all();
  auto rejected = scene.open(Scene::ebgp(), options), accepted = scene.open();
  rejected->announce(nets({"192.0.2.0/24"}), Route{}.block());
  accepted->announce(nets({"192.0.0.0/16"}), Route{}.block());
  auto found = scene.table.longest_match(net("192.0.2.7/32"));
  REQUIRE(found);
  CHECK(scene.table.prefix(*found) == net("192.0.0.0/16"));
}
