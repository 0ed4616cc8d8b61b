#include <doctest/doctest.h>

#include "bgpd/rib/static_routes.hpp"
#include "test/rib/scene.hpp"

using namespace avocet;
using namespace avocet::rib;
using namespace avocet::rib::test;

namespace {

StaticOptions options_of(std::vector<StaticRoute> routes) {
  StaticOptions options;
  options.protocol.name = "static1";
  auto channel = Scene::channel_options();
  channel.preference = 200;
  options.channels = {channel};
  options.routes = std::move(routes);
  return options;
}

StaticRoute via(const char* prefix, std::vector<StaticHop> hops) { return {.net = net(prefix), .hops = std::move(hops)}; }

StaticHop hop(const char* gateway, const char* interface = "", std::uint16_t weight = 1, bool onlink = false) {
  return {*gateway ? ip(gateway) : proto::Address(), interface, weight, onlink};
}

struct StaticScene : Scene {
  StaticRoutes routes;
  explicit StaticScene(std::vector<StaticRoute> list)
      : routes(rib, std::make_shared<Protocol>(), options_of(std::move(list))) {
    routes.enable();
  }
};

}  // namespace

TEST_CASE("a static route is up while its gateway is on a link") {
  StaticScene scene({via("1.0.0.0/8", {hop("172.16.0.1")})});
  CHECK_FALSE(scene.routes.active(scene.routes.options().routes[0]));
  scene.add_link(3, "eth1", "172.16.0.9", "172.16.0.0/24");
  CHECK(scene.best("1.0.0.0/8").resolution.hops.at(0) == proto::NextHop{.gateway = ip("172.16.0.1"), .ifindex = 3});
  CHECK(scene.best("1.0.0.0/8").preference == 200);
  CHECK(scene.routes.active(scene.routes.options().routes[0]));
  scene.rib.interfaces().remove(3);
  scene.rib.interfaces_changed();
  CHECK(scene.best_source("1.0.0.0/8") == -1);
}

TEST_CASE("the forms of static routes give their destinations") {
  using Kind = proto::DestinationKind;
  StaticScene scene({
      {.net = net("1.0.0.0/8"), .kind = Kind::blackhole},
      {.net = net("2.0.0.0/8"), .kind = Kind::unreachable},
      {.net = net("3.0.0.0/8"), .kind = Kind::prohibit},
      via("4.0.0.0/8", {hop("", "eth0")}),
      via("5.0.0.0/8", {hop("10.0.0.1", "", 2), hop("10.0.0.2", "", 256)}),
      via("6.0.0.0/8", {hop("172.16.0.1", "eth0", 1, true)}),
      {.net = net("7.0.0.0/8"), .recursive = ip("4.1.1.1")},
  });
  CHECK(scene.best("1.0.0.0/8").resolution.kind == Kind::blackhole);
  CHECK(scene.best("2.0.0.0/8").resolution.kind == Kind::unreachable);
  CHECK(scene.best("3.0.0.0/8").resolution.kind == Kind::prohibit);
  CHECK(scene.best("4.0.0.0/8").resolution.hops.at(0) == proto::NextHop{.ifindex = 2});
  auto multipath = scene.best("5.0.0.0/8").resolution.hops;
  REQUIRE(multipath.size() == 2);
  CHECK(multipath[0].weight == 1);
  CHECK(multipath[1].weight == 255);
  CHECK(scene.best("6.0.0.0/8").resolution.hops.at(0) ==
        proto::NextHop{.gateway = ip("172.16.0.1"), .ifindex = 2, .onlink = true});
  CHECK(scene.best("7.0.0.0/8").resolution.hops.at(0) == proto::NextHop{.gateway = ip("4.1.1.1"), .ifindex = 2});
}

TEST_CASE("a multipath route goes through the hops that are there") {
  StaticScene scene({via("5.0.0.0/8", {hop("10.0.0.1"), hop("172.16.0.1")})});
  CHECK(scene.best("5.0.0.0/8").resolution.hops.size() == 1);
  scene.add_link(3, "eth1", "172.16.0.9", "172.16.0.0/24");
  CHECK(scene.best("5.0.0.0/8").resolution.hops.size() == 2);
}

TEST_CASE("our own address is no gateway") {
  StaticScene scene({via("1.0.0.0/8", {hop("10.0.0.254")})});
  CHECK(scene.best_source("1.0.0.0/8") == -1);
}

TEST_CASE("check link takes routes down with the carrier") {
  StaticScene scene({});
  auto options = options_of({via("1.0.0.0/8", {hop("10.0.0.1")})});
  options.check_link = true;
  scene.routes.reconfigure(options);
  CHECK(scene.best_source("1.0.0.0/8") == 0);
  auto interface = *scene.rib.interfaces().find("eth0");
  interface.link = false;
  scene.rib.interfaces().set(interface);
  scene.rib.interfaces_changed();
  CHECK(scene.best_source("1.0.0.0/8") == -1);
}

TEST_CASE("the last route of one net wins") {
  StaticScene scene({via("1.0.0.0/8", {hop("10.0.0.1")}), via("1.0.0.0/8", {hop("10.0.0.2")})});
  CHECK(scene.best("1.0.0.0/8").resolution.hops.at(0).gateway == ip("10.0.0.2"));
  CHECK_FALSE(scene.routes.active(scene.routes.options().routes[0]));
  CHECK(scene.routes.active(scene.routes.options().routes[1]));
}

TEST_CASE("a reconfiguration touches only what changed") {
  StaticScene scene({via("1.0.0.0/8", {hop("10.0.0.1")}), via("2.0.0.0/8", {hop("10.0.0.1")}),
                     via("3.0.0.0/8", {hop("10.0.0.1")})});
  Listener listener;
  scene.settle();
  scene.rib.follow(scene.table, listener);
  scene.routes.reconfigure(options_of({via("1.0.0.0/8", {hop("10.0.0.1")}), via("2.0.0.0/8", {hop("10.0.0.2")})}));
  scene.settle();
  CHECK(listener.take() == std::set<std::string>{"2.0.0.0/8", "3.0.0.0/8"});
}

TEST_CASE("a disabled protocol has no routes, an enabled one has them again") {
  StaticScene scene({via("1.0.0.0/8", {hop("10.0.0.1")})});
  scene.routes.disable();
  CHECK(scene.best_source("1.0.0.0/8") == -1);
  scene.rib.interfaces_changed();
  CHECK(scene.best_source("1.0.0.0/8") == -1);
  scene.routes.enable();
  CHECK(scene.best_source("1.0.0.0/8") == 0);
}
