#include "confgen/template/value.hpp"

#include <fmt/format.h>

#include <cmath>

namespace avocet::confgen {

namespace {

/// Shortest text that reads back as the same number; exponent below 1e-4 and from 1e21 on, as Go's %v.
std::string float_text(double v) {
  if (std::isnan(v)) return "NaN";
  if (std::isinf(v)) return v > 0 ? "+Inf" : "-Inf";
  if (v == 0) return std::signbit(v) ? "-0" : "0";
  auto scientific = fmt::format("{:e}", v);
  for (int precision = 0; precision < 17; ++precision) {
    scientific = fmt::format("{:.{}e}", v, precision);
    if (std::stod(scientific) == v) break;
  }
  auto mark = scientific.find('e');
  int exponent = std::stoi(scientific.substr(mark + 1));
  if (exponent < -4 || exponent >= 21) return scientific;
  int digits = static_cast<int>(mark) - (scientific[0] == '-') - 1;
  return fmt::format("{:.{}f}", v, std::max(0, (digits > 0 ? digits - 1 : 0) - exponent));
}

enum class Kind { none, boolean, integer, number, text, other };
Kind kind_of(const Value& v) {
  if (v.is_nil()) return Kind::none;
  if (v.as<bool>()) return Kind::boolean;
  if (v.as<std::int64_t>()) return Kind::integer;
  if (v.as<double>()) return Kind::number;
  return v.string() ? Kind::text : Kind::other;
}

/// Flags, width and precision of one printf directive.
struct Directive {
  bool minus = false, plus = false, sharp = false, space = false, zero = false;
  int width = -1, precision = -1;
  char verb = 0;
};

std::size_t characters(const std::string& s) {
  std::size_t n = 0;
  for (unsigned char c : s) n += (c & 0xc0) != 0x80;
  return n;
}

std::string pad(std::string text, const Directive& d, bool numeric) {
  auto length = characters(text);
  if (d.width < 0 || length >= static_cast<std::size_t>(d.width)) return text;
  auto fill = d.width - length;
  if (d.minus) return text + std::string(fill, ' ');
  if (d.zero && numeric) {
    bool sign = !text.empty() && (text[0] == '-' || text[0] == '+');
    return text.substr(0, sign) + std::string(fill, '0') + text.substr(sign);
  }
  return std::string(fill, d.zero ? '0' : ' ') + text;
}

std::string bad_verb(char verb, const Value& v) {
  if (v.is_nil()) return fmt::format("%!{}(<nil>)", verb);
  return fmt::format("%!{}({}={})", verb, type_name(v), print(v));
}

std::string hex(const std::string& text, bool upper) {
  std::string out;
  for (unsigned char c : text) out += upper ? fmt::format("{:02X}", c) : fmt::format("{:02x}", c);
  return out;
}

std::string integer_text(std::int64_t v, const Directive& d) {
  auto magnitude = v < 0 ? 0 - static_cast<std::uint64_t>(v) : static_cast<std::uint64_t>(v);
  std::string sign = v < 0 ? "-" : d.plus ? "+" : d.space ? " " : "";
  switch (d.verb) {
    case 'x': return sign + (d.sharp ? "0x" : "") + fmt::format("{:x}", magnitude);
    case 'X': return sign + (d.sharp ? "0X" : "") + fmt::format("{:X}", magnitude);
    case 'o': return sign + (d.sharp ? "0" : "") + fmt::format("{:o}", magnitude);
    case 'b': return sign + fmt::format("{:b}", magnitude);
    default: return sign + fmt::format("{:0{}}", magnitude, std::max(1, d.precision));
  }
}

std::string one(const Directive& d, const Value& v) {
  if (d.verb == 'T') return pad(v.is_nil() ? "<nil>" : type_name(v), d, false);
  if (auto list = v.list(); list && d.verb != 'p') {
    std::string out = "[";
    for (std::size_t i = 0; i < list->size(); ++i) out += (i ? " " : "") + one(d, (*list)[i]);
    return out + "]";
  }
  if (d.verb == 'v') {
    if (v.as<std::int64_t>() || v.as<double>()) {
      auto text = v.as<double>() && d.precision >= 0 ? fmt::format("{:.{}g}", *v.as<double>(), d.precision) : print(v);
      return pad(d.plus && text[0] != '-' ? "+" + text : text, d, true);
    }
    return pad(d.sharp && v.string() ? quote(*v.string()) : print(v), d, false);
  }
  switch (kind_of(v)) {
    case Kind::boolean:
      if (d.verb == 't') return pad(print(v), d, false);
      break;
    case Kind::integer:
      if (std::string("dxXobc").find(d.verb) != std::string::npos) {
        auto n = *v.as<std::int64_t>();
        if (d.verb == 'c') return pad(std::string(1, static_cast<char>(n)), d, false);
        return pad(integer_text(n, d), d, d.precision < 0);
      }
      break;
    case Kind::number: {
      auto n = *v.as<double>();
      if (d.verb == 'f' || d.verb == 'F' || d.verb == 'e' || d.verb == 'g') {
        auto text = d.verb == 'e'   ? fmt::format("{:.{}e}", n, d.precision < 0 ? 6 : d.precision)
                    : d.verb == 'g' ? (d.precision < 0 ? float_text(n) : fmt::format("{:.{}g}", n, d.precision))
                                    : fmt::format("{:.{}f}", n, d.precision < 0 ? 6 : d.precision);
        return pad(d.plus && n >= 0 ? "+" + text : text, d, true);
      }
      break;
    }
    case Kind::text: {
      auto text = *v.string();
      if (d.precision >= 0 && d.verb != 'x' && d.verb != 'X') {
        std::size_t end = 0;
        for (int n = 0; end < text.size(); ++end)
          if ((text[end] & 0xc0) != 0x80 && n++ == d.precision) break;
        text.resize(end);
      }
      if (d.verb == 's') return pad(text, d, false);
      if (d.verb == 'q') return pad(quote(text), d, false);
      if (d.verb == 'x' || d.verb == 'X') return pad(hex(text, d.verb == 'X'), d, false);
      break;
    }
    default: break;
  }
  if (v.map() || v.record()) return pad(print(v), d, false);
  return bad_verb(d.verb, v);
}

}  // namespace

bool truth(const Value& v) {
  if (auto b = v.as<bool>()) return *b;
  if (auto i = v.as<std::int64_t>()) return *i != 0;
  if (auto d = v.as<double>()) return *d != 0;
  if (auto s = v.string()) return !s->empty();
  if (auto l = v.list()) return !l->empty();
  if (auto m = v.map()) return !m->empty();
  return v.record() != nullptr;
}

std::string print(const Value& v) {
  if (auto b = v.as<bool>()) return *b ? "true" : "false";
  if (auto i = v.as<std::int64_t>()) return std::to_string(*i);
  if (auto d = v.as<double>()) return float_text(*d);
  if (auto s = v.string()) return *s;
  std::string out, gap;
  if (auto l = v.list()) {
    for (auto& item : *l) out += std::exchange(gap, " ") + print(item);
    return "[" + out + "]";
  }
  if (auto m = v.map()) {
    for (auto& [key, item] : *m) out += std::exchange(gap, " ") + key + ":" + print(item);
    return "map[" + out + "]";
  }
  if (auto r = v.record()) {
    for (auto& [key, item] : r->fields) out += std::exchange(gap, " ") + print(item);
    return "{" + out + "}";
  }
  return "<nil>";
}

std::string type_name(const Value& v) {
  if (v.record()) return v.record()->type;
  if (v.list()) return "[]interface {}";
  if (v.map()) return "map[string]interface {}";
  switch (kind_of(v)) {
    case Kind::boolean: return "bool";
    case Kind::integer: return "int";
    case Kind::number: return "float64";
    case Kind::text: return "string";
    default: return "nil";
  }
}

std::string quote(const std::string& text) {
  std::string out = "\"";
  for (unsigned char c : text) {
    switch (c) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\n': out += "\\n"; break;
      case '\t': out += "\\t"; break;
      case '\r': out += "\\r"; break;
      default: out += c < 0x20 || c == 0x7f ? fmt::format("\\x{:02x}", c) : std::string(1, static_cast<char>(c));
    }
  }
  return out + "\"";
}

