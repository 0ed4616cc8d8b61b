#include "bgpd/bfd/sockets.hpp"

#include <net/if.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <random>

namespace avocet::bfd {
namespace {

using proto::Address;
using proto::Family;

constexpr std::uint16_t direct_port = 3784, multihop_port = 4784;  // RFC 5881 section 4, RFC 5883 section 5
constexpr std::uint16_t first_source_port = 49152, last_source_port = 65535;
constexpr int source_port_attempts = 64;
constexpr int sent_hop_limit = 255;         // RFC 5881 section 5; multihop neighbours may look at it too
constexpr int precedence = 0xc0;            // class selector 6, as for other routing traffic
constexpr int control_priority = 7;         // of the queue on the interface
constexpr std::size_t longest_bytes = 128;  // more than any section makes a packet
constexpr std::size_t batch = 32;
constexpr int receive_buffer_bytes = 1 << 20;  // what some hundred neighbours send while the loop is busy

int family_of(Family family) { return family == Family::ipv4 ? AF_INET : AF_INET6; }

struct Name {
  sockaddr_storage storage{};
  socklen_t length = 0;
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

Name name_of(const Address& address, Family family, std::uint16_t port, std::uint32_t ifindex) {
  Name name;
  std::array<std::uint8_t, 16> bytes{};
  address.to_bytes(bytes);
  if (family == Family::ipv4) {
    auto& v4 = reinterpret_cast<sockaddr_in&>(name.storage);
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    if (!address.is_unspecified()) std::memcpy(&v4.sin_addr, bytes.data(), sizeof v4.sin_addr);
    name.length = sizeof v4;
  } else {
    auto& v6 = reinterpret_cast<sockaddr_in6&>(name.storage);
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(port);
    std::memcpy(&v6.sin6_addr, bytes.data(), sizeof v6.sin6_addr);
    if (address.is_link_local()) v6.sin6_scope_id = ifindex;
    name.length = sizeof v6;
  }
  return name;
}

Address address_of(const sockaddr_storage& storage) {
  if (storage.ss_family == AF_INET) {
    auto& address = reinterpret_cast<const sockaddr_in&>(storage).sin_addr;
    return Address::from_bytes({reinterpret_cast<const std::uint8_t*>(&address), sizeof address});
  }
  auto& address = reinterpret_cast<const sockaddr_in6&>(storage).sin6_addr;
  return Address::from_bytes({reinterpret_cast<const std::uint8_t*>(&address), sizeof address});
}

int set(int fd, int level, int option, int value) {
  return ::setsockopt(fd, level, option, &value, sizeof value) ? errno : 0;
}

/// What a socket of either end has; 0 or errno.
int set_usual(int fd, Family family, const std::string& interface) {
  bool v4 = family == Family::ipv4;
  if (!v4)
    if (int error = set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1)) return error;
  // Best effort: without them packets only wait longer.
  (void)(v4 ? set(fd, IPPROTO_IP, IP_TOS, precedence) : set(fd, IPPROTO_IPV6, IPV6_TCLASS, precedence));
  (void)set(fd, SOL_SOCKET, SO_PRIORITY, control_priority);
  if (interface.empty()) return 0;
  return ::setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, interface.data(), static_cast<socklen_t>(interface.size()))
             ? errno
             : 0;
}

/// Closes the socket that could not be made ready.
int failed(int fd) {
  int error = errno;
  ::close(fd);
  return error;
}

int failed(int fd, int error) {
  ::close(fd);
  return error;
}

void read_control(msghdr& message, Datagram& datagram) {
  for (auto* part = CMSG_FIRSTHDR(&message); part; part = CMSG_NXTHDR(&message, part)) {
    auto* data = CMSG_DATA(part);
    if (part->cmsg_level == IPPROTO_IP && part->cmsg_type == IP_PKTINFO) {
      in_pktinfo info;
      std::memcpy(&info, data, sizeof info);
      datagram.ifindex = static_cast<std::uint32_t>(info.ipi_ifindex);
      datagram.to = Address::from_bytes({reinterpret_cast<const std::uint8_t*>(&info.ipi_addr), sizeof info.ipi_addr});
    } else if (part->cmsg_level == IPPROTO_IPV6 && part->cmsg_type == IPV6_PKTINFO) {
      in6_pktinfo info;
      std::memcpy(&info, data, sizeof info);
      datagram.ifindex = info.ipi6_ifindex;
      datagram.to =
          Address::from_bytes({reinterpret_cast<const std::uint8_t*>(&info.ipi6_addr), sizeof info.ipi6_addr});
    } else if ((part->cmsg_level == IPPROTO_IP && part->cmsg_type == IP_TTL) ||
               (part->cmsg_level == IPPROTO_IPV6 && part->cmsg_type == IPV6_HOPLIMIT)) {
      std::memcpy(&datagram.hop_limit, data, sizeof datagram.hop_limit);
    }
  }
}

}  // namespace

