#include "confgen/calico/field.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numeric>

namespace avocet::confgen {

namespace {

namespace json = boost::json;

constexpr std::size_t longest_shown = 60;  // of a wrong value in a message

template <class T>
bool read_whole(std::string_view text, T& value) {
  auto end = text.data() + text.size();
  auto [last, error] = std::from_chars(text.data(), end, value);
  return error == std::errc{} && last == end;
}

/// How many letters have to change to make `b` of `a`.
std::size_t distance(const std::string& a, const std::string& b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0);
  for (std::size_t i = 0; i < a.size(); ++i) {
    auto diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < b.size(); ++j) {
      auto same = diagonal + (std::tolower(a[i]) != std::tolower(b[j]));
      diagonal = row[j + 1];
      row[j + 1] = std::min({same, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

std::string listed(std::initializer_list<const char*> words) { return fmt::format("{}", fmt::join(words, ", ")); }

/// Seconds in a unit of a Go duration; 0 if there is no such unit.
double unit_seconds(std::string_view unit) {
  if (unit == "h") return 3600;
  if (unit == "m") return 60;
  if (unit == "s") return 1;
  if (unit == "ms") return 1e-3;
  if (unit == "us" || unit == "µs") return 1e-6;
  return unit == "ns" ? 1e-9 : 0;
}

std::string line(const Report& report, const char* severity, const std::string& path, const std::string& what) {
  auto& o = report.object;
  return fmt::format("{}: {}: {} '{}': {}{}{}", o.at(path), severity, o.kind, o.name, path, path.empty() ? "" : " ",
                     what);
}

}  // namespace

const char* nearest_word(const std::string& written, std::initializer_list<const char*> words, std::size_t most) {
  auto nearest = std::min_element(words.begin(), words.end(),
                                  [&](auto a, auto b) { return distance(written, a) < distance(written, b); });
  return nearest != words.end() && distance(written, *nearest) <= most ? *nearest : nullptr;
}

void Report::error(const std::string& path, const std::string& what) {
  good = false;
  problems.push_back(line(*this, "error", path, what));
}
void Report::warning(const std::string& path, const std::string& what) {
  problems.push_back(line(*this, "warning", path, what));
}

std::string Field::found() const {
  if (!present()) return "is missing: ";
  auto shown = value_->is_string() ? "'" + std::string(value_->get_string()) + "'" : json::serialize(*value_);
  if (shown.size() > longest_shown) shown = shown.substr(0, longest_shown) + "...";
  return "is " + shown + ": ";
}

void Field::wrong(const std::string& why) const { report_->error(path_, found() + why); }
void Field::doubtful(const std::string& why) const { report_->warning(path_, found() + why); }

Field Field::operator[](const std::string& member) const {
  auto path = path_.empty() ? member : path_ + "." + member;
  if (present() && !value_->is_object()) {
    wrong("expected members");
    return {*report_, nullptr, path};
  }
  return {*report_, present() ? value_->get_object().if_contains(member) : nullptr, path};
}

std::vector<Field> Field::items() const {
  std::vector<Field> fields;
  if (!present()) return fields;
  if (!value_->is_array()) return wrong("expected a list"), fields;
  for (auto& item : value_->get_array())
    fields.emplace_back(*report_, &item, fmt::format("{}[{}]", path_, fields.size()));
  return fields;
}

std::string Field::text() const {
  if (!present()) return "";
  if (value_->is_object() || value_->is_array()) return wrong("expected a text"), "";
  auto text = value_->is_string() ? std::string(value_->get_string()) : json::serialize(*value_);
  if (std::any_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; }))
    return wrong("control characters and line breaks cannot be used here"), "";
  return text;
}

std::string Field::quotable() const {
  auto quoted = text();
  if (quoted.find('"') == std::string::npos) return quoted;
  wrong("a double quote cannot be used here");
  return "";
}

bool Field::flag(bool absent, bool unclear) const {
  if (!present()) return absent;
  if (value_->is_bool()) return value_->get_bool();
  auto word = text();
  if (word == "true" || word == "false") return word == "true";
  wrong("expected true or false");
  return unclear;
}

std::int64_t Field::number(std::int64_t least, std::int64_t most, std::int64_t absent) const {
  if (!present()) return absent;
  std::int64_t value = 0;
  auto digits = value_->is_object() || value_->is_array() ? "" : text();
  if (read_whole(digits, value) && value >= least && value <= most) return value;
  wrong(fmt::format("expected a whole number from {} to {}", least, most));
  return absent;
}

std::string Field::one_of(std::initializer_list<const char*> words) const {
  auto word = text();
  if (word.empty() || std::any_of(words.begin(), words.end(), [&](auto w) { return word == w; })) return word;
  wrong("expected one of " + listed(words));
  return "";
}

std::optional<proto::Address> Field::address() const {
  if (!present()) return {};
  auto address = proto::Address::parse(text());
  if (address) return *address;
  wrong(address.error().what + "; expected an IPv4 or IPv6 address");
  return {};
}

std::optional<proto::Prefix> Field::prefix() const {
  if (!present()) return wrong("write ADDRESS/LENGTH, as 10.244.0.0/16"), std::nullopt;
  auto prefix = proto::Prefix::parse(text());
  if (prefix) return *prefix;
  wrong(prefix.error().what + "; write ADDRESS/LENGTH, as 10.244.0.0/16");
  return {};
}

std::uint32_t Field::asn() const {
  if (!present()) return 0;
  auto written = text();
  auto dot = written.find('.');
  std::uint32_t value = 0;
  std::uint16_t high = 0, low = 0;
  if (dot == std::string::npos && read_whole(written, value)) return value;
  if (dot != std::string::npos && read_whole(std::string_view(written).substr(0, dot), high) &&
      read_whole(std::string_view(written).substr(dot + 1), low))
    return std::uint32_t{high} << 16 | low;
  wrong("expected an AS number, 1 to 4294967295 or as 1.10");
  return 0;
}

std::optional<std::int64_t> Field::seconds() const {
  if (!present()) return {};
  auto written = text();
  double total = 0;
  std::size_t i = 0;
  while (i < written.size()) {
    double number = 0;
    auto read = std::from_chars(written.data() + i, written.data() + written.size(), number, std::chars_format::fixed);
    auto start = static_cast<std::size_t>(read.ptr - written.data());
    auto end = std::min(written.find_first_of("0123456789.", start), written.size());
    auto unit = unit_seconds(std::string_view(written).substr(start, end - start));
    if (read.ec != std::errc{} || number < 0 || (unit == 0 && written != "0")) break;
    total += number * unit;
    i = end;
  }
  // 2^31 seconds: no timer is longer.
  if (!written.empty() && i == written.size() && total < 2147483648.0) return std::llround(total);
  wrong("expected a duration, as 90s or 1m30s");
  return {};
}

bool Field::is_community() const {
  auto written = text();
  std::size_t parts = 0, start = 0;
  bool numbers = true;
  auto colons = std::count(written.begin(), written.end(), ':');
  for (auto rest = std::string_view(written); parts <= static_cast<std::size_t>(colons); ++parts) {
    auto end = std::min(rest.find(':', start), rest.size());
    std::uint32_t value = 0;
    numbers &= read_whole(rest.substr(start, end - start), value) && (colons == 2 || value <= 65535);
    start = end + 1;
  }
  return numbers && (parts == 2 || parts == 3);
}

void Field::only(std::initializer_list<const char*> words) const {
  if (!present() || !value_->is_object()) return;
  for (auto& [key, value] : value_->get_object()) {
    auto name = std::string(key);
    if (std::any_of(words.begin(), words.end(), [&](auto w) { return name == w; })) continue;
    auto meant = nearest_word(name, words, 3);
    auto hint = meant ? fmt::format("did you mean '{}'?", meant) : "known are " + listed(words);
    report_->warning(path_.empty() ? name : path_ + "." + name, "is not a known member and has no effect; " + hint);
  }
}

}  // namespace avocet::confgen
