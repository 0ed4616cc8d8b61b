#pragma once
/// Calico's objects to the tree of v1 keys that its templates read.
#include <string>
#include <vector>

#include "confgen/calico/resources.hpp"
#include "confgen/template/functions.hpp"

namespace avocet::confgen {

/// Which object made a key.
struct Origin {
  std::string kind, name;
  std::string text() const { return kind + " " + name; }
  friend bool operator==(const Origin&, const Origin&) = default;
};
/// Of the keys of this node's peers, blocks, pools and static routes, for messages and comments.
using Origins = std::map<std::string, Origin>;

/// Whose peers the tree holds. Calico's has those of all nodes, a million in a mesh of a thousand by selector; its
/// templates read one node's.
enum class Whose { one_node, all_nodes };

/// What becomes of Calico's defects: a peering that names a filter which does not exist passes every route, and nodes
/// of a mesh may expect a wrong AS of each other. Mended, no route passes and the AS is right.
enum class Defects { mended, kept };

/// The key tree as `node` sees it: the union of what Calico v3.26 to v3.34 know, where they differ the later one.
/// What refers to objects that do not exist is told in `problems`, one line each.
KeyTree derive_keys(const Resources& resources, const std::string& node, std::vector<std::string>& problems,
                    Origins* origins = nullptr, Whose whose = Whose::one_node, Defects defects = Defects::mended);

/// The three parts of a node's tree. No key is in two of them.
enum class Part {
  settings,  ///< of configurations, services, pools, blocks, filters
  hosts,     ///< of Nodes alone: addresses and the like
  peers,     ///< of Nodes, peerings, configurations, filters, secrets and workloads
};
KeyTree derive_part(Part part, const Resources& resources, const std::string& node, std::vector<std::string>& problems,
                    Origins& origins, Defects defects);
/// The keys of one Node, as they are in the part `hosts`.
KeyTree keys_of_host(const std::string& name, const Host& host);

/// The value a peering or the mesh names, if there is such a Secret with such a key.
std::optional<std::string> secret_value(const Resources& resources, const std::optional<SecretKey>& key);

/// What is wrong with it: a severity ("error", "warning") and words; nothing if it is good, or none is named.
std::optional<std::pair<std::string, std::string>> secret_problem(const Resources& resources,
                                                                  const std::optional<SecretKey>& key);

}  // namespace avocet::confgen
