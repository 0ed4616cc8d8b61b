#include "bgpd/kernel/netlink.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <fmt/format.h>
#include <libmnl/libmnl.h>
#include <linux/filter.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <poll.h>
#include <sys/socket.h>

namespace avocet::kernel {
namespace {

using proto::Address;
using proto::DestinationKind;
using proto::NextHop;
using proto::Prefix;

// 128 routes take the kernel about half a millisecond: one slice of the loop.
constexpr std::size_t batch_routes = 128;
constexpr std::size_t max_request_bytes = 8192;  // one route with 255 next hops

/// libmnl's own loop macros do not compile as C++.
template <class Visit> void for_each_attribute(const void* first, const void* end, Visit visit) {
  auto at = static_cast<const nlattr*>(first);
  while (mnl_attr_ok(at, static_cast<int>(static_cast<const char*>(end) - reinterpret_cast<const char*>(at)))) {
    visit(at);
    at = mnl_attr_next(at);
  }
}
template <class Visit> void for_each_attribute(const nlmsghdr* header, std::size_t offset, Visit visit) {
  for_each_attribute(mnl_nlmsg_get_payload_offset(header, offset), mnl_nlmsg_get_payload_tail(header), visit);
}

Address address_of(const nlattr* attribute) {
  return Address::from_bytes({static_cast<const std::uint8_t*>(mnl_attr_get_payload(attribute)),
                              mnl_attr_get_payload_len(attribute)});
}

std::optional<DestinationKind> kind_of(std::uint8_t route_type) {
  switch (route_type) {
    case RTN_UNICAST: return DestinationKind::unicast;
    case RTN_BLACKHOLE: return DestinationKind::blackhole;
    case RTN_UNREACHABLE: return DestinationKind::unreachable;
    case RTN_PROHIBIT: return DestinationKind::prohibit;
    default: return std::nullopt;
  }
}

std::uint8_t route_type_of(DestinationKind kind) {
  switch (kind) {
    case DestinationKind::unicast: return RTN_UNICAST;
    case DestinationKind::blackhole: return RTN_BLACKHOLE;
    case DestinationKind::unreachable: return RTN_UNREACHABLE;
    case DestinationKind::prohibit: return RTN_PROHIBIT;
  }
  return RTN_UNREACHABLE;
}

/// RTA_VIA: a gateway of the other family (IPv4 route over IPv6, RFC 8950).
Address via_of(const void* payload, std::size_t size) {
  if (size < 2 + 4) return {};
  auto bytes = static_cast<const std::uint8_t*>(payload) + 2;
  return Address::from_bytes({bytes, size - 2});
}

void read_hop_attributes(const nlattr* attribute, NextHop& hop) {
  switch (mnl_attr_get_type(attribute)) {
    case RTA_GATEWAY: hop.gateway = address_of(attribute); break;
    case RTA_VIA: hop.gateway = via_of(mnl_attr_get_payload(attribute), mnl_attr_get_payload_len(attribute)); break;
    case RTA_OIF: hop.ifindex = mnl_attr_get_u32(attribute); break;
    default: break;
  }
}

void read_multipath(const nlattr* attribute, std::vector<NextHop>& hops) {
  auto at = static_cast<const std::uint8_t*>(mnl_attr_get_payload(attribute));
  std::size_t left = mnl_attr_get_payload_len(attribute);
  while (left >= sizeof(rtnexthop)) {
    rtnexthop header;
    std::memcpy(&header, at, sizeof header);
    if (header.rtnh_len < sizeof header || header.rtnh_len > left) return;
    NextHop hop;
    hop.ifindex = static_cast<std::uint32_t>(header.rtnh_ifindex);
    hop.weight = header.rtnh_hops;
    hop.onlink = (header.rtnh_flags & RTNH_F_ONLINK) != 0;
    for (std::size_t offset = sizeof header; offset + sizeof(nlattr) <= header.rtnh_len;) {
      auto inner = reinterpret_cast<const nlattr*>(at + offset);
      if (inner->nla_len < sizeof(nlattr) || offset + inner->nla_len > header.rtnh_len) break;
      read_hop_attributes(inner, hop);
      offset += MNL_ALIGN(inner->nla_len);
    }
    hops.push_back(hop);
    auto step = std::min<std::size_t>(MNL_ALIGN(header.rtnh_len), left);
    at += step;
    left -= step;
  }
}

void read_metrics(const nlattr* attribute, KernelRoute& route) {
  auto payload = static_cast<const char*>(mnl_attr_get_payload(attribute));
  for_each_attribute(payload, payload + mnl_attr_get_payload_len(attribute), [&](const nlattr* inner) {
    auto type = mnl_attr_get_type(inner);
    if (mnl_attr_get_payload_len(inner) != 4) return;  // the congestion control algorithm is a text
    if (type == RTAX_LOCK)
      route.locked = mnl_attr_get_u32(inner);
    else
      route.metrics.emplace_back(type, mnl_attr_get_u32(inner));
  });
  std::sort(route.metrics.begin(), route.metrics.end());
}

void put_address(nlmsghdr* header, std::uint16_t type, const Address& address) {
  std::array<std::uint8_t, 16> bytes{};
  auto size = address.to_bytes(bytes);
  mnl_attr_put(header, type, size, bytes.data());
}

void put_gateway(nlmsghdr* header, proto::Family family, const Address& gateway) {
  if (gateway.family() == family) return put_address(header, RTA_GATEWAY, gateway);
  std::array<std::uint8_t, 18> via{};
  std::uint16_t other = gateway.is_v4() ? AF_INET : AF_INET6;
  std::memcpy(via.data(), &other, 2);
  std::array<std::uint8_t, 16> bytes{};
  auto size = gateway.to_bytes(bytes);
  std::memcpy(via.data() + 2, bytes.data(), size);
  mnl_attr_put(header, RTA_VIA, 2 + size, via.data());
}

void put_hops(nlmsghdr* header, rtmsg* message, proto::Family family, const KernelRoute& route) {
  if (route.hops.size() == 1) {
    auto& hop = route.hops.front();
    if (!hop.gateway.is_unspecified()) put_gateway(header, family, hop.gateway);
    if (hop.ifindex) mnl_attr_put_u32(header, RTA_OIF, hop.ifindex);
    if (hop.onlink) message->rtm_flags |= RTNH_F_ONLINK;
    return;
  }
  auto nest = mnl_attr_nest_start(header, RTA_MULTIPATH);
  for (auto& hop : route.hops) {
    auto start = static_cast<std::uint8_t*>(mnl_nlmsg_get_payload_tail(header));
    rtnexthop next{};
    next.rtnh_ifindex = static_cast<int>(hop.ifindex);
    next.rtnh_hops = hop.weight;
    next.rtnh_flags = hop.onlink ? RTNH_F_ONLINK : 0;
    header->nlmsg_len += MNL_ALIGN(sizeof next);
    if (!hop.gateway.is_unspecified()) put_gateway(header, family, hop.gateway);
    next.rtnh_len = static_cast<std::uint16_t>(static_cast<std::uint8_t*>(mnl_nlmsg_get_payload_tail(header)) - start);
    std::memcpy(start, &next, sizeof next);
  }
  mnl_attr_nest_end(header, nest);
}

void put_metrics(nlmsghdr* header, const KernelRoute& route) {
  if (route.metrics.empty() && !route.locked) return;
  auto nest = mnl_attr_nest_start(header, RTA_METRICS);
  if (route.locked) mnl_attr_put_u32(header, RTAX_LOCK, route.locked);
  for (auto& [type, value] : route.metrics) mnl_attr_put_u32(header, type, value);
  mnl_attr_nest_end(header, nest);
}

std::uint8_t scope_of(const Prefix& net, const KernelRoute& route) {
  if (net.family == proto::Family::ipv6 || route.kind != DestinationKind::unicast) return RT_SCOPE_UNIVERSE;
  bool on_link = std::all_of(route.hops.begin(), route.hops.end(),
                             [](const NextHop& hop) { return hop.gateway.is_unspecified(); });
  return on_link ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE;
}

}  // namespace

bool same_destination(const KernelRoute& a, const KernelRoute& b) {
  return a.kind == b.kind &&
         std::equal(a.hops.begin(), a.hops.end(), b.hops.begin(), b.hops.end(), [](const NextHop& x, const NextHop& y) {
           return x.gateway == y.gateway && x.ifindex == y.ifindex && x.weight == y.weight;
         });
}

std::optional<LinkMessage> parse_link(const nlmsghdr* header) {
  if (header->nlmsg_type != RTM_NEWLINK && header->nlmsg_type != RTM_DELLINK) return std::nullopt;
  if (header->nlmsg_len < MNL_ALIGN(sizeof(nlmsghdr)) + sizeof(ifinfomsg)) return std::nullopt;
  auto info = static_cast<const ifinfomsg*>(mnl_nlmsg_get_payload(header));
  if (info->ifi_family != AF_UNSPEC) return std::nullopt;  // bridge port state, not a link of its own
  LinkMessage out;
  out.removed = header->nlmsg_type == RTM_DELLINK;
  out.index = static_cast<std::uint32_t>(info->ifi_index);
  out.flags = info->ifi_flags;
  for_each_attribute(header, sizeof(ifinfomsg), [&](const nlattr* attribute) {
    switch (mnl_attr_get_type(attribute)) {
      case IFLA_IFNAME: out.name = mnl_attr_get_str(attribute); break;
      case IFLA_MTU: out.mtu = mnl_attr_get_u32(attribute); break;
      case IFLA_MASTER: out.master = mnl_attr_get_u32(attribute); break;
      default: break;
    }
  });
  return out;
}

std::optional<AddressMessage> parse_address(const nlmsghdr* header) {
  if (header->nlmsg_type != RTM_NEWADDR && header->nlmsg_type != RTM_DELADDR) return std::nullopt;
  if (header->nlmsg_len < MNL_ALIGN(sizeof(nlmsghdr)) + sizeof(ifaddrmsg)) return std::nullopt;
  auto info = static_cast<const ifaddrmsg*>(mnl_nlmsg_get_payload(header));
  if (info->ifa_family != AF_INET && info->ifa_family != AF_INET6) return std::nullopt;
  AddressMessage out;
  out.removed = header->nlmsg_type == RTM_DELADDR;
  out.index = info->ifa_index;
  out.length = info->ifa_prefixlen;
  out.scope = info->ifa_scope;
  std::uint32_t flags = info->ifa_flags;
  Address local, address;
  for_each_attribute(header, sizeof(ifaddrmsg), [&](const nlattr* attribute) {
    switch (mnl_attr_get_type(attribute)) {
      case IFA_LOCAL: local = address_of(attribute); break;
      case IFA_ADDRESS: address = address_of(attribute); break;
      case IFA_FLAGS: flags = mnl_attr_get_u32(attribute); break;
      default: break;
    }
  });
  // IFA_ADDRESS is the far end on point-to-point links, and the address itself elsewhere (IPv6 has no IFA_LOCAL then).
  out.address = local == Address{} ? address : local;
  if (local != Address{} && address != Address{} && local != address) out.peer = address;
  out.secondary = info->ifa_family == AF_INET && (flags & IFA_F_SECONDARY);
  out.tentative = (flags & IFA_F_TENTATIVE) && !(flags & IFA_F_OPTIMISTIC);
  if (out.address == Address{}) return std::nullopt;
  return out;
}

std::optional<RouteMessage> parse_route(const nlmsghdr* header) {
  if (header->nlmsg_type != RTM_NEWROUTE && header->nlmsg_type != RTM_DELROUTE) return std::nullopt;
  if (header->nlmsg_len < MNL_ALIGN(sizeof(nlmsghdr)) + sizeof(rtmsg)) return std::nullopt;
  auto info = static_cast<const rtmsg*>(mnl_nlmsg_get_payload(header));
  if (info->rtm_family != AF_INET && info->rtm_family != AF_INET6) return std::nullopt;
  bool v4 = info->rtm_family == AF_INET;
  RouteMessage out;
  out.removed = header->nlmsg_type == RTM_DELROUTE;
  out.cloned = (info->rtm_flags & RTM_F_CLONED) != 0;
  out.protocol = info->rtm_protocol;
  out.scope = info->rtm_scope;
  out.tos = info->rtm_tos;
  out.type = info->rtm_type;
  out.table = info->rtm_table;
  auto kind = kind_of(info->rtm_type);
  out.known_kind = kind.has_value();
  if (kind) out.route.kind = *kind;
  Address destination = v4 ? Address::v4(0) : Address{};
  NextHop single;
  single.onlink = (info->rtm_flags & RTNH_F_ONLINK) != 0;
  bool multipath = false;
  for_each_attribute(header, sizeof(rtmsg), [&](const nlattr* attribute) {
    switch (mnl_attr_get_type(attribute)) {
      case RTA_DST: destination = address_of(attribute); break;
      case RTA_TABLE: out.table = mnl_attr_get_u32(attribute); break;
      case RTA_PRIORITY: out.route.metric = mnl_attr_get_u32(attribute); break;
      case RTA_PREFSRC: out.route.prefsrc = address_of(attribute); break;
      case RTA_FLOW: out.route.realm = mnl_attr_get_u32(attribute); break;
      case RTA_METRICS: read_metrics(attribute, out.route); break;
      case RTA_MULTIPATH: read_multipath(attribute, out.route.hops), multipath = true; break;
      default: read_hop_attributes(attribute, single); break;
    }
  });
  out.net = v4 ? Prefix::v4(destination.v4_bits(), info->rtm_dst_len) : Prefix::v6(destination, info->rtm_dst_len);
  if (out.route.kind != DestinationKind::unicast)
    out.route.hops.clear();  // IPv6 names lo for blackholes
  else if (!multipath)
    out.route.hops.push_back(single);
  std::sort(out.route.hops.begin(), out.route.hops.end());
  return out;
}

void RouteBatch::clear() {
  bytes_.clear();
  cookies_.clear();
}

bool RouteBatch::append(Operation operation, const Prefix& net, const KernelRoute& route, std::uint32_t table,
                        std::uint32_t cookie) {
  if (cookies_.size() >= batch_routes) return false;
  last_offset_ = bytes_.size();
  bytes_.resize(last_offset_ + max_request_bytes);
  auto header = mnl_nlmsg_put_header(bytes_.data() + last_offset_);
  header->nlmsg_type = operation == Operation::remove ? RTM_DELROUTE : RTM_NEWROUTE;
  header->nlmsg_flags = NLM_F_REQUEST;
  if (operation == Operation::add_exclusive) header->nlmsg_flags |= NLM_F_CREATE | NLM_F_EXCL;
  if (operation == Operation::replace) header->nlmsg_flags |= NLM_F_CREATE | NLM_F_REPLACE;
  header->nlmsg_seq = static_cast<std::uint32_t>(cookies_.size());  // execute() adds its base
  auto message = static_cast<rtmsg*>(mnl_nlmsg_put_extra_header(header, sizeof(rtmsg)));
  message->rtm_family = net.family == proto::Family::ipv4 ? AF_INET : AF_INET6;
  message->rtm_dst_len = net.length;
  message->rtm_protocol = route_protocol;
  message->rtm_type = route_type_of(route.kind);
  message->rtm_scope = operation == Operation::remove ? static_cast<std::uint8_t>(RT_SCOPE_NOWHERE)
                                                      : scope_of(net, route);
  message->rtm_table = static_cast<std::uint8_t>(table < 256 ? table : 0);
  if (table >= 256) mnl_attr_put_u32(header, RTA_TABLE, table);
  std::array<std::uint8_t, 16> bytes{};
  auto size = net.address.to_bytes(bytes);
  mnl_attr_put(header, RTA_DST, size, bytes.data());
  if (route.metric) mnl_attr_put_u32(header, RTA_PRIORITY, route.metric);
  if (operation != Operation::remove) {
    if (!route.prefsrc.is_unspecified()) put_address(header, RTA_PREFSRC, route.prefsrc);
    if (route.realm) mnl_attr_put_u32(header, RTA_FLOW, route.realm);
    put_metrics(header, route);
    if (route.kind == DestinationKind::unicast) put_hops(header, message, net.family, route);
  }
  bytes_.resize(last_offset_ + MNL_ALIGN(header->nlmsg_len));
  cookies_.push_back(cookie);
  return true;
}

Netlink::~Netlink() {
  if (socket_) mnl_socket_close(socket_);
}

std::string Netlink::open(std::uint32_t groups, std::size_t receive_buffer_bytes) {
  socket_ = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (!socket_) return fmt::format("cannot open a netlink socket: {}", std::strerror(errno));
  if (mnl_socket_bind(socket_, groups, MNL_SOCKET_AUTOPID) < 0)
    return fmt::format("cannot bind a netlink socket: {}", std::strerror(errno));
  set_receive_buffer(receive_buffer_bytes);
  int on = 1;
  (void)mnl_socket_setsockopt(socket_, NETLINK_CAP_ACK, &on, sizeof on);  // answers without a copy of the request
  buffer_.resize(std::size_t{1} << 16);
  return {};
}

void Netlink::set_receive_buffer(std::size_t bytes) {
  int size = static_cast<int>(bytes);
  if (setsockopt(fd(), SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size) < 0)
    (void)setsockopt(fd(), SOL_SOCKET, SO_RCVBUF, &size, sizeof size);  // without CAP_NET_ADMIN: what the system allows
}

int Netlink::fd() const { return mnl_socket_get_fd(socket_); }
std::uint32_t Netlink::port_id() const { return mnl_socket_get_portid(socket_); }

void Netlink::ignore_requests_of(std::uint32_t port_id) {
  // nlmsg_pid stands at offset 12 in host order; classic BPF loads big-endian words.
  sock_filter code[] = {
      BPF_STMT(BPF_LD | BPF_ABS | BPF_W, offsetof(nlmsghdr, nlmsg_pid)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __builtin_bswap32(port_id), 0, 1),
      BPF_STMT(BPF_RET | BPF_K, 0),
      BPF_STMT(BPF_RET | BPF_K, 0xffffffffu),
  };
  sock_fprog program{static_cast<unsigned short>(std::size(code)), code};
  (void)setsockopt(fd(), SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program);  // only saves time
}

bool Netlink::request_dump(std::uint16_t type, std::uint8_t address_family) {
  std::array<std::uint8_t, 64> bytes{};
  auto header = mnl_nlmsg_put_header(bytes.data());
  header->nlmsg_type = type;
  header->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  header->nlmsg_seq = ++sequence_;
  if (type == RTM_GETROUTE)
    static_cast<rtmsg*>(mnl_nlmsg_put_extra_header(header, sizeof(rtmsg)))->rtm_family = address_family;
  else if (type == RTM_GETADDR)
    static_cast<ifaddrmsg*>(mnl_nlmsg_put_extra_header(header, sizeof(ifaddrmsg)))->ifa_family = address_family;
  else
    static_cast<ifinfomsg*>(mnl_nlmsg_put_extra_header(header, sizeof(ifinfomsg)))->ifi_family = address_family;
  return mnl_socket_sendto(socket_, header, header->nlmsg_len) >= 0;
}

Netlink::Read Netlink::read(const std::function<void(const nlmsghdr*)>& visit, std::size_t max_messages) {
  for (std::size_t count = 0; count < max_messages;) {
    auto got = recv(fd(), buffer_.data(), buffer_.size(), MSG_DONTWAIT);
    if (got < 0) {
      if (errno == EINTR) continue;
      if (errno == EAGAIN || errno == EWOULDBLOCK) return Read::again;
      return errno == ENOBUFS ? Read::overrun : Read::failed;
    }
    int left = static_cast<int>(got);
    for (auto header = reinterpret_cast<const nlmsghdr*>(buffer_.data()); mnl_nlmsg_ok(header, left);
         header = mnl_nlmsg_next(header, &left), ++count) {
      if (header->nlmsg_type == NLMSG_DONE)
        return std::exchange(dump_interrupted_, false) ? Read::dump_interrupted : Read::dump_done;
      if (header->nlmsg_type == NLMSG_ERROR) return Read::failed;
      if (header->nlmsg_flags & NLM_F_DUMP_INTR) dump_interrupted_ = true;
      visit(header);
    }
  }
  return Read::again;
}

bool Netlink::wait() {
  pollfd poll_for{fd(), POLLIN, 0};
  return poll(&poll_for, 1, 1000) > 0;
}

std::vector<Netlink::Failure> Netlink::execute(RouteBatch& batch) {
  std::vector<Failure> failures;
  if (batch.empty()) return failures;
  auto base = sequence_ + 1;
  sequence_ += static_cast<std::uint32_t>(batch.cookies_.size());
  for (std::size_t offset = 0; offset < batch.bytes_.size();) {
    auto header = reinterpret_cast<nlmsghdr*>(batch.bytes_.data() + offset);
    header->nlmsg_seq += base;
    offset += MNL_ALIGN(header->nlmsg_len);
  }
  // Failures are always answered; the acknowledgement of the last request tells that all were executed.
  auto last = reinterpret_cast<nlmsghdr*>(batch.bytes_.data() + batch.last_offset_);
  last->nlmsg_flags |= NLM_F_ACK;
  if (mnl_socket_sendto(socket_, batch.bytes_.data(), batch.bytes_.size()) < 0) {
    for (auto cookie : batch.cookies_) failures.push_back({cookie, errno});
    batch.clear();
    return failures;
  }
  for (bool done = false; !done;) {
    auto got = recv(fd(), buffer_.data(), buffer_.size(), 0);
    if (got < 0) {
      if (errno == EINTR) continue;
      if ((errno == EAGAIN || errno == EWOULDBLOCK) && wait()) continue;
      // Answers were lost: every route of the batch is in doubt, and the next scan tells.
      for (auto cookie : batch.cookies_) failures.push_back({cookie, ENOBUFS});
      break;
    }
    int left = static_cast<int>(got);
    for (auto header = reinterpret_cast<const nlmsghdr*>(buffer_.data()); mnl_nlmsg_ok(header, left);
         header = mnl_nlmsg_next(header, &left)) {
      if (header->nlmsg_type != NLMSG_ERROR) continue;
      auto index = header->nlmsg_seq - base;
      if (index >= batch.cookies_.size()) continue;
      auto error = static_cast<const nlmsgerr*>(mnl_nlmsg_get_payload(header))->error;
      if (error) failures.push_back({batch.cookies_[index], -error});
      done |= index + 1 == batch.cookies_.size();
    }
  }
  batch.clear();
  return failures;
}

std::string route_error_text(int error_number) {
  switch (error_number) {
    case ENETUNREACH: return "network is unreachable: no route to the gateway; is its interface up and addressed?";
    case EHOSTUNREACH: return "gateway is unreachable through this interface";
    case ENODEV: return "the interface does not exist any more";
    case ENETDOWN: return "the interface is down";
    case EEXIST: return "another program's route has the same prefix and metric; choose another 'metric'";
    case EINVAL: return "the kernel finds the route invalid: is the gateway one of our own addresses?";
    case EPERM:
    case EACCES: return "no permission: CAP_NET_ADMIN is missing";
    case ENOBUFS:
    case ENOMEM: return "the kernel is out of memory for routes or answers";
    case EAFNOSUPPORT: return "the kernel does not support this address family";
    case EOPNOTSUPP: return "the kernel does not support this kind of route";
    default: return std::strerror(error_number);
  }
}

}  // namespace avocet::kernel
