#include "confgen/template/format.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace avocet::confgen {

namespace {

constexpr int most_width = 1000000;  // Go's own limit for width and precision

/// Flags, width and precision of one directive.
struct Flags {
  bool minus = false, plus = false, sharp = false, space = false, zero = false;
  bool plus_v = false, sharp_v = false;
  std::optional<int> width, precision;
};

/// Prints values one by one into a text.
class Printer {
 public:
  Flags flags;
  std::string out;

  /// An operand, as opposed to what is inside one.
  void operand(const Value& v, char32_t verb) {
    if (v.is_nil()) {
      if (verb == 'T' || verb == 'v')
        pad("<nil>");
      else
        bad_verb(v, verb);
    } else if (verb == 'T') {
      text(type_name(v));
    } else if (verb == 'p' && (v.list() || v.map())) {
      address(v);
    } else if (verb == 'p') {
      bad_verb(v, verb);
    } else {
      value(v, verb);
    }
  }

 private:
  void value(const Value& v, char32_t verb) {
    if (v.is_nil()) {
      out += flags.sharp_v ? "interface {}(nil)" : "<nil>";
    } else if (auto b = v.as<bool>()) {
      if (verb == 't' || verb == 'v')
        pad(*b ? "true" : "false");
      else
        bad_verb(v, verb);
    } else if (v.integer()) {
      integer_verb(v, verb);
    } else if (auto d = v.as<double>()) {
      if (is_float_verb(verb))
        number(*d, verb);
      else
        bad_verb(v, verb);
    } else if (auto c = v.as<std::complex<double>>()) {
      if (is_float_verb(verb))
        complex(*c, verb);
      else
        bad_verb(v, verb);
    } else if (auto s = v.string()) {
      text_verb(v, *s, verb);
    } else if (auto record = v.record(); record && record->methods && !flags.sharp_v &&
                                         std::u32string_view(U"vsxXq").find(verb) != std::u32string_view::npos) {
      text_verb(v, record->methods->text, verb);
    } else {
      inside(v, verb);
    }
  }

  /// The elements of a list, map or record, each with the same verb.
  void inside(const Value& v, char32_t verb) {
    const char* gap = flags.sharp_v ? ", " : " ";
    const char* next = "";
    auto each = [&](const Value& item) {
      out += std::exchange(next, gap);
      value(item, verb);
    };
    if (flags.sharp_v) out += type_name(v) + "{";
    if (auto list = v.list()) {
      if (!flags.sharp_v) out += "[";
      for (auto& item : *list) each(item);
      out += flags.sharp_v ? "}" : "]";
    } else if (auto map = v.map()) {
      if (!flags.sharp_v) out += "map[";
      for (auto& [key, item] : *map) {
        each(Value(key));
        out += ":";
        value(item, verb);
      }
      out += flags.sharp_v ? "}" : "]";
    } else {
      if (!flags.sharp_v) out += "{";
      for (auto& [name, item] : v.record()->fields) {
        out += std::exchange(next, gap);
        if (flags.plus_v || flags.sharp_v) (out += name) += ":";
        value(item, verb);
      }
      out += "}";
    }
  }

  /// "%!verb(type=value)": the value with the same flags.
  void bad_verb(const Value& v, char32_t verb) {
    out += "%!";
    append_character(out, verb);
    out += '(';
    if (v.is_nil()) {
      out += "<nil>";
    } else {
      out += type_name(v) + "=";
      value(v, 'v');
    }
    out += ')';
  }

  void fill(int count, bool zeros = false) {
    if (count > 0) out.append(static_cast<std::size_t>(count), zeros ? '0' : ' ');
  }
  void pad(const std::string& written) { pad(written, flags.zero); }
  void pad(const std::string& written, bool zeros) {
    int missing = flags.width.value_or(0) - static_cast<int>(count_characters(written));
    if (!flags.minus) fill(missing, zeros);
    out += written;
    if (flags.minus) fill(missing);
  }

  // Text

  std::string cut(const std::string& s) const {
    if (!flags.precision) return s;
    std::string_view rest(s);
    for (int n = *flags.precision; n > 0 && !rest.empty(); --n) rest.remove_prefix(first_character(rest).size_bytes);
    return s.substr(0, s.size() - rest.size());
  }
  void text(const std::string& s) { pad(cut(s)); }

