#pragma once
/// How long a long answer may go on before others get their turn.
#include <chrono>

#include "bgpd/ctl/reply.hpp"

namespace avocet::ctl {

/// Ends when about a page of text was made or about a millisecond has passed; a turn of the loop stays short even when a
/// filter finds nothing in a million routes.
class Page {
 public:
  explicit Page(const Reply& reply) : reply_(reply) {}
  bool full() {
    // The clock costs as much as a short line; looking at it now and then is exact enough.
    if (reply_.size_bytes() >= size_limit_bytes) return true;
    return ++asked_ % 16 == 0 && std::chrono::steady_clock::now() - begin_ >= time_limit;
  }

 private:
  static constexpr std::size_t size_limit_bytes = 32 * 1024;
  static constexpr auto time_limit = std::chrono::milliseconds(1);
  const Reply& reply_;
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
  unsigned asked_ = 0;
};

}  // namespace avocet::ctl
