#include "proto/digest.hpp"

#include <bit>
#include <cmath>
#include <cstring>

namespace avocet::proto {
namespace {

constexpr std::size_t block_bytes = 64;
using Block = std::array<std::uint8_t, block_bytes>;

/// Calls `mix` for every block of the message: the bytes, a one bit, zeros, and the length in bits in the last eight
/// bytes.
template <class Mix>
void for_blocks(Bytes bytes, std::endian length_order, Mix mix) {
  std::uint64_t bits = static_cast<std::uint64_t>(bytes.size()) * 8;
  Block block;
  for (; bytes.size() >= block_bytes; bytes = bytes.subspan(block_bytes)) {
    std::memcpy(block.data(), bytes.data(), block_bytes);
    mix(block);
  }
  block.fill(0);
  if (!bytes.empty()) std::memcpy(block.data(), bytes.data(), bytes.size());
  block[bytes.size()] = 0x80;
  if (bytes.size() + 1 > block_bytes - 8) {
    mix(block);
    block.fill(0);
  }
  for (unsigned i = 0; i < 8; ++i)
    block[block_bytes - 8 + i] =
        static_cast<std::uint8_t>(bits >> (length_order == std::endian::big ? 56 - 8 * i : 8 * i));
  mix(block);
}

/// RFC 1321 section 3.4: the i-th of them is the whole part of 2^32 times |sin(i)|, i counted from one.
std::array<std::uint32_t, 64> sine_table() {
  std::array<std::uint32_t, 64> table;
  for (unsigned i = 0; i < 64; ++i)
    table[i] = static_cast<std::uint32_t>(std::floor(std::fabs(std::sin(i + 1.0)) * 4294967296.0));
  return table;
}

}  // namespace

std::array<std::uint8_t, 16> md5(Bytes bytes) {
  static const auto sines = sine_table();
  static constexpr int turns[4][4] = {{7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}};
  std::array<std::uint32_t, 4> state{0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};
  for_blocks(bytes, std::endian::little, [&](const Block& block) {
    std::uint32_t words[16];
    for (unsigned i = 0; i < 16; ++i)
      words[i] = block[4 * i] | block[4 * i + 1] << 8 | block[4 * i + 2] << 16 |
                 static_cast<std::uint32_t>(block[4 * i + 3]) << 24;
    auto [a, b, c, d] = state;
    for (unsigned i = 0; i < 64; ++i) {
      auto round = i / 16;
      std::uint32_t mixed = round == 0   ? (b & c) | (~b & d)
                            : round == 1 ? (b & d) | (c & ~d)
                            : round == 2 ? b ^ c ^ d
                                         : c ^ (b | ~d);
      unsigned word = round == 0 ? i : round == 1 ? 5 * i + 1 : round == 2 ? 3 * i + 5 : 7 * i;
      auto next = b + std::rotl(a + mixed + words[word % 16] + sines[i], turns[round][i % 4]);
      a = d, d = c, c = b, b = next;
    }
    state = {state[0] + a, state[1] + b, state[2] + c, state[3] + d};
  });
  std::array<std::uint8_t, 16> digest;
  for (unsigned i = 0; i < 16; ++i) digest[i] = static_cast<std::uint8_t>(state[i / 4] >> (8 * (i % 4)));
  return digest;
}

std::array<std::uint8_t, 20> sha1(Bytes bytes) {
  static constexpr std::uint32_t constants[] = {0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6};
  std::array<std::uint32_t, 5> state{0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
  for_blocks(bytes, std::endian::big, [&](const Block& block) {
    std::uint32_t words[80];
    for (unsigned i = 0; i < 16; ++i)
      words[i] = static_cast<std::uint32_t>(block[4 * i]) << 24 | block[4 * i + 1] << 16 | block[4 * i + 2] << 8 |
                 block[4 * i + 3];
    for (unsigned i = 16; i < 80; ++i)
      words[i] = std::rotl(words[i - 3] ^ words[i - 8] ^ words[i - 14] ^ words[i - 16], 1);
    auto [a, b, c, d, e] = state;
    for (unsigned i = 0; i < 80; ++i) {
      auto round = i / 20;
      std::uint32_t mixed = round == 0 ? (b & c) | (~b & d) : round == 2 ? (b & c) | (b & d) | (c & d) : b ^ c ^ d;
      auto next = std::rotl(a, 5) + mixed + e + words[i] + constants[round];
      e = d, d = c, c = std::rotl(b, 30), b = a, a = next;
    }
    state = {state[0] + a, state[1] + b, state[2] + c, state[3] + d, state[4] + e};
  });
  std::array<std::uint8_t, 20> digest;
  for (unsigned i = 0; i < 20; ++i) digest[i] = static_cast<std::uint8_t>(state[i / 4] >> (24 - 8 * (i % 4)));
  return digest;
}

}  // namespace avocet::proto
