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

const Token& Parser::expect(std::string_view text) {
  if (peek().is(text)) return next();
  fail(peek(), fmt::format("expected '{}', found {}", text, describe(peek())));
}

void Parser::fail(const Token& at, std::string what, std::string hint) {
  // The lexer has already said what is wrong with a bad token.
  if (at.kind != TokenKind::bad) diagnostics.error(at.place, std::move(what), std::move(hint));
  throw SyntaxError{};
}

void Parser::not_yet(const Token& at, const std::string& what, std::string hint) {
  refusals_.push_back({at.place, "not supported yet: " + what, std::move(hint)});
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
