#pragma once
/// One `protocol bfd`: its sessions, the sockets around them, and whose packet is whose.
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <unordered_map>
#include <vector>

#include "bgpd/bfd/authentication.hpp"
#include "bgpd/bfd/options.hpp"
#include "bgpd/bfd/request.hpp"
#include "bgpd/bfd/session.hpp"
#include "bgpd/bfd/sockets.hpp"
#include "bgpd/loop/timer.hpp"
#include "bgpd/rib/rib.hpp"

namespace avocet::observe {
class Log;
}

namespace avocet::bfd {

/// What all instances share.
struct Hub {
  boost::asio::io_context& io;
  loop::TimerQueue& timers;
  rib::Rib& rib;
  observe::Log& log;
  std::function<void(std::function<void()>)> post;  ///< runs it later, from the loop
  /// Finds a session for a wish that has none (any more).
  std::function<void(Request&)> submit;
  std::function<std::unique_ptr<Request>(Target, RequestOptions, std::function<void(const News&)>)> request;
  std::minstd_rand random{std::random_device{}()};
};

class Instance;

/// A session and what it needs to run. Without wishes it says AdminDown for a while, and ends.
struct Watched {
  Watched(Instance& owner, Target target, std::uint32_t discriminator, const SessionOptions& options, Hub& hub);
  Instance& owner;
  Target target;          ///< with our address
  std::string interface;  ///< "" over several hops
  Session session;
  Authentication authentication;
  Sender sender;
  int send_error = 0;  ///< the last one, so that each is told once
  loop::Timer transmit, detect, goodbye;
  std::vector<Request*> requests;
  std::chrono::system_clock::time_point since;  ///< of the last change of state
};

class Instance {
 public:
  Instance(Hub& hub, std::shared_ptr<rib::Protocol> protocol, BfdOptions options);
  ~Instance();
  Instance(const Instance&) = delete;

  void enable();
  /// The neighbours are told AdminDown, so that they do not take us for dead.
  void disable();
  /// Everything changes in place; no session ends but those that are not accepted any more.
  void retune(BfdOptions options);
  bool enabled() const { return enabled_; }
  bool empty() const { return by_discriminator_.empty(); }
  /// Gives the wish a session, a new one if need be. False: not accepted here.
  bool take(Request& request);
  void drop(Request& request);
  /// Ends a goodbye to this neighbour.
  void silence(const Target& target);
  void interfaces_changed();
  /// The process ends.
  void say_goodbye();

  rib::Protocol& protocol() { return *protocol_; }
  const BfdOptions& options() const { return options_; }
  /// Those that are wanted, by address and interface.
  std::vector<const Watched*> sessions() const;

 private:
  friend struct Watched;
  friend class Bfd;
  struct Peer {
    proto::Address address;
    std::uint32_t ifindex;
    bool operator==(const Peer&) const = default;
  };
  struct PeerHash {
    std::size_t operator()(const Peer& peer) const {
      return std::hash<proto::Address>{}(peer.address) ^ (peer.ifindex * 0x9e3779b9u);
    }
  };
  struct Standing {
    Neighbor neighbor;
    std::unique_ptr<Request> request;
  };

  bool accepts(const Target& target) const;
  Watched* find(const Target& target);
  Watched& add(Request& first);
  void leave(Watched& watched);
  void forget(std::uint32_t discriminator);
  void detach_all();
  SessionOptions options_of(const Target& target, const std::vector<Request*>& requests) const;
  void configure(Watched& watched);
  void open_receivers();
  std::vector<Receiver::Place> places() const;

  void received(const Datagram& datagram);
  Watched* addressee(const Datagram& datagram, const proto::BfdPacket& packet, proto::BfdError& error);
  void refused(const Datagram& datagram, const proto::BfdError& error);
  void expired(Watched& watched);
  void send(Watched& watched, bool final);
  void arm(Watched& watched);
  void after(Watched& watched, const Session::Outcome& outcome);
  void notify(Watched& watched);
  void trace(std::uint32_t bit, const std::string& text) const;
  std::string where() const { return "bfd " + options_.protocol.name; }
  void watch_neighbors();

  Hub& hub_;
  std::shared_ptr<rib::Protocol> protocol_;
  BfdOptions options_;
  bool enabled_ = false;
  std::unordered_map<std::uint32_t, std::unique_ptr<Watched>> by_discriminator_;
  std::unordered_multimap<Peer, Watched*, PeerHash> by_peer_;
  std::map<Receiver::Place, std::unique_ptr<Receiver>> receivers_;
  std::map<Receiver::Place, int> unopened_;  ///< and why
  loop::Timer reopen_;
  std::vector<Standing> standing_;
  std::vector<std::uint8_t> out_;  ///< the packet being sent
  std::chrono::steady_clock::time_point refusal_told_{};
  std::uint64_t refusals_untold_ = 0;
  std::shared_ptr<int> alive_ = std::make_shared<int>(0);
};

}  // namespace avocet::bfd
