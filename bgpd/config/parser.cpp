#include "bgpd/config/parser.hpp"

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

const Token Parser::expect(std::string_view text) {
  if (peek().is(text)) return next();
  if (text == ";" && first_ > 0) {
    // At a line's end: the mistake is there, not in the line that follows.
    auto last = taken();
    if (last.place.file == peek().place.file && last.place.line < peek().place.line && peek().kind != TokenKind::bad) {
      auto place = last.place;
      place.column = static_cast<std::uint16_t>(place.column + place.length);
      place.length = 1;
      diagnostics.error(place, fmt::format("a ';' is missing behind {}", describe(last)));
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
  // The lexer has already said what is wrong with a bad token.
  if (at.kind != TokenKind::bad) diagnostics.error(at.place, std::move(what), std::move(hint));
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

void Parser::recover(std::uint32_t depth) {
  while (!at_end()) {
    auto token = peek();
    if (token.depth < depth) return;
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
