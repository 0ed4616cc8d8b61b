#include "bgpd/config/lexer.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <glob.h>
#include <sys/mman.h>

#include <fmt/format.h>

namespace avocet::config {
namespace {

constexpr unsigned deepest_include = 8;
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

/// A long list of tokens is written from end to end: asking for large pages saves a fault every 4 KiB, which is a third of the
/// time that reading takes. Nothing changes where there are none.
void prefer_large_pages(const std::vector<Token>& tokens) {
  constexpr std::uintptr_t page = 2u << 20;
  auto begin = (reinterpret_cast<std::uintptr_t>(tokens.data()) + page - 1) / page * page;
  auto end = reinterpret_cast<std::uintptr_t>(tokens.data() + tokens.capacity()) / page * page;
  if (begin < end) (void)::madvise(reinterpret_cast<void*>(begin), end - begin, MADV_HUGEPAGE);
}

class Lexer {
 public:
  Lexer(Sources& sources, Diagnostics& diagnostics) : sources_(sources), diagnostics_(diagnostics) {}

  void read(std::uint16_t file, unsigned include_depth);
  std::vector<Token> finish() {
    Token end;
    end.place = here(0);
    end.depth = depth();
    tokens_.push_back(end);
    return std::move(tokens_);
  }

 private:
  /// Where the text is being read; saved and put back around an include.
  struct Cursor {
    const char* begin = nullptr;
    const char* at = nullptr;
    const char* end = nullptr;
    const char* line_start = nullptr;
    std::uint32_t line = 1;
    std::uint16_t file = 0;
  };

  std::uint16_t depth() const { return static_cast<std::uint16_t>(std::min<std::uint32_t>(depth_, 0xffff)); }
  Place here(std::size_t length) const {
    auto clamp = [](std::size_t n) { return static_cast<std::uint16_t>(std::min<std::size_t>(n, 0xffff)); };
    return {cursor_.file, cursor_.line, clamp(static_cast<std::size_t>(cursor_.at - cursor_.line_start) + 1), clamp(length)};
  }
  char look(std::size_t ahead = 0) const {
    return ahead < static_cast<std::size_t>(cursor_.end - cursor_.at) ? cursor_.at[ahead] : '\0';
  }
  std::string_view rest() const { return {cursor_.at, static_cast<std::size_t>(cursor_.end - cursor_.at)}; }
  void new_line(const char* first_of_line) {
    ++cursor_.line;
    cursor_.line_start = first_of_line;
  }
  std::size_t run(unsigned kind, std::size_t from = 0) const {
    while (is(look(from), kind)) ++from;
    return from;
  }

  bool skip_blanks_and_comments();
  void skip_block_comment();
  Token& add(TokenKind kind, std::size_t length);
  void bad(std::size_t length, std::string what);
  bool include(unsigned include_depth);
  void include_files(std::string pattern, Place place, unsigned include_depth);
  bool ipv6();
  bool ipv4();
  bool bytes();
  void number();
  void word();
  void quoted_word();
  void string();
  void mark();

