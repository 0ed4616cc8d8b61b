/// datetime: a moment as Go's time.Time, with the methods that have a use in a file.
#include <fmt/format.h>

#include <array>
#include <chrono>
#include <ctime>

#include "confgen/template/functions.hpp"

namespace avocet::confgen {

namespace {

constexpr std::array months{"January", "February", "March",     "April",   "May",      "June",
                            "July",    "August",   "September", "October", "November", "December"};
constexpr std::array weekdays{"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"};

struct Moment {
  std::int64_t seconds;  ///< since 1970
  std::int64_t nanoseconds;
  std::tm parts;
};

Moment moment(std::int64_t seconds, std::int64_t nanoseconds, bool utc) {
  Moment m{seconds, nanoseconds, {}};
  std::time_t t = seconds;
  utc ? ::gmtime_r(&t, &m.parts) : ::localtime_r(&t, &m.parts);
  return m;
}

/// "+01:00" and its like; `z` for "Z" at UTC.
std::string offset(const Moment& m, bool z, const char* gap, bool minutes) {
  auto east = m.parts.tm_gmtoff / 60;
  if (z && east == 0) return "Z";
  auto magnitude = std::abs(east);
  auto text = fmt::format("{}{:02}", east < 0 ? '-' : '+', magnitude / 60);
  return minutes ? fmt::format("{}{}{:02}", text, gap, magnitude % 60) : text;
}

/// One word of a layout and what stands for it; longer words before those that begin them.
struct Word {
  const char* written;
  std::string (*text)(const Moment&);
};
const Word words[] = {
    {"January", [](const Moment& m) { return std::string(months[m.parts.tm_mon]); }},
    {"Jan", [](const Moment& m) { return std::string(months[m.parts.tm_mon]).substr(0, 3); }},
    {"Monday", [](const Moment& m) { return std::string(weekdays[m.parts.tm_wday]); }},
    {"Mon", [](const Moment& m) { return std::string(weekdays[m.parts.tm_wday]).substr(0, 3); }},
    {"MST", [](const Moment& m) { return std::string(m.parts.tm_zone); }},
    {"2006", [](const Moment& m) { return fmt::format("{:04}", m.parts.tm_year + 1900); }},
    {"002", [](const Moment& m) { return fmt::format("{:03}", m.parts.tm_yday + 1); }},
    {"01", [](const Moment& m) { return fmt::format("{:02}", m.parts.tm_mon + 1); }},
    {"02", [](const Moment& m) { return fmt::format("{:02}", m.parts.tm_mday); }},
    {"03", [](const Moment& m) { return fmt::format("{:02}", (m.parts.tm_hour + 11) % 12 + 1); }},
    {"04", [](const Moment& m) { return fmt::format("{:02}", m.parts.tm_min); }},
    {"05", [](const Moment& m) { return fmt::format("{:02}", m.parts.tm_sec); }},
    {"06", [](const Moment& m) { return fmt::format("{:02}", m.parts.tm_year % 100); }},
    {"15", [](const Moment& m) { return fmt::format("{:02}", m.parts.tm_hour); }},
    {"_2", [](const Moment& m) { return fmt::format("{:2}", m.parts.tm_mday); }},
    {"Z07:00", [](const Moment& m) { return offset(m, true, ":", true); }},
    {"Z0700", [](const Moment& m) { return offset(m, true, "", true); }},
    {"-07:00", [](const Moment& m) { return offset(m, false, ":", true); }},
    {"-0700", [](const Moment& m) { return offset(m, false, "", true); }},
    {"-07", [](const Moment& m) { return offset(m, false, "", false); }},
    {"PM", [](const Moment& m) { return std::string(m.parts.tm_hour < 12 ? "AM" : "PM"); }},
    {"pm", [](const Moment& m) { return std::string(m.parts.tm_hour < 12 ? "am" : "pm"); }},
    {"1", [](const Moment& m) { return std::to_string(m.parts.tm_mon + 1); }},
    {"2", [](const Moment& m) { return std::to_string(m.parts.tm_mday); }},
    {"3", [](const Moment& m) { return std::to_string((m.parts.tm_hour + 11) % 12 + 1); }},
    {"4", [](const Moment& m) { return std::to_string(m.parts.tm_min); }},
    {"5", [](const Moment& m) { return std::to_string(m.parts.tm_sec); }},
};

/// ".000" and ".999": parts of a second, with or without the zeros at the end. How many bytes the word has.
std::size_t fraction(const Moment& m, std::string_view layout, std::string& out) {
  if (layout.size() < 2 || (layout[0] != '.' && layout[0] != ',') || (layout[1] != '0' && layout[1] != '9')) return 0;
  auto end = std::min(layout.find_first_not_of(layout[1], 1), layout.size());
  if (end > 10 || (end < layout.size() && layout[end] >= '0' && layout[end] <= '9')) return 0;
  auto digits = fmt::format("{:09}", m.nanoseconds).substr(0, end - 1);
  if (layout[1] == '9') digits.erase(digits.find_last_not_of('0') + 1);
  if (!digits.empty()) out += layout[0] + digits;
  return end;
}

std::string formatted(const Moment& m, std::string_view layout) {
  std::string out;
  while (!layout.empty()) {
    auto taken = fraction(m, layout, out);
    for (auto& word : words) {
      if (taken || !layout.starts_with(word.written)) continue;
      out += word.text(m);
      taken = std::string_view(word.written).size();
    }
    if (!taken) out += layout[0], taken = 1;
    layout.remove_prefix(taken);
  }
  return out;
}

std::function<Value(const List&)> giving(Value value) {
  return [value](const List& o) {
    if (!o.empty()) throw CallError("takes no operands");
    return value;
  };
}

Value value_of(const Moment& m) {
  auto methods = std::make_shared<Methods>();
  methods->text = formatted(m, "2006-01-02 15:04:05.999999999 -0700 MST");
  methods->calls = {
      {"Format",
       [m](const List& o) {
         if (o.size() != 1) throw CallError("takes a layout, as \"2006-01-02 15:04:05\"");
         return Value(formatted(m, text_operand(o, 0)));
       }},
      {"UTC", [m](const List&) { return value_of(moment(m.seconds, m.nanoseconds, true)); }},
      {"Local", [m](const List&) { return value_of(moment(m.seconds, m.nanoseconds, false)); }},
      {"Unix", giving(Value(m.seconds))},
      {"UnixMilli", giving(Value(m.seconds * 1000 + m.nanoseconds / 1000000))},
      {"UnixNano", giving(Value(m.seconds * 1000000000 + m.nanoseconds))},
      {"Year", giving(Value(m.parts.tm_year + 1900))},
      {"Month", giving(Value(months[m.parts.tm_mon]))},
      {"Day", giving(Value(m.parts.tm_mday))},
      {"YearDay", giving(Value(m.parts.tm_yday + 1))},
      {"Weekday", giving(Value(weekdays[m.parts.tm_wday]))},
      {"Hour", giving(Value(m.parts.tm_hour))},
      {"Minute", giving(Value(m.parts.tm_min))},
      {"Second", giving(Value(m.parts.tm_sec))},
      {"Nanosecond", giving(Value(m.nanoseconds))},
      {"String", giving(Value(methods->text))},
  };
  return Value(Record{"time.Time", {}, methods});
}

}  // namespace

Value time_now() {
  using namespace std::chrono;
  auto now = duration_cast<nanoseconds>(system_clock::now().time_since_epoch()).count();
  return value_of(moment(now / 1000000000, now % 1000000000, false));
}

}  // namespace avocet::confgen
