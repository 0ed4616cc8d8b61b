#include "confgen/calico/keys.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "confgen/store/yaml_dir.hpp"

using namespace avocet::confgen;
namespace json = boost::json;

namespace {

std::string file_text(const std::filesystem::path& path) {
  std::ifstream in(path);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

/// Text that is JSON compares as JSON: the order of members has no meaning.
json::value meaning(const std::string& text) {
  json::error_code error;
  auto value = json::parse(text, error);
  return error || value.is_number() ? json::value(text) : value;
}

std::string differences(const KeyTree& made, const json::object& wanted) {
  std::string out;
  for (auto& [key, value] : wanted) {
    auto found = made.find(std::string(key));
    if (found == made.end()) out += fmt::format("missing {}\n", std::string(key));
    else if (meaning(found->second) != meaning(std::string(value.as_string()))) out += fmt::format("{}: {}\n  wanted {}\n", found->first, found->second, std::string(value.as_string()));
  }
  for (auto& [key, value] : made)
    if (!wanted.contains(key)) out += fmt::format("too much: {} {}\n", key, value);
  return out;
}

}  // namespace

TEST_CASE("every v3.26 golden case gives the derived key tree" * doctest::skip(!std::getenv("AVOCET_SHARED"))) {
  auto root = std::filesystem::path(std::getenv("AVOCET_SHARED")) / "data/calico-goldens";
  for (auto& entry : std::filesystem::directory_iterator(root / "v3.26")) {
    auto name = entry.path().filename().string();
    if (!std::filesystem::exists(entry.path() / "case.json")) continue;
    auto manifest = json::parse(file_text(entry.path() / "case.json")).as_object();
    bool services = false;
    for (auto& need : manifest["needs"].as_array()) services |= need == "k8s-services";
    if (services) continue;  // Service and Endpoints objects are not derived
    Objects objects;
    int number = 0;
    for (auto& b : manifest["block_affinities"].as_array()) {
      auto& block = b.as_object();
      json::object body{{"spec", json::object{{"cidr", block["cidr"]}, {"node", block["host"]}, {"state", block["state"]}}}};
      auto id = std::to_string(number++);
      objects[{"BlockAffinity", id}] = {"BlockAffinity", id, body, "case.json"};
    }
    int step = 0;
    for (auto& s : manifest["steps"].as_array()) {
      ++step;
      for (auto& f : s.as_object()["apply"].as_array())
        for (auto& o : read_yaml(std::string(f.as_string()), file_text(entry.path() / std::string(f.as_string())))) objects[{o.kind, o.name}] = o;
      for (auto& f : s.as_object()["delete"].as_array())
        for (auto& o : read_yaml(std::string(f.as_string()), file_text(entry.path() / std::string(f.as_string())))) objects.erase({o.kind, o.name});
      std::vector<std::string> problems;
      auto made = derive_keys(objects, std::string(manifest["nodename"].as_string()), problems);
      auto wanted = json::parse(file_text(root / "derived/v3.26" / name / fmt::format("step{}.kv.json", step))).as_object();
      CAPTURE(name);
      CAPTURE(step);
      CHECK(differences(made, wanted) == "");
    }
  }
}
