#include "bgpd/observe/mrt_protocols.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "bgpd/rib/trace.hpp"

namespace avocet::observe {

struct MrtProtocols::Instance {
  Instance(loop::TimerQueue& timers, MrtOptions options_, std::function<void()> due)
      : options(std::move(options_)), protocol(std::make_shared<rib::Protocol>()), timer(timers, std::move(due)) {}
  MrtOptions options;
  std::shared_ptr<rib::Protocol> protocol;
  loop::Timer timer;
};

/// The protocol may be gone before its dump.
struct MrtProtocols::Running {
  std::weak_ptr<rib::Protocol> protocol;
  std::string where;
  std::unique_ptr<TableDump> dump;
};

MrtProtocols::MrtProtocols(loop::TimerQueue& timers, rib::Rib& rib, Log& log, std::function<DumpScene()> scene)
    : timers_(timers), rib_(rib), log_(log), scene_(std::move(scene)) {}
MrtProtocols::~MrtProtocols() = default;

MrtProtocols::Instance* MrtProtocols::find(const std::string& name) {
  auto at = instances_.find(name);
  return at == instances_.end() ? nullptr : at->second.get();
}

void MrtProtocols::add(MrtOptions options) {
  auto name = options.protocol.name;
  auto instance = std::make_unique<Instance>(timers_, std::move(options), [this, name] {
    if (auto* due = find(name)) begin(*due);
  });
  instance->protocol->options = instance->options.protocol;
  instance->protocol->kind = rib::ProtocolKind::mrt;
  instance->protocol->since = std::chrono::system_clock::now();
  rib_.add_protocol(instance->protocol);
  bool disabled = instance->options.protocol.disabled;
  instances_[name] = std::move(instance);
  if (!disabled) enable(name);
}

void MrtProtocols::remove(const std::string& name) {
  auto* instance = find(name);
  if (!instance) return;
  rib_.remove_protocol(*instance->protocol);
  instances_.erase(name);
}

void MrtProtocols::retune(MrtOptions options) {
  auto* instance = find(options.protocol.name);
  if (!instance) return;
  auto& timer = instance->timer;
  if (timer.running() && options.period != instance->options.period) {
    auto left = timer.left() + std::chrono::seconds(options.period) - std::chrono::seconds(instance->options.period);
    timer.start(std::max(left, loop::Duration::zero()));
  }
  instance->options = std::move(options);
}

bool MrtProtocols::enable(const std::string& name) {
  auto* instance = find(name);
  if (!instance || instance->protocol->state == rib::ProtocolState::up) return false;
  rib_.set_state(*instance->protocol, rib::ProtocolState::up, std::chrono::system_clock::now());
  instance->timer.start(std::chrono::seconds(instance->options.period));
  return true;
}

bool MrtProtocols::disable(const std::string& name) {
  auto* instance = find(name);
  if (!instance || instance->protocol->state != rib::ProtocolState::up) return false;
  instance->timer.stop();
  bool busy = std::ranges::any_of(running_, [&](auto& one) { return one->protocol.lock() == instance->protocol; });
  rib_.set_state(*instance->protocol, busy ? rib::ProtocolState::stop : rib::ProtocolState::down,
                 std::chrono::system_clock::now());
  return true;
}

void MrtProtocols::begin(Instance& instance) {
  instance.timer.start(std::chrono::seconds(instance.options.period));
  auto where = "mrt " + instance.options.protocol.name;
  if (std::ranges::any_of(running_, [&](auto& one) { return one->protocol.lock() == instance.protocol; }))
    return log_.warn(where, fmt::format("the table dump before is still at work: this one is left out period={}s",
                                        instance.options.period));
  rib::trace_protocol(rib_, *instance.protocol, rib::debug::events, "table dump begins");
  auto running = std::make_unique<Running>();
  running->protocol = instance.protocol;
  running->where = where;
  running->dump = std::make_unique<TableDump>(
      scene_(), instance.options, [this, where](const std::string& problem) { log_.error(where, problem); },
      [this](const std::string& line) { log_.info("", line); });
  running_.push_back(std::move(running));
  if (on_work) on_work();
}

void MrtProtocols::done(Running& running) {
  auto protocol = running.protocol.lock();
  if (!protocol) return;
  rib::trace_protocol(rib_, *protocol, rib::debug::events,
                      fmt::format("table dump done routes={}", running.dump->routes()));
  if (protocol->state == rib::ProtocolState::stop)
    rib_.set_state(*protocol, rib::ProtocolState::down, std::chrono::system_clock::now());
}

bool MrtProtocols::work(std::chrono::nanoseconds budget) {
  if (running_.empty()) return false;
  // One after the other: the first to come is the first to be done, and a file is written without long pauses.
  auto& first = *running_.front();
  if (!first.dump->step(budget)) return true;
  done(first);
  running_.erase(running_.begin());
  return !running_.empty();
}

void MrtProtocols::shutdown() {
  for (auto& one : running_)
    log_.warn(one->where,
              fmt::format("the table dump ends early: the daemon shuts down routes={}", one->dump->routes()));
  running_.clear();
  for (auto& [name, instance] : instances_) instance->timer.stop();
}

}  // namespace avocet::observe
