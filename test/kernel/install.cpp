#include "bgpd/kernel/install.hpp"

#include <doctest/doctest.h>
#include <linux/rtnetlink.h>

#include <algorithm>
#include <cerrno>
#include <set>

#include "test/kernel/own_network.hpp"
#include "test/rib/scene.hpp"

using namespace avocet;
using namespace avocet::kernel;
using namespace avocet::kernel::test;
using rib::test::ip;
using rib::test::net;
using rib::test::Route;

namespace {

using Held = std::set<std::string>;

void sh(const std::string& command) { REQUIRE(std::system((command + " 2>/dev/null").c_str()) == 0); }

KernelOptions options() {
  KernelOptions result;
  result.channel = rib::test::Scene::channel_options();
  result.channel.export_filter = filter::accept_all();
  result.metric = 32;
  return result;
}

/// A table, one BGP source, and an installer that writes into a fresh namespace with a real interface eth0.
struct World {
  rib::test::Scene scene;
  Netlink requests, dumps, events;
  std::shared_ptr<rib::Channel> bgp, kernel;
  std::unique_ptr<Installer> installer;

  explicit World(KernelOptions with = options()) {
    sh("ip addr add 10.0.0.254/24 dev eth0");
    REQUIRE(requests.open(0, 1 << 20) == "");
    REQUIRE(dumps.open(0, 1 << 20) == "");
    REQUIRE(events.open(RTMGRP_IPV4_ROUTE, 1 << 20) == "");
    events.ignore_requests_of(requests.port_id());
    bgp = scene.open();
    kernel = scene.open({.kind = filter::RouteSource::inherit}, with.channel);
    start(with);
  }
  ~World() { scene.rib.unfollow(scene.table, *installer); }

  /// Also a restart: a new installer knows nothing of what the old one installed.
  void start(KernelOptions with = options()) {
    if (installer) scene.rib.unfollow(scene.table, *installer);
    installer = std::make_unique<Installer>(scene.rib, kernel, requests, with);
    scene.rib.follow(scene.table, *installer);
    scene.rib.feed(scene.table, *installer);
    scan();
  }
  void announce(std::initializer_list<const char*> nets, Route route = {}) {
    bgp->announce(rib::test::nets(nets), route.block());
  }
  void withdraw(std::initializer_list<const char*> nets) { bgp->withdraw(rib::test::nets(nets)); }
  void settle() {
    scene.settle();
    while (installer->work()) {
    }
  }
  void list() {
    for (auto& message : main_routes(dumps, AF_INET))
      message.protocol == route_protocol ? installer->scanned(message) : installer->scanned_alien(message);
  }
  void scan() {
    installer->begin_scan();
    list();
    installer->end_scan();
    settle();
  }
  /// Hands the kernel's notifications to the installer.
  void hear() {
    events.read([&](const nlmsghdr* header) {
      auto message = parse_route(header);
      if (!message || message->table != RT_TABLE_MAIN) return;
      message->protocol == route_protocol ? installer->disturbed(*message) : installer->alien(*message);
    }, 1000);
    settle();
  }
  /// "192.0.2.0/24 via 10.0.0.1 metric 32" and so on, of our routes in the kernel.
  std::set<std::string> held() {
    std::set<std::string> result;
    for (auto& message : our_routes(dumps, AF_INET)) {
      auto text = message.net.text();
      for (auto& hop : message.route.hops) text += " via " + hop.gateway.text();
      if (message.route.kind != proto::DestinationKind::unicast) text += " nowhere";
      result.insert(text + " metric " + std::to_string(message.route.metric));
    }
    return result;
  }
  std::vector<Refusal> refusals() {
    installer->confirm_failures();
    settle();
    return installer->take_refusals();
  }
};

}  // namespace

