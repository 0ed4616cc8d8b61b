/// The language, one body for each rule.
#include "test/filter/bodies.hpp"

using namespace avocet;
using namespace avocet::filter;
using namespace avocet::filter::test;

namespace {

struct Case {
  std::string body, expected;
};

/// Each body without braces, with `accept` behind it.
void check(std::initializer_list<Case> cases, Dialect dialect = Dialect::bird2, const std::string& before = "") {
  for (auto& c : cases) {
    CAPTURE(c.body);
    auto got = answer("{ " + c.body + " accept; }", dialect, before);
    CAPTURE(got.why);
    CHECK(got.text == c.expected);
  }
}

proto::AttributeBlock learned() {
  proto::AttributeBlock block;
  const std::uint8_t path[] = {2, 3, 0, 0, 0xfd, 0xe9, 0, 0, 0xfd, 0xea, 0, 0, 0xfd, 0xeb};
  const std::uint8_t communities[] = {0xfd, 0xe9, 0, 2, 0xfd, 0xe9, 0, 3};
  const std::uint8_t igp = 0;
  block.set(proto::AttributeCode::origin, {&igp, 1});
  block.set(proto::AttributeCode::as_path, path);
  block.set(proto::AttributeCode::communities, communities);
  block.set_u32(proto::AttributeCode::med, 50);
  block.set_u32(proto::AttributeCode::local_pref, 100);
  block.set_address(proto::AttributeCode::next_hop, proto::Address::v4(0xc0000201));
  return block;
}

void check_learned(std::initializer_list<Case> cases, const std::string& before = "") {
  auto attributes = learned();
  for (auto& c : cases) {
    CAPTURE(c.body);
    auto got = answer("{ " + c.body + " accept; }", Dialect::bird2, before, blackhole("10.65.3.0/26"), attributes);
    CAPTURE(got.why);
    CHECK(got.text == c.expected);
  }
}

}  // namespace

TEST_CASE("&& and || have one level and go from left to right") {
  check({{"print true || true && false;", "ACCEPT | FALSE"},
         {"print true || (true && false);", "ACCEPT | TRUE"},
         {"print 1 = 1 && 2 = 3 || 4 = 4;", "ACCEPT | TRUE"},
         {"print ! true || true;", "ACCEPT | TRUE"},
         {"print 2 + 3 * 4 = 14;", "ACCEPT | TRUE"},
         {"print 1 < 2 < 3;", "PARSE"}});
}

TEST_CASE("an undefined value is less than every other, and equal to none") {
  check({{"print bgp_med < 5;", "ACCEPT | TRUE"},
         {"print bgp_med = 0;", "ACCEPT | FALSE"},
         {"print bgp_med != 0;", "ACCEPT | TRUE"},
         {"print bgp_med + 1;", "REJECT"},
         {"if bgp_med = bgp_local_pref then print \"both undefined\";", "ACCEPT | both undefined"}});
}

TEST_CASE("attributes of a learned route") {
  check_learned({{"print bgp_path;", "ACCEPT | (path 65001 65002 65003)"},
                 {"print bgp_path.first, bgp_path.last, bgp_path.len;", "ACCEPT | 65001650033"},
                 {"print bgp_path ~ [= 65001 * =], bgp_path ~ [= * 65002 =];", "ACCEPT | TRUEFALSE"},
                 {"print bgp_path ~ [65002..65009];", "ACCEPT | TRUE"},
                 {"print (65001,2) ~ bgp_community, bgp_community ~ [(65001,*)];", "ACCEPT | TRUETRUE"},
                 {"bgp_community.delete([(65001,2)]); print bgp_community;", "ACCEPT | (clist (65001,3))"},
                 {"bgp_community.filter([(65001,2)]); print bgp_community;", "ACCEPT | (clist (65001,2))"},
                 {"print bgp_community.min, bgp_community.max, bgp_community.len;", "ACCEPT | (65001,2)(65001,3)2"},
                 {"bgp_path.prepend(64512); print bgp_path;", "ACCEPT | (path 64512 65001 65002 65003)"},
                 {"bgp_path.delete(65002); print bgp_path;", "ACCEPT | (path 65001 65003)"},
                 {"bgp_path.filter([65002, 65003]); print bgp_path;", "ACCEPT | (path 65002 65003)"},
                 {"bgp_path.empty; print bgp_path.len;", "ACCEPT | 0"},
                 {"bgp_local_pref = bgp_local_pref + 50; print bgp_local_pref;", "ACCEPT | 150"},
                 {"print bgp_next_hop ~ 192.0.2.0/24;", "ACCEPT | TRUE"},
                 {"print net, \" \", net.ip, \" \", net.len;", "ACCEPT | 10.65.3.0/26 10.65.3.0 26"},
                 {"clist c = bgp_community; bgp_community.empty; bgp_path.prepend(1); print c;", "ACCEPT | (clist (65001,2) (65001,3))"}});
}

