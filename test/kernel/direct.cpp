#include "bgpd/kernel/direct.hpp"

#include <doctest/doctest.h>

#include "bgpd/filter/operation.hpp"

using namespace avocet;
using namespace avocet::kernel;

TEST_CASE("interface patterns: * is any run, ? one character") {
  struct {
    const char* pattern;
    const char* name;
    bool matches;
  } cases[] = {{"*", "eth0", true},       {"*", "", true},           {"eth*", "eth0", true},     {"eth*", "lo", false},
               {"eth?", "eth0", true},    {"eth?", "eth", false},    {"eth?", "eth10", false},   {"*.cali", "bpf.cali", true},
               {"a*b*c", "axxbyyc", true}, {"a*b*c", "axxbyy", false}, {"cali*", "cali", true},    {"lo", "lo0", false}};
  for (auto& c : cases) {
    CAPTURE(c.pattern);
    CAPTURE(c.name);
    CHECK(filter::glob_match(c.pattern, c.name) == c.matches);
  }
}

TEST_CASE("the first matching pattern decides, a minus forbids, no list allows all") {
  rib::Interface cali{.index = 2, .name = "cali12"}, eth{.index = 3, .name = "eth0"};
  rib::InterfaceAddress address{.address = *proto::Address::parse("10.1.2.3"), .net = *proto::Prefix::parse("10.1.2.0/24")};
  std::vector<std::vector<InterfacePattern>> lists{{{.negated = true, .name_glob = "cali*"}, {.name_glob = "*"}}};
  CHECK_FALSE(interface_matches(lists, cali, &address));
  CHECK(interface_matches(lists, eth, &address));
  CHECK(interface_matches({}, cali, &address));
  std::vector<std::vector<InterfacePattern>> only_net{{{.name_glob = "*", .prefix = *proto::Prefix::parse("10.2.0.0/16")}}};
  CHECK_FALSE(interface_matches(only_net, eth, &address));
}
