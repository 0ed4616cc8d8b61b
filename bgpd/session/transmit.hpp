#pragma once
/// What waits to be written to one peer: our own messages, and routes from buffers shared with other peers.
/// Knows no socket: `gather` says what to write, `sent` is told how much the kernel took.
#include <sys/uio.h>

#include <cstdint>
#include <span>
#include <vector>

#include "bgpd/announce/group.hpp"

namespace avocet::session {

class Transmit {
 public:
  /// OPEN, KEEPALIVE, NOTIFICATION, ROUTE-REFRESH: goes out before routes, at the next boundary between messages.
  void control(std::span<const std::uint8_t> message);
  /// Whole UPDATEs. `chunks` is left empty.
  void routes(std::vector<announce::Chunk>& chunks);
  /// Forgets routes not yet begun: the session ends.
  void drop_routes();

  bool empty() const { return control_.empty() && first_ == routes_.size(); }
  bool has_routes() const { return first_ != routes_.size(); }
  /// Fills `out` with what comes next; returns how many entries.
  std::size_t gather(std::span<iovec> out) const;
  /// Returns the number of UPDATEs that were finished with these bytes.
  std::size_t sent(std::size_t bytes);

 private:
  void sent_routes(std::size_t bytes, std::size_t& updates);

  std::vector<std::uint8_t> control_;
  std::size_t control_sent_ = 0;
  std::vector<announce::Chunk> routes_;
  std::size_t first_ = 0;   // of routes_ not yet written
  std::size_t begun_ = 0;   // bytes left of an UPDATE that was written in part
};

}  // namespace avocet::session
