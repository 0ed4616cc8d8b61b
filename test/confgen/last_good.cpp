#include "confgen/last_good.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <fstream>

#include "confgen/store/yaml_dir.hpp"
#include "test/directory.hpp"

using namespace avocet::confgen;
using avocet::test::Directory;

namespace {

std::filesystem::path file_in(const Directory& directory) { return directory.path / "kept.json"; }

Objects objects_of(const std::string& yaml, std::uint64_t revision) {
  Objects objects;
  for (auto& object : read_yaml("ds.yaml", yaml)) {
    object.revision = revision;
    objects[{object.kind, object.name}] = object;
  }
  return objects;
}

std::string tor(const std::string& asn) {
  return "kind: BGPPeer\nmetadata: {name: tor}\nspec: {peerIP: 10.0.0.254, asNumber: " + asn + "}\n";
}

}  // namespace

TEST_CASE("a peering that became wrong counts as before in the next life, until it is right or gone") {
  Directory directory;
  std::vector<std::string> problems;
  {
    Catalog catalog;
    LastGood memory(file_in(directory));
    catalog.remember(memory.read(problems), "n1");
    catalog.read(objects_of(tor("65001"), 1), problems);
    memory.write(catalog.right_before(), problems);
    CHECK_FALSE(std::filesystem::exists(file_in(directory)));
    catalog.read(objects_of(tor("sixty"), 2), problems);
    memory.write(catalog.right_before(), problems);
  }
  REQUIRE(std::filesystem::exists(file_in(directory)));
  Catalog catalog;
  LastGood memory(file_in(directory));
  catalog.remember(memory.read(problems), "n1");
  problems.clear();
  CHECK(catalog.read(objects_of(tor("sixty"), 1), problems).peers.at("tor").asn == 65001);
  REQUIRE(problems.size() == 2);
  CHECK(problems[1].ends_with("is wrong; what it said before still counts"));
  memory.write(catalog.right_before(), problems);
  CHECK(std::filesystem::exists(file_in(directory)));
  CHECK(catalog.read(objects_of("", 2), problems).peers.empty());
  memory.write(catalog.right_before(), problems);
  CHECK_FALSE(std::filesystem::exists(file_in(directory)));
}

TEST_CASE("a memory that cannot be understood is told and counts as empty") {
  Directory directory;
  for (auto text : {"[{", "{}", "7"}) {
    std::ofstream(file_in(directory)) << text;
    std::vector<std::string> problems;
    CHECK(LastGood(file_in(directory)).read(problems).empty());
    REQUIRE(problems.size() == 1);
    CHECK(problems[0].find("is not what confgen wrote there") != std::string::npos);
  }
  std::ofstream(file_in(directory)) << R"([1, {"kind": 7}, {"kind": "BGPPeer", "name": "tor", "body": 3}])";
  std::vector<std::string> problems;
  CHECK(LastGood(file_in(directory)).read(problems).empty());
}

TEST_CASE("a memory that cannot be written is told") {
  std::vector<std::string> problems;
  LastGood("/nonexistent/kept.json").write({{{"BGPPeer", "tor"}, {}}}, problems);
  REQUIRE(problems.size() == 1);
  CHECK(problems[0].starts_with("/nonexistent/kept.json: warning: cannot be written: No such file or directory"));
}
