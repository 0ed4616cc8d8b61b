#include "confgen/calico/node_keys.hpp"

#include <algorithm>
#include <utility>

namespace avocet::confgen {

namespace {

/// Objects of these kinds make no peers.
const std::set<std::string> without_peers{"BlockAffinity", "IPPool", "Service", "Endpoints", "EndpointSlice"};

bool makes_peers(const std::string& kind) { return !without_peers.count(kind); }

}  // namespace

void NodeKeys::set(const std::string& key, const std::string& value) {
  auto [at, fresh] = tree_.try_emplace(key, value);
  if (!fresh && at->second == value) return;
  at->second = value;
  changes_.keys.push_back(key);
}

void NodeKeys::erase(const std::string& key) {
  if (tree_.erase(key)) changes_.keys.push_back(key);
}

void NodeKeys::make(Part part, Made& made, const Resources& resources) {
  Made now;
  auto keys = derive_part(part, resources, node_, now.problems, now.origins, defects_);
  for (auto& key : made.keys)
    if (!keys.count(key)) erase(key);
  for (auto& [key, value] : keys) {
    set(key, value);
    now.keys.push_back(key);
  }
  if (now.origins != made.origins) {
    for (auto& [key, origin] : made.origins)
      if (!now.origins.count(key)) origins_.erase(key);
    for (auto& [key, origin] : now.origins) {
      auto [at, fresh] = origins_.try_emplace(key, origin);
      if (fresh || at->second == origin) continue;
      at->second = origin;
      changes_.keys.push_back(key);  // the same value of another object: comments name it
    }
  }
  made = std::move(now);
}

void NodeKeys::make_host(const std::string& name, const Host* host) {
  // A Host with all members has all the keys there can be.
  static const Host full{{}, HostAddress{}, HostAddress{}, 1, "", "", "", ""};
  auto keys = host ? keys_of_host(name, *host) : KeyTree();
  for (auto& [key, value] : keys_of_host(name, full))
    if (!keys.count(key)) erase(key);
  for (auto& [key, value] : keys) set(key, value);
}

void NodeKeys::update(const Resources& resources, const Catalog& catalog, std::vector<std::string>& problems) {
  bool first = std::exchange(fresh_, false);
  changes_.keys.clear();
  changes_.all = first;
  if (first) tree_.clear(), origins_.clear(), settings_ = peers_ = {};
  auto& kinds = catalog.changed_kinds();
  auto& nodes = catalog.changed_nodes();
  bool of_peers = first || std::any_of(kinds.begin(), kinds.end(), makes_peers);
  bool other_nodes_only =
      !first && kinds == std::set<std::string>{"Node"} && std::find(nodes.begin(), nodes.end(), node_) == nodes.end();
  if (first || (!kinds.empty() && !other_nodes_only)) make(Part::settings, settings_, resources);
  if (first) {
    Made hosts;
    make(Part::hosts, hosts, resources);
  } else {
    for (auto& name : nodes) {
      auto host = resources.nodes.find(name);
      make_host(name, host == resources.nodes.end() ? nullptr : &host->second);
    }
  }
  if (of_peers) {
    make(Part::peers, peers_, resources);
    ++peers_generation_;
    if (!other_nodes_only) ++peers_generation_but_nodes_;
  }
  for (auto* made : {&settings_, &peers_})
    problems.insert(problems.end(), made->problems.begin(), made->problems.end());
  if (first || !changes_.keys.empty()) ++changes_.generation;
}

void NodeKeys::replace(const KeyTree& tree) {
  changes_.keys.clear();
  changes_.all = true;
  if (!std::exchange(fresh_, false) && tree_ == tree) return;
  tree_ = tree;
  ++changes_.generation;
}

}  // namespace avocet::confgen
