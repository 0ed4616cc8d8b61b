#include "bgpctl/tables.hpp"

#include <doctest/doctest.h>

#include <stdexcept>

using namespace avocet::bgpctl;

namespace {

constexpr auto now = std::chrono::system_clock::time_point(std::chrono::seconds(100000));

std::string protocols(std::initializer_list<const char*> rows, Terminal terminal = {}) {
  std::string text;
  auto listing = protocol_tables(terminal, [&](std::string_view part) { text += part; }, now);
  for (auto* row : rows) feed_json(*listing, row);
  listing->finish();
  return text;
}

std::string routes(std::initializer_list<const char*> rows, bool attributes = false) {
  std::string text;
  auto listing = route_tables({}, [&](std::string_view part) { text += part; }, attributes);
  for (auto* row : rows) feed_json(*listing, row);
  listing->finish();
  return text;
}

constexpr const char* established =
    R"({"name":"Mesh_2","protocol":"BGP","state":"up","since_unix_seconds":1,
        "channels":[{"imported":10,"exported":28},{"imported":2,"exported":2}],
        "bgp":{"state":"Established","neighbor_address":"10.0.0.2","neighbor_as":64512,"why":"","last_error":"was reset",
               "established_unix_seconds":91960}})";
constexpr const char* refused =
    R"(,{"name":"Mesh_7","protocol":"BGP","state":"start","since_unix_seconds":99989,"channels":[],
         "bgp":{"state":"Active","neighbor_address":"10.0.0.7","neighbor_as":64512,"last_error":"",
                "why":"connect to 10.0.0.7:179: connection refused; again in 4 s"}})";

}  // namespace

TEST_CASE("sessions are a table with the reason next to the state") {
  CHECK(protocols({"[", established, refused, "]"}) ==
        "PEER         AS  STATE         SINCE  IN  OUT  NAME    WHY\n"
        "10.0.0.2  64512  established  2h 14m  12   30  Mesh_2\n"
        "10.0.0.7  64512  active          11s   0    0  Mesh_7  connect to 10.0.0.7:179: connection refused; again in 4 s\n");
}

TEST_CASE("other protocols stand below the sessions") {
  CHECK(protocols({"[", R"({"name":"static1","protocol":"Static","state":"up","since_unix_seconds":99940,"info":"",
                           "channels":[{"imported":3,"exported":0}]})", established, "]"}) ==
        "PEER         AS  STATE         SINCE  IN  OUT  NAME    WHY\n"
        "10.0.0.2  64512  established  2h 14m  12   30  Mesh_2\n"
        "\n"
        "PROTOCOL  KIND    STATE   SINCE  IN  OUT  WHY\n"
        "static1   static  up     1m 00s   3    0\n");
}

TEST_CASE("the operator's message is the first reason") {
  auto text = protocols({R"([{"name":"a","protocol":"BGP","state":"down","message":"maintenance","channels":[],
                              "bgp":{"state":"Down","why":"disabled","neighbor_address":"10.0.0.9"}}])"});
  CHECK(text.find("maintenance") != std::string::npos);
  CHECK(text.find("disabled") == std::string::npos);
}

TEST_CASE("no protocols, no table") { CHECK(protocols({"[", "]"}).empty()); }

TEST_CASE("lines end at the edge of the terminal, and say that they were cut") {
  auto text = protocols({refused + 1}, {80, false});
  CHECK(text.find("connect to 10.0.0.7") != std::string::npos);
  CHECK(text.ends_with("...\n"));
  for (std::size_t at = 0, end; (end = text.find('\n', at)) != std::string::npos; at = end + 1) CHECK(end - at <= 80);
}

TEST_CASE("colour is only for terminals that want it") {
  CHECK(protocols({established}).find('\033') == std::string::npos);
  CHECK(protocols({established}, {200, true}).starts_with("\033[1mPEER"));
}

