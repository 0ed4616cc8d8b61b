#include <fmt/format.h>

#include "test/config/sample.hpp"

using namespace avocet;
using namespace avocet::config;
using namespace avocet::config::test;
using Action = Change::Action;

namespace {

Changes diff_texts(const std::string& before, const std::string& after) { return diff(*good(before), *good(after)); }

}  // namespace

TEST_CASE("the same text changes nothing") {
  auto text = "filter f { if net ~ 10.0.0.0/8 then accept; reject; }\n" + ebgp("password \"x\";", "import filter f; export where net = 10.0.0.0/8;") +
              "protocol static s { ipv4; route 10.0.0.0/8 via 10.0.0.1; route 10.0.0.0/9 blackhole { bgp_med = 1; }; }\nprotocol direct { ipv4; interface \"eth*\"; }";
  CHECK(diff_texts(text, text).empty());
}

TEST_CASE("what a changed option does to a session") {
  enum Does { nothing, filter_in, filter_out, both_ways, restarts };
  struct { const char* before; const char* after; Does does; } cases[] = {
      // Only what an OPEN or the connection carries needs a new session.
      {"", "hold time 90;", nothing},
      {"", "local 10.0.0.1 as 1;", restarts},
      {"", "source address 10.0.0.1;", restarts},
      {"", "local as 3;", restarts},
      {"", "neighbor 10.0.0.3 as 2;", restarts},
      {"", "neighbor 10.0.0.2 port 1790 as 2;", restarts},
      {"", "password \"a\";", nothing},
      {"password \"a\";", "password \"b\";", nothing},
      {"", "multihop 2;", restarts},
      {"", "ttl security;", restarts},
      {"", "router id 9.9.9.9;", restarts},
      {"", "graceful restart on;", restarts},
      {"", "graceful restart time 60;", nothing},
      {"", "enable route refresh off;", restarts},
      {"", "rs client;", restarts},
      {"", "allow local as 2;", restarts},
      {"", "neighbor 10.0.0.2 port 179 as 2;", nothing},
      {"", "description \"x\";", nothing},
      {"", "debug all;", nothing},
      {"", "keepalive time 10;", nothing},
      {"", "connect retry time 7;", nothing},
      {"", "connect delay time 7;", nothing},
      {"", "error wait time 1, 2;", nothing},
      {"", "passive;", nothing},
      {"", "disable after error;", nothing},
      {"", "check link off;", nothing},
      {"", "disabled;", nothing},
      {"", "med metric;", filter_in},
      {"", "path metric off;", filter_in},
      {"", "prefer older;", filter_in},
      {"", "deterministic med;", filter_in},
      {"", "default bgp_local_pref 200;", restarts},
      {"", "default bgp_med 200;", both_ways},
      {"", "interpret communities off;", filter_out},
      {"", "allow bgp_med;", filter_out},
  };
  for (auto& c : cases) {
    CAPTURE(c.before);
    CAPTURE(c.after);
    auto changes = diff_texts(ebgp(c.before), ebgp(c.after));
    if (c.does == nothing && changes.protocols.empty()) continue;
    REQUIRE(changes.protocols.size() == 1);
    auto& change = changes.protocols[0];
    CHECK((change.action == Action::restart) == (c.does == restarts));
    CHECK(change.retune.restart == (c.does == restarts));
    if (c.does == restarts) continue;
    CHECK(change.retune.refilter_in == (c.does == filter_in || c.does == both_ways));
    CHECK(change.retune.refilter_out == (c.does == filter_out || c.does == both_ways));
  }
}

TEST_CASE("what a changed channel option does to a session") {
  struct { const char* channel; bool restart, in, out; } cases[] = {
      {"import none; export all;", false, true, false},
      {"import all; export none;", false, false, true},
      {"import none; export none;", false, true, true},
      {"import all; export all; preference 7;", false, true, false},
      {"import all; export all; import limit 5;", false, false, false},
      {"import all; export all; import keep filtered;", false, true, false},
      {"import all; export all; next hop self;", false, false, true},
      {"import all; export all; next hop keep;", false, false, true},
      {"import all; export all; next hop address 10.0.0.9;", false, false, true},
      {"import all; export all; gateway recursive;", false, true, false},
      {"import all; export all; import table;", false, false, false},
      {"import all; export all; add paths;", true, false, false},
      {"import all; export all; extended next hop;", true, false, false},
  };
  for (auto& c : cases) {
    CAPTURE(c.channel);
    auto changes = diff_texts(ebgp(), ebgp("", c.channel));
    REQUIRE(changes.protocols.size() == 1);
    auto& change = changes.protocols[0];
    CHECK((change.action == Action::restart) == c.restart);
    CHECK(change.retune.refilter_in == c.in);
    CHECK(change.retune.refilter_out == c.out);
  }
}