Receiver::Receiver(boost::asio::io_context& io, Place place, std::function<void(const Datagram&)> take)
    : io_(io), place_(std::move(place)), take_(std::move(take)) {}

int Receiver::open() {
  bool v4 = place_.family == Family::ipv4;
  int fd = ::socket(family_of(place_.family), SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return errno;
  if (int error = set_usual(fd, place_.family, place_.interface)) return failed(fd, error);
  int info = v4 ? set(fd, IPPROTO_IP, IP_PKTINFO, 1) : set(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
  int hops = v4 ? set(fd, IPPROTO_IP, IP_RECVTTL, 1) : set(fd, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1);
  if (info || hops) return failed(fd, info ? info : hops);
  if (place_.zero_checksum && !v4)
    if (int error = set(fd, IPPROTO_UDP, UDP_NO_CHECK6_RX, 1)) return failed(fd, error);
  (void)set(fd, SOL_SOCKET, SO_RCVBUF, receive_buffer_bytes);
  auto ifindex = place_.interface.empty() ? 0 : ::if_nametoindex(place_.interface.c_str());
  auto name = name_of(place_.address, place_.family, place_.multihop ? multihop_port : direct_port, ifindex);
  if (::bind(fd, name.get(), name.length) != 0) return failed(fd);
  descriptor_ = std::make_unique<loop::Descriptor>(io_, fd);
  wait();
  return 0;
}

void Receiver::wait() {
  constexpr std::size_t a_turn = 512;  // some hundred microseconds
  descriptor_->when_readable([this] {
    read(a_turn);
    wait();
  });
}

void Receiver::read(std::size_t most) {
  if (!descriptor_) return;
  std::array<mmsghdr, batch> messages;
  std::array<iovec, batch> parts;
  std::array<sockaddr_storage, batch> names;
  std::array<std::array<std::uint8_t, longest_bytes>, batch> bytes;
  struct alignas(cmsghdr) Control {
    std::array<std::uint8_t, 128> bytes;
  };
  std::array<Control, batch> controls;
  while (most > 0) {
    for (std::size_t i = 0; i < batch; ++i) {
      parts[i] = {bytes[i].data(), bytes[i].size()};
      messages[i] = {};
      messages[i].msg_hdr.msg_name = &names[i];
      messages[i].msg_hdr.msg_namelen = sizeof names[i];
      messages[i].msg_hdr.msg_iov = &parts[i];
      messages[i].msg_hdr.msg_iovlen = 1;
      messages[i].msg_hdr.msg_control = controls[i].bytes.data();
      messages[i].msg_hdr.msg_controllen = controls[i].bytes.size();
    }
    int count = ::recvmmsg(descriptor_->fd(), messages.data(), batch, MSG_DONTWAIT, nullptr);
    if (count <= 0) return;
    for (int i = 0; i < count; ++i) {
      Datagram datagram;
      datagram.from = address_of(names[i]);
      datagram.multihop = place_.multihop;
      read_control(messages[i].msg_hdr, datagram);
      datagram.bytes = proto::Bytes(bytes[i].data(), messages[i].msg_len);
      take_(datagram);
    }
    if (static_cast<std::size_t>(count) < batch) return;
    most -= std::min<std::size_t>(most, static_cast<std::size_t>(count));
  }
}

Sender::~Sender() { close(); }

void Sender::close() {
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

int Sender::open(const Address& neighbor, const Address& local, const std::string& interface, std::uint32_t ifindex) {
  auto family = neighbor.family();
  bool v4 = family == Family::ipv4;
  int fd = ::socket(family_of(family), SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return errno;
  if (int error = set_usual(fd, family, interface)) return failed(fd, error);
  if (int error =
          v4 ? set(fd, IPPROTO_IP, IP_TTL, sent_hop_limit) : set(fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, sent_hop_limit))
    return failed(fd, error);
  std::minstd_rand random{std::random_device{}()};
  std::uniform_int_distribution<int> ports(first_source_port, last_source_port);
  for (int attempt = 0; attempt < source_port_attempts; ++attempt) {
    auto name = name_of(local, family, static_cast<std::uint16_t>(ports(random)), ifindex);
    if (::bind(fd, name.get(), name.length) == 0) {
      fd_ = fd;
      return 0;
    }
    if (errno != EADDRINUSE) break;
  }
  return failed(fd);
}

int Sender::send(proto::Bytes bytes, const Address& neighbor, const Address& local, const std::string& interface,
                 std::uint32_t ifindex) {
  if (fd_ < 0)
    if (int error = open(neighbor, local, interface, ifindex)) return error;
  auto name = name_of(neighbor, neighbor.family(), interface.empty() ? multihop_port : direct_port, ifindex);
  if (::sendto(fd_, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL, name.get(), name.length) >= 0) return 0;
  int error = errno;
  if (error == ENODEV || error == EADDRNOTAVAIL || error == EINVAL)
    close();  // interface or address were made anew: so is the socket
  return error;
}

}  // namespace avocet::bfd
