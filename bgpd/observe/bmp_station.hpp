#pragma once
/// The connection to one monitoring station: made, kept, made again; what goes over it in which order. RFC 7854
/// section 3.
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "bgpd/loop/descriptor.hpp"
#include "bgpd/loop/timer.hpp"
#include "bgpd/observe/bmp_feed.hpp"
#include "bgpd/observe/log.hpp"
#include "bgpd/observe/options.hpp"
#include "bgpd/session/speaker.hpp"

namespace avocet::observe {

/// What all stations share.
struct BmpScene {
  boost::asio::io_context& io;
  loop::TimerQueue& timers;
  rib::Rib& rib;
  const session::Speaker& speaker;
  Log& log;
  std::chrono::system_clock::time_point started;  ///< when the Rib's clock began
  std::string host_name;
  std::function<void()> wake;  ///< there is something to do for `work`
};

/// As `show protocols` tells it.
struct BmpStatus {
  proto::Address station, local;  ///< local: unspecified if not configured
  std::uint16_t port = 0;
  std::string state;       ///< "Idle", "Connect", "Established"
  std::string last_error;  ///< "" if none
  std::size_t waiting_bytes = 0;
  std::uint64_t session_bytes = 0, total_bytes = 0;
};

class BmpStation {
 public:
  BmpStation(BmpScene& scene, BmpOptions options, std::shared_ptr<rib::Protocol> protocol);
  ~BmpStation();
  BmpStation(const BmpStation&) = delete;

  const BmpOptions& options() const { return options_; }
  /// Options that need no new connection.
  void retune(BmpOptions options) { options_ = std::move(options); }
  void start();
  /// Termination as far as it can be written at once; the connection is closed.
  void stop();

  void session_up(const rib::Protocol& protocol);
  void session_down(const rib::Protocol& protocol, const session::SessionEnd& end);
  void forget_table(const rib::Table& table);

  /// Makes and writes what there is to tell. True if more could be done now.
  bool work(std::chrono::steady_clock::time_point deadline);
  BmpStatus status() const;

 private:
  void connect();
  void connect_finished();
  void established();
  void wait_readable();
  void lost(int error_number);
  void close();
  bool flush();
  bool any_routes() const { return options_.pre_policy || options_.post_policy; }
  BmpFeed& feed(rib::Table& table);
  std::string where() const { return "bmp " + options_.protocol.name; }

  BmpScene& scene_;
  BmpOptions options_;
  std::shared_ptr<rib::Protocol> protocol_;
  loop::Timer retry_;
  loop::Duration retry_after_;
  std::unique_ptr<loop::Descriptor> descriptor_;
  bool connected_ = false;
  std::map<const rib::Table*, std::unique_ptr<BmpFeed>> feeds_;
  std::map<const rib::Protocol*, proto::BmpPeer> peers_;  // that the station knows to be up
  std::vector<std::uint8_t> waiting_;
  std::size_t sent_ = 0;  // of `waiting_`
  bool blocked_ = false;  // the station does not read
  std::string last_error_;
  std::uint64_t session_bytes_ = 0, total_bytes_ = 0;
};

}  // namespace avocet::observe
