#include "confgen/whole_cluster.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <set>

#include "confgen/calico/audit.hpp"
#include "confgen/calico/functions.hpp"
#include "confgen/file_content.hpp"
#include "confgen/line_diff.hpp"
#include "confgen/locate.hpp"
#include "confgen/store/secret_files.hpp"

namespace avocet::confgen {

namespace {

namespace fs = std::filesystem;

/// Between two nodes.
void go_on(const Cluster& cluster, std::size_t done, std::size_t all) {
  if (cluster.stopped()) throw std::runtime_error(fmt::format("confgen: stopped after {} of {} nodes", done, all));
  cluster.show(fmt::format("node {} of {}", done + 1, all));
}

/// Texts of one node by dest.
using Texts = std::map<std::string, std::string>;

/// A directory for files on trial, taken away with all that is in it.
struct Scratch {
  fs::path path;
  Scratch() {
    auto name = (fs::temp_directory_path() / "confgen-check-XXXXXX").string();
    if (!::mkdtemp(name.data())) throw std::runtime_error(name + ": error: cannot make a directory");
    path = name;
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() {
    std::error_code ignored;
    fs::remove_all(path, ignored);
  }
};

/// A datastore as it is now, and the views of its nodes.
class Snapshot {
 public:
  /// `workloads` is not empty if only the node counts that it belongs to.
  Snapshot(const Cluster& cluster, Store& store, const fs::path& workloads = {})
      : objects_(store.list(problems_)), flat_(store.keys()), defects_(cluster.defects) {
    resources_ = catalog_.read(objects_, problems_);
    SecretFiles(cluster.secrets).add_to(resources_.secrets, problems_);
    resources_.workloads = WorkloadFiles(workloads).read(problems_);
    for (auto& line : problems_) cluster.say(line);
    good_ = std::none_of(problems_.begin(), problems_.end(),
                         [](auto& line) { return line.find("error: ") != std::string::npos; });
  }
  const Objects& objects() const { return objects_; }
  const Resources& resources() const { return resources_; }
  bool good() const { return good_; }
  bool is_flat() const { return flat_ != nullptr; }

  struct View {
    const KeyTree& keys;
    const Origins& origins;
    Functions functions;
    const KeyChanges& changes;  ///< from the node that was asked for before
  };
  /// What `node` sees; `problems` gets what is wrong with references between objects, the same for every node. It is
  /// good until another node's is asked for: what they have in common, most of it, is made once.
  View view(const std::string& node, std::vector<std::string>& problems) {
    // A store of flat keys has no objects to derive them from, and is the same for every node.
    if (!flat_ && !node_) derive(Part::hosts, node, problems);
    if (!flat_ && node_ != node) {
      for (auto& key : own_) keys_.erase(key);
      changes_.keys = std::exchange(own_, {});
      changes_.all = ++changes_.generation == 1;
      origins_.clear();
      for (auto part : {Part::settings, Part::peers}) derive(part, node, problems);
      changes_.keys.insert(changes_.keys.end(), own_.begin(), own_.end());
    }
    node_ = node;
    auto& keys = flat_ ? *flat_ : keys_;
    return {keys, origins_, calico_functions(keys, resources_, origins_, *node_, defects_), changes_};
  }
  std::vector<std::string> nodes(const std::string& only) const {
    if (!only.empty() || flat_) return {only};
    std::vector<std::string> names;
    for (auto& [name, node] : resources_.nodes) names.push_back(name);
    return names;
  }

 private:
  void derive(Part part, const std::string& node, std::vector<std::string>& problems) {
    auto keys = derive_part(part, resources_, node, problems, origins_, defects_);
    if (part != Part::hosts)
      for (auto& [key, value] : keys) own_.push_back(key);
    keys_.merge(keys);
  }

  std::optional<std::string> node_;  ///< whose view was asked for last
  KeyTree keys_;
  Origins origins_;
  std::vector<std::string> own_;  ///< keys that another node may not have
  KeyChanges changes_;
  std::vector<std::string> problems_;
  const Objects& objects_;
  const FlatKeys* flat_;  ///< null for a store of objects
  Defects defects_;
  Catalog catalog_;
  Resources resources_;
  bool good_;
};

/// Units that look at one node after the other.
class Turns {
 public:
  /// Their files are below `where` if it is not empty.
  Turns(const Cluster& cluster, fs::path where) : cluster_(cluster), where_(std::move(where)) {}

  /// Templates ask the environment for the name.
  const std::vector<std::unique_ptr<Unit>>& of(const std::string& node) {
    ::setenv("NODENAME", node.c_str(), 1);
    auto resources = load_resources(cluster_.confdir, cluster_.prefix, node);
    if (!where_.empty())
      for (auto& resource : resources) resource.dest = (where_ / fs::path(resource.dest).relative_path()).string();
    if (units_.empty()) units_ = make_units(resources, cluster_.confdir / "templates", cluster_.mode);
    for (auto& unit : units_) unit->take_keys(resources);
    return units_;
  }

