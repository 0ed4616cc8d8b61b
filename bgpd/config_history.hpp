#pragma once
/// The configurations that ran since the start, numbered, so that an operator can go back to any of the last ones.
#include <chrono>
#include <deque>
#include <string>
#include <vector>

#include "bgpd/config/model.hpp"

namespace avocet {

struct ConfigGeneration {
  std::uint32_t number = 0;  ///< 1 is the configuration of the start; never used twice
  config::ConfigPtr config;
  std::chrono::system_clock::time_point applied;
  std::string reason;              ///< "start", "configure soft", "SIGHUP", "undo to 3"
  std::vector<std::string> words;  ///< what it changed
};

/// Keeps the last `limit` generations; older ones are forgotten.
class ConfigHistory {
 public:
  static constexpr std::size_t limit = 16;

  void add(config::ConfigPtr config, std::string reason, std::vector<std::string> words) {
    list_.push_back(
        {++last_number_, std::move(config), std::chrono::system_clock::now(), std::move(reason), std::move(words)});
    if (list_.size() > limit) list_.pop_front();
  }
  /// Null if there never was one of that number or it is forgotten.
  const ConfigGeneration* find(std::uint32_t number) const {
    for (auto& one : list_)
      if (one.number == number) return &one;
    return nullptr;
  }
  /// Oldest first; the last one runs.
  const std::deque<ConfigGeneration>& list() const { return list_; }

 private:
  std::deque<ConfigGeneration> list_;
  std::uint32_t last_number_ = 0;
};

}  // namespace avocet
