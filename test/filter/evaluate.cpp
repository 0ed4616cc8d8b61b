/// Constants, `eval` and the conditions of `show route`.
#include "test/filter/bodies.hpp"

using namespace avocet;
using namespace avocet::filter;
using namespace avocet::filter::test;

namespace {

std::string eval(const std::string& text, Dialect dialect = Dialect::bird2) {
  auto loaded = config::load_text("t.conf", "define MY_AS = 65001;\nfunction twice(int a) { return a + a; }\n", {});
  REQUIRE(loaded.config);
  return config::evaluate(text, *loaded.config->symbols, dialect).text;
}

}  // namespace

TEST_CASE("values as BIRD 2.0.12 writes them in answer to eval") {
  struct { std::string expression, text; } cases[] = {
      {"1+1", "2"},
      {"2*3-4/2", "4"},
      {"(1,2)", "(1,2)"},
      {"1.2.3.4.mask(16)", "1.2.0.0"},
      {"\"abc\"", "abc"},
      {"true", "TRUE"},
      {"10.0.0.0/8", "10.0.0.0/8"},
      {"(rt, 1, 2)", "(rt, 1, 2)"},
      {"(generic,1,2)", "(unknown 0x0, 1, 2)"},
      {"(unknown 0x4301, 1, 2)", "(generic, 0x43010001, 0x2)"},
      {"(1,2,3)", "(1, 2, 3)"},
      {"[1..3, 5]", "[1..3, 5]"},
      {"[3,1,2,4..9]", "[1, 2, 3, 4..9]"},
      {"[]", "[]"},
      {"[(rt,1,*)]", "[(rt, 1, 0)..(rt, 1, 4294967295)]"},
      {"[(1,2)..(3,4)]", "[(1,2)..(3,4)]"},
      {"[65000:1..65000:9]", "[65000:1..65000:9]"},
      {"[RTS_BGP, RTS_STATIC]", "[(enum 30)1, (enum 30)11]"},
      {"-empty-", "(clist )"},
      {"[= 1 * 3 =]", "[= 1 * 3 =]"},
      {"[= 1 2..3 ? * [1,2] 3+ =]", "[= 1 2..3 ? * [1, 2] 3 + =]"},
      {"RTS_BGP", "(enum 30)11"},
      {"ROA_VALID", "(enum 34)1"},
      {"ASPA_INVALID", "(enum 35)2"},
      {"RTS_L3VPN", "(enum 30)16"},
      {"RTS_AGGREGATED", "(enum 30)17"},
      {"10.0.0.0/8.type", "(enum 36)1"},
      {"2001:db8::/32", "2001:db8::/32"},
      {"1.2.3.4:5", "1.2.3.4:5"},
      {"2:65536", "2:65536"},
      {"100000:3", "100000:3"},
      {"format((1,2))", "(1,2)"},
      {"4294967295 + 1", "0"},
      {"5 - 6", "4294967295"},
      {"1 = \"a\"", "FALSE"},
      {"MY_AS", "65001"},
      {"twice(MY_AS)", "130002"},
      {"(-empty-).min", "(0,0)"},
      {"(--empty--).max", "(unknown 0x0, 0, 0)"},
      {"(---empty---).max", "(0, 0, 0)"},
  };
  for (auto& c : cases) {
    CAPTURE(c.expression);
    CHECK(eval(c.expression) == c.text);
  }
}

