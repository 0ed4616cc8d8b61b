#pragma once
/// The configurations that ran since the start, numbered, so that an operator can go back to any of the last ones. What was
/// read is kept, not what it became: a configuration of a thousand sessions takes ten times the memory of its text.
#include <chrono>
#include <deque>
#include <string>
#include <vector>

#include "bgpd/config/model.hpp"
#include "bgpd/config/source.hpp"

namespace avocet {

struct ConfigGeneration {
  std::uint32_t number = 0;  ///< 1 is the configuration of the start; never used twice
  std::shared_ptr<const config::Sources> sources;
  std::chrono::system_clock::time_point applied;
  std::string reason;              ///< "start", "configure soft", "SIGHUP", "undo to 3"
  std::vector<std::string> words;  ///< what it changed
};

/// Keeps the last `limit` generations, fewer if their texts are long, but always the one that runs and the one before it;
/// older ones are forgotten.
class ConfigHistory {
 public:
  static constexpr std::size_t limit = 16, byte_limit = 8 << 20;

  void add(std::shared_ptr<const config::Sources> sources, std::string reason, std::vector<std::string> words) {
    bytes_ += sources->bytes();
    list_.push_back(
        {++last_number_, std::move(sources), std::chrono::system_clock::now(), std::move(reason), std::move(words)});
    while (list_.size() > limit || (list_.size() > 2 && bytes_ > byte_limit)) {
      bytes_ -= list_.front().sources->bytes();
      list_.pop_front();
    }
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
  std::size_t bytes_ = 0;
  std::uint32_t last_number_ = 0;
};

}  // namespace avocet
