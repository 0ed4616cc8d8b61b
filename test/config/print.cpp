/// parse(print(x)) == x: in one layout, and in the canonical form.
#include "bgpd/config/print.hpp"

#include <filesystem>

#include "bgpd/config/layout.hpp"
#include "bgpd/config/symbols.hpp"
#include "bgpd/config/vocabulary.hpp"
#include "bgpd/filter/code.hpp"
#include "test/config/sample.hpp"
#include "test/shared_data.hpp"

using namespace avocet;
using namespace avocet::config;
using namespace avocet::config::test;
namespace files = std::filesystem;

namespace {

std::string layout_of(const std::string& text) {
  Sources sources;
  Diagnostics diagnostics;
  return layout(lex(sources, sources.add_text("t.conf", text), diagnostics));
}

bool same_code_or_none(const filter::CodePtr& a, const filter::CodePtr& b) {
  return a && b ? filter::same_code(*a, *b) : !a && !b;
}

bool same_symbol(const Symbol& a, const Symbol& b) {
  if (a.kind != b.kind) return false;
  if (a.kind == Symbol::Kind::constant) return filter::same(a.constant.value, b.constant.value);
  if (a.kind == Symbol::Kind::function) return same_code_or_none(a.function->code, b.function->code);
  if (a.kind == Symbol::Kind::filter) return filter::same_program(*a.program, *b.program);
  return a.attribute == b.attribute;
}

/// What `before` has that `after` has not; "" if they mean the same.
std::string difference(const Config& before, const Config& after) {
  auto changes = diff(before, after);
  if (!changes.protocols.empty()) return changes.protocols[0].words;
  if (!changes.empty()) return "tables, log, listen or router id";
  // An implied device protocol is written out: protocols are compared above.
  for (auto& [name, symbol] : before.symbols->global()) {
    if (symbol.kind == Symbol::Kind::object) continue;
    auto* other = after.symbols->find_global(name);
    if (!other || !same_symbol(symbol, *other)) return name;
  }
  return {};
}

void check_printed(ConfigPtr config, const std::string& plain) {
  auto family = config->family;
  auto canonical = print_canonical(*config);
  for (auto& printed : {plain, canonical}) {
    CAPTURE(printed);
    auto again = load(printed, family);
    auto& list = again.diagnostics.list();
    auto problem = list.empty() ? std::string() : render(list[0], *again.sources);
    CAPTURE(problem);
    REQUIRE(again.config);
    CHECK(again.config->dialect == config->dialect);
    CHECK(difference(*config, *again.config) == "");
    CHECK(print_canonical(*again.config) == canonical);
  }
  CHECK(layout_of(plain) + '\n' == plain);
}

void check_round_trip(const std::string& text) { check_printed(good(text), layout_of(text) + '\n'); }

/// A whole configuration in which an option stands where it has an effect; "" where it needs others beside it.
std::string whole(const OptionDoc& row, bool bird1) {
  auto option = row.words + " " + row.sample + ";";
  auto tables =
      bird1 ? std::string("table some_name sorted;\n") : std::string("ipv4 table some_name { sorted on; };\n");
  auto channel = std::string("import all; export all;");
  auto in_channel = bird1 ? channel : "ipv4 { " + channel + " };";
  auto session = std::string("protocol bgp b { local as 1; neighbor 10.0.0.2 as 2; ");
  auto& object = row.object;
  if (object == "global") return tables + option;
  if (object == "table") return tables + "ipv4 table t { " + option + " };";
  if (object == "pipe")
    return tables + "protocol pipe p { table " + (bird1 ? "master" : "master4") + "; peer table some_name; " + option +
           " }";
  if (object == "bgp" || object == "protocol") return tables + session + in_channel + " " + option + " }";
  if (object == "channel" || object == "bgp channel")
    return tables + session + (bird1 ? channel + " " + option : "ipv4 { " + channel + " " + option + " };") + " }";
  if (object == "bmp") return tables + "protocol bmp m { station address ip 192.0.2.9 port 1790; " + option + " }";
  if (object == "mrt") return tables + "protocol mrt m { table master4; filename \"f\"; period 60; " + option + " }";
  if (object == "bfd") return tables + "protocol bfd o { " + option + " }";
  if (object == "bfd sessions") return tables + "protocol bfd o { interface \"*\" { " + option + " }; }";
  if (object == "device") return tables + "protocol device { " + option + " }";
  return tables + "protocol " + object + " o { " + in_channel + " " + option + " }";
}

}  // namespace

