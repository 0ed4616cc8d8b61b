#include "bgpd/session/collision.hpp"

namespace avocet::session {

Collision resolve_collision(State other, bool this_is_incoming, const CollisionSides& sides) {
  switch (other) {
    case State::active:
    case State::connect: return Collision::close_other;  // an attempt that is no longer needed
    case State::idle:
    case State::open_sent:  // its OPEN decides when it comes: only then is the router id known to belong to this peer
    case State::close: return Collision::none;
    case State::established: return Collision::close_this;
    case State::open_confirm: break;
  }
  // The connection begun by the side with the higher router id (then AS number) stays.
  bool peer_dominates = sides.local_id < sides.remote_id ||
                        (sides.local_id == sides.remote_id && sides.local_as < sides.remote_as);
  return peer_dominates == this_is_incoming ? Collision::close_other : Collision::close_this;
}

}  // namespace avocet::session
