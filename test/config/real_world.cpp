/// What rendered configurations of route servers and collectors are made of: each construct loads, in the dialect it
/// belongs to. The texts are our own; the constructs are those that common generators write.
#include <doctest/doctest.h>

#include "bgpd/config/model.hpp"
#include "test/config/sample.hpp"

using namespace avocet;
using namespace avocet::config;
using namespace avocet::config::test;

TEST_CASE("ROA tables of BIRD 2 are filled by static protocols and asked by filters") {
  auto config = good(R"(
    roa4 table R4; roa6 table R6 { trie on; };
    protocol static { roa4 { table R4; }; route 203.0.113.0/24 max 24 as 64501; route 198.51.100.0/22 max 24 as 64502; }
    protocol static { roa6 { table R6; import all; }; route 2001:db8::/32 max 48 as 64501; }
    function judge() { case roa_check(R4) { ROA_VALID: return 1; ROA_UNKNOWN: return 2; else: return 3; } }
    filter f { if roa_check(R6, net, bgp_path.last) = ROA_INVALID then reject; if judge() = 3 then reject; accept; }
    protocol bgp p { local as 1; neighbor 10.0.0.1 as 2; ipv4 { import filter f; export none; rpki reload off; }; })");
  CHECK(config->dialect == filter::Dialect::bird2);
  REQUIRE(config->roa_tables.size() == 2);
  CHECK(config->roa_tables[1].family == proto::Family::ipv6);
  auto& routes = std::get<rib::StaticOptions>(config->protocols[1]);
  CHECK(routes.roa_table == "R4");
  CHECK(routes.roas == std::vector<rib::Roa>{{proto::Prefix::v4(0xcb007100, 24), 24, 64501}, {proto::Prefix::v4(0xc6336400, 22), 24, 64502}});
  auto& peer = std::get<session::BgpOptions>(config->protocols.back());
  auto& filter = *peer.channels[0].channel.import_filter;
  CHECK(filter::asks_table(filter, "R6"));
  CHECK_MESSAGE(filter::asks_table(filter, "R4"), "a function asks for the filter that calls it");
  CHECK_FALSE(filter::asks_table(filter, "R5"));
  CHECK_FALSE(peer.channels[0].channel.rpki_reload);
}

TEST_CASE("a ROA table of BIRD 1.6 has its entries inside") {
  auto config = good(R"(
    table master sorted;
    roa table R { roa 203.0.113.0/24 max 24 as 64501; roa 198.51.100.0/22 max 24 as 64502; };
    filter f { if roa_check(R) = ROA_INVALID then reject; accept; }
    protocol bgp p { local as 1; neighbor 10.0.0.1 as 2; import filter f; })");
  CHECK(config->dialect == filter::Dialect::bird1);
  REQUIRE(config->roa_tables.size() == 1);
  CHECK(config->roa_tables[0].roas.size() == 2);
}

TEST_CASE("a changed ROA table is set again, a table that goes is removed") {
  auto with = [](const char* text) { return good(std::string("table t; ") + text); };
  auto before = with("roa table R { roa 203.0.113.0/24 max 24 as 64501; }"), after = with("roa table R { roa 203.0.113.0/24 max 24 as 64502; }");
  CHECK(diff(*before, *before).empty());
  CHECK(diff(*before, *after).roa_tables_set == after->roa_tables);
  CHECK(diff(*before, *with("")).roa_tables_removed == std::vector<std::string>{"R"});
}

TEST_CASE("prefixes inside ::ffff:0:0/96 and ::/96 are IPv6 when they are written so") {
  auto config = good(R"(
    function odd() -> bool { prefix set odd = [ ::/96, ::ffff:0.0.0.0/96+, ::224.0.0.0/100+, ::ffff:10.0.0.0/104{104,128} ]; return net ~ odd; }
    protocol static { ipv6; route ::ffff:10.0.0.0/104 blackhole; })");
  auto& routes = std::get<rib::StaticOptions>(config->protocols.back());
  CHECK(routes.routes[0].net.family == proto::Family::ipv6);
  CHECK(routes.routes[0].net.length == 104);
}

TEST_CASE("what is still to come hides no other mistake, and its tables are there for filters") {
  CHECK(messages(R"(
roa4 table r { }
ipv4 table customers
protocol rpki { roa4 { table r; }; remote "rtr.example"; transport ssh { bird private key "/k"; user "u"; }; expire keep 7200; }
protocol bfd { interface "eth*", -"lo" { min rx interval 20 ms; authentication meticulous keyed sha1; password "x"; }; accept ipv4 direct; neighbor 10.0.0.1 dev "eth0"; }
protocol mrt { table "master*"; filename "/tmp/%F"; period 300; filter { accept; }; }
protocol bmp { station address ip 10.0.0.9 port 1790; monitoring rib in pre_policy; }
filter f { if roa_check(r) = ROA_INVALID then reject; accept; }
protocol bgp p { local as 1; neighbor 10.0.0.1 as 2; bfd graceful; ipv4 { table custommers; import filter f; export none; }; })") ==
        "9:75 error: there is no table 'custommers' | did you mean 'customers'?\n"
        "4:68 error: not supported yet: transport ssh | 'transport tcp' with 'authentication md5', or a tunnel ('ssh -L 3323:localhost:323 cache') with 'remote 127.0.0.1 port 3323'\n");
}

