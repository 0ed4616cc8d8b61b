/// Configuration as the daemon applies it: first start, `configure` and its relatives, SIGHUP.
#include <algorithm>
#include <iterator>
#include <malloc.h>
#include <string_view>
#include <type_traits>
#include <unordered_map>

#include <fmt/format.h>

#include "bgpd/daemon.hpp"
#include "bgpd/kernel/direct.hpp"
#include "bgpd/rib/feed.hpp"
#include "bgpd/rib/trace.hpp"

namespace avocet {
namespace {

// birdc's reply codes (reference 9.2).
constexpr int reconfigured = 3, nothing_to_do = 19, configuration_ok = 20, confirmed = 18, configuration_error = 8002;
constexpr std::chrono::seconds checked_is_kept{10};  // confgen's `configure` comes some milliseconds after its check
constexpr std::uint8_t cease_deconfigured = 3, cease_configuration_change = 6;

std::shared_ptr<rib::Protocol> registered(rib::Rib& rib, const rib::ProtocolOptions& options, rib::ProtocolKind kind) {
  auto protocol = std::make_shared<rib::Protocol>();
  protocol->options = options;
  protocol->kind = kind;
  protocol->since = std::chrono::system_clock::now();
  rib.add_protocol(protocol);
  return protocol;
}

/// Protocols of a configuration, which has to outlive this, by name.
std::unordered_map<std::string_view, const config::ProtocolConfig*> by_name(const config::Config& config) {
  std::unordered_map<std::string_view, const config::ProtocolConfig*> protocols;
  protocols.reserve(config.protocols.size());
  for (auto& protocol : config.protocols) protocols.emplace(config::common(protocol).name, &protocol);
  return protocols;
}

void append(std::vector<std::string>& list, std::vector<std::string> more) {
  list.insert(list.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

/// Whether the protocols stand where they stood: none came, went or was made anew, and none was written elsewhere.
bool same_order(const config::Config& before, const config::Config& after, const config::Changes& changes) {
  auto stays = [](const config::Change& change) {
    return change.action == config::Change::Action::retune && change.renamed_from.empty();
  };
  auto same_name = [](auto& a, auto& b) { return config::common(a).name == config::common(b).name; };
  return std::ranges::all_of(changes.protocols, stays) && std::ranges::equal(before.protocols, after.protocols, same_name);
}

std::vector<std::string> names_in_order(const config::Config& config) {
  std::vector<std::string> names;
  for (auto& protocol : config.protocols) names.push_back(config::common(protocol).name);
  return names;
}

}  // namespace

session::BgpOptions Daemon::with_router_id(session::BgpOptions options) const {
  if (!options.router_id) options.router_id = router_id_;
  return options;
}

std::uint32_t Daemon::choose_router_id(const config::Config& config) const {
  if (config.router_id.value_or(0)) return *config.router_id;
  if (config.router_id_from.empty()) return rib_.interfaces().pick_router_id();
  rib::Interfaces eligible;
  for (auto interface : rib_.interfaces().list()) {
    std::erase_if(interface.addresses,
                  [&](auto& address) { return !kernel::interface_matches({config.router_id_from}, interface, &address); });
    if (!interface.addresses.empty()) eligible.set(std::move(interface));
  }
  return eligible.pick_router_id();
}

void Daemon::configure_log(const config::Config& config) {
  if (auto problem = log_.configure(config.log, options_.foreground); !problem.empty()) log_.error("config", problem);
}

std::string Daemon::open_mrtdump() {
  auto problem = session_dump_.open(config_->mrtdump_file);
  if (!problem.empty()) log_.error("mrtdump", problem);
  return problem;
}

void Daemon::add_protocol(const config::ProtocolConfig& protocol) {
  std::visit(
      [this](const auto& options) {
        using Options = std::decay_t<decltype(options)>;
        if constexpr (std::is_same_v<Options, kernel::DeviceOptions>) {
          kernel_.add_device(options);
        } else if constexpr (std::is_same_v<Options, kernel::DirectOptions>) {
          kernel_.add_direct(options);
        } else if constexpr (std::is_same_v<Options, kernel::KernelOptions>) {
          kernel_.add_kernel(options);
        } else if constexpr (std::is_same_v<Options, rib::StaticOptions>) {
          auto routes = std::make_unique<rib::StaticRoutes>(
              rib_, registered(rib_, options.protocol, rib::ProtocolKind::static_), options);
          if (!options.protocol.disabled) routes->enable();
          statics_[options.protocol.name] = std::move(routes);
        } else if constexpr (std::is_same_v<Options, rib::PipeOptions>) {
          auto pipe = std::make_unique<rib::Pipe>(rib_, registered(rib_, options.protocol, rib::ProtocolKind::pipe), options);
          if (!options.protocol.disabled) pipe->enable();
          pipes_[options.protocol.name] = std::move(pipe);
        } else if constexpr (std::is_same_v<Options, observe::MrtOptions>) {
          mrt_.add(options);
        } else if constexpr (std::is_same_v<Options, rpki::RpkiOptions>) {
          caches_.add(registered(rib_, options.protocol, rib::ProtocolKind::rpki), options);
        } else if constexpr (std::is_same_v<Options, observe::BmpOptions>) {
          bmp_.add(options);
        } else if constexpr (std::is_same_v<Options, bfd::BfdOptions>) {
          bfd_.add(options);
        } else {
          speaker_.add(with_router_id(options), config_->listen);
        }
      },
      protocol);
}

void Daemon::remove_protocol(const std::string& name, std::uint8_t cease_subcode) {
  auto protocol = rib_.find_protocol(name);
  if (!protocol) return;
  switch (protocol->kind) {
    case rib::ProtocolKind::bgp: return speaker_.remove(name, cease_subcode);
    case rib::ProtocolKind::bfd: return bfd_.remove(name);
    case rib::ProtocolKind::static_: statics_.erase(name); break;
    case rib::ProtocolKind::pipe: pipes_.erase(name); break;
    case rib::ProtocolKind::mrt: return mrt_.remove(name);
    case rib::ProtocolKind::rpki: caches_.remove(name); break;
    case rib::ProtocolKind::bmp: return bmp_.remove(name);
    default: return kernel_.remove(name);
  }
  rib_.remove_protocol(*protocol);
}

void Daemon::retune_protocol(const config::ProtocolConfig& protocol, session::Retune what) {
  auto& wanted = config::common(protocol);
  auto instance = rib_.find_protocol(wanted.name);
  bool toggled = instance && instance->options.disabled != wanted.disabled;  // some rooms take over the options themselves
  std::visit(
      [&](const auto& options) {
        using Options = std::decay_t<decltype(options)>;
        auto& name = options.protocol.name;
        if constexpr (std::is_same_v<Options, kernel::DeviceOptions>) {
          kernel_.retune_device(options);
        } else if constexpr (std::is_same_v<Options, kernel::DirectOptions>) {
          kernel_.retune_direct(options);
        } else if constexpr (std::is_same_v<Options, kernel::KernelOptions>) {
          kernel_.retune_kernel(options);
        } else if constexpr (std::is_same_v<Options, rib::StaticOptions>) {
          if (auto at = statics_.find(name); at != statics_.end()) at->second->reconfigure(options);
        } else if constexpr (std::is_same_v<Options, rib::PipeOptions>) {
          if (auto at = pipes_.find(name); at != pipes_.end()) at->second->reconfigure(options);
        } else if constexpr (std::is_same_v<Options, observe::MrtOptions>) {
          mrt_.retune(options);
        } else if constexpr (std::is_same_v<Options, rpki::RpkiOptions>) {
          caches_.retune(options);
        } else if constexpr (std::is_same_v<Options, observe::BmpOptions>) {
          bmp_.retune(options);
        } else if constexpr (std::is_same_v<Options, bfd::BfdOptions>) {
          bfd_.retune(options);
        } else {
          speaker_.retune(name, with_router_id(options), what);
        }
      },
      protocol);
  if (!instance) return;
  instance->options = wanted;
  rib::trace_protocol(rib_, *instance, rib::debug::events, "Reconfigured");
  if (toggled) set_enabled(*instance, !wanted.disabled, "");
}

/// Routes that were judged by these ROAs or ASPAs are judged again, in and out (RFC 6811 section 4).
void Daemon::roas_changed(const std::string& table) {
  std::vector<rib::Table*> fed;
  // Of sessions there may be more than are written: those of a range.
  for (auto& instance : rib_.protocols()) {
    if (instance->kind != rib::ProtocolKind::bgp) continue;
    for (auto& channel : instance->channels) {
      auto& options = channel->options;
      if (!options.rpki_reload) continue;
      if (filter::asks_table(*options.import_filter, table)) channel->refilter_in();
      bool out = filter::asks_table(*options.export_filter, table);
      if (out && std::find(fed.begin(), fed.end(), &channel->table()) == fed.end()) fed.push_back(&channel->table());
    }
  }
  for (auto& protocol : config_->protocols) {
    if (std::holds_alternative<session::BgpOptions>(protocol)) continue;
    session::Retune what;
    config::for_channels(protocol, [&](const rib::ChannelOptions& channel) {
      if (!channel.rpki_reload) return;
      what.refilter_in |= filter::asks_table(*channel.import_filter, table);
      what.refilter_out |= filter::asks_table(*channel.export_filter, table);
    });
    auto& name = config::common(protocol).name;
    auto instance = rib_.find_protocol(name);
    if (!instance) continue;
    if (what.refilter_in)
      for (auto& channel : instance->channels) channel->refilter_in();
    if (!what.refilter_out) continue;
    if (auto pipe = pipes_.find(name); pipe != pipes_.end()) {
      pipe->second->reload(false, true);
    } else {
      kernel_.reload(name, false, true);
    }
  }
  for (auto* table : fed) rib::feed_followers(rib_, *table);  // the groups of like peers look again, once for all of them
}

/// The `cli` sockets. One that cannot be is no reason to stop what runs; it is tried again with the next configuration.
std::vector<std::string> Daemon::open_control_sockets() {
  auto failures = server_->listen_also(config_->control_sockets, options_.socket_group);
  for (auto& reason : failures) log_.error("control", reason);
  return failures;
}

void Daemon::apply(config::ConfigPtr next, const config::Changes& changes, bool soft, const std::string& reason,
                   std::vector<std::string>& words) {
  auto told = config::words(changes, soft);
  history_.add(next->sources, reason, told);
  auto before = std::exchange(config_, next);
  if (changes.log_changed) configure_log(*config_);
  if (changes.router_id_changed) {
    router_id_ = choose_router_id(*config_);
  }
  for (auto& table : changes.tables_added) rib_.add_table(table);
  for (auto& change : changes.protocols)
    if (!change.renamed_from.empty()) speaker_.rename(change.renamed_from, change.protocol);
  for (auto& name : changes.roa_tables_removed) rib_.remove_roa_table(name);
  for (auto& table : changes.roa_tables_set) rib_.set_roa_table(table);
  for (auto& name : changes.aspa_tables_removed) rib_.remove_aspa_table(name);
  for (auto& name : changes.aspa_tables_added) rib_.add_aspa_table(name);
  auto old_protocols = by_name(*before), new_protocols = by_name(*config_);
  // First what goes, so that addresses, ports and tables are free for what comes.
  for (auto& change : changes.protocols) {
    if (change.action == config::Change::Action::remove) remove_protocol(change.protocol, cease_deconfigured);
    bool kind_changed = change.action == config::Change::Action::restart &&
                        old_protocols.at(change.protocol)->index() != new_protocols.at(change.protocol)->index();
    if (kind_changed) remove_protocol(change.protocol, cease_configuration_change);
  }
  if (changes.listen_changed) speaker_.set_listen(config_->listen);
  for (auto& change : changes.protocols) {
    if (change.action == config::Change::Action::remove) continue;
    auto& wanted = *new_protocols.at(change.protocol);
    if (!rib_.find_protocol(change.protocol)) {
      add_protocol(wanted);
      continue;
    }
    if (change.action == config::Change::Action::retune) {
      auto what = change.retune;
      if (soft) what.refilter_in = what.refilter_out = false;
      retune_protocol(wanted, what);
    } else if (std::holds_alternative<session::BgpOptions>(wanted)) {
      retune_protocol(wanted, {.restart = true});
    } else {
      remove_protocol(change.protocol, cease_configuration_change);
      add_protocol(wanted);
    }
  }
  for (auto& name : changes.tables_removed) {
    if (auto* table = rib_.find_table(name)) bmp_.forget_table(*table);
    rib_.remove_table(name);
  }
  if (!same_order(*before, *config_, changes)) rib_.set_protocol_order(names_in_order(*config_));
  rib_.debug_masks_changed();
  append(words, std::move(told));
  append(words, open_control_sockets());
  if (auto problem = open_mrtdump(); !problem.empty()) words.push_back(problem);
  can_undo_ = true;
  reconfigured_ = std::chrono::system_clock::now();
  wake();
}

/// Reads a file, or takes what a check has read just now of the same text.
config::Loaded Daemon::read(const std::string& file) {
  if (checked_ && config::moved_to(checked_->loaded, file)) return checked_->loaded;
  return config::load_file(file, options_.load);
}

/// What is wrong with a configuration, rendered, or its warnings.
void Daemon::tell(const config::Loaded& loaded, ctl::ConfigureAnswer& answer) const {
  auto wanted = loaded.config ? config::Severity::warning : config::Severity::error;
  for (auto& diagnostic : loaded.diagnostics.list()) {
    if (diagnostic.severity != wanted) continue;
    answer.details.push_back(render(diagnostic, *loaded.sources));
    if (!loaded.config && answer.text.empty()) answer.text = render_short(diagnostic, *loaded.sources);
  }
}

ctl::ConfigureAnswer Daemon::load_and_apply(const ctl::ConfigureRequest& request, const std::string& reason) {
  ctl::ConfigureAnswer answer;
  auto loaded = read(request.file.empty() ? options_.config_file : request.file);
  tell(loaded, answer);
  if (loaded.config && !choose_router_id(*loaded.config)) {
    answer.text = "no 'router id' is configured and no interface has an IPv4 address to take one from";
    loaded.config.reset();
  }
  if (!loaded.config) {
    answer.code = configuration_error;
    return answer;
  }
  bool compared = checked_ && checked_->loaded.config == loaded.config && checked_->running == config_;
  auto changes = compared ? std::move(checked_->changes) : config::diff(*config_, *loaded.config);
  if (request.kind == ctl::ConfigureKind::check) {
    append(answer.details, config::words(changes));
    answer.code = configuration_ok;
    answer.text = "Configuration OK";
    checked_ = Checked{std::move(loaded), config_, std::move(changes)};
    tidy_later();
    return answer;
  }
  apply(loaded.config, changes, request.kind == ctl::ConfigureKind::soft, reason, answer.details);
  checked_.reset();
  tidy_later();
  answer.code = reconfigured;
  answer.text = "Reconfigured";
  arm_undo(request.timeout_seconds);
  return answer;
}

/// A while after the last reconfiguration the memory that reading took goes back to the system; at once would make the next one
/// slower, and they come in bursts.
void Daemon::tidy_later() {
  tidy_timer_.expires_after(checked_is_kept);
  tidy_timer_.async_wait([this](auto error) {
    if (error) return;
    checked_.reset();
    ::malloc_trim(0);
  });
}

void Daemon::arm_undo(int timeout_seconds) {
  undo_armed_ = timeout_seconds >= 0;
  undo_timer_.cancel();
  if (!undo_armed_) return;
  undo_timer_.expires_after(std::chrono::seconds(timeout_seconds));
  undo_timer_.async_wait([this](auto error) {
    if (error || !undo_armed_) return;
    log_.warn("config", "Config timeout expired, starting undo: the new configuration was not confirmed in time");
    for (auto& line : undo(0).details) log_.info("config", line);
  });
}

ctl::ConfigureAnswer Daemon::undo(std::uint32_t generation) {
  ctl::ConfigureAnswer answer;
  auto& list = history_.list();
  auto* wanted = generation ? history_.find(generation) : can_undo_ ? &*std::prev(list.end(), 2) : nullptr;
  if (!wanted || wanted == &list.back()) {
    answer.code = nothing_to_do;
    answer.text = "Nothing to do";
    if (generation && !wanted) {
      answer.code = configuration_error;
      answer.text = fmt::format("there is no configuration {}; 'configure history' lists those that are kept", generation);
    }
    return answer;
  }
  undo_armed_ = false;
  undo_timer_.cancel();
  auto target = config::load_again(wanted->sources, options_.load).config;  // it could be run once: there are no errors in it
  apply(target, config::diff(*config_, *target), false, generation ? fmt::format("undo to {}", generation) : "undo",
        answer.details);
  if (!generation) can_undo_ = false;  // as in BIRD, undo without a number goes back one step only
  answer.text = "Reconfigured";
  return answer;
}

ctl::ConfigureAnswer Daemon::confirm() {
  ctl::ConfigureAnswer answer;
  answer.code = undo_armed_ ? confirmed : nothing_to_do;
  answer.text = undo_armed_ ? "Reconfiguration confirmed" : "Nothing to do";
  undo_armed_ = false;
  undo_timer_.cancel();
  return answer;
}

ctl::ConfigureAnswer Daemon::configuration_status() const {
  ctl::ConfigureAnswer answer;
  answer.text = "Daemon is up and running";
  if (undo_armed_) {
    auto left = std::chrono::duration_cast<std::chrono::seconds>(undo_timer_.expiry() - std::chrono::steady_clock::now());
    answer.details.push_back(fmt::format("Configuration unconfirmed, undo in {} s", left.count()));
  }
  return answer;
}

ctl::ConfigureAnswer Daemon::configure(const ctl::ConfigureRequest& request) {
  switch (request.kind) {
    case ctl::ConfigureKind::apply: return load_and_apply(request, "configure");
    case ctl::ConfigureKind::soft: return load_and_apply(request, "configure soft");
    case ctl::ConfigureKind::check: return load_and_apply(request, "");
    case ctl::ConfigureKind::undo: return undo(request.generation);
    case ctl::ConfigureKind::confirm: return confirm();
    case ctl::ConfigureKind::status: return configuration_status();
  }
  return {};
}

void Daemon::reload_by_signal() {
  log_.info("config", fmt::format("reading configuration file={} reason=SIGHUP", options_.config_file));
  auto answer = load_and_apply({}, "SIGHUP");
  if (answer.code == configuration_error) {
    if (answer.details.empty()) log_.error("config", answer.text);
    for (auto& line : answer.details) log_.error("config", line);
    log_.error("config", "the running configuration stays");
    return;
  }
  for (auto& line : answer.details) log_.info("config", line);
  log_.info("config", "reconfigured");
}

}  // namespace avocet
