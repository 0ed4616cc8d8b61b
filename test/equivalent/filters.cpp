/// Filters: what two texts do with routes, shown by a route.
#include "test/equivalent/pair.hpp"

using namespace avocet;
using namespace avocet::equivalent::test;

namespace {

std::string import(const std::string& body, const std::string& before = "") {
  return bird2("import filter { " + body + " }; export none;", before);
}
std::string exported(const std::string& body, const std::string& before = "") {
  return bird2("import all; export filter { " + body + " };", before);
}

}  // namespace

TEST_CASE("filters that decide the same in other words are equivalent") {
  struct {
    const char* a;
    const char* b;
  } cases[] = {{"if net ~ [10.0.0.0/8+] then accept; reject;", "if net !~ [10.0.0.0/8+] then reject; accept;"},
               {"if bgp_med > 5 then accept; reject;", "if bgp_med >= 6 then accept; reject;"},
               {"if (1,2) ~ bgp_community || (1,3) ~ bgp_community then reject; accept;",
                "if bgp_community ~ [(1,2..3)] then reject; accept;"},
               {"if bgp_path.len > 3 then reject; accept;", "if bgp_path ~ [= ? ? ? ? * =] then reject; accept;"},
               {"bgp_local_pref = 100 + 50; accept;", "bgp_local_pref = 150; accept;"},
               {"case net.len { 24: accept; else: reject; }", "if net.len = 24 then accept; reject;"},
               {"preference = 150; accept;", "preference = 200; preference = 150; accept;"}};
  for (auto& c : cases) {
    CAPTURE(c.a);
    CAPTURE(said(import(c.a), import(c.b)));
    CHECK(equal(import(c.a), import(c.b)));
  }
}

TEST_CASE("each kind of small change is found, and a route shows it") {
  struct {
    const char* a;
    const char* b;
    const char* shown;
  } cases[] = {
      {"if net ~ [10.0.0.0/8+] then accept; reject;", "if net ~ [10.0.0.0/8] then accept; reject;", "10."},
      {"if net ~ [10.0.0.0/8{16,24}] then accept; reject;", "if net ~ [10.0.0.0/8{16,25}] then accept; reject;", "/25"},
      {"if bgp_med > 5 then accept; reject;", "if bgp_med > 6 then accept; reject;", "bgp_med 6"},
      {"if (1,2) ~ bgp_community then reject; accept;", "if (1,3) ~ bgp_community then reject; accept;",
       "bgp_community (1,"},
      {"if bgp_large_community ~ [(1,2,*)] then reject; accept;",
       "if bgp_large_community ~ [(1,3,*)] then reject; accept;", "bgp_large_community (1, "},
      {"if bgp_ext_community ~ [(rt,1,2)] then reject; accept;",
       "if bgp_ext_community ~ [(ro,1,2)] then reject; accept;", "bgp_ext_community ("},
      {"if bgp_path.len > 3 then reject; accept;", "if bgp_path.len > 4 then reject; accept;", "bgp_path"},
      {"if bgp_path ~ [= * 7 =] then reject; accept;", "if bgp_path ~ [= * 7 * =] then reject; accept;", "7"},
      {"if bgp_path.last = 7 then reject; accept;", "if bgp_path.first = 7 then reject; accept;", "7"},
      {"if bgp_origin = ORIGIN_IGP then accept; reject;", "accept;", "ORIGIN_"},
      {"if bgp_next_hop = 10.9.9.9 then accept; reject;", "reject;", "10.9.9.9"},
      {"bgp_local_pref = 150; accept;", "bgp_local_pref = 151; accept;", "bgp_local_pref 151"},
      {"preference = 150; accept;", "preference = 151; accept;", "preference 151"},
      {"bgp_community.add((1,2)); accept;", "bgp_community.delete([(1,2)]); accept;", "bgp_community"},
      {"if defined(bgp_med) then reject; accept;", "accept;", "bgp_med"}};
  for (auto& c : cases) {
    CAPTURE(c.b);
    auto words = said(import(c.a), import(c.b));
    CAPTURE(words);
    CHECK(contains(words, "different:"));
    CHECK(contains(words, c.shown));
  }
}

