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

/// Large files have hundreds of thousands of them, and touching fresh memory is most of what reading a list costs.
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

static_assert(sizeof(Token) == 40);

/// Reads a file and all it includes (`include "glob";` on a line of its own, relative, sorted, at most 8 deep) into one list of
/// tokens that ends with TokenKind::end. Never fails: problems become diagnostics and `bad` tokens.
std::vector<Token> lex(Sources& sources, std::uint16_t file, Diagnostics& diagnostics);

}  // namespace avocet::config
