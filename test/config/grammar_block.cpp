#include "test/config/sample.hpp"

using namespace avocet;
using namespace avocet::config;
using namespace avocet::config::test;

TEST_CASE("the example of the message style") {
  auto loaded = load("protocol bgp Mesh_10_0_0_2 {\n  nieghbor 10.0.0.2 as 64512;\n  ipv4;\n}\n");
  REQUIRE(loaded.diagnostics.list().size() == 1);
  CHECK(render(loaded.diagnostics.list()[0], *loaded.sources) ==
        "t.conf:2:3: error: unknown option 'nieghbor' in protocol bgp 'Mesh_10_0_0_2'\n"
        "    2 |   nieghbor 10.0.0.2 as 64512;\n"
        "      |   ^~~~~~~~ hint: did you mean 'neighbor'?\n");
}

TEST_CASE("one run tells all mistakes of a file") {
  CHECK(messages("ruoter id 1.2.3.4;\n"
                 "protocol bgp a {\n"
                 "  hold tme 90;\n"
                 "  neighbor 10.0.0.9 as ;\n"
                 "  ipv4 {\n"
                 "    improt all;\n"
                 "    export all\n"
                 "  };\n"
                 "}\n"
                 "protocol bpg c { }\n"
                 "protocol kernel { scan time -1; ipv4; }\n") ==
        "1:1 error: unknown option 'ruoter' in the top level | did you mean 'router id'?\n"
          "3:3 error: unknown option 'hold' in protocol bgp 'a' | did you mean 'hold time'?\n"
          "4:24 error: expected a number, found ';'\n"
          "6:5 error: unknown option 'improt' in channel ipv4 of protocol bgp 'a' | did you mean 'import'?\n"
          "7:15 error: a ';' is missing behind 'all'\n"
          "10:10 error: unknown kind of protocol 'bpg' | did you mean 'bgp'?\n"
          "11:29 error: expected a number, found '-'\n");
}

