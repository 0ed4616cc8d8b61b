#include "confgen/calico/audit.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "confgen/store/yaml_dir.hpp"

using namespace avocet::confgen;

namespace {

std::string node(const std::string& name, const std::string& address, const std::string& more = "") {
  return fmt::format(
      "kind: Node\nmetadata: {{name: {}, labels: {{host: {}}}}}\nspec: {{bgp: {{ipv4Address: {}{}}}}}\n---\n", name,
      name, address, more);
}

std::string peering(const std::string& name, const std::string& spec) {
  return fmt::format("kind: BGPPeer\nmetadata: {{name: {}}}\nspec: {{{}}}\n---\n", name, spec);
}

std::string pool(const std::string& name, const std::string& cidr) {
  return fmt::format("kind: IPPool\nmetadata: {{name: {}}}\nspec: {{cidr: {}}}\n---\n", name, cidr);
}

std::string block(const std::string& name, const std::string& cidr, const std::string& owner) {
  return fmt::format(
      "kind: BlockAffinity\nmetadata: {{name: {}}}\nspec: {{cidr: {}, node: {}, state: confirmed}}\n---\n", name, cidr,
      owner);
}

const std::string nodes = node("n1", "10.0.0.1/24") + node("n2", "10.0.0.2/24");
const std::string no_mesh =
    "kind: BGPConfiguration\nmetadata: {name: default}\nspec: {nodeToNodeMeshEnabled: false}\n---\n";
const std::string reflector = node("rr", "10.0.0.9/24", ", routeReflectorClusterID: 1.1.1.1");

std::string audited(const std::string& yaml) {
  Objects objects;
  for (auto& object : read_yaml("ds.yaml", yaml)) objects[{object.kind, object.name}] = object;
  std::vector<std::string> problems;
  Catalog catalog;
  auto& resources = catalog.read(objects, problems);
  CHECK(problems.empty());
  return fmt::format("{}", fmt::join(audit(objects, resources), "\n"));
}

}  // namespace

TEST_CASE("a datastore that fits together has no findings") {
  CHECK(audited("") == "");
  CHECK(audited(nodes) == "");
  CHECK(audited(nodes + pool("a", "10.1.0.0/16") + pool("b", "10.2.0.0/16") + block("x", "10.1.2.0/26", "n1")) == "");
  CHECK(audited(nodes + peering("tor", "peerIP: 10.0.0.254, asNumber: 65000")) == "");
  CHECK(audited(nodes + no_mesh + reflector + peering("rr", "nodeSelector: all(), peerSelector: host == 'rr'")) == "");
  CHECK(audited(nodes + no_mesh + peering("to-two", "node: n1, peerIP: 10.0.0.2, asNumber: 65002") +
                peering("to-one", "node: n2, peerIP: 10.0.0.1, asNumber: 64512, localASNumber: 65002")) == "");
  CHECK(audited(nodes + no_mesh +
                peering("manual", "nodeSelector: host == 'n1', peerSelector: host == 'n2', reversePeering: Manual") +
                peering("back", "nodeSelector: host == 'n2', peerSelector: host == 'n1', reversePeering: Manual")) ==
        "");
}

