#include "bgpd/kernel/links.hpp"

#include <doctest/doctest.h>
#include <net/if.h>

using namespace avocet;
using namespace avocet::kernel;

namespace {

LinkMessage link(std::uint32_t index, const char* name, bool up = true) {
  return {.index = index, .flags = up ? IFF_UP | 1u << 16 : 0u, .mtu = 1500, .name = name};
}
AddressMessage address(std::uint32_t index, const char* text, unsigned length) {
  return {.index = index, .address = *proto::Address::parse(text), .length = length};
}

}  // namespace

TEST_CASE("links and addresses become interfaces; only real changes are reported") {
  rib::Interfaces interfaces;
  Links links(interfaces);
  links.link(link(2, "eth0"));
  links.address(address(2, "10.0.0.1", 24));
  REQUIRE(interfaces.find("eth0"));
  CHECK(interfaces.find(2)->addresses.size() == 1);
  CHECK(interfaces.find(2)->addresses[0].net == *proto::Prefix::parse("10.0.0.0/24"));
  CHECK(links.take_changed());
  links.link(link(2, "eth0"));
  links.address(address(2, "10.0.0.1", 24));
  CHECK_FALSE(links.take_changed());
  CHECK(links.take_weakened().empty());
}

TEST_CASE("an interface that goes down, loses an address or vanishes is weakened: its kernel routes are in doubt") {
  rib::Interfaces interfaces;
  Links links(interfaces);
  for (auto index : {2u, 3u, 4u}) {
    links.link(link(index, index == 2 ? "a" : index == 3 ? "b" : "c"));
    links.address(address(index, "10.0.0.1", 24));
  }
  CHECK(links.take_weakened().empty());
  links.link(link(2, "a", false));
  auto gone = address(3, "10.0.0.1", 24);
  gone.removed = true;
  links.address(gone);
  links.link({.removed = true, .index = 4});
  CHECK(links.take_weakened() == std::vector<std::uint32_t>{2, 3, 4});
  CHECK_FALSE(interfaces.find(4));
}

TEST_CASE("what a dump does not mention is gone afterwards") {
  rib::Interfaces interfaces;
  Links links(interfaces);
  links.link(link(2, "eth0"));
  links.link(link(3, "eth1"));
  links.address(address(2, "10.0.0.1", 24));
  links.address(address(2, "10.0.0.2", 24));
  links.begin_dump();
  links.link(link(2, "eth0"));
  links.address(address(2, "10.0.0.2", 24));
  links.end_dump();
  CHECK_FALSE(interfaces.find(3));
  REQUIRE(interfaces.find(2)->addresses.size() == 1);
  CHECK(interfaces.find(2)->addresses[0].address == *proto::Address::parse("10.0.0.2"));
}

TEST_CASE("an IPv6 address is used when duplicate detection is over, not before") {
  rib::Interfaces interfaces;
  Links links(interfaces);
  links.link(link(2, "eth0"));
  auto message = address(2, "fd00::1", 64);
  message.tentative = true;
  links.address(message);
  CHECK(interfaces.find(2)->addresses.empty());
  message.tentative = false;
  links.address(message);
  CHECK(interfaces.find(2)->addresses.size() == 1);
}
