#include "confgen/calico/resources.hpp"

#include <doctest/doctest.h>

#include "confgen/calico/bgp_filter.hpp"
#include "confgen/store/yaml_dir.hpp"

using namespace avocet::confgen;

namespace {

Objects objects_of(const std::string& yaml) {
  Objects objects;
  for (auto& object : read_yaml("ds.yaml", yaml)) objects[{object.kind, object.name}] = object;
  return objects;
}

std::string pool(const std::string& cidr) {
  return "kind: IPPool\nmetadata:\n  name: pods\nspec:\n  cidr: " + cidr + "\n";
}

}  // namespace

TEST_CASE("every shape that is wrong is told with place, object and member, and never thrown") {
  struct {
    const char* yaml;
    const char* message;
  } cases[] = {
      {"kind: IPPool\nmetadata: {name: a}\nspec: 7\n", "ds.yaml:3:7: error: IPPool 'a': spec is 7: expected members"},
      {"kind: IPPool\nmetadata: {name: a}\nspec:\n  cidr: 10.0.0.0/33\n",
       "ds.yaml:4:9: error: IPPool 'a': spec.cidr is '10.0.0.0/33'"},
      {"kind: BGPFilter\nmetadata: {name: f}\nspec:\n  importV4: [text]\n",
       "ds.yaml:4:14: error: BGPFilter 'f': spec.importV4[0]"},
      {"kind: BGPFilter\nmetadata: {name: f}\nspec:\n  importV4: {}\n",
       "ds.yaml:4:13: error: BGPFilter 'f': spec.importV4 is {}: expected a list"},
      {"kind: Node\nmetadata: {name: n, labels: 3}\n", "ds.yaml:2:29: error: Node 'n': metadata.labels"},
      {"kind: Node\nmetadata: {name: n}\nspec:\n  bgp: {ipv4Address: here}\n",
       "ds.yaml:4:22: error: Node 'n': spec.bgp.ipv4Address"},
      {"kind: BGPPeer\nmetadata: {name: p}\nspec: {}\n",
       "spec.peerIP is missing: give one of peerIP, peerSelector and localWorkloadSelector"},
      {"kind: BGPPeer\nmetadata: {name: p}\nspec: {peerSelector: 'has('}\n", "character 5: expected a label name"},
      {"kind: BGPPeer\nmetadata: {name: p}\nspec: {peerIP: 10.0.0.1, asNumber: [1]}\n", "spec.asNumber"},
      {"kind: BGPConfiguration\nmetadata: {name: default}\nspec: {communities: [1]}\n", "spec.communities[0]"},
      {"kind: BGPConfiguration\nmetadata: {name: other}\nspec: {}\n",
       "only 'default' and 'node.NODENAME' have an effect"},
      {"kind: BlockAffinity\nmetadata: {name: b}\nspec: {cidr: 10.0.0.0/26}\n", "spec.node is missing"},
      {"kind: Secret\nmetadata: {name: s}\ndata: {key: '*'}\n", "data.key is '*': expected base64"},
  };
  for (auto& c : cases) {
    CAPTURE(c.yaml);
    std::vector<std::string> problems;
    Catalog().read(objects_of(c.yaml), problems);
    REQUIRE_FALSE(problems.empty());
    CHECK_MESSAGE(problems[0].find(c.message) != std::string::npos, problems[0]);
  }
}

TEST_CASE("an object that becomes wrong counts as what it said before") {
  Catalog catalog;
  std::vector<std::string> problems;
  CHECK(catalog.read(objects_of(pool("10.0.0.0/16")), problems).pools.size() == 1);
  CHECK(problems.empty());
  CHECK(catalog.read(objects_of(pool("nonsense")), problems).pools.at("pods").cidr.text() == "10.0.0.0/16");
  CHECK(problems.size() == 2);
}

TEST_CASE("an object that was never right counts as absent, and the others as they are") {
  std::vector<std::string> problems;
  auto resources = Catalog().read(objects_of(pool("nonsense") + "---\nkind: Node\nmetadata: {name: n}\n"), problems);
  CHECK(resources.pools.empty());
  CHECK(resources.nodes.count("n"));
}

