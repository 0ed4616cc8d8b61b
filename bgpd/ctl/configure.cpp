/// Commands that change something: configure, enable, disable, restart, reload, debug, down.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "bgpd/ctl/commands.hpp"

namespace avocet::ctl {
namespace {

constexpr std::uint32_t default_undo_seconds = 300;  // BIRD's CONFIG_UNDO_TIMEOUT
constexpr std::uint32_t max_undo_seconds = 86400;    // who has not confirmed in a day has forgotten
constexpr int reading = 2, undo_scheduled = 22, undo_requested = 21, refused = 8002;
constexpr int history_head = 2101, history_row = 1101;  // ours: BIRD has no such list

/// Rows of what was done, or of what is wrong: diagnostics have several lines. One that has a single line is the answer's
/// last line already.
void print_details(const ConfigureAnswer& answer, Reply& reply) {
  auto& details = answer.details;
  auto lines = [](const std::string& text) { return std::count(text.begin(), text.end(), '\n'); };
  if (answer.code == refused && details.size() == 1 && lines(details[0]) <= 1) return;
  for (auto& detail : details)
    for (std::string_view rest = detail; !rest.empty();) {
      auto line = rest.substr(0, rest.find('\n'));
      rest.remove_prefix(std::min(rest.size(), line.size() + 1));
      if (!line.empty()) reply.row(reading, line);
    }
}

AnswerPtr finish(Call& call, const ConfigureAnswer& answer) {
  if (!call.json) {
    call.reply.end(answer.code, answer.text);
    return nullptr;
  }
  boost::json::array details;
  for (auto& detail : answer.details) details.emplace_back(detail);
  boost::json::object document{{"code", answer.code}, {"text", answer.text}, {"details", std::move(details)}};
  call.reply.row(json_code, boost::json::serialize(document));
  call.reply.end(0);
  return nullptr;
}

AnswerPtr read_configuration(Call& call, ConfigureKind kind) {
  auto file = call.words.take_string().value_or("");
  int timeout_seconds = -1;
  if (kind != ConfigureKind::check && call.words.accept("timeout")) {
    auto given = call.words.at_end() ? default_undo_seconds : call.words.take_number("a timeout in seconds");
    if (given == 0 || given > max_undo_seconds) parse_error("a timeout of 1 to 86400 seconds expected");
    timeout_seconds = static_cast<int>(given);
  }
  call.words.expect_end();
  if (!call.json) call.reply.row(reading, "Reading configuration from " + (file.empty() ? call.config()->file : file));
  auto answer = call.context.configure({kind, file, timeout_seconds});
  if (!call.json) print_details(answer, call.reply);
  if (!call.json && timeout_seconds > 0 && answer.code != refused)
    call.reply.row(undo_scheduled, fmt::format("Undo scheduled in {} s", timeout_seconds));
  return finish(call, answer);
}

/// The state and, while an undo is planned, when: details hold that line.
AnswerPtr configuration_status(Call& call) {
  auto answer = call.context.configure({ConfigureKind::status});
  if (call.json) return finish(call, answer);
  call.reply.row(answer.code, answer.text);
  for (auto& detail : answer.details) call.reply.row(undo_scheduled, detail);
  call.reply.end(0);
  return nullptr;
}

/// Back to the configuration before, or to one of the history.
AnswerPtr undo(Call& call) {
  ConfigureRequest request{ConfigureKind::undo};
  if (!call.words.at_end()) {
    request.generation = call.words.take_number("a number of 'configure history'");
    if (request.generation == 0) parse_error("configurations are numbered from 1; 'configure history' lists them");
  }
  call.words.expect_end();
  if (!call.json) call.reply.row(undo_requested, "Undo requested");
  auto answer = call.context.configure(request);
  if (!call.json) print_details(answer, call.reply);
  return finish(call, answer);
}

AnswerPtr history(Call& call) {
  call.words.expect_end();
  auto list = call.context.configurations();
  if (call.json) {
    boost::json::array document;
    for (auto& one : list) {
      boost::json::array changes;
      for (auto& change : one.changes) changes.emplace_back(change);
      auto since = std::chrono::duration_cast<std::chrono::seconds>(one.applied.time_since_epoch()).count();
      document.push_back({{"number", one.number}, {"applied_unix_seconds", since}, {"file", one.file},
                          {"reason", one.reason}, {"changes", std::move(changes)}});
    }
    call.reply.row(json_code, boost::json::serialize(document));
    call.reply.end(0);
    return nullptr;
  }
  auto now = std::chrono::system_clock::now();
  call.reply.row(history_head, "Number  Since                    Reason          File");
  for (auto& one : list) {
    auto time = observe::format_time(time_format(call, TimeUse::base), one.applied, now);
    call.reply.row(history_row, fmt::format("{:<7} {:<24} {:<15} {}", one.number, time, one.reason, one.file));
    for (auto& change : one.changes) call.reply.row(history_row, "        " + change);
  }
  call.reply.end(0);
  return nullptr;
}

/// Names first: a protocol may come or go while others are changed.
std::vector<std::string> take_names(Call& call) {
  std::vector<std::string> names;
  for (auto& protocol : take_protocols(call)) names.push_back(protocol->options.name);
  return names;
}

using Change = std::function<Context::Row(const std::string& name, const std::string& message)>;

AnswerPtr change_protocols(Call& call, const Change& change) {
  auto names = take_names(call);
  auto message = call.words.take_string().value_or("");
  call.words.expect_end();
  for (auto& name : names) {
    auto row = change(name, message);
    if (!row.text.empty()) call.reply.row(row.code, row.text);
  }
  call.reply.end(0);
  return nullptr;
}

constexpr std::array<std::pair<const char*, std::uint32_t>, 6> debug_words = {{{"states", rib::debug::states},
                                                                              {"routes", rib::debug::routes},
                                                                              {"filters", rib::debug::filters},
                                                                              {"interfaces", rib::debug::interfaces},
                                                                              {"events", rib::debug::events},
                                                                              {"packets", rib::debug::packets}}};

}  // namespace

AnswerPtr configure(Call& call) {
  if (call.words.accept("check")) return read_configuration(call, ConfigureKind::check);
  if (call.words.accept("confirm")) {
    call.words.expect_end();
    return finish(call, call.context.configure({ConfigureKind::confirm}));
  }
  if (call.words.accept("status")) {
    call.words.expect_end();
    return configuration_status(call);
  }
  if (call.words.accept("undo")) return undo(call);
  if (call.words.accept("history")) return history(call);
  return read_configuration(call, call.words.accept("soft") ? ConfigureKind::soft : ConfigureKind::apply);
}

AnswerPtr enable(Call& call) { return change_protocols(call, call.context.enable); }
AnswerPtr disable(Call& call) { return change_protocols(call, call.context.disable); }
AnswerPtr restart(Call& call) { return change_protocols(call, call.context.restart); }

AnswerPtr reload(Call& call) {
  bool in = call.words.accept("in");
  bool out = !in && call.words.accept("out");
  if (!in && !out) in = out = true;
  return change_protocols(call, [&](const std::string& name, const std::string&) { return call.context.reload(name, in, out); });
}

AnswerPtr debug(Call& call) {
  // BIRD 2 also masks single channels (`debug P.ipv4`); here a channel logs what its protocol logs.
  auto* word = call.words.peek();
  auto dot = word ? word->text.rfind('.') : std::string::npos;
  std::vector<std::string> names;
  if (word && dot != std::string::npos && call.context.rib.find_protocol(word->text.substr(0, dot))) {
    names = {word->text.substr(0, dot)};
    call.words.take("a protocol");
  } else {
    names = take_names(call);
  }
  auto mask = call.words.take_mask(debug_words, "kind of event to debug");
  call.words.expect_end();
  for (auto& name : names) call.context.set_debug(name, mask);
  call.reply.end(0);
  return nullptr;
}

AnswerPtr down(Call& call) {
  call.words.expect_end();
  call.client.hang_up = true;
  call.reply.end(7, "Shutdown requested");
  call.context.down(false);
  return nullptr;
}

AnswerPtr graceful_restart(Call& call) {
  call.words.expect_end();
  call.client.hang_up = true;
  call.reply.end(25, "Graceful restart requested");
  call.context.down(true);
  return nullptr;
}

}  // namespace avocet::ctl
