#include "confgen/store/plain_yaml.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <vector>

namespace avocet::confgen {

namespace {

constexpr int deepest = 50;  // yaml-cpp may say what is wrong with more

bool is_alnum(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }
bool starts_plain(char c) { return is_alnum(c) || c == '_' || c == '.' || c == '/'; }

/// A line without its indentation and the blanks at its end.
struct Line {
  std::size_t indent;
  std::string_view text;
  int number;  ///< from 1
};

/// Thrown where the text is more than plain.
struct NotPlain {};

class Reader {
 public:
  Reader(std::string_view text, int lines_before, Places& places) : places_(places) { cut(text, lines_before); }

  boost::json::object run() {
    if (lines_.empty() || lines_[0].indent != 0 || is_item(lines_[0])) throw NotPlain{};
    auto object = map(0, "", 0);
    if (at_ != lines_.size() || object.contains("items")) throw NotPlain{};  // a list holds objects of its own
    return object;
  }

 private:
  void cut(std::string_view text, int number) {
    bool first = true;
    while (!text.empty()) {
      auto end = std::min(text.find('\n'), text.size());
      auto line = text.substr(0, end);
      text.remove_prefix(std::min(end + 1, text.size()));
      ++number;
      if (std::any_of(line.begin(), line.end(), [](char c) { return c < ' ' || c > '~'; })) throw NotPlain{};
      if (auto last = line.find_last_not_of(' '); last == line.npos)
        continue;
      else
        line = line.substr(0, last + 1);
      auto indent = line.find_first_not_of(' ');
      if (line[indent] == '#') continue;
      if (std::exchange(first, false) && line == "---") continue;
      lines_.push_back({indent, line.substr(indent), number});
    }
  }

  static bool is_item(const Line& line) { return line.text.starts_with("- ") || line.text == "-"; }

  /// Length of `KEY` if the text is "KEY:" or "KEY: VALUE"; 0 if it is not.
  static std::size_t key_length(std::string_view text) {
    if (!starts_plain(text[0])) return 0;
    std::size_t n = 1;
    while (n < text.size() && (is_alnum(text[n]) || std::string_view("_./-").find(text[n]) != std::string_view::npos))
      ++n;
    bool ends = n < text.size() && text[n] == ':' && (n + 1 == text.size() || text[n + 1] == ' ');
    return ends ? n : 0;
  }

  void note(const std::string& path, const Line& line, std::size_t column) {
    places_.note(path, {line.number, static_cast<int>(column) + 1});
  }

  boost::json::object map(std::size_t indent, const std::string& path, int depth) {
    if (depth > deepest) throw NotPlain{};
    note(path, lines_[at_], indent);
    boost::json::object object;
    while (at_ < lines_.size() && lines_[at_].indent == indent && !is_item(lines_[at_])) {
      auto& line = lines_[at_];
      auto length = key_length(line.text);
      if (!length) throw NotPlain{};
      auto key = line.text.substr(0, length);
      auto inner = path.empty() ? std::string(key) : fmt::format("{}.{}", path, key);
      if (object.contains(key)) throw NotPlain{};
      auto rest = line.text.find_first_not_of(' ', length + 1);
      object[key] = rest == line.text.npos ? block(indent, inner, depth) : scalar(rest, inner);
    }
    if (at_ < lines_.size() && lines_[at_].indent > indent) throw NotPlain{};
    return object;
  }

  /// What stands below "KEY:".
  boost::json::value block(std::size_t indent, const std::string& path, int depth) {
    if (++at_ == lines_.size()) throw NotPlain{};
    auto& next = lines_[at_];
    if (is_item(next) ? next.indent < indent : next.indent <= indent) throw NotPlain{};
    if (is_item(next)) return sequence(next.indent, path, depth + 1);
    return map(next.indent, path, depth + 1);
  }

  boost::json::array sequence(std::size_t indent, const std::string& path, int depth) {
    if (depth > deepest) throw NotPlain{};
    note(path, lines_[at_], indent);
    boost::json::array array;
    while (at_ < lines_.size() && lines_[at_].indent == indent && is_item(lines_[at_])) {
      auto& line = lines_[at_];
      auto rest = line.text.find_first_not_of(' ', 1);
      if (rest == line.text.npos || is_item({0, line.text.substr(rest), 0})) throw NotPlain{};
      auto inner = fmt::format("{}[{}]", path, array.size());
      if (key_length(line.text.substr(rest))) {
        line = {indent + rest, line.text.substr(rest), line.number};
        array.push_back(map(line.indent, inner, depth + 1));
      } else {
        array.push_back(scalar(rest, inner));
      }
    }
    if (at_ < lines_.size() && lines_[at_].indent > indent) throw NotPlain{};
    return array;
  }

  /// The scalar that begins so far into the line, and ends with it.
  boost::json::value scalar(std::size_t from, const std::string& path) {
    auto& line = lines_[at_++];
    auto text = line.text.substr(from);
    note(path, line, line.indent + from);
    // A deeper line would go on with it.
    if (at_ < lines_.size() && lines_[at_].indent > line.indent) throw NotPlain{};
    if (char quote = text[0]; quote == '"' || quote == '\'') {
      auto inner = text.substr(1, text.size() - 2);
      bool plain = text.size() >= 2 && text.back() == quote && inner.find(quote) == inner.npos &&
                   (quote == '\'' || inner.find('\\') == inner.npos);
      if (!plain) throw NotPlain{};
      return boost::json::string(inner);
    }
    if (!starts_plain(text[0]) || text.find('#') != text.npos || text.back() == ':' || text.find(": ") != text.npos)
      throw NotPlain{};
    return yaml_scalar(text);
  }

  Places& places_;
  std::vector<Line> lines_;
  std::size_t at_ = 0;
};

}  // namespace

std::optional<boost::json::object> read_plain_yaml(std::string_view text, int lines_before, Places& places) {
  Places found;
  try {
    auto object = Reader(text, lines_before, found).run();
    places = std::move(found);
    return object;
  } catch (const NotPlain&) {
    return {};
  }
}

boost::json::value yaml_scalar(std::string_view text) {
  static constexpr std::string_view yes[] = {"true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON"};
  static constexpr std::string_view no[] = {"false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF"};
  if (text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL") return nullptr;
  // Single letters stay text: the YAML reader of Kubernetes takes y and n as they are.
  if (std::find(std::begin(yes), std::end(yes), text) != std::end(yes)) return true;
  if (std::find(std::begin(no), std::end(no), text) != std::end(no)) return false;
  auto end = text.data() + text.size();
  std::int64_t integer = 0;
  if (auto r = std::from_chars(text.data(), end, integer); r.ec == std::errc{} && r.ptr == end) return integer;
  double number = 0;
  if (auto r = std::from_chars(text.data(), end, number);
      r.ec == std::errc{} && r.ptr == end && text.find_first_of("0123456789") != std::string_view::npos)
    return number;
  return boost::json::string(text);
}

}  // namespace avocet::confgen
