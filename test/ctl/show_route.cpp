#include <doctest/doctest.h>

#include <boost/json/parse.hpp>

#include "test/ctl/desk.hpp"

using namespace avocet;
using namespace avocet::ctl;
using Lines = std::vector<std::string>;
using proto::AttributeCode;

namespace {

proto::Nlri net(const char* text) { return {*proto::Prefix::parse(text), 0}; }

proto::AttributeBlock blackhole() {
  proto::AttributeBlock block;
  proto::set_destination(block, {proto::DestinationKind::blackhole, {}});
  return block;
}

void announce(rib::Channel& channel, std::initializer_list<const char*> nets, proto::AttributeBlock attributes = blackhole()) {
  std::vector<proto::Nlri> list;
  for (auto* text : nets) list.push_back(net(text));
  channel.announce(list, attributes);
}

/// Two static protocols; 10.1.0.0/16 is known by both, the one with the higher preference wins.
struct TwoSources : Desk {
  std::shared_ptr<rib::Channel> high, low;
  explicit TwoSources(filter::Dialect dialect = filter::Dialect::bird2) : Desk(dialect) {
    high = add("high", rib::ProtocolKind::static_, {.kind = filter::RouteSource::static_}, 200);
    low = add("low", rib::ProtocolKind::static_, {.kind = filter::RouteSource::static_}, 100);
    client.time = observe::TimeFormat{"T", 0, ""};
    announce(*high, {"10.0.0.0/8", "10.1.0.0/16"});
    announce(*low, {"10.1.0.0/16", "192.168.0.0/24"});
    settle();
  }
};

}  // namespace

TEST_CASE("2.x: a block per table, the best route of a net first, the net named once") {
  TwoSources desk;
  CHECK(desk.ask("show route") == Lines{"1007-Table master4:", " 10.0.0.0/8           blackhole [high T] * (200)",
                                        " 10.1.0.0/16          blackhole [high T] * (200)",
                                        "                      blackhole [low T] (100)",
                                        " 192.168.0.0/24       blackhole [low T] * (100)", "0000 "});
}

TEST_CASE("1.6: one table, no heading") {
  TwoSources desk(filter::Dialect::bird1);
  CHECK(desk.ask("show route") == Lines{"1007-10.0.0.0/8         blackhole [high T] * (200)",
                                        " 10.1.0.0/16        blackhole [high T] * (200)",
                                        "                    blackhole [low T] (100)",
                                        " 192.168.0.0/24     blackhole [low T] * (100)", "0000 "});
}

TEST_CASE("selection by prefix, address, range, protocol and rank") {
  TwoSources desk;
  struct { const char* question; std::size_t routes; } cases[] = {
      {"show route 10.1.0.0/16", 2},          {"show route for 10.1.2.3", 2},       {"show route for 10.1.2.0/24", 2},
      {"show route for 10.2.0.0", 1},         {"show route in 10.0.0.0/8", 3},      {"show route protocol low", 2},
      {"show route primary", 3},              {"show route filtered", 0},           {"show route table master4", 4},
      {"show route table all", 4},            {"show route table master6", 0},      {"show route primary protocol low", 1},
      {"show route table master4 10.0.0.0/8", 1}};
  for (auto& c : cases) {
    CAPTURE(c.question);
    std::size_t routes = 0;
    for (auto& line : desk.ask(c.question)) routes += line.find(" [") != std::string::npos;
    CHECK(routes == c.routes);
  }
}

TEST_CASE("a net that is not there is 8001, in the words of each form") {
  CHECK(TwoSources().ask("show route 10.9.0.0/16") == Lines{"8001 Network not found"});
  CHECK(TwoSources(filter::Dialect::bird1).ask("show route for 1.2.3.4") == Lines{"8001 Network not in table"});
}

TEST_CASE("what cannot be understood is 9001") {
  TwoSources desk;
  CHECK(desk.ask("show route nonsense") == Lines{"9001 IP address expected"});
  CHECK(desk.ask("show route 10.0.0.1/8") == Lines{"9001 Invalid prefix 10.0.0.1/8, maybe you wanted 10.0.0.0/8"});
  CHECK(desk.ask("show route 10.0.0.0/8 10.1.0.0/16") == Lines{"9001 Only one prefix expected"});
  CHECK(desk.ask("show route table nosuch") == Lines{"9001 there is no table nosuch"});
  CHECK(desk.ask("show route protocol nosuch") == Lines{"9001 nosuch is not a protocol"});
  CHECK(desk.ask("show route filtered primary") == Lines{"9001 Incompatible show route options"});
  CHECK(desk.ask("show route where")[0].starts_with("9001 "));
  CHECK(desk.ask("show route filter nosuch") == Lines{"9001 there is no filter nosuch"});
}

