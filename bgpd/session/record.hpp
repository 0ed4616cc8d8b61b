#pragma once
/// What an established session is, and how it ended, as values: for those who tell others of it (RFC 7854).
#include <cstdint>
#include <vector>

#include "proto/capability.hpp"
#include "proto/ip.hpp"

namespace avocet::session {

struct SessionRecord {
  proto::Address peer, local;
  std::uint16_t peer_port = 0, local_port = 0;
  std::uint32_t peer_as = 0, peer_id = 0;
  proto::Negotiated negotiated;
  std::vector<std::uint8_t> sent_open, received_open;  ///< whole messages
};

struct SessionEnd {
  enum class By : std::uint8_t { us, peer } by = By::peer;
  std::vector<std::uint8_t> notification;  ///< the whole message that ended it; empty if there was none
};

}  // namespace avocet::session
