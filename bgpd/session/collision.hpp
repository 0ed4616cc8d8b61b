#pragma once
/// Two connections with one peer: which of them lives, RFC 4271 section 6.8 with RFC 6286 section 2.3.
#include <cstdint>

#include "bgpd/session/fsm.hpp"

namespace avocet::session {

enum class Collision : std::uint8_t { none, close_other, close_this };

struct CollisionSides {
  std::uint32_t local_id = 0, remote_id = 0;
  std::uint32_t local_as = 0, remote_as = 0;
  bool simultaneous = false;  ///< the other connection, if in OpenSent, has been there for a moment only
};

/// An OPEN has come on a connection; `other` is the state of the session's second connection.
Collision resolve_collision(State other, bool this_is_incoming, const CollisionSides& sides);

}  // namespace avocet::session
