#pragma once
/// The kernel's view: interfaces and addresses (device, direct), routes in (learn), routes out (install).
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "bgpd/kernel/options.hpp"
#include "bgpd/rib/rib.hpp"

namespace boost::asio { class io_context; }
namespace avocet::observe { class Log; }

namespace avocet::kernel {

/// Owns the netlink sockets and every device, direct and kernel protocol instance.
class Kernel {
 public:
  Kernel(boost::asio::io_context& io, rib::Rib& rib, observe::Log& log);
  ~Kernel();
  Kernel(const Kernel&) = delete;

  /// Reads links and addresses once, synchronously, and starts listening. Must be the first call. False: no netlink (reason logged).
  bool start();

  void add_device(DeviceOptions options);
  void add_direct(DirectOptions options);
  void add_kernel(KernelOptions options);
  void remove(const std::string& name);             ///< kernel: routes are removed unless persist
  void retune_device(DeviceOptions options);
  void retune_direct(DirectOptions options);
  void retune_kernel(KernelOptions options);        ///< export filter, merge paths, ...: applied live
  bool enable(const std::string& name);
  bool disable(const std::string& name);
  bool reload(const std::string& name, bool in, bool out);

  /// While held (graceful-restart recovery), kernel protocols with `graceful restart` neither install nor remove: what a
  /// previous life left goes on forwarding. Called with true before protocols are added, with false when recovery ends.
  void hold_for_recovery(bool hold);

  /// Continues install batches; true if more is left.
  bool work(std::chrono::nanoseconds budget);
  std::function<void()> on_work;

  /// Whether the kernel refused our route of this net (for the `!` mark of show route).
  bool install_failed(const std::string& name, rib::NetId net) const;
  const KernelOptions* options(const std::string& name) const;

  /// The daemon is about to end: routes of protocols with `persist` (of all, if `keep`) stay as they are from now on, whatever
  /// the sessions withdraw while they close.
  void freeze(bool keep);
  /// Orderly end: removes our routes where they were not frozen; synchronous, bounded.
  void shutdown();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace avocet::kernel