TEST_CASE("a filter that was never right lets no route pass, and is mended like any other") {
  Catalog catalog;
  std::vector<std::string> problems;
  auto filter = [](const char* action) {
    return std::string("kind: BGPFilter\nmetadata: {name: f}\nspec: {importV4: [{action: ") + action + "}]}\n";
  };
  auto& resources = catalog.read(objects_of(filter("Acept")), problems);
  REQUIRE(problems.size() == 2);
  CHECK(problems[0] ==
        "ds.yaml:3:28: error: BGPFilter 'f': spec.importV4[0].action is 'Acept': expected one of Accept, Reject");
  CHECK(problems[1] ==
        "ds.yaml:1:1: warning: BGPFilter 'f': is wrong: no route passes where it is named, until it is mended");
  CHECK(resources.filters.at("f") == stand_in());
  problems.clear();
  catalog.read(objects_of(filter("Accept")), problems);
  CHECK(problems.empty());
  CHECK(resources.filters.at("f").import_v4.at(0).accepts);
  catalog.read(objects_of(filter("Acept")), problems);
  CHECK_MESSAGE(resources.filters.at("f").import_v4.at(0).accepts, "what it said before counts");
  catalog.read({}, problems);
  CHECK(resources.filters.empty());
}

TEST_CASE("a pool that was never right counts as far as it can be read, and sends nothing astray for the rest") {
  auto read = [](const std::string& members) {
    std::vector<std::string> problems;
    auto resources = Catalog().read(objects_of(pool("10.0.0.0/16") + members), problems);
    CHECK_FALSE(problems.empty());
    REQUIRE(resources.pools.count("pods"));
    return resources.pools.at("pods");
  };
  auto unclear_export = read("  disableBGPExport: 'yes'\n");
  CHECK(unclear_export.disable_bgp_export);
  CHECK(unclear_export.vxlan_mode.empty());
  auto unclear_mode = read("  ipipMode: always\n");
  CHECK(unclear_mode.vxlan_mode == "Always");
  CHECK_FALSE(unclear_mode.disable_bgp_export);
  CHECK(read("  natOutgoing: 7\n  disableBGPExport: true\n").disable_bgp_export);
}

TEST_CASE("a value that cannot be read is told, and counts as what it said before") {
  Catalog catalog;
  std::vector<std::string> problems;
  auto objects = objects_of(pool("10.0.0.0/16"));
  auto& object = objects.begin()->second;
  object.revision = 1;
  catalog.read(objects, problems);
  object.revision = 2;
  object.unreadable = "is not JSON: syntax error";
  CHECK(catalog.read(objects, problems).pools.size() == 1);
  REQUIRE(problems.size() == 2);
  CHECK(problems[0] == "ds.yaml:1:1: error: IPPool 'pods': is not JSON: syntax error");
  CHECK(problems[1] == "ds.yaml:1:1: warning: IPPool 'pods': is wrong; what it said before still counts");
  Catalog other;
  CHECK(other.read(objects, problems).pools.empty());
  object.kind = "BGPFilter";
  Objects filters{{{"BGPFilter", "pods"}, object}};
  CHECK(other.read(filters, problems).filters.at("pods") == stand_in());
}

TEST_CASE("a misspelt member is a warning with the word that was meant") {
  std::vector<std::string> problems;
  Catalog().read(objects_of("kind: BGPPeer\nmetadata: {name: p}\nspec: {peerIP: 10.0.0.1, asnumber: 3}\n"), problems);
  REQUIRE(problems.size() == 1);
  CHECK(problems[0].find("did you mean 'asNumber'?") != std::string::npos);
}

TEST_CASE("a kind that is most likely misspelt is a warning; objects of other people's kinds are none") {
  std::vector<std::string> problems;
  Catalog().read(objects_of("kind: BGPpeer\nmetadata: {name: p}\n---\nkind: Role\nmetadata: {name: r}\n"), problems);
  REQUIRE(problems.size() == 1);
  CHECK(problems[0] == "ds.yaml:1:7: warning: BGPpeer 'p': is of a kind that has no effect; did you mean 'BGPPeer'?");
}

TEST_CASE("a word that Calico takes for another one is a warning that says for which") {
  std::vector<std::string> problems;
  Catalog().read(objects_of("kind: BGPConfiguration\nmetadata: {name: default}\nspec: {logSeverityScreen: Inof, "
                            "programClusterRoutes: enabled}\n"),
                 problems);
  REQUIRE(problems.size() == 2);
  CHECK(problems[0].find("spec.logSeverityScreen is 'Inof': counts as None; expected one of Trace, Debug") !=
        std::string::npos);
  CHECK(problems[1].find("spec.programClusterRoutes is 'enabled': counts as EnabledNoEncapOnly") != std::string::npos);
}

TEST_CASE("a filter rule's prefix is written as its author wrote it") {
  auto lines = [](const std::string& cidr) {
    auto filter = parse_bgp_filter(
        "f", R"({"spec":{"exportV6":[{"action":"Accept","matchOperator":"In","cidr":")" + cidr + R"("}]}})");
    REQUIRE(filter);
    return filter_functions("f", *filter, 6).at(2);
  };
  CHECK(lines("5000:0001::0/64") == "  if ((net ~ 5000:0001::0/64)) then { accept; }");
}
