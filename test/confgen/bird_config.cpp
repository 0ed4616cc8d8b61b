#include "confgen/calico/bird_config.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <set>

#include "golden.hpp"

using namespace avocet::confgen;
namespace json = boost::json;

namespace {

/// Fields for our own templates, which Calico's record does not have.
const std::set<std::string> ours{
    "OwnExternalIPs", "OwnLoadBalancerIPs", "Address",     "UsesPriorities", "Pools",       "Internal",      "Object",
    "Statements",     "ChannelStatements",  "ReachableBy", "ImportCalls",    "ExportCalls", "MissingFilters"};

json::value as_json(const Value& value) {
  if (auto b = value.as<bool>()) return *b;
  if (auto i = value.as<std::int64_t>()) return *i;
  if (auto s = value.string()) return json::string(*s);
  if (auto list = value.list()) {
    json::array array;
    for (auto& item : *list) array.push_back(as_json(item));
    return array;
  }
  json::object object;
  if (auto record = value.record())
    for (auto& [name, field] : record->fields)
      if (!ours.count(name)) object[name] = as_json(field);
  return object;
}

/// The goldens leave out fields of a peer that are empty.
std::string differences(const json::object& made, const json::object& wanted, const std::string& path = "") {
  std::string out;
  for (auto& [name, value] : made) {
    auto at = path + "." + std::string(name);
    auto other = wanted.if_contains(name);
    if (!other) {
      if (value != json::value("") && value != json::value(false)) out += fmt::format("too much: {}\n", at);
    } else if (name == "Peers" && value.as_array().size() == other->as_array().size()) {
      for (std::size_t i = 0; i < value.as_array().size(); ++i)
        out += differences(value.as_array()[i].as_object(), other->as_array()[i].as_object(),
                           fmt::format("{}[{}]", at, i));
    } else if (value != *other) {
      out += fmt::format("{}: {}\n  wanted {}\n", at, json::serialize(value), json::serialize(*other));
    }
  }
  for (auto& [name, value] : wanted)
    if (!made.contains(name)) out += fmt::format("missing: {}.{}\n", path, std::string(name));
  return out;
}

}  // namespace

TEST_CASE("Calico v3.34: every golden case gives the record of getBGPConfig") {
  golden::visit("master", [&](const golden::Step& step) {
    auto problems = step.problems;
    auto tree = derive_keys(step.resources, step.node, problems);
    for (int version : {4, 6}) {
      CAPTURE(version);
      auto router_id = step.name == "mesh--hash" ? "hash" : "";
      auto made = as_json(bird_config(tree, step.resources, step.node, version, router_id));
      auto wanted = golden::read_json(fmt::format("{}.bgpconfig{}.json", step.derived.string(), version));
      CHECK(differences(made.as_object(), wanted.as_object()) == "");
    }
  });
}
