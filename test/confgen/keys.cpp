#include "confgen/calico/keys.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "golden.hpp"

using namespace avocet::confgen;
namespace json = boost::json;

namespace {

/// Text that is JSON compares as JSON: the order of members has no meaning. `later` members are left out.
json::value meaning(const std::string& text, const std::set<std::string>& later) {
  json::error_code error;
  auto value = json::parse(text, error);
  if (error || value.is_number()) return json::value(text);
  if (value.is_object())
    for (auto& member : later) value.get_object().erase(member);
  return value;
}

/// What one release does not have of the union that we derive.
struct Surplus {
  std::set<std::string> members;    ///< of peer records
  std::set<std::string> key_names;  ///< last components of keys
};

std::string differences(const KeyTree& made, const json::object& wanted, const Surplus& surplus) {
  std::string out;
  for (auto& [key, value] : wanted) {
    auto name = std::string(key), text = std::string(value.as_string());
    auto found = made.find(name);
    if (found == made.end())
      out += fmt::format("missing {}\n", name);
    else if (meaning(found->second, surplus.members) != meaning(text, surplus.members))
      out += fmt::format("{}: {}\n  wanted {}\n", name, found->second, text);
  }
  for (auto& [key, value] : made)
    if (!wanted.contains(key) && !surplus.key_names.count(key.substr(key.rfind('/') + 1)))
      out += fmt::format("too much: {} {}\n", key, value);
  return out;
}

void check_release(const std::string& release, const Surplus& surplus) {
  golden::visit(release, [&](const golden::Step& step) {
    auto problems = step.problems;
    auto made = derive_keys(step.resources, step.node, problems, nullptr, Whose::all_nodes, Defects::kept);
    CHECK(differences(made, golden::read_json(step.derived.string() + ".kv.json").as_object(), surplus) == "");
  });
}

Resources cluster() {
  Resources r;
  for (int i : {1, 2, 3}) {
    auto address = *avocet::proto::Address::parse(fmt::format("10.0.0.{}", i));
    r.nodes[fmt::format("node{}", i)].v4 = HostAddress{address, avocet::proto::Prefix::make(address, 24)};
  }
  return r;
}

}  // namespace

TEST_CASE("Calico v3.26: every golden case gives the derived key tree") {
  check_release("v3.26", {{"local_as_num", "keepalive_time", "passive_mode", "local_bgp_peer", "next_hop_mode"},
                          {"wireguard_addr_v4", "wireguard_addr_v6"}});
}

TEST_CASE("Calico v3.34: every golden case gives the derived key tree") {
  check_release("master", {{},
                           {"bind_mode", "node_mesh_restart_time", "node_mesh_password", "ignored_interfaces",
                            "svc_cluster_ips", "svc_external_ips", "svc_loadbalancer_ips"}});
}

TEST_CASE("a peering that names a filter which does not exist says so, with both names") {
  auto r = cluster();
  r.peers["tor"].peer_ip = *avocet::proto::Address::parse("10.9.9.9");
  r.peers["tor"].filters = {"strict"};
  std::vector<std::string> problems;
  derive_keys(r, "node1", problems);
  REQUIRE(problems.size() == 1);
  CHECK(problems[0].find("BGPPeer 'tor': spec.filters names BGPFilter 'strict', which does not exist") !=
        std::string::npos);
}

TEST_CASE("a node that excludes itself refuses service prefixes but does not advertise them") {
  auto r = cluster();
  r.configurations["default"].cluster_ips = {"10.96.0.0/12"};
  std::vector<std::string> problems;
  auto with = derive_keys(r, "node1", problems);
  CHECK(with.count("/calico/staticroutes/10.96.0.0-12"));
  r.nodes["node1"].labels["node.kubernetes.io/exclude-from-external-load-balancers"] = "true";
  auto without = derive_keys(r, "node1", problems);
  CHECK_FALSE(without.count("/calico/staticroutes/10.96.0.0-12"));
  CHECK(without.count("/calico/rejectcidrs/10.96.0.0-12"));
}

