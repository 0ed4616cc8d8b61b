#include "bgpd/session/speaker.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <map>
#include <unordered_map>

#include "bgpd/loop/real_time.hpp"
#include "bgpd/observe/log.hpp"
#include "bgpd/session/listener.hpp"
#include "bgpd/session/peer.hpp"

namespace avocet::session {

struct Speaker::State {
  State(boost::asio::io_context& io, rib::Rib& rib, announce::Announcer& announcer, observe::Log& log, bfd::Bfd* bfd)
      : time(io),
        bench{.io = io,
              .timers = time.timers(),
              .rib = rib,
              .announcer = announcer,
              .log = log,
              .bfd = bfd,
              .post = [this, &io](std::function<void()> call) {
                boost::asio::post(io, [alive = std::weak_ptr(alive), call = std::move(call)] {
                  if (!alive.expired()) call();
                });
              }},
        listeners(bench, [this](int fd, const Endpoint& remote, const Endpoint& local) { accepted(fd, remote, local); },
                  [this](Listener& listener) { set_keys(listener); }),
        recovery_limit(bench.timers, [this] { end_recovery("time is over"); }),
        shutdown_limit(bench.timers, [this] { shutdown_finished(true); }) {
    bench.read_buffer.resize(2 * 64 * 1024);  // a part of the largest message, and what is read at once
    rib.on_caught_up = [this, weak = std::weak_ptr(alive)] {
      if (weak.expired()) return;
      for (auto& read_on : std::exchange(bench.paused_readers, {})) read_on();
    };
    rib.on_interfaces([this, weak = std::weak_ptr(alive)] {
      if (weak.expired()) return;
      for (auto& [name, peer] : peers) peer->interfaces_changed();
    });
  }

  Peer* find(const std::string& name) {
    auto found = peers.find(name);
    return found == peers.end() ? nullptr : found->second.get();
  }

  Peer& add(BgpOptions options) {
    auto name = options.protocol.name;
    PeerHooks hooks;
    hooks.recovery_progress = [this] { check_recovery(); };
    hooks.stopped = [this] { collect(); };
    hooks.quiet = [this, name] { forget_dynamic(name); };
    auto peer = std::make_unique<Peer>(bench, std::move(options), std::move(hooks));
    auto& added = *peer;
    peers.emplace(name, std::move(peer));
    index(added, true);
    return added;
  }

  /// Keeps `by_address`, `ranges` and the keys on listening sockets in step with an instance.
  void index(Peer& peer, bool present) {
    auto& options = peer.options();
    if (options.range) {
      if (present)
        ranges.push_back(&peer);
      else
        std::erase(ranges, &peer);
    } else if (present) {
      by_address.emplace(options.remote_address, &peer);
    } else {
      auto [from, to] = by_address.equal_range(options.remote_address);
      for (auto i = from; i != to; ++i)
        if (i->second == &peer) {
          by_address.erase(i);
          break;
        }
    }
    if (!options.password.empty())
      listeners.for_each([&](Listener& listener) { set_key(listener, peer, present ? options.password : ""); });
  }

  void set_keys(Listener& listener) {
    for (auto& [name, peer] : peers)
      if (!peer->options().password.empty()) set_key(listener, *peer, peer->options().password);
  }

  void set_key(Listener& listener, Peer& peer, const std::string& password) {
    auto& options = peer.options();
    auto neighbors = options.range.value_or(
        proto::Prefix::make(options.remote_address, proto::max_length_bits(options.remote_address.family())));
    if (neighbors.family != listener.family()) return;
    if (int error = set_md5(listener.fd(), neighbors, peer.scope(), password))
      bench.log.error("bgp " + options.protocol.name,
                      fmt::format("password not set on the listening socket: {}", std::strerror(error)));
  }

  void accepted(int fd, const Endpoint& remote, const Endpoint& local) {
    auto* peer = match(remote, local);
    if (!peer) {
      bench.log.warn("listener", fmt::format("connection from an unknown peer refused peer={} port={} local={}",
                                             remote.address.text(), remote.port, local.address.text()));
      ::close(fd);
      return;
    }
    if (peer->options().range) peer = spawn(*peer, remote);
    if (peer->accept(fd)) return;
    ::close(fd);
    forget_dynamic(peer->options().protocol.name);
  }

  static bool fits(const Peer& peer, const Endpoint& remote, const Endpoint& local) {
    auto& options = peer.options();
    if (!options.local_address.is_unspecified() && options.local_address != local.address) return false;
    if (options.strict_bind && options.local_port != local.port) return false;
    return !remote.address.is_link_local() || options.range || peer.scope() == remote.scope;
  }