std::string format(const std::string& pattern, const std::vector<Value>& operands) {
  std::string out;
  std::size_t next = 0;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] != '%') {
      out += pattern[i];
      continue;
    }
    Directive d;
    for (++i; i < pattern.size(); ++i) {
      char c = pattern[i];
      if (c == '-') d.minus = true;
      else if (c == '+') d.plus = true;
      else if (c == '#') d.sharp = true;
      else if (c == ' ') d.space = true;
      else if (c == '0') d.zero = true;
      else break;
    }
    auto number = [&] {
      int n = -1;
      for (; i < pattern.size() && pattern[i] >= '0' && pattern[i] <= '9'; ++i) n = std::min(1000000, std::max(n, 0) * 10 + (pattern[i] - '0'));
      return n;
    };
    d.width = number();
    if (i < pattern.size() && pattern[i] == '.') {
      ++i;
      d.precision = std::max(0, number());
    }
    if (i >= pattern.size()) return out + "%!(NOVERB)";
    d.verb = pattern[i];
    if (d.verb == '%') out += '%';
    else if (next >= operands.size()) out += fmt::format("%!{}(MISSING)", d.verb);
    else out += one(d, operands[next++]);
  }
  if (next < operands.size()) {
    out += "%!(EXTRA ";
    for (auto i = next; i < operands.size(); ++i)
      out += (i > next ? ", " : "") + (operands[i].is_nil() ? "<nil>" : type_name(operands[i]) + "=" + print(operands[i]));
    out += ")";
  }
  return out;
}

bool equal(const Value& a, const Value& b) {
  auto ka = kind_of(a), kb = kind_of(b);
  if (ka == Kind::none || kb == Kind::none) {
    if (ka == kb) return true;
    throw CallError("incompatible types for comparison");
  }
  if (ka == Kind::other || kb == Kind::other) throw CallError("non-comparable type " + print(ka == Kind::other ? a : b) + ": " + type_name(ka == Kind::other ? a : b));
  if (ka != kb) throw CallError("incompatible types for comparison");
  switch (ka) {
    case Kind::boolean: return *a.as<bool>() == *b.as<bool>();
    case Kind::integer: return *a.as<std::int64_t>() == *b.as<std::int64_t>();
    case Kind::number: return *a.as<double>() == *b.as<double>();
    default: return *a.string() == *b.string();
  }
}

bool less(const Value& a, const Value& b) {
  auto ka = kind_of(a), kb = kind_of(b);
  if (ka == Kind::none || ka == Kind::other || ka == Kind::boolean || kb == Kind::none || kb == Kind::other) throw CallError("invalid type for comparison");
  if (ka != kb) throw CallError("incompatible types for comparison");
  if (ka == Kind::integer) return *a.as<std::int64_t>() < *b.as<std::int64_t>();
  if (ka == Kind::number) return *a.as<double>() < *b.as<double>();
  return *a.string() < *b.string();
}

}  // namespace avocet::confgen
