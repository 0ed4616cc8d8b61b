/// `show filter errors`: which lines of filters failed while they ran.
#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "bgpd/ctl/commands.hpp"

namespace avocet::ctl {
namespace {

constexpr int head = 2102, row = 1102;  // ours: BIRD has no such list

boost::json::object error_json(const std::string& what, const observe::FilterError& error) {
  auto seconds = [](auto time) {
    return std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
  };
  boost::json::object o{{"what", what},
                        {"count", error.count},
                        {"last_net", error.net.text()},
                        {"first_unix_seconds", seconds(error.first)},
                        {"last_unix_seconds", seconds(error.last)}};
  if (!error.protocol.empty()) o["last_protocol"] = error.protocol;
  return o;
}

}  // namespace

AnswerPtr show_filter_errors(Call& call) {
  bool clear = call.words.accept("clear");
  call.words.expect_end();
  auto& errors = call.context.filter_errors;
  if (clear) {
    if (call.client.restricted) throw CommandError(8007, "Access denied");
    errors.clear();
  }
  if (call.json) {
    boost::json::array document;
    for (auto& [what, error] : errors.by_line()) document.push_back(error_json(what, error));
    call.reply.row(json_code, boost::json::serialize(document));
    call.reply.end(0);
    return nullptr;
  }
  auto now = std::chrono::system_clock::now();
  if (!errors.by_line().empty())
    call.reply.row(head,
                   fmt::format("{:>8}  {:<14} {:<12} {:<20} {}", "Count", "Last", "Protocol", "Last route", "What"));
  for (auto& [what, error] : errors.by_line())
    call.reply.row(row, fmt::format("{:>8}  {:<14} {:<12} {:<20} {}", error.count,
                                    observe::format_time(time_format(call, TimeUse::route), error.last, now),
                                    error.protocol.empty() ? "(export)" : error.protocol, error.net.text(), what));
  if (errors.others()) call.reply.row(row, fmt::format("{:>8}  of other lines", errors.others()));
  call.reply.end(0);
  return nullptr;
}

}  // namespace avocet::ctl
