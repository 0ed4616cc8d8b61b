#pragma once
/// Path identifiers that we send (RFC 7911): one stable number per source and path identifier received from it.
#include <cstdint>
#include <unordered_map>

namespace avocet::announce {

/// Paths without a received identifier are numbered by their source alone; all others are remembered while told.
class PathNumbers {
 public:
  /// Adds a reference.
  std::uint32_t acquire(std::uint16_t source, std::uint32_t received) {
    if (received == 0) return source + 1u;
    auto key = std::uint64_t{source} << 32 | received;
    auto [place, fresh] = by_key_.try_emplace(key, Use{});
    if (fresh) {
      do ++last_;
      while (last_ <= source_numbers || by_number_.contains(last_));
      place->second.number = last_;
      by_number_.emplace(last_, key);
    }
    ++place->second.references;
    return place->second.number;
  }
  void release(std::uint32_t number) {
    auto found = by_number_.find(number);
    if (found == by_number_.end()) return;  // a source's own number
    auto use = by_key_.find(found->second);
    if (--use->second.references) return;
    by_key_.erase(use);
    by_number_.erase(found);
  }
  std::size_t count() const { return by_number_.size(); }

 private:
  static constexpr std::uint32_t source_numbers = 65536;  // 1 .. 65,536 are those of sources
  struct Use {
    std::uint32_t number = 0, references = 0;
  };
  std::unordered_map<std::uint64_t, Use> by_key_;
  std::unordered_map<std::uint32_t, std::uint64_t> by_number_;
  std::uint32_t last_ = source_numbers;
};

}  // namespace avocet::announce
