#include "bgpd/config/vocabulary.hpp"

#include <algorithm>
#include <set>

#include "test/config/sample.hpp"

using namespace avocet;
using namespace avocet::config;
using namespace avocet::config::test;

namespace {

/// A configuration in which one option stands where it belongs.
std::string text_with(const OptionDoc& row, bool bird1) {
  auto option = row.words + " " + row.sample + ";\n";
  auto& object = row.object;
  if (object == "global") return option + (bird1 ? "table old;" : "ipv4 table new;");
  if (object == "table") return "ipv4 table t {\n" + option + "};";
  if (object == "table of ROAs") return "roa4 table t {\n" + option + "}";
  if (object == "table of ROAs") return "roa4 table t {\n" + option + "}";
  std::string extra = "table some_name;\n", open = "import all;";
  if (!bird1) extra = "ipv4 table some_name { sorted on; };\n", open = "ipv4 { import all; };";
  if (object == "pipe") return extra + "protocol pipe p { table " + (bird1 ? "master" : "master4") + "; peer table some_name; " + option + "}";
  if (object == "bmp") return extra + "protocol bmp m { station address ip 192.0.2.9 port 1790; " + option + "}";
  if (object == "mrt") return extra + "protocol mrt m { table master4; filename \"f\"; period 60; " + option + "}";
  if (object == "rpki") return extra + "roa4 table t;\nprotocol rpki b { roa4; " + option + (row.words == "remote" ? "" : "remote 192.0.2.9; ") + "}";
  if (object == "device") return extra + "protocol device { " + option + "}";
  if (object == "bfd") return extra + "protocol bfd { " + option + "}";
  if (object == "bfd sessions") {
    // Keys and signatures go together.
    option += row.words == "authentication" ? "password \"x\";" : row.words == "password" || row.words == "key" || row.words == "passwords" ? "authentication simple;" : "";
    return extra + "protocol bfd { interface \"*\" { " + option + "}; }";
  }
  if (object == "channel" || object == "bgp channel") {
    auto body = bird1 ? option : "ipv4 {\n" + option + "};";
    return extra + "template bgp b { " + body + "}";
  }
  return extra + "template " + (object == "protocol" ? "bgp" : object) + " b { " + open + option + "}";
}

}  // namespace

TEST_CASE("each row's option can be written, in each dialect that has it") {
  for (auto& row : option_docs())
    for (bool bird1 : {true, false}) {
      if (row.in == (bird1 ? In::bird2 : In::bird1) || (row.object.starts_with("table") && bird1)) continue;
      auto text = text_with(row, bird1);
      CAPTURE(text);
      auto loaded = load(text);
      auto& list = loaded.diagnostics.list();
      std::string first = list.empty() ? "" : render(list[0], *loaded.sources);
      CAPTURE(first);
      switch (row.support) {
        case Support::full: CHECK(list.empty()); break;
        case Support::no_effect:
          REQUIRE(list.size() == 1);
          CHECK(list[0].what == "'" + row.words + "' is accepted but has no effect");
          CHECK(loaded.config);
          break;
        case Support::missing:
          REQUIRE(list.size() == 1);
          CHECK(list[0].what.starts_with("not supported yet: " + row.words));
          break;
      }
    }
}

TEST_CASE("an option of the other dialect is refused") {
  auto rows = option_docs();
  for (auto& row : rows) {
    // 1.6 has the channels' options in the protocol, where another row may have the same words.
    bool shared = std::count_if(rows.begin(), rows.end(), [&](auto& other) { return other.words == row.words; }) > 1;
    if (row.in == In::both || row.object.starts_with("table") || shared) continue;
    auto text = text_with(row, row.in == In::bird2);
    CAPTURE(text);
    CHECK_FALSE(load(text).config);
  }
}

TEST_CASE("each row says what it is for, and stands once in its object") {
  std::set<std::pair<std::string, std::string>> seen;
  for (auto& row : option_docs()) {
    CAPTURE(row.words);
    CHECK_FALSE(row.doc.empty());
    CHECK(seen.emplace(row.object, row.words).second);
  }
}

TEST_CASE("values out of range name the range") {
  struct { const char* option; const char* message; } cases[] = {
      {"hold time 2;", "hold time must be 0, or 3 to 65535 seconds"},
      {"hold time 65536;", "the time must be 0 to 65535, not 65536"},
      {"multihop 256;", "multihop must be 1 to 255, not 256"},
      {"graceful restart time 4096;", "the time must be 0 to 4095, not 4096"},
      {"neighbor 10.0.0.1 port 70000;", "the port must be 1 to 65535, not 70000"},
      {"local as 0;", "the AS number must be 1 to 4294967295, not 0"},
      {"connect retry time 1500 ms;", "a time finer than a second has no effect here"},
      {"error wait time 30, 5;", "the longest error wait time is shorter than the first"},
      {"local role king;", "expected provider|rs_server|rs_client|customer|peer, found 'king'"},
      {"debug { stats };", "expected all, off or { states, routes, filters, interfaces, events, packets }, found 'stats'"},
  };
  for (auto& c : cases) {
    CAPTURE(c.option);
    auto loaded = load(ebgp(c.option));
    REQUIRE(loaded.diagnostics.list().size() == 1);
    CHECK(loaded.diagnostics.list()[0].what == c.message);
  }
}