TEST_CASE("sets of prefixes as BIRD 2.0.12 writes them: the nodes of its trie") {
  struct { std::string set, text; } cases[] = {
      {"[10.0.0.0/8]", "[10.0.0.0/8{1.0.0.0}]"},
      {"[10.0.0.0/8{9,16}]", "[10.0.0.0/8{0.255.0.0}]"},
      {"[10.0.0.0/8{6,20}]", "[10.0.0.0/8{7.255.240.0}]"},
      {"[10.0.0.0/8-]", "[0.0.0.0/0, 0.0.0.0/1{128.0.0.0}, 0.0.0.0/2{64.0.0.0}, 0.0.0.0/3{32.0.0.0}, 10.0.0.0/8{255.0.0.0}]"},
      {"[10.0.0.0/7+]", "[10.0.0.0/7{2.0.0.0}, 10.0.0.0/8{1.255.255.255}, 11.0.0.0/8{1.255.255.255}]"},
      {"[10.0.0.0/14{12,15}]", "[10.0.0.0/12{0.16.0.0}, 10.0.0.0/13{0.8.0.0}, 10.0.0.0/14{0.6.0.0}]"},
      {"[10.0.0.0/14{9,20}, 10.128.0.0/9+]",
       "[10.0.0.0/9{0.128.0.0}, 10.128.0.0/9{0.224.0.0}, 10.0.0.0/10{0.64.0.0}, 10.0.0.0/11{0.32.0.0}, 10.0.0.0/12{0.240.0.0}, "
       "10.0.0.0/13{0.8.0.0}, 10.0.0.0/14{0.6.0.0}, 10.0.0.0/16{0.1.240.0}, 10.1.0.0/16{0.1.240.0}, 10.2.0.0/16{0.1.240.0}, "
       "10.3.0.0/16{0.1.240.0}, 10.128.0.0/12{0.31.255.255}, 10.144.0.0/12{0.31.255.255}, 10.160.0.0/12{0.31.255.255}, "
       "10.176.0.0/12{0.31.255.255}, 10.192.0.0/12{0.31.255.255}, 10.208.0.0/12{0.31.255.255}, 10.224.0.0/12{0.31.255.255}, "
       "10.240.0.0/12{0.31.255.255}]"},
      {"[192.168.64.0/18-]", "[0.0.0.0/0, 128.0.0.0/1{128.0.0.0}, 192.0.0.0/2{64.0.0.0}, 192.0.0.0/3{32.0.0.0}, "
                             "192.168.0.0/16{255.255.0.0}, 192.168.0.0/17{0.0.128.0}, 192.168.64.0/18{0.0.64.0}]"},
      {"[10.0.0.0/8, 10.1.0.0/16, 10.2.0.0/15{15,24}]",
       "[10.0.0.0/8{1.0.0.0}, 10.2.0.0/15{0.2.0.0}, 10.1.0.0/16{0.1.0.0}, 10.2.0.0/16{0.1.255.0}, 10.3.0.0/16{0.1.255.0}]"},
      {"[0.0.0.0/0{0,8}]", "[0.0.0.0/0, 0.0.0.0/0{255.0.0.0}]"},
      {"[10.0.0.0/8{1,6}]", "[0.0.0.0/1{128.0.0.0}, 0.0.0.0/2{64.0.0.0}, 0.0.0.0/3{32.0.0.0}, 0.0.0.0/4{240.0.0.0}, 8.0.0.0/5{8.0.0.0}, 8.0.0.0/6{4.0.0.0}]"},
      {"[10.0.0.0/10{8,8},10.64.0.0/12-]",
       "[0.0.0.0/0, 0.0.0.0/1{128.0.0.0}, 0.0.0.0/2{64.0.0.0}, 0.0.0.0/3{32.0.0.0}, 10.0.0.0/8{255.0.0.0}, 10.0.0.0/9{0.128.0.0}, "
       "10.64.0.0/10{0.64.0.0}, 10.64.0.0/11{0.32.0.0}, 10.64.0.0/12{255.240.0.0}]"},
      {"[2001:db8::/32+]", "[2001:db8::/32{0:1:ffff:ffff:ffff:ffff:ffff:ffff}]"},
      {"[2001:db8::/33-]", "[::/0, ::/1{8000::}, ::/2{4000::}, 2000::/3{2000::}, 2001:db8::/32{ffff:ffff::}, 2001:db8::/33{0:0:8000::}]"},
      {"[10.1.2.3/32]", "[10.1.2.3/32{0.0.0.1}]"},
  };
  for (auto& c : cases) {
    CAPTURE(c.set);
    CHECK(eval(c.set) == c.text);
  }
}