TEST_CASE("routes: a table of each routing table, the best marked, the prefix once") {
  CHECK(routes({"[",
                R"({"table":"master4","net":"10.1.0.0/26","protocol":"Mesh_2","primary":true,"preference":100,
                    "destination":"unicast","from":"10.0.0.2","attributes":{"BGP.as_path":"65001 65002"},
                    "next_hops":[{"gateway":"10.0.0.9","interface":"eth0","weight":1},{"interface":"eth1","weight":1}],
                    "why":"ahead of others by AS path length"})",
                R"(,{"table":"master4","net":"10.1.0.0/26","protocol":"static1","primary":false,"preference":50,
                    "destination":"blackhole","attributes":{},"next_hops":[],"why":"behind another by preference",
                    "failed_in_kernel":true})",
                R"(,{"table":"master6","net":"2001:db8::/32","protocol":"direct1","primary":true,"preference":240,
                    "destination":"unicast","attributes":{},"next_hops":[{"interface":"eth0","weight":1}],"why":"only route"})",
                "]"}) ==
        "table master4\n"
        "   PREFIX       VIA        IF    FROM      AS-PATH      PREF  PROTOCOL  WHY\n"
        "*  10.1.0.0/26  10.0.0.9   eth0  10.0.0.2  65001 65002   100  Mesh_2    ahead of others by AS path length\n"
        "      also via direct eth1\n"
        "                blackhole                                 50  static1   behind another by preference; the kernel "
        "refused it\n"
        "\n"
        "table master6\n"
        "   PREFIX         VIA     IF    FROM  AS-PATH  PREF  PROTOCOL  WHY\n"
        "*  2001:db8::/32  direct  eth0                  240  direct1   only route\n");
}

TEST_CASE("show route all: the attributes below each route") {
  CHECK(routes({R"({"table":"t","net":"10.0.0.0/8","protocol":"p","primary":true,"preference":1,"next_hops":[],
                    "destination":"unreachable","attributes":{"BGP.origin":"IGP","BGP.med":"5"},"why":""})"},
               true)
            .ends_with("      BGP.origin: IGP\n      BGP.med: 5\n"));
}

TEST_CASE("a later row that needs more room gets it") {
  std::string text;
  Table table({{"A"}, {"B"}}, {}, [&](std::string_view part) { text += part; });
  for (int i = 0; i < 256; ++i) table.row({"1", "x"});
  CHECK(text.starts_with("A  B\n1  x\n"));
  table.row({"12345", "x"});
  table.finish();
  CHECK(text.ends_with("12345  x\n"));
}

TEST_CASE("durations have two units") {
  using std::chrono::seconds;
  CHECK(duration_text(seconds(11)) == "11s");
  CHECK(duration_text(seconds(182)) == "3m 02s");
  CHECK(duration_text(seconds(8040)) == "2h 14m");
  CHECK(duration_text(seconds(5 * 86400 + 3 * 3600)) == "5d 03h");
}

TEST_CASE("what is not JSON is an error, not an empty table") {
  CHECK_THROWS_AS(protocols({"[", "{\"name\":"}), std::runtime_error);
}

TEST_CASE("lists of one row an element: symbols, filter errors, the history of configurations") {
  std::string text;
  auto print = [&](std::string_view part) { text += part; };
  auto fed = [&](std::unique_ptr<Listing> listing, const char* row) {
    text.clear();
    feed_json(*listing, row);
    listing->finish();
    return text;
  };
  CHECK(fed(symbol_table({}, print), R"([{"name":"LAB","kind":"constant"},{"name":"r2","kind":"protocol"}])") ==
        "NAME  KIND\nLAB   constant\nr2    protocol\n");
  CHECK(fed(filter_error_table({}, print, now),
            R"([{"what":"a.conf:7: division by zero","count":12,"last_net":"10.0.0.0/8","last_unix_seconds":99990,
                 "last_protocol":"r2"}])") ==
        "COUNT  LAST  PROTOCOL  LAST ROUTE  WHAT\n   12   10s  r2        10.0.0.0/8  a.conf:7: division by zero\n");
  CHECK(fed(history_table({}, print, now),
            R"([{"number":2,"applied_unix_seconds":99940,"file":"/etc/a","reason":"SIGHUP","changes":["r2: new"]}])") ==
        "NUMBER   SINCE  REASON  FILE\n     2  1m 00s  SIGHUP  /etc/a\n        r2: new\n");
}
