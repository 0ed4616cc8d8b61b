#pragma once
/// Storage that never moves and never doubles: slots in chunks of at most 64 KiB, named by 32-bit indexes, freed slots reused.
#include <bit>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <type_traits>
#include <unordered_set>
#include <vector>

namespace avocet::rib {

/// Slots of one trivial type. Addresses stay valid until the slot is released.
template <class T> class Slab {
  static_assert(std::is_trivially_copyable_v<T> && sizeof(T) >= sizeof(std::uint32_t));

 public:
  Slab() = default;
  Slab(const Slab&) = delete;

  /// A slot with a default value.
  std::uint32_t allocate() {
    auto index = free_;
    if (index != none) {
      std::memcpy(&free_, &(*this)[index], sizeof free_);
    } else {
      if (limit_ % per_chunk == 0) chunks_.emplace_back(static_cast<T*>(std::aligned_alloc(64, chunk_bytes)));
      index = limit_++;
    }
    ++used_;
    new (&(*this)[index]) T();
    return index;
  }
  void release(std::uint32_t index) {
    assert(used_ > 0);
    std::memcpy(static_cast<void*>(&(*this)[index]), &free_, sizeof free_);
    free_ = index;
    --used_;
  }

  T& operator[](std::uint32_t index) { return chunks_[index / per_chunk].get()[index % per_chunk]; }
  const T& operator[](std::uint32_t index) const { return chunks_[index / per_chunk].get()[index % per_chunk]; }
  std::uint32_t limit() const { return limit_; }  ///< one more than the highest index ever used
  std::uint32_t used() const { return used_; }
  std::size_t memory_bytes() const { return chunks_.size() * chunk_bytes; }

 private:
  static constexpr std::uint32_t per_chunk = std::bit_floor(64 * 1024 / sizeof(T));  // a power of two: shift and mask
  static constexpr std::size_t chunk_bytes = per_chunk * sizeof(T);
  static constexpr std::uint32_t none = 0xffffffffu;
  struct Free {
    void operator()(T* memory) const { std::free(memory); }
  };
  std::vector<std::unique_ptr<T, Free>> chunks_;
  std::uint32_t limit_ = 0, used_ = 0, free_ = none;
};

/// Small byte strings of any size, from chunks of 64 KiB, with one free list per size in steps of eight bytes.
class BlockPool {
 public:
  BlockPool() = default;
  BlockPool(const BlockPool&) = delete;
  ~BlockPool();

  std::uint8_t* allocate(std::size_t size_bytes);
  void release(std::uint8_t* block, std::size_t size_bytes);
  std::size_t memory_bytes() const { return memory_bytes_; }

 private:
  static constexpr std::size_t step_bytes = 8, largest_bytes = 2048, chunk_bytes = 64 * 1024;
  std::vector<void*> chunks_;
  std::unordered_set<std::uint8_t*> large_;  // above largest_bytes each has memory of its own
  std::uint8_t* free_[largest_bytes / step_bytes + 1] = {};
  std::uint8_t* next_ = nullptr;
  std::size_t left_ = 0;
  std::size_t memory_bytes_ = 0;
};

}  // namespace avocet::rib
