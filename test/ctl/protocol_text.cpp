#include "bgpd/ctl/protocol_facts.hpp"

#include <doctest/doctest.h>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "test/ctl/desk.hpp"

using namespace avocet;
using namespace avocet::ctl;
using Lines = std::vector<std::string>;

namespace {

ProtocolFacts static_facts() {
  ProtocolFacts p;
  p.name = "static1";
  p.kind = "Static";
  p.table = "master4";
  p.state = "up";
  p.up = true;
  p.since = "14:19:02.736";
  ChannelFacts c;
  c.name = "ipv4";
  c.state = "UP";
  c.table = "master4";
  c.preference = 200;
  c.import_filter = "ACCEPT";
  c.export_filter = "REJECT";
  c.imported = c.preferred = 1;
  c.import_counters.updates_received = c.import_counters.updates_accepted = 12;
  p.channels.push_back(c);
  return p;
}

/// An established session as our seed document has it.
ProtocolFacts bgp_facts() {
  auto p = static_facts();
  p.name = "Mesh_10_0_12_11";
  p.kind = "BGP";
  p.table = "---";
  p.info = "Established   ";
  p.description = "Connection to BGP peer";
  p.channels[0].next_hop = "10.4.7.60";
  session::SessionStatus s;
  s.state = session::BgpState::established;
  s.neighbor_address = proto::Address::v4(0x0a0407c8);
  s.source_address = proto::Address::v4(0x0a04073c);
  s.neighbor_as = 50200;
  s.local_as = 50060;
  s.neighbor_id = 0x0a0407c8;
  s.as4 = true;
  s.hold = session::SessionStatus::Timer{208.354, 240};
  s.keepalive = session::SessionStatus::Timer{60.3714, 80};
  s.why = "established";
  proto::Capabilities caps;
  caps.any_multiprotocol = caps.ipv4.multiprotocol = caps.route_refresh = caps.enhanced_refresh = true;
  caps.graceful_restart = caps.ipv4.graceful_restart = caps.long_lived = true;
  caps.restart_time = 120;
  caps.as4 = 50200;
  s.local_capabilities = s.neighbor_capabilities = caps;
  p.bgp = BgpFacts{s, {}, false};
  return p;
}

Lines row(const ProtocolFacts& p, Skin skin) {
  Reply reply;
  print_protocol_row(p, skin, reply);
  return Desk::lines_of(reply.take());
}
Lines block(const ProtocolFacts& p, Skin skin) {
  Reply reply;
  print_protocol_block(p, skin, reply);
  return Desk::lines_of(reply.take());
}
bool has(const Lines& lines, const std::string& line) { return std::find(lines.begin(), lines.end(), line) != lines.end(); }

}  // namespace

TEST_CASE("reference 9.2: columns of the row, 8 8 8 5 10 in 1.6 and 10 10 10 6 12 in 2.x") {
  auto p = static_facts();
  CHECK(row(p, Skin::bird2) == Lines{"1002-static1    Static     master4    up     14:19:02.736  "});
  p.table = "master", p.since = "13:18:32";
  CHECK(row(p, Skin::bird1) == Lines{"1002-static1  Static   master   up     13:18:32    "});
}

TEST_CASE("a long name moves the columns, and the state of BGP is padded before its reason") {
  auto p = bgp_facts();
  p.state = "start", p.info = "Active        Socket: Connection refused";
  CHECK(row(p, Skin::bird2) ==
        Lines{"1002-Mesh_10_0_12_11 BGP        ---        start  14:19:02.736  Active        Socket: Connection refused"});
}

TEST_CASE("2.x: a channel block with counters, ended by an empty row") {
  CHECK(block(static_facts(), Skin::bird2) ==
        Lines{"1006-  Channel ipv4",
              "     State:          UP",
              "     Table:          master4",
              "     Preference:     200",
              "     Input filter:   ACCEPT",
              "     Output filter:  REJECT",
              "     Routes:         1 imported, 0 exported, 1 preferred",
              "     Route change stats:     received   rejected   filtered    ignored   accepted",
              "       Import updates:             12          0          0          0         12",
              "       Import withdraws:            0          0        ---          0          0",
              "       Export updates:              0          0          0        ---          0",
              "       Export withdraws:            0        ---        ---        ---          0",
              " "});
}

TEST_CASE("1.6: the same facts belong to the protocol, two columns to the left, without state and table") {
  CHECK(block(static_facts(), Skin::bird1) ==
        Lines{"1006-  Preference:     200",
              "   Input filter:   ACCEPT",
              "   Output filter:  REJECT",
              "   Routes:         1 imported, 0 exported, 1 preferred",
              "   Route change stats:     received   rejected   filtered    ignored   accepted",
              "     Import updates:             12          0          0          0         12",
              "     Import withdraws:            0          0        ---          0          0",
              "     Export updates:              0          0          0        ---          0",
              "     Export withdraws:            0        ---        ---        ---          0",
              " "});
}

