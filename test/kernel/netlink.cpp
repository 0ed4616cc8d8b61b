#include "bgpd/kernel/netlink.hpp"

#include <doctest/doctest.h>
#include <linux/rtnetlink.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include "test/kernel/own_network.hpp"

using namespace avocet;
using namespace avocet::kernel;
using namespace avocet::kernel::test;
using proto::Address;
using proto::DestinationKind;
using proto::Prefix;

TEST_CASE("what is installed is what the kernel says back") {
  if (!enter_new_network()) return;
  Netlink netlink;
  REQUIRE(netlink.open(0, 1 << 20) == "");
  auto gateway = [](const char* text) { return *Address::parse(text); };
  REQUIRE(std::system("ip addr add 10.0.0.1/24 dev eth0; ip -6 addr add fd00::1/64 dev eth0 nodad") == 0);
  struct {
    const char* name;
    const char* net;
    KernelRoute route;
  } cases[] = {
      {"blackhole", "192.168.1.0/24", {.kind = DestinationKind::blackhole, .metric = 32}},
      {"unreachable", "192.168.2.0/24", {.kind = DestinationKind::unreachable, .metric = 32}},
      {"prohibit", "192.168.3.0/24", {.kind = DestinationKind::prohibit, .metric = 7}},
      {"gateway", "192.168.4.0/24", {.metric = 32, .hops = {{gateway("10.0.0.9"), 2}}}},
      {"interface", "192.168.5.0/24", {.metric = 32, .hops = {{{}, 2}}}},
      {"two weighted gateways", "192.168.6.0/24", {.metric = 32, .hops = {{gateway("10.0.0.8"), 2, 2}, {gateway("10.0.0.9"), 2, 0}}}},
      {"preferred source", "192.168.7.0/24", {.metric = 32, .hops = {{gateway("10.0.0.9"), 2}}, .prefsrc = gateway("10.0.0.1")}},
      {"metrics", "192.168.8.0/24", {.metric = 32, .hops = {{gateway("10.0.0.9"), 2}}, .metrics = {{RTAX_MTU, 1400}}}},
      {"onlink", "192.168.9.0/24", {.metric = 32, .hops = {{gateway("172.31.0.1"), 2, 0, true}}}},
      {"IPv6 blackhole", "fd00:1::/48", {.kind = DestinationKind::blackhole, .metric = 32}},
      {"IPv6 gateway", "fd00:2::/48", {.metric = 32, .hops = {{gateway("fd00::9"), 2}}}},
  };
  RouteBatch batch;
  for (std::uint32_t i = 0; i < std::size(cases); ++i)
    REQUIRE(batch.append(RouteBatch::Operation::add_exclusive, *Prefix::parse(cases[i].net), cases[i].route, RT_TABLE_MAIN, i));
  for (auto& failure : netlink.execute(batch)) FAIL_CHECK(std::string(cases[failure.cookie].name) << ": errno " << failure.error_number);
  auto found = our_routes(netlink, AF_INET);
  for (auto& route : our_routes(netlink, AF_INET6)) found.push_back(route);
  for (auto& c : cases) {
    CAPTURE(c.name);
    auto at = std::find_if(found.begin(), found.end(), [&](auto& route) { return route.net == *Prefix::parse(c.net); });
    REQUIRE(at != found.end());
    CHECK(same_destination(at->route, c.route));
    CHECK(at->route.metric == c.route.metric);
    CHECK(at->route.prefsrc == c.route.prefsrc);
    CHECK(at->route.metrics == c.route.metrics);
  }
  CHECK(found.size() == std::size(cases));
  for (std::uint32_t i = 0; i < std::size(cases); ++i)
    REQUIRE(batch.append(RouteBatch::Operation::remove, *Prefix::parse(cases[i].net), cases[i].route, RT_TABLE_MAIN, i));
  CHECK(netlink.execute(batch).empty());
  CHECK(our_routes(netlink, AF_INET).empty());
}

TEST_CASE("each failure of a batch names its route, and the others are carried out") {
  if (!enter_new_network()) return;
  Netlink netlink;
  REQUIRE(netlink.open(0, 1 << 20) == "");
  RouteBatch batch;
  KernelRoute blackhole{.kind = DestinationKind::blackhole, .metric = 32};
  KernelRoute unreachable_gateway{.metric = 32, .hops = {{Address::v4(0xc6336401), 0}}};
  REQUIRE(batch.append(RouteBatch::Operation::add_exclusive, *Prefix::parse("192.0.2.0/25"), blackhole, RT_TABLE_MAIN, 10));
  REQUIRE(batch.append(RouteBatch::Operation::add_exclusive, *Prefix::parse("192.0.2.128/25"), unreachable_gateway, RT_TABLE_MAIN, 11));
  REQUIRE(batch.append(RouteBatch::Operation::add_exclusive, *Prefix::parse("192.0.2.0/25"), blackhole, RT_TABLE_MAIN, 12));
  REQUIRE(batch.append(RouteBatch::Operation::remove, *Prefix::parse("192.0.2.0/25"), blackhole, RT_TABLE_MAIN, 13));
  auto failures = netlink.execute(batch);
  REQUIRE(failures.size() == 2);
  CHECK(failures[0].cookie == 11);
  CHECK(failures[0].error_number == ENETUNREACH);
  CHECK(failures[1].cookie == 12);
  CHECK(failures[1].error_number == EEXIST);
  CHECK(our_routes(netlink, AF_INET).empty());
}

TEST_CASE("a full batch refuses the next route instead of growing") {
  RouteBatch batch;
  KernelRoute blackhole{.kind = DestinationKind::blackhole, .metric = 32};
  std::uint32_t count = 0;
  while (count < 100000 && batch.append(RouteBatch::Operation::add_exclusive, Prefix::v4(count << 8, 24), blackhole, 254, count)) ++count;
  CHECK(count == batch.size());
  CHECK(count < 1000);
}
