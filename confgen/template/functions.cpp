#include "confgen/template/functions.hpp"

#include <fmt/format.h>
#include <fnmatch.h>
#include <unistd.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cstdlib>
#include <set>

namespace avocet::confgen {

namespace {

std::string joined(const List& operands, bool blanks_always) {
  std::string out;
  for (std::size_t i = 0; i < operands.size(); ++i) {
    if (i && (blanks_always || (!operands[i].string() && !operands[i - 1].string()))) out += ' ';
    out += print(operands[i]);
  }
  return out;
}

Function comparison(std::function<bool(const Value&, const Value&)> holds) {
  return {2, 2, [holds](const List& o) { return Value(holds(o[0], o[1])); }};
}

std::int64_t index_operand(const Value& index, std::size_t length, bool end_allowed) {
  auto i = index.as<std::int64_t>();
  if (!i) throw CallError("cannot index slice/array with type " + type_name(index));
  if (*i < 0 || static_cast<std::size_t>(*i) >= length + end_allowed) throw CallError(fmt::format("index out of range: {}", *i));
  return *i;
}

Value index(const List& o) {
  auto value = o[0];
  for (std::size_t i = 1; i < o.size(); ++i) {
    if (auto list = value.list()) {
      Value item = (*list)[index_operand(o[i], list->size(), false)];
      value = item;
    } else if (auto map = value.map()) {
      auto found = map->find(text_operand(o, i));
      Value item = found == map->end() ? Value() : found->second;
      value = item;
    } else if (auto text = value.string()) value = Value(std::int64_t{static_cast<unsigned char>((*text)[index_operand(o[i], text->size(), false)])});
    else throw CallError(value.is_nil() ? "index of untyped nil" : "can't index item of type " + type_name(value));
  }
  return value;
}

Value slice(const List& o) {
  auto list = o[0].list();
  auto text = o[0].string();
  if (!list && !text) throw CallError(o[0].is_nil() ? "slice of untyped nil" : "can't slice item of type " + type_name(o[0]));
  auto size = list ? list->size() : text->size();
  auto from = o.size() > 1 ? index_operand(o[1], size, true) : 0;
  auto to = o.size() > 2 ? index_operand(o[2], size, true) : static_cast<std::int64_t>(size);
  if (from > to) throw CallError(fmt::format("invalid slice index: {} > {}", from, to));
  if (text) return Value(text->substr(from, to - from));
  return Value(List(list->begin() + from, list->begin() + to));
}

Value length(const List& o) {
  if (auto s = o[0].string()) return Value(static_cast<std::int64_t>(s->size()));
  if (auto l = o[0].list()) return Value(static_cast<std::int64_t>(l->size()));
  if (auto m = o[0].map()) return Value(static_cast<std::int64_t>(m->size()));
  throw CallError(o[0].is_nil() ? "len of nil pointer" : "len of type " + type_name(o[0]));
}

/// Replaces single characters; `name(c)` gives the replacement or nothing.
Value escape(const List& o, const std::function<std::string(unsigned char)>& replacement) {
  std::string out;
  for (unsigned char c : joined(o, false)) out += replacement(c);
  return Value(out);
}
std::string html_character(unsigned char c) {
  switch (c) {
    case '<': return "&lt;";
    case '>': return "&gt;";
    case '&': return "&amp;";
    case '"': return "&#34;";
    case '\'': return "&#39;";
    case 0: return "\xef\xbf\xbd";
    default: return std::string(1, static_cast<char>(c));
  }
}
std::string js_character(unsigned char c) {
  if (c == '\\' || c == '\'' || c == '"') return std::string("\\") + static_cast<char>(c);
  if (c < 0x20 || c == '<' || c == '>' || c == '&' || c == '=') return fmt::format("\\u{:04X}", c);
  return std::string(1, static_cast<char>(c));
}
std::string query_character(unsigned char c) {
  if (std::isalnum(c) || c == '-' || c == '_' || c == '.' || c == '~') return std::string(1, static_cast<char>(c));
  return c == ' ' ? "+" : fmt::format("%{:02X}", c);
}

Value from_json(const boost::json::value& v) {
  if (v.is_object()) {
    Map map;
    for (auto& [key, item] : v.get_object()) map[std::string(key)] = from_json(item);
    return Value(std::move(map));
  }
  if (v.is_array()) {
    List list;
    for (auto& item : v.get_array()) list.push_back(from_json(item));
    return Value(std::move(list));
  }
  if (v.is_string()) return Value(std::string(v.get_string()));
  if (v.is_bool()) return Value(v.get_bool());
  if (v.is_number()) return Value(v.to_number<double>());
  return {};
}

Value pair(const std::string& key, const std::string& value) { return Value(Record{"memkv.KVPair", {{"Key", Value(key)}, {"Value", Value(value)}}}); }

/// Names of the next path level below `path`; only those with something below them if `directories`.
Value children(const KeyTree& tree, std::string path, bool directories) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  auto below = path == "/" ? path : path + "/";
  std::set<std::string> names;
  if (!directories && tree.count(path)) names.insert(path.substr(path.rfind('/') + 1));
  for (auto i = tree.lower_bound(below); i != tree.end() && i->first.starts_with(below); ++i) {
    auto end = i->first.find('/', below.size());
    if (!directories || end != std::string::npos) names.insert(i->first.substr(below.size(), end - below.size()));
  }
  List list;
  for (auto& name : names) list.emplace_back(name);
  return Value(std::move(list));
}

List matching(const KeyTree& tree, const std::string& pattern) {
  List found;
  auto fixed = pattern.substr(0, pattern.find_first_of("*?[\\"));
  for (auto i = tree.lower_bound(fixed); i != tree.end() && i->first.starts_with(fixed); ++i)
    if (fnmatch(pattern.c_str(), i->first.c_str(), FNM_PATHNAME) == 0) found.push_back(pair(i->first, i->second));
  return found;
}

std::string mapped(std::string text, int (*letter)(int)) {
  for (auto& c : text) c = static_cast<char>(letter(static_cast<unsigned char>(c)));
  return text;
}

std::string replaced(const List& o) {
  auto text = text_operand(o, 0), from = text_operand(o, 1), to = text_operand(o, 2);
  auto count = o[3].as<std::int64_t>();
  if (!count) throw CallError("wrong type for value; expected int; got " + type_name(o[3]));
  std::string out;
  std::size_t at = 0;
  for (auto left = *count; left != 0 && !from.empty(); --left) {
    auto next = text.find(from, at);
    if (next == std::string::npos) break;
    out += text.substr(at, next - at) + to;
    at = next + from.size();
  }
  return out + text.substr(at);
}

Value split(const List& o) {
  auto text = text_operand(o, 0), separator = text_operand(o, 1);
  List parts;
  std::size_t at = 0;
  for (; !separator.empty() && at <= text.size();) {
    auto next = text.find(separator, at);
    if (next == std::string::npos) break;
    parts.emplace_back(text.substr(at, next - at));
    at = next + separator.size();
  }
  parts.emplace_back(text.substr(at));
  return Value(std::move(parts));
}

Value join(const List& o) {
  std::string out;
  auto list = o[0].list();
  if (!list) throw CallError("wrong type for value; expected []string; got " + type_name(o[0]));
  for (std::size_t i = 0; i < list->size(); ++i) out += (i ? text_operand(o, 1) : "") + print((*list)[i]);
  return Value(out);
}

std::string base(const std::string& path) {
  auto end = path.find_last_not_of('/');
  if (end == std::string::npos) return path.empty() ? "." : "/";
  auto start = path.rfind('/', end);
  return path.substr(start + 1, end - start);
}
std::string dir(const std::string& path) {
  auto slash = path.rfind('/');
  return slash == std::string::npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
}

}  // namespace

