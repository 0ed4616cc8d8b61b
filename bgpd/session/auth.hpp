#pragma once
/// Options of BGP sockets: addresses as the kernel wants them, TCP MD5 (RFC 2385), TTL security (RFC 5082).
#include <sys/socket.h>

#include <cstdint>
#include <string>

#include "bgpd/session/options.hpp"

namespace avocet::session {

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t length = 0;
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
  sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
};
/// `scope` is the ifindex of a link-local address.
SocketAddress socket_address(const proto::Address& address, std::uint16_t port, std::uint32_t scope = 0);
struct Endpoint {
  proto::Address address;
  std::uint16_t port = 0;
  std::uint32_t scope = 0;
};
Endpoint endpoint(const sockaddr_storage& storage);

// Each returns 0 or errno.
/// A key for one neighbour, or for a range of them; an empty password removes it.
int set_md5(int fd, const proto::Prefix& neighbors, std::uint32_t scope, const std::string& password);
/// TTL of what we send, and the least TTL we accept: 1 hop for direct sessions, 255 with TTL security.
int set_ttl(int fd, proto::Family family, const BgpOptions& options);
/// What arrived between the handshake and `set_ttl` was let in unseen, so the SYN's TTL is looked at as well. False if it
/// came from further away than TTL security allows. The listening socket must have asked for it with `keep_syn`.
bool syn_from_near(int fd, proto::Family family, const BgpOptions& options);
int keep_syn(int listening_fd);
int set_device(int fd, const std::string& interface);
/// Lets the socket be bound to an address that no interface has, ip(7).
int set_free_bind(int fd, proto::Family family);
/// TCP_NODELAY, precedence of routing traffic.
void set_usual(int fd, proto::Family family);

}  // namespace avocet::session