TEST_CASE("count: per table and in total in 2.x, one line in 1.6") {
  CHECK(TwoSources().ask("show route count") ==
        Lines{"1007-4 of 4 routes for 3 networks in table master4", " 0 of 0 routes for 0 networks in table master6",
              "0014 Total: 4 of 4 routes for 3 networks in 2 tables"});
  CHECK(TwoSources().ask("show route count table master4") ==
        Lines{"1007-4 of 4 routes for 3 networks in table master4", "0000 "});
  CHECK(TwoSources().ask("show route count protocol low") ==
        Lines{"1007-2 of 4 routes for 3 networks in table master4", "0000 "});
  CHECK(TwoSources(filter::Dialect::bird1).ask("show route count") == Lines{"0014 4 of 4 routes for 3 networks"});
  CHECK(TwoSources(filter::Dialect::bird1).ask("show route stats").back() == "0014 4 of 4 routes for 3 networks");
}

TEST_CASE("stats: routes and counts, an empty row between") {
  auto lines = TwoSources().ask("show route stats");
  CHECK(lines[5] == " 4 of 4 routes for 3 networks in table master4");
  CHECK(lines[6] == " ");
  CHECK(lines[7] == " Table master6:");
  CHECK(lines.back() == "0014 Total: 4 of 4 routes for 3 networks in 2 tables");
}

TEST_CASE("where runs a condition, and other parts of the command may follow it") {
  TwoSources desk;
  CHECK(desk.ask("show route where net ~ 10.0.0.0/8 primary count table master4") ==
        Lines{"1007-2 of 3 routes for 3 networks in table master4", "0000 "});
  CHECK(desk.ask("show route where proto = \"low\" count table master4")[0] ==
        "1007-2 of 4 routes for 3 networks in table master4");
}

TEST_CASE("export of a protocol that is told nothing") {
  TwoSources desk;
  CHECK(desk.ask("show route export high") == Lines{"0000 "});
  desk.rib.find_protocol("high")->state = rib::ProtocolState::down;
  CHECK(desk.ask("show route export high") == Lines{"9001 No valid tables"});
  CHECK(desk.ask("show route export low.ipv7") == Lines{"9001 there is no channel low.ipv7"});
}

TEST_CASE("noexport shows what the export filter rejects, export what it accepts, neither the protocol's own routes") {
  TwoSources desk;
  CHECK(desk.ask("show route noexport low table master4") ==
        Lines{"1007-Table master4:", " 10.0.0.0/8           blackhole [high T] * (200)",
              " 10.1.0.0/16          blackhole [high T] * (200)", "0000 "});
  desk.low->options.export_filter = filter::accept_all();
  CHECK(desk.ask("show route export low").size() == 4);
  CHECK(desk.ask("show route preexport low").size() == 4);
  CHECK(desk.ask("show route noexport low") == Lines{"0000 "});
}

TEST_CASE("JSON names the reason of each place") {
  TwoSources desk;
  auto routes = boost::json::parse(document(desk.ask("show route 10.1.0.0/16 json"))).as_array();
  REQUIRE(routes.size() == 2);
  CHECK(routes[0].at("primary") == true);
  CHECK(std::string(routes[0].at("why").as_string()).starts_with("ahead of others by "));
  CHECK(std::string(routes[1].at("why").as_string()).starts_with("behind another by "));
}

TEST_CASE("a big table comes in bounded pages, and what changes between pages does no harm") {
  Desk desk;
  auto channel = desk.add_static();
  std::vector<proto::Nlri> nets;
  for (std::uint32_t i = 0; i < 20000; ++i) nets.push_back({proto::Prefix::v4(0x0a000000 + (i << 8), 24), 0});
  channel->announce(nets, blackhole());
  desk.settle();

  Reply reply;
  auto answer = execute(desk.context, desk.client, "show route all", reply);
  REQUIRE(answer);
  std::size_t pages = 0, rows = 0, largest = 0;
  bool complete = false;
  while (!complete) {
    complete = answer->produce(reply);
    auto page = reply.take();
    largest = std::max(largest, page.size());
    for (auto& line : Desk::lines_of(page)) rows += line.find("blackhole [") != std::string::npos;
    if (++pages == 2) {
      // While the client reads, the second half goes away and the whole table may follow.
      channel->withdraw(std::span(nets).subspan(10000));
      desk.settle();
    }
  }
  CHECK(pages > 10);
  CHECK(largest < 64 * 1024);
  CHECK(rows == 10000);
}

