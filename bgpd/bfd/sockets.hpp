#pragma once
/// UDP as BFD uses it: ports and hop limits of RFC 5881 and RFC 5883.
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "bgpd/loop/descriptor.hpp"
#include "proto/attributes.hpp"
#include "proto/ip.hpp"

namespace avocet::bfd {

/// A packet as it came. Lives for the length of one call.
struct Datagram {
  proto::Address from, to;
  std::uint32_t ifindex = 0;  ///< where it came in
  int hop_limit = -1;         ///< -1: not told
  bool multihop = false;      ///< came to the port of multihop sessions
  proto::Bytes bytes;
};

/// One socket that control packets come to.
class Receiver {
 public:
  struct Place {
    proto::Family family = proto::Family::ipv4;
    bool multihop = false;
    proto::Address address;  ///< unspecified: any
    std::string interface;   ///< "": any
    bool zero_checksum = false;
    friend auto operator<=>(const Place&, const Place&) = default;
  };
  Receiver(boost::asio::io_context& io, Place place, std::function<void(const Datagram&)> take);
  Receiver(const Receiver&) = delete;
  /// Binds; 0 or errno.
  int open();
  const Place& place() const { return place_; }
  /// Takes all that has come. `most`: of the packets, so that others have their turn.
  void read(std::size_t most);

 private:
  void wait();

  boost::asio::io_context& io_;
  Place place_;
  std::function<void(const Datagram&)> take_;
  std::unique_ptr<loop::Descriptor> descriptor_;
};

/// What one session sends from: a port of its own out of 49152 to 65535, hop limit 255.
class Sender {
 public:
  Sender() = default;
  ~Sender();
  Sender(const Sender&) = delete;
  /// Sends to the neighbour, opening the socket if need be; 0 or errno. `interface`: "" for multihop sessions.
  int send(proto::Bytes bytes, const proto::Address& neighbor, const proto::Address& local,
           const std::string& interface, std::uint32_t ifindex);
  void close();

 private:
  int open(const proto::Address& neighbor, const proto::Address& local, const std::string& interface,
           std::uint32_t ifindex);

  int fd_ = -1;
};

}  // namespace avocet::bfd