TEST_CASE("a route is installed, replaced and removed with its net") {
  if (!enter_new_network()) return;
  World w;
  w.announce({"192.0.2.0/24", "198.51.100.0/24"});
  w.settle();
  CHECK(w.held() == Held{"192.0.2.0/24 via 10.0.0.1 metric 32", "198.51.100.0/24 via 10.0.0.1 metric 32"});
  CHECK(w.installer->installed() == 2);
  CHECK(w.kernel->exported == 2);
  w.announce({"192.0.2.0/24"}, {.next_hop = "10.0.0.2"});
  w.settle();
  CHECK(w.held() == Held{"192.0.2.0/24 via 10.0.0.2 metric 32", "198.51.100.0/24 via 10.0.0.1 metric 32"});
  w.withdraw({"192.0.2.0/24"});
  w.settle();
  CHECK(w.held() == Held{"198.51.100.0/24 via 10.0.0.1 metric 32"});
  CHECK(w.kernel->exported == 1);
}

TEST_CASE("another metric or kind takes the place of the old route") {
  if (!enter_new_network()) return;
  World w;
  w.announce({"192.0.2.0/24"});
  w.settle();
  auto with = options();
  with.metric = 77;
  w.installer->reconfigure(with);
  w.scene.rib.feed(w.scene.table, *w.installer);
  w.settle();
  CHECK(w.held() == Held{"192.0.2.0/24 via 10.0.0.1 metric 77"});
  auto nowhere = Route{}.block();
  proto::set_destination(nowhere, {proto::DestinationKind::blackhole, {}});
  w.bgp->announce(rib::test::nets({"192.0.2.0/24"}), nowhere);
  w.settle();
  CHECK(w.held() == Held{"192.0.2.0/24 nowhere metric 77"});
}

TEST_CASE("equal paths become one route with several next hops, up to the limit") {
  if (!enter_new_network()) return;
  auto with = options();
  with.merge_paths = true;
  with.merge_limit = 2;
  World w(with);
  w.start(with);
  std::vector<std::shared_ptr<rib::Channel>> others;
  for (auto* address : {"10.0.0.2", "10.0.0.3"}) {
    others.push_back(w.scene.open(rib::test::Scene::ebgp(65001, address)));
    others.back()->announce(rib::test::nets({"192.0.2.0/24"}), Route{.next_hop = address}.block());
  }
  w.settle();
  CHECK(w.held() == Held{"192.0.2.0/24 via 10.0.0.2 via 10.0.0.3 metric 32"});
  w.announce({"192.0.2.0/24"});
  w.settle();
  CHECK(w.held() == Held{"192.0.2.0/24 via 10.0.0.1 via 10.0.0.2 metric 32"});
  others[0]->withdraw(rib::test::nets({"192.0.2.0/24"}));
  others[1]->withdraw(rib::test::nets({"192.0.2.0/24"}));
  w.settle();
  CHECK(w.held() == Held{"192.0.2.0/24 via 10.0.0.1 metric 32"});
}

TEST_CASE("nothing is written before the first scan, and what a previous life left is taken over without a request") {
  if (!enter_new_network()) return;
  World w;
  w.announce({"192.0.2.0/24", "198.51.100.0/24"});
  w.settle();
  w.installer->abandon();
  w.scene.rib.feed(w.scene.table, *w.installer);
  w.settle();
  CHECK(w.installer->installed() == 0);
  Netlink watch;
  REQUIRE(watch.open(RTMGRP_IPV4_ROUTE, 1 << 20) == "");
  w.announce({"198.51.100.0/24"}, {.next_hop = "10.0.0.2"});
  w.scan();
  CHECK(w.installer->installed() == 2);
  std::set<std::string> written;
  watch.read([&](const nlmsghdr* header) { if (auto route = parse_route(header)) written.insert(route->net.text()); }, 100);
  CHECK(written == Held{"198.51.100.0/24"});
}

TEST_CASE("leftovers that nobody wants stay until pruning is allowed") {
  if (!enter_new_network()) return;
  World w;
  w.announce({"192.0.2.0/24", "198.51.100.0/24"});
  w.settle();
  w.installer->abandon();
  w.withdraw({"198.51.100.0/24"});
  w.scene.settle();
  w.start();
  CHECK(w.held().size() == 2);
  w.installer->allow_pruning(true);
  w.settle();
  CHECK(w.held() == Held{"192.0.2.0/24 via 10.0.0.1 metric 32"});
}

