#pragma once
/// One `protocol rpki`: the connection and the timers around a Conversation, and the Delivery of what the cache tells.
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bgpd/loop/descriptor.hpp"
#include "bgpd/loop/timer.hpp"
#include "bgpd/rpki/conversation.hpp"
#include "bgpd/rpki/delivery.hpp"

namespace boost::asio {
class io_context;
}
namespace avocet::observe {
class Log;
}

namespace avocet::rpki {

/// What all clients share.
struct Bench {
  boost::asio::io_context& io;
  loop::TimerQueue& timers;
  rib::Rib& rib;
  observe::Log& log;
  std::function<void(const std::vector<std::string>& tables)> changed;  ///< these say something else now
  std::vector<std::uint8_t> read_buffer;                                ///< borrowed for the length of one call
};

/// A snapshot for `show protocols all`; made on demand.
struct CacheStatus {
  State state = State::down;
  std::string host, last_error;
  std::uint16_t port = tcp_port;
  bool md5 = false;
  std::uint8_t version = 0;
  std::optional<Conversation::Session> session;
  std::optional<double> updated_seconds_ago;  ///< last whole answer
  struct Timer {
    std::optional<double> left_seconds;  ///< unset when not running
    std::uint32_t full_seconds = 0;
  };
  Timer refresh, retry, expire;
  std::vector<Delivery::Channel> channels;
};

class Client {
 public:
  Client(Bench& bench, std::shared_ptr<rib::Protocol> protocol, RpkiOptions options);
  ~Client();  ///< what the cache has told is dropped
  Client(const Client&) = delete;

  void enable();
  void disable();
  /// New times hold at once; for the rest the cache is asked anew, and what it has told stays until it has answered.
  void retune(RpkiOptions options);
  void query_all();
  CacheStatus status() const;

 private:
  struct Lookup;

  void carry_out(const Actions& actions);
  void perform(const Action& action);
  void look_up();
  void connect_next();
  int open_socket(const proto::Address& address);
  void connect_finished();
  void disconnect();
  void failed(const std::string& why);
  void wait_readable();
  void read();
  std::size_t take_frames(proto::Bytes bytes);
  bool take_frame(const proto::rtr::Frame& frame);
  void send(const proto::rtr::Body& pdu);
  void flush();
  void commit();
  void drop();
  void set_up(bool connected);
  bool debugs(std::uint32_t bits) const { return (protocol_->options.debug & bits) != 0; }
  void trace(std::uint32_t bits, std::string_view text) const;
  void trace_packet(const char* way, const proto::rtr::Frame& frame, const proto::rtr::Body& body) const;
  std::string log_name() const;
  std::string cache_name() const;
  loop::Duration expires_in() const;

  Bench& bench_;
  std::shared_ptr<rib::Protocol> protocol_;
  RpkiOptions options_;
  Conversation conversation_;
  Delivery delivery_;
  std::unique_ptr<Lookup> lookup_;
  std::vector<proto::Address> addresses_;  ///< of the cache, those not tried yet
  std::unique_ptr<loop::Descriptor> descriptor_;
  std::vector<std::uint8_t> partial_, output_;
  loop::Timer refresh_timer_, retry_timer_, expire_timer_, answer_timer_;
  std::optional<loop::TimePoint> updated_;
  State shown_ = State::down;  ///< told by `debug`
  bool synchronised_ = false;  ///< told in the log since the connection was made
  bool old_aspa_told_ = false;
};

}  // namespace avocet::rpki
