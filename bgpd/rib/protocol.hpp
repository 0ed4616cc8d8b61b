#pragma once
/// A protocol instance as operators see it: the row of `show protocols`, and its channels.
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "bgpd/rib/options.hpp"

namespace avocet::rib {

class Channel;

enum class ProtocolKind : std::uint8_t { device, direct, kernel, static_, bgp, pipe };
/// BIRD's protocol states.
enum class ProtocolState : std::uint8_t { down, start, up, stop };

/// Kept by the room that runs the protocol, listed by Rib in configuration order, printed by ctl.
struct Protocol {
  ProtocolOptions options;
  ProtocolKind kind = ProtocolKind::bgp;
  ProtocolState state = ProtocolState::down;
  std::chrono::system_clock::time_point since;   ///< of the last change of state
  std::string message;                           ///< of `disable P "message"`, shown as Message:
  std::vector<std::shared_ptr<Channel>> channels;

  void set_state(ProtocolState to, std::chrono::system_clock::time_point now) {
    if (to != state) state = to, since = now;
  }
};

}  // namespace avocet::rib
