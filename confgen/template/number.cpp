#include "confgen/template/number.hpp"

#include <fmt/format.h>

#include <cmath>
#include <cstdlib>

#include "confgen/template/characters.hpp"

namespace avocet::confgen {

namespace {

bool is_digit(char c, int base) {
  char low = static_cast<char>(c | 0x20);
  int value = c >= '0' && c <= '9' ? c - '0' : low >= 'a' && low <= 'f' ? low - 'a' + 10 : 99;
  return value < base;
}
int base_of(char letter) {
  switch (letter | 0x20) {
    case 'b': return 2;
    case 'o': return 8;
    case 'x': return 16;
    default: return 0;
  }
}

/// "_" stands between digits, or between the base's prefix and a digit.
bool has_good_underscores(std::string text) {
  if (!text.empty() && (text[0] == '+' || text[0] == '-')) text.erase(0, 1);
  bool after_digit = false, after_underscore = false;
  int base = 10;
  if (text.size() >= 2 && text[0] == '0' && base_of(text[1])) {
    after_digit = true;
    base = base_of(text[1]) == 16 ? 16 : 10;
    text.erase(0, 2);
  }
  for (char c : text) {
    if (c == '_' ? !after_digit : after_underscore && !is_digit(c, base)) return false;
    after_underscore = c == '_';
    after_digit = is_digit(c, base);
  }
  return !after_underscore;
}

struct Unsigned {
  bool good = false, overflows = false;
  std::uint64_t value = 0;
};

Unsigned read_unsigned(const std::string& written) {
  auto text = written;
  int base = 10;
  if (text.size() >= 3 && text[0] == '0' && base_of(text[1])) {
    base = base_of(text[1]);
    text.erase(0, 2);
  } else if (text.starts_with("0")) {
    base = 8;
    text.erase(0, 1);
  }
  if (written.empty() || !has_good_underscores(written)) return {};
  Unsigned result{true};
  for (char c : text) {
    if (c == '_') continue;
    if (!is_digit(c, base)) return {};
    auto digit = static_cast<unsigned>(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
    result.overflows |= __builtin_mul_overflow(result.value, static_cast<std::uint64_t>(base), &result.value);
    result.overflows |= __builtin_add_overflow(result.value, static_cast<std::uint64_t>(digit), &result.value);
  }
  return result;
}

std::optional<double> read_float(const std::string& written) {
  if (!has_good_underscores(written)) return {};
  auto text = written;
  std::erase(text, '_');
  std::size_t at = !text.empty() && (text[0] == '+' || text[0] == '-');
  bool hex = text.size() > at + 2 && text[at] == '0' && (text[at + 1] | 0x20) == 'x';
  if (hex) at += 2;
  bool digits = false, point = false;
  for (; at < text.size() && (is_digit(text[at], hex ? 16 : 10) || (text[at] == '.' && !point)); ++at)
    (text[at] == '.' ? point : digits) = true;
  bool exponent = at < text.size() && (text[at] | 0x20) == (hex ? 'p' : 'e');
  if (exponent) {
    ++at;
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
    auto first = at;
    while (at < text.size() && is_digit(text[at], 10)) ++at;
    if (at == first) return {};
  }
  if (!digits || at != text.size() || (hex && !exponent)) return {};
  auto value = std::strtod(text.c_str(), nullptr);
  if (std::isinf(value)) return {};
  return value;
}

std::optional<std::int64_t> as_whole(double value) {
  if (!(std::fabs(value) < 9.2e18) || std::trunc(value) != value) return {};
  return static_cast<std::int64_t>(value);
}

Number complex_number(std::complex<double> c) {
  Number n;
  n.complex = c;
  if (c.imag() == 0) n.floating = c.real(), n.whole = as_whole(c.real());
  return n;
}

tl::expected<Number, std::string> illegal(const std::string& literal) {
  return tl::make_unexpected("illegal number syntax: " + quote(literal));
}

/// "1+2i"
tl::expected<Number, std::string> read_complex(const std::string& literal) {
  auto body = literal.substr(0, literal.size() - 1);
  auto sign = body.find_last_of("+-");
  while (sign != std::string::npos && sign > 0 && std::string("eEpP").find(body[sign - 1]) != std::string::npos)
    sign = body.find_last_of("+-", sign - 1);
  bool has_real = sign != std::string::npos && sign > 0;
  auto real = has_real ? read_float(body.substr(0, sign)) : 0.0;
  auto imaginary = read_float(has_real ? body.substr(sign) : body);
  if (!real || !imaginary) return illegal(literal);
  return complex_number({*real, *imaginary});
}

}  // namespace

tl::expected<Number, std::string> read_number(const std::string& literal) {
  Number n;
  if (literal.starts_with("'")) {
    auto code = unquote_character(literal);
    if (!code) return tl::make_unexpected("malformed character constant: " + literal);
    n.whole = static_cast<std::int64_t>(*code);
    n.floating = static_cast<double>(*code);
    return n;
  }
  if (literal.ends_with("i")) return read_complex(literal);
  bool minus = literal.starts_with("-"), sign = minus || literal.starts_with("+");
  auto magnitude = read_unsigned(literal.substr(sign));
  if (magnitude.good && !magnitude.overflows) {
    constexpr std::uint64_t limit = std::uint64_t{1} << 63;
    if (magnitude.value < limit + minus)
      n.whole = static_cast<std::int64_t>(minus ? 0 - magnitude.value : magnitude.value);
    else
      n.too_large = !sign;
  }
  if (n.whole) {
    n.floating = static_cast<double>(*n.whole);
  } else if (n.too_large) {
    n.floating = static_cast<double>(magnitude.value);
  } else if (auto value = read_float(literal)) {
    if (literal.find_first_of(".eEpP") == std::string::npos)
      return tl::make_unexpected("integer overflow: " + quote(literal));
    n.floating = value;
    n.whole = as_whole(*value);
  } else {
    return illegal(literal);
  }
  return n;
}

Value ideal_constant(const std::string& literal, const Number& number) {
  if (number.complex) return Value(*number.complex);
  bool hex = literal.size() > 2 && literal[0] == '0' && (literal[1] | 0x20) == 'x' &&
             literal.find_first_of("pP") == std::string::npos;
  if (number.floating && !hex && literal[0] != '\'' && literal.find_first_of(".eEpP") != std::string::npos)
    return Value(*number.floating);
  if (number.whole) return Value(*number.whole);
  throw CallError(literal + " overflows int");
}

}  // namespace avocet::confgen
