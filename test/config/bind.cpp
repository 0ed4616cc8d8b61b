#include "test/config/sample.hpp"

using namespace avocet;
using namespace avocet::config;
using namespace avocet::config::test;

TEST_CASE("what is missing or contradicts itself is said with its line") {
  struct { std::string text; const char* message; } cases[] = {
      {"protocol bgp b {\n neighbor 10.0.0.2 as 2;\n ipv4; }", "1:14 error: protocol bgp 'b': the local AS number is missing | write 'local as N;'\n"},
      {"protocol bgp b {\n local as 1;\n ipv4; }", "1:14 error: protocol bgp 'b': the neighbor's address is missing | write 'neighbor ADDRESS as N;'\n"},
      {"protocol bgp b {\n local as 1;\n neighbor 10.0.0.2;\n ipv4; }",
       "3:2 error: protocol bgp 'b': the neighbor's AS number is missing | add 'as N', 'internal' or 'external'\n"},
      {"protocol bgp b { local as 1; neighbor 10.0.0.2 as 1; }", "1:14 warning: protocol bgp 'b': no channel, so it exchanges no routes | write 'ipv4 { import all; export all; };'\n"},
      {ebgp("", "export all;"), "1:14 error: protocol bgp 'b': EBGP requires explicit import policy, channel ipv4 has none | write 'import all;' or a filter\n"},
      {ebgp("", "import all;"), "1:14 error: protocol bgp 'b': EBGP requires explicit export policy, channel ipv4 has none | write 'export all;' or a filter\n"},
      {ebgp("\nrr client;"), "2:1 error: protocol bgp 'b': only an internal neighbor can be a route reflector's client\n"},
      {"protocol bgp b { local as 1; neighbor 10.0.0.2 as 1;\nrs client; ipv4; }", "2:1 error: protocol bgp 'b': only an external neighbor can be a route server's client\n"},
      {"protocol bgp b { local as 1; neighbor 10.0.0.2 as 1;\nlocal role peer; ipv4; }", "2:1 error: protocol bgp 'b': an internal session has no role\n"},
      {ebgp("\nmultihop; interface \"eth0\";"), "2:1 error: protocol bgp 'b': a multihop session cannot be bound to an interface\n"},
      {ebgp("multihop;\ncheck link;"), "2:1 error: protocol bgp 'b': a multihop session cannot depend on a link\n"},
      {ebgp("multihop;", "import all; export all;\ngateway direct;"), "2:1 error: protocol bgp 'b': the next hops of a multihop session are looked up: use 'gateway recursive'\n"},
      {"protocol bgp b { local as 1;\nneighbor fe80::2 as 2; ipv6 { import all; export all; }; }",
       "2:1 error: protocol bgp 'b': a link-local address needs its interface | write ADDRESS%INTERFACE, or 'interface \"NAME\";'\n"},
      {"protocol bgp b { local as 1;\nneighbor 10.0.0.2 as 2 internal; ipv4; }", "2:1 error: protocol bgp 'b': an internal neighbor cannot have another AS number\n"},
      {"protocol bgp b { local as 1;\nneighbor 10.0.0.2 as 1 external; ipv4; }", "2:1 error: protocol bgp 'b': an external neighbor cannot have our AS number\n"},
      {ebgp("hold time 30;\nkeepalive time 31;"), "2:1 error: protocol bgp 'b': keepalive time is longer than the hold time\n"},
      {ebgp("graceful restart off;\nlong lived graceful restart on;"), "2:1 error: protocol bgp 'b': it needs graceful restart\n"},
      {"protocol bgp b {\nlocal fe80::1%eth0 as 1; neighbor fe80::2%eth1 as 2; ipv6 { import all; export all; }; }",
       "2:1 error: protocol bgp 'b': the interface of 'local' is 'eth0', that of the neighbor 'eth1'\n"},
      {ebgp("\nonlink;"), "2:1 error: protocol bgp 'b': not supported yet: direct next hops of a neighbor that no address of ours covers | "
                          "write 'gateway recursive' in the channel, and a route to the neighbor\n"},
      {ebgp("\nvrf \"blue\";"), "2:6 error: not supported yet: vrf (only 'default' may be written)\n"},
      {"protocol kernel k { ipv4 {\nexport in 2001:db8::/32 all; }; }", "2:1 error: 2001:db8::/32 is not a prefix of the channel's family ipv4\n"},
      {ebgp("\nstrict bind;"), "2:1 error: protocol bgp 'b': strict bind needs a local address\n"},
      {ebgp("\nlocal 2001:db8::1 as 1;"), "2:1 error: protocol bgp 'b': the two addresses of the session are of different families\n"},
      {ebgp("\nconfederation member;"), "2:1 error: protocol bgp 'b': the confederation's number is missing | write 'confederation N;'\n"},
      {ebgp("", "import all; export all;\ntable mastr4;"), "2:1 error: there is no table 'mastr4' | did you mean 'master4'?\n"},
      {ebgp("", "import all; export all;\ntable master6;"), "2:1 error: table 'master6' holds ipv6 routes, protocol bgp 'b' needs ipv4\n"},
      {ebgp("", "import all; export all;\nigp table nowhere;"), "2:1 error: there is no table 'nowhere'\n"},
      {ebgp("", "import all; export all;\nsecondary;"), "2:1 error: protocol bgp 'b': it needs a sorted table | write 'sorted on' at the table\n"},
      {"protocol static {\n route 10.0.0.0/8 blackhole; }", "1:1 error: protocol static 'static1' has no channel | write 'ipv4;' or 'ipv6;' inside it\n"},
      {"protocol static { ipv4;\n route 2001:db8::/32 blackhole; }", "2:2 error: route 2001:db8::/32 is not of the channel's family ipv4\n"},
      {"protocol kernel { learn; }", "1:1 error: protocol kernel 'kernel1' has no channel | write 'ipv4;' or 'ipv6;' inside it\n"},
      {"protocol kernel a { ipv4; }\nprotocol kernel b { ipv4; }",
       "2:17 error: protocol kernel 'b' writes into kernel table 254, as another protocol does\n1:17 note: the other is protocol kernel 'a'\n"},
      {"protocol kernel a { ipv4; }\nprotocol kernel b { ipv4; kernel table 7; }",
       "2:17 error: protocol kernel 'b' is attached to table 'master4', as another kernel protocol is\n1:17 note: the other is protocol kernel 'a'\n"},
      {"protocol pipe p { table master4; }", "1:15 error: protocol pipe 'p' has no peer table | write 'peer table NAME;'\n"},
      {"protocol pipe p { table master4;\npeer table master4; }", "2:1 error: protocol pipe 'p' leads from table 'master4' into itself\n"},
      {"protocol pipe p { table master4;\npeer table master6; }", "2:1 error: table 'master6' holds ipv6 routes, protocol pipe 'p' needs ipv4\n"},
      {"listen bgp port 1790; protocol bgp b { local as 1;\nneighbor 2001:db8::2 as 2; export none; }",
       "2:1 error: protocol bgp 'b': the neighbor's address is not ipv4, the family of this configuration | 1.6 runs one daemon per family: see --family\n"},
  };
  for (auto& c : cases) {
    CAPTURE(c.text);
    CHECK(messages(c.text) == c.message);
  }
}

