#include "bgpd/daemon.hpp"

#include <algorithm>
#include <array>

#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <fmt/format.h>
#include <unistd.h>

namespace avocet {
namespace {

using namespace std::chrono_literals;

// One turn: after this long, sockets and timers are looked at again (design: longest slice 5 ms).
constexpr auto room_budget = 1ms;
// Under load a turn waits this many times the duration of the last one, so that changes share UPDATEs and one writev
// serves many of them; never longer than `max_hold`. When all is quiet a turn follows at once.
constexpr int hold_factor = 3;
constexpr auto quiet = 300us;
constexpr auto max_hold = 20ms;
constexpr auto shutdown_limit = 3s;
/// The configured one, else the system's.
std::string host_name(const config::Config& config) {
  std::array<char, 256> name{};
  bool known = ::gethostname(name.data(), name.size() - 1) == 0;
  return !config.hostname.empty() ? config.hostname : known ? name.data() : "";
}

constexpr auto limit_restart = 1s;  // routes that pass a limit again at once must not keep us busy

}  // namespace

struct Daemon::Signals {
  explicit Signals(boost::asio::io_context& io) : set(io, SIGHUP, SIGTERM, SIGINT) {}
  boost::asio::signal_set set;
};

Daemon::Daemon(DaemonOptions options, config::ConfigPtr config, observe::Log& log)
    : options_(std::move(options)), log_(log), config_(std::move(config)), signals_(std::make_unique<Signals>(io_)) {
  rib_.liveness = &bfd_;
  started_ = reconfigured_ = std::chrono::system_clock::now();
  history_.add(config_->sources, "start", {});
  start_tick_ = std::chrono::steady_clock::now();
  for (auto on_work : {&rib_.on_work, &announcer_.on_work, &kernel_.on_work, &mrt_.on_work, &session_dump_.on_records}) *on_work = [this] { wake(); };
  speaker_.set_witness(&session_dump_);
  bmp_.set_host_name(host_name(*config_));
  speaker_.on_sessions([this](auto& protocol) { bmp_.session_up(protocol); }, [this](auto&... lost) { bmp_.session_down(lost...); });
  announcer_.on_filter_message = [this](std::string_view text, bool failed, const proto::Prefix& net) {
    if (!failed) return log_.info("", text);
    filter_errors_.add(text, net, "");
    log_.error("filters", fmt::format("{} net={}", text, net.text()));
  };
  rib_.on_limit = [this](const rib::Channel& channel, rib::LimitKind kind, const rib::Limit& limit) {
    limit_reached(channel, kind, limit);
  };
  rib_.on_trace = [this](const rib::Protocol& protocol, std::string_view text) {
    log_.trace(fmt::format("{} {}", rib::log_name(protocol.kind), protocol.options.name), text);
  };
  rib_.on_filter_output = [this](auto&... said) { filter_said(said...); };
}

Daemon::~Daemon() {
  speaker_.on_sessions({}, {});
  server_.reset();
  rib_.on_roa_change = {};
  statics_.clear();
  pipes_.clear();
}

std::string Daemon::start() {
  configure_log(*config_);
  open_mrtdump();
  if (!kernel_.start()) return "cannot read the interfaces over netlink";
  router_id_ = choose_router_id(*config_);
  if (!router_id_)
    return fmt::format("{}: no 'router id' is configured and no interface has an IPv4 address to take one from",
                       config_->file);

  server_ = std::make_unique<ctl::Server>(io_, make_context());
  if (auto reason = server_->listen(options_.socket_path, options_.socket_group); !reason.empty()) return reason;
  open_control_sockets();

  wait_for_signals();
  tick();
  for (auto& table : config_->tables) rib_.add_table(table);
  for (auto& table : config_->roa_tables) rib_.set_roa_table(table);
  for (auto& name : config_->aspa_tables) rib_.add_aspa_table(name);
  rib_.on_roa_change = [this](const std::string& table) { roas_changed(table); };
  speaker_.set_listen(config_->listen);
  if (options_.recover) {
    kernel_.hold_for_recovery(true);
    log_.info("bgpd", fmt::format("graceful-restart recovery begins wait={}s", config_->graceful_restart_wait));
    speaker_.begin_recovery(std::chrono::seconds(config_->graceful_restart_wait), [this] {
      log_.info("bgpd", "graceful-restart recovery ended");
      kernel_.hold_for_recovery(false);
    });
  }
  for (auto& protocol : config_->protocols) add_protocol(protocol);
  auto warnings = options_.warnings ? fmt::format(" warnings={} (bgpd -p tells them)", options_.warnings) : std::string();
  log_.info("bgpd", fmt::format("Started version={} config={} router-id={} protocols={}{}", AVOCET_VERSION, config_->file,
                                proto::quad_text(router_id_), config_->protocols.size(), warnings));
  return {};
}

void Daemon::run() { io_.run(); }

void Daemon::wake() {
  if (std::exchange(turn_pending_, true)) return;
  auto now = std::chrono::steady_clock::now();
  if (now >= next_turn_) {
    boost::asio::post(io_, [this] { turn(); });
    return;
  }
  turn_timer_.expires_at(next_turn_);
  turn_timer_.async_wait([this](auto error) {
    if (!error) turn();
  });
}

void Daemon::turn() {
  turn_pending_ = false;
  auto begin = std::chrono::steady_clock::now();
  rib_.now_seconds = static_cast<std::uint32_t>(std::chrono::duration_cast<std::chrono::seconds>(begin - start_tick_).count());
  bool more = rib_.work(room_budget);
  more |= announcer_.work(room_budget);
  more |= kernel_.work(room_budget);
  more |= mrt_.work(room_budget);
  more |= bmp_.work(room_budget);
  session_dump_.flush();
  auto end = std::chrono::steady_clock::now();
  auto took = end - begin;
  next_turn_ = more || took < quiet ? end : end + std::min<std::chrono::steady_clock::duration>(took * hold_factor, max_hold);
  if (more) wake();
}

void Daemon::tick() {
  rib_.now_seconds = static_cast<std::uint32_t>(
      std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now() - start_tick_).count());
  tick_timer_.expires_after(1s);
  tick_timer_.async_wait([this](auto error) {
    if (!error) tick();
  });
}

