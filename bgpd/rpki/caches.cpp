#include "bgpd/rpki/caches.hpp"

#include <algorithm>
#include <map>

#include <boost/asio/io_context.hpp>

#include "bgpd/loop/real_time.hpp"

namespace avocet::rpki {
namespace {

/// Tells the filters that a table has changed, when it has been quiet for a while or they have waited for long enough.
struct Settling {
  Settling(loop::TimerQueue& timers, std::function<void()> settled) : timer(timers, std::move(settled)) {}
  loop::Timer timer;
  loop::TimePoint first;  ///< change that is not told yet

  void changed(const rib::SettleTimes& times, loop::TimePoint now) {
    using std::chrono::microseconds;
    if (!timer.running()) first = now;
    auto last = first + std::chrono::duration_cast<loop::Duration>(microseconds(times.most));
    auto quiet = now + std::chrono::duration_cast<loop::Duration>(microseconds(times.least));
    timer.start(std::max(std::min(quiet, last) - now, loop::Duration::zero()));
  }
};

}  // namespace

struct Caches::State {
  State(boost::asio::io_context& io, rib::Rib& rib, observe::Log& log)
      : rib(rib), time(io), bench{io, time.timers(), rib, log, [this](auto& tables) { changed(tables); }, {}} {}

  void changed(const std::vector<std::string>& tables) {
    for (auto& name : tables) {
      auto* roas = std::as_const(rib).find_roa_table(name);
      auto at = settling.find(name);
      if (at == settling.end())
        at = settling.try_emplace(name, time.timers(), [this, name] { rib.attestations_changed(name); }).first;
      at->second.changed(roas ? roas->options().settle : rib::SettleTimes(), time.timers().now());
    }
  }

  Client* find(const std::string& name) const {
    auto at = clients.find(name);
    return at == clients.end() ? nullptr : at->second.get();
  }

  rib::Rib& rib;
  loop::RealTime time;
  std::map<std::string, Settling> settling;  ///< by table
  Bench bench;
  std::map<std::string, std::unique_ptr<Client>> clients;
};

Caches::Caches(boost::asio::io_context& io, rib::Rib& rib, observe::Log& log)
    : state_(std::make_unique<State>(io, rib, log)) {}
Caches::~Caches() = default;

void Caches::add(std::shared_ptr<rib::Protocol> protocol, RpkiOptions options) {
  auto name = options.protocol.name;
  bool disabled = options.protocol.disabled;
  auto client = std::make_unique<Client>(state_->bench, std::move(protocol), std::move(options));
  if (!disabled) client->enable();
  state_->clients[name] = std::move(client);
}

void Caches::remove(const std::string& name) { state_->clients.erase(name); }

void Caches::retune(RpkiOptions options) {
  if (auto* client = state_->find(options.protocol.name)) client->retune(std::move(options));
}

bool Caches::enable(const std::string& name) {
  auto* client = state_->find(name);
  if (!client || client->status().state != rpki::State::down) return false;
  client->enable();
  return true;
}

bool Caches::disable(const std::string& name) {
  auto* client = state_->find(name);
  if (!client || client->status().state == rpki::State::down) return false;
  client->disable();
  return true;
}

bool Caches::reload(const std::string& name) {
  auto* client = state_->find(name);
  if (client) client->query_all();
  return client != nullptr;
}

std::optional<CacheStatus> Caches::status(const std::string& name) const {
  auto* client = state_->find(name);
  return client ? std::optional(client->status()) : std::nullopt;
}

}  // namespace avocet::rpki