  Peer* match(const Endpoint& remote, const Endpoint& local) {
    auto [from, to] = by_address.equal_range(remote.address);
    for (auto i = from; i != to; ++i)
      if (fits(*i->second, remote, local)) return i->second;
    for (auto* peer : ranges)
      if (peer->phase() == Phase::running && peer->options().range->contains(remote.address) &&
          fits(*peer, remote, local))
        return peer;
    return nullptr;
  }

  /// An instance for one neighbour of a range, named by `dynamic name` and a number.
  Peer* spawn(Peer& range, const Endpoint& remote) {
    auto options = range.options();
    do {
      options.protocol.name = fmt::format("{}{:0{}}", options.dynamic_name, ++dynamic_number, options.dynamic_name_digits);
    } while (peers.contains(options.protocol.name));
    options.range.reset();
    options.password.clear();  // the range's key is on the listening socket and goes on to accepted ones
    options.remote_address = remote.address;
    options.passive = true;
    if (remote.address.is_link_local())
      if (auto* interface = bench.rib.interfaces().find(remote.scope)) options.interface = interface->name;
    auto name = options.protocol.name;
    auto& peer = add(std::move(options));
    dynamic.emplace(name, range.options().protocol.name);
    peer.start();
    return &peer;
  }

  /// Takes an instance out of sight; it lives on until its last NOTIFICATION is written.
  void remove(const std::string& name, std::uint8_t cease_subcode) {
    auto found = peers.find(name);
    if (found == peers.end()) return;
    auto peer = std::move(found->second);
    peers.erase(found);
    dynamic.erase(name);
    index(*peer, false);
    std::vector<std::string> children;
    for (auto& [child, parent] : dynamic)
      if (parent == name) children.push_back(child);
    for (auto& child : children) remove(child, cease_subcode);
    auto* leaving_peer = peer.get();
    leaving.push_back(std::move(peer));
    leaving_peer->stop(cease_subcode, {});
    collect();
  }

  /// An instance made for one neighbour of a range ends with its connection.
  void forget_dynamic(const std::string& name) {
    if (!dynamic.contains(name)) return;
    bench.post([this, name] {
      auto* peer = find(name);
      if (peer && peer->quiet() && dynamic.contains(name)) remove(name, 0);
    });
  }

  /// Never inside a call from the instance itself: what has ended is forgotten.
  void collect() {
    bench.post([this] {
      std::erase_if(leaving, [](auto& peer) { return peer->phase() == Phase::down; });
      shutdown_finished(false);
    });
  }

  void check_recovery() {
    if (!bench.recovering || std::exchange(recovery_check_posted, true)) return;
    bench.post([this] {
      recovery_check_posted = false;
      if (bench.recovering && waits_for().empty()) end_recovery("all peers that can be reached sent End-of-RIB");
    });
  }

  std::vector<std::string> waits_for() const {
    std::vector<std::string> names;
    if (bench.recovering)
      for (auto& [name, peer] : peers)
        if (peer->holds_up_recovery()) names.push_back(name);
    std::sort(names.begin(), names.end());
    return names;
  }

  void end_recovery(const char* why) {
    if (!bench.recovering) return;
    std::string open;
    for (auto& name : waits_for()) open += (open.empty() ? "" : ",") + name;
    bench.log.info("graceful restart", fmt::format("recovery done: {}{}", why, open.empty() ? "" : " waited_for=" + open));
    bench.recovering = false;
    recovery_limit.stop();
    for (auto& [name, peer] : peers) peer->recovery_done();
    if (auto done = std::exchange(recovery_finished, {})) done();
  }

  void shutdown_finished(bool forced) {
    if (!shutdown_done) return;
    bool all = leaving.empty() && std::all_of(peers.begin(), peers.end(),
                                              [](auto& entry) { return entry.second->phase() == Phase::down; });
    if (!all && !forced) return;
    shutdown_limit.stop();
    std::exchange(shutdown_done, {})();
  }