TEST_CASE("a protocol without channels has an empty block") {
  auto p = static_facts();
  p.channels.clear();
  CHECK(block(p, Skin::bird2) == Lines{"1006-"});
}

TEST_CASE("2.x: an established session") {
  auto lines = block(bgp_facts(), Skin::bird2);
  lines.resize(29);
  CHECK(lines == Lines{"1006-  Description:    Connection to BGP peer",
                       "   BGP state:          Established",
                       "     Neighbor address: 10.4.7.200",
                       "     Neighbor AS:      50200",
                       "     Local AS:         50060",
                       "     Neighbor ID:      10.4.7.200",
                       "     Local capabilities",
                       "       Multiprotocol",
                       "         AF announced: ipv4",
                       "       Route refresh",
                       "       Graceful restart",
                       "         Restart time: 120",
                       "         AF supported: ipv4",
                       "         AF preserved:",
                       "       4-octet AS numbers",
                       "       Enhanced refresh",
                       "       Long-lived graceful restart",
                       "     Neighbor capabilities",
                       "       Multiprotocol",
                       "         AF announced: ipv4",
                       "       Route refresh",
                       "       Graceful restart",
                       "         Restart time: 120",
                       "         AF supported: ipv4",
                       "         AF preserved:",
                       "       4-octet AS numbers",
                       "       Enhanced refresh",
                       "       Long-lived graceful restart",
                       "     Session:          external AS4"});
  auto all = block(bgp_facts(), Skin::bird2);
  CHECK(has(all, "     Source address:   10.4.7.60"));
  CHECK(has(all, "     Hold timer:       208.354/240"));
  CHECK(has(all, "     Keepalive timer:  60.371/80"));
  CHECK(all[all.size() - 2] == "     BGP Next hop:   10.4.7.60");
}

TEST_CASE("1.6: capabilities are one row of words and timers whole seconds") {
  auto p = bgp_facts();
  p.bgp->status.internal = p.bgp->status.multihop = p.bgp->status.add_path_receive = true;
  p.bgp->status.neighbor_capabilities->ipv4.add_path_receive = true;
  auto lines = block(p, Skin::bird1);
  CHECK(has(lines, "   BGP state:          Established"));
  CHECK(has(lines, "     Neighbor caps:    refresh enhanced-refresh restart-able llgr-aware AS4 add-path-rx"));
  CHECK(has(lines, "     Session:          internal multihop AS4 add-path-rx"));
  CHECK(has(lines, "     Hold timer:       208/240"));
  CHECK_FALSE(has(lines, "     Local AS:         50060"));
}

TEST_CASE("a session that is not up shows what it waits for and why, and no counters of its channels") {
  auto p = bgp_facts();
  auto& s = p.bgp->status;
  p.up = false, p.starting = true, p.channels[0].state = "DOWN", p.channels[0].igp_table4 = "master4";
  s.state = session::BgpState::active;
  s.connect_delay = session::SessionStatus::Timer{0.538, 1};
  s.last_error = "Socket: Network is unreachable";
  auto lines = block(p, Skin::bird2);
  CHECK(has(lines, "   BGP state:          Active"));
  CHECK(has(lines, "     Connect delay:    0.538/1"));
  CHECK(has(lines, "     Last error:       Socket: Network is unreachable"));
  CHECK(lines[lines.size() - 2] == "     IGP IPv4 table: master4");
  CHECK_FALSE(has(lines, "     Routes:         1 imported, 0 exported, 1 preferred"));
}

TEST_CASE("limits, kept routes, messages and recovery have their rows") {
  auto p = static_facts();
  p.message = "maintenance tonight";
  p.channels[0].limits = {{"Import limit:", {1000, rib::LimitAction::restart}}};
  p.channels[0].keeps_filtered = true;
  p.channels[0].filtered = 2;
  p.channels[0].recovery = Recovery::waiting;
  auto lines = block(p, Skin::bird2);
  CHECK(lines[0] == "1006-  Message:        maintenance tonight");
  CHECK(has(lines, "     GR recovery:    waiting"));
  CHECK(has(lines, "     Import limit:   1000"));
  CHECK(has(lines, "       Action:       restart"));
  CHECK(has(lines, "     Routes:         1 imported, 2 filtered, 0 exported, 1 preferred"));
  p.channels[0].recovery = Recovery::done;
  CHECK(has(block(p, Skin::bird2), "     GR recovery:   "));
}

TEST_CASE("JSON says why a session is down, with units in the names") {
  auto p = bgp_facts();
  p.bgp->status.why = "connect to 10.4.7.200:179: connection refused; again in 4 s";
  auto o = protocol_json(p);
  CHECK(o.at("bgp").at("why") == "connect to 10.4.7.200:179: connection refused; again in 4 s");
  CHECK(o.at("bgp").at("hold_seconds") == 240.0);
  CHECK(o.at("channels").as_array()[0].at("changes").at("import_updates").at("received") == 12u);
}