TEST_CASE("mistakes of blocks and names") {
  struct { const char* text; const char* messages; } cases[] = {
      {"protocol bgp a {\n  ipv4 {\n",
       "3:1 error: a '}' is missing\n2:8 note: the block that begins here is still open\n"},
      {"protocol static s { ipv4; }\nprotocol static s { ipv4; }\n",
       "2:17 error: the name 's' is taken\n"
       "1:17 note: 's' was defined here\n"},
      {"protocol static s from nowhere { ipv4; }",
       "1:24 error: there is no template or protocol static 'nowhere' above this line\n"},
      {"template static blocks { ipv4; }\nprotocol static s from block { }\n",
       "2:24 error: there is no template or protocol static 'block' above this line | did you mean 'blocks'?\n"},
      {"template static t { ipv4; }\nprotocol kernel k from t { ipv4; }\n",
       "2:24 error: there is no template or protocol kernel 't' above this line\n"},
      {"template bgp { }",
       "1:14 error: expected the name of the template, found '{'\n"},
      {"protocol aggregator { }",
       "1:10 error: not supported yet: protocol aggregator\n"},
      {"protocol ospf v3 o { area 0 { }; }\nprotocol device { scam time 5; }",
       "2:19 error: unknown option 'scam' in protocol device 'device1' | did you mean 'scan time'?\n"
       "1:10 error: protocol ospf is not supported | routes of other daemons can be learned from the kernel's table\n"},
      {"protocol bfd { interface \"*\" { multiplayer 3; }; }",
       "1:32 error: unknown option 'multiplayer' in BFD sessions | did you mean 'multiplier'?\n"},
      {"protocol rpki r { roa4 { table nowhere; }; remote \"rtr.example\" port 323; refresh keep 900; min version 1; }",
       "1:26 error: there is no roa4 table 'nowhere' | write 'roa4 table nowhere;' above it\n"},
      {"roa4 table r; protocol rpki { roa4 { table r; }; }",
       "1:15 error: protocol rpki 'rpki1' has no cache | write 'remote ADDRESS;' or 'remote \"NAME\";'\n"},
      {"protocol rpki { remote 192.0.2.1; }",
       "1:1 error: protocol rpki 'rpki1' has no channel | write 'roa4 { table NAME; };' inside it\n"},
      {"roa4 table r; protocol rpki { roa4; remote 192.0.2.1; remote \"b\"; }",
       "1:63 error: only one cache per protocol rpki | write one protocol per cache; their tables may be the same\n"},
      {"roa4 table r; protocol rpki { roa4; roa4; remote 192.0.2.1; }",
       "1:37 error: protocol rpki 'rpki1' has two roa4 channels\n"},
      {"roa4 table r; protocol rpki { roa4; ipv4; remote 192.0.2.1; }",
       "1:37 error: protocol rpki 'rpki1' can have channels roa4, roa6 and aspa only\n"},
      {"roa6 table r; protocol rpki { roa4; remote 192.0.2.1; }",
       "1:15 error: the table of channel roa4 of protocol rpki 'rpki1' is missing | write 'roa4 table NAME;' above it\n"},
      {"roa4 table r; protocol rpki { roa4; remote 192.0.2.1; min version 2; max version 1; }",
       "1:55 error: min version 2 of protocol rpki 'rpki1' is newer than its max version 1\n"},
      {"roa4 table r; protocol rpki { roa4; remote 192.0.2.1; expire 599; }",
       "1:62 error: the time must be 600 to 172800, not 599\n"},
      {"roa4 table r; protocol rpki { roa4; remote 192.0.2.1; transport tcp { authentication md5; }; }",
       "1:65 error: 'authentication md5' needs a password | transport tcp { authentication md5; password \"...\"; };\n"},
      {"roa4 table r; protocol rpki { roa4 { import limit 5; }; remote 192.0.2.1; }",
       "1:38 error: not supported yet: import limit of channel roa4 of protocol rpki 'rpki1'\n"},
      {"protocol mrt { period 10; where net ~ 5; }",
       "1:37 warning: a value of type prefix cannot be matched against int | when this runs it is an error, and the route is rejected\n"
       "1:1 error: protocol mrt 'mrt1': the table is missing | write 'table NAME;' or 'table \"PATTERN\";'\n"
       "1:1 error: protocol mrt 'mrt1': the file's name is missing | write 'filename \"/var/log/routes-%N-%F.mrt\";'\n"},
      {"protocol bmp { station address port 1790; monitoring rib in pre_policy; }",
       "1:1 error: protocol bmp 'bmp1': the station's address is missing | write 'station address ip ADDRESS port NUMBER;'\n"},
      {"protocol bmp b { station address ip 192.0.2.1; local address 2001:db8::1; }",
       "1:14 error: protocol bmp 'b': the station's port is missing | write 'station address ip ADDRESS port NUMBER;'\n"
       "1:48 error: protocol bmp 'b': the two addresses are of different families\n"},
      {"protocol mrt { table mastre4; filename \"f\"; }",
       "1:1 error: protocol mrt 'mrt1': the period is missing | write 'period SECONDS;'\n"
       "1:16 error: there is no table 'mastre4' | did you mean 'master4'?\n"},
      {"protocol static { ipv4; ipv4; }",
       "1:25 error: protocol static 'static1' has two ipv4 channels\n"},
      {"protocol static { ipv4; ipv6; }",
       "1:25 error: protocol static 'static1' can have one channel only | write one protocol per family\n"},
      {"protocol static { roa4 { table r; }; }",
       "1:26 error: there is no roa4 table 'r'\n"},
      {"roa4 table r; protocol static { roa6 { table r; }; }",
       "1:40 error: there is no roa6 table 'r'\n"},
      {"roa4 table r; protocol static { roa4 { table r; }; route 2001:db8::/32 max 48 as 1; }",
       "1:52 error: ROA 2001:db8::/32 is not of the channel's family ipv4\n"},
      {"roa4 table r; protocol static { roa4 { table r; }; route 10.0.0.0/8 max 7 as 1; }",
       "1:73 error: the longest length of a ROA must be 8 to 32, not 7\n"},
      {"roa4 table r; protocol static { roa4 { table r; }; route 10.0.0.0/8 blackhole; }",
       "1:52 error: route 10.0.0.0/8 is no ROA | write 'route PREFIX max N as ASN;'\n"},
      {"roa4 table r; filter f { if roa_check(q) = ROA_VALID then accept; reject; }",
       "1:39 error: expected the name of a ROA table, found 'q'\n"},
      {"protocol device { ipv4; }",
       "1:19 error: protocol device 'device1' has no channels\n"},
      {"protocol bgp b { ipv4; import all; }",
       "1:24 error: 'import' outside of a channel is BIRD 1.6's dialect, but this configuration also has BIRD 2's | BIRD 2 writes 'ipv4 { import ...; };'\n"
       "1:18 note: the channel 'ipv4' is BIRD 2's dialect\n"},
      {"vpn4 table r { tire; };",
       "1:16 error: unknown option 'tire' in table 'r' | did you mean 'trie'?\n"
       "1:1 error: not supported yet: tables of vpn4 | ipv4 and ipv6 are supported\n"},
      {"protocol bgp b { local as 1; neighbor 10.0.0.2 as 2; ipv4; vpn4 mpls { import none; next hop slef; }; }",
       "1:85 error: unknown option 'next' in channel vpn4 mpls of protocol bgp 'b' | did you mean 'next hop self'?\n"
       "1:60 error: not supported yet: channels of vpn4 mpls | ipv4 and ipv6 are supported\n"},
      {"protocol static { vpn4 { import all; }; }",
       "1:19 error: not supported yet: channels of vpn4 | ipv4 and ipv6 are supported\n"},
      {"protocol bgp b { local as 1; neighbor 10.0.0.2 as 2; flow4; }",
       "1:54 error: not supported yet: channels of flow4 | ipv4 and ipv6 are supported\n"},
      {"protocol static { ipv4; route 1:2 10.0.0.0/8 blackhole; }",
       "1:31 error: not supported yet: routes to nets as 1:2 10.0.0.0/8\n"},
      {"protocol static { aspa; }",
       "1:19 error: the table of channel aspa is missing | write 'aspa { table NAME; };'\n"},
      {"protocol static { aspa { table t; }; }",
       "1:26 error: there is no aspa table 't'\n"},
      {"aspa table t; protocol static { aspa { table t; }; route aspa 1 providers 2, 3; route 10.0.0.0/8 blackhole; }",
       "1:81 error: protocol static 'static1' has routes that are no ASPAs | write 'route aspa ASN providers ASN, ASN;'\n"},
      {"protocol static { ipv4; route aspa 1 transit; }",
       "1:25 error: protocol static 'static1' has ASPAs, but no channel for them | write 'aspa { table NAME; };'\n"},
      {"define F = flow4 { dst 2001:db8::/32; };",
       "1:24 error: 2001:db8::/32 is not of the family of this flow specification\n"},
      {"define F = flow4 { prot 80; };",
       "1:20 error: expected a component of a flow specification (dst, src, proto, port, dport, sport, icmp type, icmp code, tcp flags, length, dscp, fragment, label), found 'prot'\n"},
      {"define F = flow4 { port 80; proto 6; port 90; };",
       "1:38 error: this component stands twice\n"},
      {"define F = flow4 { dscp 64; };",
       "1:25 error: this number is too large for its component\n"},
      {"define S = [1:2 10.0.0.0/8];",
       "1:13 error: a set has plain prefixes of IPv4 or IPv6 only\n"},
      {"ipv4 table t;\nipv4 table t;\n",
       "2:12 error: the name 't' is taken\n"
       "1:12 note: 't' was defined here\n"},
      {"protocol static { ipv4; route 10.0.0.0/8 max 24 as 1; }",
       "1:25 error: protocol static 'static1' has ROAs, but no channel for them | write 'roa4 { table NAME; };'\n"},
      {"protocol static { ipv4; route 10.0.0.0/8 towards 1.2.3.4; }",
       "1:42 error: expected via, blackhole, unreachable, prohibit or recursive, found 'towards'\n"},
      {"protocol bgp b { neighbor 10.0.0.2 as 2\n hold time 90; }",
       "1:40 error: a ';' is missing behind number 2\n"},
      {"protocol bgp b { local as 2\n hold time 90; }",
       "1:28 error: a ';' is missing behind number 2\n"},
      {"log udp 10.0.0.1 port 0 all;",
       "1:23 error: the port must be 1 to 65535, not 0\n"},
      {"x include \"y\";",
       "1:1 error: unknown option 'x' in the top level\n"},
      {"5;",
       "1:1 error: expected an option of the top level, found number 5\n"},
  };
  for (auto& c : cases) {
    CAPTURE(c.text);
    CHECK(messages(c.text) == c.messages);
  }
}

