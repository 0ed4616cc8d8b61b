#pragma once
/// What is said with a cache, as a state machine: RFC 8210 sections 6 to 8 and 12. Pure: events in, actions out; no
/// socket, no clock, no table.
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "bgpd/rpki/options.hpp"
#include "proto/rtr.hpp"

namespace avocet::rpki {

/// BIRD's words for them are what `show protocols` prints.
enum class State : std::uint8_t {
  down,
  connecting,
  sync_start,
  sync_running,
  established,
  no_data,          ///< connected; the cache has nothing yet and is asked again later
  transport_error,  ///< not connected; tried again when the retry timer is over
  fatal_error       ///< the same, because of what one side said
};
const char* state_name(State state);

/// How long each side keeps silent at most, while the other waits for a connection or an answer.
constexpr std::uint32_t patience = 30;
/// Before the first attempt after a connection that had brought an answer was lost. More attempts follow the retry
/// interval.
constexpr std::uint32_t soon = 1;

// What the owner has to do, in the order given.
struct Connect {};
struct Disconnect {};
struct Send {
  proto::rtr::Body pdu;
};
struct BeginAnswer {
  bool all_anew;
};                       ///< data PDUs are taken from here on
struct CommitAnswer {};  ///< what was told holds now; it stays as `expire` allows
struct AbortAnswer {};   ///< nothing of it holds
struct DropData {};      ///< nothing that this cache has ever told holds
struct WaitRefresh {
  std::uint32_t seconds;
};
struct WaitRetry {
  std::uint32_t seconds;
};
struct WaitExpire {
  std::uint32_t seconds;
};
struct WaitAnswer {};   ///< for `patience` since the last byte
struct StopWaiting {};  ///< for everything but the expiry
struct Tell {
  bool warning;
  std::string text;
};  ///< a line for the log
using Action = std::variant<Connect, Disconnect, Send, BeginAnswer, CommitAnswer, AbortAnswer, DropData, WaitRefresh,
                            WaitRetry, WaitExpire, WaitAnswer, StopWaiting, Tell>;
using Actions = std::vector<Action>;

class Conversation {
 public:
  explicit Conversation(RpkiOptions options) : options_(std::move(options)), version_(options_.max_version) {}

  // ---- events; those that make no sense in a state do nothing
  Actions start();
  Actions stop();
  Actions connected();
  /// A connection ended, or could not be made.
  Actions lost(const std::string& why);
  /// The retry timer, the refresh timer, the wait for an answer, the expiry.
  Actions retry_due();
  Actions refresh_due();
  Actions impatient();
  Actions expired();
  /// A PDU that is not data. `takes` has said yes.
  Actions received(const proto::rtr::Frame& frame, const proto::rtr::Body& body);
  /// Something received is wrong: the cache is told so, and the connection ends.
  Actions refuse(const proto::rtr::Fault& fault, proto::Bytes about);
  /// Everything shall be told once more, over this connection if there is one.
  Actions query_all();
  /// The same over a new connection, from the newest version on.
  Actions reconnect();

  /// Whether a frame of this version and type is to be looked into: `ignore`, or the fault. The first one agrees on the
  /// version.
  enum class Verdict : std::uint8_t { take, ignore, refuse };
  Verdict takes(const proto::rtr::Frame& frame);
  bool takes_data() const { return state_ == State::sync_running; }

  void set_options(RpkiOptions options) { options_ = std::move(options); }
  State state() const { return state_; }
  std::uint8_t version() const { return version_; }
  /// What the cache calls its run, and how far we have come in it; nothing before the first whole answer.
  struct Session {
    std::uint16_t id = 0;
    std::uint32_t serial = 0;
  };
  const std::optional<Session>& session() const { return session_; }
  const std::string& last_error() const { return error_; }
  // Seconds: what the configuration keeps, else what the cache said, else what the configuration says.
  std::uint32_t refresh() const { return effective(options_.refresh, said_.refresh); }
  std::uint32_t retry() const { return effective(options_.retry, said_.retry); }
  std::uint32_t expire() const { return effective(options_.expire, said_.expire); }

 private:
  enum class Query : std::uint8_t { none, changes, everything };
  static std::uint32_t effective(const Interval& configured, std::uint32_t said) {
    return configured.keep || said == 0 ? configured.seconds : said;
  }
  void query(Actions& actions);
  void hang_up(Actions& actions, State state, std::string why, bool at_once);
  void take_intervals(const proto::rtr::Intervals& said, Actions& actions);
  bool downgrade(std::uint8_t version);
  Actions answer_begins(const proto::rtr::CacheResponse& response, proto::Bytes about);
  Actions answer_ends(const proto::rtr::EndOfData& end, proto::Bytes about);
  Actions notified(const proto::rtr::SerialNotify& notify, proto::Bytes about);
  Actions reported(const proto::rtr::ErrorReport& report, std::uint8_t version);
  Actions cannot_tell_changes(proto::Bytes about);

  RpkiOptions options_;
  State state_ = State::down;
  std::uint8_t version_;
  bool agreed_ = false;        ///< on the version, in this connection
  bool fruitful_ = false;      ///< this connection has brought a whole answer
  Query query_ = Query::none;  ///< that is not answered
  std::optional<Session> session_;
  std::uint16_t answering_ = 0;  ///< session id of the answer that is under way
  std::optional<std::uint32_t> notified_;
  proto::rtr::Intervals said_;  ///< zero: nothing, or nothing usable
  std::string error_;
};

}  // namespace avocet::rpki
