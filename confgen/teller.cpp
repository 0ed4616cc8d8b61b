#include "confgen/teller.hpp"

#include <fmt/format.h>

namespace avocet::confgen {

namespace {

using namespace std::chrono_literals;

constexpr auto repeat_after = 60s;
constexpr auto pause = 1s;               // between events while they crowd
constexpr int most_at_once = 5;          // events told one by one before they are summed up
constexpr std::size_t most_kept = 1000;  // different problems remembered; more than that nobody reads

}  // namespace

void Teller::problem(const std::string& line, Clock::time_point now) {
  auto known = problems_.find(line);
  if (known != problems_.end() && now - known->second.when < (known->second.mended ? pause : repeat_after)) {
    ++known->second.again;
    return;
  }
  auto again = known == problems_.end() ? 0 : known->second.again;
  say_(again ? fmt::format("{} (and {} times in between)", line, again) : line);
  if (problems_.size() >= most_kept)
    std::erase_if(problems_, [&](auto& told) { return now - told.second.when >= repeat_after; });
  if (problems_.size() >= most_kept) problems_.clear();
  problems_[line] = {now, 0, false};
}

void Teller::mended(const std::string& line) {
  auto known = problems_.find(line);
  if (known != problems_.end()) known->second.mended = true;
}

void Teller::event(const std::string& line, Clock::time_point now) {
  if (now - last_event_ >= pause) at_once_ = 0;
  if (at_once_ < most_at_once) {
    tick(last_event_ + pause);
    ++at_once_;
    last_event_ = now;
    return say_(line);
  }
  ++held_;
  held_line_ = line;
  tick(now);
}

void Teller::tick(Clock::time_point now) {
  if (!held_ || now - last_event_ < pause) return;
  say_(held_ == 1 ? held_line_ : fmt::format("{} (the last of {})", held_line_, held_));
  held_ = 0;
  last_event_ = now;
}

}  // namespace avocet::confgen