TEST_CASE("unnamed protocols are counted by kind") {
  auto config = good("protocol device { } protocol static { ipv4; } protocol static named { ipv4; } protocol static { ipv4; }" + ebgp());
  std::vector<std::string> names;
  for (auto& p : config->protocols) names.push_back(common(p).name);
  CHECK(names == std::vector<std::string>{"device1", "static1", "named", "static2", "b"});
}

TEST_CASE("a template's channels are inherited and edited, its scalars overwritten, its lists appended") {
  auto config = good(
      "template bgp t { local 10.0.0.1 as 1; hold time 90; ipv4 { import all; export all; preference 7; }; }\n"
      "template static blocks { ipv4 { preference 5; }; route 10.1.0.0/16 blackhole; }\n"
      "template direct d { ipv4; interface \"a*\"; }\n"
      "protocol bgp one from t { neighbor 10.0.0.2 as 2; hold time 30; ipv4 { import none; }; ipv6 { import all; export none; }; }\n"
      "protocol bgp two from one { neighbor 10.0.0.3 as 3; description \"second\"; }\n"
      "protocol static s from blocks { route 10.2.0.0/16 unreachable; }\n"
      "protocol direct from d { interface \"b*\"; }\n");
  auto& one = protocol<session::BgpOptions>(*config, "one");
  CHECK(one.local_as == 1);
  CHECK(one.hold_time == 30);
  REQUIRE(one.channels.size() == 2);
  CHECK(filter::is_reject_all(*one.channels[0].channel.import_filter));
  CHECK(filter::is_accept_all(*one.channels[0].channel.export_filter));
  CHECK(one.channels[0].channel.preference == 7);
  CHECK(one.channels[1].channel.preference == 100);
  CHECK(one.channels[1].channel.family == proto::Family::ipv6);
  auto& two = protocol<session::BgpOptions>(*config, "two");
  CHECK(two.remote_as == 3);
  CHECK(two.hold_time == 30);
  CHECK(two.channels.size() == 2);
  CHECK(two.protocol.description == "second");
  auto& routes = protocol<rib::StaticOptions>(*config, "s");
  REQUIRE(routes.routes.size() == 2);
  CHECK(routes.routes[0].net.text() == "10.1.0.0/16");
  CHECK(routes.routes[1].kind == proto::DestinationKind::unreachable);
  CHECK(routes.channels[0].preference == 5);
  CHECK(protocol<kernel::DirectOptions>(*config, "direct1").interfaces.size() == 2);
}

