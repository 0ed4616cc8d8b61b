#include "bgpd/observe/bmp_station.hpp"

#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "bgpd/rib/trace.hpp"
#include "bgpd/session/auth.hpp"

namespace avocet::observe {
namespace {

using namespace std::chrono_literals;

constexpr auto first_retry = 1s, last_retry = 64s;
constexpr std::size_t enough_waits = 1024 * 1024;  // more routes are told only when the station has read some
constexpr std::size_t write_at_once = 256 * 1024;

/// A station that vanished without a word is noticed after two minutes.
void watch_silence(int fd) {
  struct {
    int level, name, value;
  } settings[] = {{SOL_SOCKET, SO_KEEPALIVE, 1},
                  {IPPROTO_TCP, TCP_KEEPIDLE, 60},
                  {IPPROTO_TCP, TCP_KEEPINTVL, 20},
                  {IPPROTO_TCP, TCP_KEEPCNT, 3}};
  for (auto& one : settings) ::setsockopt(fd, one.level, one.name, &one.value, sizeof one.value);
}

}  // namespace

BmpStation::BmpStation(BmpScene& scene, BmpOptions options, std::shared_ptr<rib::Protocol> protocol)
    : scene_(scene),
      options_(std::move(options)),
      protocol_(std::move(protocol)),
      retry_(scene.timers, [this] { connect(); }),
      retry_after_(first_retry) {}

BmpStation::~BmpStation() { stop(); }

void BmpStation::start() {
  scene_.rib.set_state(*protocol_, rib::ProtocolState::start, std::chrono::system_clock::now());
  retry_after_ = first_retry;
  retry_.start(loop::Duration::zero());
}

void BmpStation::stop() {
  if (connected_ && !blocked_) {
    proto::encode_bmp_termination(proto::BmpTermination::closed, waiting_);
    flush();
  }
  // After the flush: a connection that is found lost there would be made anew.
  retry_.stop();
  last_error_.clear();
  close();
  if (protocol_->state != rib::ProtocolState::down)
    scene_.rib.set_state(*protocol_, rib::ProtocolState::down, std::chrono::system_clock::now());
}

void BmpStation::connect() {
  bool v4 = options_.station.is_v4();
  int fd = ::socket(v4 ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return lost(errno);
  descriptor_ = std::make_unique<loop::Descriptor>(scene_.io, fd);
  watch_silence(fd);
  if (!options_.local_address.is_unspecified()) {
    auto local = session::socket_address(options_.local_address, 0);
    if (::bind(fd, local.get(), local.length) != 0) return lost(errno);
  }
  auto station = session::socket_address(options_.station, options_.port);
  if (::connect(fd, station.get(), station.length) != 0 && errno != EINPROGRESS) return lost(errno);
  descriptor_->when_writable([this] { connect_finished(); });
}

void BmpStation::connect_finished() {
  int error = 0;
  socklen_t size = sizeof error;
  ::getsockopt(descriptor_->fd(), SOL_SOCKET, SO_ERROR, &error, &size);
  error ? lost(error) : established();
}

/// Initiation, then the sessions that are up, then their routes.
void BmpStation::established() {
  connected_ = true;
  last_error_.clear();
  retry_after_ = first_retry;
  session_bytes_ = 0;
  scene_.rib.set_state(*protocol_, rib::ProtocolState::up, std::chrono::system_clock::now());
  scene_.log.info(where(), fmt::format("connected station={} port={}", options_.station.text(), options_.port));
  auto& name = options_.system_name;
  auto& description = options_.system_description;
  proto::encode_bmp_initiation(description.empty() ? "Avocet bgpd " AVOCET_VERSION : description,
                               name.empty() ? scene_.host_name : name, waiting_);
  wait_readable();
  for (auto& protocol : scene_.rib.protocols())
    if (protocol->kind == rib::ProtocolKind::bgp) session_up(*protocol);
  scene_.wake();
}

/// A station says nothing; what is read is its end.
void BmpStation::wait_readable() {
  descriptor_->when_readable([this] {
    std::array<char, 1024> ignored;
    auto got = ::recv(descriptor_->fd(), ignored.data(), ignored.size(), MSG_DONTWAIT);
    if (got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR))) return wait_readable();
    lost(got < 0 ? errno : 0);
  });
}

