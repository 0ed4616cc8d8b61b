#include "bgpd/ctl/interface_text.hpp"

#include <doctest/doctest.h>
#include <net/if.h>

#include "test/ctl/desk.hpp"

using namespace avocet;
using namespace avocet::ctl;
using Lines = std::vector<std::string>;
using proto::Family;

namespace {

rib::InterfaceAddress address(const char* prefix, bool secondary = false) {
  std::string text = prefix;
  auto slash = text.find('/');
  auto ip = *proto::Address::parse(text.substr(0, slash));
  return {ip, proto::Prefix::make(ip, static_cast<unsigned>(std::stoi(text.substr(slash + 1)))), {}, secondary, 0};
}

rib::Interface ethernet() {
  rib::Interface i{2, "eth0", IFF_UP | IFF_BROADCAST | IFF_MULTICAST, 1500, 0, true, true, {}};
  i.addresses = {address("fe80::1/64"), address("172.17.8.101/24"), address("203.0.113.1/24"), address("172.17.8.102/24", true),
                 address("fd80::1/64"), address("2001:db8::1/64")};
  return i;
}

Lines shown(const rib::Interface& i, Skin skin, Family family = Family::ipv4) {
  Reply reply;
  print_interface(i, skin, family, "", reply);
  return Desk::lines_of(reply.take());
}
Lines summary(const rib::Interface& i, Skin skin, Family family = Family::ipv4) {
  Reply reply;
  print_summary_head(skin, reply);
  print_summary(i, skin, family, reply);
  return Desk::lines_of(reply.take());
}

}  // namespace

TEST_CASE("2.x: IPv4 addresses first; the first of each kind is preferred; scopes by address") {
  CHECK(shown(ethernet(), Skin::bird2) ==
        Lines{"1001-eth0 up (index=2)", "1004-\tMultiAccess Broadcast Multicast AdminUp LinkUp MTU=1500",
              "1003-\t172.17.8.101/24 (Preferred, scope site)", " \t203.0.113.1/24 (scope univ)",
              " \t172.17.8.102/24 (Secondary, scope site)", " \tfe80::1/64 (Preferred, scope link)",
              " \tfd80::1/64 (Preferred, scope site)", " \t2001:db8::1/64 (scope univ)"});
}

TEST_CASE("1.6: only the daemon's family; the widest scope is primary; without an address it is DOWN") {
  auto i = ethernet();
  i.addresses = {address("fe80::1/64"), address("fd80::1/64")};
  CHECK(shown(i, Skin::bird1, Family::ipv6) ==
        Lines{"1001-eth0 up (index=2)", "1004-\tMultiAccess Broadcast Multicast AdminUp LinkUp MTU=1500",
              "1003-\tfe80::1/64 (Unselected, scope link)", " \tfd80::1/64 (Primary, scope site)"});
  CHECK(shown(i, Skin::bird1, Family::ipv4)[0] == "1001-eth0 DOWN (index=2)");
}

TEST_CASE("loopback and point-to-point interfaces") {
  rib::Interface lo{1, "lo", IFF_UP | IFF_LOOPBACK, 65536, 0, true, true, {}};
  CHECK(shown(lo, Skin::bird2)[1] == "1004-\tMultiAccess AdminUp LinkUp Loopback Ignored MTU=65536");
  rib::Interface tunnel{3, "tunl0", IFF_POINTOPOINT, 1480, 0, false, false, {}};
  CHECK(shown(tunnel, Skin::bird2)[0] == "1001-tunl0 down (index=3)");
  CHECK(shown(tunnel, Skin::bird2)[1] == "1004-\tPtP Multicast AdminDown LinkDown MTU=1480");
}

TEST_CASE("summary: widths of both forms") {
  CHECK(summary(ethernet(), Skin::bird2) == Lines{"2005-Interface  State  IPv4 address       IPv6 address",
                                                  "1005-eth0       up     172.17.8.101/24    fd80::1/64"});
  CHECK(summary(ethernet(), Skin::bird1) == Lines{"2005-interface state address", "1005-eth0      up    203.0.113.1/24"});
  rib::Interface empty{3, "cali0", IFF_BROADCAST, 1500, 0, true, true, {}};
  CHECK(summary(empty, Skin::bird1)[1] == "1005-cali0     DOWN  ");
}