  void quoted(const std::string& s) {
    auto kept = cut(s);
    bool plain = kept.find_first_of("`\x7f") == std::string::npos;
    for (std::string_view rest(kept); plain && !rest.empty();) {
      auto [code, size] = first_character(rest);
      plain = (code >= ' ' || code == '\t') && code != 0xfeff && !(code == 0xfffd && size == 1);
      rest.remove_prefix(size);
    }
    pad(flags.sharp && plain ? "`" + kept + "`" : quote(kept, flags.plus));
  }

  void hex_bytes(const std::string& s, bool upper) {
    auto bytes = s.substr(0, static_cast<std::size_t>(flags.precision.value_or(most_width)));
    if (bytes.empty()) return fill(flags.width.value_or(0), flags.zero);
    std::string written, mark = !flags.sharp ? "" : upper ? "0X" : "0x";
    for (unsigned char c : bytes) {
      if (!written.empty() && flags.space) written += ' ';
      if (written.empty() || flags.space) written += mark;
      written += upper ? fmt::format("{:02X}", c) : fmt::format("{:02x}", c);
    }
    pad(written);
  }

  void text_verb(const Value& v, const std::string& s, char32_t verb) {
    switch (verb) {
      case 'v': return flags.sharp_v ? quoted(s) : text(s);
      case 's': return text(s);
      case 'q': return quoted(s);
      case 'x':
      case 'X': return hex_bytes(s, verb == 'X');
      default: return bad_verb(v, verb);
    }
  }

  // Numbers

  void integer_verb(const Value& v, char32_t verb) {
    auto n = *v.integer();
    auto code = n >= 0 && n <= 0x10ffff ? static_cast<char32_t>(n) : U'\xfffd';
    switch (verb) {
      case 'v':
        if (flags.sharp_v && v.as<Byte>()) {
          flags.sharp = true;
          integer(n, 16, 'x');
          flags.sharp = false;
          return;
        }
        return integer(n, 10, 'd');
      case 'd': return integer(n, 10, 'd');
      case 'b': return integer(n, 2, 'b');
      case 'o':
      case 'O': return integer(n, 8, static_cast<char>(verb));
      case 'x':
      case 'X': return integer(n, 16, static_cast<char>(verb));
      case 'c': {
        std::string written;
        append_character(written, code);
        return pad(written);
      }
      case 'q': return pad(quote_character(code, flags.plus));
      case 'U': return unicode(static_cast<std::uint64_t>(n));
      default: return bad_verb(v, verb);
    }
  }

  void integer(std::int64_t n, unsigned base, char verb) {
    bool negative = n < 0;
    auto rest = negative ? 0 - static_cast<std::uint64_t>(n) : static_cast<std::uint64_t>(n);
    if (flags.precision == 0 && rest == 0) return fill(flags.width.value_or(0));
    bool sign = negative || flags.plus || flags.space;
    int least = flags.precision ? *flags.precision : flags.zero && flags.width ? *flags.width - sign : 0;
    std::string digits;
    const char* alphabet = verb == 'X' ? "0123456789ABCDEF" : "0123456789abcdef";
    do digits += alphabet[rest % base];
    while (rest /= base);
    while (static_cast<int>(digits.size()) < least) digits += '0';
    if (flags.sharp && base == 2) digits += "b0";
    if (flags.sharp && base == 8 && digits.back() != '0') digits += '0';
    if (flags.sharp && base == 16) digits += verb == 'X' ? "X0" : "x0";
    if (verb == 'O') digits += "o0";
    if (sign) digits += negative ? '-' : flags.plus ? '+' : ' ';
    std::reverse(digits.begin(), digits.end());
    pad(digits, false);
  }

  void unicode(std::uint64_t n) {
    auto written = fmt::format("U+{:0{}X}", n, std::max(4, flags.precision.value_or(4)));
    if (flags.sharp && n <= 0x10ffff && is_printable(static_cast<char32_t>(n))) {
      written += " '";
      append_character(written, static_cast<char32_t>(n));
      written += "'";
    }
    pad(written, false);
  }

