#include "confgen/calico/node_keys.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <random>

#include "confgen/store/yaml_dir.hpp"

using namespace avocet::confgen;

namespace {

/// Objects as a store has them, with revisions.
struct Things {
  Objects objects;
  std::uint64_t revision = 0;

  void put(const std::string& text) {
    for (auto& object : read_yaml("f.yaml", text)) {
      object.revision = ++revision;
      objects[{object.kind, object.name}] = object;
    }
  }
  void erase(const std::string& kind, const std::string& name) { objects.erase({kind, name}); }
};

std::string node(const std::string& name, int address, bool reflects, int asn) {
  return fmt::format(
      "kind: Node\nmetadata:\n  name: {}\n  labels:\n    rr: \"{}\"\nspec:\n  bgp:\n    ipv4Address: "
      "10.0.0.{}/24\n{}{}",
      name, reflects, address, asn ? fmt::format("    asNumber: {}\n", asn) : "",
      reflects ? "    routeReflectorClusterID: 10.0.0.250\n" : "");
}

/// One random change of the objects.
void change(Things& things, std::mt19937& random) {
  auto upto = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
  auto name = fmt::format("n{}", upto(5));
  switch (upto(9)) {
    case 0: return things.put(node(name, 1 + upto(9), upto(2), upto(2) * 65000));
    case 1: return things.erase("Node", name);
    case 2:
      return things.put(
          fmt::format("kind: BlockAffinity\nmetadata:\n  name: b{}\nspec:\n  node: {}\n  cidr: 10.1.{}.0/26\n  state: "
                      "confirmed\n",
                      upto(4), name, upto(4)));
    case 3: return things.erase("BlockAffinity", fmt::format("b{}", upto(4)));
    case 4:
      return things.put(
          fmt::format("kind: BGPConfiguration\nmetadata:\n  name: {}\nspec:\n  asNumber: {}\n  listenPort: "
                      "{}\n",
                      upto(2) ? "default" : "node." + name, 64512 + upto(2), upto(2) * 1790));
    case 5:
      return things.put(
          fmt::format("kind: BGPPeer\nmetadata:\n  name: p{}\nspec:\n  nodeSelector: all()\n  peerSelector: "
                      "rr == 'true'\n",
                      upto(3)));
    case 6:
      return things.put(
          fmt::format("kind: BGPPeer\nmetadata:\n  name: p{}\nspec:\n  node: {}\n  peerIP: 10.9.0.{}\n  "
                      "asNumber: 65001\n  filters:\n  - f\n",
                      upto(3), name, 1 + upto(3)));
    case 7: return things.erase("BGPPeer", fmt::format("p{}", upto(3)));
    default:
      if (upto(2)) return things.erase("BGPFilter", "f");
      return things.put("kind: BGPFilter\nmetadata:\n  name: f\nspec:\n  exportV4:\n  - action: Accept\n");
  }
}

}  // namespace

TEST_CASE("a tree that follows the changes is the tree that is made anew; it says which keys changed") {
  for (unsigned seed = 1; seed <= 20; ++seed) {
    CAPTURE(seed);
    std::mt19937 random(seed);
    Things things;
    Catalog catalog;
    NodeKeys keys("n1", Defects::mended);
    KeyTree copy;
    std::uint64_t generation = 0;
    for (int step = 0; step < 60; ++step) {
      CAPTURE(step);
      for (auto n = random() % 3 + 1; n > 0; --n) change(things, random);
      std::vector<std::string> ignored, problems, expected_problems;
      auto& resources = catalog.read(things.objects, ignored);
      keys.update(resources, catalog, problems);
      Origins origins;
      auto expected = derive_keys(resources, "n1", expected_problems, &origins);
      REQUIRE(keys.tree() == expected);
      CHECK(keys.origins() == origins);
      CHECK(problems == expected_problems);
      auto& changes = keys.changes();
      if (changes.all) {
        copy = keys.tree();
      } else {
        CHECK((changes.generation != generation) == !changes.keys.empty());
        for (auto& key : changes.keys)
          if (auto at = keys.tree().find(key); at == keys.tree().end())
            copy.erase(key);
          else
            copy[key] = at->second;
      }
      generation = changes.generation;
      REQUIRE(copy == expected);
    }
  }
}

TEST_CASE("peers count as other ones only if something changed that they are made of") {
  Things things;
  things.put(node("n1", 1, false, 0));
  things.put(node("n2", 2, false, 0));
  Catalog catalog;
  NodeKeys keys("n1", Defects::mended);
  auto look = [&] {
    std::vector<std::string> ignored;
    auto& resources = catalog.read(things.objects, ignored);
    keys.update(resources, catalog, ignored);
    return std::pair(keys.peers_generation(), keys.peers_generation_but_nodes());
  };
  auto first = look();
  things.put("kind: BlockAffinity\nmetadata:\n  name: b\nspec:\n  node: n1\n  cidr: 10.1.0.0/26\n  state: confirmed\n");
  CHECK(look() == first);
  things.put(node("n2", 3, false, 0));
  auto second = look();
  CHECK(second.first != first.first);
  CHECK(second.second == first.second);
  things.put("kind: BGPConfiguration\nmetadata:\n  name: default\nspec:\n  asNumber: 65000\n");
  CHECK(look().second != second.second);
}
