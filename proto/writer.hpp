#pragma once
/// Big-endian writing at the end of a byte vector, with lengths filled in afterwards.
#include <cstdint>
#include <vector>

#include "proto/attributes.hpp"

namespace avocet::proto {

/// Appends to a vector that it does not own; allocates only when the vector must grow.
class Writer {
 public:
  explicit Writer(std::vector<std::uint8_t>& out) : out_(out) {}
  void u8(unsigned value) { out_.push_back(static_cast<std::uint8_t>(value)); }
  void u16(unsigned value) { u8(value >> 8), u8(value & 255); }
  void u32(std::uint32_t value) { u16(value >> 16), u16(value & 0xffff); }
  void bytes(Bytes value) { out_.insert(out_.end(), value.begin(), value.end()); }

  std::size_t position() const { return out_.size(); }
  /// Writes into two bytes that were left at `position`.
  void patch_u16(std::size_t position, std::size_t value) {
    out_[position] = static_cast<std::uint8_t>(value >> 8);
    out_[position + 1] = static_cast<std::uint8_t>(value);
  }
  void patch_u8(std::size_t position, std::size_t value) { out_[position] = static_cast<std::uint8_t>(value); }

 private:
  std::vector<std::uint8_t>& out_;
};

}  // namespace avocet::proto
