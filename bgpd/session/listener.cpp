#include "bgpd/session/listener.hpp"

#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <set>

#include "bgpd/observe/log.hpp"

namespace avocet::session {

namespace {

constexpr int backlog = 4096;  // a reflector's clients all connect at once; the kernel cuts it to net.core.somaxconn
constexpr auto retry_after = std::chrono::seconds(5);
constexpr auto pause_without_files = std::chrono::seconds(1);

}  // namespace

Listener::Listener(Workbench& bench, proto::Address address, proto::Family family, std::uint16_t port, bool free, Accept accept)
    : bench_(bench), address_(address), family_(family), port_(port), free_(free), accept_(std::move(accept)),
      out_of_files_(bench.timers, [this] { accept_all(); }) {}

int Listener::open() {
  bool v4 = family_ == proto::Family::ipv4;
  int fd = ::socket(v4 ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return errno;
  int on = 1, ttl = 255;  // peers with TTL security look at our SYN-ACK, too
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  set_usual(fd, family_);
  keep_syn(fd);
  if (free_) set_free_bind(fd, family_);
  if (v4) {
    setsockopt(fd, IPPROTO_IP, IP_TTL, &ttl, sizeof ttl);
  } else {
    setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    setsockopt(fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, &ttl, sizeof ttl);
  }
  auto any = v4 ? proto::Address::v4(0) : proto::Address{};
  auto local = socket_address(address_.is_unspecified() ? any : address_, port_);
  if (::bind(fd, local.get(), local.length) != 0 || ::listen(fd, backlog) != 0) {
    int error = errno;
    ::close(fd);
    return error;
  }
  descriptor_ = std::make_unique<loop::Descriptor>(bench_.io, fd);
  descriptor_->when_readable([this] { accept_all(); });
  return 0;
}

void Listener::accept_all() {
  for (;;) {
    sockaddr_storage remote{};
    socklen_t size = sizeof remote;
    int fd = ::accept4(descriptor_->fd(), reinterpret_cast<sockaddr*>(&remote), &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0 && (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)) {
      bench_.log.error("listener", fmt::format("connection not accepted: {} port={}", std::strerror(errno), port_));
      out_of_files_.start(pause_without_files);
      return;
    }
    if (fd < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) break;
    if (fd < 0) continue;  // this one connection died in the queue
    set_usual(fd, family_);
    sockaddr_storage local{};
    size = sizeof local;
    getsockname(fd, reinterpret_cast<sockaddr*>(&local), &size);
    accept_(fd, endpoint(remote), endpoint(local));
  }
  descriptor_->when_readable([this] { accept_all(); });
}

Listeners::Listeners(Workbench& bench, Listener::Accept accept, std::function<void(Listener&)> opened)
    : bench_(bench), accept_(std::move(accept)), opened_(std::move(opened)), retry_(bench.timers, [this] { retry(); }) {}

void Listeners::set(const std::vector<ListenOptions>& wanted) {
  std::set<Key> keys;
  for (auto& options : wanted) {
    bool any_family = options.address == proto::Address{};
    if ((any_family && !options.v6only) || options.address.is_v4())
      keys.insert({any_family ? proto::Address::v4(0) : options.address, proto::Family::ipv4, options.port, options.free});
    if (!options.address.is_v4()) keys.insert({options.address, proto::Family::ipv6, options.port, options.free});
  }
  std::erase_if(listeners_, [&](auto& entry) { return !keys.contains(entry.first); });
  for (auto& key : keys)
    if (!listeners_.contains(key))
      listeners_.emplace(key, std::make_unique<Listener>(bench_, key.address, key.family, key.port, key.free, accept_));
  retry();
}

void Listeners::retry() {
  for (auto& [key, listener] : listeners_) {
    if (listener->is_open()) continue;
    int error = listener->open();
    if (error == 0) {
      opened_(*listener);
      continue;
    }
    if (error == EAFNOSUPPORT) continue;  // a kernel without IPv6
    if (!retry_.running())
      bench_.log.error("listener", fmt::format("cannot listen: {} address={} port={}; trying again every {} s",
                                               std::strerror(error), key.address.text(), key.port, retry_after.count()));
    retry_.start(retry_after);
  }
}

void Listeners::for_each(const std::function<void(Listener&)>& visit) {
  for (auto& [key, listener] : listeners_)
    if (listener->is_open()) visit(*listener);
}

bool Listeners::listening(proto::Family family) const {
  return std::any_of(listeners_.begin(), listeners_.end(),
                     [&](auto& entry) { return entry.first.family == family && entry.second->is_open(); });
}

}  // namespace avocet::session
