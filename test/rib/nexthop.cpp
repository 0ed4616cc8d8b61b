#include <doctest/doctest.h>

#include "test/rib/scene.hpp"

using namespace avocet;
using namespace avocet::rib;
using namespace avocet::rib::test;

namespace {

/// A scene with a device route and an iBGP source that resolves through the table.
struct Recursive : Scene {
  std::shared_ptr<Channel> igp = open({.kind = filter::RouteSource::device});
  std::shared_ptr<Channel> bgp = open([] {
    auto facts = ibgp();
    facts.gateway_recursive = true;
    return facts;
  }());

  void tell_igp(const char* prefix, proto::NextHop hop) {
    proto::AttributeBlock block;
    set_destination(block, {proto::DestinationKind::unicast, {hop}});
    igp->announce(nets({prefix}), block);
    settle();
  }
};

}  // namespace

TEST_CASE("gateway direct: the next hop is on a link of ours, else it is no route") {
  Scene scene;
  auto channel = scene.open();
  channel->announce(nets({"1.0.0.0/8"}), Route{.next_hop = "10.0.0.7"}.block());
  channel->announce(nets({"2.0.0.0/8"}), Route{.next_hop = "172.16.0.1"}.block());
  auto best = scene.best("1.0.0.0/8");
  REQUIRE(best.resolution.hops.size() == 1);
  CHECK(best.resolution.hops[0].gateway == ip("10.0.0.7"));
  CHECK(best.resolution.hops[0].ifindex == 2);
  CHECK(scene.best_source("2.0.0.0/8") == -1);
}

TEST_CASE("gateway direct: the distance is the session's cost, and the nearer of two equal routes wins") {
  Scene scene;
  auto far = Scene::ebgp(65001, "10.0.0.1"), near = Scene::ebgp(65002, "10.0.0.2");
  far.cost = 20;
  near.cost = 10;
  auto first = scene.open(far), second = scene.open(near);
  first->announce(nets({"1.0.0.0/8"}), Route{.next_hop = "10.0.0.1"}.block());
  second->announce(nets({"1.0.0.0/8"}), Route{.next_hop = "10.0.0.2"}.block());
  CHECK(scene.best("1.0.0.0/8").resolution.igp_metric == 10u);
  CHECK(scene.best_source("1.0.0.0/8") == 1);
  near.cost = 30;
  second->set_facts(near);
  scene.settle();
  CHECK(scene.best_source("1.0.0.0/8") == 0);
}

TEST_CASE("gateway direct: an address of our own is refused") {
  Scene scene;
  auto channel = scene.open();
  channel->announce(nets({"1.0.0.0/8"}), Route{.next_hop = "10.0.0.254"}.block());
  CHECK(scene.best_source("1.0.0.0/8") == -1);
}

TEST_CASE("gateway direct: BIRD 1.6 goes through the neighbour instead") {
  Scene scene;
  auto facts = Scene::ebgp();
  facts.dialect = filter::Dialect::bird1;
  auto channel = scene.open(facts);
  channel->announce(nets({"1.0.0.0/8"}), Route{.next_hop = "172.16.0.1"}.block());
  REQUIRE(scene.best_source("1.0.0.0/8") == 0);
  CHECK(scene.best("1.0.0.0/8").resolution.hops.at(0).gateway == ip("10.0.0.1"));
}

TEST_CASE("gateway direct: routes come and go with the link of their next hop") {
  Scene scene;
  Listener listener;
  scene.rib.follow(scene.table, listener);
  auto channel = scene.open();
  channel->announce(nets({"1.0.0.0/8"}), Route{.next_hop = "172.16.0.1"}.block());
  scene.settle();
  listener.take();
  scene.add_link(3, "eth1", "172.16.0.9", "172.16.0.0/24");
  scene.settle();
  CHECK(listener.take() == std::set<std::string>{"1.0.0.0/8"});
  CHECK(scene.best("1.0.0.0/8").resolution.hops.at(0).ifindex == 3);
  scene.rib.interfaces().remove(3);
  scene.rib.interfaces_changed();
  scene.settle();
  CHECK(listener.take() == std::set<std::string>{"1.0.0.0/8"});
  CHECK(scene.best_source("1.0.0.0/8") == -1);
}

TEST_CASE("gateway recursive: over a device route the next hop itself is the gateway, at metric 0") {
  Recursive scene;
  scene.tell_igp("172.16.0.0/24", {.ifindex = 3});
  scene.bgp->announce(nets({"1.0.0.0/8"}), Route{.next_hop = "172.16.0.1"}.block());
  auto best = scene.best("1.0.0.0/8");
  CHECK(best.resolution.reachable);
  CHECK(best.resolution.recursive);
  CHECK(best.resolution.hops.at(0) == proto::NextHop{.gateway = ip("172.16.0.1"), .ifindex = 3});
  CHECK(best.resolution.igp_metric == 0);
}

