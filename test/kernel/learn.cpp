#include "bgpd/kernel/learn.hpp"

#include <doctest/doctest.h>
#include <linux/rtnetlink.h>

#include "test/rib/scene.hpp"

using namespace avocet;
using namespace avocet::kernel;
using rib::test::ip;
using rib::test::net;

namespace {

RouteMessage route(const char* to, const char* gateway, std::uint32_t metric = 0, std::uint32_t ifindex = 2) {
  RouteMessage message;
  message.protocol = RTPROT_STATIC;
  message.type = RTN_UNICAST;
  message.known_kind = true;
  message.table = RT_TABLE_MAIN;
  message.net = net(to);
  message.route.metric = metric;
  message.route.hops = {{ip(gateway), ifindex}};
  return message;
}
RouteMessage gone(RouteMessage message) {
  message.removed = true;
  return message;
}

struct World {
  rib::test::Scene scene;
  std::shared_ptr<rib::Channel> channel;
  LearnedRoutes learned;
  World() : channel(scene.open({.kind = filter::RouteSource::inherit})), learned(channel) {}

  /// The gateway learned for a net, "" if none.
  std::string gateway(const char* to) {
    scene.settle();
    auto id = scene.table.find(net(to));
    if (!id || !scene.table.best(*id)) return "";
    auto hops = scene.best(to).resolution.hops;
    return hops.size() == 1 ? hops[0].gateway.text() : "several";
  }
  std::optional<std::uint32_t> attribute(const char* to, proto::AttributeCode code) {
    scene.settle();
    return scene.best(to).attributes.u32(code);
  }
};

}  // namespace

TEST_CASE("what is learned: routes of other programs, and of the kernel itself only with `all`") {
  auto with = [](auto change) {
    auto message = route("192.0.2.0/24", "10.0.0.9");
    change(message);
    return message;
  };
  struct {
    const char* name;
    RouteMessage message;
    bool on, all;
  } cases[] = {
      {"static", with([](auto&) {}), true, true},
      {"kernel", with([](auto& m) { m.protocol = RTPROT_KERNEL; }), false, true},
      {"boot", with([](auto& m) { m.protocol = RTPROT_BOOT; }), true, true},
      {"ours", with([](auto& m) { m.protocol = route_protocol; }), false, false},
      {"redirect", with([](auto& m) { m.protocol = RTPROT_REDIRECT; }), false, false},
      {"cache", with([](auto& m) { m.cloned = true; }), false, false},
      {"type of service", with([](auto& m) { m.tos = 8; }), false, false},
      {"throw", with([](auto& m) { m.known_kind = false; }), false, false},
      {"multicast", with([](auto& m) { m.net = net("224.0.0.0/4"); }), false, false},
      {"loopback", with([](auto& m) { m.net = net("127.0.0.0/8"); }), false, false},
      {"IPv6 link-local", with([](auto& m) { m.net = net("fe80::/64"); }), false, false},
      {"default", with([](auto& m) { m.net = net("0.0.0.0/0"); }), true, true},
  };
  for (auto& c : cases) {
    CAPTURE(c.name);
    CHECK_FALSE(LearnedRoutes::wanted(c.message, Learn::off));
    CHECK(LearnedRoutes::wanted(c.message, Learn::on) == c.on);
    CHECK(LearnedRoutes::wanted(c.message, Learn::all) == c.all);
  }
}

TEST_CASE("of several routes to a net the one with the lowest metric is told, and the next one when it goes") {
  World w;
  w.learned.event(route("192.0.2.0/24", "10.0.0.3", 300));
  w.learned.event(route("192.0.2.0/24", "10.0.0.2", 200));
  CHECK(w.gateway("192.0.2.0/24") == "10.0.0.2");
  CHECK(w.attribute("192.0.2.0/24", proto::AttributeCode::krt_metric) == 200u);
  CHECK(w.attribute("192.0.2.0/24", proto::AttributeCode::krt_source) == RTPROT_STATIC);
  w.learned.event(gone(route("192.0.2.0/24", "10.0.0.2", 200)));
  CHECK(w.gateway("192.0.2.0/24") == "10.0.0.3");
  w.learned.event(gone(route("192.0.2.0/24", "10.0.0.3", 300)));
  CHECK(w.gateway("192.0.2.0/24") == "");
}

TEST_CASE("a scan removes what it does not mention, but believes events that came meanwhile") {
  World w;
  w.learned.event(route("192.0.2.0/24", "10.0.0.2"));
  w.learned.event(route("198.51.100.0/24", "10.0.0.2"));
  w.learned.begin_scan();
  w.learned.event(gone(route("198.51.100.0/24", "10.0.0.2")));
  w.learned.event(route("203.0.113.0/24", "10.0.0.2"));
  w.learned.scanned(route("198.51.100.0/24", "10.0.0.2"));
  w.learned.end_scan();
  CHECK(w.gateway("192.0.2.0/24") == "");
  CHECK(w.gateway("198.51.100.0/24") == "");
  CHECK(w.gateway("203.0.113.0/24") == "10.0.0.2");
}

TEST_CASE("a dead interface takes its routes along, though the kernel does not say so") {
  World w;
  w.scene.add_link(3, "eth1", "10.1.0.254", "10.1.0.0/24");
  w.learned.event(route("192.0.2.0/24", "10.0.0.2", 10, 2));
  w.learned.event(route("192.0.2.0/24", "10.1.0.2", 20, 3));
  w.learned.event(route("198.51.100.0/24", "10.0.0.2", 10, 2));
  w.learned.interface_lost(2);
  CHECK(w.gateway("192.0.2.0/24") == "10.1.0.2");
  CHECK(w.gateway("198.51.100.0/24") == "");
}
