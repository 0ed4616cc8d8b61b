#pragma once
/// Where objects come from: a list now, and word when it may have changed.
#include <boost/json.hpp>
#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace avocet::confgen {

/// Where a text stands in a file; both count from 1.
struct Place {
  int line = 1, column = 1;
  friend bool operator==(const Place&, const Place&) = default;
};

/// Where the members of an object stand, by path: "spec.cidr", "spec.filters[0]"; "" is the object's own place. Large
/// clusters have thousands of objects, and few are ever asked: it is small rather than fast.
class Places {
 public:
  void note(const std::string& path, Place place);
  const Place* find(std::string_view path) const;
  bool empty() const { return places_.empty(); }
  std::size_t size() const { return places_.size(); }
  void shrink() { paths_.shrink_to_fit(), places_.shrink_to_fit(); }
  friend bool operator==(const Places&, const Places&) = default;

 private:
  std::string paths_;  ///< each ends with a NUL
  std::vector<Place> places_;
};

/// One object of the datastore as it was written.
struct Object {
  std::string kind, name;
  boost::json::object body;
  std::string file;            ///< or what names it in its datastore
  std::uint64_t revision = 0;  ///< another number whenever the object is another one, within one store
  Places places;
  std::string unreadable = {};  ///< why `body` is not what is there now; "" if it is

  /// FILE:LINE:COLUMN of a member, or of what would hold it if it is absent; of an object without places just FILE.
  std::string at(std::string path) const;
};
/// By kind and name; one object per name.
using Objects = std::map<std::pair<std::string, std::string>, Object>;
/// The name an object has in `Objects`: "NAMESPACE/NAME" of the kinds that confgen takes from all namespaces (Service,
/// EndpointSlice, Endpoints), else NAME.
std::string object_name(const std::string& kind, const boost::json::object& metadata);
/// Keys and values of a datastore that knows no objects.
using FlatKeys = std::map<std::string, std::string>;

/// A datastore. `list` never gives half of a change; what cannot be reached for a while stays as it was last seen.
class Store {
 public:
  virtual ~Store() = default;
  /// Whether all of it has been read once: before, nothing may be rendered. It stays true.
  virtual bool complete() const { return true; }
  /// Why it is not complete yet; "" if nothing is known to be wrong.
  virtual std::string trouble() const { return ""; }
  /// All objects now. What could not be read is told in `problems`, one line each, once; its last good state stays.
  virtual const Objects& list(std::vector<std::string>& problems) = 0;
  /// Whether `list` has all that is there: nothing is unreadable that was never read.
  virtual bool whole() const { return true; }
  /// Keys as templates see them, of a store that has no objects; null for one that has. Valid until the next call of
  /// `list` or `wait`.
  virtual const FlatKeys* keys() const { return nullptr; }
  /// Waits for a change at most so long, or until a signal, or until `wake` can be read; true if something may have
  /// changed.
  virtual bool wait(std::chrono::milliseconds limit) = 0;
  /// Of somebody else, who reads it; -1 for none.
  int wake = -1;
};

}  // namespace avocet::confgen