TEST_CASE("what does not fit together is told with place, object and member") {
  struct {
    const char* what;
    std::string yaml;
    const char* finding;
  } cases[] = {
      {"a selector that selects nothing", nodes + peering("p", "peerSelector: host == 'x'"),
       "BGPPeer 'p': spec.peerSelector 'host == 'x'' selects no Node"},
      {"a node that does not exist", nodes + peering("p", "node: n9, peerIP: 10.0.0.254, asNumber: 1"),
       "BGPPeer 'p': spec.node names Node 'n9', which does not exist"},
      {"a Secret that does not exist",
       nodes + peering("p", "peerIP: 10.0.0.254, asNumber: 1, password: {secretKeyRef: {name: s, key: k}}"),
       "BGPPeer 'p': spec.password is of no use: there is no Secret 's' with key 'k': its sessions have no password"},
      {"a peering of a node with itself", nodes + peering("p", "node: n1, peerIP: 10.0.0.1, asNumber: 64512"),
       "BGPPeer 'p': spec.peerIP is the address of Node 'n1' itself, and the peering is for no other"},
      {"settings of a node that does not exist",
       nodes + "kind: BGPConfiguration\nmetadata: {name: node.n9}\nspec: {listenPort: 1179}\n---\n",
       "warning: BGPConfiguration 'node.n9': metadata.name is for Node 'n9', which does not exist"},
      {"a filter that does not exist", nodes + peering("p", "peerIP: 10.0.0.254, asNumber: 1, filters: [f]"),
       "BGPPeer 'p': spec.filters names BGPFilter 'f', which does not exist"},
      {"the same peer twice",
       nodes + peering("a", "peerIP: 10.0.0.254, asNumber: 1") + peering("b", "peerIP: 10.0.0.254, asNumber: 2"),
       "BGPPeer 'b': makes sessions that BGPPeer 'a' makes too, on n1, n2; that one counts"},
      {"a global peering takes the place of a node's own",
       nodes + peering("a", "node: n1, peerIP: 10.0.0.254, asNumber: 1") +
           peering("b", "peerIP: 10.0.0.254, asNumber: 2"),
       "BGPPeer 'a': makes sessions that BGPPeer 'b' makes too, on n1; that one counts"},
      {"another AS than the node has", nodes + peering("p", "node: n1, peerIP: 10.0.0.2, asNumber: 65000"),
       "BGPPeer 'p': spec.asNumber is 65000, but 10.0.0.2 is Node 'n2' with AS 64512: the session cannot come up"},
      {"a peering without a way back",
       nodes + no_mesh + peering("p", "nodeSelector: host == 'n1', peerSelector: host == 'n2', reversePeering: Manual"),
       "BGPPeer 'p': spec.reversePeering makes sessions to Node 'n2' that it does not know: no peering leads back to "
       "n1"},
      {"a reflector without clients", nodes + reflector + peering("tor", "peerIP: 10.0.0.254, asNumber: 65000"),
       "Node 'rr': spec.bgp.routeReflectorClusterID makes it a route reflector, but no BGPPeer gives it a client"},
      {"a reflector that nobody peers with", nodes + reflector,
       "Node 'rr': has no session: the mesh leaves out route reflectors"},
      {"no mesh and no peer", nodes + no_mesh, "Node 'n1': has no session: the mesh is off and no BGPPeer is for it"},
      {"a node without address", nodes + "kind: Node\nmetadata: {name: n3}\nspec: {}\n",
       "Node 'n3': spec.bgp has no address"},
      {"an address of two nodes", nodes + node("n3", "10.0.0.2/24"),
       "Node 'n3': spec.bgp.ipv4Address 10.0.0.2 is also Node 'n2's"},
      {"pools that overlap", nodes + pool("a", "10.1.0.0/16") + pool("b", "10.1.128.0/17"),
       "ds.yaml:15:14: warning: IPPool 'b': spec.cidr 10.1.128.0/17 overlaps 10.1.0.0/16 of IPPool 'a'"},
      {"a block outside all pools", nodes + block("x", "10.1.2.0/26", "n1"),
       "BlockAffinity 'x': spec.cidr 10.1.2.0/26 lies in no IPPool"},
      {"a block of nobody", nodes + pool("a", "10.1.0.0/16") + block("x", "10.1.2.0/26", "n9"),
       "BlockAffinity 'x': spec.node names Node 'n9', which does not exist"},
      {"a block of two",
       nodes + pool("a", "10.1.0.0/16") + block("x", "10.1.2.0/26", "n1") + block("y", "10.1.2.0/26", "n2"),
       "BlockAffinity 'y': spec.cidr 10.1.2.0/26 is also claimed by BlockAffinity 'x'"},
  };
  for (auto& c : cases) {
    CAPTURE(c.what);
    auto found = audited(c.yaml);
    CHECK_MESSAGE(found.find(c.finding) != std::string::npos, found);
  }
}
