#include "confgen/store/yaml_dir.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

using namespace avocet::confgen;

TEST_CASE("a file that is being written, empty for a moment, takes no object away; a deleted one does") {
  auto name = (std::filesystem::temp_directory_path() / "confgen-yaml-XXXXXX").string();
  REQUIRE(::mkdtemp(name.data()));
  std::filesystem::path directory = name;
  auto write = [&](const char* text) { std::ofstream(directory / "pool.yaml") << text; };
  write("kind: IPPool\nmetadata: {name: p}\nspec: {cidr: 10.0.0.0/16}\n");
  YamlDirectory store(directory);
  std::vector<std::string> problems;
  CHECK(store.list(problems).size() == 1);
  CHECK(problems.empty());
  write("");
  CHECK(store.list(problems).size() == 1);
  REQUIRE(problems.size() == 1);
  CHECK(problems[0].find("pool.yaml: error: the file is empty; delete it if its objects are to go; keeping") != std::string::npos);
  problems.clear();
  std::filesystem::remove(directory / "pool.yaml");
  CHECK(store.list(problems).empty());
  CHECK(problems.empty());
  std::filesystem::remove_all(directory);
}
