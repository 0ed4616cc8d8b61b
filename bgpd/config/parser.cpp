#include "bgpd/config/parser.hpp"
#include "bgpd/config/symbols.hpp"

#include <fmt/format.h>

namespace avocet::config {

std::string describe(const Token& token) {
  switch (token.kind) {
    case TokenKind::end: return "the end of the file";
    case TokenKind::number: return fmt::format("number {}", token.text);
    case TokenKind::ip: return fmt::format("address {}", token.text);
    case TokenKind::string: return fmt::format("text \"{}\"", token.text);
    case TokenKind::bytes: return fmt::format("bytes {}", token.text);
    case TokenKind::word:
    case TokenKind::punctuation:
    case TokenKind::bad: return fmt::format("'{}'", token.text);
  }
  return "";
}

bool begins_at_top_level(const Token& first, const Token& second, const Token& third) {
  if (first.is("log") && second.kind == TokenKind::string) return true;
  if (first.kind != TokenKind::word || second.kind != TokenKind::word) return false;
  if (first.is("log")) return second.is("syslog") || second.is("stderr");
  if (second.is("table")) return first.is("ipv4") || first.is("ipv6") || first.is("roa4") || first.is("roa6") || first.is("aspa");
  if (first.is("protocol") || first.is("template")) return third.kind == TokenKind::word || third.is("{");
  return (first.is("filter") && third.is("{")) || (first.is("function") && third.is("(")) || (first.is("define") && third.is("="));
}

const Token Parser::expect(std::string_view text) {
  if (peek().is(text)) return next();
  if ((text == ";" || text == "}") && is_where_unclosed()) return peek();
  if (text == ";" && first_ > 0) {
    // At the end of a line or a block: the mistake is there, not in what follows.
    auto last = taken();
    bool ends = last.place.line < peek().place.line || peek().is("}");
    if (last.place.file == peek().place.file && ends && peek().kind != TokenKind::bad) {
      auto place = last.place;
      place.column = static_cast<std::uint16_t>(place.column + place.length);
      place.length = 1;
      diagnostics.error(place, fmt::format("a ';' is missing behind {}", describe(last)));
      if (peek().kind == TokenKind::word || peek().is("}")) return peek();  // the statement is whole, and so may be the next one
      throw SyntaxError{};
    }
  }
  fail(peek(), fmt::format("expected '{}', found {}", text, describe(peek())));
}

void Parser::fail(const Token& at, std::string what, std::string hint) {
  // A missing include makes thousands of mistakes, and each looks for the nearest known name: no more than are kept.
  constexpr auto most = 200;
  if (diagnostics.list().size() >= most) {
    lexer_.skip_all();
    first_ = read_ = 0;
    throw SyntaxError{};
  }
  // What is wrong has already been said of a bad token and of a name whose definition has a mistake.
  bool told = at.kind == TokenKind::bad || (at.kind == TokenKind::word && symbols.failed.contains(at.text));
  if (!told) diagnostics.error(at.place, std::move(what), std::move(hint));
  throw SyntaxError{};
}

void Parser::not_yet(const Token& at, const std::string& what, std::string hint) {
  refuse(at, "not supported yet: " + what, std::move(hint));
}

void Parser::refuse(const Token& at, std::string what, std::string hint) {
  refusals_.push_back({at.place, std::move(what), std::move(hint)});
}

bool Parser::has_untyped_functions() const {
  Diagnostics ignored;  // it is said elsewhere
  auto any = [&](std::string_view text) {
    for (auto& stretch : text_) {
      if (std::string_view(stretch.begin, stretch.end).find(text) == std::string_view::npos) continue;
      std::vector<Stretch> one{stretch};
      Lexer lexer(one, ignored);
      for (auto token = lexer.next(); token.kind != TokenKind::end; token = lexer.next())
        if (token.is(text)) return true;
    }
    return false;
  };
  if (!untyped_functions_) untyped_functions_ = any("return") && !any("->");
  return *untyped_functions_;
}

void Parser::rewind(const Position& position) {
  lexer_.rewind(position);
  first_ = read_ = 0;
}

std::vector<Token> Parser::since(const Position& start) const {
  Diagnostics ignored;  // it has been said
  Lexer again(text_, ignored);
  again.rewind(start);
  std::vector<Token> tokens;
  for (auto end = position(); again.cursor() != end;) tokens.push_back(again.next());
  return tokens;
}

bool Parser::is_unclosed(const Token& open) {
  if (peek().depth <= open.depth) {  // its '}' is in a text without end, of which the lexer has told
    unclosed_ = position();
    return true;
  }
  bool ends = at_end();
  if (!ends && !begins_at_top_level(peek(), peek(1), peek(2))) return false;
  if (is_where_unclosed()) return true;
  unclosed_ = position();
  diagnostics.error(peek().place, ends ? "a '}' is missing" : "a '}' is missing above this line");
  diagnostics.note(open.place, "the block that begins here is still open");
  return true;
}

void Parser::leave_unclosed() {
  if (peek().depth == 0) return;
  if (!is_where_unclosed()) diagnostics.error(peek().place, "a '}' is missing above this line");
  auto here = position();
  here.depth = 0;
  rewind(here);
}

void Parser::recover(std::uint32_t depth) {
  while (!at_end()) {
    auto token = peek();
    if (token.depth < depth) return;
    bool begins_line = taken().kind == TokenKind::end || taken().place.line < token.place.line;
    if ((token.depth > 0 || begins_line) && begins_at_top_level(token, peek(1), peek(2))) return;
    if (token.depth == depth && token.is("}")) {
      if (depth == 0) next();  // closes nothing, and must not stop us for ever
      return;
    }
    bool ends_statement = token.depth == depth && token.is(";");
    bool ends_block = token.depth == depth + 1 && token.is("}");
    next();
    if (ends_statement) return;
    if (ends_block && !peek().is("else")) {
      accept(";");
      return;
    }
  }
}

}  // namespace avocet::config