namespace {

/// node1 advertises services of these ranges; one Service of type LoadBalancer with a pod on node2.
Resources with_service() {
  auto r = cluster();
  r.configurations["default"].cluster_ips = {"10.96.0.0/12"};
  r.configurations["default"].load_balancer_ips = {"192.0.2.0/24", "198.51.100.7/32"};
  Service web;
  web.name = "shop/web";
  web.type = "LoadBalancer";
  web.cluster_ips = {*avocet::proto::Address::parse("10.96.0.10")};
  web.balanced_ips = {*avocet::proto::Address::parse("192.0.2.80")};
  web.families = {false};
  r.services["shop/web"] = web;
  r.endpoint_slices["shop/web-1"] = {"shop/web", {{false, "node2"}}};
  return r;
}

std::set<std::string> static_routes(const Resources& r, const std::string& node) {
  std::vector<std::string> problems;
  std::set<std::string> routes;
  for (auto& [key, value] : derive_keys(r, node, problems))
    if (key.starts_with("/calico/staticroutes/")) routes.insert(value);
  return routes;
}

}  // namespace

TEST_CASE("a service with the Local policy is advertised where its pods are") {
  auto r = with_service();
  r.services["shop/web"].local = true;
  CHECK(static_routes(r, "node1") == std::set<std::string>{"10.96.0.0/12", "192.0.2.0/24"});
  CHECK(static_routes(r, "node2") ==
        std::set<std::string>{"10.96.0.0/12", "10.96.0.10/32", "192.0.2.0/24", "192.0.2.80/32"});
}

TEST_CASE("endpoints of another family do not make a node advertise a service") {
  auto r = with_service();
  r.services["shop/web"].local = true;
  r.endpoint_slices["shop/web-1"].ready[0].six = true;
  CHECK_FALSE(static_routes(r, "node2").count("10.96.0.10/32"));
}

TEST_CASE("with the Cluster policy a range covers its services, and a single address needs a route of its own") {
  auto r = with_service();
  r.services["shop/web"].cluster = true;
  CHECK_FALSE(static_routes(r, "node1").count("192.0.2.80/32"));
  r.services["shop/web"].balanced_ips = {*avocet::proto::Address::parse("198.51.100.7")};
  CHECK(static_routes(r, "node1").count("198.51.100.7/32"));
}

TEST_CASE("an advertised range is written as its author wrote it") {
  auto r = cluster();
  r.configurations["default"].cluster_ips = {"fd00:0096::0/112"};
  std::vector<std::string> problems;
  auto tree = derive_keys(r, "node1", problems);
  CHECK(tree.at("/calico/staticroutesv6/fd00:0096::0-112") == "fd00:0096::0/112");
  CHECK(tree.count("/calico/rejectcidrsv6/fd00:0096::0-112"));
}

TEST_CASE("without aggregation load balancer ranges are not advertised, but every address with a pod is") {
  auto r = with_service();
  r.services["shop/web"].cluster = true;
  r.configurations["default"].aggregates_load_balancers = false;
  auto routes = static_routes(r, "node1");
  CHECK_FALSE(routes.count("192.0.2.0/24"));
  CHECK(routes.count("192.0.2.80/32"));
}

TEST_CASE("a node advertises a service under its name in Kubernetes") {
  auto r = with_service();
  r.services["shop/web"].local = true;
  r.nodes["node1"].kubernetes_name = "node2";
  CHECK(static_routes(r, "node1").count("10.96.0.10/32"));
}

TEST_CASE("keys of other nodes' peers are made only when they are asked for") {
  auto r = cluster();
  r.peers["tor"].peer_ip = *avocet::proto::Address::parse("10.9.9.9");
  r.peers["tor"].node_selector = "all()";
  std::vector<std::string> problems;
  auto count = [](const KeyTree& tree) {
    return std::count_if(tree.begin(), tree.end(),
                         [](auto& item) { return item.first.find("/peer_v4/") != std::string::npos; });
  };
  CHECK(count(derive_keys(r, "node1", problems)) == 1);
  CHECK(count(derive_keys(r, "node1", problems, nullptr, Whose::all_nodes)) == 3);
}

