#pragma once
/// From the datastore to installed files, again and again.
#include <set>

#include "confgen/calico/keys.hpp"
#include "confgen/render.hpp"

namespace avocet::confgen {

/// What one look at the datastore gives; what was wrong is told in `problems`.
struct View {
  Resources resources;
  KeyTree keys;
  Origins origins;
  friend bool operator==(const View&, const View&) = default;
};

class Generator {
 public:
  using Say = std::function<void(const std::string& line)>;
  Generator(Store& store, std::string node, std::vector<Renderer> renderers, Say say)
      : store_(store), node_(std::move(node)), renderers_(std::move(renderers)), say_(std::move(say)) {}

  /// Looks once. A message is said when it is new, not at every look. `good` becomes false after an error.
  View look(bool& good);
  /// Looks, and renders if anything changed or failed the last time. False if something failed; never throws.
  bool round();
  /// Whether all objects were good at the last look.
  bool objects_good() const { return objects_good_; }

 private:
  bool render_all(const View& view);
  void say_new(const std::vector<std::string>& problems);

  Store& store_;
  std::string node_;
  std::vector<Renderer> renderers_;
  Say say_;
  Catalog catalog_;
  std::optional<View> rendered_;                 ///< the last one that was rendered without a failure
  std::set<std::string> known_;                  ///< problems of the last look
  std::map<std::string, std::string> failures_;  ///< of the last rendering, by dest
  bool objects_good_ = true;
  std::string exception_;  ///< of the last round
};

}  // namespace avocet::confgen
