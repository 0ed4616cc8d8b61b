#include "bgpd/session/peer.hpp"

#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "bgpd/observe/log.hpp"
#include "bgpd/session/auth.hpp"
#include "bgpd/session/collision.hpp"

namespace avocet::session {

namespace {

auto wall_now() { return std::chrono::system_clock::now(); }

/// RFC 9003: one length byte and at most 255 bytes of UTF-8.
std::vector<std::uint8_t> shutdown_data(std::uint8_t subcode, const std::string& message) {
  if (message.empty() || (subcode != 2 && subcode != 4)) return {};
  auto length = std::min<std::size_t>(message.size(), 255);
  while (length < message.size() && length && (static_cast<std::uint8_t>(message[length]) & 0xc0) == 0x80) --length;
  std::vector<std::uint8_t> data{static_cast<std::uint8_t>(length)};
  data.insert(data.end(), message.begin(), message.begin() + static_cast<std::ptrdiff_t>(length));
  return data;
}

double seconds(loop::Duration duration) { return std::chrono::duration<double>(duration).count(); }

}  // namespace

Peer::Peer(Workbench& bench, BgpOptions options, PeerHooks hooks)
    : bench_(bench), options_(std::move(options)), hooks_(std::move(hooks)), protocol_(std::make_shared<rib::Protocol>()) {
  protocol_->options = options_.protocol;
  protocol_->kind = rib::ProtocolKind::bgp;
  protocol_->since = wall_now();
  bench_.rib.add_protocol(protocol_);
  open_channels();
}

Peer::~Peer() {
  close_channels();
  bench_.rib.remove_protocol(*protocol_);
}

void Peer::start() {
  if (phase_ == Phase::stopping) {
    start_after_stop_ = true;
    return;
  }
  if (phase_ != Phase::down) return;
  without_capabilities_ = false;
  options_.protocol.disabled = protocol_->options.disabled = false;
  protocol_->message.clear();
  bench_.rib.set_state(*protocol_, rib::ProtocolState::start, wall_now());
  started_at_ = bench_.timers.now();
  tried_ = attempt_failed_ = false;
  begin();
}

void Peer::begin() {
  if (auto* reason = missing_neighbor()) {
    if (phase_ != Phase::waiting) trace(rib::debug::events, reason);
    phase_ = Phase::waiting;
    update_bfd();
    return;
  }
  if (error_wait_seconds_) {
    phase_ = Phase::delayed;
    update_bfd();
    trace(rib::debug::events, fmt::format("startup delayed after an error wait={}s", error_wait_seconds_));
    if (!error_wait_)
      error_wait_ = std::make_unique<loop::Timer>(bench_.timers, [this] {
        phase_ = Phase::running;
        decide();
      });
    error_wait_->start(std::chrono::seconds(error_wait_seconds_));
    return;
  }
  phase_ = Phase::running;
  update_bfd();
  decide();
}

/// BIRD asks for BFD when the instance starts, error wait included, and lets go of it when it is down.
void Peer::update_bfd() {
  bool active = phase_ == Phase::running || phase_ == Phase::delayed || (phase_ == Phase::stopping && start_after_stop_);
  auto ifindex = options_.multihop ? 0 : scope();
  bool wanted = bench_.bfd && options_.bfd && !options_.range && active && (options_.multihop || ifindex);
  if (!wanted) return bfd_request_.reset();
  bfd::Target target{options_.remote_address, options_.local_address, ifindex};
  if (bfd_request_ && bfd_request_->target() == target) return bench_.bfd->retune(*bfd_request_, *options_.bfd);
  bfd_request_.reset();
  bfd_request_ = bench_.bfd->request(target, *options_.bfd, [this](const bfd::News& news) { bfd_told(news); });
}

/// RFC 5882 section 10.2. The wait after it is that of an error, as in BIRD; the Cease is RFC 9384's.
void Peer::bfd_told(const bfd::News& news) {
  if (!news.lost || (phase_ != Phase::running && phase_ != Phase::delayed)) return;
  trace(rib::debug::events, "BFD session down");
  note(SessionError::local(LocalError::bfd_down));
  if (phase_ == Phase::delayed) return;
  if (options_.bfd->graceful) {
    for (auto connection : {outgoing_, incoming_}) {
      if (!connection) continue;
      bool established = connection->state() == State::established;
      connection->handle({established ? EventKind::tcp_failed : EventKind::stop_silently});
    }
    return;
  }
  constexpr std::uint8_t cease_bfd_down = 10;
  if (established_) after_error();
  if (options_.protocol.disabled) stop(cease_bfd_down, {});  // disable after error
  else restart(cease_bfd_down, {});
}

/// BIRD's decision after each change: an outgoing attempt is due unless one runs or an incoming connection is far enough.
void Peer::decide() {
  if (phase_ != Phase::running || options_.passive || options_.range || outgoing_) return;
  if (incoming_ && (incoming_->state() == State::open_confirm || incoming_->state() == State::established)) return;
  outgoing_ = std::make_shared<Connection>(*this, bench_, true);
  outgoing_->start();
}

/// Why a direct session cannot be tried now, or nullptr.
const char* Peer::missing_neighbor() const {
  if (options_.multihop || options_.range || options_.onlink) return nullptr;
  auto& interfaces = bench_.rib.interfaces();
  const rib::Interface* interface = nullptr;
  if (!options_.interface.empty()) {
    interface = interfaces.find(options_.interface);
    if (!interface || !interface->up) return "waiting for the interface of the neighbor";
  } else {
    interface = interfaces.neighbor(options_.remote_address);
    if (!interface) return "waiting for the address to become a neighbor";
  }
  if (options_.check_link && !interface->link) return "waiting for link";
  return nullptr;
}

std::uint32_t Peer::scope() const {
  auto& interfaces = bench_.rib.interfaces();
  if (!options_.interface.empty()) {
    auto* interface = interfaces.find(options_.interface);
    return interface ? interface->index : 0;
  }
  if (options_.multihop) return 0;
  auto* interface = interfaces.neighbor(options_.remote_address);
  return interface ? interface->index : 0;
}

void Peer::interfaces_changed() {
  checked_next_hop_ = {};
  if (phase_ == Phase::waiting) return begin();
  update_bfd();
  if (phase_ != Phase::running || !missing_neighbor()) return;
  auto* interface = options_.interface.empty() ? bench_.rib.interfaces().neighbor(options_.remote_address)
                                               : bench_.rib.interfaces().find(options_.interface);
  bool link_only = interface && interface->up;
  note(SessionError::local(link_only ? LocalError::link_down : LocalError::neighbor_lost));
  restart(0, {});
}

/// Zero is for the first attempt only: a peer that hangs up at once must not keep us busy.
std::uint32_t Peer::connect_delay() const {
  return tried_ ? std::max(options_.connect_delay_time, 1u) : options_.connect_delay_time;
}

int Peer::connect_socket() {
  auto family = options_.remote_address.family();
  int fd = ::socket(family == proto::Family::ipv4 ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return -errno;
  auto fail = [&](int error) {
    ::close(fd);
    return -error;
  };
  set_usual(fd, family);
  auto ifindex = scope();
  if (options_.strict_bind || options_.remote_address.is_link_local())
    if (int error = set_device(fd, options_.interface)) return fail(error);
  if (int error = set_ttl(fd, family, options_)) return fail(error);
  if (!options_.password.empty())
    if (int error = set_md5(fd, proto::Prefix::make(options_.remote_address, proto::max_length_bits(family)), ifindex,
                            options_.password)) {
      note(SessionError::local(LocalError::md5_failed));
      return fail(error);
    }
  if (!options_.local_address.is_unspecified()) {
    auto local = socket_address(options_.local_address, 0, ifindex);
    if (options_.free_bind) set_free_bind(fd, family);
    if (::bind(fd, local.get(), local.length) != 0) return fail(errno);
  }
  auto remote = socket_address(options_.remote_address, options_.remote_port, ifindex);
  if (::connect(fd, remote.get(), remote.length) != 0 && errno != EINPROGRESS) return fail(errno);
  return fd;
}

bool Peer::accept(int fd) {
  if (!syn_from_near(fd, options_.remote_address.family(), options_)) {
    bench_.log.warn(where(), fmt::format("connection refused: it comes from too far away for ttl security peer={}",
                                         options_.remote_address.text()));
    return false;
  }
  bool wanted = phase_ == Phase::running && !incoming_;
  // An attempt that the peer began before it knew of our session is no restart.
  constexpr auto in_flight = std::chrono::seconds(1);
  bool settled = established_ && bench_.timers.now() - established_->opened_at() >= in_flight;
  if (settled && may_keep_routes(*established_) && phase_ == Phase::running) {
    // RFC 4724 section 5: a new connection from a peer that restarts gracefully replaces the old one.
    auto old = established_->outgoing() ? outgoing_ : incoming_;
    note(SessionError::local(LocalError::graceful_restart));
    old->handle({EventKind::tcp_failed});
    wanted = phase_ == Phase::running && !incoming_;
  }
  bool silent = incoming_ && (incoming_->state() == State::open_sent || incoming_->state() == State::close);
  if (silent && phase_ == Phase::running) {
    // Whoever connects and then says nothing must not keep the right one out until the startup hold time is over. BIRD
    // refuses the newcomer.
    auto old = incoming_;
    old->stop(7);
    old->handle({EventKind::stop_silently});  // if the NOTIFICATION could not be written at once
    wanted = !incoming_;
  }
  trace(rib::debug::events, wanted ? "connection accepted" : "connection rejected");
  if (!wanted) return false;
  if (set_ttl(fd, options_.remote_address.family(), options_) != 0) return false;
  incoming_ = std::make_shared<Connection>(*this, bench_, false);
  incoming_->adopt(fd);
  return true;
}

Before Peer::before() const {
  return {.recovering = bench_.recovering && options_.graceful_restart == GracefulRestart::on,
          .session = sessions_ > 0};
}

void Peer::open_received(Connection& connection) {
  auto& other = connection.outgoing() ? incoming_ : outgoing_;
  constexpr auto simultaneous = std::chrono::seconds(5);
  CollisionSides sides{options_.router_id, connection.theirs().router_id, options_.local_as, connection.theirs().asn,
                       other && bench_.timers.now() - other->opened_at() < simultaneous};
  auto verdict = resolve_collision(other ? other->state() : State::idle, !connection.outgoing(), sides);
  if (verdict == Collision::close_this) return connection.stop(7);
  // First this one goes on: when the other ends, `decide` must see that no new attempt is due.
  auto rival = verdict == Collision::close_other ? other : nullptr;
  connection.handle({EventKind::open_received});
  if (!rival) return;
  auto state = rival->state();
  if (state == State::active || state == State::connect)
    rival->handle({EventKind::stop_silently});
  else
    rival->stop(7);
}

void Peer::state_changed(Connection& connection, State from) {
  trace(rib::debug::states, fmt::format("{} -> {} {}", fsm_state_name(from), fsm_state_name(connection.state()),
                                        connection.outgoing() ? "outgoing" : "incoming"));
  auto to = connection.state();
  if (to == State::active && from == State::connect) {
    tried_ = attempt_failed_ = true;
    note(connection.error());
    if (hooks_.recovery_progress) hooks_.recovery_progress();
    return;
  }
  if (to == State::established) {
    // One connection is enough: an attempt in the other direction ends without a word.
    auto rival = connection.outgoing() ? incoming_ : outgoing_;
    if (rival && (rival->state() == State::active || rival->state() == State::connect))
      rival->handle({EventKind::stop_silently});
    return session_up(connection);
  }
  if (to != State::close && to != State::idle) return;

  bool was_established = established_ == &connection;
  bool conversed = from == State::open_sent || from == State::open_confirm || from == State::established;
  auto error = connection.error();
  if (was_established) lost(connection);
  if (conversed && !established_ && phase_ == Phase::running) {
    bool collision = error.code == 6 && error.subcode == 7;
    if (error && !collision && was_established) last_error_ = error;  // "session lost" has said it
    if (error && !collision) note(error);
    // Errors of a session make us wait; a Cease and a lost connection do not. BIRD counts alike.
    bool protocol_error = (error.kind == ErrorClass::sent || error.kind == ErrorClass::received) && error.code != 6;
    if (error.kind == ErrorClass::received && error.code == 2 && (error.subcode == 4 || error.subcode == 7) &&
        from == State::open_sent && with_capabilities() && options_.remote_as <= 0xffff) {
      // RFC 5492 section 3: an old peer may accept an OPEN without capabilities.
      bench_.log.warn(where(), "the peer refused our capabilities; trying without");
      without_capabilities_ = true;
      protocol_error = false;
    }
    bool says_why = error.kind == ErrorClass::received && error.code == 6 && !error.detail.empty();
    if (says_why) protocol_->message = error.detail;  // RFC 9003, as `show protocols all` prints it
    bool cease_disables = error.kind == ErrorClass::received && error.code == 6 &&
                          (options_.disable_after_cease & (1u << (error.subcode <= 8 ? error.subcode : 0)));
    if (cease_disables) {
      bench_.log.info(where(), "disabled after Cease notification");
      options_.protocol.disabled = protocol_->options.disabled = true;
    }
    if (protocol_error) after_error();
    if (protocol_error || cease_disables) {
      attempt_failed_ = true;
      if (to == State::idle) release(connection);
      phase_ = Phase::stopping;
      stop_connections(0, {});
      start_after_stop_ = !options_.protocol.disabled;
      finish_stopping();
      return;
    }
  }
  if (to == State::idle) {
    tried_ = true;
    release(connection);
    if (phase_ == Phase::stopping) finish_stopping();
    decide();
    if (hooks_.quiet && quiet()) hooks_.quiet();
  }
  if (hooks_.recovery_progress) hooks_.recovery_progress();
}

bool Peer::quiet() const {
  auto runs = [](auto& timer) { return timer && timer->running(); };
  return !has_connections() && !runs(restart_timer_) && !runs(long_lived_timer_);
}

/// Lets go of a connection that has ended; whoever called still holds it.
void Peer::release(Connection& connection) {
  auto& slot = connection.outgoing() ? outgoing_ : incoming_;
  if (slot.get() == &connection) slot.reset();
}

/// BIRD's error wait: doubles from its minimum to its maximum, forgotten after a time without errors.
void Peer::after_error() {
  auto now = bench_.timers.now();
  if (last_protocol_error_ && now - *last_protocol_error_ >= std::chrono::seconds(options_.error_forget_time))
    error_wait_seconds_ = 0;
  last_protocol_error_ = now;
  if (options_.disable_after_error) {
    error_wait_seconds_ = 0;
    options_.protocol.disabled = protocol_->options.disabled = true;
    return;
  }
  error_wait_seconds_ = error_wait_seconds_ ? std::min(2 * error_wait_seconds_, options_.error_wait_max)
                                            : options_.error_wait_min;
}

/// The established connection is gone.
void Peer::lost(const Connection& connection) {
  auto& error = connection.error();
  auto lasted = established_at_ ? wall_now() - *established_at_ : std::chrono::system_clock::duration{};
  auto reason = last_error_ ? last_error_.text() : error.text();  // what made us end it, else what ended it
  auto detail = error.detail.empty() ? std::string() : fmt::format(" text=\"{}\"", error.detail);
  bool keep = phase_ == Phase::running && may_keep_routes(connection);
  auto routes = keep ? fmt::format("kept as stale for={}s", kept_seconds(connection)) : std::string("flushed");
  bench_.log.write(error.kind == ErrorClass::received ? observe::LogClass::remote : observe::LogClass::warning, where(),
                   fmt::format("session lost: {} peer={} after={:.1f}s routes={}{}", reason.empty() ? "stopped" : reason,
                               options_.remote_address.text(), seconds(lasted), routes, detail));
  if (bench_.on_session_down) bench_.on_session_down(*protocol_, end_of(connection));
  established_ = nullptr;
  established_at_.reset();
  tried_ = attempt_failed_ = true;
  if (keep)
    keep_routes(connection);
  else
    session_down(false);
  if (phase_ == Phase::running) bench_.rib.set_state(*protocol_, rib::ProtocolState::start, wall_now());
}

void Peer::stop_connections(std::uint8_t cease_subcode, const std::vector<std::uint8_t>& data) {
  for (auto connection : {outgoing_, incoming_}) {
    if (!connection) continue;
    auto state = connection->state();
    if (state == State::open_sent || state == State::open_confirm || state == State::established)
      connection->stop(cease_subcode, data);
    else if (state != State::close)
      connection->handle({EventKind::stop_silently});
  }
}

void Peer::stop(std::uint8_t cease_subcode, const std::string& message) {
  if (phase_ == Phase::down) return;
  if (phase_ == Phase::stopping) {
    start_after_stop_ = false;
    return;
  }
  if (error_wait_) error_wait_->stop();
  phase_ = Phase::stopping;
  start_after_stop_ = false;
  protocol_->message = message;
  if (established_)
    bench_.rib.set_state(*protocol_, rib::ProtocolState::stop, wall_now());
  else
    session_down(false);  // routes kept for a peer that restarts
  stop_connections(cease_subcode, shutdown_data(cease_subcode, message));
  finish_stopping();
}

void Peer::disable(const std::string& message) {
  constexpr std::uint8_t administrative_shutdown = 2;
  options_.protocol.disabled = protocol_->options.disabled = true;
  last_error_ = {};  // an operator's wish is no error, and what was wrong before does not matter now
  stop(administrative_shutdown, message);
}

void Peer::close_for_restart() {
  if (options_.graceful_restart != GracefulRestart::on || !established_) return;
  phase_ = Phase::stopping;
  for (auto connection : {outgoing_, incoming_})
    if (connection) connection->handle({EventKind::stop_silently});
}

void Peer::finish_stopping() {
  if (phase_ != Phase::stopping || has_connections()) return;
  phase_ = Phase::down;
  bool starts = std::exchange(start_after_stop_, false) && !options_.protocol.disabled;
  if (!starts) update_bfd();
  if (starts) {
    auto message = protocol_->message;
    bench_.rib.set_state(*protocol_, rib::ProtocolState::start, wall_now());
    started_at_ = bench_.timers.now();
    begin();
    return;
  }
  bench_.rib.set_state(*protocol_, rib::ProtocolState::down, wall_now());
  if (hooks_.recovery_progress) hooks_.recovery_progress();
  if (hooks_.stopped) hooks_.stopped();
}

void Peer::restart(std::uint8_t cease_subcode, const std::string& message) {
  if (phase_ == Phase::down) return start();
  stop(cease_subcode, message);
  protocol_->message.clear();
  if (phase_ == Phase::stopping)
    start_after_stop_ = true;
  else
    start();
}

void Peer::on_limit(rib::LimitKind kind, const rib::Limit& limit) {
  bench_.log.warn(where(), fmt::format("{} peer={}", rib::limit_text(kind, limit), options_.remote_address.text()));
  if (limit.action != rib::LimitAction::restart && limit.action != rib::LimitAction::disable) return;
  // BIRD: the peer sent too much (6/1), or we would send too much, which is our own affair (6/4).
  std::uint8_t subcode = kind == rib::LimitKind::export_ ? 4 : 1;
  bench_.post([this, alive = std::weak_ptr(protocol_), subcode, disable = limit.action == rib::LimitAction::disable] {
    if (alive.expired() || phase_ != Phase::running || !established_) return;
    after_error();
    stop(subcode, {});
    note(SessionError::route_limit());
    if (disable) {
      error_wait_seconds_ = 0;
      options_.protocol.disabled = protocol_->options.disabled = true;
      return;
    }
    start();
  });
}

/// Remembers and logs it; what ends a session is logged with its loss.
void Peer::note(const SessionError& error) {
  if (error && error != last_error_ && !established_ && error.kind != ErrorClass::automatic)
    bench_.log.write(error.kind == ErrorClass::received ? observe::LogClass::remote : observe::LogClass::info, where(),
                     fmt::format("{}{} peer={}", error.text(), error.detail.empty() ? "" : ": " + error.detail,
                                 options_.remote_address.text()));
  last_error_ = error;
}

void Peer::trace_message(bool in, proto::MessageType type, std::size_t bytes, std::size_t count) const {
  if (!count || !(protocol_->options.debug & rib::debug::packets)) return;
  static constexpr const char* names[] = {"", "OPEN", "UPDATE", "NOTIFICATION", "KEEPALIVE", "ROUTE-REFRESH"};
  auto what = fmt::format("{} {}", in ? "received" : "sent", names[static_cast<std::size_t>(type)]);
  trace(rib::debug::packets, in ? fmt::format("{} bytes={}", what, bytes) : fmt::format("{} count={}", what, count));
}

void Peer::count_sent(proto::MessageType type, std::size_t bytes, std::size_t count) {
  trace_message(false, type, bytes, count);
  messages_out_ += count;
  bytes_out_ += bytes;
  if (type == proto::MessageType::update) updates_out_ += count;
}

void Peer::rename(const std::string& name) { options_.protocol.name = protocol_->options.name = name; }

void Peer::retune(BgpOptions options, Retune what) {
  bool channels_differ = options.channels.size() != options_.channels.size();
  bool was_active = phase_ != Phase::down;
  bool disabled = options.protocol.disabled;
  if (what.restart || channels_differ) {
    if (was_active) stop(6, {});
    close_channels();
    options_ = std::move(options);
    protocol_->options = options_.protocol;
    open_channels();
    error_wait_seconds_ = 0;
    if (!disabled) start();
    return;
  }
  bool new_password = options.password != options_.password;
  options_ = std::move(options);
  protocol_->options = options_.protocol;
  update_bfd();
  for (auto connection : {outgoing_, incoming_})
    if (connection) connection->retune(new_password, scope());
  auto rules = established_ ? import_rules(options_, established_->theirs().asn, rules_.ifindex) : rules_;
  bool refuses_others = rules != std::exchange(rules_, rules);
  for (std::size_t i = 0; i < channels_.size(); ++i) {
    auto& channel = channels_[i];
    channel.options = options_.channels[i];
    channel.channel->reconfigure(channel.options.channel);
    if (what.refilter_in) channel.channel->set_facts(facts(channel));  // filters again and sorts
    if (channel.member) channel.member->retune(export_options(channel));
    // What the old rules refused was not kept: only the peer can tell it again.
    if (refuses_others) ask_again(channel);
  }
  if (disabled)
    stop(2, {});
  else if (!was_active)
    start();
  else
    decide();
}

void Peer::trace(std::uint32_t bit, const std::string& text) const {
  if (protocol_->options.debug & bit) bench_.log.trace(where(), text);
}

}  // namespace avocet::session
