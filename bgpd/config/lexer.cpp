#include "bgpd/config/lexer.hpp"

#include <algorithm>
#include <array>
#include <cctype>

#include <fmt/format.h>

namespace avocet::config {
namespace {

constexpr std::size_t mac_bytes = 6;

/// Character classes in one table: the lexer looks at every byte, and <cctype> asks for a locale each time.
enum : std::uint8_t { blank = 1, digit = 2, hex = 4, letter = 8, quotable = 16, one_mark = 32, ends_two = 64 };
constexpr auto classes = [] {
  std::array<std::uint8_t, 256> table{};
  for (unsigned char c : {' ', '\t', '\r', '\f', '\v', '\n'}) table[c] = blank;
  for (unsigned c = '0'; c <= '9'; ++c) table[c] = digit | hex | quotable;
  for (unsigned c = 'a'; c <= 'z'; ++c) table[c] = table[c - 'a' + 'A'] = letter | quotable;
  for (unsigned c = 'a'; c <= 'f'; ++c) table[c] = table[c - 'a' + 'A'] = letter | hex | quotable;
  table['_'] = letter | quotable;
  for (unsigned char c : {'-', '.', ':'}) table[c] |= quotable;
  for (unsigned char c : std::string_view("{}()[];,:./+-*=<>!?~%@|&")) table[c] |= one_mark;
  for (unsigned char c : std::string_view("=&|.~+>]")) table[c] |= ends_two;  // second characters of the marks below
  return table;
}();
bool is(char c, unsigned kind) { return (classes[static_cast<unsigned char>(c)] & kind) != 0; }

constexpr std::string_view two_character_marks[] = {"!=", "<=", ">=", "&&", "||", "..", "!~", "++", "->", "[=", "=]"};

/// Where the text ends that may be skipped: what ends statements, and what may hide such marks.
constexpr auto skip_stops = [] {
  std::array<bool, 256> table{};
  for (unsigned char c : std::string_view(";{}\"#/\n")) table[c] = true;
  return table;
}();

}  // namespace

Lexer::Lexer(const std::vector<Stretch>& text, Diagnostics& diagnostics) : text_(text), diagnostics_(diagnostics) {
  auto& first = text.front();
  cursor_ = {first.begin, first.line_start, nullptr, first.line, 0, 0};
  enter(first);
}

void Lexer::rewind(const Cursor& cursor) {
  cursor_ = cursor;
  enter(text_[cursor.stretch]);
}

void Lexer::enter(const Stretch& stretch) {
  end_ = stretch.end;
  file_ = stretch.file;
  constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
  if (cursor_.at == stretch.begin && stretch.line == 1 && rest().starts_with(byte_order_mark)) cursor_.at += byte_order_mark.size();
}

bool Lexer::next_stretch() {
  if (cursor_.stretch + 1 == text_.size()) return false;
  auto& next = text_[++cursor_.stretch];
  cursor_.at = next.begin;
  cursor_.line_start = next.line_start;
  cursor_.line = next.line;
  cursor_.token_end = nullptr;
  enter(next);
  return true;
}

/// Member by member, here and below: put together in registers first, a place or a token costs more than reading it.
inline void Lexer::locate(Place& place, std::size_t length) const {
  auto clamp = [](std::size_t n) { return static_cast<std::uint16_t>(std::min<std::size_t>(n, 0xffff)); };
  place.file = file_;
  place.line = cursor_.line;
  place.column = clamp(static_cast<std::size_t>(cursor_.at - cursor_.line_start) + 1);
  place.length = clamp(length);
}

inline std::size_t Lexer::run(unsigned kind, std::size_t from) const {
  auto at = cursor_.at + std::min(from, static_cast<std::size_t>(end_ - cursor_.at));
  while (at != end_ && is(*at, kind)) ++at;
  return static_cast<std::size_t>(at - cursor_.at);
}

inline void Lexer::make(Token& token, TokenKind kind, std::size_t length) {
  token.text = {cursor_.at, length};
  locate(token.place, length);
  token.number = 0;
  token.depth = static_cast<std::uint16_t>(std::min<std::uint32_t>(cursor_.depth, 0xffff));
  token.kind = kind;
  token.quoted = token.six = false;
  token.glued = cursor_.at == cursor_.token_end;
  cursor_.at += length;
  cursor_.token_end = cursor_.at;
}

void Lexer::bad(Token& token, std::size_t length, std::string what) {
  tell(length, std::move(what));
  make(token, TokenKind::bad, length);
}

void Lexer::tell(std::size_t length, std::string what, std::string hint) {
  auto order = [](const Cursor& cursor) { return std::pair(cursor.stretch, cursor.at); };
  if (order(cursor_) <= order(told_)) return;
  told_ = cursor_;
  Place place;
  locate(place, length);
  diagnostics_.error(place, std::move(what), std::move(hint));
}

/// False at the end of the text.
bool Lexer::skip_blanks_and_comments() {
  while (cursor_.at != end_) {
    char c = *cursor_.at;
    if (c == '\n') {
      new_line(++cursor_.at);
    } else if (is(c, blank)) {
      ++cursor_.at;
    } else if (c == '#') {
      skip_line_comment();
    } else if (c == '/' && look(1) == '*') {
      skip_block_comment();
    } else {
      return true;
    }
  }
  return false;
}

void Lexer::skip_line_comment() { cursor_.at = std::find(cursor_.at, end_, '\n'); }

void Lexer::skip_block_comment() {
  auto text = rest();
  auto close = text.find("*/", 2);
  if (close == text.npos) {
    tell(2, "comment without end", "a '*/' is missing");
    cursor_.at = end_;
    return;
  }
  for (auto end = cursor_.at + close + 2; cursor_.at != end;)
    if (*cursor_.at++ == '\n') new_line(cursor_.at);
}

void Lexer::skip_statement() {
  do {
    while (cursor_.at != end_) {
      auto at = cursor_.at;
      while (at != end_ && !skip_stops[static_cast<unsigned char>(*at)]) ++at;
      cursor_.at = at;
      char c = look();
      if (c == '\n') {
        new_line(++cursor_.at);
      } else if (c == '"') {
        Token text;
        string(text);
      } else if (c == '#') {
        skip_line_comment();
      } else if (c == '/' && look(1) == '*') {
        skip_block_comment();
      } else if (at != end_) {
        ++cursor_.at;
        if (c == '{') ++cursor_.depth;
        if (c == '}' && cursor_.depth > 0) --cursor_.depth;
        if (c != '/') return;
      }
    }
  } while (next_stretch());
}

void Lexer::skip_all() {
  cursor_.stretch = static_cast<std::uint32_t>(text_.size() - 1);
  enter(text_.back());
  cursor_.at = end_;
}

/// Two adjacent colons or seven single ones make an IPv6 address; with fewer, as in `10:`, a number and a colon stand.
bool Lexer::ipv6(Token& token) {
  std::size_t length = run(hex), colons = 0;
  if (look(length) != ':') return false;
  bool compressed = false;
  for (;; ++length) {
    char c = look(length);
    if (c == ':') {
      ++colons;
      compressed |= look(length + 1) == ':';
    } else if (!is(c, hex) && !(c == '.' && colons > 0 && is(look(length + 1), digit))) {
      break;
    }
  }
  if (!compressed && colons < 6) return false;  // six are enough with a dotted quad at the end
  if (is(look(length), letter)) return false;
  auto address = proto::Address::parse(rest().substr(0, length));
  if (!address && look(length - 1) == ':')
    address = proto::Address::parse(rest().substr(0, --length));  // a case arm's colon
  if (!address) {
    if (!compressed) return false;
    bad(token, length, fmt::format("'{}' is not an IPv6 address", rest().substr(0, length)));
    return true;
  }
  make(token, TokenKind::ip, length);
  token.six = !address->is_v4();
  token.number = token.six ? 0 : address->v4_bits();
  return true;
}

bool Lexer::ipv4(Token& token) {
  std::size_t length = 0;
  for (int dots = 0;; ++dots) {
    auto next = run(digit, length);
    if (next == length) return false;
    length = next;
    if (dots == 3) break;
    if (look(length) != '.') return false;
    ++length;
  }
  auto address = proto::Address::parse(rest().substr(0, length));
  if (!address) {
    bad(token, length, fmt::format("'{}' is not an IPv4 address", rest().substr(0, length)));
    return true;
  }
  make(token, TokenKind::ip, length);
  token.number = address->v4_bits();
  return true;
}

/// `hex:` and pairs of hex digits, or at least 16 bytes written as pairs with or without colons (BIRD 2.14); with colons
/// also six, a MAC, and nine or more, as the segment of an EVPN (2.19). Eight are an IPv6 address.
bool Lexer::bytes(Token& token) {
  bool marked = rest().starts_with("hex:");
  if (!marked && look(2) != ':' && run(hex) < 32) return false;
  std::size_t length = marked ? 4 : 0, count = 0;
  auto pair = [&](std::size_t at) { return is(look(at), hex) && is(look(at + 1), hex); };
  while (pair(length) || (look(length) == ':' && count > 0 && pair(length + 1))) {
    length += look(length) == ':' ? 3 : 2;
    ++count;
  }
  bool colons = length == 3 * count - 1;
  bool enough = marked || count >= 16 || (colons && (count == mac_bytes || count > 8));
  if (!enough || is(look(length), letter | digit)) return false;
  make(token, TokenKind::bytes, length);
  return true;
}

void Lexer::number(Token& token) {
  bool hexadecimal = look() == '0' && (look(1) == 'x' || look(1) == 'X') && is(look(2), hex);
  auto length = hexadecimal ? run(hex, 2) : run(digit);
  std::uint64_t value = 0;
  for (auto c : rest().substr(hexadecimal ? 2 : 0, length - (hexadecimal ? 2 : 0))) {
    auto digit_value = is(c, digit) ? c - '0' : (c | 0x20) - 'a' + 10;
    value = value * (hexadecimal ? 16 : 10) + static_cast<unsigned>(digit_value);
    if (value > 0xffffffff)
      return bad(token, length, fmt::format("number {} is larger than 4294967295", rest().substr(0, length)));
  }
  make(token, TokenKind::number, length);
  token.number = static_cast<std::uint32_t>(value);
}

void Lexer::word(Token& token) { make(token, TokenKind::word, run(letter | digit)); }

void Lexer::quoted_word(Token& token) {
  auto close = run(quotable, 1);
  if (close == 1 || look(close) != '\'')
    return bad(token, close,
               "a name in single quotes is made of letters, digits, '_', '-', '.' and ':' and ends with a quote");
  ++cursor_.at;
  make(token, TokenKind::word, close - 1);
  token.quoted = true;
  cursor_.token_end = ++cursor_.at;
}

void Lexer::string(Token& token) {
  auto text = rest();
  auto close = text.find_first_of("\"\n", 1);
  if (close == text.npos || text[close] == '\n') {
    bad(token, close == text.npos ? text.size() : close, "text without closing '\"' on its line");
    // Blocks that begin or end on the line do so all the same: what stands below is read as it was meant.
    for (char c : text.substr(0, close)) {
      if (c == '{') ++cursor_.depth;
      if (c == '}' && cursor_.depth > 0) --cursor_.depth;
    }
    return;
  }
  ++cursor_.at;
  make(token, TokenKind::string, close - 1);
  cursor_.token_end = ++cursor_.at;
}

void Lexer::mark(Token& token) {
  if (is(look(1), ends_two))
    for (auto two : two_character_marks)
      if (rest().starts_with(two)) return make(token, TokenKind::punctuation, 2);
  char c = look();
  if (!is(c, one_mark))
    return bad(token, 1,
               std::isprint(static_cast<unsigned char>(c))
                   ? fmt::format("'{}' has no meaning here", c)
                   : fmt::format("byte 0x{:02x} has no meaning here", static_cast<unsigned char>(c)));
  make(token, TokenKind::punctuation, 1);
  if (c == '{') ++cursor_.depth;
  if (c == '}' && cursor_.depth > 0) --cursor_.depth;
}

/// `24` and `10.0.0.0`, which lists are made of, in one look at their characters. False for what is longer, wrong, or
/// may be something else.
bool Lexer::plain_numeral(Token& token) {
  auto at = cursor_.at;
  std::uint32_t parts[4];
  for (auto& part : parts) {
    auto begin = at;
    part = 0;
    for (; at != end_ && at != begin + 9 && is(*at, digit); ++at)
      part = part * 10 + static_cast<std::uint32_t>(*at - '0');
    char next = at == end_ ? '\0' : *at;
    bool dotted = next == '.' && end_ - at > 1 && is(at[1], digit);
    if (&part == parts && !dotted) {
      if (is(next, hex | letter) || next == ':') return false;
      make(token, TokenKind::number, static_cast<std::size_t>(at - begin));
      token.number = part;
      return true;
    }
    if (at == begin || part > 255 || (*begin == '0' && at != begin + 1)) return false;
    if (&part != &parts[3] && !dotted) return false;
    at += &part != &parts[3];
  }
  if (at != end_ && is(*at, digit)) return false;
  make(token, TokenKind::ip, static_cast<std::size_t>(at - cursor_.at));
  token.number = parts[0] << 24 | parts[1] << 16 | parts[2] << 8 | parts[3];
  return true;
}

/// At a digit or a letter that is one in hexadecimal, or at a colon.
void Lexer::numeral(Token& token) {
  char c = look();
  if (is(c, digit) && (plain_numeral(token) || ipv4(token))) return;
  if (is(c, hex) && (ipv6(token) || bytes(token))) return;
  if (c == ':' && look(1) == ':' && ipv6(token)) return;
  if (is(c, digit)) return number(token);
  return is(c, letter) ? word(token) : mark(token);
}

void Lexer::read(Token& token) {
  while (!skip_blanks_and_comments())
    if (!next_stretch()) return make(token, TokenKind::end, 0);
  char c = *cursor_.at;
  if (is(c, hex) || c == ':') return numeral(token);
  if (c == 'h' && rest().starts_with("hex:") && bytes(token)) return;
  if (is(c, letter)) return word(token);
  if (c == '"') return string(token);
  if (c == '\'') return quoted_word(token);
  mark(token);
}

std::vector<Token> lex(Sources& sources, std::uint16_t file, Diagnostics& diagnostics) {
  auto text = put_includes_in_place(sources, file, diagnostics);
  Lexer lexer(text, diagnostics);
  std::vector<Token> tokens;
  do tokens.push_back(lexer.next());
  while (tokens.back().kind != TokenKind::end);
  return tokens;
}

}  // namespace avocet::config