TEST_CASE("what is not carried out is checked all the same, and may be written where it asks for nothing") {
  struct { const char* option; const char* message; } cases[] = {
      {"disable rx off;", ""},
      {"mrtdump { states, mesages };", "expected states|messages, found 'mesages'"},
      {"interface range 5;", "expected text in double quotes, found number 5"},
      {"keys { key { id 256; }; };", "the id of a key must be 0 to 255, not 256"},
      {"keys { key { id 1; secret \"s\"; algorithm hmac sha1; preferred; }; };", "not supported yet: keys (TCP-AO)"},
      {"tx dscp 64;", "the number must be 0 to 63, not 64"},
      {"setkey maybe;", "expected on or off, found 'maybe'"},
  };
  for (auto& c : cases) {
    CAPTURE(c.option);
    auto loaded = load(ebgp(c.option));
    std::string errors;
    for (auto& diagnostic : loaded.diagnostics.list())
      if (diagnostic.severity == Severity::error) errors += diagnostic.what;
    CHECK(errors == c.message);
    CHECK(bool(loaded.config) == errors.empty());
  }
}

TEST_CASE("what mrtdump records: both kinds, or one") {
  struct { const char* mask; std::uint32_t bits; } cases[] = {
      {"all", 3}, {"off", 0}, {"{ states }", 1}, {"{ messages }", 2}, {"{ messages, states }", 3}};
  for (auto& c : cases) {
    CAPTURE(c.mask);
    auto loaded = load(std::string("mrtdump protocols ") + c.mask + "; mrtdump \"/var/log/bgp.mrt\"; protocol static a { ipv4; } protocol static b { ipv4; mrtdump off; }");
    REQUIRE(loaded.config);
    auto& protocols = loaded.config->protocols;
    CHECK(loaded.config->mrtdump_file == "/var/log/bgp.mrt");
    CHECK(common(protocols[1]).mrtdump == c.bits);
    CHECK(common(protocols[2]).mrtdump == 0);
  }
}

TEST_CASE("globally too: what is not carried out is checked") {
  struct { const char* text; const char* message; } cases[] = {
      {"mrtdump 5;", "expected text in double quotes, found number 5"},
      {"cli \"path\" { restict; };", "expected restrict or v2 attributes, found 'restict'"},
      {"cli \"path\"; cli \"path\" { restrict; };", "there is a control socket \"path\" already"},
      {"cli \"\";", "a control socket needs a path"},
      {"threads 0;", "the number must be 1 to 4294967295, not 0"},
      {"thread group g { threads 2; max tim 5 ms; };", "expected threads, max time, min time, max latency, wakeup time or default, found 'max'"},
      {"debug latency { events, timers };", ""},
      {"ipv4 table t { gc period soon; };", "expected a number, found 'soon'"},
      {"protocol device { interface \"eth0\" { prefered 10.0.0.1; }; }", "expected 'preferred', found 'prefered'"},
      {"latency limit 5 ms;", ""},
      {"debug protocols all\n watchdog warning 5 s\n debug commands 2\n eval 5\n", ""},
      {"debug protocols all blah;", "unknown option 'blah' in the top level"},
      {"latency limit soon;", "expected a number, found 'soon'"},
      {"protocol kernel { ipv4; hostname \"a\"; }", ""},
      {"protocol kernel { ipv4; hostname 5; }", "expected text in double quotes, found number 5"},
      {"neighbors table n;", "not supported yet: tables of neighbors"},
      {"protocol static { flow4; route flow4 { dst 10.0.0.0/8; }; }",
       "not supported yet: channels of flow4not supported yet: routes to nets as flow4 { dst 10.0.0.0/8; }"},
      {"protocol direct { ipv4; interface lo; }", "expected an interface in double quotes or a prefix, found 'lo'"},
      {"attribute int x; protocol aggregator { peer table other; import all; aggregate on net, (defined(bgp_med)), bgp_path, x; merge by { "
       "int sum = 0; for route r in routes do { if !defined(r.bgp_med) then print r.x; sum = sum + r.bgp_med; } bgp_med = sum; accept; }; }",
       "not supported yet: protocol aggregator"},
      {"protocol aggregator { aggregate on net, 5; }", "expected net, an attribute or an expression in parentheses, found number 5not supported yet: protocol aggregator"},
      {"protocol aggregator { merge by { for route r in routes do { bgp_med = r.bgp_path; } accept; }; }",
       "'bgp_med' is of type int, the value of type bgppathnot supported yet: protocol aggregator"},
      {"protocol aggregator { merge by { for route r in routes do print r.bgp_mde; accept; }; }", "a route has no attribute 'bgp_mde'not supported yet: protocol aggregator"},
      {"define LINKS = \"eth*\"; protocol direct { ipv4; interface LINKS, -\"eth9\"; }", ""},
      {"protocol aggregator { merge by { for route r in routes do { r.from; r.bgp_path.prepend(1); } accept; }; }",
       "the attributes of the route 'r' cannot be changedthe attributes of the route 'r' cannot be changednot supported yet: protocol aggregator"},
      {"filter f { route r; accept; }", "unknown name 'route'"},
      {"protocol bfd { interface \"*\" { password \"x\" { id 256; }; }; }", "the id of a password must be 0 to 255, not 256"},
  };
  for (auto& c : cases) {
    CAPTURE(c.text);
    auto loaded = load(std::string(c.text) + " ipv4 table other;");
    std::string errors;
    for (auto& diagnostic : loaded.diagnostics.list())
      if (diagnostic.severity == Severity::error) errors += diagnostic.what;
    CHECK(errors == c.message);
  }
}

TEST_CASE("times may carry their unit") {
  auto config = good(ebgp("hold time 90 s; connect retry time 5000 ms; connect delay time 3000000 us;"));
  auto& bgp = protocol<session::BgpOptions>(*config, "b");
  CHECK(bgp.hold_time == 90);
  CHECK(bgp.connect_retry_time == 5);
  CHECK(bgp.connect_delay_time == 3);
}