const std::string& text_operand(const List& o, std::size_t i) {
  if (auto text = o[i].string()) return *text;
  throw CallError("wrong type for value; expected string; got " + type_name(o[i]));
}

Value json_value(const std::string& text) {
  boost::json::error_code error;
  auto value = boost::json::parse(text, error);
  if (error) throw CallError("not JSON: " + error.message());
  return from_json(value);
}

const Functions& language_functions() {
  static const Functions functions = {
      {"not", {1, 1, [](const List& o) { return Value(!truth(o[0])); }}},
      {"eq", {2, Function::any, [](const List& o) {
                bool any = false;
                for (std::size_t i = 1; i < o.size() && !any; ++i) any = equal(o[0], o[i]);
                return Value(any);
              }}},
      {"ne", comparison([](auto& a, auto& b) { return !equal(a, b); })},
      {"lt", comparison([](auto& a, auto& b) { return less(a, b); })},
      {"le", comparison([](auto& a, auto& b) { return less(a, b) || equal(a, b); })},
      {"gt", comparison([](auto& a, auto& b) { return less(b, a); })},
      {"ge", comparison([](auto& a, auto& b) { return !less(a, b); })},
      {"print", {0, Function::any, [](const List& o) { return Value(joined(o, false)); }}},
      {"println", {0, Function::any, [](const List& o) { return Value(joined(o, true) + "\n"); }}},
      {"printf", {1, Function::any, [](const List& o) { return Value(format(text_operand(o, 0), List(o.begin() + 1, o.end()))); }}},
      {"len", {1, 1, length}},
      {"index", {1, Function::any, index}},
      {"slice", {1, 3, slice}},
      {"html", {0, Function::any, [](const List& o) { return escape(o, html_character); }}},
      {"js", {0, Function::any, [](const List& o) { return escape(o, js_character); }}},
      {"urlquery", {0, Function::any, [](const List& o) { return escape(o, query_character); }}},
      {"call", {1, Function::any, [](const List& o) -> Value { throw CallError(o[0].is_nil() ? "call of nil" : "non-function of type " + type_name(o[0])); }}},
  };
  return functions;
}

