/// What operators ask of protocols over the control socket, whatever room runs them.
#include <fmt/format.h>

#include "bgpd/daemon.hpp"

namespace avocet {
namespace {

// birdc's row codes (reference 9.2).
constexpr int already_disabled = 8, disabled = 9, already_enabled = 10, enabled = 11, restarted = 12, reloading = 15,
              reload_failed = 8006, no_such_protocol = 8003;
ctl::Context::Row row(int code, const std::string& name, const char* text) {
  return {code, fmt::format("{}: {}", name, text)};
}

}  // namespace

bool Daemon::set_enabled(const rib::Protocol& protocol, bool enable, const std::string& message) {
  auto name = protocol.options.name;
  switch (protocol.kind) {
    case rib::ProtocolKind::bgp: return enable ? speaker_.enable(name) : speaker_.disable(name, message);
    case rib::ProtocolKind::bfd: return enable ? bfd_.enable(name) : bfd_.disable(name);
    case rib::ProtocolKind::static_:
    case rib::ProtocolKind::pipe: {
      if ((protocol.state == rib::ProtocolState::up) == enable) return false;
      if (auto routes = statics_.find(name); routes != statics_.end())
        enable ? routes->second->enable() : routes->second->disable();
      if (auto pipe = pipes_.find(name); pipe != pipes_.end()) enable ? pipe->second->enable() : pipe->second->disable();
      return true;
    }
    case rib::ProtocolKind::bmp: return enable ? bmp_.enable(name) : bmp_.disable(name);
    case rib::ProtocolKind::mrt: return enable ? mrt_.enable(name) : mrt_.disable(name);
    case rib::ProtocolKind::rpki: return enable ? caches_.enable(name) : caches_.disable(name);
    default: return enable ? kernel_.enable(name) : kernel_.disable(name);
  }
}

ctl::Context::Row Daemon::enable(const std::string& name) {
  auto protocol = rib_.find_protocol(name);
  if (!protocol) return row(no_such_protocol, name, "no such protocol");
  if (!set_enabled(*protocol, true, "")) return row(already_enabled, name, "already enabled");
  protocol->options.disabled = false;
  protocol->message.clear();
  return row(enabled, name, "enabled");
}

ctl::Context::Row Daemon::disable(const std::string& name, const std::string& message) {
  auto protocol = rib_.find_protocol(name);
  if (!protocol) return row(no_such_protocol, name, "no such protocol");
  if (!set_enabled(*protocol, false, message)) return row(already_disabled, name, "already disabled");
  protocol->options.disabled = true;
  protocol->message = message;
  return row(disabled, name, "disabled");
}

ctl::Context::Row Daemon::restart(const std::string& name, const std::string& message) {
  auto protocol = rib_.find_protocol(name);
  if (!protocol) return row(no_such_protocol, name, "no such protocol");
  if (protocol->options.disabled) return row(already_disabled, name, "already disabled");
  if (protocol->kind == rib::ProtocolKind::bgp) {
    (void)speaker_.restart(name, message);
  } else {
    (void)set_enabled(*protocol, false, message);
    (void)set_enabled(*protocol, true, message);
  }
  return row(restarted, name, "restarted");
}

ctl::Context::Row Daemon::reload(const std::string& name, bool in, bool out) {
  auto protocol = rib_.find_protocol(name);
  if (!protocol) return row(no_such_protocol, name, "no such protocol");
  if (protocol->options.disabled) return row(already_disabled, name, "already disabled");
  if (protocol->state != rib::ProtocolState::up) return {};  // there is nothing to filter again; BIRD is silent too
  bool done = false;
  switch (protocol->kind) {
    case rib::ProtocolKind::bgp: done = speaker_.reload(name, in, out); break;
    case rib::ProtocolKind::bfd: done = true; break;  // it has no routes
    case rib::ProtocolKind::static_:
      for (auto& channel : protocol->channels)
        if (in) channel->refilter_in();
      done = true;
      break;
    case rib::ProtocolKind::pipe:
      if (auto pipe = pipes_.find(name); pipe != pipes_.end()) pipe->second->reload(in, out), done = true;
      break;
    case rib::ProtocolKind::mrt:  // it filters when it dumps
    case rib::ProtocolKind::bmp: done = true; break;
    case rib::ProtocolKind::rpki: done = in && caches_.reload(name); break;
    default: done = kernel_.reload(name, in, out);
  }
  return done ? row(reloading, name, "reloading") : row(reload_failed, name, "reload failed");
}

ctl::Context Daemon::make_context() {
  return ctl::Context{
      .rib = rib_,
      .announcer = announcer_,
      .speaker = speaker_,
      .bfd = bfd_,
      .kernel = kernel_,
      .caches = caches_,
      .log = log_,
      .filter_errors = filter_errors_,
      .config = [this] { return config_; },
      .router_id = [this] { return router_id_; },
      .configure = [this](const ctl::ConfigureRequest& request) { return configure(request); },
      .configurations = [this] {
        std::vector<ctl::Generation> list;
        for (auto& one : history_.list())
          list.push_back({one.number, one.applied, one.sources->name(0), one.reason, one.words});
        return list;
      },
      .static_routes = [this](const std::string& name) -> const rib::StaticRoutes* {
        auto at = statics_.find(name);
        return at == statics_.end() ? nullptr : at->second.get();
      },
      .bmp_status = [this](const std::string& name) { return bmp_.status(name); },
      .enable = [this](const std::string& name, const std::string&) { return enable(name); },
      .disable = [this](const std::string& name, const std::string& message) { return disable(name, message); },
      .restart = [this](const std::string& name, const std::string& message) { return restart(name, message); },
      .reload = [this](const std::string& name, bool in, bool out) { return reload(name, in, out); },
      .down = [this](bool graceful) {
        // The answer goes out first.
        down_timer_.expires_after(std::chrono::milliseconds(50));
        down_timer_.async_wait([this, graceful](auto error) {
          if (!error) shut_down(graceful);
        });
      },
      .set_debug = [this](const std::string& name, std::uint32_t mask) {
        if (auto protocol = rib_.find_protocol(name)) protocol->options.debug = mask;
        rib_.debug_masks_changed();
      },
      .set_mrtdump = [this](const std::string& name, std::uint32_t mask) {
        if (auto protocol = rib_.find_protocol(name)) protocol->options.mrtdump = mask;
      },
      .started = started_,
      .last_reconfiguration = reconfigured_,
      .reconfigured_at = [this] { return reconfigured_; },
      .shutting_down = [this] { return shutting_down_; },
  };
}

}  // namespace avocet
