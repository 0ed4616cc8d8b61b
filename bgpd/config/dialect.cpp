/// Which BIRD a file is written for, seen from its statements alone, before any of them is read.
#include <fmt/format.h>

#include "bgpd/config/grammar_block.hpp"

namespace avocet::config {
namespace {

bool is_one_of(const Token& token, std::initializer_list<std::string_view> words) {
  for (auto word : words)
    if (token.is(word)) return true;
  return false;
}

bool ends_statement(const Token& token) {
  if (token.kind != TokenKind::punctuation || token.text.size() != 1) return false;
  char mark = token.text.front();
  return mark == ';' || mark == '{' || mark == '}';
}

bool is_net_type(const Token& token) {
  return is_one_of(token, {"ipv4", "ipv6", "vpn4", "vpn6", "roa4", "roa6", "flow4", "flow6"});
}

/// A construct that only one dialect has.
struct Mark {
  Token at;
  std::string what;  ///< "" if there is none
  std::string now;   ///< how BIRD 2 writes it, or ""
};

/// Looks at the beginnings of statements at the top level and right inside protocols.
class Detector {
 public:
  explicit Detector(const std::vector<Stretch>& text) : lexer_(text, ignored_) {}

  void run() {
    auto start = lexer_.cursor();
    look();
    if (lexer_.cursor().depth == 0) return;
    lexer_.rewind(start);
    unclosed_ = true;
    look();
  }
  Mark bird1, bird2;

 private:
  void look() {
    for (;;) {
      if (unclosed_) leave_block();
      while (lexer_.cursor().depth > (in_protocol_ ? 1 : 0) && !(unclosed_ && leave_block())) {  // most of a large file: lists and filters
        auto before = lexer_.cursor();
        lexer_.skip_statement();
        if (lexer_.cursor() == before) return;
      }
      auto token = lexer_.next();
      if (token.kind == TokenKind::end) return;
      if (ends_statement(token)) continue;
      // Most of what a large file has at its top level tells nothing.
      if (token.depth > 0)
        in_protocol(token, peek());
      else if (is_one_of(token, {"define", "function", "filter"}))
        in_protocol_ = false;
      else
        top_level(token, peek());
      if (token.depth == 1 && kind_ == "static")
        rest_of_static(token);
      else
        lexer_.skip_statement();
    }
  }

  /// In a text that lacks a '}': if a protocol or definition begins here, this is the top level.
  bool leave_block() {
    auto here = lexer_.cursor();
    auto first = lexer_.next(), second = lexer_.next(), third = lexer_.next();
    if (begins_at_top_level(first, second, third)) here.depth = 0;
    lexer_.rewind(here);
    return here.depth == 0;
  }

  void note(Mark& mark, const Token& at, std::string what, std::string now = {}) {
    if (mark.what.empty()) mark = {at, std::move(what), std::move(now)};
  }

  Token peek() {
    auto here = lexer_.cursor();
    auto next = lexer_.next();
    lexer_.rewind(here);
    return next;
  }

  void rest_of_static(Token token) {
    for (; token.kind != TokenKind::end && !ends_statement(token); token = lexer_.next())
      if (token.is("multipath")) note(bird1, token, "'multipath'");
  }

  void top_level(const Token& token, const Token& next) {
    in_protocol_ = is_one_of(token, {"protocol", "template"});
    kind_ = in_protocol_ ? next.text : std::string_view();
    if (token.is("listen") && next.is("bgp")) note(bird1, token, "'listen bgp'");
    if (token.is("roa") && next.is("table")) note(bird1, token, "'roa table'", "BIRD 2 writes 'roa4 table' or 'roa6 table'");
    if (token.is("table") && next.kind == TokenKind::word) note(bird1, token, "a table without its net type", "BIRD 2 writes 'ipv4 table' or 'ipv6 table'");
    if (is_net_type(token) && next.is("table")) note(bird2, token, fmt::format("'{} table'", token.text));
  }

  void in_protocol(const Token& token, const Token& next) {
    if (is_net_type(token) && (next.is("{") || next.is(";")))
      note(bird2, token, fmt::format("the channel '{}'", token.text));
    bool has_channels = kind_ == "bgp" || kind_ == "kernel" || kind_ == "static" || kind_ == "direct";
    if (has_channels && is_one_of(token, {"import", "export", "preference", "table"}))
      note(bird1, token, fmt::format("'{}' outside of a channel", token.text), fmt::format("BIRD 2 writes 'ipv4 {{ {} ...; }};'", token.text));
    if (kind_ == "bgp" &&
        ((token.is("next") && next.is("hop")) || (token.is("add") && next.is("paths")) || token.is("gateway")))
      note(bird1, token, fmt::format("'{} {}' outside of a channel", token.text, next.text), "BIRD 2 writes it into the channel");
    if (kind_ == "kernel" && token.is("device") && next.is("routes")) note(bird1, token, "'device routes'");
  }

  bool unclosed_ = false;
  Diagnostics ignored_;  // who reads in earnest says what is wrong
  Lexer lexer_;
  bool in_protocol_ = false;
  std::string_view kind_;
};

}  // namespace

filter::Dialect detect_dialect(const std::vector<Stretch>& text, Diagnostics& diagnostics) {
  Detector detector(text);
  detector.run();
  auto &one = detector.bird1, &two = detector.bird2;
  if (!one.what.empty() && !two.what.empty()) {
    diagnostics.error(one.at.place,
                      fmt::format("{} is BIRD 1.6's dialect, but this configuration also has BIRD 2's", one.what), one.now);
    diagnostics.note(two.at.place, fmt::format("{} is BIRD 2's dialect", two.what));
  }
  return !one.what.empty() && two.what.empty() ? filter::Dialect::bird1 : filter::Dialect::bird2;
}

}  // namespace avocet::config
