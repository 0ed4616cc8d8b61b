#include "bgpd/session/error.hpp"

#include <doctest/doctest.h>

#include <cerrno>

using namespace avocet::session;

TEST_CASE("errors are said in BIRD's words") {
  struct { SessionError error; const char* text; } cases[] = {
      {{}, ""},
      {SessionError::socket(ECONNREFUSED), "Socket: Connection refused"},
      {SessionError::socket(ENETUNREACH), "Socket: Network is unreachable"},
      {SessionError::socket(EHOSTUNREACH), "Socket: No route to host"},
      {SessionError::socket(0), "Socket: Connection closed"},
      {SessionError::sent(2, 2), "BGP Error: Bad peer AS"},
      {SessionError::sent(4, 0), "BGP Error: Hold timer expired"},
      {SessionError::received(6, 2), "Received: Administrative shutdown"},
      {SessionError::received(2, 2), "Received: Bad peer AS"},
      {SessionError::local(LocalError::neighbor_lost), "Error: Neighbor lost"},
      {SessionError::local(LocalError::no_listening_socket), "Error: No listening socket"},
      {SessionError::local(LocalError::link_down), "Error: Link down"},
      {SessionError::route_limit(), "Automatic shutdown: Route limit exceeded"}};
  for (auto& c : cases) CHECK(c.error.text() == c.text);
}
