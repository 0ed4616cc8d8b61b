#include "bgpd/observe/time_format.hpp"

#include <array>
#include <cstdio>
#include <ctime>

namespace avocet::observe {
namespace {

/// Replaces %f, %3f and %6f, which strftime does not know; every other conversion is left to it.
std::string with_fraction(std::string_view format, unsigned microseconds) {
  auto digits = [](const char* form, unsigned value) {
    std::array<char, 8> text;
    std::snprintf(text.data(), text.size(), form, value);
    return std::string(text.data());
  };
  std::string out;
  for (std::size_t i = 0; i < format.size(); ++i) {
    auto rest = format.substr(i);
    if (rest.starts_with("%%")) out += "%%", i += 1;
    else if (rest.starts_with("%3f")) out += digits("%03u", microseconds / 1000), i += 2;
    else if (rest.starts_with("%6f")) out += digits("%06u", microseconds), i += 2;
    else if (rest.starts_with("%f")) out += digits("%06u", microseconds), i += 1;
    else out += format[i];
  }
  return out;
}

std::string fraction(unsigned digits) {
  return digits == 0 ? "" : ".%" + std::to_string(digits) + "f";
}

}  // namespace

std::string format_time(std::string_view format, WallTime time) {
  using namespace std::chrono;
  auto second = floor<seconds>(time);
  auto microseconds = static_cast<unsigned>(duration_cast<std::chrono::microseconds>(time - second).count());
  auto clock = system_clock::to_time_t(second);
  std::tm parts{};
  localtime_r(&clock, &parts);
  auto form = with_fraction(format, microseconds);
  std::array<char, 4096> text;  // a path may be a format too
  auto size = std::strftime(text.data(), text.size(), form.c_str(), &parts);
  return {text.data(), size};
}

std::string format_time(const TimeFormat& format, WallTime time, WallTime now) {
  bool old = format.limit_seconds != 0 && now - time >= std::chrono::seconds(format.limit_seconds);
  auto& chosen = old ? format.old : format.recent;
  return format_time(chosen.empty() ? std::string_view("%F %T") : std::string_view(chosen), time);
}

TimeFormat iso_short(unsigned fraction_digits) {
  return {"%T" + fraction(fraction_digits), 20 * 3600, "%F"};
}

TimeFormat iso_long(unsigned fraction_digits) {
  return {"%F %T" + fraction(fraction_digits), 0, ""};
}

}  // namespace avocet::observe