TEST_CASE("static routes in every form") {
  auto config = good(
      "protocol static s { ipv4; check link;\n"
      "  route 10.0.0.0/24 blackhole; route 10.0.1.0/24 unreachable; route 10.0.2.0/24 prohibit; route 10.0.3.0/24 drop; route 10.0.4.0/24 reject;\n"
      "  route 10.0.5.0/24 via 10.1.0.1; route 10.0.6.0/24 via \"eth0\"; route 10.0.7.0/24 via 10.1.0.1 weight 2 via 10.1.0.2%eth1 onlink;\n"
      "  route 10.0.8.0/24 recursive 10.9.9.9; route 10.0.9.0/24 via 10.1.0.1 dev \"eth2\" { bgp_med = 5; };\n"
      "}\n");
  auto& options = protocol<rib::StaticOptions>(*config, "s");
  CHECK(options.check_link);
  auto& r = options.routes;
  REQUIRE(r.size() == 10);
  CHECK(r[0].kind == proto::DestinationKind::blackhole);
  CHECK(r[1].kind == proto::DestinationKind::unreachable);
  CHECK(r[2].kind == proto::DestinationKind::prohibit);
  CHECK(r[3].kind == proto::DestinationKind::blackhole);
  CHECK(r[4].kind == proto::DestinationKind::unreachable);
  CHECK(r[5].hops == std::vector<rib::StaticHop>{{proto::Address::v4(0x0a010001), "", 1, false}});
  CHECK(r[6].hops == std::vector<rib::StaticHop>{{{}, "eth0", 1, false}});
  CHECK(r[7].hops == std::vector<rib::StaticHop>{{proto::Address::v4(0x0a010001), "", 2, false}, {proto::Address::v4(0x0a010002), "eth1", 1, true}});
  CHECK(r[8].recursive == proto::Address::v4(0x0a090909));
  CHECK(r[9].hops[0].interface == "eth2");
  CHECK(r[9].edits);
  CHECK_FALSE(r[8].edits);
}