TEST_CASE("what a filter asks of the route's origin is tried on routes of that origin") {
  struct {
    const char* a;
    const char* b;
    const char* shown;
  } cases[] = {
      {"if source = RTS_STATIC then accept; reject;", "if source = RTS_DEVICE then accept; reject;", "from static"},
      {"if source = RTS_BGP then accept; reject;", "accept;", "from static"},
      {"if proto = \"mine\" then reject; accept;", "accept;", "from static"},
      {"if ifname ~ \"cali*\" then reject; accept;", "accept;", "dev cali"},
      {"if dest = RTD_BLACKHOLE then reject; accept;", "accept;", "blackhole"},
      {"if from = 10.0.0.2 then reject; accept;", "accept;", "10.0.0.2"}};
  auto also = "protocol static mine { ipv4; route 10.1.0.0/16 blackhole; }\n";
  for (auto& c : cases) {
    CAPTURE(c.a);
    auto words = said(exported(c.a, also), exported(c.b, also));
    CAPTURE(words);
    CHECK(contains(words, "different:"));
    CHECK(contains(words, c.shown));
  }
}

TEST_CASE("a condition inside conditions is reached") {
  auto body = [](const char* med) {
    return std::string(
               "if net ~ [10.1.0.0/16+] then { if (65000,77) ~ bgp_community then { if bgp_path ~ [= * 4711 * =] then "
               "{ if bgp_med = ") +
           med + " then reject; } } } accept;";
  };
  auto words = said(import(body("300")), import(body("301")));
  CHECK(contains(words, "different:"));
  CHECK(contains(words, "4711"));
}

TEST_CASE("a difference names the places that decided on both sides, with the calls that led there") {
  auto before = "function check() {\n  if net ~ [10.0.0.0/8+] then reject;\n}\n";
  auto words = said(import("check(); accept;", before), import("accept;"));
  CAPTURE(words);
  CHECK(contains(words, "A rejects at a.conf:3:31, called at a.conf:5"));
  CHECK(contains(words, "B accepts at b.conf:2:"));
}

TEST_CASE("the order of each dialect's pipeline counts: the same text sends another path") {
  auto filter = "export filter { bgp_path.prepend(65000); accept; };";
  auto words = said(bird1(std::string("import all; ") + filter), bird2(std::string("import all; ") + filter));
  CAPTURE(words);
  CHECK(contains(words, "different:"));
  // Reference 8.4: 1.6 sends its own AS behind what the filter prepends, BIRD 2 before it.
  CHECK(contains(words, "bgp_path 65000 64512"));
  CHECK(contains(words, "bgp_path 64512 65000"));
}

TEST_CASE("a MED of 0 for none is the dialects' difference and has no effect") {
  auto report =
      compared(bird1("import all; export all; next hop self;"), bird2("import all; export all; next hop self;"));
  CAPTURE(text(report));
  CHECK(report.equivalent());
  CHECK(contains(text(report), "MED 0"));
}

TEST_CASE("whose next hop stays differs between the dialects, and is shown") {
  // Reference 8.5: 1.6 looks where the route leads, BIRD 2 whom it came from.
  auto words = said(bird1("import all; export all;"), bird2("import all; export all;"));
  CHECK(contains(words, "different:"));
  CHECK(contains(words, "bgp_next_hop 10.0.0.1"));
}

TEST_CASE("static routes are tried over such ways as the configurations have") {
  // In 1.6 a static route over an interface alone has another source.
  auto one = [](const char* route) {
    return bird1("import all; next hop self; export where source = RTS_STATIC;",
                 std::string("protocol static { ") + route + " }\n");
  };
  auto two = [](const char* route) {
    return bird2("import all; next hop self; export where source = RTS_STATIC;",
                 std::string("protocol static { ipv4; ") + route + " }\n");
  };
  CHECK(equal(one("route 10.1.0.0/16 blackhole;"), two("route 10.1.0.0/16 blackhole;")));
  CHECK(contains(said(one("route 10.1.0.0/16 via \"eth7\";"), two("route 10.1.0.0/16 via \"eth7\";")), "from static"));
}