TEST_CASE("a filter that does not exist stands in the tree as one that rejects every route; Calico's tree has none") {
  auto r = cluster();
  r.peers["tor"].peer_ip = *avocet::proto::Address::parse("10.9.9.9");
  r.peers["tor"].filters = {"strict"};
  std::vector<std::string> problems, kept_problems;
  const std::string key = "/calico/resources/v3/projectcalico.org/bgpfilters/strict";
  auto mended = derive_keys(r, "node1", problems);
  REQUIRE(mended.count(key));
  auto filter = *parse_bgp_filter("strict", mended.at(key));
  for (bool imports : {true, false})
    for (bool six : {true, false}) {
      REQUIRE(filter.rules(imports, six).size() == 1);
      CHECK_FALSE(filter.rules(imports, six)[0].accepts);
      CHECK(filter.rules(imports, six)[0].cidr->length == 0);
    }
  CHECK_FALSE(derive_keys(r, "node1", kept_problems, nullptr, Whose::one_node, Defects::kept).count(key));
  REQUIRE(kept_problems.size() == 1);
  CHECK(kept_problems[0].ends_with("its sessions pass every route (--compat)"));
}

TEST_CASE("of two peerings that make different sessions to one address the first by name counts, and both are named") {
  auto r = cluster();
  r.peers["a"].peer_ip = r.peers["b"].peer_ip = *avocet::proto::Address::parse("10.9.9.9");
  r.peers["a"].asn = 65001;
  r.peers["b"].asn = 65002;
  std::vector<std::string> problems;
  Origins origins;
  auto tree = derive_keys(r, "node1", problems, &origins);
  CHECK(tree.at("/calico/bgp/v1/global/peer_v4/10.9.9.9").find("65001") != std::string::npos);
  REQUIRE(problems.size() == 1);
  CHECK(problems[0] ==
        "warning: BGPPeer 'a' and BGPPeer 'b' both make a session to 10.9.9.9, and not the same one: 'a' counts");
  r.peers["b"].asn = 65001;
  problems.clear();
  derive_keys(r, "node1", problems, &origins);
  CHECK(problems.empty());
}

TEST_CASE("a service is withdrawn when its endpoint slice is deleted, though no other event of the service follows") {
  auto r = with_service();
  r.services["shop/web"].local = true;
  r.endpoint_slices.clear();
  CHECK_FALSE(static_routes(r, "node2").count("10.96.0.10/32"));
}

TEST_CASE("keys of blocks, pools, services and peers have the object they come from") {
  auto r = with_service();
  r.services["shop/web"].local = true;
  r.pools["pods"].cidr = *avocet::proto::Prefix::parse("10.244.0.0/16");
  r.blocks["b1"] = {"node2", "confirmed", *avocet::proto::Prefix::parse("10.244.1.0/26"), false};
  r.peers["tor"].peer_ip = *avocet::proto::Address::parse("10.9.9.9");
  std::vector<std::string> problems;
  Origins origins;
  derive_keys(r, "node2", problems, &origins);
  CHECK(origins.at("/calico/ipam/v2/host/node2/ipv4/block/10.244.1.0-26") == Origin{"BlockAffinity", "b1"});
  CHECK(origins.at("/calico/v1/ipam/v4/pool/10.244.0.0-16") == Origin{"IPPool", "pods"});
  CHECK(origins.at("/calico/staticroutes/10.96.0.0-12") == Origin{"BGPConfiguration", "default"});
  CHECK(origins.at("/calico/staticroutes/10.96.0.10-32") == Origin{"Service", "shop/web"});
  CHECK(origins.at("/calico/bgp/v1/global/peer_v4/10.9.9.9") == Origin{"BGPPeer", "tor"});
}
