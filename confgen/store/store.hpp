#pragma once
/// Where objects come from: a list now, and word when it may have changed.
#include <boost/json.hpp>
#include <chrono>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace avocet::confgen {

/// Where a text stands in a file; both count from 1.
struct Place {
  int line = 1, column = 1;
  friend bool operator==(const Place&, const Place&) = default;
};

/// One object of the datastore as it was written.
struct Object {
  std::string kind, name;
  boost::json::object body;
  std::string file;
  std::map<std::string, Place> places;  ///< of members by path: "spec.cidr", "spec.filters[0]"; "" is the object's own

  /// FILE:LINE:COLUMN of a member, or of what would hold it if it is absent.
  std::string at(std::string path) const;
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
