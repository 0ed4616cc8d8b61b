#include "bgpd/session/auth.hpp"

#include <arpa/inet.h>
#include <linux/in6.h>
#include <linux/tcp.h>
#include <netinet/in.h>

#include <cerrno>
#include <cstring>

namespace avocet::session {

namespace {

int set_int(int fd, int level, int name, int value) {
  return setsockopt(fd, level, name, &value, sizeof value) == 0 ? 0 : errno;
}

int hops(const BgpOptions& options) { return options.multihop ? options.multihop_ttl : 1; }
int least_ttl(const BgpOptions& options) { return options.ttl_security ? 256 - hops(options) : 0; }

constexpr int internet_control = 0xc0;  // IP precedence 6, as routing protocols have used since RFC 791
constexpr int ipv6_min_hop_count = 73;  // IPV6_MINHOPCOUNT is missing from glibc's netinet/in.h

}  // namespace

SocketAddress socket_address(const proto::Address& address, std::uint16_t port, std::uint32_t scope) {
  SocketAddress out;
  if (address.is_v4()) {
    auto& in = reinterpret_cast<sockaddr_in&>(out.storage);
    in.sin_family = AF_INET;
    in.sin_port = htons(port);
    in.sin_addr.s_addr = htonl(address.v4_bits());
    out.length = sizeof in;
  } else {
    auto& in = reinterpret_cast<sockaddr_in6&>(out.storage);
    in.sin6_family = AF_INET6;
    in.sin6_port = htons(port);
    std::array<std::uint8_t, 16> bytes{};
    address.to_bytes(bytes);
    std::memcpy(&in.sin6_addr, bytes.data(), bytes.size());
    in.sin6_scope_id = address.is_link_local() ? scope : 0;
    out.length = sizeof in;
  }
  return out;
}

Endpoint endpoint(const sockaddr_storage& storage) {
  if (storage.ss_family == AF_INET) {
    auto& in = reinterpret_cast<const sockaddr_in&>(storage);
    return {proto::Address::v4(ntohl(in.sin_addr.s_addr)), ntohs(in.sin_port), 0};
  }
  auto& in = reinterpret_cast<const sockaddr_in6&>(storage);
  std::array<std::uint8_t, 16> bytes;
  std::memcpy(bytes.data(), &in.sin6_addr, bytes.size());
  return {proto::Address::from_bytes(bytes), ntohs(in.sin6_port), in.sin6_scope_id};
}

int set_md5(int fd, const proto::Prefix& neighbors, std::uint32_t scope, const std::string& password) {
  tcp_md5sig key{};
  if (password.size() > sizeof key.tcpm_key) return ENAMETOOLONG;
  auto address = socket_address(neighbors.address, 0, scope);
  std::memcpy(&key.tcpm_addr, &address.storage, sizeof key.tcpm_addr);
  key.tcpm_keylen = static_cast<std::uint16_t>(password.size());
  std::memcpy(key.tcpm_key, password.data(), password.size());
  int name = TCP_MD5SIG;
  if (neighbors.length != proto::max_length_bits(neighbors.family)) {
    name = TCP_MD5SIG_EXT;
    key.tcpm_flags = TCP_MD5SIG_FLAG_PREFIX;
    key.tcpm_prefixlen = neighbors.length;
  }
  if (setsockopt(fd, IPPROTO_TCP, name, &key, sizeof key) == 0) return 0;
  return errno == ENOENT && password.empty() ? 0 : errno;  // there was none to remove
}

int set_ttl(int fd, proto::Family family, const BgpOptions& options) {
  int ttl = options.ttl_security ? 255 : hops(options);
  int least = least_ttl(options);
  bool v4 = family == proto::Family::ipv4;
  if (int error = v4 ? set_int(fd, IPPROTO_IP, IP_TTL, ttl) : set_int(fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, ttl))
    return error;
  return v4 ? set_int(fd, IPPROTO_IP, IP_MINTTL, least) : set_int(fd, IPPROTO_IPV6, ipv6_min_hop_count, least);
}

int keep_syn(int listening_fd) { return set_int(listening_fd, IPPROTO_TCP, TCP_SAVE_SYN, 1); }

bool syn_from_near(int fd, proto::Family family, const BgpOptions& options) {
  if (!options.ttl_security) return true;
  std::array<std::uint8_t, 256> headers{};  // IP and TCP
  socklen_t length = headers.size();
  bool kept = getsockopt(fd, IPPROTO_TCP, TCP_SAVED_SYN, headers.data(), &length) == 0 && length > 8;
  if (!kept) return true;  // a SYN cookie was used
  return headers[family == proto::Family::ipv4 ? 8 : 7] >= least_ttl(options);
}

int set_device(int fd, const std::string& interface) {
  if (interface.empty()) return 0;
  auto length = static_cast<socklen_t>(interface.size());
  return setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, interface.c_str(), length) == 0 ? 0 : errno;
}

int set_free_bind(int fd, proto::Family family) {
  constexpr int ipv6_freebind = 78;  // linux/in6.h, which does not go together with netinet/in.h
  bool v4 = family == proto::Family::ipv4;
  return set_int(fd, v4 ? IPPROTO_IP : IPPROTO_IPV6, v4 ? IP_FREEBIND : ipv6_freebind, 1);
}

void set_usual(int fd, proto::Family family) {
  set_int(fd, IPPROTO_TCP, TCP_NODELAY, 1);  // a small UPDATE must not wait for the acknowledgement of the last one
  if (family == proto::Family::ipv4)
    set_int(fd, IPPROTO_IP, IP_TOS, internet_control);
  else
    set_int(fd, IPPROTO_IPV6, IPV6_TCLASS, internet_control);
}

}  // namespace avocet::session