TEST_CASE("masks take values known only when the filter runs") {
  check_learned({{"int n = 65001; print bgp_path ~ [= n * =];", "ACCEPT | TRUE"},
                 {"int n = 65002; print bgp_path ~ [= n * =];", "ACCEPT | FALSE"},
                 {"int n = 65001; print bgp_path ~ [= n n..(n+1) 65003 =];", "ACCEPT | TRUE"},
                 {"print bgp_path ~ [= (FIRST + 0) * =];", "ACCEPT | TRUE"},
                 {"int n; print bgp_path ~ [= n * =];", "REJECT"}},
                "define FIRST = 65001;\n");
}

TEST_CASE("functions") {
  std::string before = "function add(int a; int b) { return a + b; }\n"
                       "function 'is-blocked:x'(prefix p) -> bool { return p ~ [203.0.113.0/24+]; }\n"
                       "function refuse() { reject; }\n"
                       "function count(int n) -> int { if n = 0 then return 0; return 1 + count(n - 1); }\n"
                       "function for_ever(int n) -> int { return for_ever(n); }\n"
                       "function nothing() { }\n";
  check({{"print add(2, 3) * 2;", "ACCEPT | 10"},
         {"print 'is-blocked:x'(203.0.113.128/25), 'is-blocked:x'(net);", "ACCEPT | TRUEFALSE"},
         {"refuse(); print \"not here\";", "REJECT"},
         {"print count(5);", "ACCEPT | 5"},
         {"print for_ever(1);", "REJECT"},
         {"nothing(); print \"on\";", "ACCEPT | on"},
         {"int x = nothing();", "REJECT"},
         {"print add(1);", "PARSE"},
         {"print add(1, \"x\");", "PARSE"},
         {"print add(add(1, 2), add(add(3, 4), 5));", "ACCEPT | 15"}},
        Dialect::bird2, before);
}

TEST_CASE("loops") {
  check_learned({{"for int a in bgp_path do print a;", "ACCEPT | 65001 | 65002 | 65003"},
                 {"int n = 0; for int a in bgp_path do { if a > 65001 then n = n + a; } print n;", "ACCEPT | 130005"},
                 {"for pair c in bgp_community do print c.data;", "ACCEPT | 2 | 3"},
                 {"bgp_large_community.add((1,2,3)); for lc l in bgp_large_community do print l.data1;", "ACCEPT | 2"},
                 {"bgp_ext_community.add((rt,1,2)); for ec e in bgp_ext_community do print e;", "ACCEPT | (rt, 1, 2)"},
                 {"for int a in bgp_path do { bgp_path.empty; print a; }", "ACCEPT | 65001 | 65002 | 65003"},
                 {"for int a in bgp_path do { int b; if a = 65001 then b = a; print defined(b); }", "ACCEPT | TRUE | FALSE | FALSE"},
                 {"for int a in bgp_path do for int b in bgp_path do if a > b then print a - b;", "ACCEPT | 1 | 2 | 1"},
                 {"for int a in bgp_community do print a;", "PARSE"},
                 {"for int a in 5 do print a;", "PARSE"}});
}

TEST_CASE("case") {
  check({{"case net.len { 8: print 8; 20..24: print \"a\"; print \"b\"; else: print \"c\"; }", "ACCEPT | a | b"},
         {"case bgp_med { 1: print 1; else: print \"none\"; }", "ACCEPT | none"},
         {"case source { RTS_BGP: print 1; RTS_STATIC, RTS_DEVICE: print 2; }", "ACCEPT | 2"},
         {"case net.len { 24: if true then print 1; else: print 2; }", "ACCEPT | 1"},
         {"case net.len { 24: if false then print 1; else print 3; else: print 2; }", "ACCEPT | 3"},
         {"case net.len { (LEN): { int x = 1; print x; } }", "ACCEPT | 1"},
         {"case net.len { (1,2): print 1; }", "ACCEPT"}},
        Dialect::bird2, "define LEN = 24;\n");
}

TEST_CASE("variables live in their block") {
  check({{"int x = 1; { int x = 2; print x; } print x;", "ACCEPT | 2 | 1"},
         {"int x = 1; int x = 2;", "PARSE"},
         {"if true then { int y = 3; print y; } print y;", "PARSE"},
         {"int x = 1; { int x = x + 1; print x; }", "ACCEPT | 2"},
         {"string s = \"a\"; s = s ++ \"b\"; print s ~ \"a?\";", "ACCEPT | TRUE"},
         {"prefix set ps = [10.0.0.0/8+]; print net ~ ps;", "ACCEPT | TRUE"},
         {"int set is = [1..3]; is = [5]; print 5 ~ is;", "ACCEPT | TRUE"},
         {"enum bgp_origin o = ORIGIN_EGP; print o = ORIGIN_EGP;", "ACCEPT | TRUE"},
         {"enum bgp_origin o = RTS_BGP;", "PARSE"}});
}

