#pragma once
/// All `protocol bmp`. Reference 6.8.
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "bgpd/observe/bmp_station.hpp"

namespace avocet::observe {

class BmpProtocols {
 public:
  explicit BmpProtocols(BmpScene scene) : scene_(std::move(scene)) {}
  ~BmpProtocols() { shutdown(); }
  BmpProtocols(const BmpProtocols&) = delete;

  /// Its rib::Protocol appears in Rib; started unless disabled.
  void add(BmpOptions options);
  void remove(const std::string& name);
  /// Options that need no new connection.
  void retune(BmpOptions options);
  /// False if there is no such instance or it is in that state already.
  bool enable(const std::string& name);
  bool disable(const std::string& name);

  void session_up(const rib::Protocol& protocol);
  void session_down(const rib::Protocol& protocol, const session::SessionEnd& end);
  void forget_table(const rib::Table& table);  ///< before it is removed
  void set_host_name(const std::string& name) { scene_.host_name = name; }

  /// True if more could be done now.
  bool work(std::chrono::nanoseconds budget);
  std::optional<BmpStatus> status(const std::string& name) const;
  const BmpOptions* options(const std::string& name) const;
  /// Termination to all.
  void shutdown();

 private:
  struct Instance {
    std::shared_ptr<rib::Protocol> protocol;
    std::unique_ptr<BmpStation> station;
  };
  BmpScene scene_;
  std::map<std::string, Instance> instances_;
};

}  // namespace avocet::observe
