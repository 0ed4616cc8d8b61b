#include "bgpd/observe/time_format.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <ctime>

using namespace avocet::observe;
using namespace std::chrono_literals;

namespace {

/// 2026-11-20 14:19:08.349012 in a zone without surprises.
WallTime sample() {
  setenv("TZ", "UTC", 1);
  tzset();
  return WallTime(std::chrono::seconds(1795184348) + 349012us);
}

}  // namespace

TEST_CASE("strftime conversions and the fraction of the second") {
  struct { const char* format; const char* text; } cases[] = {
      {"%F %T", "2026-11-20 14:19:08"}, {"%T.%3f", "14:19:08.349"}, {"%T.%6f", "14:19:08.349012"},
      {"%T.%f", "14:19:08.349012"},     {"%%f %H", "%f 14"},        {"", ""}};
  for (auto& c : cases) {
    CAPTURE(c.format);
    CHECK(format_time(c.format, sample()) == c.text);
  }
}

TEST_CASE("a time older than the limit gets the other format") {
  TimeFormat format{"%T", 20 * 3600, "%F"};
  CHECK(format_time(format, sample(), sample() + 20h - 1s) == "14:19:08");
  CHECK(format_time(format, sample(), sample() + 20h) == "2026-11-20");
}

TEST_CASE("a format without limit holds for all times, and no format means iso long") {
  CHECK(format_time(TimeFormat{"%H", 0, "%F"}, sample(), sample() + 1000h) == "14");
  CHECK(format_time(TimeFormat{}, sample(), sample()) == "2026-11-20 14:19:08");
}

TEST_CASE("timeformat iso: short is the time of day and then the date, long is both") {
  CHECK(format_time(iso_short(3), sample(), sample()) == "14:19:08.349");
  CHECK(format_time(iso_short(0), sample(), sample() + 48h) == "2026-11-20");
  CHECK(format_time(iso_long(6), sample(), sample() + 48h) == "2026-11-20 14:19:08.349012");
}