TEST_CASE("a function that a filter calls changes the filter; its name does not") {
  auto with = [](const char* body, const char* name) {
    return std::string("function f() { ") + body + " }\nfilter " + name + " { f(); accept; }\n" + ebgp("", std::string("import filter ") + name + "; export all;");
  };
  auto changed = diff_texts(with("if net.len > 24 then reject;", "a"), with("if net.len > 25 then reject;", "a"));
  REQUIRE(changed.protocols.size() == 1);
  CHECK(changed.protocols[0].retune.refilter_in);
  CHECK_FALSE(changed.protocols[0].retune.refilter_out);
  CHECK(diff_texts(with("if net.len > 24 then reject;", "a"), with("if net.len > 24 then reject;", "c")).empty());
}

TEST_CASE("the words are for the operator") {
  auto words = [](const std::string& before, const std::string& after) {
    auto lines = config::words(diff_texts(before, after));
    return lines.size() == 1 ? lines[0] : std::string("?");
  };
  CHECK(words(ebgp(), ebgp("hold time 90;")) == "b: hold time 240 -> 90; holds from the next session on ('restart' makes one now)");
  CHECK(words(ebgp(), ebgp("description \"x\";")) == "b: description \"\" -> \"x\"; applied at once");
  CHECK(words(ebgp("password \"a\";"), ebgp("password \"b\";")) == "b: password changed; applied at once");
  CHECK(words(ebgp(), ebgp("", "import all; export none;")) == "b: export ACCEPT -> REJECT; routes are announced again as far as they differ");
  CHECK(words(ebgp(), ebgp("", "import none; export all; import limit 9 action warn;")) ==
        "b: import ACCEPT -> REJECT, import limit off -> 9 action warn; received routes are filtered again");
  CHECK(words(ebgp(), ebgp("ipv6 { import all; export all; };")) == "b: channel ipv6 added; restart");
  CHECK(words("protocol static s { ipv4; route 10.0.0.0/8 blackhole; }", "protocol static s { ipv4; route 10.0.0.0/9 blackhole; }") == "s: route changed; applied at once");
  CHECK(words("protocol static s { ipv4; }", "protocol direct s { ipv4; }") == "s: was a protocol static, is a protocol direct; restart");
}

TEST_CASE("protocols come and go without a word about the others") {
  auto changes = diff_texts("protocol device { }" + ebgp() + "protocol static old { ipv4; }", "protocol device { }" + ebgp() + "protocol static new { ipv4; }");
  REQUIRE(changes.protocols.size() == 2);
  CHECK(changes.protocols[0].action == Action::add);
  CHECK(changes.protocols[0].words == "new");
  CHECK(changes.protocols[1].action == Action::remove);
  CHECK(changes.protocols[1].protocol == "old");
}

TEST_CASE("a session under another name goes on if nothing in it asks for a restart") {
  struct { const char* name; std::string before, after; bool goes_on; } cases[] = {
      {"the name alone", "", "", true},
      {"other ways to compare", "", "med metric; ", true},
      {"a client of the reflector now", "", "rr client; rr cluster id 1.2.3.4; ", true},
      {"another hold time, which the next session agrees on", "", "hold time 90; ", true},
      {"another capability to offer", "", "enable extended messages; ", false},
      {"another address of ours", "", "source address 10.0.0.9; ", false}};
  auto session = [](const char* name, const std::string& more) {
    return fmt::format("protocol bgp {} {{ local 10.0.0.1 as 1; neighbor 10.0.0.2 as 1; {} ipv4 {{ }}; }}\n", name, more);
  };
  for (auto& c : cases) {
    CAPTURE(c.name);
    auto changes = diff_texts(session("old", c.before) + ebgp(), session("new", c.after) + ebgp());
    REQUIRE(changes.protocols.size() == (c.goes_on ? 1u : 2u));
    auto& change = changes.protocols[0];
    CHECK(change.protocol == "new");
    CHECK(change.renamed_from == (c.goes_on ? "old" : ""));
    CHECK(change.action == (c.goes_on ? Action::retune : Action::add));
  }
  auto renamed = diff_texts(session("old", ""), session("new", ""));
  CHECK(renamed.protocols[0].words == "was old, the session goes on; routes are filtered again both ways");
}

