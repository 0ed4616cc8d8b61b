#pragma once
/// MD5 (RFC 1321) and SHA-1 (RFC 3174), for protocols that sign packets with them. Neither is safe for anything else.
#include <array>
#include <cstdint>

#include "proto/attributes.hpp"

namespace avocet::proto {

std::array<std::uint8_t, 16> md5(Bytes bytes);
std::array<std::uint8_t, 20> sha1(Bytes bytes);

}  // namespace avocet::proto
