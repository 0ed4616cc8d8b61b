#include "bgpd/rpki/conversation.hpp"

#include <fmt/format.h>

namespace avocet::rpki {

namespace rtr = proto::rtr;
using rtr::ErrorCode;

namespace {

// RFC 8210 section 6; what lies outside is not taken from the cache.
struct Range {
  const char* name;
  std::uint32_t low, high;
};
constexpr Range refresh_range{"refresh", 1, 86400}, retry_range{"retry", 1, 7200}, expire_range{"expire", 600, 172800};

}  // namespace

const char* state_name(State state) {
  switch (state) {
    case State::down: return "Down";
    case State::connecting: return "Connecting";
    case State::sync_start: return "Sync-Start";
    case State::sync_running: return "Sync-Running";
    case State::established: return "Established";
    case State::no_data: return "Cache-Error-No-Data-Available";
    case State::transport_error: return "Transport-Error";
    case State::fatal_error: return "Fatal-Protocol-Error";
  }
  return "";
}

Actions Conversation::start() {
  if (state_ != State::down) return {};
  version_ = options_.max_version;
  state_ = State::connecting;
  return {WaitAnswer{}, Connect{}};
}

Actions Conversation::stop() {
  if (state_ == State::down) return {};
  state_ = State::down;
  session_.reset();
  said_ = {};
  error_.clear();
  query_ = Query::none;
  return {AbortAnswer{}, StopWaiting{}, Disconnect{}, DropData{}};
}

Actions Conversation::connected() {
  if (state_ != State::connecting) return {};
  // A cache may come back with the session id and the serial number of its last life (stayrtr 0.5.1 does), so changes
  // are asked for only as long as the connection lasts.
  session_.reset();
  agreed_ = fruitful_ = false;
  notified_.reset();
  Actions actions;
  query(actions);
  return actions;
}

void Conversation::query(Actions& actions) {
  state_ = State::sync_start;
  notified_.reset();
  query_ = session_ ? Query::changes : Query::everything;
  actions.push_back(StopWaiting{});
  if (session_)
    actions.push_back(Send{rtr::SerialQuery{session_->id, session_->serial}});
  else
    actions.push_back(Send{rtr::ResetQuery{}});
  actions.push_back(WaitAnswer{});
}

/// Ends a connection, or the attempt to make one. What the cache has told stays until it expires.
void Conversation::hang_up(Actions& actions, State state, std::string why, bool at_once) {
  auto wait = at_once ? 0 : fruitful_ ? soon : retry();
  fruitful_ = false;
  query_ = Query::none;
  state_ = state;
  error_ = std::move(why);
  actions.insert(actions.end(), {AbortAnswer{}, StopWaiting{}, Disconnect{}});
  actions.push_back(Tell{true, fmt::format("{}; again {}", error_, wait ? fmt::format("in {} s", wait) : "at once")});
  actions.push_back(WaitRetry{wait});
}

Actions Conversation::lost(const std::string& why) {
  if (state_ == State::down || state_ == State::transport_error || state_ == State::fatal_error) return {};
  Actions actions;
  hang_up(actions, State::transport_error, why, false);
  return actions;
}

Actions Conversation::impatient() {
  switch (state_) {
    case State::connecting: return lost(fmt::format("no connection after {} s", patience));
    case State::sync_start:
    case State::sync_running:
      return lost(fmt::format("the cache has not sent its answer to the end: silent for {} s", patience));
    default: return {};
  }
}

Actions Conversation::retry_due() {
  Actions actions;
  if (state_ == State::no_data) {
    query(actions);
  } else if (state_ == State::transport_error || state_ == State::fatal_error) {
    state_ = State::connecting;
    actions = {WaitAnswer{}, Connect{}};
  }
  return actions;
}

Actions Conversation::refresh_due() {
  Actions actions;
  if (state_ == State::established) query(actions);
  return actions;
}

Actions Conversation::expired() {
  if (state_ == State::down) return {};
  session_.reset();
  Actions actions{
      Tell{true, fmt::format("nothing new from the cache for {} s: all that it has told is dropped", expire())}};
  if (state_ == State::sync_running || state_ == State::sync_start)
    hang_up(actions, State::transport_error, "what the cache has told expired during an answer", true);
  actions.push_back(DropData{});
  if (state_ == State::established) query(actions);
  return actions;
}

Actions Conversation::query_all() {
  session_.reset();
  Actions actions;
  switch (state_) {
    case State::established:
    case State::no_data: query(actions); break;
    case State::sync_start:
    case State::sync_running: hang_up(actions, State::transport_error, "everything is asked for anew", true); break;
    default: break;  // the next connection begins with it
  }
  return actions;
}

Actions Conversation::reconnect() {
  if (state_ == State::down) return {};
  session_.reset();
  said_ = {};
  version_ = options_.max_version;
  fruitful_ = false;
  query_ = Query::none;
  state_ = State::connecting;
  error_.clear();
  return {AbortAnswer{}, StopWaiting{}, Disconnect{}, WaitAnswer{}, Connect{}};
}

bool Conversation::downgrade(std::uint8_t version) {
  if (version >= version_ || version < options_.min_version) return false;
  version_ = version;
  session_.reset();  // sessions of two versions have nothing in common, section 5.1
  return true;
}

Conversation::Verdict Conversation::takes(const rtr::Frame& frame) {
  if (agreed_ && frame.version == version_) return Verdict::take;
  if (frame.type == rtr::PduType::error_report) return Verdict::take;
  if (agreed_) return Verdict::refuse;
  // Section 7: notifications that come before an answer mean nothing, whatever their version.
  if (frame.type == rtr::PduType::serial_notify) return Verdict::ignore;
  if (frame.version != version_ && (query_ != Query::everything || !downgrade(frame.version))) return Verdict::refuse;
  agreed_ = true;
  return Verdict::take;
}

Actions Conversation::refuse(const rtr::Fault& fault, proto::Bytes about) {
  Actions actions;
  bool report =
      about.size() < 2 || about[1] != static_cast<std::uint8_t>(rtr::PduType::error_report);  // never about a report
  if (report) actions.push_back(Send{rtr::ErrorReport{fault.code, {about.begin(), about.end()}, fault.what}});
  session_.reset();
  hang_up(actions, State::fatal_error, fmt::format("{}: {}", rtr::error_name(fault.code), fault.what), false);
  return actions;
}

Actions Conversation::received(const rtr::Frame& frame, const rtr::Body& body) {
  if (auto* notify = std::get_if<rtr::SerialNotify>(&body)) return notified(*notify, frame.bytes);
  if (auto* response = std::get_if<rtr::CacheResponse>(&body)) return answer_begins(*response, frame.bytes);
  if (auto* end = std::get_if<rtr::EndOfData>(&body)) return answer_ends(*end, frame.bytes);
  if (auto* report = std::get_if<rtr::ErrorReport>(&body)) return reported(*report, frame.version);
  if (std::holds_alternative<rtr::CacheReset>(body)) return cannot_tell_changes(frame.bytes);
  return refuse({ErrorCode::invalid_request, fmt::format("{} is not for a router", rtr::type_name(frame.type))},
                frame.bytes);
}

Actions Conversation::notified(const rtr::SerialNotify& notify, proto::Bytes about) {
  Actions actions;
  switch (state_) {
    case State::sync_start:
    case State::sync_running: notified_ = notify.serial; break;
    case State::no_data: query(actions); break;
    case State::established:
      if (notify.session != session_->id)
        return refuse(
            {ErrorCode::corrupt_data, fmt::format("Serial Notify of session {}, not {}", notify.session, session_->id)},
            about);
      if (notify.serial != session_->serial) query(actions);
      break;
    default: break;
  }
  return actions;
}

/// RFC 8210 section 5.1 lets a router drop everything when the session is another one. We ask for everything instead
/// and keep what there is until the answer is whole or it expires: routes would be judged without any ROA in between.
Actions Conversation::answer_begins(const rtr::CacheResponse& response, proto::Bytes about) {
  if (state_ != State::sync_start) return refuse({ErrorCode::corrupt_data, "Cache Response without a query"}, about);
  if (query_ == Query::changes && response.session != session_->id)
    return refuse(
        {ErrorCode::corrupt_data, fmt::format("Cache Response of session {}, not {}", response.session, session_->id)},
        about);
  answering_ = response.session;
  state_ = State::sync_running;
  return {BeginAnswer{query_ == Query::everything}, WaitAnswer{}};
}

Actions Conversation::answer_ends(const rtr::EndOfData& end, proto::Bytes about) {
  if (state_ != State::sync_running)
    return refuse({ErrorCode::corrupt_data, "End of Data without a Cache Response"}, about);
  if (end.session != answering_)
    return refuse({ErrorCode::corrupt_data, fmt::format("End of Data of session {}, not {}", end.session, answering_)},
                  about);
  Actions actions;
  if (end.intervals) take_intervals(*end.intervals, actions);
  session_ = Session{end.session, end.serial};
  query_ = Query::none;
  fruitful_ = true;
  error_.clear();
  state_ = State::established;
  actions.insert(actions.end(), {CommitAnswer{}, StopWaiting{}, WaitExpire{expire()}});
  if (notified_ && rtr::older(end.serial, *notified_))
    query(actions);
  else
    actions.push_back(WaitRefresh{refresh()});
  return actions;
}

void Conversation::take_intervals(const rtr::Intervals& said, Actions& actions) {
  auto take = [&](const Range& range, const Interval& configured, std::uint32_t value, std::uint32_t& field) {
    if (configured.keep) return;
    bool usable = value >= range.low && value <= range.high;
    if (!usable)
      actions.push_back(Tell{true, fmt::format("the cache's {} interval of {} s is not taken: {} to {} s are allowed",
                                               range.name, value, range.low, range.high)});
    if (usable) field = value;
  };
  take(refresh_range, options_.refresh, said.refresh, said_.refresh);
  take(retry_range, options_.retry, said.retry, said_.retry);
  take(expire_range, options_.expire, said.expire, said_.expire);
}

Actions Conversation::cannot_tell_changes(proto::Bytes about) {
  if (state_ != State::sync_start || query_ != Query::changes)
    return refuse({ErrorCode::corrupt_data, "Cache Reset without a Serial Query"}, about);
  session_.reset();
  Actions actions;
  query(actions);
  return actions;
}

Actions Conversation::reported(const rtr::ErrorReport& report, std::uint8_t version) {
  Actions actions;
  auto why =
      fmt::format("the cache says: {}{}{}", rtr::error_name(report.code), report.text.empty() ? "" : ": ", report.text);
  if (report.code == ErrorCode::no_data) {
    session_.reset();
    query_ = Query::none;
    state_ = State::no_data;
    error_ = why;
    return {AbortAnswer{}, StopWaiting{}, Tell{true, fmt::format("{}; asked again in {} s", why, retry())},
            WaitRetry{retry()}};
  }
  if (report.code == ErrorCode::unsupported_version && !agreed_) {
    // Its version stands in the header; some send the one that they refuse.
    if (downgrade(version == version_ && version_ ? static_cast<std::uint8_t>(version_ - 1) : version)) {
      hang_up(actions, State::transport_error,
              fmt::format("the cache does not speak our version; version {} is tried", version_), true);
      return actions;
    }
  }
  session_.reset();
  hang_up(actions, State::fatal_error, why, false);
  return actions;
}

}  // namespace avocet::rpki
