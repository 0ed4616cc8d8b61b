#pragma once
/// Listings asked of the kernel, one at a time.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

#include "bgpd/kernel/netlink.hpp"

namespace boost::asio {
class io_context;
}

namespace avocet::kernel {

/// What can be listed.
enum class Dump : std::uint8_t { links, addresses, routes4, routes6 };

/// Between a dump of routes and its family.
inline proto::Family family_of(Dump what) { return what == Dump::routes4 ? proto::Family::ipv4 : proto::Family::ipv6; }
inline Dump routes_of(proto::Family family) { return family == proto::Family::ipv4 ? Dump::routes4 : Dump::routes6; }
inline bool lists_routes(Dump what) { return what == Dump::routes4 || what == Dump::routes6; }

/// Owns the socket for dumps and the queue of those that wait. Each is read in turns, so that a full table holds up
/// nobody.
class DumpQueue {
 public:
  struct Listener {
    std::function<void(Dump)> begins;
    std::function<void(const nlmsghdr*)> message;
    std::function<void(Dump, std::chrono::steady_clock::duration took)> ended;
    /// The table changed while it was listed, or answers were lost: what is missing may still exist.
    std::function<void(Dump)> interrupted;
    std::function<void()> turn_done;
  };

  DumpQueue(boost::asio::io_context& io, Listener listener);
  ~DumpQueue();

  /// "" or the reason for failure.
  std::string open(std::size_t receive_buffer_bytes);
  /// Lists links, then addresses, waiting for both: at start-up, where nothing else runs yet. False: the kernel does
  /// not answer.
  bool list_now();
  /// Begins to read what was asked for; the socket is open.
  void listen();
  /// Queues the dump, unless it waits already.
  void ask(Dump what);
  /// Takes a dump that waits out of the queue.
  void forget(Dump what);
  /// Ends waiting, so that the loop can end.
  void cancel();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace avocet::kernel
