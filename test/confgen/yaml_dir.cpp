#include "confgen/store/yaml_dir.hpp"

#include <doctest/doctest.h>

#include <filesystem>

#include "test/directory.hpp"

using namespace avocet::confgen;
using avocet::test::Directory;

TEST_CASE("a file that is being written, empty for a moment, takes no object away; a deleted one does") {
  Directory directory;
  auto write = [&](const char* text) { directory.write("pool.yaml", text); };
  write("kind: IPPool\nmetadata: {name: p}\nspec: {cidr: 10.0.0.0/16}\n");
  YamlDirectory store(directory.path);
  std::vector<std::string> problems;
  CHECK(store.list(problems).size() == 1);
  CHECK(problems.empty());
  write("");
  CHECK(store.list(problems).size() == 1);
  REQUIRE(problems.size() == 1);
  CHECK(problems[0].find("pool.yaml: error: the file is empty; delete it if its objects are to go; keeping") !=
        std::string::npos);
  problems.clear();
  std::filesystem::remove(directory.path / "pool.yaml");
  CHECK(store.list(problems).empty());
  CHECK(problems.empty());
}

TEST_CASE("an object that two files have is that of the first file by name, and of the second when the first is gone") {
  Directory directory;
  auto write = [&](const char* file, const std::string& cidr) {
    directory.write(file, "kind: IPPool\nmetadata:\n  name: p\nspec:\n  cidr: " + cidr + "\n");
  };
  auto cidr = [&](const Objects& objects) {
    REQUIRE(objects.size() == 1);
    return std::string(objects.begin()->second.body.at("spec").at("cidr").as_string());
  };
  write("b.yaml", "10.2.0.0/16");
  YamlDirectory store(directory.path);
  std::vector<std::string> problems;
  CHECK(cidr(store.list(problems)) == "10.2.0.0/16");
  CHECK(problems.empty());
  auto revision = store.list(problems).begin()->second.revision;
  write("a.yaml", "10.1.0.0/16");
  CHECK(cidr(store.list(problems)) == "10.1.0.0/16");
  CHECK(store.list(problems).begin()->second.revision != revision);
  REQUIRE(problems.size() == 1);
  CHECK(problems[0].find("b.yaml:1:1: warning: IPPool 'p' is also in ") != std::string::npos);
  write("b.yaml", "10.3.0.0/16");
  CHECK(cidr(store.list(problems)) == "10.1.0.0/16");
  std::filesystem::remove(directory.path / "a.yaml");
  CHECK(cidr(store.list(problems)) == "10.3.0.0/16");
  std::filesystem::remove(directory.path / "b.yaml");
  CHECK(store.list(problems).empty());
}

TEST_CASE("bytes that are no UTF-8 are refused with their place; other alphabets are not") {
  const std::string head = "kind: BGPFilter\nmetadata: {name: a}\n";
  CHECK(read_yaml("f.yaml", head + "spec: {note: \xc3\xa9\xf0\x9f\x90\xa6}\n").size() == 1);
  for (auto* bytes : {"\xf0", "\xc3", "\xed\xa0\x80", "\xff"}) {
    CAPTURE(bytes);
    CHECK_THROWS_WITH_AS(read_yaml("f.yaml", head + "spec: {note: \xc3\xa9" + bytes + "}\n"),
                         doctest::Contains("f.yaml:3:15: error: byte 0x"), std::runtime_error);
  }
}
