#include "confgen/template/functions.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <boost/json.hpp>
#include <charconv>
#include <cstdlib>

#include "confgen/base64.hpp"
#include "confgen/template/characters.hpp"

namespace avocet::confgen {

namespace {

constexpr std::size_t deepest_json = 1000;      // nesting; beyond it the stack would be at risk
constexpr std::int64_t longest_list = 1000000;  // of seq: more lines than any file has

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

// Text

char32_t upper(char32_t c) {
  if (c < 0x80) return c >= 'a' && c <= 'z' ? c - 0x20 : c;
  // Latin, Greek and Cyrillic letters that have their capitals at one distance.
  if ((c >= 0xe0 && c <= 0xfe && c != 0xf7) || (c >= 0x3b1 && c <= 0x3c9 && c != 0x3c2) || (c >= 0x430 && c <= 0x44f))
    return c - 0x20;
  return c >= 0x450 && c <= 0x45f ? c - 0x50 : c;
}
char32_t lower(char32_t c) {
  for (char32_t distance : {0x20, 0x50})
    if (upper(c + distance) == c && upper(c) == c && c + distance != c) return c + distance;
  return c;
}
Value mapped(const std::string& text, char32_t (*letter)(char32_t)) {
  std::string out;
  for (std::string_view rest(text); !rest.empty();) {
    auto [code, size] = first_character(rest);
    append_character(out, letter(code));
    rest.remove_prefix(size);
  }
  return Value(out);
}

/// Where the separator stands; an empty one stands before every character but the first.
std::size_t find_separator(std::string_view text, std::string_view separator) {
  if (!separator.empty()) return text.find(separator);
  auto first = text.empty() ? 0 : first_character(text).size_bytes;
  return first < text.size() ? first : text.npos;
}

Value split(const List& o) {
  std::string_view rest(text_operand(o, 0)), separator(text_operand(o, 1));
  List parts;
  if (rest.empty() && separator.empty()) return Value(std::move(parts), Element::text);
  for (auto end = find_separator(rest, separator); end != rest.npos; end = find_separator(rest, separator)) {
    parts.emplace_back(std::string(rest.substr(0, end)));
    rest.remove_prefix(end + separator.size());
  }
  parts.emplace_back(std::string(rest));
  return Value(std::move(parts), Element::text);
}

Value join(const List& o) {
  std::string out;
  auto& list = *o[0].list();
  for (std::size_t i = 0; i < list.size(); ++i) out += (i ? text_operand(o, 1) : "") + *list[i].string();
  return Value(out);
}

Value replaced(const List& o) {
  auto &text = text_operand(o, 0), &from = text_operand(o, 1), &to = text_operand(o, 2);
  auto left = *o[3].integer();
  std::string out;
  std::string_view rest(text);
  // An empty text stands before every character and at the end.
  while (left != 0 && from.empty()) {
    out += to;
    if (--left, rest.empty()) return Value(out);
    auto size = first_character(rest).size_bytes;
    out += rest.substr(0, size);
    rest.remove_prefix(size);
  }
  for (; left != 0; --left) {
    auto next = rest.find(from);
    if (next == rest.npos) break;
    (out += rest.substr(0, next)) += to;
    rest.remove_prefix(next + from.size());
  }
  return Value(out += rest);
}

Value without_suffix(const List& o) {
  auto &text = text_operand(o, 0), &suffix = text_operand(o, 1);
  return Value(text.ends_with(suffix) ? text.substr(0, text.size() - suffix.size()) : text);
}

// Paths

std::string base(const std::string& path) {
  auto end = path.find_last_not_of('/');
  if (end == std::string::npos) return path.empty() ? "." : "/";
  auto start = path.rfind('/', end);
  return path.substr(start + 1, end - start);
}

/// Go's path.Clean: no "//", "." or inner "..".
std::string clean(const std::string& path) {
  bool rooted = path.starts_with("/");
  std::vector<std::string> kept;
  std::size_t at = 0;
  while (at <= path.size()) {
    auto end = std::min(path.find('/', at), path.size());
    auto part = path.substr(at, end - at);
    at = end + 1;
    if (part.empty() || part == ".") continue;
    if (part != "..")
      kept.push_back(part);
    else if (!kept.empty() && kept.back() != "..")
      kept.pop_back();
    else if (!rooted)
      kept.push_back(part);
  }
  auto joined = fmt::format("{}{}", rooted ? "/" : "", fmt::join(kept, "/"));
  return joined.empty() ? "." : joined;
}
std::string dir(const std::string& path) {
  auto slash = path.rfind('/');
  return clean(slash == std::string::npos ? "" : path.substr(0, slash + 1));
}

// Numbers

std::int64_t whole(const List& o, std::size_t i) { return *o[i].integer(); }

/// Go's whole numbers wrap around.
Function arithmetic(std::uint64_t (*compute)(std::uint64_t, std::uint64_t)) {
  return {"ii", [compute](const List& o) {
            return Value(static_cast<std::int64_t>(
                compute(static_cast<std::uint64_t>(whole(o, 0)), static_cast<std::uint64_t>(whole(o, 1)))));
          }};
}
Value divided(const List& o, bool rest) {
  auto a = whole(o, 0), b = whole(o, 1);
  if (b == 0) throw CallError("runtime error: integer divide by zero");
  if (b == -1) return Value(rest ? 0 : static_cast<std::int64_t>(0 - static_cast<std::uint64_t>(a)));
  return Value(rest ? a % b : a / b);
}
Value sequence(const List& o) {
  auto first = whole(o, 0), last = whole(o, 1);
  if (last >= first && static_cast<std::uint64_t>(last) - static_cast<std::uint64_t>(first) >= longest_list)
    throw CallError(fmt::format("a list of more than {} numbers", longest_list));
  List list;
  for (auto i = first; i <= last; ++i) list.emplace_back(i);
  return Value(std::move(list), Element::integer);
}
Value number_of(const List& o) {
  auto& text = text_operand(o, 0);
  std::string_view digits(text);
  if (digits.starts_with("+")) digits.remove_prefix(1);
  std::int64_t value = 0;
  auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  auto complain = [&](const char* why) {
    throw CallError(fmt::format("strconv.Atoi: parsing {}: {}", quote(text), why));
  };
  if (error == std::errc::result_out_of_range) complain("value out of range");
  if (error != std::errc{} || end != digits.data() + digits.size() || text.starts_with("+-"))
    complain("invalid syntax");
  return Value(value);
}
Value boolean_of(const List& o) {
  auto& text = text_operand(o, 0);
  for (auto word : {"1", "t", "T", "true", "TRUE", "True"})
    if (text == word) return Value(true);
  for (auto word : {"0", "f", "F", "false", "FALSE", "False"})
    if (text == word) return Value(false);
  throw CallError(fmt::format("strconv.ParseBool: parsing {}: invalid syntax", quote(text)));
}

// Lists and maps

Value reversed(const List& o) {
  auto list = o[0].typed_list();
  if (!list || (list->element != Element::text && list->element != Element::pair)) return o[0];
  return Value(List(list->items.rbegin(), list->items.rend()), list->element);
}
Value sorted_by_length(const List& o) {
  auto list = *o[0].typed_list();
  auto size = [](const Value& v) {
    return v.record() ? v.record()->fields.at("Key").string()->size() : v.string()->size();
  };
  std::stable_sort(list.items.begin(), list.items.end(), [&](auto& a, auto& b) { return size(a) < size(b); });
  return Value(std::move(list.items), list.element);
}
Value map_of(const List& o) {
  if (o.size() % 2) throw CallError("invalid map call");
  Map map;
  for (std::size_t i = 0; i < o.size(); i += 2) {
    if (!o[i].string()) throw CallError("map keys must be strings");
    map[*o[i].string()] = o[i + 1];
  }
  return Value(std::move(map));
}

Value json_object(const List& o) {
  auto value = json_value(text_operand(o, 0));
  if (value.is_nil()) return Value(Map{});
  if (!value.map())
    throw CallError("json: cannot unmarshal " + type_name(value) + " into Go value of type map[string]interface {}");
  return value;
}
Value json_array(const List& o) {
  auto value = json_value(text_operand(o, 0));
  if (value.is_nil()) return Value(List{});
  if (!value.list())
    throw CallError("json: cannot unmarshal " + type_name(value) + " into Go value of type []interface {}");
  return value;
}

Value decoded(const List& o) {
  auto text = text_operand(o, 0);
  std::erase_if(text, [](char c) { return c == '\r' || c == '\n'; });
  if (auto bytes = base64_decode(text)) return Value(*bytes);
  throw CallError("illegal base64 data");
}

Value environment(const List& o) {
  auto found = std::getenv(text_operand(o, 0).c_str());
  return Value(found && *found ? found : o.size() > 1 ? text_operand(o, 1) : "");
}

}  // namespace

const std::string& text_operand(const List& o, std::size_t i) {
  if (auto text = o[i].string()) return *text;
  throw CallError("wrong type for value; expected string; got " + type_name(o[i]));
}

Value json_value(const std::string& text) {
  boost::json::error_code error;
  boost::json::parse_options options;
  options.max_depth = deepest_json;
  auto value = boost::json::parse(text, error, {}, options);
  if (error) throw CallError("not JSON: " + error.message());
  return from_json(value);
}

Functions confd_functions(const KeyTree& tree) {
  Functions all = {
      {"base", {"s", [](const List& o) { return Value(base(text_operand(o, 0))); }}},
      {"dir", {"s", [](const List& o) { return Value(dir(text_operand(o, 0))); }}},
      {"split", {"ss", split}},
      {"join", {"Ss", join}},
      {"toUpper", {"s", [](const List& o) { return mapped(text_operand(o, 0), upper); }}},
      {"toLower", {"s", [](const List& o) { return mapped(text_operand(o, 0), lower); }}},
      {"contains",
       {"ss", [](const List& o) { return Value(text_operand(o, 0).find(text_operand(o, 1)) != std::string::npos); }}},
      {"hasSuffix", {"ss", [](const List& o) { return Value(text_operand(o, 0).ends_with(text_operand(o, 1))); }}},
      {"trimSuffix", {"ss", without_suffix}},
      {"replace", {"sssi", replaced}},
      {"json", {"s", json_object}},
      {"jsonArray", {"s", json_array}},
      {"map", {"a*", map_of}},
      {"reverse", {"a", reversed}},
      {"sortByLength", {"S", sorted_by_length}},
      {"sortKVByLength", {"P", sorted_by_length}},
      {"add", arithmetic([](auto a, auto b) { return a + b; })},
      {"sub", arithmetic([](auto a, auto b) { return a - b; })},
      {"mul", arithmetic([](auto a, auto b) { return a * b; })},
      {"div", {"ii", [](const List& o) { return divided(o, false); }}},
      {"mod", {"ii", [](const List& o) { return divided(o, true); }}},
      {"seq", {"ii", sequence}},
      {"atoi", {"s", number_of}},
      {"parseBool", {"s", boolean_of}},
      {"base64Encode", {"s", [](const List& o) { return Value(base64_encode(text_operand(o, 0))); }}},
      {"base64Decode", {"s", decoded}},
      {"getenv", {"ss*", environment}},
      {"fileExists", {"s", [](const List& o) { return Value(::access(text_operand(o, 0).c_str(), F_OK) == 0); }}},
      {"datetime", {"", [](const List&) { return time_now(); }}},
  };
  all.merge(key_functions(tree));
  all.merge(name_functions());
  return all;
}

}  // namespace avocet::confgen
