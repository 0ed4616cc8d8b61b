#include "bgpctl/command.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace avocet::bgpctl {
namespace {

constexpr int json_code = 1100;         // rows of a JSON document
constexpr int parse_error_code = 9001;  // what a daemon without JSON says to the word `json`
constexpr int protocol_row_code = 1002;

bool has_word(std::string_view line, std::string_view word) {
  auto padded = fmt::format(" {} ", line);
  return padded.find(fmt::format(" {} ", word)) != std::string::npos;
}

/// The tables we have for a command, or null: then the daemon's text is good enough.
std::unique_ptr<Listing> listing_for(std::string_view line, const Terminal& terminal, const Output& print) {
  if (line == "show protocols" || (line.starts_with("show protocols ") && !has_word(line, "all")))
    return protocol_tables(terminal, print, std::chrono::system_clock::now());
  bool counted = has_word(line, "count") || has_word(line, "stats");
  if ((line == "show route" || line.starts_with("show route ")) && !counted)
    return route_tables(terminal, print, has_word(line, "all"));
  auto now = std::chrono::system_clock::now();
  if (line == "show symbols" || line.starts_with("show symbols ")) return symbol_table(terminal, print);
  if (line == "show filter errors") return filter_error_table(terminal, print, now);
  if (line == "configure history") return history_table(terminal, print, now);
  return nullptr;
}

}  // namespace

void Commander::greet() {
  print_((style_.codes ? "0001 " : "") + connection_.greeting() + "\n");
}

Exit Commander::restrict_access() {
  auto code = connection_.ask("restrict", [&](const proto::ReplyLine& line) {
    if (style_.form == Form::bird && !line.asynchronous) print_line(line);
  });
  // Without the promise nothing may be sent: a script relies on -r.
  return is_error(code) ? refuse("the daemon does not know 'restrict'") : Exit::done;
}

Exit Commander::run(std::string_view line) {
  auto expansion = table_.expand(line);
  if (expansion.kind == Expansion::Kind::unknown && style_.form != Form::bird) {
    learn();
    expansion = table_.expand(line);
  }
  if (expansion.kind == Expansion::Kind::ambiguous) {
    auto& out = style_.form == Form::bird ? print_ : complain_;
    out("Ambiguous command, possible expansions are:\n");
    for (auto& row : expansion.candidates) out(help_text(row) + "\n");
    return Exit::refused;
  }
  if (expansion.kind == Expansion::Kind::unknown)
    return refuse(style_.form == Form::bird ? "No such command. Press `?' for help."
                                            : fmt::format("no such command: '{}'; 'help' lists the commands", line));
  if (style_.form == Form::json) return ask_json(expansion.line);
  if (style_.form == Form::tables && !style_.codes)
    if (auto listing = listing_for(expansion.line, style_.terminal, print_))
      if (auto done = ask_table(expansion.line, *listing)) return *done;
  return ask_text(expansion.line);
}

void Commander::print_asynchronous(const proto::ReplyLine& line) { print_(">>> " + line.text + "\n"); }

Exit Commander::refuse(const std::string& text) {
  if (style_.form == Form::bird) print_(text + "\n");
  else complain_("bgpctl: " + text + "\n");
  return Exit::refused;
}

Exit Commander::ask_text(const std::string& line) {
  last_code_ = -1;
  auto code = connection_.ask(line, [this](const proto::ReplyLine& reply) { print_line(reply); });
  return is_error(code) ? Exit::refused : Exit::done;
}

void Commander::print_line(const proto::ReplyLine& line) {
  if (line.asynchronous) {
    last_code_ = -1;
    return print_asynchronous(line);
  }
  // The end of an answer with code 0 says nothing; birdc does not even print its code.
  if (line.code == 0) {
    if (!line.text.empty() && style_.form != Form::bird) print_(line.text + "\n");
    return;
  }
  if (style_.codes) {
    bool repeated = !line.last && line.code == last_code_;
    last_code_ = line.code;
    return print_((repeated ? "     " : fmt::format("{:04}{}", line.code, line.last ? ' ' : '-')) + line.text + "\n");
  }
  if (style_.form != Form::bird && is_error(line.code)) return complain_("bgpctl: " + line.text + "\n");
  print_(line.text + "\n");
}

Exit Commander::ask_json(const std::string& line) {
  bool answered = false;
  std::string said;
  auto code = connection_.ask(line + " json", [&](const proto::ReplyLine& reply) {
    if (reply.asynchronous) return;
    if (reply.code == json_code) answered = true, print_(reply.text + "\n");
    else if (reply.last) said = reply.text;
  });
  if (is_error(code)) return refuse(said);
  if (!answered) return refuse(fmt::format("the daemon has no JSON for '{}'", line));
  return Exit::done;
}

std::optional<Exit> Commander::ask_table(const std::string& line, Listing& listing) {
  std::string said, broken;
  auto code = connection_.ask(line + " json", [&](const proto::ReplyLine& reply) {
    if (reply.asynchronous) return print_asynchronous(reply);
    if (reply.last) said = reply.text;
    if (reply.code != json_code || !broken.empty()) return;
    try {
      feed_json(listing, reply.text);
    } catch (const std::runtime_error& error) {
      broken = error.what();  // the rest of the answer is still to be read
    }
  });
  // A daemon without JSON says so, and one that did not understand the rest says it again for the text.
  if (code == parse_error_code) return std::nullopt;
  listing.finish();
  if (!broken.empty()) return refuse(broken);
  return is_error(code) ? refuse(said) : Exit::done;
}

void Commander::learn() {
  if (learned_) return;
  learned_ = true;
  bool ours = false;
  connection_.ask("show version json", [&](const proto::ReplyLine& line) { ours = ours || line.code == json_code; });
  if (!ours) return;
  std::vector<std::string> rows;
  connection_.ask("help", [&](const proto::ReplyLine& line) {
    if (!line.asynchronous && !line.last) rows.push_back(line.text);
  });
  table_.learn(rows);
}

std::vector<std::string> Commander::protocol_names() {
  std::vector<std::string> names;
  connection_.ask("show protocols", [&](const proto::ReplyLine& line) {
    if (line.code == protocol_row_code && !line.asynchronous) names.push_back(line.text.substr(0, line.text.find(' ')));
  });
  return names;
}

}  // namespace avocet::bgpctl