TEST_CASE("print: every option that can stand alone comes back from its text") {
  unsigned checked = 0;
  for (auto& row : option_docs())
    for (bool bird1 : {true, false}) {
      if (row.support != Support::full || row.in == (bird1 ? In::bird2 : In::bird1) || (row.object == "table" && bird1))
        continue;
      auto text = whole(row, bird1);
      CAPTURE(text);
      if (!load(text).config) continue;  // it needs others beside it: those are in the cases below
      check_round_trip(text);
      ++checked;
    }
  CHECK(checked > 120);
}

TEST_CASE("print: options that need each other, odd names and odd values come back too") {
  for (std::string text : {
           "protocol bgp b { local fe80::1%eth0 as 1; neighbor fe80::2%'eth0' as 2; ipv6 { import all; export none; }; "
           "}",
           "protocol bgp 'my-peer.1' { local 10.0.0.1 port 1179 as 1; neighbor 10.0.0.2 port 1180 internal; multihop "
           "3; check link off; ipv4; }",
           "protocol bgp b { local as 65000; neighbor range 10.0.0.0/8 external; dynamic name \"d\"; password \"\"; "
           "ipv4 { import where net.len < 25; export filter { if net ~ [ 10.0.0.0/8{16,24} ] then accept; reject; }; "
           "}; }",
           "template bgp t { local as 1; hold time 90; ipv4 { import all; export none; add paths tx; }; } protocol bgp "
           "a from t { neighbor 10.0.0.2 as 2; } protocol bgp b from t { neighbor 10.0.0.3 as 1; direct; }",
           "protocol static s { ipv4; route 10.0.0.0/8 blackhole; route 10.1.0.0/16 via 192.0.2.1%eth0 weight 3 onlink "
           "via \"eth1\"; route 10.2.0.0/16 recursive 192.0.2.9 { bgp_med = 5; krt_prefsrc = 10.0.0.1; }; }",
           "debug protocols all; protocol device { } protocol direct { debug off; ipv4; interface \"eth*\" 10.0.0.0/8, "
           "-\"*\"; interface \"x\"; }",
           "log \"/tmp/x\" 20000 \"/tmp/y\" { debug, trace }; log syslog name \"n\" all; log stderr { error }; "
           "timeformat route \"%F\" 5 \"%T\";",
           "cli \"/run/a\"; cli \"/run/b\" { restrict; v2 attributes; }; cli \"/run/c\" { restrict };",
           "attribute int second; attribute int first; define zz = 1; define aa = [ zz, 2..5 ]; function f(int a; int "
           "b) -> int { if a ~ aa then return b; else return 0; }"
           "filter z { first = f(1, 2); second = 3; accept; } filter a { print \"x\"; reject; }",
           "mrtdump \"/tmp/m\"; mrtdump protocols { states }; protocol mrt { table \"master*\"; filename \"/tmp/%N-%F\"; period 300; mrtdump all; filter { if net.len < 9 "
           "then reject; accept; }; } protocol mrt b { table master6; filename \"x\"; period 1; where net.len > 3; always add path; }",
           "ipv4 table 'odd-name' { sorted; }; protocol pipe { table master4; peer table 'odd-name'; import none; }",
           "table t sorted; listen bgp address 10.0.0.1 port 1179; protocol bgp { local as 1; neighbor 10.0.0.2 as 2; "
           "next hop self; import all; export where proto = \"x\"; } protocol kernel { learn; device routes; merge "
           "paths limit 4; }",
           "roa4 table r; function f() { if roa_check(r, 10.0.0.0/8, 1) = ROA_VALID then print 1; } protocol static { roa4 { table r; }; route 10.0.0.0/8 max 24 as 5; }",
           "aspa table t; protocol static { aspa { table t; }; route aspa 5 providers 6, 7; route aspa 8 transit; } "
           "function f() -> bool { return aspa_check_upstream(t) = ASPA_VALID; }",
           "define V = 1:2 10.0.0.0/8; define F = flow4 { dst 10.0.0.0/8; port 80..90,100; tcp flags 0x2/0x12; }; "
           "define S = 2001:db8::/32 from 2001:db8:1::/48; define R = 10.0.0.0/8 max 24 as 5; define A = aspa 64512;",
           "ipv4 table o; protocol pipe { table master4; peer table o; export in 10.0.0.0/8 where net.len < 20; } protocol kernel { ipv4 { export in 10.0.0.0/8 all; "
           "export limit 5; }; }",
           "roa table r { roa 10.0.0.0/8 max 24 as 5; } protocol static { import all; }",
           "function t() { bt_assert(1 = 1); } bt_test_suite(t, \"text\"); bt_test_same(t, t, 1);",
       }) {
    CAPTURE(text);
    check_round_trip(text);
  }
}

