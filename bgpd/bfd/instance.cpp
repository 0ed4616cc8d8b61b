#include "bgpd/bfd/instance.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "bgpd/kernel/direct.hpp"
#include "bgpd/observe/log.hpp"

namespace avocet::bfd {
namespace {

using namespace std::chrono_literals;
using proto::Family;

constexpr auto reopen_after = 5s;
constexpr auto shortest_goodbye = 3s, longest_goodbye = 10s;  // AdminDown goes out once a second, and packets get lost
constexpr auto refusals_every = 1s;

std::int64_t time_of_day() {
  return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

const char* diagnostic_text(std::uint8_t diagnostic) {
  static constexpr const char* names[] = {"",
                                          "time expired",
                                          "echo failed",
                                          "the neighbor said so",
                                          "forwarding plane reset",
                                          "path down",
                                          "concatenated path down",
                                          "administratively down",
                                          "reverse concatenated path down"};
  return diagnostic < std::size(names) ? names[diagnostic] : "unknown";
}

}  // namespace

Watched::Watched(Instance& owner, Target target, std::uint32_t discriminator, const SessionOptions& options, Hub& hub)
    : owner(owner),
      target(std::move(target)),
      session(discriminator, options, hub.random),
      authentication(hub.random()),
      transmit(hub.timers,
               [this, &owner, &hub] {
                 owner.send(*this, false);
                 session.transmitted(hub.timers.now());
                 owner.arm(*this);
               }),
      detect(hub.timers, [this, &owner] { owner.expired(*this); }),
      goodbye(hub.timers, [&owner, discriminator] { owner.forget(discriminator); }),
      since(std::chrono::system_clock::now()) {
  authentication.configure(options);
}

Instance::Instance(Hub& hub, std::shared_ptr<rib::Protocol> protocol, BfdOptions options)
    : hub_(hub),
      protocol_(std::move(protocol)),
      options_(std::move(options)),
      reopen_(hub.timers, [this] { open_receivers(); }) {}

Instance::~Instance() = default;

void Instance::trace(std::uint32_t bit, const std::string& text) const {
  if (protocol_->options.debug & bit) hub_.log.trace(where(), text);
}

// ---- coming and going

void Instance::enable() {
  enabled_ = true;
  hub_.rib.set_state(*protocol_, rib::ProtocolState::up, std::chrono::system_clock::now());
  open_receivers();
  watch_neighbors();
}

void Instance::disable() {
  enabled_ = false;
  hub_.rib.set_state(*protocol_, rib::ProtocolState::down, std::chrono::system_clock::now());
  standing_.clear();
  detach_all();
  open_receivers();
}

void Instance::say_goodbye() {
  for (auto& [id, watched] : by_discriminator_) {
    after(*watched, watched->session.administer(true, hub_.timers.now()));
    arm(*watched);
  }
}

/// Wishes that are not met here any more look elsewhere.
void Instance::detach_all() {
  std::vector<Request*> homeless;
  for (auto& [id, watched] : by_discriminator_) {
    if (enabled_ && accepts(watched->target)) continue;
    bool was_wanted = !watched->requests.empty();
    homeless.insert(homeless.end(), watched->requests.begin(), watched->requests.end());
    for (auto* request : watched->requests) request->session_ = nullptr;
    watched->requests.clear();
    if (was_wanted) leave(*watched);
  }
  for (auto* request : homeless) hub_.submit(*request);
}

void Instance::retune(BfdOptions options) {
  options_ = std::move(options);
  if (!enabled_) return;
  detach_all();
  for (auto& [id, watched] : by_discriminator_)
    if (!watched->requests.empty()) configure(*watched);
  open_receivers();
  watch_neighbors();
}

void Instance::interfaces_changed() {
  if (!enabled_) return;
  watch_neighbors();
  for (auto& [id, watched] : by_discriminator_) {
    if (!watched->target.ifindex) continue;
    auto* interface = hub_.rib.interfaces().find(watched->target.ifindex);
    if (interface && interface->name != watched->interface) {
      watched->interface = interface->name;
      watched->sender.close();
      configure(*watched);
    }
  }
}

/// Sessions that the configuration itself wants.
void Instance::watch_neighbors() {
  std::erase_if(standing_, [&](auto& one) {
    return std::find(options_.neighbors.begin(), options_.neighbors.end(), one.neighbor) == options_.neighbors.end();
  });
  auto& interfaces = hub_.rib.interfaces();
  for (auto& neighbor : options_.neighbors) {
    auto at = std::find_if(standing_.begin(), standing_.end(), [&](auto& one) { return one.neighbor == neighbor; });
    if (at == standing_.end()) at = standing_.insert(standing_.end(), {neighbor, nullptr});
    Target target{neighbor.address, neighbor.local, 0};
    if (!neighbor.multihop) {
      auto* named = neighbor.interface.empty() ? nullptr : interfaces.find(neighbor.interface);
      auto* interface = neighbor.interface.empty() || named
                            ? interfaces.neighbor(neighbor.address, named ? named->index : 0)
                            : nullptr;
      if (!interface || (named && interface != named)) {
        if (at->request)
          trace(rib::debug::events, fmt::format("waiting for {} to become a neighbor", neighbor.address.text()));
        at->request.reset();
        continue;
      }
      target.ifindex = interface->index;
    }
    if (at->request && at->request->target() == target) continue;
    at->request.reset();
    at->request = hub_.request(target, {}, {});
  }
}

// ---- sessions and who wants them

bool Instance::accepts(const Target& target) const {
  bool family = target.neighbor.is_v4() ? options_.accept_ipv4 : options_.accept_ipv6;
  return family && (target.ifindex ? options_.accept_direct : options_.accept_multihop);
}

Watched* Instance::find(const Target& target) {
  auto [from, to] = by_peer_.equal_range({target.neighbor, target.ifindex});
  for (auto at = from; at != to; ++at)
    if (target.local.is_unspecified() || at->second->target.local == target.local) return at->second;
  return nullptr;
}

bool Instance::take(Request& request) {
  if (!enabled_ || !accepts(request.target_)) return false;
  auto* watched = find(request.target_);
  if (!watched) watched = &add(request);
  watched->requests.push_back(&request);
  request.session_ = watched;
  request.state_ = watched->session.state();
  if (watched->requests.size() == 1 && watched->session.state() == BfdState::admin_down) {
    // It was saying goodbye.
    watched->goodbye.stop();
    after(*watched, watched->session.administer(false, hub_.timers.now()));
  }
  configure(*watched);
  if (options_.strict_bind) open_receivers();
  return true;
}

Watched& Instance::add(Request& first) {
  auto& target = first.target_;
  std::uint32_t discriminator;
  do discriminator = hub_.random();
  while (discriminator == 0 || by_discriminator_.contains(discriminator));
  auto complete = target;
  auto* interface = target.ifindex ? hub_.rib.interfaces().find(target.ifindex) : nullptr;
  if (interface && target.local.is_unspecified())
    complete.local = hub_.rib.interfaces().local_towards(*interface, target.neighbor).value_or(proto::Address());
  auto made = std::make_unique<Watched>(*this, complete, discriminator, options_of(target, {&first}), hub_);
  auto& watched = *made;
  if (interface) watched.interface = interface->name;
  by_discriminator_.emplace(discriminator, std::move(made));
  by_peer_.emplace(Peer{target.neighbor, target.ifindex}, &watched);
  trace(rib::debug::events, fmt::format("session to {} added", target.neighbor.text()));
  watched.session.start(hub_.timers.now());
  arm(watched);
  return watched;
}

void Instance::drop(Request& request) {
  auto& watched = *std::exchange(request.session_, nullptr);
  std::erase(watched.requests, &request);
  if (watched.requests.empty())
    leave(watched);
  else
    configure(watched);
}

void Instance::silence(const Target& target) {
  auto* watched = find({target.neighbor, {}, target.ifindex});
  if (watched && watched->requests.empty()) forget(watched->session.discriminator());
}

/// RFC 5880 section 6.8.16: the neighbour shall know that this is no failure.
void Instance::leave(Watched& watched) {
  bool heard = watched.session.remote_discriminator() != 0;
  after(watched, watched.session.administer(true, hub_.timers.now()));
  arm(watched);
  if (!heard) {
    hub_.post([this, alive = std::weak_ptr(alive_), discriminator = watched.session.discriminator()] {
      if (alive.expired()) return;
      auto at = by_discriminator_.find(discriminator);
      if (at != by_discriminator_.end() && at->second->requests.empty()) forget(discriminator);
    });
    return;
  }
  auto theirs =
      std::chrono::microseconds(std::uint64_t{watched.session.transmit_interval()} * watched.session.multiplier());
  watched.goodbye.start(std::clamp<loop::Duration>(theirs, shortest_goodbye, longest_goodbye));
}

void Instance::forget(std::uint32_t discriminator) {
  auto at = by_discriminator_.find(discriminator);
  if (at == by_discriminator_.end()) return;
  auto* watched = at->second.get();
  trace(rib::debug::events, fmt::format("session to {} removed", watched->target.neighbor.text()));
  auto [from, to] = by_peer_.equal_range({watched->target.neighbor, watched->target.ifindex});
  auto entry = std::find_if(from, to, [&](auto& one) { return one.second == watched; });
  if (entry != to) by_peer_.erase(entry);
  by_discriminator_.erase(at);
  if (options_.strict_bind) open_receivers();
}

/// Of the interface, and what those who want the session say: each value as the first has it that has one.
SessionOptions Instance::options_of(const Target& target, const std::vector<Request*>& requests) const {
  SessionOptions options = target.ifindex ? SessionOptions() : options_.multihop;
  auto* interface = target.ifindex ? hub_.rib.interfaces().find(target.ifindex) : nullptr;
  if (interface)
    for (auto& one : options_.interfaces)
      if (kernel::interface_matches({one.patterns}, *interface, nullptr)) {
        options = one.session;
        break;
      }
  for (auto request = requests.rbegin(); request != requests.rend(); ++request) {
    auto& wish = (*request)->options_;
    options.min_rx = wish.min_rx.value_or(options.min_rx);
    options.min_tx = wish.min_tx.value_or(options.min_tx);
    options.idle_tx = wish.idle_tx.value_or(options.idle_tx);
    options.multiplier = wish.multiplier.value_or(options.multiplier);
    options.passive = wish.passive.value_or(options.passive);
    options.authentication = wish.authentication.value_or(options.authentication);
    if (!wish.keys.empty()) options.keys = wish.keys;
  }
  return options;
}

void Instance::configure(Watched& watched) {
  auto options = options_of(watched.target, watched.requests);
  if (options == watched.session.options()) return;
  watched.authentication.configure(options);
  watched.session.configure(options, hub_.timers.now());
  trace(rib::debug::events, fmt::format("session to {} reconfigured", watched.target.neighbor.text()));
  arm(watched);
}

// ---- sockets

std::vector<Receiver::Place> Instance::places() const {
  std::vector<Receiver::Place> wanted;
  if (!enabled_) return wanted;
  if (options_.strict_bind) {
    for (auto& [id, watched] : by_discriminator_)
      wanted.push_back({watched->target.neighbor.family(), !watched->target.ifindex, watched->target.local,
                        watched->interface, options_.zero_udp6_checksum_rx});
    return wanted;
  }
  for (auto [family, accepted] :
       {std::pair(Family::ipv4, options_.accept_ipv4), std::pair(Family::ipv6, options_.accept_ipv6)}) {
    if (accepted && options_.accept_direct) wanted.push_back({family, false, {}, {}, options_.zero_udp6_checksum_rx});
    if (accepted && options_.accept_multihop) wanted.push_back({family, true, {}, {}, options_.zero_udp6_checksum_rx});
  }
  return wanted;
}

/// Opens what is missing and closes what is not wanted any more; what cannot be bound is tried again.
void Instance::open_receivers() {
  auto wanted = places();
  auto is_wanted = [&](auto& entry) { return std::find(wanted.begin(), wanted.end(), entry.first) != wanted.end(); };
  std::erase_if(receivers_, [&](auto& entry) { return !is_wanted(entry); });
  std::erase_if(unopened_, [&](auto& entry) { return !is_wanted(entry); });
  for (auto& place : wanted) {
    if (receivers_.contains(place)) continue;
    auto receiver =
        std::make_unique<Receiver>(hub_.io, place, [this](const Datagram& datagram) { received(datagram); });
    if (int error = receiver->open()) {
      if (std::exchange(unopened_[place], error) != error)
        hub_.log.error(where(), fmt::format("cannot receive: {} family={} port={} address={}", std::strerror(error),
                                            proto::family_name(place.family), place.multihop ? "multihop" : "direct",
                                            place.address.text()));
      continue;
    }
    unopened_.erase(place);
    receivers_.emplace(place, std::move(receiver));
  }
  if (unopened_.empty())
    reopen_.stop();
  else
    reopen_.start(reopen_after);
}

void Instance::send(Watched& watched, bool final) {
  auto signing = watched.authentication.sign(
      std::chrono::duration_cast<std::chrono::seconds>(hub_.timers.now().time_since_epoch()).count(), time_of_day());
  if (!signing) {
    if (std::exchange(watched.send_error, -1) != -1)
      hub_.log.error(where(), fmt::format("no password holds now for packets to {}", watched.target.neighbor.text()));
    return;
  }
  auto packet = watched.session.packet(final);
  proto::encode_bfd(packet, *signing, out_);
  if (protocol_->options.debug & rib::debug::packets)
    trace(rib::debug::packets,
          fmt::format("sending CTL to {} {}", watched.target.neighbor.text(), proto::bfd_flags_text(packet)));
  int error = watched.sender.send(out_, watched.target.neighbor, watched.target.local, watched.interface,
                                  watched.target.ifindex);
  if (std::exchange(watched.send_error, error) == error || error == 0) return;
  hub_.log.warn(where(), fmt::format("cannot send: {} neighbor={} local={}", std::strerror(error),
                                     watched.target.neighbor.text(), watched.target.local.text()));
}

void Instance::refused(const Datagram& datagram, const proto::BfdError& error) {
  auto now = std::chrono::steady_clock::now();
  if (now - refusal_told_ < refusals_every) {
    ++refusals_untold_;
    return;
  }
  refusal_told_ = now;
  auto more = std::exchange(refusals_untold_, 0);
  hub_.log.remote(where(), fmt::format("packet refused: {} ({}) from={}{}", error.what, error.value,
                                       datagram.from.text(), more ? fmt::format(" more_before={}", more) : ""));
}

/// By our discriminator, or by addresses and interface while the neighbour does not know it (RFC 5880 section 6.3).
Watched* Instance::addressee(const Datagram& datagram, const proto::BfdPacket& packet, proto::BfdError& error) {
  if (packet.your_discriminator) {
    auto at = by_discriminator_.find(packet.your_discriminator);
    // A direct session's packet cannot come to the other port, where nobody looks at hop limits.
    if (at != by_discriminator_.end() && (at->second->target.ifindex == 0) == datagram.multihop)
      return at->second.get();
    error = {"unknown session id", packet.your_discriminator};
    return nullptr;
  }
  auto [from, to] = by_peer_.equal_range({datagram.from, datagram.multihop ? 0 : datagram.ifindex});
  Watched* found = nullptr;
  for (auto at = from; at != to; ++at)
    if (!found || at->second->target.local == datagram.to) found = at->second;
  if (found && found->session.state() == BfdState::up &&
      packet.my_discriminator != found->session.remote_discriminator()) {
    error = {"mismatched remote id", packet.my_discriminator};
    return nullptr;
  }
  return found;
}

void Instance::received(const Datagram& datagram) {
  constexpr int direct_hop_limit = 255;  // RFC 5881 section 5
  if (!datagram.multihop && datagram.hop_limit != direct_hop_limit)
    return refused(datagram, {"wrong TTL", static_cast<std::uint32_t>(datagram.hop_limit)});
  auto packet = proto::decode_bfd(datagram.bytes);
  if (!packet) return refused(datagram, packet.error());
  proto::BfdError error;
  auto* watched = addressee(datagram, *packet, error);
  if (!watched) {
    if (*error.what) refused(datagram, error);
    return;
  }
  if (auto wrong =
          watched->authentication.refuse(datagram.bytes, *packet, watched->session.multiplier(), time_of_day()))
    return refused(datagram, *wrong);
  if (protocol_->options.debug & rib::debug::packets)
    trace(rib::debug::packets,
          fmt::format("CTL received from {} {}", datagram.from.text(), proto::bfd_flags_text(*packet)));
  auto outcome = watched->session.received(*packet, hub_.timers.now());
  if (outcome.answer) send(*watched, true);
  after(*watched, outcome);
  arm(*watched);
}

void Instance::expired(Watched& watched) {
  // When we were late ourselves, what the neighbour sent in time is still in the sockets.
  constexpr std::size_t all = 1 << 16;
  for (auto& [place, receiver] : receivers_) receiver->read(all);
  auto now = hub_.timers.now();
  if (auto at = watched.session.expires_at(); at && *at > now) return arm(watched);
  trace(rib::debug::events, fmt::format("session to {} expired", watched.target.neighbor.text()));
  watched.authentication.forget_sequence();
  after(watched, watched.session.expired(now));
  arm(watched);
}

void Instance::arm(Watched& watched) {
  auto now = hub_.timers.now();
  auto set = [now](loop::Timer& timer, std::optional<loop::TimePoint> at) {
    if (at)
      timer.start(std::max(*at - now, loop::Duration::zero()));
    else
      timer.stop();
  };
  set(watched.transmit, watched.session.transmit_at());
  set(watched.detect, watched.session.expires_at());
}

void Instance::after(Watched& watched, const Session::Outcome& outcome) {
  if (!outcome.left) return;
  auto state = watched.session.state();
  auto now = std::chrono::system_clock::now();
  auto lasted = std::chrono::duration<double>(now - std::exchange(watched.since, now)).count();
  trace(rib::debug::events, fmt::format("session to {} changed state from {} to {}", watched.target.neighbor.text(),
                                        proto::bfd_state_name(*outcome.left), proto::bfd_state_name(state)));
  auto neighbor = fmt::format("neighbor={}{}", watched.target.neighbor.text(),
                              watched.interface.empty() ? "" : " interface=" + watched.interface);
  if (state == BfdState::up)
    hub_.log.info(where(), fmt::format("session up {} after={:.1f}s", neighbor, lasted));
  else if (*outcome.left == BfdState::up)
    hub_.log.warn(where(), fmt::format("session down: {} {} after={:.1f}s",
                                       diagnostic_text(watched.session.diagnostic()), neighbor, lasted));
  notify(watched);
}

void Instance::notify(Watched& watched) {
  auto state = watched.session.state(), theirs = watched.session.remote_state();
  for (auto* request : std::vector(watched.requests)) {
    // Telling one may end another.
    if (std::find(watched.requests.begin(), watched.requests.end(), request) == watched.requests.end()) continue;
    auto before = std::exchange(request->state_, state);
    if (before == state || !request->tell_) continue;
    auto tell = request->tell_;  // a copy: whoever is told may end the request
    tell({state, before == BfdState::up && state == BfdState::down && theirs != BfdState::admin_down});
  }
}

std::vector<const Watched*> Instance::sessions() const {
  std::vector<const Watched*> list;
  for (auto& [id, watched] : by_discriminator_)
    if (!watched->requests.empty()) list.push_back(watched.get());
  std::sort(list.begin(), list.end(), [](auto* a, auto* b) {
    return std::tie(a->target.neighbor, a->interface, a->target.local) <
           std::tie(b->target.neighbor, b->interface, b->target.local);
  });
  return list;
}

}  // namespace avocet::bfd
