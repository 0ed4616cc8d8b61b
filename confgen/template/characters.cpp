#include "confgen/template/characters.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace avocet::confgen {

namespace {

constexpr char32_t replacement = 0xfffd, highest = 0x10ffff;

bool is_surrogate(char32_t c) { return c >= 0xd800 && c < 0xe000; }

struct Range {
  char32_t first, last;
};
template <std::size_t n>
bool in(const Range (&ranges)[n], char32_t c) {
  return std::any_of(std::begin(ranges), std::end(ranges), [c](auto& r) { return c >= r.first && c <= r.last; });
}

/// Beyond ASCII, what is neither letter nor digit: signs, punctuation, blanks, pictures.
constexpr Range signs[] = {{0x80, 0xa9},      {0xab, 0xb4},     {0xb6, 0xb9},     {0xbb, 0xbf},     {0xd7, 0xd7},
                           {0xf7, 0xf7},      {0x300, 0x36f},   {0x2000, 0x2070}, {0x2074, 0x207e}, {0x2080, 0x208e},
                           {0x20a0, 0x2101},  {0x2190, 0x2bff}, {0x2e00, 0x2e7f}, {0x3000, 0x3004}, {0x3008, 0x3030},
                           {0xd800, 0xf8ff},  {0xfe00, 0xfe6f}, {0xff01, 0xff0f}, {0xfff0, 0xffff}, {0x1f000, 0x1faff},
                           {0xe0000, highest}};
/// Beyond ASCII, what prints nothing: control and format characters, blanks, private use.
constexpr Range invisible[] = {{0x7f, 0xa0},     {0xad, 0xad},     {0x600, 0x605},   {0x61c, 0x61c},
                               {0x6dd, 0x6dd},   {0x1680, 0x1680}, {0x180e, 0x180e}, {0x2000, 0x200f},
                               {0x2028, 0x202f}, {0x205f, 0x206f}, {0x3000, 0x3000}, {0xd800, 0xf8ff},
                               {0xfeff, 0xfeff}, {0xfff0, 0xfffb}, {0xfffe, 0xffff}, {0xe0000, highest}};

const char* short_escape(char32_t c) {
  switch (c) {
    case '\a': return "\\a";
    case '\b': return "\\b";
    case '\f': return "\\f";
    case '\n': return "\\n";
    case '\r': return "\\r";
    case '\t': return "\\t";
    case '\v': return "\\v";
    case '\\': return "\\\\";
    default: return nullptr;
  }
}

void append_escaped(std::string& out, char32_t c, char delimiter, bool ascii_only) {
  if (c == static_cast<char32_t>(delimiter))
    (out += '\\') += delimiter;
  else if (auto escape = short_escape(c))
    out += escape;
  else if (is_printable(c) && (c < 0x80 || !ascii_only))
    append_character(out, c);
  else if (c < ' ' || c == 0x7f)
    out += fmt::format("\\x{:02x}", static_cast<unsigned>(c));
  else if (c < 0x10000)
    out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
  else
    out += fmt::format("\\U{:08x}", static_cast<unsigned>(c));
}

/// Reads what follows a backslash; false if it is no escape.
bool read_escape(std::string_view text, std::size_t& at, char delimiter, std::string& out) {
  if (at >= text.size()) return false;
  char c = text[at++];
  static constexpr std::string_view from = "abfnrtv\\", to = "\a\b\f\n\r\t\v\\";
  if (auto plain = from.find(c); plain != from.npos) return out += to[plain], true;
  if (c == '\'' || c == '"') return out += c, c == delimiter;
  int base = c >= '0' && c <= '7' ? 8 : 16;
  int digits = c == 'x' ? 2 : c == 'u' ? 4 : c == 'U' ? 8 : base == 8 ? 3 : 0;
  if (digits == 0) return false;
  if (base == 8) --at;
  std::uint64_t code = 0;
  for (int i = 0; i < digits; ++i, ++at) {
    if (at >= text.size()) return false;
    char d = text[at];
    int value = d >= '0' && d <= '9'   ? d - '0'
                : d >= 'a' && d <= 'f' ? d - 'a' + 10
                : d >= 'A' && d <= 'F' ? d - 'A' + 10
                                       : 99;
    if (value >= base) return false;
    code = code * base + static_cast<unsigned>(value);
  }
  if (c == 'u' || c == 'U') {
    if (code > highest || is_surrogate(static_cast<char32_t>(code))) return false;
    append_character(out, static_cast<char32_t>(code));
    return true;
  }
  if (code > 255) return false;
  if (delimiter == '\'')
    append_character(out, static_cast<char32_t>(code));  // a character has this number, not this byte
  else
    out += static_cast<char>(code);
  return true;
}

std::optional<std::string> unquote_between(std::string_view literal, char delimiter) {
  if (literal.size() < 2 || literal.front() != delimiter || literal.back() != delimiter) return {};
  auto inner = literal.substr(1, literal.size() - 2);
  std::string out;
  for (std::size_t at = 0; at < inner.size();) {
    char c = inner[at++];
    if (c == delimiter || c == '\n') return {};
    if (c != '\\')
      out += c;
    else if (!read_escape(inner, at, delimiter, out))
      return {};
  }
  return out;
}

}  // namespace

