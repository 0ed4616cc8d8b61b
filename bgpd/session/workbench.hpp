#pragma once
/// What all sessions of one speaker share: the rooms they talk to, and memory that would be wasted on idle sessions.
#include <cstdint>
#include <functional>
#include <random>
#include <vector>

#include "bgpd/announce/group.hpp"
#include "bgpd/loop/timer.hpp"
#include "bgpd/rib/rib.hpp"
#include "bgpd/session/record.hpp"
#include "proto/message.hpp"

namespace boost::asio { class io_context; }
namespace avocet::observe { class Log; }
namespace avocet::bfd { class Bfd; }

namespace avocet::session {

class Witness;

struct Workbench {
  boost::asio::io_context& io;
  loop::TimerQueue& timers;
  rib::Rib& rib;
  announce::Announcer& announcer;
  observe::Log& log;
  bfd::Bfd* bfd;                                    ///< null: nobody watches neighbours
  std::function<void(std::function<void()>)> post;  ///< runs it later, from the loop
  std::vector<std::function<void()>> paused_readers;  ///< called when the RIB has caught up
  Witness* witness = nullptr;                       ///< records what `mrtdump` of a protocol asks for
  std::function<void(const rib::Protocol&)> on_session_up;
  std::function<void(const rib::Protocol&, const SessionEnd&)> on_session_down;
  bool recovering = false;                          ///< graceful restart after -R

  // Borrowed for the length of one call.
  std::vector<std::uint8_t> read_buffer;
  proto::Update update;
  std::vector<announce::Chunk> chunks;
  std::minstd_rand random{std::random_device{}()};

  /// RFC 4271 section 10: timers that peers might run in step get 75 to 100 % of their value.
  loop::Duration jittered(std::uint32_t seconds) {
    auto full = std::chrono::duration_cast<loop::Duration>(std::chrono::seconds(seconds));
    return full - full / 4 * std::uniform_int_distribution<int>(0, 1000)(random) / 1000;
  }
};

}  // namespace avocet::session
