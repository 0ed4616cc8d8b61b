#pragma once
/// Text to tokens, reference section 3: comments, includes, numbers, addresses, prefixes, strings, symbols, operators.
/// Keywords are not known here; a word is a word, its meaning is contextual.
#include <cstdint>
#include <string_view>
#include <vector>

#include "bgpd/config/diagnostic.hpp"
#include "bgpd/config/source.hpp"
#include "proto/ip.hpp"

namespace avocet::config {

enum class TokenKind : std::uint8_t {
  end,         ///< of the whole input
  word,        ///< letters, digits, _; or 'quoted' (then `quoted` is set and may not be a keyword)
  number,      ///< unsigned 32 bits, decimal or 0x
  ip,          ///< IPv4 or IPv6 address; prefixes are ip '/' number (`glued` tells that no blank stands before)
  string,      ///< "..." without its quotes
  bytes,       ///< hex:... or 0123:4567 bytestring, or aa:bb:cc:dd:ee:ff, a MAC; text is the literal
  punctuation, ///< text is one of { } ( ) [ ] ; , : . / + - * = < > ! ? ~ % @ | & and != <= >= && || .. !~ ++ -> [= =]
  bad,         ///< a diagnostic was already given
};

struct Token {
  std::string_view text;     ///< points into Sources
  Place place;
  std::uint32_t number = 0;  ///< of a number; of an IPv4 address its bits
  std::uint16_t depth = 0;   ///< count of open { before this token; more than fit count as the most that do
  TokenKind kind = TokenKind::end;
  bool quoted = false;       ///< word in single quotes
  bool glued = false;        ///< nothing (not even a blank) between this token and the one before
  bool six = false;          ///< an IPv6 address, which `text` alone tells

  bool is_mac() const { return kind == TokenKind::bytes && text.size() == 17 && text[2] == ':'; }
  proto::Address address() const { return six ? *proto::Address::parse(text) : proto::Address::v4(number); }  ///< if kind is `ip`

  bool is(std::string_view punctuation_or_word) const {
    return text.size() == punctuation_or_word.size() && text.front() == punctuation_or_word.front() && text == punctuation_or_word &&
           (kind == TokenKind::punctuation || (kind == TokenKind::word && !quoted));
  }
};

/// Makes tokens one after the other as they are asked for: a list of them would be twenty times as large as the text. Never fails:
/// problems become diagnostics and `bad` tokens. Borrows all it is given.
class Lexer {
 public:
  Lexer(const std::vector<Stretch>& text, Diagnostics& diagnostics);

  /// Where the next token is looked for.
  struct Cursor {
    const char* at = nullptr;
    const char* line_start = nullptr;
    const char* token_end = nullptr;  ///< one past the last token, for `glued`
    std::uint32_t line = 1;
    std::uint32_t depth = 0;
    std::uint32_t stretch = 0;        ///< index
    friend bool operator==(const Cursor& a, const Cursor& b) { return a.at == b.at && a.stretch == b.stretch; }
  };
  const Cursor& cursor() const { return cursor_; }
  /// Goes back to where it has been. What is wrong there is not said again.
  void rewind(const Cursor& cursor);

  /// The next token, written where it is wanted; at the end TokenKind::end, as often as one asks.
  void read(Token& token);
  Token next() {
    Token token;
    read(token);
    return token;
  }
  /// Goes behind the next `;`, `{` or `}` and checks nothing on the way: for whom the beginnings of statements are enough.
  void skip_statement();
  void skip_all();

 private:
  void enter(const Stretch& stretch);
  bool skip_blanks_and_comments();
  void skip_line_comment();
  void skip_block_comment();
  bool next_stretch();
  void locate(Place& place, std::size_t length) const;
  char look(std::size_t ahead = 0) const { return ahead < static_cast<std::size_t>(end_ - cursor_.at) ? cursor_.at[ahead] : '\0'; }
  std::string_view rest() const { return {cursor_.at, static_cast<std::size_t>(end_ - cursor_.at)}; }
  void new_line(const char* first_of_line) {
    ++cursor_.line;
    cursor_.line_start = first_of_line;
  }
  std::size_t run(unsigned kind, std::size_t from = 0) const;

  void make(Token& token, TokenKind kind, std::size_t length);
  void bad(Token& token, std::size_t length, std::string what);
  void tell(std::size_t length, std::string what, std::string hint = {});
  void numeral(Token& token);
  bool plain_numeral(Token& token);
  bool ipv6(Token& token);
  bool ipv4(Token& token);
  bool bytes(Token& token);
  void number(Token& token);
  void word(Token& token);
  void quoted_word(Token& token);
  void string(Token& token);
  void mark(Token& token);

  const std::vector<Stretch>& text_;
  Diagnostics& diagnostics_;
  Cursor cursor_;
  const char* end_ = nullptr;  ///< of the stretch
  std::uint16_t file_ = 0;     ///< of the stretch
  Cursor told_;                ///< the last place that something was said of
};

/// All tokens of a file and of what it includes, up to and with TokenKind::end.
std::vector<Token> lex(Sources& sources, std::uint16_t file, Diagnostics& diagnostics);

}  // namespace avocet::config
