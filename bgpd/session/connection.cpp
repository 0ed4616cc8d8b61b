#include "bgpd/session/connection.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "bgpd/session/auth.hpp"

namespace avocet::session {

namespace {

constexpr std::size_t read_at_once = 64 * 1024;    // then the other sockets get their turn
constexpr std::size_t write_at_once = 512 * 1024;
constexpr auto close_limit = std::chrono::seconds(10);
constexpr auto congested_hold = std::chrono::seconds(10);  // unread input is proof of life; BIRD waits as long

}  // namespace

Connection::Connection(ConnectionOwner& owner, Workbench& bench, bool outgoing)
    : owner_(owner),
      bench_(bench),
      outgoing_(outgoing),
      connect_timer_(bench.timers, [this] { handle({EventKind::connect_timer}); }),
      hold_timer_(bench.timers, [this] { hold_expired(); }),
      keepalive_timer_(bench.timers, [this] { handle({EventKind::keepalive_timer}); }),
      send_hold_timer_(bench.timers, [this] {
        error_ = SessionError::sent(8, 0, "the peer does not read");
        handle({EventKind::send_hold_timer});
      }) {}

void Connection::handle(const Event& event) {
  auto self = shared_from_this();  // the owner may let go of us
  auto from = state_;
  auto transition = next(from, event);
  if (transition.code) {
    if (!(error_.kind == ErrorClass::sent && error_.code == transition.code && error_.subcode == transition.subcode))
      error_ = SessionError::sent(transition.code, transition.subcode);
  }
  state_ = transition.state;
  if (from != state_) owner_.state_entered(*this, from);
  bool outermost = !std::exchange(handling_, true);
  for (auto action : transition) perform(action, transition);
  if (from != state_) owner_.state_changed(*this, from);
  if (!outermost) return;
  handling_ = false;
  if (std::exchange(wants_flush_, false)) flush();
}

void Connection::perform(Action action, const Transition& transition) {
  auto& options = owner_.options();
  switch (action) {
    case Action::start_connect_delay:
      connect_timer_.start(bench_.jittered(owner_.connect_delay()));
      break;
    case Action::start_connect_retry: connect_timer_.start(bench_.jittered(options.connect_retry_time)); break;
    case Action::open_socket: open_socket(); break;
    case Action::close_socket: close_socket(); break;
    case Action::stop_timers:
      connect_timer_.stop();
      hold_timer_.stop();
      keepalive_timer_.stop();
      send_hold_timer_.stop();
      break;
    case Action::send_open: send_open(); break;
    case Action::send_keepalive:
      transmit_.control(proto::encode_keepalive());
      owner_.count_sent(proto::MessageType::keepalive, 0, 1);
      wants_flush_ = true;
      break;
    case Action::send_notification: {
      transmit_.drop_routes();
      auto bytes = proto::encode_notification({transition.code, transition.subcode, std::move(notification_data_)});
      notification_data_.clear();
      transmit_.control(bytes);
      last_notification_ = std::move(bytes);
      owner_.count_sent(proto::MessageType::notification, 0, 1);
      wants_flush_ = true;
      break;
    }
    case Action::start_startup_hold:
      if (options.startup_hold_time) hold_timer_.start(std::chrono::seconds(options.startup_hold_time));
      break;
    case Action::start_hold:
      if (times_.hold)
        hold_timer_.start(std::chrono::seconds(times_.hold));
      else
        hold_timer_.stop();
      break;
    case Action::start_keepalive:
      if (times_.keepalive) keepalive_timer_.start(bench_.jittered(times_.keepalive));
      break;
    case Action::start_close_limit: hold_timer_.start(close_limit); break;
  }
}

void Connection::open_socket() {
  int fd = owner_.connect_socket();
  if (fd < 0) {
    // Told later: the state machine is in the middle of a transition.
    bench_.post([weak = weak_from_this(), error = -fd] {
      if (auto self = weak.lock(); self && self->state_ == State::connect && !self->descriptor_) self->lost(error);
    });
    return;
  }
  descriptor_ = std::make_unique<loop::Descriptor>(bench_.io, fd);
  descriptor_->when_writable([this] { connect_finished(); });
}

void Connection::connect_finished() {
  int error = 0;
  socklen_t size = sizeof error;
  getsockopt(descriptor_->fd(), SOL_SOCKET, SO_ERROR, &error, &size);
  if (error) return lost(error);
  sockaddr_storage local{};
  size = sizeof local;
  getsockname(descriptor_->fd(), reinterpret_cast<sockaddr*>(&local), &size);
  local_ = endpoint(local).address;
  wait_readable();
  handle({EventKind::tcp_connected});
}

void Connection::adopt(int fd) {
  descriptor_ = std::make_unique<loop::Descriptor>(bench_.io, fd);
  sockaddr_storage local{};
  socklen_t size = sizeof local;
  getsockname(fd, reinterpret_cast<sockaddr*>(&local), &size);
  local_ = endpoint(local).address;
  wait_readable();
  handle({EventKind::tcp_connected});
}

void Connection::close_socket() {
  if (descriptor_) {
    // Unread bytes would make the kernel send a reset that can overtake our NOTIFICATION.
    ::shutdown(descriptor_->fd(), SHUT_WR);
    auto& buffer = bench_.read_buffer;
    if (error_.kind == ErrorClass::sent)
      while (::recv(descriptor_->fd(), buffer.data() + read_at_once, read_at_once, MSG_DONTWAIT) > 0) {}
  }
  descriptor_.reset();
  transmit_ = {};
  partial_ = {};
}

void Connection::lost(int error_number) {
  if (state_ != State::close) error_ = SessionError::socket(error_number);
  handle({EventKind::tcp_failed});
}

void Connection::refuse(std::uint8_t code, std::uint8_t subcode, std::vector<std::uint8_t> data, std::string detail) {
  notification_data_ = std::move(data);
  error_ = SessionError::sent(code, subcode, std::move(detail));
  handle({EventKind::message_error, code, subcode});
}

void Connection::stop(std::uint8_t subcode, std::vector<std::uint8_t> data) {
  constexpr std::uint8_t cease = 6, hard_reset = 9;
  notification_data_ = std::move(data);
  if (state_ == State::established && notifications_keep_routes()) {
    notification_data_.insert(notification_data_.begin(), {cease, subcode});
    subcode = hard_reset;
  }
  handle({EventKind::stop, cease, subcode});
}

void Connection::send_open() {
  open_ = std::make_unique<Opens>();
  opened_at_ = bench_.timers.now();
  open_->ours = our_open(owner_.options(), owner_.before(), owner_.with_capabilities());
  open_->with_capabilities = owner_.with_capabilities();
  auto bytes = sent_open();
  transmit_.control(bytes);
  owner_.count_sent(proto::MessageType::open, 0, 1);
  wants_flush_ = true;
}

std::vector<std::uint8_t> Connection::sent_open() const { return proto::encode_open(open_->ours, open_->with_capabilities); }

std::pair<std::uint16_t, std::uint16_t> Connection::ports() const {
  if (!descriptor_) return {};
  sockaddr_storage local{}, remote{};
  socklen_t local_size = sizeof local, remote_size = sizeof remote;
  getsockname(descriptor_->fd(), reinterpret_cast<sockaddr*>(&local), &local_size);
  getpeername(descriptor_->fd(), reinterpret_cast<sockaddr*>(&remote), &remote_size);
  return {endpoint(local).port, endpoint(remote).port};
}

void Connection::send_refresh(proto::Family family) {
  auto bytes = proto::encode_route_refresh({static_cast<std::uint16_t>(family), 1, 0});
  transmit_.control(bytes);
  owner_.count_sent(proto::MessageType::route_refresh, 0, 1);
  flush();
}

/// What the peer says next stays in the kernel's buffers, and in the end at the peer, while the RIB is behind.
void Connection::wait_readable() {
  if (state_ == State::established && bench_.rib.behind()) {
    bench_.paused_readers.push_back([weak = weak_from_this()] {
      if (auto self = weak.lock(); self && self->descriptor_) self->wait_readable();
    });
    return;
  }
  descriptor_->when_readable([this] { read(); });
}

void Connection::read() {
  auto self = shared_from_this();
  auto& buffer = bench_.read_buffer;
  std::copy(partial_.begin(), partial_.end(), buffer.begin());
  auto got = ::recv(descriptor_->fd(), buffer.data() + partial_.size(), read_at_once, MSG_DONTWAIT);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return wait_readable();
  if (got <= 0) return lost(got < 0 ? errno : 0);
  auto length = partial_.size() + static_cast<std::size_t>(got);
  auto used = take_messages({buffer.data(), length});
  if (!descriptor_) return;
  if (used == length)
    partial_ = {};  // an idle session keeps no buffer
  else
    partial_.assign(buffer.begin() + static_cast<std::ptrdiff_t>(used), buffer.begin() + static_cast<std::ptrdiff_t>(length));
  wait_readable();
}

/// Handles all whole messages; returns how many bytes they were.
std::size_t Connection::take_messages(std::span<const std::uint8_t> bytes) {
  std::size_t used = 0;
  while (descriptor_ && state_ != State::close && bytes.size() - used >= proto::header_size_bytes) {
    auto rest = bytes.subspan(used);
    bool extended = open_ && open_->negotiated.extended_messages;
    auto header = proto::decode_header(rest, extended ? proto::max_extended_message_bytes : proto::max_message_bytes);
    if (!header) {
      refused(header.error(), rest.first(proto::header_size_bytes));
      break;
    }
    if (rest.size() < header->length) return used;
    owner_.message_received(*this, header->type, rest.first(header->length));
    if (header->type == proto::MessageType::notification)
      last_notification_.assign(rest.begin(), rest.begin() + header->length);
    if (header->type == proto::MessageType::open && open_ && open_->received.empty())
      open_->received.assign(rest.begin(), rest.begin() + header->length);
    message(header->type, rest.subspan(proto::header_size_bytes, header->length - proto::header_size_bytes));
    used += header->length;
  }
  // After our last NOTIFICATION what the peer says is read and thrown away.
  return state_ == State::close ? bytes.size() : used;
}

void Connection::message(proto::MessageType type, proto::Bytes body) {
  switch (type) {
    case proto::MessageType::open: {
      if (state_ != State::open_sent) return handle({EventKind::open_received});  // refused by the state machine
      auto open = proto::decode_open(body);
      if (!open) return refused(open.error(), body);
      open_->theirs = std::move(*open);
      if (auto good = check_open(owner_.options(), open_->ours, open_->theirs); !good)
        return refuse(2, good.error().subcode, std::move(good.error().data), good.error().what);
      open_->negotiated = proto::negotiate(open_->ours.capabilities, open_->theirs.capabilities);
      times_ = agreed_times(owner_.options(), open_->theirs.hold_time);
      return owner_.open_received(*this);
    }
    case proto::MessageType::keepalive: return handle({EventKind::keepalive_received});
    case proto::MessageType::update: {
      handle({EventKind::update_received});
      if (state_ != State::established) return;
      if (auto taken = owner_.update_received(*this, body); !taken) refused(taken.error(), body);
      return;
    }
    case proto::MessageType::route_refresh: {
      handle({EventKind::refresh_received});
      if (state_ != State::established) return;
      auto refresh = proto::decode_route_refresh(body);
      if (!refresh) return refused(refresh.error(), body);
      return owner_.refresh_received(*this, *refresh);
    }
    case proto::MessageType::notification: {
      auto notification = proto::decode_notification(body);
      hard_reset_ = notification && notification->code == 6 && notification->subcode == 9;
      if (hard_reset_ && notification->data.size() >= 2) notification = proto::decode_notification(notification->data);
      if (notification)
        error_ = SessionError::received(notification->code, notification->subcode, notification->shutdown_text());
      else
        error_ = SessionError::received(0, 0, notification.error().what);
      return handle({EventKind::notification_received});
    }
  }
}

void Connection::refused(const proto::DecodeError& error, proto::Bytes message) {
  std::vector<std::uint8_t> data;
  if (error.code == 1 && error.subcode == 2) data.assign(message.begin() + 16, message.begin() + 18);  // the bad length
  if (error.code == 2 && error.subcode == 1) data = {0, 4};  // the version we speak, RFC 4271 section 6.2
  if (error.code == 1 && error.subcode == 3) data.assign(message.begin() + 18, message.begin() + 19);  // the bad type
  refuse(error.code, error.subcode, std::move(data), error.what);
}

void Connection::hold_expired() {
  if (descriptor_ && state_ != State::close) {
    pollfd input{descriptor_->fd(), POLLIN, 0};
    if (::poll(&input, 1, 0) > 0 && input.revents == POLLIN) {
      hold_timer_.start(congested_hold);
      return;
    }
  }
  handle({EventKind::hold_timer});
}

void Connection::retune(bool new_password, std::uint32_t scope) {
  auto& options = owner_.options();
  if (descriptor_ && new_password) {
    // Linux changes keys of living connections; it goes on if the peer does the same before the hold time is over.
    auto peer = proto::Prefix::make(options.remote_address, proto::max_length_bits(options.remote_address.family()));
    (void)set_md5(descriptor_->fd(), peer, scope, options.password);
  }
  if (times_.hold == 0) return;
  auto wanted = options;
  wanted.hold_time = times_.hold;  // that is agreed
  auto times = agreed_times(wanted, static_cast<std::uint16_t>(times_.hold));
  bool keepalive = times.keepalive != times_.keepalive && keepalive_timer_.running();
  times_ = times;
  if (keepalive) keepalive_timer_.start(bench_.jittered(times_.keepalive));
}

void Connection::wake() {
  if (std::exchange(wake_posted_, true)) return;
  bench_.post([weak = weak_from_this()] {
    auto self = weak.lock();
    if (!self) return;
    self->wake_posted_ = false;
    self->flush();
  });
}

void Connection::flush() {
  auto self = shared_from_this();
  std::size_t written = 0;
  while (descriptor_ && state_ != State::connect) {
    if (state_ == State::established && !transmit_.has_routes()) {
      owner_.take_output(bench_.chunks);
      transmit_.routes(bench_.chunks);
    }
    std::array<iovec, 64> pieces;
    msghdr message{};
    message.msg_iov = pieces.data();
    message.msg_iovlen = transmit_.gather(pieces);
    if (message.msg_iovlen == 0) {
      send_hold_timer_.stop();
      if (state_ == State::close) handle({EventKind::written_out});
      return;
    }
    auto sent = ::sendmsg(descriptor_->fd(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno != EAGAIN && errno != EINTR) return lost(errno);
    if (sent > 0) {
      send_hold_timer_.stop();
      written += static_cast<std::size_t>(sent);
      auto bytes = static_cast<std::size_t>(sent);
      owner_.count_sent(proto::MessageType::update, bytes, transmit_.sent(bytes));
    } else {
      if (times_.send_hold && !send_hold_timer_.running())
        send_hold_timer_.start(std::chrono::seconds(times_.send_hold));
      descriptor_->when_writable([this] { flush(); });
      return;
    }
    if (written >= write_at_once) return wake();  // the others get their turn
  }
}

}  // namespace avocet::session
