/// Sessions, protocols and options: what counts as the same and what does not.
#include <algorithm>

#include "test/equivalent/pair.hpp"

using namespace avocet;
using namespace avocet::equivalent::test;

namespace {

const std::string all = "import all; export all;";

}  // namespace

TEST_CASE("names of sessions, descriptions and debug have no effect, and are told") {
  auto a = bird2(all), b = bird2(all, "", "description \"the other one\"; debug all;");
  b.replace(b.find("bgp b"), 5, "bgp uno");
  auto report = compared(a, b);
  CHECK(report.equivalent());
  REQUIRE(report.sections.size() == 1);
  CHECK(report.sections[0].notes.size() == 3);
}

TEST_CASE("an option written with its default is no difference") {
  CHECK(equal(bird2(all), bird2(all, "", "hold time 240; keepalive time 80; connect retry time 120; direct;")));
  CHECK(equal(bird2(all), bird2(all + " gateway direct; next hop keep off; igp table master4;")));
}

TEST_CASE("an option that differs is named with both values") {
  struct {
    const char* a;
    const char* b;
    const char* words;
  } cases[] = {{"hold time 90;", "hold time 180;", "hold time: A 90, B 180"},
               {"passive on;", "", "passive: A on, B off"},
               {"multihop 3;", "", "multihop: A multihop 3, B direct"},
               {"password \"x\";", "password \"y\";", "password differs"},
               {"rs client;", "", "rs client: A on, B off"},
               {"graceful restart on;", "graceful restart off;", "graceful restart: A on, B off"}};
  for (auto& c : cases) {
    CAPTURE(c.words);
    auto words = said(bird2(all, "", c.a), bird2(all, "", c.b));
    CHECK(contains(words, c.words));
    CHECK(contains(words, "different:"));
  }
}

TEST_CASE("a session is found by its neighbour, whatever it is called and wherever it stands") {
  auto peer = [](const char* name, const char* address, const char* as) {
    return std::string("protocol bgp ") + name + " { local 10.0.0.1 as 64512; neighbor " + address + " as " + as +
           "; ipv4 { import all; export all; }; }\n";
  };
  CHECK(equal(peer("x", "10.0.0.2", "1") + peer("y", "10.0.0.3", "2"),
              peer("a", "10.0.0.3", "2") + peer("b", "10.0.0.2", "1")));
  CHECK(contains(said(peer("x", "10.0.0.2", "1"), peer("x", "10.0.0.2", "2")),
                 "neighbor: A 10.0.0.2 as 1, B 10.0.0.2 as 2"));
  CHECK(contains(said(peer("x", "10.0.0.2", "1"), peer("x", "10.0.0.4", "1")), "only A has it"));
}

TEST_CASE("static routes are what enters the table, whichever protocol has them") {
  auto one = "protocol static { ipv4; route 10.1.0.0/16 blackhole; route 10.2.0.0/16 via 10.0.0.9; }\n";
  auto two =
      "protocol static s { ipv4; route 10.2.0.0/16 via 10.0.0.9; }\nprotocol static t { ipv4; route 10.1.0.0/16 "
      "blackhole; }\n";
  CHECK(equal(one, two));
  CHECK(contains(said(one, "protocol static { ipv4; route 10.1.0.0/16 blackhole; }\n"),
                 "only A has 10.2.0.0/16 via 10.0.0.9"));
  // What the import filter does counts, not how it is written.
  auto set =
      "protocol static { ipv4 { import filter { bgp_community.add((1,2)); accept; }; }; route 10.1.0.0/16 blackhole; "
      "}\n";
  auto at_route = "protocol static { ipv4; route 10.1.0.0/16 blackhole { bgp_community.add((1,2)); }; }\n";
  CHECK(equal(set, at_route));
  CHECK_FALSE(equal(set, "protocol static { ipv4; route 10.1.0.0/16 blackhole; }\n"));
}

TEST_CASE("interface patterns of direct protocols are compared by the interfaces they mean") {
  auto direct = [](const char* patterns) {
    return std::string("protocol direct { ipv4; interface ") + patterns + "; }\n";
  };
  CHECK(equal(direct("-\"cali*\", \"*\""), direct("-\"cali*\", -\"cali0\", \"*\"")));
  CHECK(contains(said(direct("-\"cali*\", \"*\""), direct("\"*\"")), "of interface cali"));
  CHECK(contains(said(direct("\"eth*\""), direct("\"eth*\" 10.0.0.0/8")), "only A has"));
}

TEST_CASE("the metric of kernel routes is compared as the kernel would get it") {
  auto kernel = [](const char* more, const char* filter = "all") {
    return std::string("protocol kernel { ") + more + " ipv4 { export " + filter + "; }; }\n";
  };
  CHECK(equal(kernel(""), kernel("metric 32;")));
  CHECK(contains(said(kernel("metric 0;"), kernel("")), "metric 0"));
  // With a metric of the protocol, what the filter says has no effect.
  CHECK(equal(kernel(""), kernel("", "filter { krt_metric = 7; accept; }")));
  CHECK_FALSE(equal(kernel("metric 0;"), kernel("metric 0;", "filter { krt_metric = 7; accept; }")));
}

TEST_CASE("the two dialects say the same with other defaults") {
  CHECK(equal(bird1("import all; export none;"), bird2("import all; export none;")));
  // 1.6 imports all and exports nothing unless told otherwise.
  CHECK(equal(bird1(""), bird2("import all; export none;")));
  CHECK(equal("listen bgp port 179;\nprotocol kernel { export all; device routes; }\n",
              "protocol kernel { metric 0; ipv4 { export all; }; }\n"));
  // Without `device routes` 1.6 keeps direct routes from the kernel.
  auto hidden = said("listen bgp port 179;\nprotocol kernel { export all; }\n",
                     "protocol kernel { metric 0; ipv4 { export all; }; }\n");
  CHECK(contains(hidden, "from direct"));
}

TEST_CASE("what many sessions have in common is told once, and what is told has an end") {
  auto peers = [](int count, int hold, int step) {
    std::string text;
    for (int i = 0; i < count; ++i)
      text += "protocol bgp p" + std::to_string(i) + " { local 10.0.0.1 as 64512; neighbor 10.1.0." +
              std::to_string(i + 2) + " as 1; hold time " + std::to_string(hold + i * step) +
              "; ipv4 { import all; export all; }; }\n";
    return text;
  };
  auto alike = said(peers(200, 90, 0), peers(200, 180, 0));
  CHECK(contains(alike, "and 196 more"));
  CHECK(std::count(alike.begin(), alike.end(), '\n') < 10);
  auto each_its_own = said(peers(200, 90, 1), peers(200, 390, 0));
  CHECK(contains(each_its_own, "and 160 more that differ in yet other ways"));
}

TEST_CASE("of a dual-stack configuration only the family of the 1.6 one is compared") {
  auto six = "protocol static { ipv6; route 2001:db8::/32 blackhole; }\n";
  auto report =
      equivalent::compare(*load("a.conf", bird1("")), *load("b.conf", bird2("import all; export none;") + six));
  CHECK(report.equivalent());
  CHECK(report.limits.size() == 1);
}