TEST_CASE("an incomplete listing adopts what it has and concludes nothing from what it lacks") {
  if (!enter_new_network()) return;
  World w;
  w.announce({"192.0.2.0/24"});
  w.settle();
  w.installer->abandon();
  w.scene.rib.feed(w.scene.table, *w.installer);
  w.installer->allow_pruning(true);
  w.installer->begin_scan();
  w.installer->interrupt_scan();
  w.settle();
  CHECK(w.installer->take_conflict());
  w.scan();
  CHECK(w.installer->installed() == 1);
  CHECK(w.refusals().empty());
}

TEST_CASE("somebody else's route is never replaced; ours comes when it goes") {
  if (!enter_new_network()) return;
  World w;
  sh("ip route add blackhole 192.0.2.0/24 metric 32 proto static");
  w.announce({"192.0.2.0/24"});
  w.settle();
  CHECK(w.held().empty());
  auto refused = w.refusals();
  REQUIRE(refused.size() == 1);
  CHECK(refused[0].error_number == EEXIST);
  CHECK(refused[0].net == net("192.0.2.0/24"));
  CHECK(refused[0].route.hops[0].gateway == ip("10.0.0.1"));
  CHECK(w.installer->failed(*w.scene.table.find(net("192.0.2.0/24"))));
  w.scan();
  CHECK(w.refusals().empty());
  w.hear();
  sh("ip route del blackhole 192.0.2.0/24 metric 32");
  w.hear();
  CHECK(w.held() == Held{"192.0.2.0/24 via 10.0.0.1 metric 32"});
  CHECK_FALSE(w.installer->failed(*w.scene.table.find(net("192.0.2.0/24"))));
}

TEST_CASE("who replaces our route keeps the place: no fight") {
  if (!enter_new_network()) return;
  for (bool by_event : {true, false}) {
    CAPTURE(by_event);
    if (!enter_new_network()) return;
    World w;
    w.announce({"192.0.2.0/24"});
    w.settle();
    sh("ip route replace blackhole 192.0.2.0/24 metric 32 proto static");
    by_event ? w.hear() : w.scan();
    w.scan();
    CHECK(w.held().empty());
    CHECK(w.refusals().size() == 1);
  }
}

TEST_CASE("a route of ours that was removed or changed behind our back is written again, by event or by scan") {
  for (auto* disturbance : {"ip route del 192.0.2.0/24", "ip route replace 192.0.2.0/24 via 10.0.0.7 metric 32 proto bird"})
    for (bool by_event : {true, false}) {
      CAPTURE(disturbance);
      CAPTURE(by_event);
      if (!enter_new_network()) return;
      World w;
      w.announce({"192.0.2.0/24"});
      w.settle();
      sh(disturbance);
      by_event ? w.hear() : w.scan();
      CHECK(w.held() == Held{"192.0.2.0/24 via 10.0.0.1 metric 32"});
    }
}

TEST_CASE("routes with our number that others write are pruned") {
  if (!enter_new_network()) return;
  World w;
  w.installer->allow_pruning(true);
  sh("ip route add blackhole 192.0.2.0/24 proto bird");
  w.hear();
  CHECK(w.held().empty());
}

TEST_CASE("after the loss of an interface its routes are written again") {
  if (!enter_new_network()) return;
  World w;
  w.announce({"192.0.2.0/24"});
  w.settle();
  sh("ip link set eth0 down && ip link set eth0 up");
  CHECK(w.held().empty());
  w.installer->interface_lost(2);
  w.settle();
  CHECK(w.held() == Held{"192.0.2.0/24 via 10.0.0.1 metric 32"});
}