TEST_CASE("1.6: multipath routes, one family, the table 'master'") {
  auto config = good("protocol static { route 2001:db8::/32 multipath via fe80::1%eth0 weight 2 via fe80::2%eth0; import all; }", proto::Family::ipv6);
  CHECK(config->dialect == filter::Dialect::bird1);
  REQUIRE(config->tables.size() == 1);
  CHECK(config->tables[0] == rib::TableOptions{"master", proto::Family::ipv6, false});
  auto& options = protocol<rib::StaticOptions>(*config, "static1");
  REQUIRE(options.channels.size() == 1);
  CHECK(options.channels[0].family == proto::Family::ipv6);
  CHECK(options.channels[0].table == "master");
  CHECK(options.routes[0].hops.size() == 2);
}

TEST_CASE("global statements") {
  auto config = good(
      "log stderr all; log \"/var/log/b\" 100000 \"/var/log/b.old\" { warning, error }; log syslog name \"b\" { auth };\n"
      "router id from \"eth*\", -\"lo\"; hostname \"r1\"; graceful restart wait 8; debug commands 2; debug protocols { states, events };\n"
      "timeformat route iso long us; timeformat log \"%s\"; timeformat base \"%T\" 3600 \"%F\";\n"
      "ipv4 table extra; ipv6 table six { sorted on; };\n"
      "cli \"/run/a\" { restrict; v2 attributes; }; cli \"/run/b\" { restrict }; cli \"/run/c\"; cli \"/run/d\" {};\n"
      "protocol device { }\n");
  CHECK_FALSE(config->router_id);
  CHECK(config->router_id_from == std::vector<kernel::InterfacePattern>{{false, "eth*", {}}, {true, "lo", {}}});
  CHECK(config->hostname == "r1");
  CHECK(config->graceful_restart_wait == 8);
  CHECK(config->debug_commands == 2);
  CHECK(config->control_sockets == std::vector<ctl::SocketOptions>{{"/run/a", true}, {"/run/b", true}, {"/run/c", false}, {"/run/d", false}});
  using observe::LogClass;
  using observe::LogTarget;
  CHECK(config->log.targets ==
        std::vector<LogTarget>{{LogTarget::Kind::stderr_, "", 0, "", observe::log_all},
                               {LogTarget::Kind::file, "/var/log/b", 100000, "/var/log/b.old", log_bit(LogClass::warning) | log_bit(LogClass::error)},
                               {LogTarget::Kind::syslog, "b", 0, "", log_bit(LogClass::auth)}});
  CHECK(config->log.route == observe::TimeFormat{"%F %T.%6f", 0, ""});
  CHECK(config->log.log == observe::TimeFormat{"%s", 0, ""});
  CHECK(config->log.base == observe::TimeFormat{"%T", 3600, "%F"});
  CHECK(config->log.protocol == observe::TimeFormat{"%T.%3f", 20 * 3600, "%F"});
  REQUIRE(config->tables.size() == 4);
  CHECK(config->tables[2] == rib::TableOptions{"extra", proto::Family::ipv4, false});
  CHECK(config->tables[3] == rib::TableOptions{"six", proto::Family::ipv6, true});
  CHECK(common(config->protocols[0]).debug == (rib::debug::states | rib::debug::events));
}

