#pragma once
/// One node's key tree, kept up to date: a change makes anew only the part that comes of it.
#include "confgen/calico/keys.hpp"
#include "confgen/key_changes.hpp"

namespace avocet::confgen {

class NodeKeys {
 public:
  NodeKeys(std::string node, Defects defects) : node_(std::move(node)), defects_(defects) {}

  /// Takes over what `catalog` found in the objects at its last reading, each of which has to be told here.
  /// `problems` gets one line for each reference to what does not exist.
  void update(const Resources& resources, const Catalog& catalog, std::vector<std::string>& problems);
  /// The next update makes all anew: one was left out.
  void forget() { fresh_ = true; }
  /// The same for a tree that somebody else keeps.
  void replace(const KeyTree& tree);

  const KeyTree& tree() const { return tree_; }
  const Origins& origins() const { return origins_; }
  /// What the last update or replacement did; a number that stays says: nothing.
  const KeyChanges& changes() const { return changes_; }
  /// Another number whenever peers may be others; the second: for another reason than a changed Node.
  std::uint64_t peers_generation() const { return peers_generation_; }
  std::uint64_t peers_generation_but_nodes() const { return peers_generation_but_nodes_; }

 private:
  /// What a part made the last time.
  struct Made {
    std::vector<std::string> keys;  ///< in order
    Origins origins;
    std::vector<std::string> problems;
  };
  void make(Part part, Made& made, const Resources& resources);
  void make_host(const std::string& name, const Host* host);
  void set(const std::string& key, const std::string& value);
  void erase(const std::string& key);

  std::string node_;
  Defects defects_;
  bool fresh_ = true;
  KeyTree tree_;
  Origins origins_;
  Made settings_, peers_;
  KeyChanges changes_;
  std::uint64_t peers_generation_ = 0, peers_generation_but_nodes_ = 0;
};

}  // namespace avocet::confgen