  static bool is_float_verb(char32_t verb) {
    return std::u32string_view(U"vbgGxXfFeE").find(verb) != std::u32string_view::npos;
  }

  void number(double d, char32_t written_verb) {
    char verb = written_verb == 'v' ? 'g' : written_verb == 'F' ? 'f' : static_cast<char>(written_verb);
    bool six = verb == 'f' || verb == 'e' || verb == 'E';
    int precision = flags.precision.value_or(six ? 6 : -1);
    auto digits = float_text(d, verb, precision);
    char sign = '+';
    if (digits[0] == '-' || digits[0] == '+') sign = digits[0], digits.erase(0, 1);
    if (flags.space && sign == '+' && !flags.plus) sign = ' ';
    if (digits[0] == 'I' || digits[0] == 'N') {
      bool shown = digits[0] == 'N' ? flags.space || flags.plus : sign != '+' || flags.plus;
      return pad((shown ? std::string(1, sign) : "") + (digits[0] == 'I' && !shown ? "+" : "") + digits, false);
    }
    if (flags.sharp && verb != 'b') sharpen(digits, verb, precision);
    if (!flags.plus && sign == '+') return pad(digits);
    if (flags.zero && flags.width.value_or(0) > static_cast<int>(digits.size()) + 1) {
      out += sign;
      fill(*flags.width - 1 - static_cast<int>(digits.size()), true);
      out += digits;
    } else {
      pad(sign + digits);
    }
  }

  /// "#": always a decimal point, and the zeros that %g leaves away.
  static void sharpen(std::string& digits, char verb, int precision) {
    bool general = verb == 'g' || verb == 'G' || verb == 'x';  // not 'X': so does Go
    int missing = general ? (precision < 0 ? 6 : precision) : 0;
    auto mark = digits.find_first_of(verb == 'x' || verb == 'X' ? "pP" : "eE");
    auto tail = mark == std::string::npos ? "" : digits.substr(mark);
    digits.resize(digits.size() - tail.size());
    bool seen = false, point = false;
    for (char c : digits) {
      point |= c == '.';
      if (c == '.') continue;
      seen |= c != '0';
      missing -= seen;
    }
    if (!point) {
      if (digits == "0") --missing;
      digits += '.';
    }
    if (missing > 0) digits.append(static_cast<std::size_t>(missing), '0');
    digits += tail;
  }

  void complex(std::complex<double> c, char32_t verb) {
    auto plus = flags.plus;
    out += '(';
    number(c.real(), verb);
    flags.plus = true;
    number(c.imag(), verb);
    flags.plus = plus;
    out += "i)";
  }

  void address(const Value& v) {
    auto at = v.list() ? static_cast<const void*>(v.list()) : static_cast<const void*>(v.map());
    pad(fmt::format("{}{:x}", flags.sharp ? "" : "0x", reinterpret_cast<std::uintptr_t>(at)));
  }
};

/// One run of Printf: where it is in the pattern and in the operands.
class Format {
 public:
  Format(const std::string& pattern, const List& operands) : pattern_(pattern), operands_(operands) {}

  std::string run() {
    while (at_ < pattern_.size()) {
      auto percent = std::min(pattern_.find('%', at_), pattern_.size());
      printer_.out.append(pattern_, at_, percent - at_);
      at_ = percent + 1;
      if (percent < pattern_.size() && !directive()) break;
    }
    if (!reordered_ && next_ < operands_.size()) extra();
    return std::move(printer_.out);
  }

 private:
  bool more() const { return at_ < pattern_.size(); }
  char here() const { return pattern_[at_]; }