 private:
  const Cluster& cluster_;
  fs::path where_;
  std::vector<std::unique_ptr<Unit>> units_;
};

Texts texts_of(Snapshot& snapshot, Turns& turns, const std::string& node) {
  std::vector<std::string> ignored;
  auto view = snapshot.view(node, ignored);
  Texts all;
  for (auto& unit : turns.of(node)) all.merge(unit->texts(view.keys, view.functions, view.changes));
  return all;
}

/// Says the differences of two sets of files; true if there are any.
bool say_differences(const Cluster& cluster, const std::string& node, const Texts& before, const Texts& after) {
  std::set<std::string> files;
  for (auto* texts : {&before, &after})
    for (auto& [dest, text] : *texts) files.insert(dest);
  bool any = false;
  for (auto& dest : files) {
    auto text = [&](const Texts& texts) {
      auto found = texts.find(dest);
      return found == texts.end() ? std::string() : found->second;
    };
    auto old = text(before), now = text(after);
    if (old == now) continue;
    any = true;
    cluster.say(fmt::format("{}: {}: {}", node, dest, count_changes(old, now)));
    for (auto& change : changed_lines(old, now))
      cluster.say(fmt::format("  {} {:>5} {}", change.sign, change.line, change.text));
  }
  return any;
}

}  // namespace

bool check_cluster(const Cluster& cluster, const std::string& only) {
  Snapshot snapshot(cluster, cluster.store);
  bool good = snapshot.good();
  std::set<std::string> told;  // what is the same for many nodes is said once
  auto tell = [&](const std::string& line) {
    if (told.insert(line).second) cluster.say(line);
    good &= line.find("error: ") == std::string::npos;
  };
  for (auto& line : audit(snapshot.objects(), snapshot.resources())) tell(line);
  Scratch scratch;
  auto nodes = snapshot.nodes(only);
  auto& known = snapshot.resources().nodes;
  if (!snapshot.is_flat() && known.empty()) tell("warning: there is no Node in the datastore: nothing to render");
  if (!snapshot.is_flat() && !only.empty() && !known.count(only)) {
    tell(fmt::format("error: there is no Node '{}' in the datastore", only));
    nodes.clear();
  }
  std::size_t done = 0;
  Turns turns(cluster, scratch.path / "files");
  for (auto& node : nodes) {
    go_on(cluster, done++, nodes.size());
    std::vector<std::string> told_by_audit;  // which knows the places
    auto view = snapshot.view(node, told_by_audit);
    for (auto& unit : turns.of(node)) {
      auto outcome = unit->verify(
          view.keys, view.functions, [&](auto& culprit) { return locate(snapshot.objects(), view.origins, culprit); },
          view.changes);
      if (outcome.message.empty()) continue;
      // Files are named as they will be on the node.
      auto below = (scratch.path / "files").string();
      for (auto at = outcome.message.find(below); at != std::string::npos; at = outcome.message.find(below))
        outcome.message.erase(at, below.size());
      bool of_the_node = outcome.kind == Outcome::waits && !node.empty();
      tell(of_the_node ? fmt::format("{} (Node '{}')", outcome.message, node) : outcome.message);
    }
  }
  cluster.say(fmt::format("{} {}, {} objects: {}", nodes.size(), nodes.size() == 1 ? "node" : "nodes",
                          snapshot.objects().size(),
                          !good          ? "errors"
                          : told.empty() ? "all well"
                                         : "warnings only"));
  return good;
}

bool diff_datastores(const Cluster& cluster, Store& before, const std::string& only) {
  Snapshot old(cluster, before), now(cluster, cluster.store);
  auto names = old.nodes(only), more = now.nodes(only);
  std::set<std::string> all(names.begin(), names.end());
  all.insert(more.begin(), more.end());
  std::size_t done = 0, changed = 0;
  Turns old_turns(cluster, {}), turns(cluster, {});
  for (auto& node : all) {
    go_on(cluster, done++, all.size());
    auto texts = [&](Snapshot& snapshot, Turns& turns) {
      return snapshot.is_flat() || snapshot.resources().nodes.count(node) ? texts_of(snapshot, turns, node) : Texts();
    };
    changed += say_differences(cluster, node, texts(old, old_turns), texts(now, turns));
  }
  cluster.say(fmt::format("{} of {} nodes change", changed, all.size()));
  return changed == 0;
}

bool diff_installed(const Cluster& cluster, const std::string& node) {
  Snapshot now(cluster, cluster.store, workload_directory());
  Turns turns(cluster, {});
  auto after = texts_of(now, turns, node);
  Texts before;
  for (auto& [dest, text] : after) before[dest] = file_content(dest).value_or("");
  return !say_differences(cluster, node, before, after);
}

}  // namespace avocet::confgen