TEST_CASE("a refusal is reported when a second try fails too, once per route and change") {
  if (!enter_new_network()) return;
  World w;
  sh("ip link set eth0 down");
  w.announce({"192.0.2.0/24"});
  w.settle();
  CHECK(w.installer->take_refusals().empty());
  CHECK(w.installer->has_unconfirmed());
  CHECK(w.refusals().size() == 1);
  CHECK_FALSE(w.installer->has_unconfirmed());
  w.installer->retry_failed();
  w.settle();
  CHECK(w.refusals().empty());
  w.announce({"192.0.2.0/24"}, {.next_hop = "10.0.0.2"});
  w.settle();
  CHECK(w.refusals().size() == 1);
  CHECK(w.kernel->exported == 1);
  sh("ip link set eth0 up");
  w.installer->retry_failed();
  w.settle();
  CHECK(w.held() == Held{"192.0.2.0/24 via 10.0.0.2 metric 32"});
}

TEST_CASE("a failure that is over before the second try is nobody's business") {
  if (!enter_new_network()) return;
  World w;
  sh("ip link set eth0 down");
  w.announce({"192.0.2.0/24", "198.51.100.0/24"});
  w.settle();
  sh("ip link set eth0 up");
  w.withdraw({"198.51.100.0/24"});
  w.scene.settle();
  CHECK(w.refusals().empty());
  CHECK(w.held() == Held{"192.0.2.0/24 via 10.0.0.1 metric 32"});
}

TEST_CASE("a route that cannot be replaced does not stay with its old next hop") {
  if (!enter_new_network()) return;
  World w;
  w.announce({"192.0.2.0/24"});
  w.settle();
  // The RIB thinks this gateway is on the link; the kernel knows better.
  w.scene.add_link(9, "eth9", "10.9.0.254", "10.9.0.0/24");
  w.announce({"192.0.2.0/24"}, {.next_hop = "10.9.0.1"});
  w.settle();
  CHECK(w.held().empty());
  CHECK(w.refusals().size() == 1);
}

TEST_CASE("the rows of show protocols count what the table said, not what the kernel made us repeat") {
  if (!enter_new_network()) return;
  World w;
  w.announce({"192.0.2.0/24", "198.51.100.0/24"});
  w.settle();
  sh("ip route del 192.0.2.0/24");
  w.hear();
  w.scan();
  auto& counters = w.kernel->export_counters;
  CHECK(counters.updates_received == 2);
  CHECK(counters.updates_accepted == 2);
  w.withdraw({"192.0.2.0/24"});
  w.settle();
  CHECK(counters.withdraws_received == 1);
  CHECK(counters.withdraws_accepted == 1);
}

TEST_CASE("all our routes go in turns of work; a scan in between can take them over instead") {
  if (!enter_new_network()) return;
  World w;
  std::vector<proto::Nlri> many;
  for (std::uint32_t i = 0; i < 1000; ++i) many.push_back({proto::Prefix::v4(0xc0000000u + (i << 8), 24)});
  w.bgp->announce(many, Route{}.block());
  w.settle();
  CHECK(w.held().size() == 1000);
  w.scene.rib.unfollow(w.scene.table, *w.installer);
  w.installer->remove_all();
  CHECK(w.installer->work());
  auto left = w.held().size();
  CHECK(left > 0);
  CHECK(left < 1000);
  SUBCASE("to the end") {
    while (w.installer->work()) {
    }
    CHECK(w.held().empty());
  }
  SUBCASE("taken over") {
    w.installer->abandon();
    w.scene.rib.follow(w.scene.table, *w.installer);
    w.scene.rib.feed(w.scene.table, *w.installer);
    w.scan();
    CHECK(w.held().size() == 1000);
    CHECK(w.installer->installed() == 1000);
  }
}

TEST_CASE("a net id that is used again for another prefix does not inherit the old route") {
  if (!enter_new_network()) return;
  World w;
  w.announce({"192.0.2.0/24"});
  w.settle();
  w.withdraw({"192.0.2.0/24"});
  w.scene.settle();
  w.announce({"198.51.100.0/24"});
  w.settle();
  CHECK(w.held() == Held{"198.51.100.0/24 via 10.0.0.1 metric 32"});
  CHECK(w.installer->installed() == 1);
}