TEST_CASE("what is not a protocol") {
  CHECK(diff_texts("router id 1.1.1.1;", "router id 2.2.2.2;").router_id_changed);
  CHECK(diff_texts("", "log stderr all;").log_changed);
  CHECK(diff_texts("", "timeformat log iso short;").log_changed);
  CHECK(diff_texts("cli \"/run/a\";", "cli \"/run/a\" { restrict; };").control_sockets_changed);
  CHECK_FALSE(diff_texts("cli \"/run/a\";", "cli \"/run/a\" {};").control_sockets_changed);
  CHECK(diff_texts("listen bgp port 180;", "listen bgp port 181;").listen_changed);
  auto tables = diff_texts("ipv4 table a;", "ipv4 table b;");
  REQUIRE(tables.tables_added.size() == 1);
  CHECK(tables.tables_added[0].name == "b");
  CHECK(tables.tables_removed == std::vector<std::string>{"a"});
  CHECK(diff_texts("define X = 1;", "define X = 2;").empty());
  auto aspas = diff_texts("aspa table a;", "aspa table b;");
  CHECK(aspas.aspa_tables_added == std::vector<std::string>{"b"});
  CHECK(aspas.aspa_tables_removed == std::vector<std::string>{"a"});
}

TEST_CASE("the order of sessions says nothing about where BGP listens") {
  std::string four = ebgp(), six = "protocol bgp six { local as 1; neighbor 2001:db8::2 internal; ipv6; }";
  CHECK(diff_texts(four + six, six + four).empty());
}

TEST_CASE("ROAs and ASPAs that go into another table, and other ASPAs, are told to the static protocol") {
  std::string tables = "roa4 table r; roa4 table q; aspa table t; ";
  struct { const char *before, *after; } cases[] = {
      {"roa4 { table r; }; route 10.0.0.0/8 max 9 as 1;", "roa4 { table q; }; route 10.0.0.0/8 max 9 as 1;"},
      {"aspa { table t; }; route aspa 1 transit;", "aspa { table t; }; route aspa 1 providers 2;"}};
  for (auto& c : cases) {
    CAPTURE(c.after);
    auto with = [&](const char* body) { return tables + "protocol static s { " + body + " }"; };
    CHECK(diff_texts(with(c.before), with(c.before)).empty());
    auto changes = diff_texts(with(c.before), with(c.after));
    REQUIRE(changes.protocols.size() == 1);
    CHECK(changes.protocols[0].action == Action::retune);
  }
}

TEST_CASE("a new global router id restarts the sessions that use it") {
  auto changes = diff_texts("router id 1.1.1.1; " + ebgp(), "router id 2.2.2.2; " + ebgp());
  REQUIRE(changes.protocols.size() == 1);
  CHECK(changes.protocols[0].words == "router id 1.1.1.1 -> 2.2.2.2; restart");
  CHECK(diff_texts("router id 1.1.1.1; " + ebgp("router id 3.3.3.3;"), "router id 2.2.2.2; " + ebgp("router id 3.3.3.3;")).protocols.empty());
}

TEST_CASE("many protocols with the same change are told in one line, few one by one, and one with another change apart") {
  auto sessions = [](int count, const char* import) {
    std::string text;
    for (int n = 0; n < count; ++n)
      text += fmt::format("protocol bgp b{} {{ local as 1; neighbor 10.0.0.{} as 2; ipv4 {{ import {}; export {}; }}; }}\n", n, n + 1, n == 3 ? "none" : import, n == 3 ? import : "none");
    return text;
  };
  auto told = [&](int count, bool soft) { return words(diff_texts(sessions(count, "none"), sessions(count, "all")), soft); };
  auto few = told(5, false);
  REQUIRE(few.size() == 5);
  CHECK(few[0] == "b0: import REJECT -> ACCEPT; received routes are filtered again");
  CHECK(few[4] == "b4: import REJECT -> ACCEPT; received routes are filtered again");
  auto many = told(100, true);
  REQUIRE(many.size() == 2);
  CHECK(many[0] == "b0, b1 and 97 more: import REJECT -> ACCEPT; received routes are filtered again (soft: for new routes only, until 'reload')");
  CHECK(many[1] == "b3: export REJECT -> ACCEPT; routes are announced again as far as they differ (soft: for new routes only, until 'reload')");
}

TEST_CASE("a protocol mrt is changed while it runs, whatever changes; another file of mrtdump is told") {
  auto with = [](const char* table, const char* more) { return std::string("protocol mrt m { table ") + table + "; filename \"f\"; period 60; " + more + " }"; };
  auto changes = diff_texts(with("master4", ""), with("\"master*\"", "where net.len < 25; period 5; always add path; mrtdump all;"));
  REQUIRE(changes.protocols.size() == 1);
  CHECK(changes.protocols[0].action == Action::retune);
  CHECK(changes.protocols[0].words ==
        "mrtdump off -> all, table master4 -> \"master*\", period 60 -> 5, filter default -> (unnamed), always add path off -> on; applied at once");
  changes = diff_texts("mrtdump \"a\";", "mrtdump \"b\";");
  CHECK(changes.protocols.empty());
  CHECK(words(changes) == std::vector<std::string>{"mrtdump: another file; from now on"});
}
