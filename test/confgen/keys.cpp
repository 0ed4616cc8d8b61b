#include "confgen/calico/keys.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

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
    auto made = derive_keys(step.resources, step.node, problems);
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