  Sources& sources_;
  Diagnostics& diagnostics_;
  std::vector<Token> tokens_;
  Cursor cursor_;
  std::uint32_t depth_ = 0;
  const char* token_end_ = nullptr;  ///< one past the last token, for `glued`
};

Token& Lexer::add(TokenKind kind, std::size_t length) {
  auto& token = tokens_.emplace_back();
  token.kind = kind;
  token.glued = cursor_.at == token_end_;
  token.depth = depth();
  token.text = {cursor_.at, length};
  token.place = here(length);
  cursor_.at += length;
  token_end_ = cursor_.at;
  return token;
}

void Lexer::bad(std::size_t length, std::string what) {
  diagnostics_.error(here(length), std::move(what));
  add(TokenKind::bad, length);
}

/// False at the end of the text.
bool Lexer::skip_blanks_and_comments() {
  while (cursor_.at != cursor_.end) {
    char c = *cursor_.at;
    if (c == '\n') {
      new_line(++cursor_.at);
    } else if (is(c, blank)) {
      ++cursor_.at;
    } else if (c == '#') {
      cursor_.at = std::find(cursor_.at, cursor_.end, '\n');
    } else if (c == '/' && look(1) == '*') {
      skip_block_comment();
    } else {
      return true;
    }
  }
  return false;
}

void Lexer::skip_block_comment() {
  auto text = rest();
  auto close = text.find("*/", 2);
  if (close == text.npos) {
    diagnostics_.error(here(2), "comment without end", "a '*/' is missing");
    cursor_.at = cursor_.end;
    return;
  }
  for (auto end = cursor_.at + close + 2; cursor_.at != end;)
    if (*cursor_.at++ == '\n') new_line(cursor_.at);
}

/// `include "glob";` if it begins its line; other lines with the word are left to the grammar.
bool Lexer::include(unsigned include_depth) {
  if (!rest().starts_with("include") || is(look(7), letter | digit)) return false;
  for (auto p = cursor_.line_start; p != cursor_.at; ++p)
    if (!is(*p, blank)) return false;
  auto open = run(blank, 7);
  if (look(open) != '"') return false;
  auto text = rest();
  auto close = text.find_first_of("\"\n", open + 1);
  if (close == text.npos || text[close] == '\n') return false;
  auto semicolon = run(blank, close + 1);
  if (look(semicolon) != ';') return false;
  auto place = here(semicolon + 1);
  std::string pattern(text.substr(open + 1, close - open - 1));
  cursor_.at += semicolon + 1;
  include_files(std::move(pattern), place, include_depth);
  return true;
}

void Lexer::include_files(std::string pattern, Place place, unsigned include_depth) {
  if (include_depth == deepest_include) {
    diagnostics_.error(place, "includes are nested more than 8 deep", "does a file include itself?");
    return;
  }
  auto& including = sources_.name(cursor_.file);
  if (auto slash = including.rfind('/'); !pattern.starts_with('/') && slash != including.npos)
    pattern = including.substr(0, slash + 1) + pattern;
  std::vector<std::string> paths;
  if (pattern.find_first_of("*?[") == pattern.npos) {
    paths.push_back(pattern);
  } else {
    ::glob_t matches{};
    if (::glob(pattern.c_str(), GLOB_ERR, nullptr, &matches) == 0)
      paths.assign(matches.gl_pathv, matches.gl_pathv + matches.gl_pathc);
    ::globfree(&matches);  // a pattern without any match includes nothing, as in BIRD
  }
  auto cursor = cursor_;
  for (auto& path : paths) {
    auto file = sources_.add_file(path, place);
    if (file)
      read(*file, include_depth + 1);
    else
      diagnostics_.error(place, file.error());
  }
  cursor_ = cursor;
  token_end_ = nullptr;
}

/// Two adjacent colons or seven single ones make an IPv6 address; with fewer, as in `10:`, a number and a colon stand.
bool Lexer::ipv6() {
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
  if (!address && look(length - 1) == ':') address = proto::Address::parse(rest().substr(0, --length));  // a case arm's colon
  if (!address) {
    if (!compressed) return false;
    bad(length, fmt::format("'{}' is not an IPv6 address", rest().substr(0, length)));
    return true;
  }
  auto& token = add(TokenKind::ip, length);
  token.six = !address->is_v4();
  token.number = token.six ? 0 : address->v4_bits();
  return true;
}

bool Lexer::ipv4() {
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
  if (address)
    add(TokenKind::ip, length).number = address->v4_bits();
  else
    bad(length, fmt::format("'{}' is not an IPv4 address", rest().substr(0, length)));
  return true;
}

/// `hex:` and pairs of hex digits, or at least 16 bytes written as pairs with or without colons (BIRD 2.14); with colons
/// also six, a MAC, and nine or more, as the segment of an EVPN (2.19). Eight are an IPv6 address.
bool Lexer::bytes() {
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
  add(TokenKind::bytes, length);
  return true;
}

void Lexer::number() {
  bool hexadecimal = look() == '0' && (look(1) == 'x' || look(1) == 'X') && is(look(2), hex);
  auto length = hexadecimal ? run(hex, 2) : run(digit);
  std::uint64_t value = 0;
  for (auto c : rest().substr(hexadecimal ? 2 : 0, length - (hexadecimal ? 2 : 0))) {
    auto digit_value = is(c, digit) ? c - '0' : (c | 0x20) - 'a' + 10;
    value = value * (hexadecimal ? 16 : 10) + static_cast<unsigned>(digit_value);
    if (value > 0xffffffff) return bad(length, fmt::format("number {} is larger than 4294967295", rest().substr(0, length)));
  }
  add(TokenKind::number, length).number = static_cast<std::uint32_t>(value);
}

void Lexer::word() { add(TokenKind::word, run(letter | digit)); }

void Lexer::quoted_word() {
  auto close = run(quotable, 1);
  if (close == 1 || look(close) != '\'')
    return bad(close, "a name in single quotes is made of letters, digits, '_', '-', '.' and ':' and ends with a quote");
  ++cursor_.at;
  auto& token = add(TokenKind::word, close - 1);
  token.quoted = true;
  token_end_ = ++cursor_.at;
}

void Lexer::string() {
  auto text = rest();
  auto close = text.find_first_of("\"\n", 1);
  if (close == text.npos || text[close] == '\n')
    return bad(close == text.npos ? text.size() : close, "text without closing '\"' on its line");
  ++cursor_.at;
  add(TokenKind::string, close - 1);
  token_end_ = ++cursor_.at;
}

void Lexer::mark() {
  if (is(look(1), ends_two))
    for (auto two : two_character_marks)
      if (rest().starts_with(two)) {
        add(TokenKind::punctuation, 2);
        return;
      }
  char c = look();
  if (!is(c, one_mark))
    return bad(1, std::isprint(static_cast<unsigned char>(c))
                      ? fmt::format("'{}' has no meaning here", c)
                      : fmt::format("byte 0x{:02x} has no meaning here", static_cast<unsigned char>(c)));
  add(TokenKind::punctuation, 1);
  if (c == '{') ++depth_;
  if (c == '}' && depth_ > 0) --depth_;
}

void Lexer::read(std::uint16_t file, unsigned include_depth) {
  auto text = sources_.text(file);
  cursor_ = {text.data(), text.data(), text.data() + text.size(), text.data(), 1, file};
  token_end_ = nullptr;
  tokens_.reserve(tokens_.size() + text.size() / 2);  // untouched memory costs nothing, copies of the list do
  prefer_large_pages(tokens_);
  while (skip_blanks_and_comments()) {
    char c = look();
    if (c == '"') string();
    else if (c == '\'') quoted_word();
    else if (c == 'i' && include(include_depth)) continue;
    else if (is(c, digit) && ipv4()) continue;
    else if (is(c, hex) && (ipv6() || bytes())) continue;
    else if (c == ':' && look(1) == ':' && ipv6()) continue;
    else if (is(c, digit)) number();
    else if (c == 'h' && rest().starts_with("hex:") && bytes()) continue;
    else if (is(c, letter)) word();
    else mark();
  }
}

}  // namespace

std::vector<Token> lex(Sources& sources, std::uint16_t file, Diagnostics& diagnostics) {
  Lexer lexer(sources, diagnostics);
  lexer.read(file, 0);
  return lexer.finish();
}

}  // namespace avocet::config
