#pragma once
/// Where objects come from: a list now, and word when it may have changed.
#include <boost/json.hpp>
#include <chrono>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace avocet::confgen {

/// One object of the datastore as it was written.
struct Object {
  std::string kind, name;
  boost::json::object body;
  std::string origin;  ///< for messages: "node1.yaml:3"
};
/// By kind and name; one object per name.
using Objects = std::map<std::pair<std::string, std::string>, Object>;

/// A datastore. `list` never gives half of a change.
class Store {
 public:
  virtual ~Store() = default;
  /// All objects now. What could not be read is told in `problems`, one line each, once; its last good state stays.
  virtual const Objects& list(std::vector<std::string>& problems) = 0;
  /// Waits for a change at most so long; true if something may have changed.
  virtual bool wait(std::chrono::milliseconds limit) = 0;
};

}  // namespace avocet::confgen
