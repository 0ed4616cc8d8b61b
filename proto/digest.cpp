#include "proto/digest.hpp"

#include <nettle/md5.h>
#include <nettle/sha1.h>

namespace avocet::proto {

std::array<std::uint8_t, 16> md5(Bytes bytes) {
  md5_ctx state;
  md5_init(&state);
  md5_update(&state, bytes.size(), bytes.data());
  std::array<std::uint8_t, 16> digest;
  md5_digest(&state, digest.size(), digest.data());
  return digest;
}

std::array<std::uint8_t, 20> sha1(Bytes bytes) {
  sha1_ctx state;
  sha1_init(&state);
  sha1_update(&state, bytes.size(), bytes.data());
  std::array<std::uint8_t, 20> digest;
  sha1_digest(&state, digest.size(), digest.data());
  return digest;
}

}  // namespace avocet::proto
