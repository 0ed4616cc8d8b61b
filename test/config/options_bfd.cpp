/// `protocol bfd`, `bfd` of sessions and of static routes: what is read, what comes back as text, what a change does.
#include "bgpd/config/print.hpp"
#include "test/config/sample.hpp"

using namespace avocet;
using namespace avocet::config;
using namespace avocet::config::test;
using proto::BfdAuthentication;

namespace {

const bfd::BfdOptions& bfd_of(const Config& config) { return protocol<bfd::BfdOptions>(config, "b"); }
const std::optional<bfd::RequestOptions>& wish(const Config& config) {
  return protocol<session::BgpOptions>(config, "b").bfd;
}
std::string with_bfd(const std::string& text) { return "protocol bfd w { }\n" + text; }
std::string change(const std::string& before, const std::string& after) {
  auto changes = diff(*good(before), *good(after));
  return changes.protocols.empty() ? "" : changes.protocols[0].words;
}

}  // namespace

TEST_CASE("protocol bfd: everything that it may say") {
  auto config = good(R"(protocol bfd b {
    interface "eth*", -"eth9" { min rx interval 20 ms; min tx interval 1500 us; idle tx interval 2 s; multiplier 7; passive; };
    interface "*" { interval 50 ms; authentication meticulous keyed sha1; password "one" { id 3; from "2026-01-01"; generate to "2027-01-01 12:30:00"; }; password "two"; };
    multihop { interval 300 ms; authentication simple; passwords { password "a"; key "b"; }; };
    neighbor 10.0.0.1; neighbor fe80::1%eth0; neighbor 10.0.0.2 dev "eth1" local 10.0.0.9; neighbor 192.0.2.1 local 192.0.2.9 multihop on;
    accept ipv4 direct; strict bind; zero udp6 checksum rx on; debug all; })");
  auto& b = bfd_of(*config);
  REQUIRE(b.interfaces.size() == 2);
  auto& first = b.interfaces[0].session;
  CHECK(first.min_rx == 20'000);
  CHECK(first.min_tx == 1'500);
  CHECK(first.idle_tx == 2'000'000);
  CHECK(first.multiplier == 7);
  CHECK(first.passive);
  auto& second = b.interfaces[1].session;
  CHECK(second.min_rx == 50'000);
  CHECK(second.min_tx == 50'000);
  CHECK(second.authentication == BfdAuthentication::meticulous_keyed_sha1);
  REQUIRE(second.keys.size() == 2);
  CHECK(second.keys[0].id == 3);
  CHECK(second.keys[0].accept_from == second.keys[0].generate_from);
  CHECK(second.keys[0].generate_to);
  CHECK_FALSE(second.keys[0].accept_to);
  CHECK(second.keys[1].id == 2);
  CHECK(b.multihop.keys.size() == 2);
  REQUIRE(b.neighbors.size() == 4);
  CHECK(b.neighbors[1].interface == "eth0");
  CHECK(b.neighbors[3].multihop);
  CHECK_FALSE(b.accept_ipv6);
  CHECK_FALSE(b.accept_multihop);
  CHECK(b.strict_bind);
  CHECK(b.zero_udp6_checksum_rx);
  auto again = good(print_canonical(*config));
  CHECK(diff(*config, *again).empty());
}

TEST_CASE("bfd of a session: on, graceful, or options, which templates hand down") {
  CHECK_FALSE(wish(*good(with_bfd(ebgp("bfd off;")))));
  CHECK(wish(*good(with_bfd(ebgp("bfd;")))) == bfd::RequestOptions());
  CHECK(wish(*good(with_bfd(ebgp("bfd graceful;"))))->graceful);
  auto config = good(with_bfd(ebgp(
      "bfd { interval 250 ms; multiplier 2; passive off; graceful; authentication keyed md5; password \"x\"; };")));
  auto& request = *wish(*config);
  CHECK(request.graceful);
  CHECK(request.min_tx == 250'000u);
  CHECK(request.min_rx == 250'000u);
  CHECK(request.multiplier == std::uint8_t{2});
  CHECK(request.passive == false);
  CHECK_FALSE(request.idle_tx);
  CHECK(diff(*config, *good(print_canonical(*config))).empty());
}

TEST_CASE("bfd of a static route, behind its gateway or, in 1.6, in its braces") {
  auto routes = [](const std::string& text) { return protocol<rib::StaticOptions>(*good(text), "s").routes; };
  auto two = routes(
      "protocol bfd { } protocol static s { ipv4; route 10.0.0.0/8 via 10.9.0.1 bfd via 10.9.0.2 weight 3 bfd off; "
      "route 10.1.0.0/16 via 10.9.0.1 bfd { bgp_med = 5; }; }");
  CHECK(two[0].hops[0].bfd);
  CHECK_FALSE(two[0].hops[1].bfd);
  CHECK(two[1].hops[0].bfd);
  CHECK(two[1].edits);
  auto old = routes(
      "protocol bfd { } table t; protocol static s { route 10.0.0.0/8 via 10.9.0.1 { bfd; }; route 10.1.0.0/16 via "
      "10.9.0.1 { krt_metric = 5; bfd on; }; "
      "route 10.2.0.0/16 via 10.9.0.1 { bfd off; }; }");
  CHECK(old[0].hops[0].bfd);
  CHECK_FALSE(old[0].edits);
  CHECK(old[1].hops[0].bfd);
  CHECK(old[1].edits);
  CHECK_FALSE(old[2].hops[0].bfd);
  auto config = good("protocol bfd { } protocol static s { ipv4; route 10.0.0.0/8 via 10.9.0.1 bfd; }");
  CHECK(diff(*config, *good(print_canonical(*config))).empty());
}

TEST_CASE("bfd: what cannot be meant is refused, what is hardly meant is told") {
  auto session = [](const std::string& options) {
    return "protocol bfd { interface \"*\" { " + options + " }; } ipv4 table t;";
  };
  struct {
    std::string text, message;
  } cases[] = {
      {session("interval 0;"), "an interval must be 1 us to 4294 s"},
      {session("interval 5000 s;"), "an interval must be 1 us to 4294 s"},
      {session("multiplier 0;"), "the number must be 1 to 255, not 0"},
      {session("authentication keyed;"), "expected none, simple, or [meticulous] keyed md5 or sha1, found 'keyed'"},
      {session("authentication keyed md5;"), "authentication of BFD without a password"},
      {session("password \"x\";"), "a password of BFD without 'authentication' has no effect"},
      {session("authentication simple; password \"\";"), "a password must not be empty"},
      {session("authentication simple; password \"x\" { from \"soon\"; };"), "\"soon\" is no time"},
      {session("authentication simple; password \"x\" { algorithm hmac sha1; };"),
       "the algorithm of a BFD password is that of 'authentication'"},
      {"protocol bfd { interface \"eth0\" 10.0.0.0/8; } ipv4 table t;",
       "BFD looks at names of interfaces, not at prefixes"},
      {"protocol bfd { neighbor 10.0.0.1 multihop on; } ipv4 table t;",
       "a multihop neighbor needs 'local' and our address"},
      {"protocol bfd { neighbor 10.0.0.1 dev \"e\" local 10.0.0.2 multihop on; } ipv4 table t;",
       "a multihop neighbor has no interface"},
      {"protocol bfd a { } protocol bfd b { accept ipv6; } ipv4 table t;",
       "protocol bfd 'b' wants the packets that protocol bfd 'a' takes"},
      {"protocol bfd a { accept ipv4; } protocol bfd b { accept ipv6; } ipv4 table t;", ""},
      {"protocol bfd { } protocol bgp b { local as 1; neighbor 10.0.0.2 as 1; bfd; ipv4; }",
       "protocol bgp 'b': BFD of a multihop session needs our address"},
      {"protocol bfd { } protocol bgp b { local 10.0.0.1 as 1; neighbor 10.0.0.2 as 1; bfd; ipv4; }", ""},
      {"protocol bgp b { local as 1; neighbor 10.0.0.2 as 2; bfd; ipv4 { import all; export all; }; }",
       "protocol bgp 'b' asks for BFD, but no protocol bfd runs: nothing will watch the neighbour"},
      {"protocol bfd { disabled; } protocol static { ipv4; route 10.0.0.0/8 via 10.9.0.1 bfd; }",
       "route 10.0.0.0/8 asks for BFD, but no protocol bfd runs: it will not come up"},
      {"protocol bfd { } protocol static { ipv4; route 10.0.0.0/8 via \"eth0\" bfd; }",
       "'bfd' needs a gateway to talk to"},
      {"protocol bfd { } protocol static { ipv4; route 10.0.0.0/8 via 10.9.0.1 onlink bfd; }",
       "'bfd' and 'onlink' cannot stand together"},
      {"protocol bfd { } table t; protocol static { route 10.0.0.0/8 blackhole { bfd; }; }",
       "'bfd' in braces needs a route with one gateway"}};
  for (auto& c : cases) {
    CAPTURE(c.text);
    std::string all;
    auto loaded = load(c.text);
    for (auto& diagnostic : loaded.diagnostics.list())
      if (diagnostic.severity != Severity::note) all += diagnostic.what;
    CHECK(all == c.message);
  }
}

TEST_CASE("bfd: a change never restarts anything, and is told without secrets") {
  auto bfd = [](const std::string& body) { return "protocol bfd b { " + body + " } ipv4 table t;"; };
  CHECK(change(bfd("interface \"*\" { interval 1 s; };"), bfd("interface \"*\" { interval 1500 us; };")) ==
        "interface \"*\" (min rx interval 1 s, min tx interval 1 s) -> \"*\" (min rx interval 1500 us, min tx interval "
        "1500 us); applied at once");
  CHECK(change(bfd("multihop { authentication simple; password \"old\"; };"),
               bfd("multihop { authentication simple; password \"new\"; };")) == "multihop changed; applied at once");
  CHECK(change(bfd(""), bfd("strict bind on; accept ipv4;")) ==
        "accept  -> ipv4, strict bind off -> on; applied at once");
  CHECK(change(with_bfd(ebgp("bfd on;")), with_bfd(ebgp(""))) == "bfd on -> off; applied at once");
  CHECK(change(with_bfd(ebgp("")), with_bfd(ebgp("bfd { multiplier 9; };"))) ==
        "bfd off -> on (multiplier 9); applied at once");
}

TEST_CASE("a template of protocol bfd hands down neither interfaces nor neighbors, as in BIRD") {
  auto config = good(
      "template bfd t { interface \"*\" { interval 1 s; }; neighbor 10.0.0.1; strict bind; } protocol bfd b from t { "
      "}");
  CHECK(bfd_of(*config).interfaces.empty());
  CHECK(bfd_of(*config).neighbors.empty());
  CHECK(bfd_of(*config).strict_bind);
}