/// Of protocols without a peer to tell; sessions see to theirs.
void Daemon::limit_reached(const rib::Channel& channel, rib::LimitKind kind, const rib::Limit& limit) {
  auto protocol = channel.protocol.lock();
  if (!protocol) return;
  auto name = protocol->options.name;
  log_.warn(name, rib::limit_text(kind, limit));
  bool restarts = limit.action == rib::LimitAction::restart;
  if (!restarts && limit.action != rib::LimitAction::disable) return;
  boost::asio::post(io_, [this, name, restarts] {
    (void)disable(name, "route limit exceeded");
    if (!restarts) return;
    auto timer = std::make_shared<boost::asio::steady_timer>(io_, limit_restart);
    timer->async_wait([this, name, timer](auto) { (void)enable(name); });
  });
}

void Daemon::filter_said(const rib::Channel& channel, const proto::Prefix& net, const filter::Verdict& verdict,
                         const std::vector<std::string>& printed) {
  for (auto& line : printed) log_.info("", line);
  if (verdict.outcome != filter::Outcome::error) return;
  auto protocol = channel.protocol.lock();
  auto name = protocol ? protocol->options.name : std::string();
  filter_errors_.add(verdict.error, net, name);
  log_.error("filters", fmt::format("{} net={} protocol={}", verdict.error, net.text(), name));
}

void Daemon::wait_for_signals() {
  signals_->set.async_wait([this](auto error, int signal) {
    if (error) return;
    if (signal == SIGHUP)
      reload_by_signal();
    else
      shut_down(false);
    wait_for_signals();
  });
}

void Daemon::shut_down(bool graceful) {
  if (std::exchange(shutting_down_, true)) return;
  log_.info("bgpd", "Shutting down");
  kernel_.freeze(graceful);
  mrt_.shutdown();
  bfd_.say_goodbye();
  speaker_.shutdown(graceful, shutdown_limit, [this] {
    kernel_.shutdown();
    bmp_.shutdown();  // after it was told that the sessions have ended
    if (server_) server_->close();
    io_.stop();
  });
}

}  // namespace avocet