  std::shared_ptr<int> alive = std::make_shared<int>(0);  // posted calls die with us
  loop::RealTime time;
  Workbench bench;
  std::unordered_map<std::string, std::unique_ptr<Peer>> peers;
  std::vector<std::unique_ptr<Peer>> leaving;
  std::unordered_multimap<proto::Address, Peer*> by_address;
  std::vector<Peer*> ranges;
  std::map<std::string, std::string> dynamic;  // name of a dynamic instance, name of its range
  std::uint32_t dynamic_number = 0;
  Listeners listeners;
  loop::Timer recovery_limit, shutdown_limit;
  std::function<void()> recovery_finished, shutdown_done;
  bool recovery_check_posted = false;
};

Speaker::Speaker(boost::asio::io_context& io, rib::Rib& rib, announce::Announcer& announcer, observe::Log& log, bfd::Bfd* bfd)
    : state_(std::make_unique<State>(io, rib, announcer, log, bfd)) {}
Speaker::~Speaker() = default;

void Speaker::add(BgpOptions options, const std::vector<ListenOptions>& listen) {
  bool disabled = options.protocol.disabled;
  state_->listeners.set(listen);
  auto& peer = state_->add(std::move(options));
  if (disabled) return;
  peer.start();
  auto family = peer.options().range ? peer.options().range->family : peer.options().remote_address.family();
  if (!state_->listeners.listening(family)) peer.nobody_can_connect();
}

void Speaker::remove(const std::string& name, std::uint8_t cease_subcode) { state_->remove(name, cease_subcode); }

void Speaker::retune(const std::string& name, BgpOptions options, Retune what) {
  auto* peer = state_->find(name);
  if (!peer) return;
  auto& old = peer->options();
  bool found_elsewhere = old.remote_address != options.remote_address || old.range != options.range || old.password != options.password;
  if (found_elsewhere) state_->index(*peer, false);
  peer->retune(std::move(options), what);
  if (found_elsewhere) state_->index(*peer, true);
}

void Speaker::rename(const std::string& from, const std::string& to) {
  auto entry = state_->peers.extract(from);
  if (entry.empty()) return;
  entry.key() = to;
  entry.mapped()->rename(to);
  state_->peers.insert(std::move(entry));
}

void Speaker::set_witness(Witness* witness) { state_->bench.witness = witness; }

void Speaker::on_sessions(std::function<void(const rib::Protocol&)> up,
                          std::function<void(const rib::Protocol&, const SessionEnd&)> down) {
  state_->bench.on_session_up = std::move(up);
  state_->bench.on_session_down = std::move(down);
}

std::optional<SessionRecord> Speaker::record(const std::string& name) const {
  auto* peer = state_->find(name);
  return peer ? peer->record() : std::nullopt;
}

void Speaker::set_listen(const std::vector<ListenOptions>& listen) { state_->listeners.set(listen); }

bool Speaker::enable(const std::string& name) {
  auto* peer = state_->find(name);
  if (!peer || peer->phase() != Phase::down) return false;
  peer->start();
  return true;
}

bool Speaker::disable(const std::string& name, const std::string& message) {
  auto* peer = state_->find(name);
  if (!peer || peer->phase() == Phase::down) return false;
  peer->disable(message);
  return true;
}

bool Speaker::restart(const std::string& name, const std::string& message) {
  auto* peer = state_->find(name);
  if (!peer || peer->phase() == Phase::down) return false;
  constexpr std::uint8_t administrative_reset = 4;
  peer->restart(administrative_reset, message);
  return true;
}

bool Speaker::reload(const std::string& name, bool in, bool out) {
  auto* peer = state_->find(name);
  if (!peer || peer->phase() == Phase::down) return false;
  peer->reload(in, out);
  return true;
}

std::optional<SessionStatus> Speaker::status(const std::string& name) const {
  auto* peer = state_->find(name);
  if (!peer) return std::nullopt;
  return peer->status();
}

std::optional<SessionSummary> Speaker::summary(const std::string& name) const {
  auto* peer = state_->find(name);
  if (!peer) return std::nullopt;
  return peer->summary();
}

const BgpOptions* Speaker::options(const std::string& name) const {
  auto* peer = state_->find(name);
  return peer ? &peer->options() : nullptr;
}

const announce::Member* Speaker::member(const std::string& name, proto::Family family) const {
  auto* peer = state_->find(name);
  return peer ? peer->member(family) : nullptr;
}

void Speaker::begin_recovery(std::chrono::seconds wait, std::function<void()> done) {
  state_->bench.recovering = true;
  state_->recovery_finished = std::move(done);
  state_->recovery_limit.start(wait);
  state_->check_recovery();
}

bool Speaker::recovering() const { return state_->bench.recovering; }
std::vector<std::string> Speaker::recovery_waits_for() const { return state_->waits_for(); }

std::uint32_t Speaker::recovery_seconds_left() const {
  return static_cast<std::uint32_t>(std::chrono::ceil<std::chrono::seconds>(state_->recovery_limit.left()).count());
}

void Speaker::shutdown(bool graceful, std::chrono::milliseconds limit, std::function<void()> done) {
  auto& state = *state_;
  state.shutdown_done = std::move(done);
  state.shutdown_limit.start(limit);
  state.listeners.set({});
  constexpr std::uint8_t administrative_shutdown = 2;
  for (auto& [name, peer] : state.peers) {
    if (graceful) peer->close_for_restart();
    peer->stop(administrative_shutdown, {});
  }
  state.collect();
}

}  // namespace avocet::session