Character first_character(std::string_view text) {
  auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  unsigned char first = byte(0);
  if (first < 0x80) return {first, 1};
  std::size_t length = first >= 0xf0 && first < 0xf8   ? 4
                       : first >= 0xe0 && first < 0xf0 ? 3
                       : first >= 0xc2 && first < 0xe0 ? 2
                                                       : 0;
  if (length == 0 || text.size() < length) return {replacement, 1};
  char32_t code = first & (0xff >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return {replacement, 1};
    code = code << 6 | (byte(i) & 0x3f);
  }
  bool overlong = (length == 3 && code < 0x800) || (length == 4 && code < 0x10000);
  if (overlong || is_surrogate(code) || code > highest) return {replacement, 1};
  return {code, length};
}

std::size_t count_characters(std::string_view text) {
  std::size_t n = 0;
  for (; !text.empty(); ++n) text.remove_prefix(first_character(text).size_bytes);
  return n;
}

void append_character(std::string& out, char32_t c) {
  if (c > highest || is_surrogate(c)) c = replacement;
  auto tail = [&](int shift) { out += static_cast<char>(0x80 | (c >> shift & 0x3f)); };
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += static_cast<char>(0xc0 | c >> 6), tail(0);
  } else if (c < 0x10000) {
    out += static_cast<char>(0xe0 | c >> 12), tail(6), tail(0);
  } else {
    out += static_cast<char>(0xf0 | c >> 18), tail(12), tail(6), tail(0);
  }
}

bool is_name_character(char32_t c) {
  if (c < 0x80) return c == '_' || (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
  return !in(signs, c);
}

bool is_printable(char32_t c) { return c < 0x7f ? c >= ' ' : c <= highest && !in(invisible, c); }

std::string quote(std::string_view text, bool ascii_only) {
  std::string out = "\"";
  while (!text.empty()) {
    auto [code, size] = first_character(text);
    if (code == replacement && size == 1)
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(text[0]));
    else
      append_escaped(out, code, '"', ascii_only);
    text.remove_prefix(size);
  }
  return out + "\"";
}

std::string quote_character(char32_t code, bool ascii_only) {
  std::string out = "'";
  append_escaped(out, code > highest || is_surrogate(code) ? replacement : code, '\'', ascii_only);
  return out + "'";
}

std::optional<std::string> unquote(std::string_view literal) {
  if (literal.starts_with("`")) {
    std::string out(literal.substr(1, literal.size() - 2));
    std::erase(out, '\r');  // as Go's raw strings
    return out;
  }
  return unquote_between(literal, '"');
}

std::optional<char32_t> unquote_character(std::string_view literal) {
  auto inner = unquote_between(literal, '\'');
  if (!inner || inner->empty()) return {};
  auto [code, size] = first_character(*inner);
  if (size != inner->size()) return {};
  return code;
}

}  // namespace avocet::confgen
