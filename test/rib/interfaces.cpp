#include <doctest/doctest.h>

#include "bgpd/rib/interfaces.hpp"
#include "test/rib/scene.hpp"

using namespace avocet;
using namespace avocet::rib;
using namespace avocet::rib::test;

namespace {

Interface link(std::uint32_t index, const char* name, std::vector<InterfaceAddress> addresses) {
  return {.index = index, .name = name, .up = true, .link = true, .addresses = std::move(addresses)};
}

}  // namespace

TEST_CASE("a neighbour is on the link with the longest net that holds it") {
  Interfaces interfaces;
  interfaces.set(link(3, "eth1", {{.address = ip("10.0.1.1"), .net = net("10.0.1.0/24")}}));
  interfaces.set(link(2, "eth0", {{.address = ip("10.0.0.1"), .net = net("10.0.0.0/16")}}));
  CHECK(interfaces.neighbor(ip("10.0.1.7"))->name == "eth1");
  CHECK(interfaces.neighbor(ip("10.0.2.7"))->name == "eth0");
  CHECK(interfaces.neighbor(ip("10.1.0.1")) == nullptr);
}

TEST_CASE("the network and broadcast addresses of a subnet are nobody's, but both of a /31 are") {
  Interfaces interfaces;
  interfaces.set(link(2, "eth0", {{.address = ip("10.0.0.1"), .net = net("10.0.0.0/24")},
                                  {.address = ip("10.9.0.0"), .net = net("10.9.0.0/31")}}));
  CHECK(interfaces.neighbor(ip("10.0.0.0")) == nullptr);
  CHECK(interfaces.neighbor(ip("10.0.0.255")) == nullptr);
  CHECK(interfaces.neighbor(ip("10.9.0.1")) != nullptr);
}

TEST_CASE("a link-local neighbour needs the interface") {
  Interfaces interfaces;
  interfaces.set(link(2, "eth0", {{.address = ip("fe80::1"), .net = net("fe80::/64")}}));
  CHECK(interfaces.neighbor(ip("fe80::2")) == nullptr);
  CHECK(interfaces.neighbor(ip("fe80::2"), 2)->name == "eth0");
}

TEST_CASE("addresses of an interface that is down count as absent") {
  Interfaces interfaces;
  auto down = link(2, "eth0", {{.address = ip("10.0.0.1"), .net = net("10.0.0.0/24")}});
  down.up = false;
  interfaces.set(down);
  CHECK(interfaces.neighbor(ip("10.0.0.2")) == nullptr);
  CHECK_FALSE(interfaces.is_local(ip("10.0.0.1")));
  CHECK(interfaces.list().size() == 1);
}

TEST_CASE("towards a neighbour we use the address on its net") {
  Interfaces interfaces;
  interfaces.set(link(2, "eth0", {{.address = ip("10.0.0.1"), .net = net("10.0.0.0/24")},
                                  {.address = ip("10.0.5.1"), .net = net("10.0.5.0/24")},
                                  {.address = ip("fe80::1"), .net = net("fe80::/64")}}));
  auto& eth0 = *interfaces.find("eth0");
  CHECK(interfaces.local_towards(eth0, ip("10.0.5.9")) == ip("10.0.5.1"));
  CHECK(interfaces.local_towards(eth0, ip("172.16.0.1")) == ip("10.0.0.1"));
  CHECK(interfaces.local_towards(eth0, ip("fe80::2")) == ip("fe80::1"));
}

TEST_CASE("the router id is the lowest address of the first interface that is no loopback") {
  Interfaces interfaces;
  auto loopback = link(1, "lo", {{.address = ip("1.1.1.1"), .net = net("1.1.1.1/32")}});
  loopback.flags = 8;  // IFF_LOOPBACK
  interfaces.set(loopback);
  CHECK(interfaces.pick_router_id() == 0);
  interfaces.set(link(2, "eth0", {{.address = ip("10.0.0.9"), .net = net("10.0.0.0/24")},
                                  {.address = ip("10.0.0.3"), .net = net("10.0.0.0/24")}}));
  CHECK(interfaces.pick_router_id() == 0x0a000003);
}

TEST_CASE("a listener that ended is forgotten when another one comes, though no interface ever changes") {
  Rib rib;
  auto owned = std::make_shared<int>(0);
  for (int i = 0; i < 3; ++i) {
    auto life = std::make_shared<int>(0);
    rib.on_interfaces(life, [owned] {});
  }
  CHECK(owned.use_count() == 2);  // ours, and the last listener's
}