TEST_CASE("custom attributes") {
  auto before = "attribute int mark;\nattribute string why;\nattribute clist marks;\nattribute bool seen;\n";
  check({{"print defined(mark); mark = 7; print mark + 1; unset(mark); print mark;", "ACCEPT | FALSE | 8 | (void)"},
         {"why = \"because\"; print why; print why ~ \"be*\";", "ACCEPT | because | TRUE"},
         {"marks.add((1,2)); print marks;", "ACCEPT | (clist (1,2))"},
         {"seen = true; if seen then print \"yes\";", "ACCEPT | yes"},
         {"mark = \"x\";", "PARSE"}},
        Dialect::bird2, before);
}

TEST_CASE("attributes of kernel routes") {
  check({{"krt_metric = 100; print krt_metric;", "ACCEPT | 100"},
         {"krt_tunnel = \"tunl0\"; print krt_tunnel;", "ACCEPT | tunl0"},
         {"krt_mtu = 1400; krt_lock_mtu = true; print krt_mtu, krt_lock_mtu, krt_lock_rtt;", "ACCEPT | 1400TRUEFALSE"},
         {"krt_lock_mtu = true; krt_lock_rtt = true; unset(krt_lock_mtu); print krt_lock_mtu, krt_lock_rtt;", "ACCEPT | FALSETRUE"},
         {"krt_prefsrc = 192.0.2.9; print krt_prefsrc;", "ACCEPT | 192.0.2.9"},
         {"krt_source = 5;", "PARSE"}});
}

TEST_CASE("where packets go") {
  check({{"gw = 192.0.2.1; print gw, \" \", ifname, \" \", dest;", "ACCEPT | 192.0.2.1 eth0 (enum 33)1"},
         {"gw = 198.51.100.1;", "REJECT"},
         {"ifname = \"eth0\"; weight = 3; onlink = true; print weight, onlink, ifindex;", "ACCEPT | 3TRUE7"},
         {"ifname = \"eth0\"; weight = 257;", "REJECT"},
         {"ifname = \"eth9\";", "REJECT"},
         {"dest = RTD_PROHIBIT; print dest;", "ACCEPT | (enum 33)4"},
         {"dest = RTD_UNICAST;", "REJECT"}});
  check({{"gw = 192.0.2.1; print dest;", "ACCEPT | (enum 34)0"}, {"ifname = \"lo\"; print dest;", "ACCEPT | (enum 34)1"}}, Dialect::bird1);
}

TEST_CASE("constants stand wherever values do, sets too") {
  auto before = "define MY_AS = 65001;\ndefine NETS = [10.0.0.0/8{16,24}, 192.168.0.0/16+];\ndefine TWICE = MY_AS * 2;\n"
                "define MARK = (MY_AS, 7);\nfunction square(int n) { return n * n; }\ndefine NINE = square(3);\n";
  check({{"print MY_AS, TWICE, MARK, NINE;", "ACCEPT | 65001130002(65001,7)9"},
         {"print net ~ NETS;", "ACCEPT | TRUE"},
         {"print (65001, 5) ~ [(MY_AS, 1..9)];", "ACCEPT | TRUE"},
         {"print 65001 ~ [MY_AS..TWICE];", "ACCEPT | TRUE"},
         {"print 4 ~ [(MY_AS - 64997)];", "ACCEPT | TRUE"},
         {"MY_AS = 5;", "PARSE"}},
        Dialect::bird2, before);
}

TEST_CASE("sets of every type") {
  check({{"print (1,2) ~ [(*,2)], (1,3) ~ [(*,2)], (2,5) ~ [(1..3,4..5)];", "ACCEPT | TRUEFALSETRUE"},
         {"print (rt,1,2) ~ [(rt,1,*)], (rt,70000,5) ~ [(rt,70000,1..9)], (ro,1.2.3.4,5) ~ [(ro,1.2.3.4,*)];", "ACCEPT | TRUETRUETRUE"},
         {"print (1,2,3) ~ [(1,2,*)], (1,3,3) ~ [(1,2,*)], (4,4,4) ~ [(1..5,*,*)], (1,2,3) ~ [(1,1,1)..(2,2,2)];", "ACCEPT | TRUEFALSETRUETRUE"},
         {"print 192.0.2.1 ~ [192.0.2.0..192.0.2.9], 2001:db8::1 ~ [2001:db8::1];", "ACCEPT | TRUETRUE"},
         {"print 1:2 ~ [1:1..1:3];", "ACCEPT | TRUE"},
         {"print dest ~ [RTD_BLACKHOLE], source !~ [RTS_BGP];", "ACCEPT | TRUETRUE"},
         {"print [1, (1,2)];", "PARSE"},
         {"print [10.0.0.0/8, 2001:db8::/32];", "PARSE"},
         {"print [10.0.0.0/8{9,40}];", "PARSE"},
         {"print [9..1];", "PARSE"},
         {"print [bgp_med];", "PARSE"},
         {"print [\"x\"];", "PARSE"}});
}