TEST_CASE("eval refuses what has no value without a route") {
  auto symbols = config::make_symbols();
  for (auto text : {"net", "bgp_path", "1 < \"a\"", "nosuch", "1 +", "1 2", "1 / 0"}) {
    CAPTURE(text);
    auto answer = config::evaluate(text, *symbols, Dialect::bird2);
    CHECK_FALSE(answer.ok);
    CHECK_FALSE(answer.text.empty());
  }
}

TEST_CASE("what is nested without end is refused") {
  auto symbols = config::make_symbols();
  for (auto part : {"(", "!", "[= (", "{"}) {
    std::string text;
    for (unsigned i = 0; i < 100000; ++i) text += part;
    CHECK_FALSE(config::evaluate(text, *symbols, Dialect::bird2).ok);
    CHECK(answer("{ " + text).text == "PARSE");
  }
  CHECK(config::evaluate(std::string(90, '(') + "1" + std::string(90, ')'), *symbols, Dialect::bird2).text == "1");
}

TEST_CASE("conditions of show route know the names of the running configuration") {
  auto loaded = config::load_text("t.conf", "define MINE = [10.0.0.0/8+];\nfilter f { accept; }\n", {});
  REQUIRE(loaded.config);
  std::string error;
  auto where = config::compile_where("net ~ MINE && source = RTS_STATIC", *loaded.config->symbols, Dialect::bird2, error);
  REQUIRE(where);
  Edits edits;
  CHECK(run(*where, blackhole(), {}, World(), edits).outcome == Outcome::accept);
  CHECK(run(*where, blackhole("192.0.2.0/24"), {}, World(), edits).outcome == Outcome::reject);
  CHECK_FALSE(config::compile_where("net ~ MIEN", *loaded.config->symbols, Dialect::bird2, error));
  CHECK(error == "unknown name 'MIEN'");
}

TEST_CASE("option values are literals, constants or expressions in parentheses") {
  auto loaded = config::load_text("t.conf",
                                  "define ID = 192.0.2.7;\ndefine AS = 65000;\ndefine PEER = 192.0.2.1;\ndefine ON = true;\nrouter id ID;\n"
                                  "protocol bgp b { local as (AS + 1); neighbor PEER as AS; passive ON; hold time (3 * 30); "
                                  "ipv4 { import all; export all; }; }\n",
                                  {});
  REQUIRE(loaded.config);
  CHECK(loaded.config->router_id == 0xc0000207);
  for (auto& protocol : loaded.config->protocols)
    if (auto* bgp = std::get_if<session::BgpOptions>(&protocol)) {
      CHECK(bgp->local_as == 65001);
      CHECK(bgp->remote_as == 65000);
      CHECK(bgp->remote_address == proto::Address::v4(0xc0000201));
      CHECK(bgp->passive);
      CHECK(bgp->hold_time == 90);
    }
}

TEST_CASE("symbols are listed with their kinds") {
  auto loaded = config::load_text("t.conf", "define C = 1;\nfunction fn() { }\nfilter f { accept; }\nattribute int mark;\nprotocol static s { ipv4; }\n", {});
  REQUIRE(loaded.config);
  std::string text;
  for (auto& row : config::list_symbols(*loaded.config->symbols)) text += row.name + "=" + row.kind + ";";
  CHECK(text == "C=constant;f=filter;fn=function;mark=custom attribute;master4=routing table;master6=routing table;s=protocol;");
  CHECK(config::custom_attribute_name(*loaded.config->symbols, 1024) == "mark");
  const std::uint8_t value[] = {0, 0, 1, 0};
  CHECK(config::custom_attribute_text(*loaded.config->symbols, 1024, value) == "256");
}
