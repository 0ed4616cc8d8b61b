#include "bgpd/session/error.hpp"

#include <cstring>

#include "proto/message.hpp"

namespace avocet::session {

namespace {

const char* local_text(int code) {
  switch (static_cast<LocalError>(code)) {
    case LocalError::neighbor_lost: return "Neighbor lost";
    case LocalError::no_listening_socket: return "No listening socket";
    case LocalError::link_down: return "Link down";
    case LocalError::graceful_restart: return "Graceful restart";
    case LocalError::md5_failed: return "Kernel MD5 auth failed";
    case LocalError::bfd_down: return "BFD session down";
  }
  return "";
}

}  // namespace

std::string SessionError::text() const {
  auto code8 = static_cast<std::uint8_t>(code);
  switch (kind) {
    case ErrorClass::none: return {};
    case ErrorClass::local: return std::string("Error: ") + local_text(code);
    case ErrorClass::socket: return std::string("Socket: ") + (code == 0 ? "Connection closed" : std::strerror(code));
    case ErrorClass::received: return "Received: " + proto::notification_text(code8, subcode);
    case ErrorClass::sent: return "BGP Error: " + proto::notification_text(code8, subcode);
    case ErrorClass::automatic: return "Automatic shutdown: Route limit exceeded";
  }
  return {};
}

}  // namespace avocet::session
