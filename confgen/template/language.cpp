/// The functions that Go's text/template itself defines, but for and/or, which the engine does.
#include <fmt/format.h>

#include "confgen/template/format.hpp"
#include "confgen/template/run.hpp"

namespace avocet::confgen {

namespace {

std::size_t index_operand(const Value& index, std::size_t limit) {
  auto i = index.integer();
  if (index.is_nil()) throw CallError("cannot index slice/array with nil");
  if (!i) throw CallError("cannot index slice/array with type " + type_name(index));
  if (*i < 0 || static_cast<std::size_t>(*i) > limit) throw CallError(fmt::format("index out of range: {}", *i));
  return static_cast<std::size_t>(*i);
}

Value index_once(const Value& of, const Value& index) {
  auto inside = [&](std::size_t size) {
    auto i = index_operand(index, size);
    if (i == size) throw CallError("reflect: slice index out of range");
    return i;
  };
  if (auto list = of.list()) return element((*list)[inside(list->size())]);
  if (auto text = of.string()) return Value(Byte{static_cast<std::uint8_t>((*text)[inside(text->size())])});
  if (of.is_nil()) throw CallError("index of nil pointer");
  auto map = of.map();
  if (!map) throw CallError("can't index item of type " + type_name(of));
  if (index.is_nil()) throw CallError("value is nil; should be of type string");
  if (!index.string()) throw CallError("value has type " + type_name(index) + "; should be string");
  auto found = map->find(*index.string());
  return found == map->end() ? Value(Null{}) : element(found->second);
}

Value index(const List& o) {
  if (o[0].is_nil()) throw CallError("index of untyped nil");
  auto value = o[0];
  for (std::size_t i = 1; i < o.size(); ++i) value = index_once(value, o[i]);
  return value;
}

Value slice(const List& o) {
  auto list = o[0].typed_list();
  auto text = o[0].string();
  if (o[0].is_nil()) throw CallError("slice of untyped nil");
  if (o.size() > 4) throw CallError(fmt::format("too many slice indexes: {}", o.size() - 1));
  if (text && o.size() == 4) throw CallError("cannot 3-index slice a string");
  if (!list && !text) throw CallError("can't slice item of type " + type_name(o[0]));
  auto size = list ? list->items.size() : text->size();
  std::size_t at[3] = {0, size, size};
  for (std::size_t i = 1; i < o.size(); ++i) at[i - 1] = index_operand(o[i], size);
  for (int i : {0, 1})
    if (at[i] > at[i + 1]) throw CallError(fmt::format("invalid slice index: {} > {}", at[i], at[i + 1]));
  if (text) return Value(text->substr(at[0], at[1] - at[0]));
  auto begin = list->items.begin();
  return Value(List(begin + static_cast<std::ptrdiff_t>(at[0]), begin + static_cast<std::ptrdiff_t>(at[1])),
               list->element);
}

Value length(const List& o) {
  auto size = [](std::size_t n) { return Value(static_cast<std::int64_t>(n)); };
  if (auto s = o[0].string()) return size(s->size());
  if (auto l = o[0].list()) return size(l->size());
  if (auto m = o[0].map()) return size(m->size());
  throw CallError(o[0].is_nil() ? "len of nil pointer" : "len of type " + type_name(o[0]));
}

/// The operands as one text, as the escaping functions take them.
std::string joined(const List& operands) {
  List shown;
  for (auto& o : operands) shown.push_back(o.is_nil() ? Value("<no value>") : o);
  return print_all(shown);
}

Value html(const List& o) {
  std::string out;
  for (char c : joined(o)) {
    switch (c) {
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '&': out += "&amp;"; break;
      case '"': out += "&#34;"; break;
      case '\'': out += "&#39;"; break;
      case '\0': append_character(out, 0xfffd); break;
      default: out += c;
    }
  }
  return Value(out);
}

Value js(const List& o) {
  auto text = joined(o);
  std::string out;
  for (std::string_view rest(text); !rest.empty();) {
    auto [code, size] = first_character(rest);
    rest.remove_prefix(size);
    if (code == '\\' || code == '\'' || code == '"')
      (out += '\\') += static_cast<char>(code);
    else if (code < ' ' || code == '<' || code == '>' || code == '&' || code == '=' ||
             (code >= 0x80 && !is_printable(code)))
      out += fmt::format("\\u{:04X}", static_cast<std::uint32_t>(code));
    else
      append_character(out, code);
  }
  return Value(out);
}

Value urlquery(const List& o) {
  std::string out;
  for (unsigned char c : joined(o)) {
    if (c < 0x80 && (std::isalnum(c) || c == '-' || c == '_' || c == '.' || c == '~'))
      out += static_cast<char>(c);
    else
      out += c == ' ' ? "+" : fmt::format("%{:02X}", c);
  }
  return Value(out);
}

Value equals_any(const List& o) {
  if (o.size() < 2) throw CallError("missing argument for comparison");
  for (std::size_t i = 1; i < o.size(); ++i)
    if (equal(o[0], o[i])) return Value(true);
  return Value(false);
}

bool at_most(const Value& a, const Value& b) { return less(a, b) || equal(a, b); }

}  // namespace

const Functions& language_functions() {
  static const Functions functions = {
      {"not", {"v", [](const List& o) { return Value(!truth(o[0])); }}},
      {"eq", {"vv*", equals_any}},
      {"ne", {"vv", [](const List& o) { return Value(!equal(o[0], o[1])); }}},
      {"lt", {"vv", [](const List& o) { return Value(less(o[0], o[1])); }}},
      {"le", {"vv", [](const List& o) { return Value(at_most(o[0], o[1])); }}},
      {"gt", {"vv", [](const List& o) { return Value(!at_most(o[0], o[1])); }}},
      {"ge", {"vv", [](const List& o) { return Value(!less(o[0], o[1])); }}},
      {"print", {"a*", [](const List& o) { return Value(print_all(o)); }}},
      {"println", {"a*", [](const List& o) { return Value(print_all(o, true) + "\n"); }}},
      {"printf", {"sa*", [](const List& o) { return Value(format(*o[0].string(), List(o.begin() + 1, o.end()))); }}},
      {"len", {"v", length}},
      {"index", {"vv*", index}},
      {"slice", {"vv*", slice}},
      {"html", {"a*", html}},
      {"js", {"a*", js}},
      {"urlquery", {"a*", urlquery}},
      {"call",
       {"vv*",
        [](const List& o) -> Value {
          // No value of ours is a function.
          throw CallError(o[0].is_nil() ? "call of nil" : "non-function of type " + type_name(o[0]));
        }}},
  };
  return functions;
}

}  // namespace avocet::confgen