TEST_CASE("protocols are told apart by their names, in whatever order they stand") {
  std::string one = "protocol static one { ipv4; route 10.1.0.0/16 blackhole; }\n";
  std::string two = "protocol static two { ipv4; route 10.2.0.0/16 blackhole; }\n";
  std::string export_one = "protocol bgp p { local 10.0.0.1 as 64512; neighbor 10.0.0.2 as 64513; "
                           "ipv4 { import all; export where proto = \"one\"; }; }\n";
  CHECK(equal(one + two + export_one, two + one + export_one));
  CHECK_FALSE(equal(one + two + export_one, one + export_one));
}

TEST_CASE("custom attributes are the same by name, in whatever order they are declared") {
  auto with = [](const char* declared, const char* name) {
    return import(std::string("if net ~ [10.0.0.0/8+] then ") + name + " = 5; accept;", declared);
  };
  CHECK(equal(with("attribute int x;\nattribute int y;\n", "x"), with("attribute int y;\nattribute int x;\n", "x")));
  CHECK_FALSE(
      equal(with("attribute int x;\nattribute int y;\n", "x"), with("attribute int y;\nattribute int x;\n", "y")));
}

TEST_CASE("the same in two runs, word for word") {
  auto a = import("if bgp_path ~ [= * 7 =] then reject; accept;"),
       b = import("if bgp_path ~ [= * 8 =] then reject; accept;");
  CHECK(said(a, b) == said(a, b));
}

TEST_CASE("filters that ask ROAs are judged by the tables of the configurations") {
  std::string roas = "roa4 table r; protocol static { roa4 { table r; }; route 10.0.0.0/8 max 16 as 65010; }\n";
  auto asks = [&](const std::string& condition) { return import("if " + condition + " then reject; accept;", roas); };
  CHECK(equal(asks("roa_check(r) = ROA_INVALID"), asks("roa_check(r, net, bgp_path.last) = ROA_INVALID")));
  CHECK_FALSE(equal(asks("roa_check(r) = ROA_INVALID"), asks("roa_check(r) != ROA_VALID")));
  CHECK_FALSE(equal(asks("roa_check(r) = ROA_INVALID"), asks("roa_check(r) = ROA_VALID")));
  CHECK(equal(asks("roa_check(r) = ROA_VALID"), asks("net ~ [10.0.0.0/8{8,16}] && bgp_path.last = 65010")));
}

TEST_CASE("ROA and ASPA tables of one name that hold other things are a difference of their own") {
  auto with = [](const std::string& routes) { return bird2("import all; export none;", "roa4 table r; aspa table t; " + routes); };
  auto roa = [&](const char* text) { return with("protocol static { roa4 { table r; }; route " + std::string(text) + "; }\n"); };
  auto aspa = [&](const char* text) { return with("protocol static { aspa { table t; }; route aspa " + std::string(text) + "; }\n"); };
  CHECK(equal(roa("10.0.0.0/8 max 16 as 5"), roa("10.0.0.0/8 max 16 as 5")));
  auto text = said(roa("10.0.0.0/8 max 16 as 5"), roa("10.0.0.0/8 max 17 as 5"));
  CHECK(contains(text, "ROA table 'r': only A has 10.0.0.0/8-16 AS5"));
  CHECK(contains(text, "ROA table 'r': only B has 10.0.0.0/8-17 AS5"));
  CHECK(equal(aspa("1 providers 2, 3"), aspa("1 providers 3, 2")));
  CHECK(contains(said(aspa("1 transit"), aspa("1 providers 2")), "ASPA table 't': only B has AS1 providers 2"));
}

TEST_CASE("filters that ask ASPAs are judged by the tables of the configurations") {
  std::string aspas = "aspa table t; protocol static { aspa { table t; }; route aspa 65010 providers 65020; }\n";
  auto asks = [&](const std::string& condition) { return import("if " + condition + " then reject; accept;", aspas); };
  CHECK(equal(asks("aspa_check_upstream(t) = ASPA_INVALID"), asks("aspa_check(t, bgp_path, true) = ASPA_INVALID")));
  CHECK_FALSE(equal(asks("aspa_check_upstream(t) = ASPA_INVALID"), asks("aspa_check_upstream(t) != ASPA_VALID")));
  CHECK_FALSE(equal(asks("aspa_check_upstream(t) = ASPA_INVALID"), asks("aspa_check_downstream(t) = ASPA_INVALID")));
}
