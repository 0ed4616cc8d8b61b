#pragma once
/// rtnetlink as values: a socket, what the kernel says about links, addresses and routes, and requests to change routes.
/// The only file pair that knows message layouts; built on libmnl.
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "proto/attributes.hpp"
#include "proto/ip.hpp"

struct nlmsghdr;
struct mnl_socket;

namespace avocet::kernel {

/// rtnetlink protocol number of routes that are ours; BIRD's, because tools (Calico's Felix) know it.
constexpr std::uint8_t route_protocol = 12;

/// A route as the kernel holds it, without its net: what is compared, installed and interned.
struct KernelRoute {
  proto::DestinationKind kind = proto::DestinationKind::unicast;
  std::uint32_t metric = 0;
  std::vector<proto::NextHop> hops;  ///< sorted; empty unless unicast
  proto::Address prefsrc;            ///< unspecified: none
  std::uint32_t realm = 0;
  std::uint32_t locked = 0;          ///< bit mask of locked metrics
  std::vector<std::pair<std::uint16_t, std::uint32_t>> metrics;  ///< RTAX_* number and value, ascending
  friend bool operator==(const KernelRoute&, const KernelRoute&) = default;
};

/// Same way for packets: kind and hops. What else differs is not worth a rewrite of a route found in the kernel.
bool same_destination(const KernelRoute& a, const KernelRoute& b);

struct LinkMessage {
  bool removed = false;
  std::uint32_t index = 0, flags = 0, mtu = 0, master = 0;
  std::string name;
};
struct AddressMessage {
  bool removed = false, secondary = false, tentative = false;
  std::uint32_t index = 0;
  std::uint8_t scope = 0;
  proto::Address address;
  unsigned length = 0;                  ///< prefix length in bits
  std::optional<proto::Address> peer;
};
struct RouteMessage {
  bool removed = false;
  bool cloned = false;
  bool own_request = false;             ///< echo of a request from the socket whose port id was given to parse
  std::uint8_t protocol = 0, scope = 0, tos = 0, type = 0;  ///< RTPROT_*, RT_SCOPE_*, RTN_*
  std::uint32_t table = 0;
  proto::Prefix net;
  bool known_kind = false;              ///< type is one of the four kinds KernelRoute can express
  KernelRoute route;
};

std::optional<LinkMessage> parse_link(const nlmsghdr* header);
std::optional<AddressMessage> parse_address(const nlmsghdr* header);
std::optional<RouteMessage> parse_route(const nlmsghdr* header);

/// Requests written one behind the other; sent in one system call, executed by the kernel in order.
class RouteBatch {
 public:
  enum class Operation : std::uint8_t { add_exclusive, replace, remove };
  /// `cookie` comes back with an error. False when the batch is full: send it first.
  bool append(Operation operation, const proto::Prefix& net, const KernelRoute& route, std::uint32_t table,
              std::uint32_t cookie);
  bool empty() const { return cookies_.empty(); }
  std::size_t size() const { return cookies_.size(); }
  void clear();

 private:
  friend class Netlink;
  std::vector<std::uint8_t> bytes_;
  std::vector<std::uint32_t> cookies_;
  std::size_t last_offset_ = 0;
};

/// One netlink socket, not blocking.
class Netlink {
 public:
  Netlink() = default;
  ~Netlink();
  Netlink(const Netlink&) = delete;

  /// Subscribes to the RTMGRP_* groups. "" or the reason for failure.
  std::string open(std::uint32_t groups, std::size_t receive_buffer_bytes);
  void set_receive_buffer(std::size_t bytes);
  int fd() const;
  std::uint32_t port_id() const;
  /// Asks the kernel not to deliver notifications caused by the socket with this port id (our own installs).
  void ignore_requests_of(std::uint32_t port_id);

  /// RTM_GETLINK, RTM_GETADDR or RTM_GETROUTE for one address family (AF_UNSPEC, AF_INET, AF_INET6).
  bool request_dump(std::uint16_t type, std::uint8_t address_family);

  /// `dump_interrupted`: the dump ended, but the table changed meanwhile; ask again.
  enum class Read : std::uint8_t { again, dump_done, dump_interrupted, overrun, failed };
  /// Hands messages to `visit` until nothing is left (`again`), a dump ended, or about `max_messages` were read (`again`).
  Read read(const std::function<void(const nlmsghdr*)>& visit, std::size_t max_messages);
  /// Waits up to a second for more to read; for start-up and shutdown, where nothing else runs yet.
  bool wait();

  struct Failure {
    std::uint32_t cookie;
    int error_number;
  };
  /// Sends the batch and collects the kernel's answers: only failures are returned. The kernel executes the batch inside
  /// the call, so this never waits for anybody else.
  std::vector<Failure> execute(RouteBatch& batch);

 private:
  mnl_socket* socket_ = nullptr;
  std::uint32_t sequence_ = 0;
  bool dump_interrupted_ = false;
  std::vector<std::uint8_t> buffer_;
};

/// "network is unreachable", with what to look at: words for an errno of a route request.
std::string route_error_text(int error_number);

}  // namespace avocet::kernel
