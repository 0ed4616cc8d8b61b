#include "confgen/calico/workloads.hpp"

#include <doctest/doctest.h>

#include <fstream>

#include "test/directory.hpp"

using namespace avocet::confgen;
using avocet::test::Directory;

TEST_CASE("each pod's file gives its peering and the first address of each family") {
  Directory directory;
  directory.write("pod1", R"({"ifaceName":"cali1","ipv4Nets":["10.244.0.7/32","10.244.0.8/32"],
                              "ipv6Nets":["fd00::7/128"],"bgpPeerName":"pods"})");
  directory.write("pod2", R"({"ifaceName":"cali2","ipv4Nets":["10.244.0.9/32"]})");
  directory.write(".pod3", "{half of");
  std::vector<std::string> problems;
  WorkloadFiles files(directory.path);
  auto& all = files.read(problems);
  CHECK(problems.empty());
  REQUIRE(all.size() == 2);
  CHECK(all.at("pod1").peering == "pods");
  CHECK(all.at("pod1").v4->text() == "10.244.0.7");
  CHECK(all.at("pod1").v6->text() == "fd00::7");
  CHECK(all.at("pod2").peering == "");
  CHECK_FALSE(all.at("pod2").v6);
}

TEST_CASE("a pod's file that becomes wrong is told, and counts as what it last said until it is gone") {
  Directory directory;
  directory.write("pod1", R"({"ipv4Nets":["10.244.0.7/32"],"bgpPeerName":"pods"})");
  WorkloadFiles files(directory.path);
  std::vector<std::string> problems;
  files.read(problems);
  CHECK_FALSE(files.changed());
  directory.write("pod1", R"({"ipv4Nets":["10.244.0.7.1/32"],"bgpPeerName":"pods"})");
  CHECK(files.changed());
  CHECK(files.read(problems).at("pod1").v4->text() == "10.244.0.7");
  REQUIRE(problems.size() == 1);
  CHECK(problems[0].find("pod1: error: endpoint status 'pod1': ipv4Nets[0] is '10.244.0.7.1/32'") != std::string::npos);
  std::filesystem::remove(directory.path / "pod1");
  CHECK(files.changed());
  CHECK(files.read(problems).empty());
}

TEST_CASE("a directory that is not there has no pods") {
  std::vector<std::string> problems;
  CHECK(WorkloadFiles("/nowhere/endpoint-status").read(problems).empty());
  CHECK(problems.empty());
}