TEST_CASE("two sessions with one neighbour are loaded with a warning, as BIRD loads them") {
  auto text = ebgp() + "protocol bgp c { local as 1;\nneighbor 10.0.0.2 as 2; ipv4 { import all; export all; }; }";
  CHECK(load(text).config);
  CHECK(messages(text) == "3:1 warning: protocol bgp 'c' has the same neighbour as protocol bgp 'b': only one of them can come up\n");
  CHECK(messages(ebgp() + "protocol bgp c from b { neighbor 10.0.0.2 port 1790; }") == "");
}

TEST_CASE("external sessions are direct and internal ones multihop unless written otherwise") {
  struct { const char* text; bool multihop; unsigned ttl; bool check_link; } cases[] = {
      {"local as 1; neighbor 10.0.0.2 as 2;", false, 1, true},
      {"local as 1; neighbor 10.0.0.2 as 1;", true, 64, false},
      {"local as 1; neighbor 10.0.0.2 internal;", true, 64, false},
      {"local as 1; neighbor 10.0.0.2 as 1; direct;", false, 1, true},
      {"local as 1; neighbor 10.0.0.2 as 2; multihop;", true, 64, false},
      {"local as 1; neighbor 10.0.0.2 as 2; multihop 3;", true, 3, false},
      {"local as 1; neighbor 10.0.0.2 as 2; multihop 3; direct; check link off;", false, 1, false},
      {"local as 1; neighbor fe80::2%eth0 as 1;", false, 1, true},
  };
  for (auto& c : cases) {
    CAPTURE(c.text);
    auto config = good(std::string("protocol bgp b { ") + c.text + " ipv4 { import all; export all; }; }");
    auto& bgp = protocol<session::BgpOptions>(*config, "b");
    CHECK(bgp.multihop == c.multihop);
    CHECK(bgp.multihop_ttl == c.ttl);
    CHECK(bgp.check_link == c.check_link);
  }
}

