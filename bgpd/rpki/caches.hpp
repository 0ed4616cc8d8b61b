#pragma once
/// All protocols rpki, and the gathering of what they change.
#include <memory>
#include <optional>
#include <string>

#include "bgpd/rpki/client.hpp"

namespace avocet::rpki {

/// Owns every protocol rpki. Uses the loop's io_context; never blocks.
class Caches {
 public:
  Caches(boost::asio::io_context& io, rib::Rib& rib, observe::Log& log);
  ~Caches();
  Caches(const Caches&) = delete;

  /// Started unless disabled. `protocol` is registered with the Rib by the caller.
  void add(std::shared_ptr<rib::Protocol> protocol, RpkiOptions options);
  void remove(const std::string& name);
  void retune(RpkiOptions options);
  // birdc's commands; false if there is no such instance or it is in that state already
  bool enable(const std::string& name);
  bool disable(const std::string& name);
  /// The cache tells everything anew; what it has told stays until then.
  bool reload(const std::string& name);
  std::optional<CacheStatus> status(const std::string& name) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace avocet::rpki
