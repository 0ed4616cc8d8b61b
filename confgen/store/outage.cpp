#include "confgen/store/outage.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace avocet::confgen {

std::chrono::milliseconds Backoff::next() {
  constexpr int first_ms = 250, last_step = 5;  // 250 ms << 5 is 8 s: a server that returns is noticed soon
  int full = first_ms << std::min(step_, last_step);
  step_ = std::min(step_ + 1, last_step);
  return std::chrono::milliseconds(std::uniform_int_distribution(full / 2, full)(random_));
}

void Outage::failed(const std::string& why, const std::string& hint) {
  constexpr std::chrono::seconds pauses[] = {std::chrono::seconds(15), std::chrono::seconds(60),
                                             std::chrono::seconds(600)};
  why_ = why;
  auto now = std::chrono::steady_clock::now();
  if (since_ && (why == told_ || now < next_word_)) return;
  if (!since_) {
    since_ = now;
    changes_ = 0;
    words_ = 0;
  }
  told_ = why;
  next_word_ = now + pauses[std::min(words_++, 2)];
  say_(fmt::format("warn  {}: {}; {}", store_, why, hint));
}

void Outage::over() {
  if (!since_) return;
  std::chrono::duration<double> lasted = std::chrono::steady_clock::now() - *since_;
  since_.reset();
  say_(fmt::format("info  {}: back after={:.1f}s changes={}", store_, lasted.count(), changes_));
}

}  // namespace avocet::confgen