TEST_CASE("defaults of channels and preferences") {
  auto config = good("protocol static s { ipv4; } protocol direct d { ipv6; } protocol kernel k { ipv4; } protocol bgp b { local as 1; neighbor 10.0.0.2 internal; ipv4; }");
  auto& s = protocol<rib::StaticOptions>(*config, "s").channels[0];
  CHECK(s.table == "master4");
  CHECK(filter::is_accept_all(*s.import_filter));
  CHECK(filter::is_reject_all(*s.export_filter));
  CHECK(s.preference == 200);
  auto& d = protocol<kernel::DirectOptions>(*config, "d").channels[0];
  CHECK(d.table == "master6");
  CHECK(d.preference == 240);
  CHECK(protocol<kernel::KernelOptions>(*config, "k").channel.preference == 10);
  CHECK(protocol<kernel::KernelOptions>(*config, "k").metric == 32);
  auto& b = protocol<session::BgpOptions>(*config, "b");
  CHECK(b.channels[0].channel.preference == 100);
  CHECK(filter::is_accept_all(*b.channels[0].channel.import_filter));
  CHECK(filter::is_reject_all(*b.channels[0].channel.export_filter));
  CHECK(b.remote_as == 1);
}

TEST_CASE("1.6: kernel metric 0, eBGP without written policy imports all and exports nothing") {
  auto config = good("listen bgp port 180;\nprotocol kernel k { } protocol bgp b { local as 1; neighbor 10.0.0.2 as 2; }");
  auto& k = protocol<kernel::KernelOptions>(*config, "k");
  CHECK(k.metric == 0);
  CHECK(k.bird1);
  CHECK(k.channel.table == "master");
  auto& b = protocol<session::BgpOptions>(*config, "b");
  REQUIRE(b.channels.size() == 1);
  CHECK(filter::is_accept_all(*b.channels[0].channel.import_filter));
  CHECK(filter::is_reject_all(*b.channels[0].channel.export_filter));
  CHECK(b.dialect == filter::Dialect::bird1);
  CHECK(config->listen == std::vector<session::ListenOptions>{{proto::Address::v4(0), 180}});
}

TEST_CASE("a direct protocol of BIRD 2 without channels makes no routes, 1.6's has its family") {
  CHECK(protocol<kernel::DirectOptions>(*good("protocol direct d { }"), "d").channels.empty());
  CHECK(protocol<kernel::DirectOptions>(*good("listen bgp port 1; protocol direct d { }"), "d").channels.size() == 1);
}

TEST_CASE("a device protocol is implied") {
  auto config = good("protocol static s { ipv4; }");
  REQUIRE(config->protocols.size() == 2);
  CHECK(protocol<kernel::DeviceOptions>(*config, "device1").scan_time_seconds == 60);
  CHECK(good("protocol device x { }")->protocols.size() == 1);
}

TEST_CASE("where BGP listens follows from the sessions, or from 'listen bgp'") {
  using Listen = std::vector<session::ListenOptions>;
  auto any4 = proto::Address::v4(0), any6 = proto::Address();
  CHECK(good("protocol device { }")->listen.empty());
  CHECK(good(ebgp())->listen == Listen{{any4, 179, false}});
  CHECK(good(ebgp("local 10.0.0.1 port 1790 as 1; strict bind;"))->listen == Listen{{proto::Address::v4(0x0a000001), 1790, false}});
  auto free = good(ebgp("local 10.0.0.1 as 1; strict bind; free bind;"))->listen;
  CHECK(free == Listen{{.address = proto::Address::v4(0x0a000001), .free = true}});
  CHECK(good(ebgp() + "protocol bgp six { local as 1; neighbor 2001:db8::2 internal; ipv6; }")->listen == Listen{{any4, 179, false}, {any6, 179, true}});
  CHECK(good("protocol bgp b { local as 1; neighbor range 2001:db8::/64 internal; ipv6; }")->listen == Listen{{any6, 179, true}});
  CHECK(good("protocol bgp b { local as 1; neighbor fd00::1 as 1; import all; }", proto::Family::ipv6)->listen == Listen{{any6, 179, true}});
}

TEST_CASE("the router id of a session is its own, or the global one") {
  CHECK(protocol<session::BgpOptions>(*good("router id 1.2.3.4; " + ebgp()), "b").router_id == 0x01020304);
  CHECK(protocol<session::BgpOptions>(*good("router id 1.2.3.4; " + ebgp("router id 5.6.7.8;")), "b").router_id == 0x05060708);
  CHECK(protocol<session::BgpOptions>(*good(ebgp()), "b").router_id == 0);
}

TEST_CASE("an unreadable file is one clear message") {
  auto loaded = load_file("/nonexistent/bird.conf", {});
  CHECK_FALSE(loaded.config);
  REQUIRE(loaded.diagnostics.list().size() == 1);
  CHECK(render(loaded.diagnostics.list()[0], *loaded.sources) == "/nonexistent/bird.conf: error: cannot open '/nonexistent/bird.conf': No such file or directory\n");
}