  bool directive() {
    auto& f = printer_.flags = {};
    good_index_ = true;
    for (; more(); ++at_) {
      char c = here();
      if (c == '#')
        f.sharp = true;
      else if (c == '0')
        f.zero = !f.minus;
      else if (c == '+')
        f.plus = true;
      else if (c == '-')
        f.minus = true, f.zero = false;
      else if (c == ' ')
        f.space = true;
      else
        break;
    }
    bool after_index = index();
    if (more() && here() == '*') {
      ++at_;
      f.width = taken_number();
      if (!f.width) printer_.out += "%!(BADWIDTH)";
      if (f.width < 0) f.width = -*f.width, f.minus = true, f.zero = false;
      after_index = false;
    } else {
      f.width = written_number(pattern_.size());
      if (after_index && f.width) good_index_ = false;
    }
    if (at_ + 1 < pattern_.size() && here() == '.') {
      ++at_;
      if (after_index) good_index_ = false;
      after_index = index();
      if (more() && here() == '*') {
        ++at_;
        f.precision = taken_number();
        if (f.precision < 0) f.precision.reset();
        if (!f.precision) printer_.out += "%!(BADPREC)";
        after_index = false;
      } else {
        f.precision = written_number(pattern_.size()).value_or(0);
      }
    }
    if (!after_index) index();
    if (!more()) return printer_.out += "%!(NOVERB)", false;
    auto [verb, size] = first_character(std::string_view(pattern_).substr(at_));
    at_ += size;
    carry_out(verb);
    return true;
  }

  void carry_out(char32_t verb) {
    auto& f = printer_.flags;
    auto complain = [&](const char* what) {
      printer_.out += "%!";
      append_character(printer_.out, verb);
      printer_.out += what;
    };
    if (verb == '%') {
      printer_.out += '%';
    } else if (!good_index_) {
      complain("(BADINDEX)");
    } else if (next_ >= operands_.size()) {
      complain("(MISSING)");
    } else {
      if (verb == 'v') f.sharp_v = std::exchange(f.sharp, false), f.plus_v = std::exchange(f.plus, false);
      printer_.operand(operands_[next_++], verb);
    }
  }

  /// Digits at this place, up to `end`.
  std::optional<int> written_number(std::size_t end) {
    std::optional<int> n;
    for (; at_ < end && here() >= '0' && here() <= '9'; ++at_) {
      if (n > most_width) return at_ = end, std::nullopt;
      n = n.value_or(0) * 10 + (here() - '0');
    }
    return n;
  }
  /// "*": the operand that says it.
  std::optional<int> taken_number() {
    if (next_ >= operands_.size()) return {};
    auto n = operands_[next_++].integer();
    if (!n || *n > most_width || *n < -most_width) return {};
    return static_cast<int>(*n);
  }

  /// "[n]": which operand comes next. Whether there was one that could be read.
  bool index() {
    if (!more() || here() != '[') return false;
    reordered_ = true;
    auto close = pattern_.find(']', at_);
    if (pattern_.size() - at_ < 3 || close == std::string::npos) return ++at_, good_index_ = false;
    ++at_;
    auto n = written_number(close);
    bool read = n && at_ == close;
    at_ = close + 1;
    if (read && *n >= 1 && static_cast<std::size_t>(*n) <= operands_.size())
      next_ = static_cast<std::size_t>(*n) - 1;
    else
      good_index_ = false;
    return read;
  }

  void extra() {
    printer_.flags = {};
    const char* gap = "%!(EXTRA ";
    for (; next_ < operands_.size(); ++next_) {
      auto& v = operands_[next_];
      printer_.out += std::exchange(gap, ", ");
      if (v.is_nil()) {
        printer_.out += "<nil>";
      } else {
        printer_.out += type_name(v) + "=";
        printer_.operand(v, 'v');
      }
    }
    printer_.out += ')';
  }

  const std::string& pattern_;
  const List& operands_;
  Printer printer_;
  std::size_t at_ = 0, next_ = 0;
  bool good_index_ = true, reordered_ = false;
};

}  // namespace

std::string print(const Value& v) {
  if (auto s = v.string()) return *s;
  Printer printer;
  printer.operand(v, 'v');
  return std::move(printer.out);
}

std::string print_all(const List& operands, bool blanks_always) {
  Printer printer;
  for (std::size_t i = 0; i < operands.size(); ++i) {
    if (i && (blanks_always || (!operands[i].string() && !operands[i - 1].string()))) printer.out += ' ';
    printer.operand(operands[i], 'v');
  }
  return std::move(printer.out);
}

std::string format(const std::string& pattern, const List& operands) { return Format(pattern, operands).run(); }

}  // namespace avocet::confgen
