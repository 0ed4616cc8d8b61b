#include "bgpd/config/grammar_block.hpp"
#include "test/config/sample.hpp"

using namespace avocet;
using namespace avocet::config;
using namespace avocet::config::test;

namespace {

filter::Dialect dialect_of(const char* text) {
  Sources sources;
  Diagnostics diagnostics;
  auto stretches = put_includes_in_place(sources, sources.add_text("t.conf", text), diagnostics);
  auto dialect = detect_dialect(stretches, diagnostics);
  CHECK_FALSE(diagnostics.has_errors());
  return dialect;
}

}  // namespace

TEST_CASE("the dialect shows in what only one BIRD has") {
  for (auto text :
       {"listen bgp port 1790;", "table t;", "table t sorted;", "roa table r { }", "protocol bgp { import all; }",
        "template bgp x { export none; }", "protocol kernel { export all; }", "protocol direct { import none; }",
        "protocol static { route 10.0.0.0/8 multipath via 10.0.0.1; }", "template bgp x { gateway recursive; }",
        "template bgp x { add paths on; }", "protocol bgp { next hop self; }", "protocol kernel { device routes on; }",
        "protocol static { preference 5; }"}) {
    CAPTURE(text);
    CHECK(dialect_of(text) == filter::Dialect::bird1);
  }
  for (auto text : {"ipv4 table t;", "ipv6 table t { sorted on; };", "protocol bgp { ipv4 { import all; }; }",
                    "protocol static { ipv4; }", "roa4 table r;"}) {
    CAPTURE(text);
    CHECK(dialect_of(text) == filter::Dialect::bird2);
  }
}

TEST_CASE("without a sign of either dialect a file is BIRD 2's") {
  for (auto text :
       {"", "router id 1.2.3.4;", "filter f { if net ~ 10.0.0.0/8 then accept; reject; }", "protocol device { }",
        "protocol pipe { table a; peer table b; import all; }", "function f() { table; }",
        "# table t;\nlog \"; table t;\" all;", "define s = [ 10.0.0.0/8{8,24} ]; /* ; table t; */",
        "filter f { if true then { accept; } } filter g { reject; }"}) {
    CAPTURE(text);
    CHECK(dialect_of(text) == filter::Dialect::bird2);
  }
}

TEST_CASE("a file in two dialects names both places and is not read further") {
  CHECK(messages("listen bgp port 1790;\nprotocol bgp b {\n  nonsense;\n  ipv4 { import all; };\n}\n") ==
        "1:1 error: 'listen bgp' is BIRD 1.6's dialect, but this configuration also has BIRD 2's\n"
        "4:3 note: the channel 'ipv4' is BIRD 2's dialect\n");
}
