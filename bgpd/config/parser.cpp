#include "bgpd/config/parser.hpp"

#include <algorithm>

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

const Token& Parser::expect(std::string_view text) {
  if (peek().is(text)) return next();
  if (text == ";" && position_ > 0) {
    // At a line's end: the mistake is there, not in the line that follows.
    auto& last = tokens_[position_ - 1];
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
    position_ = tokens_.size() - 1;
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
  auto any = [&](const char* text) {
    return std::any_of(tokens_.begin(), tokens_.end(), [&](auto& token) { return token.is(text); });
  };
  if (!untyped_functions_) untyped_functions_ = any("return") && !any("->");
  return *untyped_functions_;
}

void Parser::recover(std::uint32_t depth) {
  while (!at_end()) {
    auto& token = peek();
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
