/// Floating point numbers as Go writes them.
#include <fmt/format.h>

#include <charconv>
#include <cmath>

#include "confgen/template/format.hpp"

namespace avocet::confgen {

namespace {

/// A number as decimal digits d.ddd times ten to `exponent`.
struct Decimal {
  std::string digits;
  int exponent;
};

/// `count` significant digits, or the fewest that read back as the same number.
Decimal decimal(double magnitude, int count) {
  char buffer[2048];
  auto end = count < 0 ? std::to_chars(buffer, buffer + sizeof buffer, magnitude, std::chars_format::scientific).ptr
                       : std::to_chars(buffer, buffer + sizeof buffer, magnitude, std::chars_format::scientific,
                                       std::min(count, 1500) - 1)
                             .ptr;
  std::string text(buffer, end);
  auto mark = text.find('e');
  Decimal d{text.substr(0, mark), std::stoi(text.substr(mark + 1))};
  std::erase(d.digits, '.');
  return d;
}

std::string exponent_form(const Decimal& d, char letter, int precision) {
  auto digits = d.digits;
  if (precision >= 0) digits.resize(static_cast<std::size_t>(precision) + 1, '0');
  auto fraction = digits.size() > 1 ? "." + digits.substr(1) : "";
  return fmt::format("{}{}{}{}{:02}", digits[0], fraction, letter, d.exponent < 0 ? '-' : '+', std::abs(d.exponent));
}

std::string fixed(double magnitude, int precision) {
  if (precision < 0) {
    auto d = decimal(magnitude, -1);
    precision = std::max(0, static_cast<int>(d.digits.size()) - 1 - d.exponent);
  }
  return fmt::format("{:.{}f}", magnitude, precision);
}

std::string general(double magnitude, char letter, int precision) {
  bool shortest = precision < 0;
  if (precision == 0) precision = 1;
  auto d = decimal(magnitude, precision);
  while (d.digits.size() > 1 && d.digits.back() == '0') d.digits.pop_back();
  int count = static_cast<int>(d.digits.size());
  // From this exponent on it is written: a million prints as 1e+06.
  int limit = shortest ? 6 : precision;
  if (!shortest && limit > count && count >= d.exponent + 1) limit = count;
  if (d.exponent < -4 || d.exponent >= limit) return exponent_form(d, letter, -1);
  if (d.exponent >= count - 1) return d.digits + std::string(static_cast<std::size_t>(d.exponent + 1 - count), '0');
  if (d.exponent < 0) return "0." + std::string(static_cast<std::size_t>(-d.exponent - 1), '0') + d.digits;
  return d.digits.substr(0, static_cast<std::size_t>(d.exponent) + 1) + "." +
         d.digits.substr(static_cast<std::size_t>(d.exponent) + 1);
}

std::string binary(double magnitude) {
  int exponent = 0;
  auto fraction = std::frexp(magnitude, &exponent);
  if (magnitude == 0 || exponent < -1021)
    return fmt::format("{}p-1074", static_cast<std::uint64_t>(std::ldexp(magnitude, 1074)));
  return fmt::format("{}p{:+}", static_cast<std::uint64_t>(std::ldexp(fraction, 53)), exponent - 53);
}

std::string hexadecimal(double magnitude, bool upper, int precision) {
  auto text = precision < 0 ? fmt::format("{:a}", magnitude) : fmt::format("{:.{}a}", magnitude, precision);
  auto mark = text.find('p');
  int exponent = std::stoi(text.substr(mark + 1));
  if (text.starts_with("0x2")) text[2] = '1', ++exponent;  // rounded up to two
  text = fmt::format("{}p{}{:02}", text.substr(0, mark), exponent < 0 ? '-' : '+', std::abs(exponent));
  if (upper)
    for (auto& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

}  // namespace

std::string float_text(double value, char verb, int precision) {
  if (std::isnan(value)) return "NaN";
  std::string sign = std::signbit(value) ? "-" : "";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  auto magnitude = std::fabs(value);
  switch (verb) {
    case 'b': return sign + binary(magnitude);
    case 'e':
    case 'E': return sign + exponent_form(decimal(magnitude, precision < 0 ? -1 : precision + 1), verb, precision);
    case 'f': return sign + fixed(magnitude, precision);
    case 'x':
    case 'X': return sign + hexadecimal(magnitude, verb == 'X', precision);
    default: return sign + general(magnitude, verb == 'G' ? 'E' : 'e', precision);
  }
}

}  // namespace avocet::confgen
