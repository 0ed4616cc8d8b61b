#pragma once
/// The cursor over tokens that every grammar file works with, and what is known while parsing: symbols and dialect.
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bgpd/config/diagnostic.hpp"
#include "bgpd/config/lexer.hpp"
#include "bgpd/filter/program.hpp"

namespace avocet::config {

class Symbols;  ///< constants, functions, filters, custom attributes, tables, protocol names; symbols.hpp

/// Thrown inside grammar functions after a diagnostic was given; caught at statement level, which skips to `;` or `}`.
/// Never leaves the config room.
struct SyntaxError {};

class Parser {
 public:
  Parser(const std::vector<Token>& tokens, const Sources& sources, Diagnostics& diagnostics, Symbols& symbols)
      : tokens_(tokens), sources(sources), diagnostics(diagnostics), symbols(symbols) {}

  const Token& peek(std::size_t ahead = 0) const {
    auto i = position_ + ahead;
    return i < tokens_.size() ? tokens_[i] : tokens_.back();
  }
  const Token& next() {
    auto& token = peek();
    if (position_ + 1 < tokens_.size()) ++position_;
    return token;
  }
  bool at_end() const { return peek().kind == TokenKind::end; }
  bool accept(std::string_view text) {  ///< takes the token if it is this punctuation or unquoted word
    if (!peek().is(text)) return false;
    next();
    return true;
  }
  /// Takes the token or gives "expected ..., found ..." and throws SyntaxError.
  const Token& expect(std::string_view text);
  [[noreturn]] void fail(const Token& at, std::string what, std::string hint = {});
  /// Something that reads well but is not carried out: an error when the whole file has been looked at, so that it hides
  /// no other mistake.
  void refuse(const Token& at, std::string what, std::string hint = {});
  /// The same of what is still to come. `what` follows "not supported yet: ".
  void not_yet(const Token& at, const std::string& what, std::string hint = {});
  struct Refusal {
    Place place;
    std::string what, hint;
  };
  const std::vector<Refusal>& refusals() const { return refusals_; }
  /// After a SyntaxError: skips to after the `;` or to the `}` that ends the current statement at this depth.
  void recover(std::uint32_t depth);
  /// True if functions give values back without saying their type: the text is older than BIRD 2.14.
  bool has_untyped_functions() const;
  std::size_t position() const { return position_; }
  void rewind(std::size_t position) { position_ = position; }
  /// What was read from `start` on.
  std::span<const Token> since(std::size_t start) const { return {tokens_.data() + start, position_ - start}; }

 private:
  const std::vector<Token>& tokens_;
  std::size_t position_ = 0;
  std::vector<Refusal> refusals_;
  mutable std::optional<bool> untyped_functions_;  ///< once it was asked for

 public:
  const Sources& sources;
  Diagnostics& diagnostics;
  Symbols& symbols;
  filter::Dialect dialect = filter::Dialect::bird2;  ///< known before parsing: see detect_dialect
  proto::Family family = proto::Family::ipv4;        ///< of a 1.6 configuration
};

/// What to call a token in a message: "'nieghbor'", "number 5", "end of file".
std::string describe(const Token& token);

}  // namespace avocet::config
