#include "golden.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <fstream>
#include <sstream>

#include "confgen/store/yaml_dir.hpp"
#include "test/shared_data.hpp"

namespace avocet::confgen::golden {

namespace {

std::string file_text(const std::filesystem::path& path) {
  std::ifstream in(path);
  REQUIRE_MESSAGE(in, path.string());
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

/// What a case needs that this confgen does not have; "" if nothing.
std::string unmet(const boost::json::object& manifest) {
  for (auto& need : manifest.at("needs").as_array())
    if (need != "datastore" && need != "k8s-secrets" && need != "k8s-services" && need != "endpoint-status-files")
      return std::string(need.as_string());
  return "";
}

Objects blocks(const boost::json::object& manifest) {
  Objects objects;
  for (auto& b : manifest.at("block_affinities").as_array()) {
    boost::json::object spec{{"cidr", b.at("cidr")}, {"node", b.at("host")}, {"state", b.at("state")}};
    auto name = std::to_string(objects.size());
    objects[{"BlockAffinity", name}] = {"BlockAffinity", name, {{"spec", spec}}, "case.json", {}};
  }
  return objects;
}

}  // namespace

boost::json::value read_json(const std::filesystem::path& path) { return boost::json::parse(file_text(path)); }

bool visit(const std::string& release, const std::function<void(const Step&)>& visitor) {
  auto root = avocet::test::shared_data("data/calico-goldens");
  if (!root) return false;
  for (auto& entry : std::filesystem::directory_iterator(*root / release)) {
    if (!std::filesystem::exists(entry.path() / "case.json")) continue;
    auto name = entry.path().filename().string();
    auto manifest = read_json(entry.path() / "case.json").as_object();
    if (auto need = unmet(manifest); !need.empty()) {
      MESSAGE("skipped: " << release << " " << name << " (needs " << need << ")");
      continue;
    }
    auto objects = blocks(manifest);
    Catalog catalog;
    int number = 0;
    for (auto& step : manifest["steps"].as_array()) {
      auto each = [&](const char* list, auto change) {
        for (auto& file : step.at(list).as_array()) {
          auto path = entry.path() / std::string(file.as_string());
          for (auto& object : read_yaml(path.string(), file_text(path))) change(object);
        }
      };
      each("apply", [&](auto& o) { objects[{o.kind, o.name}] = o; });
      each("delete", [&](auto& o) { objects.erase({o.kind, o.name}); });
      std::vector<std::string> problems;
      auto resources = catalog.read(objects, problems);
      auto& environment = manifest.at("env").as_object();
      if (auto prefix = environment.if_contains("CALICO_ENDPOINT_STATUS_PATH_PREFIX"))
        resources.workloads =
            WorkloadFiles(entry.path() / std::string(prefix->as_string()) / "endpoint-status").read(problems);
      ++number;
      CAPTURE(name);
      CAPTURE(number);
      visitor({name, std::string(manifest["nodename"].as_string()), number, resources, problems,
               *root / "derived" / release / name / fmt::format("step{}", number)});
    }
  }
  return true;
}

}  // namespace avocet::confgen::golden
