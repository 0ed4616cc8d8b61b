/// YAML of Calico's objects: every text gives objects or one error with its place, and every object is good or told.
#include <stdexcept>
#include <string>

#include "confgen/calico/audit.hpp"
#include "confgen/calico/bgp_filter.hpp"
#include "confgen/calico/bird_config.hpp"
#include "confgen/store/plain_yaml.hpp"
#include "confgen/store/yaml_dir.hpp"
#include "test/fuzz/require.hpp"

using namespace avocet::confgen;

namespace {

/// The plain reader is only faster than yaml-cpp: what it reads, yaml-cpp reads alike. A comment that is not ASCII leaves
/// the text to yaml-cpp.
void require_yaml_cpp_agrees(const std::string& text, const std::vector<Object>& read) {
  Places places;
  if (!read_plain_yaml(text, 0, places)) return;
  std::vector<Object> slow;
  try {
    slow = read_yaml("f.yaml", "# \u00e9\n" + text);
  } catch (const std::runtime_error&) {
    require(false);
  }
  require(slow.size() == read.size());
  for (std::size_t i = 0; i < read.size(); ++i) require(slow[i].body == read[i].body && slow[i].name == read[i].name);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string text(reinterpret_cast<const char*>(data), size);
  Objects objects;
  try {
    std::uint64_t revision = 0;
    auto read = read_yaml("f.yaml", text);
    require_yaml_cpp_agrees(text, read);
    for (auto& object : read) {
      object.revision = ++revision;
      objects.insert_or_assign({object.kind, object.name}, object);
    }
  } catch (const std::runtime_error& error) {
    require(std::string(error.what()).starts_with("f.yaml:"));
    return 0;
  }
  Catalog catalog;
  std::vector<std::string> first, again;
  auto resources = catalog.read(objects, first);
  // Read again, nothing is new, and what is wrong is told again.
  require(catalog.read(objects, again) == resources && first == again && catalog.changed_kinds().empty());
  std::vector<std::string> problems;
  derive_keys(resources, "n", problems, nullptr, Whose::all_nodes);
  audit(objects, resources);
  // What the templates of the first node would be given.
  if (resources.nodes.empty()) return 0;
  auto& node = resources.nodes.begin()->first;
  Origins origins;
  auto tree = derive_keys(resources, node, problems, &origins);
  for (auto& [key, origin] : origins) require(tree.count(key));
  for (int version : {4, 6}) {
    bird_config(tree, resources, node, version, "", origins);
    for (auto& [name, filter] : resources.filters) filter_functions(name, filter, version);
  }
  return 0;
}