TEST_CASE("a table that vanishes between pages ends the listing") {
  Desk desk;
  auto channel = desk.add_static();
  std::vector<proto::Nlri> nets;
  for (std::uint32_t i = 0; i < 5000; ++i) nets.push_back({proto::Prefix::v4(0x0a000000 + (i << 8), 24), 0});
  channel->announce(nets, blackhole());
  desk.settle();
  Reply reply;
  auto answer = execute(desk.context, desk.client, "show route", reply);
  REQUIRE_FALSE(answer->produce(reply));
  desk.rib.close_channel(channel);
  channel.reset();
  desk.settle();
  desk.rib.remove_table("master4");
  CHECK(answer->produce(reply));
  CHECK(reply.take().ends_with("0000 \n"));
}

TEST_CASE("ROA tables: routes of the 2.x form, a list of the 1.6 form") {
  Desk desk;
  desk.client.time = observe::TimeFormat{"T", 0, ""};
  CHECK(desk.ask("show roa") == Lines{"9001 No ROA table defined"});
  desk.rib.set_roa_table({.name = "roas4"});
  desk.rib.replace_roas("roas4", "s1", {{*proto::Prefix::parse("198.51.100.0/24"), 24, 65002}});
  CHECK(desk.ask("show route table roas4") ==
        Lines{"1007-Table roas4:", " 198.51.100.0/24-24 AS65002  [s1 T] * (200)", "0000 "});
  CHECK(desk.ask("show route table roas4 count") == Lines{"1007-1 of 1 routes for 1 networks in table roas4", "0000 "});
  CHECK(desk.ask("show route for 198.51.100.7 table roas4").size() == 3);
  CHECK(desk.ask("show roa") == Lines{"1019-198.51.100.0/24 max 24 as 65002", "0000 "});
}

TEST_CASE("a rejected route that stands first is marked as BIRD marks it; what a session keeps needs a session") {
  Desk desk;
  desk.client.time = observe::TimeFormat{"T", 0, ""};
  auto channel = desk.add_static();
  auto options = channel->options;
  options.import_filter = filter::reject_all();
  options.import_keep_filtered = true;
  channel->reconfigure(options);
  std::vector<proto::Nlri> nets = {net("10.0.0.0/8")};
  channel->announce(nets, blackhole());
  desk.settle();
  CHECK(desk.ask("show route filtered") ==
        Lines{"1007-Table master4:", " 10.0.0.0/8           blackhole [static1 T] * (200)", "0000 "});
  CHECK(desk.ask("show route import table static1.ipv4")[0].starts_with("9001 static1 is not a BGP protocol"));
  CHECK(desk.ask("show route import nonsense")[0].starts_with("9001 "));
}

TEST_CASE("show route: ASPAs are rows of their table, as BIRD 2.17 prints them; filters see them as nets") {
  Desk desk;
  desk.client.time = observe::TimeFormat{"T", 0, ""};
  desk.rib.add_aspa_table("t");
  desk.rib.replace_aspas("t", "s1", {{1, {2, 3}}, {4, {}}});
  CHECK(desk.ask("show route table t") ==
        Lines{"1007-Table t:", " 1                     [s1 T] * (200)", " 4                     [s1 T] * (200)", "0000 "});
  CHECK(desk.ask("show route table t all") ==
        Lines{"1007-Table t:", " 1                     [s1 T] * (200)", "1008-\tType: static univ", " \taspa_providers: 2 3",
              "1007-4                     [s1 T] * (200)", "1008-\tType: static univ", " \taspa_providers: 0", "0000 "});
  CHECK(desk.ask("show route table t count") == Lines{"1007-2 of 2 routes for 2 networks in table t", "0000 "});
  CHECK(desk.ask("show route table t where net = aspa 4").size() == 3);
  desk.rib.set_roa_table({.name = "r"});
  desk.rib.replace_roas("r", "s1", {{*proto::Prefix::parse("198.51.100.0/24"), 24, 65002}});
  CHECK(desk.ask("show route table r where net.type = NET_ROA4 && net.asn = 65002").size() == 3);
}
