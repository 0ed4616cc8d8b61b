/// exists, get, getv, gets, getvs, ls, lsdir: confd's functions over the tree of keys.
#include <algorithm>
#include <set>

#include "confgen/template/characters.hpp"
#include "confgen/template/functions.hpp"

namespace avocet::confgen {

namespace {

Value pair(const std::string& key, const std::string& value) {
  return Value(Record{"memkv.KVPair", {{"Key", Value(key)}, {"Value", Value(value)}}});
}

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
  return Value(List(names.begin(), names.end()), Element::text);
}

/// Go's path.Match: * and ? stop at "/", [a-z] and [^a] are sets, \ takes away a character's meaning.
class Pattern {
 public:
  explicit Pattern(std::string_view pattern) : pattern_(pattern) {}

  /// Throws CallError if the pattern is malformed.
  void check() const {
    for (auto rest = pattern_; !rest.empty();) {
      if (rest[0] == '[')
        set(rest, 0);
      else
        one(rest);
    }
  }
  bool matches(std::string_view text) const { return matches(pattern_, text); }

 private:
  [[noreturn]] static void malformed() { throw CallError("syntax error in pattern"); }

  /// The next character of a pattern, taken away.
  static char32_t one(std::string_view& rest) {
    if (rest.empty()) malformed();
    if (rest[0] == '\\') rest.remove_prefix(1);
    if (rest.empty()) malformed();
    auto [code, size] = first_character(rest);
    rest.remove_prefix(size);
    return code;
  }
  static char32_t bound(std::string_view& rest) {
    if (rest.empty() || rest[0] == '-' || rest[0] == ']') malformed();
    auto code = one(rest);
    if (rest.empty()) malformed();
    return code;
  }
  /// Takes a set "[...]" from the pattern; whether the character is in it.
  static bool set(std::string_view& rest, char32_t c) {
    rest.remove_prefix(1);
    bool negated = rest.starts_with("^"), in = false;
    if (negated) rest.remove_prefix(1);
    for (bool any = false; !any || !rest.starts_with("]"); any = true) {
      auto low = bound(rest), high = low;
      if (rest.starts_with("-")) rest.remove_prefix(1), high = bound(rest);
      in |= low <= c && c <= high;
    }
    rest.remove_prefix(1);
    return in != negated;
  }

  static bool matches(std::string_view pattern, std::string_view text) {
    while (!pattern.empty()) {
      if (pattern[0] == '*') {
        while (pattern.starts_with("*")) pattern.remove_prefix(1);
        if (pattern.empty()) return text.find('/') == text.npos;
        for (;; text.remove_prefix(1)) {
          if (matches(pattern, text)) return true;
          if (text.empty() || text[0] == '/') return false;
        }
      }
      if (text.empty()) return false;
      auto [code, size] = first_character(text);
      if (pattern[0] == '?') {
        if (code == '/') return false;
        pattern.remove_prefix(1);
      } else if (pattern[0] == '[' ? !set(pattern, code) : one(pattern) != code) {
        return false;
      }
      text.remove_prefix(size);
    }
    return text.empty();
  }

  std::string_view pattern_;
};

template <class Take>
void each_match(const KeyTree& tree, const std::string& written, const Take& take) {
  Pattern pattern(written);
  if (!tree.empty()) pattern.check();
  auto fixed = written.substr(0, written.find_first_of("*?[\\"));
  auto rest = Pattern(std::string_view(written).substr(fixed.size()));
  for (auto i = tree.lower_bound(fixed); i != tree.end() && i->first.starts_with(fixed); ++i)
    if (rest.matches(std::string_view(i->first).substr(fixed.size()))) take(*i);
}

Value all_pairs(const KeyTree& tree, const List& o) {
  List found;
  each_match(tree, text_operand(o, 0), [&](auto& item) { found.push_back(pair(item.first, item.second)); });
  return Value(std::move(found), Element::pair);
}

Value all_values(const KeyTree& tree, const List& o) {
  List values;
  each_match(tree, text_operand(o, 0), [&](auto& item) { values.emplace_back(item.second); });
  std::sort(values.begin(), values.end(), less);
  return Value(std::move(values), Element::text);
}

const std::string& value_of(const KeyTree& tree, const std::string& key) {
  auto found = tree.find(key);
  if (found == tree.end()) throw CallError("key does not exist: " + key);
  return found->second;
}

Value value_or(const KeyTree& tree, const List& o) {
  auto found = tree.find(text_operand(o, 0));
  if (found != tree.end()) return Value(found->second);
  return Value(o.size() > 1 ? text_operand(o, 1) : value_of(tree, text_operand(o, 0)));
}

}  // namespace

Functions key_functions(const KeyTree& tree) {
  return {
      {"exists", {"s", [&tree](const List& o) { return Value(tree.count(text_operand(o, 0)) > 0); }}},
      {"get", {"s", [&tree](const List& o) { return pair(text_operand(o, 0), value_of(tree, text_operand(o, 0))); }}},
      {"getv", {"ss*", [&tree](const List& o) { return value_or(tree, o); }}},
      {"gets", {"s", [&tree](const List& o) { return all_pairs(tree, o); }}},
      {"getvs", {"s", [&tree](const List& o) { return all_values(tree, o); }}},
      {"ls", {"s", [&tree](const List& o) { return children(tree, text_operand(o, 0), false); }}},
      {"lsdir", {"s", [&tree](const List& o) { return children(tree, text_operand(o, 0), true); }}},
  };
}

}  // namespace avocet::confgen
