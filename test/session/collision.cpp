#include "bgpd/session/collision.hpp"

#include <doctest/doctest.h>

using namespace avocet::session;

TEST_CASE("RFC 4271 6.8: the connection begun by the higher router id stays") {
  constexpr CollisionSides we_are_lower{1, 2, 65000, 65001}, we_are_higher{2, 1, 65000, 65001},
      same_id_lower_as{1, 1, 65000, 65001}, same_id_higher_as{1, 1, 65001, 65000};
  struct { const char* name; State other; bool incoming; CollisionSides sides; Collision verdict; } cases[] = {
      {"peer is higher and called", State::open_confirm, true, we_are_lower, Collision::close_other},
      {"peer is higher and we called", State::open_confirm, false, we_are_lower, Collision::close_this},
      {"we are higher and called", State::open_confirm, false, we_are_higher, Collision::close_other},
      {"we are higher and the peer called", State::open_confirm, true, we_are_higher, Collision::close_this},
      {"RFC 6286: same id, peer's AS is higher", State::open_confirm, true, same_id_lower_as, Collision::close_other},
      {"RFC 6286: same id, our AS is higher", State::open_confirm, true, same_id_higher_as, Collision::close_this},
      {"the other is established", State::established, true, we_are_lower, Collision::close_this},
      {"the other is still connecting", State::connect, true, we_are_higher, Collision::close_other},
      {"the other waits for its delay", State::active, true, we_are_higher, Collision::close_other},
      {"the other has waited for its OPEN for long", State::open_sent, true, we_are_higher, Collision::none},
      {"the other was opened just now by us, who are higher", State::open_sent, true, {2, 1, 65000, 65001, true}, Collision::close_this},
      {"the other was opened just now by us, who are lower", State::open_sent, true, {1, 2, 65000, 65001, true}, Collision::close_other},
      {"the other is closing", State::close, true, we_are_higher, Collision::none},
      {"there is no other", State::idle, false, we_are_higher, Collision::none}};
  for (auto& c : cases) {
    CAPTURE(c.name);
    CHECK(resolve_collision(c.other, c.incoming, c.sides) == c.verdict);
  }
}

TEST_CASE("both sides keep the same connection") {
  for (auto [id_a, id_b] : {std::pair{1u, 2u}, {2u, 1u}}) {
    // The second connection to reach its OPEN, seen by A as incoming, was begun by B, and the other way round.
    auto a = resolve_collision(State::open_confirm, true, {id_a, id_b, 1, 2});
    auto b = resolve_collision(State::open_confirm, false, {id_b, id_a, 2, 1});
    CHECK(a == b);
  }
}
