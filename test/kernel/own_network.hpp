#pragma once
/// A network namespace for a test, and what the kernel holds in it.
#include <doctest/doctest.h>
#include <linux/rtnetlink.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <vector>

#include "bgpd/kernel/netlink.hpp"

namespace avocet::kernel::test {

/// Moves this process into a new namespace with `lo` and an `eth0` (index 2) up; false, said in the output, where that is
/// not allowed.
inline bool enter_new_network() {
  auto* links = "ip link set lo up && ip link add eth0 index 2 type veth peer name far0 index 3 && ip link set far0 up && ip link set eth0 up";
  if (geteuid() == 0 && unshare(CLONE_NEWNET) == 0) {
    REQUIRE(std::system(links) == 0);
    return true;
  }
  MESSAGE("skipped: needs root for a network namespace");
  return false;
}

inline std::vector<RouteMessage> main_routes(Netlink& netlink, int family) {
  std::vector<RouteMessage> routes;
  REQUIRE(netlink.request_dump(RTM_GETROUTE, static_cast<std::uint8_t>(family)));
  auto note = [&](const nlmsghdr* header) {
    if (auto route = parse_route(header); route && route->table == RT_TABLE_MAIN) routes.push_back(*route);
  };
  while (netlink.read(note, 1000) != Netlink::Read::dump_done) netlink.wait();
  return routes;
}

inline std::vector<RouteMessage> our_routes(Netlink& netlink, int family) {
  auto routes = main_routes(netlink, family);
  std::erase_if(routes, [](auto& route) { return route.protocol != route_protocol; });
  return routes;
}

}  // namespace avocet::kernel::test