TEST_CASE("'authentication md5' beside a password says what the password says") {
  auto config = good(R"(
    protocol bgp p { local as 1; neighbor 10.0.0.1 as 2; password "secret"; authentication md5; ipv4 { import all; export none; }; })");
  CHECK(std::get<session::BgpOptions>(config->protocols.back()).password == "secret");
}

TEST_CASE("any BGP attribute can be read and written by its number, as bytes") {
  good("attribute bgp 70 bytestring seventy; filter f { if defined(seventy) then unset(seventy); else seventy = hex:0102; accept; }");
  CHECK(messages("attribute bgp 8 bytestring x;") == "1:15 error: BGP attribute 8 has a name of its own\n");
  CHECK(messages("attribute bgp 256 bytestring x;") == "1:15 error: the number of a BGP attribute must be 1 to 255, not 256\n");
  CHECK(messages("attribute bgp 70 int x;") == "1:18 error: expected bytestring, found 'int'\n");
}

TEST_CASE("a range of neighbours may share a password") {
  good("protocol bgp p { local as 1; neighbor range 10.0.0.0/24 as 2; password \"x\"; ipv4 { import all; export all; }; }");
}

TEST_CASE("messages may go to a syslog on another machine") {
  auto config = good("log udp 192.0.2.7 port 1514 { warning, error }; log udp \"logs.example\" all;");
  REQUIRE(config->log.targets.size() == 2);
  CHECK(config->log.targets[0].kind == observe::LogTarget::Kind::udp);
  CHECK(config->log.targets[0].name == "192.0.2.7");
  CHECK(config->log.targets[0].port == 1514);
  CHECK(config->log.targets[1].name == "logs.example");
  CHECK(config->log.targets[1].port == 514);
}

TEST_CASE("what only other kinds of nets and routes have may be asked for, as in a filter that many tables share") {
  good("filter f { if net.type = NET_ROA4 then { if net.maxlen > 24 || net.asn = 5 then reject; } "
       "if net.type = NET_VPN4 && net.rd = 1:2 then reject; if net.type = NET_IP6_SADR && net.src.len > 0 && net.dst.len > 0 then reject; "
       "if defined(gw_mpls) || defined(mpls_label) then reject; accept; }");
}

TEST_CASE("route servers of BIRD 2.17 and 3: ASPAs, typed functions, braces behind an arm, functions that reject") {
  auto config = good(R"(
define rs = 65500;
ipv4 table master4 sorted;
ipv6 table master6 sorted;
roa6 table R6;
aspa table A;
protocol static { aspa { table A; }; route aspa 64501 providers 64511, 64512; route aspa 64511 transit; };
function mapped(int asn) -> int {
  case asn {
    197000: return 64512;
  }
  return 0;
}
function is_bogon() -> bool
prefix set four;
prefix set six;
{
  four = [ 0.0.0.0/0, 10.0.0.0/8{8,32} ];
  six = [ ::/0, 2001:db8::/32{32,128} ];
  if net.type = NET_IP4 then
    if net ~ four then return true;
  if net.type = NET_IP6 then
    if net ~ six then return true;
  return false;
}
function delay(ip client) -> int {
  case client {
    192.0.2.11 : return 604; # 604.0 ms
    2001:db8:1:1::22 : return 741;
  }
  return 0;
}
function may_go_to(int asn; ip client; string name) -> bool
int low;
{
  if asn <= 65535 then {
    if (0, asn) ~ bgp_community then
      return false;
  } else {
    low = mapped(asn);
    if low > 0 then { if (0, low) ~ bgp_community then return false; }
  }
  if (rs, 0, asn) ~ bgp_large_community || (rt, 0, asn) ~ bgp_ext_community then return false;
  if (64512, 5) ~ bgp_community then
    { if delay(client) > 5 then
    return false; }
  return true;
}
function judge() {
  if aspa_check_upstream(A) = ASPA_INVALID then
    reject "path [", bgp_path ,"] is not plausible - rejecting ", net;
  case roa_check(R6, net, bgp_path.last_nonaggregated) {
    ROA_VALID: { bgp_ext_community.add((unknown 0x4300, 0, 0)); }
    ROA_INVALID, ROA_UNKNOWN: bgp_ext_community.add((unknown 0x4300, 0, 1));
  }
  case aspa_check(A, bgp_path, false) {
    ASPA_UNKNOWN: { bgp_large_community.add((rs, 2, 1)); bgp_local_pref = 20; }
    else: bgp_large_community.delete([(rs, *, *)]);
  }
}
filter in_a { if is_bogon() then reject; judge(); accept; }
filter out_a
int unused;
{
  if !may_go_to(10745, 192.0.2.11, "a") then reject "not announcing ", net, " to a";
  accept "announcing ", net;
}
protocol bgp a {
  local as rs;
  neighbor 192.0.2.11 as 10745;
  rs client;
  allow as sets off;
  local role rs_server;
  passive on;
  ttl security on;
  interpret communities off;
  ipv4 {
    table master4;
    add paths tx;
    secondary;
    receive limit 13915 action restart;
    import table on;
    import keep filtered on;
    import filter in_a;
    export filter out_a;
  };

    }
)");
  CHECK(protocol<rib::StaticOptions>(*config, "static1").aspas.size() == 2);
  auto& filter = *protocol<session::BgpOptions>(*config, "a").channels[0].channel.import_filter;
  CHECK(filter::asks_table(filter, "A"));
  CHECK(filter::asks_table(filter, "R6"));
}
