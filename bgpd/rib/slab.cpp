#include "bgpd/rib/slab.hpp"

namespace avocet::rib {

BlockPool::~BlockPool() {
  for (auto* chunk : chunks_) std::free(chunk);
  for (auto* block : large_) std::free(block);
}

std::uint8_t* BlockPool::allocate(std::size_t size_bytes) {
  if (size_bytes > largest_bytes) {
    memory_bytes_ += size_bytes;
    return *large_.insert(static_cast<std::uint8_t*>(std::malloc(size_bytes))).first;
  }
  auto size_class = (size_bytes + step_bytes - 1) / step_bytes;
  if (size_class == 0) size_class = 1;  // a free block must hold a pointer
  if (auto* block = free_[size_class]) {
    std::memcpy(&free_[size_class], block, sizeof block);
    return block;
  }
  auto rounded_bytes = size_class * step_bytes;
  if (left_ < rounded_bytes) {  // what is left of the old chunk, at most 2 KiB, is given up
    next_ = static_cast<std::uint8_t*>(std::malloc(chunk_bytes));
    chunks_.push_back(next_);
    left_ = chunk_bytes;
    memory_bytes_ += chunk_bytes;
  }
  auto* block = next_;
  next_ += rounded_bytes;
  left_ -= rounded_bytes;
  return block;
}

void BlockPool::release(std::uint8_t* block, std::size_t size_bytes) {
  if (size_bytes > largest_bytes) {
    memory_bytes_ -= size_bytes;
    large_.erase(block);
    std::free(block);
    return;
  }
  auto size_class = (size_bytes + step_bytes - 1) / step_bytes;
  if (size_class == 0) size_class = 1;
  std::memcpy(block, &free_[size_class], sizeof block);
  free_[size_class] = block;
}

}  // namespace avocet::rib
