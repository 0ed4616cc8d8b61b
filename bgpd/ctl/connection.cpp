/// Commands about the connection itself, and `eval`.
#include "bgpd/ctl/commands.hpp"

#include <algorithm>
#include <array>

namespace avocet::ctl {
namespace {

constexpr std::array<std::pair<const char*, observe::LogClass>, 9> log_classes = {{
    {"debug", observe::LogClass::debug},
    {"trace", observe::LogClass::trace},
    {"info", observe::LogClass::info},
    {"remote", observe::LogClass::remote},
    {"warning", observe::LogClass::warning},
    {"error", observe::LogClass::error},
    {"auth", observe::LogClass::auth},
    {"fatal", observe::LogClass::fatal},
    {"bug", observe::LogClass::bug},
}};

std::uint32_t take_log_classes(Words& words) {
  if (words.accept("all")) return observe::log_all;
  if (words.accept("off")) return 0;
  if (!words.accept("{")) parse_error("syntax error: 'all', 'off' or '{' expected");
  std::uint32_t mask = 0;
  do {
    auto& word = words.take("a log class");
    auto found = std::find_if(log_classes.begin(), log_classes.end(), [&](auto& known) { return word.is(known.first); });
    if (found == log_classes.end()) parse_error("syntax error: '" + word.text + "' is not a log class");
    mask |= observe::log_bit(found->second);
  } while (words.accept(","));
  if (!words.accept("}")) parse_error("syntax error: '}' expected");
  return mask;
}

}  // namespace

AnswerPtr help(Call& call) {
  for (auto& command : command_table()) {
    std::string usage = command.words;
    if (*command.arguments) usage += std::string(" ") + command.arguments;
    call.reply.row(0, usage + (command.json ? " [json]" : ""));
    call.reply.row(0, std::string("\t") + command.help);
  }
  call.reply.end(0);
  return nullptr;
}

AnswerPtr restrict_access(Call& call) {
  call.words.expect_end();
  call.client.restricted = true;
  call.reply.end(16, "Access restricted");
  return nullptr;
}

AnswerPtr echo(Call& call) {
  auto mask = take_log_classes(call.words);
  auto limit_bytes = call.client.echo_limit_bytes;
  if (!call.words.at_end()) {
    // BIRD's range: less does not hold a line, more is a memory hole for a client that does not read.
    limit_bytes = call.words.take_number("a size in bytes");
    if (limit_bytes < 256 || limit_bytes > 65536) parse_error("Invalid log buffer size: 256 to 65536 bytes expected");
  }
  call.words.expect_end();
  call.client.echo = mask;
  call.client.echo_limit_bytes = limit_bytes;
  call.reply.end(0);
  return nullptr;
}

AnswerPtr eval(Call& call) {
  if (call.words.at_end()) parse_error("syntax error: an expression expected at the end");
  auto config = call.config();
  auto answer = config::evaluate(std::string(call.words.text_until(call.words.count())), *config->symbols, config->dialect);
  if (answer.while_running) throw CommandError(8008, answer.text);
  if (!answer.ok) parse_error(answer.text);
  call.reply.end(23, answer.text);
  return nullptr;
}

AnswerPtr timeformat(Call& call) {
  auto& words = call.words;
  observe::TimeFormat format;
  if (auto recent = words.take_string()) {
    format.recent = *recent;
    if (!words.at_end()) {
      format.limit_seconds = words.take_number("a limit in seconds");
      auto old = words.take_string();
      if (!old) parse_error("syntax error: a format in double quotes expected after the limit");
      format.old = *old;
    }
  } else {
    if (!words.accept("iso")) parse_error("syntax error: a format in double quotes or 'iso' expected");
    bool brief = words.accept("short");
    if (!brief && !words.accept("long")) parse_error("syntax error: 'short' or 'long' expected");
    unsigned digits = words.accept("ms") ? 3 : words.accept("us") ? 6 : 0;
    format = brief ? observe::iso_short(digits) : observe::iso_long(digits);
  }
  words.expect_end();
  call.client.time = format;
  call.reply.end(0);
  return nullptr;
}

AnswerPtr dialect(Call& call) {
  if (call.words.accept("1.6")) call.client.skin = Skin::bird1;
  else if (call.words.accept("2")) call.client.skin = Skin::bird2;
  else parse_error("syntax error: '1.6' or '2' expected");
  call.words.expect_end();
  call.reply.end(0);
  return nullptr;
}

}  // namespace avocet::ctl
