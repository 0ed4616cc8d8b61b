#include "confgen/calico/bird_config.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <set>

#include "golden.hpp"

using namespace avocet::confgen;
namespace json = boost::json;

namespace {

/// Fields for our own templates, which Calico's record does not have.
const std::set<std::string> ours{
    "OwnExternalIPs", "OwnLoadBalancerIPs", "Address",     "UsesPriorities", "Pools",       "Internal",       "Object",
    "Statements",     "ChannelStatements",  "ReachableBy", "ImportCalls",    "ExportCalls", "MissingFilters", "Own",
    "ClusterID",      "FelixTunnels"};

/// Fields that releases after the goldens' have.
const std::set<std::string> later{"Type", "Filters", "AddPaths", "IPIPTunnelRoutes",
                                  "IBGPExportFilterForFelixClusterRoutes"};

json::value as_json(const Value& value) {
  if (auto b = value.as<bool>()) return *b;
  if (auto i = value.as<std::int64_t>()) return *i;
  if (auto s = value.string()) return json::string(*s);
  if (auto list = value.list()) {
    json::array array;
    for (auto& item : *list) array.push_back(as_json(item));
    return array;
  }
  json::object object;
  if (auto record = value.record())
    for (auto& [name, field] : record->fields)
      if (!ours.count(std::string(name)) && !later.count(std::string(name))) object[name] = as_json(field);
  return object;
}

/// The goldens leave out fields of a peer that are empty.
std::string differences(const json::object& made, const json::object& wanted, const std::string& path = "") {
  std::string out;
  for (auto& [name, value] : made) {
    auto at = path + "." + std::string(name);
    auto other = wanted.if_contains(name);
    if (!other) {
      if (value != json::value("") && value != json::value(false)) out += fmt::format("too much: {}\n", at);
    } else if (name == "Peers" && value.as_array().size() == other->as_array().size()) {
      for (std::size_t i = 0; i < value.as_array().size(); ++i)
        out += differences(value.as_array()[i].as_object(), other->as_array()[i].as_object(),
                           fmt::format("{}[{}]", at, i));
    } else if (value != *other) {
      out += fmt::format("{}: {}\n  wanted {}\n", at, json::serialize(value), json::serialize(*other));
    }
  }
  for (auto& [name, value] : wanted)
    if (!made.contains(name)) out += fmt::format("missing: {}.{}\n", path, std::string(name));
  return out;
}

}  // namespace

TEST_CASE("Calico v3.34: every golden case gives the record of getBGPConfig") {
  golden::visit("master", [&](const golden::Step& step) {
    auto problems = step.problems;
    auto tree = derive_keys(step.resources, step.node, problems, nullptr, Whose::one_node, Defects::kept);
    for (int version : {4, 6}) {
      CAPTURE(version);
      auto router_id = step.name == "mesh--hash" ? "hash" : "";
      auto made = as_json(bird_config(tree, step.resources, step.node, version, router_id, {}, Defects::kept));
      auto wanted = golden::read_json(fmt::format("{}.bgpconfig{}.json", step.derived.string(), version));
      CHECK(differences(made.as_object(), wanted.as_object()) == "");
    }
  });
}

namespace {

/// node1 and node2 with addresses, the mesh on.
Resources two_nodes() {
  Resources r;
  for (int i : {1, 2}) {
    auto address = *avocet::proto::Address::parse(fmt::format("10.0.0.{}", i));
    r.nodes[fmt::format("node{}", i)].v4 = HostAddress{address, avocet::proto::Prefix::make(address, 24)};
  }
  return r;
}

struct Seen {
  Record config;
  std::vector<std::string> problems;
  const Record& peer(std::size_t i) const { return *config.fields.at("Peers").list()->at(i).record(); }
  std::string of_peer(const char* field) const { return *peer(0).fields.at(field).string(); }
};
/// What node1's templates get.
Seen seen(const Resources& resources, Defects defects, Expected expected = {}) {
  Seen all;
  auto tree = derive_keys(resources, "node1", all.problems, nullptr, Whose::one_node, defects);
  all.config = *bird_config(tree, resources, "node1", 4, "", {}, defects, nullptr, expected).record();
  return all;
}
std::vector<std::string> lines(const Seen& all, const char* field) {
  std::vector<std::string> made;
  for (auto& line : *all.config.fields.at(field).list()) made.push_back(*line.string());
  return made;
}
using Lines = std::vector<std::string>;

void add_pool(Resources& r, const char* name, const char* cidr, const char* ipip) {
  r.pools[name].cidr = *avocet::proto::Prefix::parse(cidr);
  r.pools[name].ipip_mode = ipip;
}

}  // namespace