TEST_CASE("1.6 writes times without fractions") {
  auto config = good("listen bgp port 1790;");
  CHECK(config->log.route == observe::TimeFormat{"%T", 20 * 3600, "%F"});
  CHECK(config->log.base == observe::TimeFormat{"%F %T", 0, ""});
}

TEST_CASE("options of every kind reach their fields") {
  auto config = good(
      "protocol kernel k { persist; learn all; scan time 2; merge paths on limit 8; graceful restart; kernel table 100; metric 5; ipv6 { export all; }; }\n"
      "protocol direct d { ipv4; check link; interface -\"cali*\", \"eth*\" 10.0.0.0/8, 192.0.2.0/24, \"*\"; }\n"
      "ipv4 table side;\nprotocol pipe p { table master4; peer table side; import none; }\n" +
      ebgp("password \"x\"; ttl security; passive; disable after cease { prefix limit hit, out of resources }; allow local as; graceful restart aware;",
           "import limit 100 action block; export limit off; import all; export all; next hop self ebgp; add paths rx; gateway recursive;"));
  auto& k = protocol<kernel::KernelOptions>(*config, "k");
  CHECK(k.persist);
  CHECK(k.learn == kernel::Learn::all);
  CHECK(k.scan_time_seconds == 2);
  CHECK(k.merge_paths);
  CHECK(k.merge_limit == 8);
  CHECK(k.graceful_restart);
  CHECK(k.kernel_table == 100);
  CHECK(k.metric == 5);
  CHECK(k.channel.family == proto::Family::ipv6);
  CHECK(k.channel.table == "master6");
  auto& d = protocol<kernel::DirectOptions>(*config, "d");
  CHECK(d.check_link);
  REQUIRE(d.interfaces.size() == 1);
  CHECK(d.interfaces[0] == std::vector<kernel::InterfacePattern>{{true, "cali*", {}},
                                                                  {false, "eth*", proto::Prefix::v4(0x0a000000, 8)},
                                                                  {false, "*", proto::Prefix::v4(0xc0000200, 24)},
                                                                  {false, "*", {}}});
  auto& p = protocol<rib::PipeOptions>(*config, "p");
  CHECK(p.peer_table == "side");
  CHECK(filter::is_reject_all(*p.channel.import_filter));
  CHECK(filter::is_accept_all(*p.channel.export_filter));
  auto& b = protocol<session::BgpOptions>(*config, "b");
  CHECK(b.password == "x");
  CHECK(b.ttl_security);
  CHECK(b.passive);
  CHECK(b.disable_after_cease == (1u << 1 | 1u << 8));
  CHECK(b.allow_local_as == 0xffffffff);
  CHECK(b.graceful_restart == session::GracefulRestart::aware);
  auto& channel = b.channels[0];
  CHECK(channel.channel.import_limit == rib::Limit{100, rib::LimitAction::block});
  CHECK_FALSE(channel.channel.export_limit);
  CHECK(channel.next_hop_self == announce::HopRule::ebgp);
  CHECK(channel.add_paths == session::AddPaths::rx);
  CHECK(channel.gateway == session::Gateway::recursive);
}
