#pragma once
/// The running daemon: its rooms, joined; the turn of work; configuration applied, changed and undone.
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "bgpd/announce/group.hpp"
#include "bgpd/bfd/bfd.hpp"
#include "bgpd/config/model.hpp"
#include "bgpd/config_history.hpp"
#include "bgpd/ctl/server.hpp"
#include "bgpd/kernel/kernel.hpp"
#include "bgpd/observe/filter_errors.hpp"
#include "bgpd/loop/real_time.hpp"
#include "bgpd/observe/log.hpp"
#include "bgpd/observe/bmp_protocols.hpp"
#include "bgpd/observe/mrt_protocols.hpp"
#include "bgpd/observe/session_dump.hpp"
#include "bgpd/rib/pipe.hpp"
#include "bgpd/rib/rib.hpp"
#include "bgpd/rib/static_routes.hpp"
#include "bgpd/rpki/caches.hpp"
#include "bgpd/session/speaker.hpp"

namespace avocet {

/// What the command line said about the process.
struct DaemonOptions {
  std::string config_file;
  std::string socket_path;
  std::string socket_group;      ///< the control socket's group when -g is given
  config::LoadOptions load;
  bool recover = false;          ///< -R: graceful-restart recovery
  bool foreground = false;       ///< -f or -d: without `log` statements the log goes to stderr
  std::size_t warnings = 0;      ///< what is doubtful in the configuration; only their number is logged
};

/// Owns every room. Single-threaded; everything happens inside `run`.
class Daemon {
 public:
  Daemon(DaemonOptions options, config::ConfigPtr config, observe::Log& log);
  ~Daemon();
  Daemon(const Daemon&) = delete;

  /// Reads interfaces, opens the control socket, starts all protocols. "" or the reason why it cannot.
  std::string start();
  void run();  ///< until `down` or SIGTERM has finished

 private:
  // ---- the turn of work
  void wake();
  void turn();
  void tick();
  observe::DumpScene dump_scene() { return {rib_, router_id_, started_}; }
  void limit_reached(const rib::Channel& channel, rib::LimitKind kind, const rib::Limit& limit);
  void filter_said(const rib::Channel& channel, const proto::Prefix& net, const filter::Verdict& verdict,
                   const std::vector<std::string>& printed);

  // ---- configuration (reconfigure.cpp)
  void add_protocol(const config::ProtocolConfig& protocol);
  void remove_protocol(const std::string& name, std::uint8_t cease_subcode);
  void retune_protocol(const config::ProtocolConfig& protocol, session::Retune what);
  void apply(config::ConfigPtr next, const config::Changes& changes, bool soft, const std::string& reason,
             std::vector<std::string>& words);
  std::vector<std::string> open_control_sockets();
  void roas_changed(const std::string& table);
  void configure_log(const config::Config& config);
  /// "" or why the file of `mrtdump` cannot be opened; logged, too.
  std::string open_mrtdump();
  config::Loaded read(const std::string& file);
  void tell(const config::Loaded& loaded, ctl::ConfigureAnswer& answer) const;
  /// A configuration that was checked, and how it differs from the one that ran then. confgen renames the files that it had
  /// checked into place and says `configure`: the same text is not read and compared twice.
  struct Checked {
    config::Loaded loaded;
    config::ConfigPtr running;
    config::Changes changes;
  };
  void tidy_later();
  ctl::ConfigureAnswer configure(const ctl::ConfigureRequest& request);
  ctl::ConfigureAnswer load_and_apply(const ctl::ConfigureRequest& request, const std::string& reason);
  ctl::ConfigureAnswer undo(std::uint32_t generation);
  ctl::ConfigureAnswer confirm();
  ctl::ConfigureAnswer configuration_status() const;
  void arm_undo(int timeout_seconds);
  void reload_by_signal();
  session::BgpOptions with_router_id(session::BgpOptions options) const;
  /// The configured one, else taken from the interfaces (those of `router id from`); 0 if there is none.
  std::uint32_t choose_router_id(const config::Config& config) const;

  // ---- operators' commands (commands.cpp)
  ctl::Context make_context();
  bool set_enabled(const rib::Protocol& protocol, bool enabled, const std::string& message);
  ctl::Context::Row enable(const std::string& name);
  ctl::Context::Row disable(const std::string& name, const std::string& message);
  ctl::Context::Row restart(const std::string& name, const std::string& message);
  ctl::Context::Row reload(const std::string& name, bool in, bool out);
  void shut_down(bool graceful);
  void wait_for_signals();

  DaemonOptions options_;
  observe::Log& log_;
  observe::FilterErrors filter_errors_;
  boost::asio::io_context io_{1};
  rib::Rib rib_;
  announce::Announcer announcer_{rib_};
  observe::SessionDump session_dump_{log_};
  bfd::Bfd bfd_{io_, rib_, log_};
  session::Speaker speaker_{io_, rib_, announcer_, log_, &bfd_};
  kernel::Kernel kernel_{io_, rib_, log_};
  std::map<std::string, std::unique_ptr<rib::StaticRoutes>> statics_;
  std::map<std::string, std::unique_ptr<rib::Pipe>> pipes_;
  loop::RealTime time_{io_};
  observe::MrtProtocols mrt_{time_.timers(), rib_, log_, [this] { return dump_scene(); }};
  rpki::Caches caches_{io_, rib_, log_};
  observe::BmpProtocols bmp_{{io_, time_.timers(), rib_, speaker_, log_, std::chrono::system_clock::now(), "", [this] { wake(); }}};
  std::unique_ptr<ctl::Server> server_;

  config::ConfigPtr config_;
  bool can_undo_ = false;  ///< `configure undo` goes back to the last but one of the history
  std::optional<Checked> checked_;
  ConfigHistory history_;
  std::uint32_t router_id_ = 0;
  boost::asio::steady_timer undo_timer_{io_}, tidy_timer_{io_};
  bool undo_armed_ = false;
  std::chrono::system_clock::time_point started_, reconfigured_;
  std::chrono::steady_clock::time_point start_tick_;

  bool turn_pending_ = false;
  std::chrono::steady_clock::time_point next_turn_;
  boost::asio::steady_timer turn_timer_{io_}, tick_timer_{io_}, down_timer_{io_};
  bool shutting_down_ = false;

  struct Signals;
  std::unique_ptr<Signals> signals_;
};

}  // namespace avocet
