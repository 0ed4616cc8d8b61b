#pragma once
/// A hash index of 32-bit ids: open addressing, the keys stay where the ids point to.
#include <array>
#include <cstdint>
#include <memory>
#include <span>

namespace avocet::rib {

/// Split in segments by the top bits of the hash, each growing on its own: no growth copies more than a 64th. While ids
/// have eight bits to spare, bits of the hash stand there: what an id points to is far away, and most ids met on the
/// way are others.
class IdIndex {
 public:
  static constexpr std::uint32_t none = 0xffffffffu;

  /// The id with this hash for which `same(id)` holds, or none.
  template <class Same>
  std::uint32_t find(std::uint32_t hash, Same same) const {
    auto& segment = segments_[hash >> segment_shift];
    if (segment.capacity == 0) return none;
    auto tag = tag_of(hash);
    for (auto at = hash & (segment.capacity - 1);; at = (at + 1) & (segment.capacity - 1)) {
      auto slot = segment.slots[at];
      if (slot == none) return none;
      if ((slot & ~id_mask_) == tag && same(slot & id_mask_)) return slot & id_mask_;
    }
  }

  /// Adds an id that is not there. `hash_of(id)` gives the hash of ids already stored.
  template <class HashOf>
  void insert(std::uint32_t hash, std::uint32_t id, HashOf hash_of) {
    if (id >= short_ids) drop_tags();
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
    while ((segment.slots[hole] & id_mask_) != id) hole = (hole + 1) & mask;
    for (auto at = (hole + 1) & mask; segment.slots[at] != none; at = (at + 1) & mask) {
      auto home = hash_of(segment.slots[at] & id_mask_) & mask;
      if (((at - home) & mask) >= ((at - hole) & mask)) {
        segment.slots[hole] = segment.slots[at];
        hole = at;
      }
    }
    segment.slots[hole] = none;
    --segment.used;
  }

  std::size_t memory_bytes() const {
    std::size_t slots = 0;
    for (auto& segment : segments_) slots += segment.capacity;
    return slots * sizeof(std::uint32_t);
  }

 private:
  struct Segment {
    std::unique_ptr<std::uint32_t[]> slots;
    std::uint32_t capacity = 0, used = 0;
    std::span<std::uint32_t> all() const { return {slots.get(), capacity}; }
  };
  /// Bits that choose neither the segment nor, but in huge tables, the slot; none once there are long ids.
  std::uint32_t tag_of(std::uint32_t hash) const { return hash << (32 - segment_shift) & ~id_mask_; }
  void put(Segment& segment, std::uint32_t hash, std::uint32_t id) {
    auto at = hash & (segment.capacity - 1);
    while (segment.slots[at] != none) at = (at + 1) & (segment.capacity - 1);
    segment.slots[at] = id | tag_of(hash);
  }
  template <class HashOf>
  void grow(Segment& segment, HashOf hash_of) {
    auto old = std::move(segment.slots);
    auto old_capacity = segment.capacity;
    segment.capacity = old_capacity ? old_capacity * 2 : 8;
    segment.slots = std::make_unique_for_overwrite<std::uint32_t[]>(segment.capacity);
    for (auto& slot : segment.all()) slot = none;
    for (auto slot : std::span(old.get(), old_capacity))
      if (slot != none) put(segment, hash_of(slot & id_mask_), slot & id_mask_);
  }
  void drop_tags() {
    for (auto& segment : segments_)
      for (auto& slot : segment.all())
        if (slot != none) slot &= id_mask_;
    id_mask_ = ~std::uint32_t{0};
  }

  static constexpr unsigned segment_shift = 32 - 6;
  static constexpr std::uint32_t short_ids =
      (1u << 24) - 1;                  ///< the one above them would, with all bits beside it, be `none`
  std::uint32_t id_mask_ = short_ids;  ///< of a slot; the rest is the tag
  std::array<Segment, 64> segments_;
};

}  // namespace avocet::rib