TEST_CASE("a node with an AS of its own expects the global AS of mesh nodes without one; Calico expects its own") {
  auto r = two_nodes();
  r.nodes["node1"].asn = 65001;
  auto mended = seen(r, Defects::mended), kept = seen(r, Defects::kept);
  CHECK(mended.of_peer("ASNumber") == "64512");
  CHECK(kept.of_peer("ASNumber") == "65001");
  REQUIRE(mended.problems.size() == 1);
  CHECK(mended.problems[0] ==
        "warning: Node 'node1': spec.bgp.asNumber is 65001: nodes of the mesh without one are expected to be in AS "
        "64512, where Calico v3.32 and later expects 65001");
  REQUIRE(kept.problems.size() == 1);
  CHECK(kept.problems[0].find("(--compat)") != std::string::npos);
}

TEST_CASE("nothing is said of ASes where none is in doubt") {
  auto r = two_nodes();
  r.nodes["node1"].asn = 64512;
  CHECK(seen(r, Defects::mended).problems.empty());
  r.nodes["node1"].asn = r.nodes["node2"].asn = 65001;
  CHECK(seen(r, Defects::mended).problems.empty());
  r.nodes["node2"].asn = 0;
  r.nodes["node1"].cluster_id = "244.0.0.1";
  CHECK(seen(r, Defects::mended).problems.empty());
}

TEST_CASE("a filter that does not exist rejects every route in Calico's own blocks too; Calico lets every route pass") {
  auto r = two_nodes();
  r.configurations["default"].mesh = false;
  r.peers["tor"].peer_ip = *avocet::proto::Address::parse("10.9.9.9");
  r.peers["tor"].filters = {"strict"};
  auto mended = seen(r, Defects::mended), kept = seen(r, Defects::kept);
  CHECK(mended.of_peer("ImportFilter").starts_with("'bgp_strict_importFilterV4'();"));
  CHECK(mended.of_peer("ExportFilter").find("'bgp_strict_exportFilterV4'();") != std::string::npos);
  CHECK(mended.peer(0).fields.at("MissingFilters").list()->size() == 1);
  CHECK(kept.of_peer("ImportFilter").find("bgp_strict") == std::string::npos);
  CHECK(kept.of_peer("ExportFilter").find("bgp_strict") == std::string::npos);
  CHECK(kept.peer(0).fields.at("MissingFilters").list()->empty());
}

TEST_CASE("pods of this node are passive peers without source address, timers and password") {
  auto r = two_nodes();
  r.configurations["default"].mesh = false;
  auto& p = r.peers["pods"];
  p.with_workloads = true;
  p.asn = 65010;
  p.local_asn = 65001;
  p.restart_seconds = 10;
  r.workloads["pod1"] = {"pods", *avocet::proto::Address::parse("10.244.0.7"), {}};
  r.workloads["pod2"] = {"others", *avocet::proto::Address::parse("10.244.0.8"), {}};
  auto made = seen(r, Defects::mended);
  REQUIRE(made.config.fields.at("Peers").list()->size() == 1);
  CHECK(made.of_peer("Name") == "Local_Workload_10_244_0_7");
  CHECK(made.of_peer("ASNumber") == "65010");
  CHECK(made.of_peer("LocalASNumber") == "65001");
  CHECK(made.of_peer("SourceAddr") == "");
  CHECK(made.of_peer("GracefulRestart") == "");
  CHECK(*made.peer(0).fields.at("Passive").as<bool>());
}

TEST_CASE("the level none is told as it is, and turns debugging off") {
  auto r = two_nodes();
  r.configurations["default"].log_severity = "Error";
  auto made = seen(r, Defects::mended);
  CHECK(*made.config.fields.at("LogLevel").string() == "none");
  CHECK(*made.config.fields.at("DebugMode").string() == "");
  CHECK(*made.config.fields.at("PeerDebugMode").string() == "");
}

TEST_CASE("routes to nodes with WireGuard are Felix's, in Calico's words, if this node has it too") {
  auto r = two_nodes();
  r.nodes["node2"].wireguard_v4 = "10.65.0.2";
  CHECK(lines(seen(r, Defects::mended), "WireguardPeerKernelFilter") == Lines{});
  r.nodes["node1"].wireguard_v4 = "10.65.0.1";
  CHECK(lines(seen(r, Defects::mended), "WireguardPeerKernelFilter") ==
        Lines{"  if (defined(bgp_next_hop) && bgp_next_hop = 10.0.0.2) then { reject; } # WireGuard routes handled by "
              "Felix."});
}

TEST_CASE("every peer says what kind it is") {
  auto r = two_nodes();
  r.peers["tor"].peer_ip = *avocet::proto::Address::parse("10.9.9.9");
  r.peers["own"].peer_ip = *avocet::proto::Address::parse("10.9.9.8");
  r.peers["own"].node = "node1";
  auto made = seen(r, Defects::mended);
  Lines kinds;
  for (std::size_t i = 0; i < 3; ++i) kinds.push_back(*made.peer(i).fields.at("Type").string());
  CHECK(kinds == Lines{"global", "mesh", "node"});  // sorted by name
}

