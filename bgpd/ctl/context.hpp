#pragma once
/// What the control socket may see and do: the rooms to read, and main's functions to reconfigure.
#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "bgpd/announce/group.hpp"
#include "bgpd/bfd/bfd.hpp"
#include "bgpd/config/model.hpp"
#include "bgpd/kernel/kernel.hpp"
#include "bgpd/observe/bmp_station.hpp"
#include "bgpd/observe/filter_errors.hpp"
#include "bgpd/observe/log.hpp"
#include "bgpd/rib/rib.hpp"
#include "bgpd/rpki/caches.hpp"
#include "bgpd/session/speaker.hpp"

namespace avocet::rib { class StaticRoutes; }

namespace avocet::ctl {

/// Answer of a reconfiguration: birdc's code and text, and our lines of what was done or what is wrong.
struct ConfigureAnswer {
  int code = 3;                      ///< 3 Reconfigured, 20 Configuration OK, 8002 error, 19 Nothing to do, ...
  std::string text;
  std::vector<std::string> details;  ///< one per change, or one per diagnostic (rendered); for status: the pending undo
};

enum class ConfigureKind : std::uint8_t { apply, soft, check, undo, confirm, status };
struct ConfigureRequest {
  ConfigureKind kind = ConfigureKind::apply;
  std::string file;                     ///< "" is the usual one
  int timeout_seconds = -1;             ///< until it is undone unless confirmed; below 0: never
  std::uint32_t generation = 0;         ///< of undo: the one to go back to; 0: the one before
};

/// A configuration that runs or ran.
struct Generation {
  std::uint32_t number = 0;
  std::chrono::system_clock::time_point applied;
  std::string file, reason;             ///< reason: "start", "configure", "SIGHUP", "undo to 3"
  std::vector<std::string> changes;     ///< in words
};

struct Context {
  rib::Rib& rib;
  announce::Announcer& announcer;
  session::Speaker& speaker;
  bfd::Bfd& bfd;
  kernel::Kernel& kernel;
  rpki::Caches& caches;
  observe::Log& log;
  observe::FilterErrors& filter_errors;
  std::function<config::ConfigPtr()> config;                       ///< the running one
  std::function<std::uint32_t()> router_id;
  std::function<ConfigureAnswer(const ConfigureRequest&)> configure;
  std::function<std::vector<Generation>()> configurations;         ///< oldest first; the last one runs
  std::function<const rib::StaticRoutes*(const std::string& name)> static_routes;
  std::function<std::optional<observe::BmpStatus>(const std::string& name)> bmp_status;
  // enable, disable, restart, reload for any protocol kind; the text of the row, as birdc prints it ("static1: disabled"),
  // and its code (9 disabled, 8 already disabled, 11 enabled, 10 already enabled, 12 restarted, 15 reloading, 8006 failed);
  // without text there is no row
  struct Row { int code = 0; std::string text; };
  std::function<Row(const std::string& name, const std::string& message)> enable, disable, restart;
  std::function<Row(const std::string& name, bool in, bool out)> reload;
  std::function<void(bool graceful)> down;
  std::function<void(const std::string& name, std::uint32_t mask)> set_debug, set_mrtdump;
  std::chrono::system_clock::time_point started, last_reconfiguration;
  std::function<std::chrono::system_clock::time_point()> reconfigured_at;
  std::function<bool()> shutting_down;
};

}  // namespace avocet::ctl
