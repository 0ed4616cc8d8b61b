#include "bgpd/rpki/client.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <fmt/format.h>
#include <boost/asio/ip/tcp.hpp>

#include "bgpd/observe/log.hpp"
#include "bgpd/rib/trace.hpp"
#include "bgpd/session/auth.hpp"

namespace avocet::rpki {

namespace rtr = proto::rtr;
using rib::ProtocolState;

namespace {

constexpr std::size_t read_at_once = 64 * 1024;  // about 3,000 ROAs; then others get their turn
static_assert(read_at_once >= rtr::max_pdu_bytes);

double seconds_of(loop::Duration duration) { return std::chrono::duration<double>(duration).count(); }

void keep_alive(int fd) {
  int on = 1;  // RFC 8210 section 9 asks for it
  setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
}

}  // namespace

/// Looks up the name of the cache; Asio has a thread of its own for that.
struct Client::Lookup {
  explicit Lookup(boost::asio::io_context& io) : resolver(io) {}
  boost::asio::ip::tcp::resolver resolver;
  std::shared_ptr<int> wanted = std::make_shared<int>();  ///< by whoever waits for the answer
};

Client::Client(Bench& bench, std::shared_ptr<rib::Protocol> protocol, RpkiOptions options)
    : bench_(bench),
      protocol_(std::move(protocol)),
      options_(std::move(options)),
      conversation_(options_),
      delivery_(bench.rib, *protocol_),
      refresh_timer_(bench.timers, [this] { carry_out(conversation_.refresh_due()); }),
      retry_timer_(bench.timers, [this] { carry_out(conversation_.retry_due()); }),
      expire_timer_(bench.timers, [this] { carry_out(conversation_.expired()); }),
      answer_timer_(bench.timers, [this] { carry_out(conversation_.impatient()); }) {
  delivery_.open(options_);
}

Client::~Client() { disable(); }

void Client::enable() {
  if (conversation_.state() != State::down) return;
  bench_.rib.set_state(*protocol_, ProtocolState::start, std::chrono::system_clock::now());
  carry_out(conversation_.start());
}

void Client::disable() {
  carry_out(conversation_.stop());
  bench_.rib.set_state(*protocol_, ProtocolState::down, std::chrono::system_clock::now());
}

void Client::query_all() { carry_out(conversation_.query_all()); }

void Client::retune(RpkiOptions options) {
  auto before = std::exchange(options_, std::move(options));
  conversation_.set_options(options_);
  auto way = [](const RpkiOptions& o) {
    return std::tuple(o.host, o.port, o.local_address, o.password, o.min_version, o.max_version);
  };
  auto same_channel = [](const RpkiChannel& a, const RpkiChannel& b) {
    return a.told == b.told && a.channel.table == b.channel.table && a.channel.preference == b.channel.preference &&
           filter::same_program(*a.channel.import_filter, *b.channel.import_filter);
  };
  bool same_channels =
      std::equal(before.told.begin(), before.told.end(), options_.told.begin(), options_.told.end(), same_channel) &&
      before.ignore_max_length == options_.ignore_max_length;
  bool same_way = way(before) == way(options_);
  // Nothing of an answer that is under way fits any more.
  if (!same_channels) {
    delivery_.abort();
    bench_.changed(delivery_.open(options_));
  }
  if (!same_way)
    carry_out(conversation_.reconnect());
  else if (!same_channels)
    carry_out(conversation_.query_all());
  if (refresh_timer_.running() && updated_)
    refresh_timer_.start(std::max(*updated_ + std::chrono::seconds(conversation_.refresh()) - bench_.timers.now(),
                                  loop::Duration::zero()));
  if (retry_timer_.running())
    retry_timer_.start(std::min<loop::Duration>(retry_timer_.left(), std::chrono::seconds(conversation_.retry())));
  if (expire_timer_.running()) expire_timer_.start(expires_in());
}

loop::Duration Client::expires_in() const {
  return std::max(*updated_ + std::chrono::seconds(conversation_.expire()) - bench_.timers.now(),
                  loop::Duration::zero());
}

// --- what the conversation asks for ----------------------------------------------------------------------------------

void Client::carry_out(const Actions& actions) {
  auto from = std::exchange(shown_, conversation_.state());
  if (from != shown_ && debugs(rib::debug::events))
    trace(rib::debug::events, fmt::format("Changing from {} to {} state", state_name(from), state_name(shown_)));
  for (auto& action : actions) perform(action);
}

template <class... Cases>
struct Overloaded : Cases... {
  using Cases::operator()...;
};

void Client::perform(const Action& action) {
  std::visit(Overloaded{
                 [this](Connect) { look_up(); },
                 [this](Disconnect) { disconnect(); },
                 [this](const Send& what) { send(what.pdu); },
                 [this](BeginAnswer what) { delivery_.begin(what.all_anew); },
                 [this](CommitAnswer) { commit(); },
                 [this](AbortAnswer) { delivery_.abort(); },
                 [this](DropData) { drop(); },
                 [this](WaitRefresh what) { refresh_timer_.start(std::chrono::seconds(what.seconds)); },
                 [this](WaitRetry what) { retry_timer_.start(std::chrono::seconds(what.seconds)); },
                 [this](WaitExpire what) { expire_timer_.start(std::chrono::seconds(what.seconds)); },
                 [this](WaitAnswer) { answer_timer_.start(std::chrono::seconds(patience)); },
                 [this](StopWaiting) {
                   refresh_timer_.stop();
                   retry_timer_.stop();
                   answer_timer_.stop();
                 },
                 [this](const Tell& what) {
                   auto line = fmt::format("{} cache={}", what.text, cache_name());
                   what.warning ? bench_.log.warn(log_name(), line) : bench_.log.info(log_name(), line);
                 },
             },
             action);
}

void Client::commit() {
  bench_.changed(delivery_.commit());
  updated_ = bench_.timers.now();
  if (!delivery_.filter_error().empty()) bench_.log.error(log_name(), "import filter: " + delivery_.filter_error());
  if (std::exchange(synchronised_, true)) return;
  std::string counts;
  for (auto& channel : delivery_.channels())
    counts += fmt::format(" {}={}", told_name(channel.options.told), channel.count);
  auto& session = *conversation_.session();
  bench_.log.info(
      log_name(),
      fmt::format("synchronised cache={} version={} session={} serial={}{} refresh={}s retry={}s expire={}s",
                  cache_name(), conversation_.version(), session.id, session.serial, counts, conversation_.refresh(),
                  conversation_.retry(), conversation_.expire()));
}

void Client::drop() {
  expire_timer_.stop();
  updated_.reset();
  bench_.changed(delivery_.drop());
}

// --- the connection --------------------------------------------------------------------------------------------------

void Client::look_up() {
  addresses_.clear();
  trace(rib::debug::events, "Opening a connection");
  if (auto address = proto::Address::parse(options_.host)) {
    addresses_ = {*address};
    return connect_next();
  }
  using boost::asio::ip::tcp;
  lookup_ = std::make_unique<Lookup>(bench_.io);
  lookup_->resolver.async_resolve(
      options_.host, std::to_string(options_.port.value_or(tcp_port)),
      [this, wanted = std::weak_ptr(lookup_->wanted)](boost::system::error_code error,
                                                      tcp::resolver::results_type found) {
        if (wanted.expired()) return;  // the client may be gone
        if (error) return failed(fmt::format("the name {} is not found: {}", options_.host, error.message()));
        for (auto& entry : found) {
          auto address = entry.endpoint().address();
          if (address.is_v4())
            addresses_.push_back(proto::Address::v4(address.to_v4().to_uint()));
          else
            addresses_.push_back(proto::Address::from_bytes(address.to_v6().to_bytes()));
        }
        lookup_.reset();
        connect_next();
      });
}

/// Addresses that the system gives are tried in its order.
void Client::connect_next() {
  int error = 0;
  while (!addresses_.empty()) {
    auto address = addresses_.front();
    addresses_.erase(addresses_.begin());
    auto& local = options_.local_address;
    if (!local.is_unspecified() && local.family() != address.family()) {
      error = EAFNOSUPPORT;
      continue;
    }
    int fd = open_socket(address);
    if (fd < 0) {
      error = -fd;
      continue;
    }
    descriptor_ = std::make_unique<loop::Descriptor>(bench_.io, fd);
    return descriptor_->when_writable([this] { connect_finished(); });
  }
  failed(fmt::format("connect: {}", std::strerror(error)));
}

/// A socket that is connecting, or -errno.
int Client::open_socket(const proto::Address& address) {
  auto family = address.family();
  int fd = ::socket(family == proto::Family::ipv4 ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return -errno;
  auto fail = [&](int error) {
    ::close(fd);
    return -error;
  };
  session::set_usual(fd, family);
  keep_alive(fd);
  if (!options_.password.empty())
    if (int error =
            session::set_md5(fd, proto::Prefix::make(address, proto::max_length_bits(family)), 0, options_.password))
      return fail(error);
  if (!options_.local_address.is_unspecified()) {
    auto local = session::socket_address(options_.local_address, 0);
    if (::bind(fd, local.get(), local.length) != 0) return fail(errno);
  }
  auto remote = session::socket_address(address, options_.port.value_or(tcp_port));
  if (::connect(fd, remote.get(), remote.length) != 0 && errno != EINPROGRESS) return fail(errno);
  return fd;
}

void Client::connect_finished() {
  int error = 0;
  socklen_t size = sizeof error;
  getsockopt(descriptor_->fd(), SOL_SOCKET, SO_ERROR, &error, &size);
  if (error) {
    descriptor_.reset();
    if (!addresses_.empty()) return connect_next();
    return failed(fmt::format("connect: {}", std::strerror(error)));
  }
  addresses_.clear();
  synchronised_ = old_aspa_told_ = false;
  trace(rib::debug::events, "Connected");
  set_up(true);
  wait_readable();
  carry_out(conversation_.connected());
}

void Client::disconnect() {
  lookup_.reset();
  addresses_.clear();
  partial_.clear();
  output_.clear();
  if (!descriptor_) return;
  // Unread bytes would make the kernel send a reset that can overtake our Error Report.
  ::shutdown(descriptor_->fd(), SHUT_WR);
  bench_.read_buffer.resize(read_at_once);
  while (::recv(descriptor_->fd(), bench_.read_buffer.data(), read_at_once, MSG_DONTWAIT) > 0) {
  }
  descriptor_.reset();
  trace(rib::debug::events, "Closing a connection");
  set_up(false);
}

void Client::failed(const std::string& why) { carry_out(conversation_.lost(why)); }

/// As BIRD's: up while there is a connection.
void Client::set_up(bool connected) {
  if (protocol_->state == ProtocolState::down) return;
  bench_.rib.set_state(*protocol_, connected ? ProtocolState::up : ProtocolState::start,
                       std::chrono::system_clock::now());
}

void Client::wait_readable() {
  descriptor_->when_readable([this] { read(); });
}

void Client::read() {
  auto& buffer = bench_.read_buffer;
  buffer.resize(std::max(buffer.size(), partial_.size() + read_at_once));
  std::copy(partial_.begin(), partial_.end(), buffer.begin());
  auto got = ::recv(descriptor_->fd(), buffer.data() + partial_.size(), read_at_once, 0);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return wait_readable();
  if (got <= 0)
    return failed(got == 0 ? "the cache has closed the connection"
                           : fmt::format("connection: {}", std::strerror(errno)));
  proto::Bytes bytes(buffer.data(), partial_.size() + static_cast<std::size_t>(got));
  if (answer_timer_.running()) answer_timer_.start(std::chrono::seconds(patience));
  auto* connection = descriptor_.get();
  auto taken = take_frames(bytes);
  if (descriptor_.get() != connection) return;  // this connection is over
  partial_.assign(bytes.begin() + static_cast<std::ptrdiff_t>(taken), bytes.end());
  wait_readable();
}

/// Bytes of whole PDUs.
std::size_t Client::take_frames(proto::Bytes bytes) {
  std::size_t taken = 0;
  auto* connection = descriptor_.get();
  while (descriptor_.get() == connection) {
    auto frame = rtr::first_frame(bytes.subspan(taken));
    if (!frame) {
      carry_out(conversation_.refuse(frame.error(), bytes.subspan(taken).first(rtr::header_bytes)));
      break;
    }
    if (!*frame) break;
    if (!take_frame(**frame)) break;
    taken += (*frame)->bytes.size();
  }
  return taken;
}

/// False if the connection ended with it.
bool Client::take_frame(const rtr::Frame& frame) {
  auto refuse = [&](const rtr::Fault& fault) {
    carry_out(conversation_.refuse(fault, frame.bytes));
    return false;
  };
  switch (conversation_.takes(frame)) {
    case Conversation::Verdict::take: break;
    case Conversation::Verdict::ignore: return true;
    case Conversation::Verdict::refuse:
      return refuse({frame.version > 1 || conversation_.version() > 0 ? rtr::ErrorCode::unexpected_version
                                                                      : rtr::ErrorCode::unsupported_version,
                     fmt::format("{} of version {}, not {}", rtr::type_name(frame.type), frame.version,
                                 conversation_.version())});
  }
  auto body = rtr::decode(frame);
  if (!body) return refuse(body.error());
  if (debugs(rib::debug::packets)) trace_packet("Received", frame, *body);
  if (std::holds_alternative<rtr::PrefixRecord>(*body) || std::holds_alternative<rtr::AspaRecord>(*body) ||
      std::holds_alternative<rtr::OldAspa>(*body) || std::holds_alternative<rtr::RouterKey>(*body)) {
    if (!conversation_.takes_data())
      return refuse({rtr::ErrorCode::corrupt_data, fmt::format("{} outside of an answer", rtr::type_name(frame.type))});
    std::optional<rtr::Fault> fault;
    if (auto* prefix = std::get_if<rtr::PrefixRecord>(&*body)) fault = delivery_.take(*prefix);
    if (auto* aspa = std::get_if<rtr::AspaRecord>(&*body)) fault = delivery_.take(*aspa);
    if (std::holds_alternative<rtr::OldAspa>(*body) && !std::exchange(old_aspa_told_, true))
      bench_.log.warn(log_name(),
                      fmt::format("the cache tells ASPAs as older drafts of version 2 did; they are not taken cache={}",
                                  cache_name()));
    return fault ? refuse(*fault) : true;
  }
  auto* connection = descriptor_.get();
  carry_out(conversation_.received(frame, *body));
  return descriptor_.get() == connection;
}

void Client::send(const rtr::Body& pdu) {
  if (!descriptor_) return;
  auto start = output_.size();
  rtr::encode(pdu, conversation_.version(), output_);
  if (debugs(rib::debug::packets))
    if (auto frame = rtr::first_frame(proto::Bytes(output_).subspan(start)); frame && *frame)
      trace_packet("Sending", **frame, pdu);
  if (start == 0) flush();
}

void Client::flush() {
  while (!output_.empty()) {
    auto sent = ::send(descriptor_->fd(), output_.data(), output_.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno == EAGAIN) return descriptor_->when_writable([this] { flush(); });
    if (sent < 0) return output_.clear();  // the reader is told that the connection is gone
    output_.erase(output_.begin(), output_.begin() + sent);
  }
}

// --- what is said of it ----------------------------------------------------------------------------------------------

std::string Client::log_name() const { return "rpki " + protocol_->options.name; }
std::string Client::cache_name() const { return fmt::format("{}:{}", options_.host, options_.port.value_or(tcp_port)); }

void Client::trace(std::uint32_t bits, std::string_view text) const {
  rib::trace_protocol(bench_.rib, *protocol_, bits, text);
}

void Client::trace_packet(const char* way, const rtr::Frame& frame, const rtr::Body& body) const {
  auto serial = [](auto& pdu) { return fmt::format("(session id: {}, serial number: {})", pdu.session, pdu.serial); };
  auto detail = std::visit(
      Overloaded{
          [&](const rtr::SerialNotify& pdu) { return serial(pdu); },
          [&](const rtr::SerialQuery& pdu) { return serial(pdu); },
          [](const rtr::CacheResponse& pdu) { return fmt::format("(session id: {})", pdu.session); },
          [&](const rtr::EndOfData& pdu) {
            if (!pdu.intervals) return serial(pdu);
            return fmt::format("(session id: {}, serial number: {}, refresh: {}s, retry: {}s, expire: {}s)",
                               pdu.session, pdu.serial, pdu.intervals->refresh, pdu.intervals->retry,
                               pdu.intervals->expire);
          },
          [](const rtr::PrefixRecord& pdu) {
            return fmt::format("({}-{} AS{}{})", pdu.net.text(), pdu.max_length, pdu.asn,
                               pdu.announce ? "" : ", withdrawn");
          },
          [](const rtr::AspaRecord& pdu) {
            return pdu.announce ? fmt::format("({} (providers {}))", pdu.customer, fmt::join(pdu.providers, ", "))
                                : fmt::format("({}, withdrawn)", pdu.customer);
          },
          [](const rtr::ErrorReport& pdu) { return fmt::format("({}: '{}')", rtr::error_name(pdu.code), pdu.text); },
          [](const rtr::RouterKey&) { return std::string("(ignored)"); },
          [](const auto&) { return std::string(); },
      },
      body);
  trace(rib::debug::packets, fmt::format("{} {} packet {}", way, rtr::type_name(frame.type), detail));
}

CacheStatus Client::status() const {
  CacheStatus status;
  status.state = conversation_.state();
  status.host = options_.host;
  status.port = options_.port.value_or(tcp_port);
  status.md5 = !options_.password.empty();
  status.last_error = conversation_.last_error();
  status.version = conversation_.version();
  status.session = conversation_.session();
  if (updated_) status.updated_seconds_ago = seconds_of(bench_.timers.now() - *updated_);
  auto timer = [](const loop::Timer& of, std::uint32_t full) {
    CacheStatus::Timer shown{{}, full};
    if (of.running()) shown.left_seconds = seconds_of(of.left());
    return shown;
  };
  status.refresh = timer(refresh_timer_, conversation_.refresh());
  status.retry = timer(retry_timer_, conversation_.retry());
  status.expire = timer(expire_timer_, conversation_.expire());
  status.channels = delivery_.channels();
  return status;
}

}  // namespace avocet::rpki
