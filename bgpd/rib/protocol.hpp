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

enum class ProtocolKind : std::uint8_t { device, direct, kernel, static_, bgp, pipe, mrt, rpki, bmp, bfd };
/// As the log and configuration files call it.
constexpr const char* log_name(ProtocolKind kind) {
  constexpr const char* names[] = {"device", "direct", "kernel", "static", "bgp", "pipe", "mrt", "rpki", "bmp", "bfd"};
  return names[static_cast<int>(kind)];
}
/// BIRD's protocol states.
enum class ProtocolState : std::uint8_t { down, start, up, stop };

/// Kept by the room that runs the protocol, listed by Rib in configuration order, printed by ctl.
struct Protocol {
  ProtocolOptions options;
  ProtocolKind kind = ProtocolKind::bgp;
  ProtocolState state = ProtocolState::down;    ///< change through `Rib::set_state`
  std::chrono::system_clock::time_point since;   ///< of the last change of state
  std::string message;                           ///< of `disable P "message"`, shown as Message:
  std::vector<std::shared_ptr<Channel>> channels;
};

}  // namespace avocet::rib
