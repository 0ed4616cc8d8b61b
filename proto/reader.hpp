#pragma once
/// Bounded big-endian reading: cannot pass the end, and remembers that somebody tried.
#include <cstdint>

#include "proto/attributes.hpp"

namespace avocet::proto {

/// Reads front to back. After a read past the end `ok()` is false, and every value is zero or empty.
class Reader {
 public:
  explicit Reader(Bytes bytes) : bytes_(bytes) {}
  bool ok() const { return ok_; }
  std::size_t left() const { return bytes_.size() - at_; }
  std::size_t offset() const { return at_; }

  std::uint8_t u8() { return static_cast<std::uint8_t>(number(1)); }
  std::uint16_t u16() { return static_cast<std::uint16_t>(number(2)); }
  std::uint32_t u24() { return number(3); }
  std::uint32_t u32() { return number(4); }
  Bytes bytes(std::size_t count) {
    if (count > left()) return fail(), Bytes{};
    auto taken = bytes_.subspan(at_, count);
    at_ += count;
    return taken;
  }
  Bytes rest() { return bytes(left()); }

 private:
  void fail() {
    ok_ = false;
    at_ = bytes_.size();
  }
  std::uint32_t number(std::size_t count) {
    std::uint32_t value = 0;
    for (auto byte : bytes(count)) value = value << 8 | byte;
    return value;
  }

  Bytes bytes_;
  std::size_t at_ = 0;
  bool ok_ = true;
};

}  // namespace avocet::proto
