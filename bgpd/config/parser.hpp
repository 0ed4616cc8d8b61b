#pragma once
/// The cursor over tokens that every grammar file works with, and what is known while parsing: symbols and dialect.
#include <array>
#include <cassert>
#include <memory>
#include <optional>
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
  Parser(const std::vector<Stretch>& text, const Sources& sources, Diagnostics& diagnostics, Symbols& symbols)
      : lexer_(text, diagnostics), text_(text), sources(sources), diagnostics(diagnostics), symbols(symbols) {}

  /// A few tokens ahead at most. Tokens are values: nobody keeps a list of them.
  const Token peek(std::size_t ahead = 0) const { return slot(ahead).token; }
  const Token next() {
    auto& taken = slot(0);
    if (taken.token.kind != TokenKind::end) ++first_;
    return taken.token;
  }
  bool at_end() const { return slot(0).token.kind == TokenKind::end; }
  bool accept(std::string_view text) {  ///< takes the token if it is this punctuation or unquoted word
    auto& token = slot(0).token;
    if (!token.is(text)) return false;
    first_ += token.kind != TokenKind::end;
    return true;
  }
  /// Takes the token or gives "expected ..., found ..." and throws SyntaxError.
  const Token expect(std::string_view text);
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
  /// After a SyntaxError: skips to after the `;` or to the `}` that ends the current statement at this depth; never over what begins at
  /// the top level.
  void recover(std::uint32_t depth);
  /// True where a block ends without its '}': at the end, or where what belongs to the top level begins. It is said once, with a note where
  /// the block was opened; whoever reads a block goes on as if all that is missing stood here.
  bool is_unclosed(const Token& open);
  /// Behind a block without its '}': what comes stands at the top level again.
  void leave_unclosed();
  /// True if functions give values back without saying their type: the text is older than BIRD 2.14.
  bool has_untyped_functions() const;
  using Position = Lexer::Cursor;
  Position position() const { return slot(0).before; }
  void rewind(const Position& position);
  /// What was read from `start` on, read again.
  std::vector<Token> since(const Position& start) const;
  /// The token taken last, or the one before it; of kind `end` if there is none.
  const Token taken(std::size_t back = 0) const {
    return first_ > back ? slots_[(first_ - 1 - back) % slots_.size()].token : Token();
  }

 private:
  /// Tokens read and not taken, and the last ones taken.
  struct Slot {
    Token token;
    Position before;
  };
  bool is_where_unclosed() const { return unclosed_ && *unclosed_ == position(); }
  const Slot& slot(std::size_t ahead) const {
    assert(ahead + 2 < slots_.size());
    while (first_ + ahead >= read_) {
      auto& slot = slots_[read_++ % slots_.size()];
      slot.before = lexer_.cursor();
      lexer_.read(slot.token);
    }
    return slots_[(first_ + ahead) % slots_.size()];
  }

  mutable Lexer lexer_;
  mutable std::array<Slot, 16> slots_;
  std::size_t first_ = 0;         ///< count of tokens taken
  mutable std::size_t read_ = 0;  ///< count of tokens read
  const std::vector<Stretch>& text_;
  std::vector<Refusal> refusals_;
  std::optional<Position> unclosed_;      ///< where a '}' was missing last
  mutable std::optional<bool> untyped_functions_;  ///< once it was asked for

 public:
  const Sources& sources;
  Diagnostics& diagnostics;
  Symbols& symbols;
  filter::Dialect dialect = filter::Dialect::bird2;  ///< known before parsing: see detect_dialect
  proto::Family family = proto::Family::ipv4;        ///< of a 1.6 configuration
};

/// True if a statement begins with these three that stands only at the top level, as a protocol or a definition.
bool begins_at_top_level(const Token& first, const Token& second, const Token& third);

/// What to call a token in a message: "'nieghbor'", "number 5", "end of file".
std::string describe(const Token& token);

}  // namespace avocet::config
