#pragma once
/// From the datastore to installed files, again and again.
#include <optional>

#include "confgen/calico/functions.hpp"
#include "confgen/calico/node_keys.hpp"
#include "confgen/last_good.hpp"
#include "confgen/object_changes.hpp"
#include "confgen/store/secret_files.hpp"
#include "confgen/teller.hpp"
#include "confgen/unit.hpp"

namespace avocet::confgen {

/// What this node's files say beside the datastore.
struct LocalFiles {
  SecretFiles secrets;
  WorkloadFiles workloads;
  bool changed() { return secrets.changed() || workloads.changed(); }
  void add_to(Resources& resources, std::vector<std::string>& problems) {
    secrets.add_to(resources.secrets, problems);
    resources.workloads = workloads.read(problems);
  }
};

class Generator {
 public:
  using Clock = std::chrono::steady_clock;
  using Units = std::vector<std::unique_ptr<Unit>>;
  Generator(Store& store, std::string node, LocalFiles local, Units units, Teller::Say say,
            Defects defects = Defects::mended, LastGood last_good = LastGood())
      : store_(store),
        node_(std::move(node)),
        defects_(defects),
        local_(std::move(local)),
        units_(std::move(units)),
        last_good_(std::move(last_good)),
        teller_(std::move(say)),
        keys_(node_, defects) {}

  /// Looks once; true if templates may see something else. A message is said when it is new, not at every look. `good`
  /// becomes false after an error.
  bool look(bool& good);
  /// What templates read, as of the last look.
  const KeyTree& keys() const { return keys_.tree(); }

  /// How the last round ended, the worst of all units.
  enum class State {
    settled,  ///< all files are what the datastore says
    untold,   ///< the same, but a daemon is not running
    waits,    ///< something is wrong that only a change can mend
    failed,   ///< something outside is wrong: worth another try soon
  };
  enum class Why { change, retry, idle, interval };
  /// Looks, and renders what changed, what failed, and at an interval everything. Never throws. `event` is when the
  /// change was heard of.
  State round(Why why, Clock::time_point event = Clock::now());
  /// Whether all objects were good at the last look.
  bool objects_good() const { return objects_good_; }

 private:
  State render(Unit& unit, Clock::time_point event);
  std::string unknown() const;
  void say_new(const std::vector<std::string>& problems);

  Store& store_;
  std::string node_;
  Defects defects_;
  LocalFiles local_;
  Units units_;
  LastGood last_good_;
  Teller teller_;
  Catalog catalog_;
  const Objects* objects_ = nullptr;      ///< the store's, of the last look
  const Resources* resources_ = nullptr;  ///< the catalog's
  NodeKeys keys_;
  PeerMemory peers_;
  ObjectChanges changes_;
  std::string what_changed_;  ///< objects, since the last installation
  bool looked_ = false;
  bool started_ = false;     ///< something was rendered, or could have been
  bool unsure_ = false;      ///< the store could not read something
  bool store_said_ = false;  ///< this look follows word of the store
  std::map<const Unit*, State> last_;
  std::map<const Unit*, std::string> trouble_;  ///< what was last wrong with it
  std::set<std::string> known_;                 ///< problems of the last look
  bool objects_good_ = true;
};

}  // namespace avocet::confgen