Functions confd_functions(const KeyTree& tree) {
  auto value_of = [&tree](const std::string& key) -> const std::string& {
    auto found = tree.find(key);
    if (found == tree.end()) throw CallError("key does not exist: " + key);
    return found->second;
  };
  return {
      {"exists", {1, 1, [&tree](const List& o) { return Value(tree.count(text_operand(o, 0)) > 0); }}},
      {"get", {1, 1, [=](const List& o) { return pair(text_operand(o, 0), value_of(text_operand(o, 0))); }}},
      {"getv", {1, 2, [=, &tree](const List& o) { return o.size() > 1 && !tree.count(text_operand(o, 0)) ? o[1] : Value(value_of(text_operand(o, 0))); }}},
      {"gets", {1, 1, [&tree](const List& o) { return Value(matching(tree, text_operand(o, 0))); }}},
      {"getvs", {1, 1, [&tree](const List& o) {
                   List values;
                   for (auto& found : matching(tree, text_operand(o, 0))) values.push_back(found.record()->fields.at("Value"));
                   std::sort(values.begin(), values.end(), less);
                   return Value(std::move(values));
                 }}},
      {"ls", {1, 1, [&tree](const List& o) { return children(tree, text_operand(o, 0), false); }}},
      {"lsdir", {1, 1, [&tree](const List& o) { return children(tree, text_operand(o, 0), true); }}},
      {"base", {1, 1, [](const List& o) { return Value(base(text_operand(o, 0))); }}},
      {"dir", {1, 1, [](const List& o) { return Value(dir(text_operand(o, 0))); }}},
      {"split", {2, 2, split}},
      {"join", {2, 2, join}},
      {"toUpper", {1, 1, [](const List& o) { return Value(mapped(text_operand(o, 0), std::toupper)); }}},
      {"toLower", {1, 1, [](const List& o) { return Value(mapped(text_operand(o, 0), std::tolower)); }}},
      {"contains", {2, 2, [](const List& o) { return Value(text_operand(o, 0).find(text_operand(o, 1)) != std::string::npos); }}},
      {"hasSuffix", {2, 2, [](const List& o) { return Value(text_operand(o, 0).ends_with(text_operand(o, 1))); }}},
      {"replace", {4, 4, [](const List& o) { return Value(replaced(o)); }}},
      {"json", {1, 1, [](const List& o) {
                  auto value = json_value(text_operand(o, 0));
                  if (!value.map() && !value.is_nil()) throw CallError("json: not an object");
                  return value;
                }}},
      {"jsonArray", {1, 1, [](const List& o) {
                       auto value = json_value(text_operand(o, 0));
                       if (!value.list() && !value.is_nil()) throw CallError("jsonArray: not an array");
                       return value;
                     }}},
      {"map", {0, Function::any, [](const List& o) {
                 if (o.size() % 2) throw CallError("invalid map call");
                 Map map;
                 for (std::size_t i = 0; i < o.size(); i += 2) map[text_operand(o, i)] = o[i + 1];
                 return Value(std::move(map));
               }}},
      {"getenv", {1, 2, [](const List& o) {
                    auto found = std::getenv(text_operand(o, 0).c_str());
                    return found && *found ? Value(found) : o.size() > 1 ? o[1] : Value("");
                  }}},
      {"fileExists", {1, 1, [](const List& o) { return Value(::access(text_operand(o, 0).c_str(), F_OK) == 0); }}},
  };
}

}  // namespace avocet::confgen