TEST_CASE("strings match by * and ?") {
  check({{"print \"cali12ab\" ~ \"cali*\", \"eth0\" ~ \"eth?\", \"eth10\" ~ \"eth?\", \"abcbc\" ~ \"a*bc\", \"ab\" ~ \"a*b*c\";", "ACCEPT | TRUETRUEFALSETRUEFALSE"}});
}

TEST_CASE("what a filter prints comes in lines") {
  check({{"printn \"a\"; printn 1; print \"b\"; print;", "ACCEPT | a1b | "}, {"printn \"open\";", "ACCEPT | open"}});
  CHECK(answer("{ reject \"because \", net; }").text == "REJECT | because 10.9.0.0/24");
  CHECK(answer("{ accept \"fine\"; }").text == "ACCEPT | fine");
}

TEST_CASE("1.6: variables stand before the body, masks may have slashes, blocks follow then and else only") {
  CHECK(answer("int a; bool b; { a = 5; b = a > 3; if b then { print a; accept; } reject; }", Dialect::bird1).text == "ACCEPT | 5");
  check({{"int a; accept;", "PARSE"},
         {"{ accept; }", "PARSE"},
         {"for int a in bgp_path do print a;", "PARSE"},
         {"print format(1);", "PARSE"},
         {"bgp_path = prepend(prepend(prepend(+empty+, 3), 2), 1); print bgp_path ~ / 1 ? 3 /; print bgp_path ~ / 1 3 /; print bgp_path ~ [= 1 ? 3 =];",
          "ACCEPT | TRUE | FALSE | TRUE"}},
        Dialect::bird1);
  CHECK(answer("{ print g(2); accept; }", Dialect::bird1, "function g(int a) int x; { x = a * 2; return x; }\n").text == "ACCEPT | 4");
  CHECK(answer("{ print 2001:db8::1; accept; }", Dialect::bird1).text == "PARSE");
}

TEST_CASE("a failed run names its line") {
  auto got = answer("{\n  if net.len = 24 then\n    bgp_med = bgp_med + 1;\n  accept;\n}");
  CHECK(got.text == "REJECT");
  CHECK(got.why == "t.conf:4: arithmetic with an undefined value");
  CHECK(answer("{ print 1; }").why == "t.conf:2: filter f did not say accept or reject");
  CHECK(answer("{ g(); accept; }", Dialect::bird2, "function g()\n{\n  bgp_med = 1 / net.len * 0 / 0;\n}\n").why == "t.conf:3: division by zero");
}

TEST_CASE("mistakes are told with their place and a hint") {
  struct { std::string body, message; } cases[] = {
      {"{ bgp_mde = 5; accept; }", "2:3 unknown name 'bgp_mde'"},
      {"{ if net.len then accept; }", "2:6 a condition must be of type bool, not int"},
      {"{ bgp_med = \"x\"; accept; }", "2:3 'bgp_med' is of type int, the value of type string"},
      {"{ print 1 < \"a\"; accept; }", "2:11 arguments of '<' must be of the same type, not int and string"},
      {"{ net = 10.0.0.0/8; accept; }", "2:3 the attribute 'net' is read-only"},
      {"{ print 10.0.0.1/8; accept; }", "2:9 10.0.0.1/8 has bits behind its length"},
      {"{ return 5; }", "2:3 only a function can return a value"},
      {"{ accept }", "2:9 a ';' is missing behind 'accept'"},
      {"{ frob(1); accept; }", "2:3 unknown function 'frob'"}};
  for (auto& c : cases) {
    CAPTURE(c.body);
    auto why = answer(c.body).why;
    CAPTURE(why);
    CHECK(why.find(c.message) != why.npos);
  }
}

TEST_CASE("a mistake in one statement hides no other") {
  auto loaded = load_filter("{\n  bgp_mde = 1;\n  if true then {\n    bgp_lp = 2;\n  }\n  accept;\n}");
  CHECK(loaded.diagnostics.list().size() == 2);
}
