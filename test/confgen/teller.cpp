#include "confgen/teller.hpp"

#include <doctest/doctest.h>

#include <vector>

using namespace avocet::confgen;
using namespace std::chrono_literals;

TEST_CASE("a problem that repeats is told once a minute, with how often it was there") {
  std::vector<std::string> told;
  Teller teller([&](auto& line) { told.push_back(line); });
  Teller::Clock::time_point start{};
  for (int i = 0; i < 100; ++i) teller.problem("disk full", start + i * 100ms);
  CHECK(told == std::vector<std::string>{"disk full"});
  teller.problem("another", start + 1s);
  teller.problem("disk full", start + 61s);
  CHECK(told == std::vector<std::string>{"disk full", "another", "disk full (and 99 times in between)"});
}

TEST_CASE("a problem that was mended and comes back is told again, but not within a second") {
  std::vector<std::string> told;
  Teller teller([&](auto& line) { told.push_back(line); });
  Teller::Clock::time_point start{};
  teller.problem("no daemon", start);
  teller.mended("no daemon");
  teller.problem("no daemon", start + 500ms);
  CHECK(told.size() == 1);
  teller.problem("no daemon", start + 2s);
  CHECK(told.size() == 2);
  teller.problem("no daemon", start + 4s);
  CHECK(told.size() == 2);
}

TEST_CASE("many events within a second become a few lines, and the last one is always told") {
  std::vector<std::string> told;
  Teller teller([&](auto& line) { told.push_back(line); });
  auto start = Teller::Clock::time_point{} + 1h;
  for (int i = 0; i < 100; ++i) teller.event("installed " + std::to_string(i), start + i * 10ms);
  CHECK(told.size() == 5);
  teller.tick(start + 1500ms);
  REQUIRE(told.size() == 6);
  CHECK(told.back() == "installed 99 (the last of 95)");
  teller.tick(start + 5s);
  CHECK(told.size() == 6);
}

TEST_CASE("events that come one by one are all told") {
  std::vector<std::string> told;
  Teller teller([&](auto& line) { told.push_back(line); });
  auto start = Teller::Clock::time_point{} + 1h;
  for (int i = 0; i < 20; ++i) teller.event("installed", start + i * 2s);
  CHECK(told.size() == 20);
}