void BmpStation::lost(int error_number) {
  auto reason = error_number ? std::string(std::strerror(error_number)) : std::string("Connection closed");
  auto wait = std::chrono::duration_cast<std::chrono::seconds>(retry_after_);
  if (connected_ || reason != last_error_)
    scene_.log.warn(where(), fmt::format("{}: {}; tried again, first in {} s station={} port={}",
                                         connected_ ? "connection lost" : "no connection", reason, wait.count(),
                                         options_.station.text(), options_.port));
  last_error_ = reason;
  close();
  scene_.rib.set_state(*protocol_, rib::ProtocolState::start, std::chrono::system_clock::now());
  retry_.start(retry_after_);
  retry_after_ = std::min<loop::Duration>(retry_after_ * 2, last_retry);
}

void BmpStation::close() {
  connected_ = blocked_ = false;
  feeds_.clear();
  peers_.clear();
  waiting_ = {};
  sent_ = 0;
  descriptor_.reset();
}

BmpFeed& BmpStation::feed(rib::Table& table) {
  auto& feed = feeds_[&table];
  if (!feed) {
    BmpFeed::Policies policies{options_.pre_policy, options_.post_policy};
    feed = std::make_unique<BmpFeed>(scene_.rib, table, policies, scene_.started);
    feed->on_work = [this] { scene_.wake(); };
  }
  return *feed;
}

void BmpStation::session_up(const rib::Protocol& protocol) {
  if (!connected_ || peers_.contains(&protocol)) return;
  auto record = scene_.speaker.record(protocol.options.name);
  if (!record) return;
  proto::BmpPeer peer{record->peer, record->peer_as, record->peer_id};
  peers_[&protocol] = peer;
  rib::trace_protocol(scene_.rib, *protocol_, rib::debug::states,
                      fmt::format("peer up name={}", protocol.options.name));
  proto::encode_bmp_peer_up(
      peer, {record->local, record->local_port, record->peer_port, record->sent_open, record->received_open}, waiting_);
  if (any_routes())
    for (auto& channel : protocol.channels) {
      auto& agreed = record->negotiated.of(channel->options.family);
      if (agreed.active) feed(channel->table()).begin(channel->source, {peer, agreed.add_path_receive});
    }
  scene_.wake();
}

void BmpStation::session_down(const rib::Protocol& protocol, const session::SessionEnd& end) {
  auto known = peers_.extract(&protocol);
  if (!connected_ || known.empty()) return;
  rib::trace_protocol(scene_.rib, *protocol_, rib::debug::states,
                      fmt::format("peer down name={}", protocol.options.name));
  bool ours = end.by == session::SessionEnd::By::us, notified = !end.notification.empty();
  auto reason = ours ? (notified ? proto::BmpDown::we_notified : proto::BmpDown::we_closed)
                     : (notified ? proto::BmpDown::peer_notified : proto::BmpDown::peer_closed);
  proto::encode_bmp_peer_down(known.mapped(), reason, end.notification, waiting_);
  for (auto& channel : protocol.channels)
    if (auto feed = feeds_.find(&channel->table()); feed != feeds_.end()) feed->second->end(channel->source);
  scene_.wake();
}

void BmpStation::forget_table(const rib::Table& table) { feeds_.erase(&table); }

bool BmpStation::work(std::chrono::steady_clock::time_point deadline) {
  if (!connected_ || blocked_) return false;
  bool left = false;
  for (auto& [table, feed] : feeds_) left |= feed->produce(waiting_, sent_ + enough_waits, deadline);
  bool could_write = flush();
  return could_write && (left || sent_ < waiting_.size());
}

/// False if the station does not read, or is lost; then what waits is written when it does.
bool BmpStation::flush() {
  std::size_t written = 0;
  while (sent_ < waiting_.size() && written < write_at_once) {
    auto count =
        ::send(descriptor_->fd(), waiting_.data() + sent_, waiting_.size() - sent_, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno != EAGAIN) return lost(errno), false;
    if (count < 0) {
      blocked_ = true;
      descriptor_->when_writable([this] {
        blocked_ = false;
        scene_.wake();
      });
      return false;
    }
    written += static_cast<std::size_t>(count);
    sent_ += static_cast<std::size_t>(count);
    session_bytes_ += static_cast<std::uint64_t>(count);
    total_bytes_ += static_cast<std::uint64_t>(count);
  }
  if (sent_ == waiting_.size() || sent_ >= enough_waits) {
    waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(sent_));
    sent_ = 0;
  }
  return true;
}

BmpStatus BmpStation::status() const {
  return {options_.station, options_.local_address,
          options_.port,    connected_ ? "Established" : descriptor_ ? "Connect" : "Idle",
          last_error_,      waiting_.size() - sent_,
          session_bytes_,   total_bytes_};
}

}  // namespace avocet::observe
