#include "bgpd/session/collision.hpp"

namespace avocet::session {

Collision resolve_collision(State other, bool this_is_incoming, const CollisionSides& sides) {
  switch (other) {
    case State::active:
    case State::connect: return Collision::close_other;  // an attempt that is no longer needed
    case State::idle:
    case State::close: return Collision::none;
    case State::established: return Collision::close_this;
    case State::open_sent:
      // RFC 4271 lets us decide here, since this OPEN has told us the peer's identifier. Waiting for the other OPEN, as
      // BIRD does, loses both connections when one side has reached Established in the meantime and the other has not.
      // A connection that has been silent for long may be dead and must not win.
      if (!sides.simultaneous) return Collision::none;
      break;
    case State::open_confirm: break;
  }
  // The connection begun by the side with the higher router id (then AS number) stays.
  bool peer_dominates = sides.local_id < sides.remote_id ||
                        (sides.local_id == sides.remote_id && sides.local_as < sides.remote_as);
  return peer_dominates == this_is_incoming ? Collision::close_other : Collision::close_this;
}

}  // namespace avocet::session
