#pragma once
/// Times as text by BIRD's `timeformat` strings: strftime, plus %f, %3f and %6f for the fraction of the second.
#include <chrono>
#include <string>
#include <string_view>

#include "bgpd/observe/options.hpp"

namespace avocet::observe {

using WallTime = std::chrono::system_clock::time_point;

/// One strftime format in local time; %f and %6f are microseconds, %3f milliseconds.
std::string format_time(std::string_view format, WallTime time);
/// `recent`, or `old` once the time lies `limit_seconds` back. An empty format is `iso long`.
std::string format_time(const TimeFormat& format, WallTime time, WallTime now);

}  // namespace avocet::observe
