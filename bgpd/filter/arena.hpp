#pragma once
/// Memory for the long values of one run: given out in order, taken back all at once. Blocks are kept between runs.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace avocet::filter {

class Arena {
 public:
  /// Room for `size` bytes, aligned for anything; null when the run has used `limit_bytes`.
  std::uint8_t* take(std::size_t size) {
    size = (size + 15) & ~std::size_t{15};
    total_ += size;
    if (total_ > limit_bytes) return nullptr;
    while (block_ < blocks_.size() && used_ + size > blocks_[block_].size) {
      ++block_;
      used_ = 0;
    }
    if (block_ == blocks_.size()) {
      auto bytes = size > block_bytes ? size : block_bytes;
      blocks_.push_back({std::make_unique<std::uint8_t[]>(bytes), bytes});
    }
    auto at = blocks_[block_].bytes.get() + used_;
    used_ += size;
    return at;
  }
  void reset() {
    if (blocks_.size() > kept_blocks) blocks_.resize(kept_blocks);
    block_ = used_ = total_ = 0;
  }

 private:
  static constexpr std::size_t block_bytes = 16 << 10;  // a run takes a few hundred bytes
  static constexpr std::size_t kept_blocks = 64;         // a megabyte; what one odd run took more is given back
  static constexpr std::size_t limit_bytes = 128 << 20;  // a path made of 6,561 prepends takes 86 MB; more goes astray
  struct Block {
    std::unique_ptr<std::uint8_t[]> bytes;
    std::size_t size;
  };
  std::vector<Block> blocks_;
  std::size_t block_ = 0, used_ = 0, total_ = 0;
};

}  // namespace avocet::filter