TEST_CASE("print --canonical: two ways to write the same give one text") {
  auto one = good(
      "template bgp t { local as 1; ipv4 { import all; export all; }; }\nprotocol bgp z from t { neighbor 10.0.0.2 as "
      "2; hold time 240; }\nprotocol bgp a from t { neighbor 10.0.0.3 as 2; }");
  auto two = good(
      "protocol bgp a { neighbor 10.0.0.3 as 2; local as 1; ipv4 { export all; import all; }; }\nprotocol bgp z { ipv4 "
      "{ import all; export all; preference 100; }; local as 1; neighbor 10.0.0.2 as 2; }");
  CHECK(print_canonical(*one) == print_canonical(*two));
  CHECK(print_canonical(*one).find("hold time") == std::string::npos);
}

TEST_CASE("layout: a statement a line, blocks indented, comments gone, lists together") {
  CHECK(layout_of("filter f{if net~[10.0.0.0/8{16 ,24},20.0.0.0/8+]then{accept;}else reject;} # all\nlog stderr "
                  "{debug, trace};") ==
        "filter f{\n  if net~[10.0.0.0/8{16,24},20.0.0.0/8+]then{\n    accept;\n  } else reject;\n}\nlog stderr "
        "{debug, trace};");
}

TEST_CASE("print: the configurations of this repository come back") {
  auto root = files::path(__FILE__).parent_path().parent_path().parent_path();
  unsigned count = 0;
  for (auto* folder : {"examples", "test/config/language"})
    for (auto& entry : files::recursive_directory_iterator(root / folder)) {
      auto path = entry.path().string();
      if (!path.ends_with(".conf") || path.ends_with("policy-tests/policy.conf")) continue;  // that one is an include
      CAPTURE(path);
      auto loaded = load_file(path, {});
      REQUIRE(loaded.config);
      check_printed(loaded.config, print_source(path));
      ++count;
    }
  CHECK(count >= 9);
}

TEST_CASE("print: Calico's rendered configurations and the lab's come back") {
  auto root = avocet::test::shared_data("data");
  if (!root) return;
  unsigned count = 0;
  for (auto& entry : files::recursive_directory_iterator(*root)) {
    auto name = entry.path().filename().string();
    bool golden = name == "bird.cfg" || name == "bird6.cfg";
    bool recorded = name.ends_with(".conf") && entry.path().parent_path().filename() == "conf";
    if (!golden && !recorded) continue;
    CAPTURE(entry.path().string());
    auto path = entry.path().string();
    auto loaded = load_file(path, {name == "bird6.cfg" ? proto::Family::ipv6 : proto::Family::ipv4});
    if (recorded && !loaded.config) continue;  // asks for what we do not do
    REQUIRE(loaded.config);
    check_printed(loaded.config, print_source(path));
    ++count;
  }
  CHECK(count > 150);
}