TEST_CASE("routes that Felix programs into pools of its own are not passed on to nodes, by device and by pool") {
  auto r = two_nodes();
  add_pool(r, "a", "10.1.0.0/16", "CrossSubnet");
  add_pool(r, "b", "10.2.0.0/16", "Never");
  add_pool(r, "c", "10.3.0.0/16", "Always");
  r.pools["c"].disable_bgp_export = true;
  Lines devices{"if (defined(ifname)) then {",
                "  if ((ifname ~ \"*.cali\") || (ifname ~ \"*.calico\") || (ifname ~ \"tunl0\")) then {", "    reject;",
                "  }", "}"};
  Lines by_default = devices;
  by_default.insert(
      by_default.end(),
      {"if (defined(source) && (source = RTS_INHERIT) && ((dest = RTD_ROUTER) || (dest = RTD_MULTIPATH))) "
       "then {",
       "  # Cluster routes for these pools are Felix's to program, and the owning node's to advertise.",
       "  if (net ~ 10.1.0.0/16) then { reject; }", "}"});
  CHECK(lines(seen(r, Defects::kept), "IBGPExportFilterForFelixClusterRoutes") == by_default);
  CHECK(lines(seen(r, Defects::kept), "IBGPExportFilterForTunnelRoutes") == devices);
  r.configurations["default"].programs_cluster_routes = "Enabled";
  devices[1] = "  if ((ifname ~ \"*.cali\") || (ifname ~ \"*.calico\")) then {";
  CHECK(lines(seen(r, Defects::kept), "IBGPExportFilterForFelixClusterRoutes") == devices);
}

TEST_CASE("next hops behind IPIP: every other node for a pool that always tunnels, else those of other networks") {
  auto r = two_nodes();
  auto far = *avocet::proto::Address::parse("10.0.1.2");
  r.nodes["node3"].v4 = HostAddress{far, avocet::proto::Prefix::make(far, 24)};
  r.configurations["default"].programs_cluster_routes = "Enabled";
  add_pool(r, "a", "10.244.0.0/16", "CrossSubnet");
  CHECK(lines(seen(r, Defects::kept), "IPIPTunnelRoutes") == Lines{"10.0.1.2/32 via \"tunl0\""});
  add_pool(r, "b", "10.245.0.0/16", "Always");
  CHECK(lines(seen(r, Defects::kept), "IPIPTunnelRoutes") ==
        Lines{"10.0.0.2/32 via \"tunl0\"", "10.0.1.2/32 via \"tunl0\""});
  r.configurations["default"].programs_cluster_routes = "EnabledNoEncapOnly";
  CHECK(lines(seen(r, Defects::kept), "IPIPTunnelRoutes") == Lines{});
}

TEST_CASE("what a template expects is seen in its text") {
  auto v3_32 = expected_by("  ttl security {{.TTLSecurity}};\n{{range $config.KernelFilterForIPPools}}");
  CHECK(v3_32.ttl_statements);
  CHECK(v3_32.ipip_by_default);
  auto later = expected_by(
      "{{if eq .TTLSecurity \"off\"}}ttl security off;{{end}}\n{{range $config.KernelFilterForIPPools}}"
      "{{range $config.WireguardPeerKernelFilter}}");
  CHECK_FALSE(later.ttl_statements);
  CHECK_FALSE(later.ipip_by_default);
}

TEST_CASE("Calico v3.32's templates write TTL security as it is told, and leave IPIP to BIRD unless told otherwise") {
  auto r = two_nodes();
  add_pool(r, "a", "10.1.0.0/16", "Always");
  for (auto last : {"8", "9"}) r.peers[last].peer_ip = *avocet::proto::Address::parse(std::string("10.9.9.") + last);
  r.peers["9"].ttl_security = 3;
  auto old = seen(r, Defects::kept, {true, true}), now = seen(r, Defects::kept);
  auto ttl = [](const Seen& all) {
    Lines words;
    for (std::size_t i = 0; i < 3; ++i) words.push_back(*all.peer(i).fields.at("TTLSecurity").string());
    return words;
  };
  CHECK(ttl(old) == Lines{"off", "on;\n  multihop 3", ""});
  CHECK(ttl(now) == Lines{"off", "3", "off"});
  CHECK(lines(old, "KernelFilterForIPPools") ==
        Lines{"  if (net ~ 10.1.0.0/16) then { krt_tunnel=\"tunl0\"; accept; }"});
  CHECK(lines(now, "KernelFilterForIPPools") ==
        Lines{"  if (net ~ 10.1.0.0/16) then { reject; } # Cluster routes are handled by Felix."});
  r.configurations["default"].programs_cluster_routes = "Disabled";
  CHECK(lines(seen(r, Defects::kept, {true, true}), "KernelFilterForIPPools") ==
        Lines{"  if (net ~ 10.1.0.0/16) then { reject; } # Cluster routes are handled by Felix."});
}
