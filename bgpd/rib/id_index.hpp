#pragma once
/// A hash index of 32-bit ids: open addressing, the keys stay where the ids point to.
#include <array>
#include <cstdint>
#include <memory>

namespace avocet::rib {

/// Split in segments by the top bits of the hash, each growing on its own: no growth copies more than a 64th. A byte of
/// the hash stands beside each id: what an id points to is far away, and most ids met on the way are others.
class IdIndex {
 public:
  static constexpr std::uint32_t none = 0xffffffffu;

  /// The id with this hash for which `same(id)` holds, or none.
  template <class Same>
  std::uint32_t find(std::uint32_t hash, Same same) const {
    auto& segment = segments_[hash >> segment_shift];
    if (segment.capacity == 0) return none;
    for (auto at = hash & (segment.capacity - 1);; at = (at + 1) & (segment.capacity - 1)) {
      auto id = segment.slots[at];
      if (id == none || (segment.tags()[at] == tag_of(hash) && same(id))) return id;
    }
  }

  /// Adds an id that is not there. `hash_of(id)` gives the hash of ids already stored.
  template <class HashOf>
  void insert(std::uint32_t hash, std::uint32_t id, HashOf hash_of) {
    auto& segment = segments_[hash >> segment_shift];
    if ((segment.used + 1) * 4 > segment.capacity * 3) grow(segment, hash_of);
    put(segment, hash, id);
    ++segment.used;
  }

  /// Removes an id that is there; later ids of the same run move up, so there are no tombstones.
  template <class HashOf>
  void erase(std::uint32_t hash, std::uint32_t id, HashOf hash_of) {
    auto& segment = segments_[hash >> segment_shift];
    auto mask = segment.capacity - 1;
    auto hole = hash & mask;
    while (segment.slots[hole] != id) hole = (hole + 1) & mask;
    for (auto at = (hole + 1) & mask; segment.slots[at] != none; at = (at + 1) & mask) {
      auto home = hash_of(segment.slots[at]) & mask;
      if (((at - home) & mask) >= ((at - hole) & mask)) {
        segment.slots[hole] = segment.slots[at];
        segment.tags()[hole] = segment.tags()[at];
        hole = at;
      }
    }
    segment.slots[hole] = none;
    --segment.used;
  }

  std::size_t memory_bytes() const {
    std::size_t slots = 0;
    for (auto& segment : segments_) slots += segment.capacity;
    return slots * (sizeof(std::uint32_t) + sizeof(std::uint8_t));
  }

 private:
  struct Segment {
    std::unique_ptr<std::uint32_t[]> slots;  ///< behind them the tags, four in the room of one
    std::uint32_t capacity = 0, used = 0;
    std::uint8_t* tags() const { return reinterpret_cast<std::uint8_t*>(slots.get() + capacity); }
  };
  /// Bits that choose neither the segment nor, but in huge tables, the slot.
  static std::uint8_t tag_of(std::uint32_t hash) { return static_cast<std::uint8_t>(hash >> 18); }
  static void put(Segment& segment, std::uint32_t hash, std::uint32_t id) {
    auto at = hash & (segment.capacity - 1);
    while (segment.slots[at] != none) at = (at + 1) & (segment.capacity - 1);
    segment.slots[at] = id;
    segment.tags()[at] = tag_of(hash);
  }
  template <class HashOf>
  static void grow(Segment& segment, HashOf hash_of) {
    auto old = std::move(segment.slots);
    auto old_capacity = segment.capacity;
    segment.capacity = old_capacity ? old_capacity * 2 : 8;
    segment.slots = std::make_unique_for_overwrite<std::uint32_t[]>(segment.capacity + segment.capacity / 4);
    for (std::uint32_t at = 0; at < segment.capacity; ++at) segment.slots[at] = none;
    for (std::uint32_t at = 0; at < old_capacity; ++at)
      if (old[at] != none) put(segment, hash_of(old[at]), old[at]);
  }

  static constexpr unsigned segment_shift = 32 - 6;
  std::array<Segment, 64> segments_;
};

}  // namespace avocet::rib