TEST_CASE("gateway recursive: over a route with a gateway, that gateway") {
  Recursive scene;
  scene.tell_igp("172.16.0.0/24", {.gateway = ip("10.0.0.8"), .ifindex = 2});
  scene.bgp->announce(nets({"1.0.0.0/8"}), Route{.next_hop = "172.16.0.1"}.block());
  CHECK(scene.best("1.0.0.0/8").resolution.hops.at(0).gateway == ip("10.0.0.8"));
}

TEST_CASE("gateway recursive: without a covering route it stays selected but leads nowhere") {
  Recursive scene;
  scene.bgp->announce(nets({"1.0.0.0/8"}), Route{.next_hop = "172.16.0.1"}.block());
  REQUIRE(scene.best_source("1.0.0.0/8") == 1);
  auto best = scene.best("1.0.0.0/8");
  CHECK_FALSE(best.resolution.reachable);
  CHECK(best.resolution.kind == proto::DestinationKind::unreachable);
  CHECK_FALSE(best.resolution.igp_metric);
}

TEST_CASE("gateway recursive: followers learn when the covering route comes, changes and goes") {
  Recursive scene;
  Listener listener;
  scene.rib.follow(scene.table, listener);
  scene.bgp->announce(nets({"1.0.0.0/8"}), Route{.next_hop = "172.16.0.1"}.block());
  scene.settle();
  listener.take();

  scene.tell_igp("172.16.0.0/16", {.ifindex = 3});
  CHECK(listener.take() == std::set<std::string>{"1.0.0.0/8", "172.16.0.0/16"});
  CHECK(scene.best("1.0.0.0/8").resolution.hops.at(0).ifindex == 3);

  scene.tell_igp("172.16.0.0/24", {.ifindex = 4});  // more specific
  CHECK(listener.take().contains("1.0.0.0/8"));
  CHECK(scene.best("1.0.0.0/8").resolution.hops.at(0).ifindex == 4);

  scene.tell_igp("172.17.0.0/24", {.ifindex = 5});  // does not cover it
  CHECK_FALSE(listener.take().contains("1.0.0.0/8"));

  scene.igp->withdraw(nets({"172.16.0.0/24", "172.16.0.0/16"}));
  scene.settle();
  CHECK(listener.take().contains("1.0.0.0/8"));
  CHECK_FALSE(scene.best("1.0.0.0/8").resolution.reachable);
}

TEST_CASE("gateway recursive: nothing resolves through a recursive route") {
  Recursive scene;
  scene.tell_igp("172.16.0.0/24", {.ifindex = 3});
  scene.bgp->announce(nets({"192.168.0.0/16"}), Route{.next_hop = "172.16.0.1"}.block());
  scene.bgp->announce(nets({"1.0.0.0/8"}), Route{.next_hop = "192.168.0.1"}.block());
  scene.settle();
  CHECK(scene.best("192.168.0.0/16").resolution.reachable);
  CHECK_FALSE(scene.best("1.0.0.0/8").resolution.reachable);
}

TEST_CASE("gateway recursive: an address of our own leads nowhere") {
  Recursive scene;
  scene.tell_igp("10.0.0.0/24", {.ifindex = 2});
  scene.bgp->announce(nets({"1.0.0.0/8"}), Route{.next_hop = "10.0.0.254"}.block());
  CHECK_FALSE(scene.best("1.0.0.0/8").resolution.reachable);
}

TEST_CASE("a route whose next hop is lost gives way to one that leads somewhere") {
  Recursive scene;
  auto other = scene.open([] {
    auto facts = Scene::ibgp("10.0.0.2");
    facts.gateway_recursive = true;
    return facts;
  }());
  scene.tell_igp("172.16.0.0/24", {.ifindex = 3});
  scene.tell_igp("172.17.0.0/24", {.ifindex = 4});
  scene.bgp->announce(nets({"1.0.0.0/8"}), Route{.next_hop = "172.16.0.1", .local_pref = 200}.block());
  other->announce(nets({"1.0.0.0/8"}), Route{.next_hop = "172.17.0.1"}.block());
  REQUIRE(scene.best_source("1.0.0.0/8") == 1);
  scene.igp->withdraw(nets({"172.16.0.0/24"}));
  scene.settle();
  CHECK(scene.best_source("1.0.0.0/8") == 2);
  CHECK(other->preferred() == 1);
}

TEST_CASE("a link-local next hop is reached on its interface") {
  Scene scene(proto::Family::ipv6);
  scene.add_link(5, "eth5", "fe80::9", "fe80::/64");
  auto channel = scene.open(Scene::ebgp(65001, "fe80::1"), Scene::channel_options(proto::Family::ipv6));
  auto block = Route{.next_hop = "fe80::1"}.block();
  block.set_u32(proto::AttributeCode::scope_interface, 5);
  channel->announce(nets({"2001:db8::/32"}), block);
  REQUIRE(scene.best_source("2001:db8::/32") == 0);
  CHECK(scene.best("2001:db8::/32").resolution.hops.at(0) == proto::NextHop{.gateway = ip("fe80::1"), .ifindex = 5});
}
