#pragma once
/// Commands that look at every node of a datastore: `confgen check` and `confgen diff`.
#include <functional>

#include "confgen/calico/keys.hpp"
#include "confgen/unit.hpp"

namespace avocet::confgen {

/// What both commands need. References must outlive the call.
struct Cluster {
  Store& store;
  std::filesystem::path confdir;
  std::string prefix, secrets;
  RenderMode mode;
  Defects defects;
  std::function<void(const std::string& line)> say;   ///< findings
  std::function<void(const std::string& line)> show;  ///< how far it has come
  std::function<bool()> stopped;                      ///< a person has had enough: it throws
};

/// Reads every object, looks for what does not fit between them, renders every node's files and lets their check_cmd
/// judge them (not with sync_only). With `only` just that node's. True if nothing is wrong: warnings are not.
bool check_cluster(const Cluster& cluster, const std::string& only);

/// Says which nodes' files differ between the datastore `before` and the cluster's own, line by line. True if none
/// does.
bool diff_datastores(const Cluster& cluster, Store& before, const std::string& only);

/// Says how this node's installed files differ from what the datastore gives. True if they do not.
bool diff_installed(const Cluster& cluster, const std::string& node);

}  // namespace avocet::confgen
