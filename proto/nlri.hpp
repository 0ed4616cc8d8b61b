#pragma once
/// Prefixes on the wire, RFC 4271 section 4.3, RFC 4760, and with path identifiers, RFC 7911.
#include <cstdint>
#include <vector>

#include "proto/attributes.hpp"
#include "proto/ip.hpp"

namespace avocet::proto {

/// One prefix as announced or withdrawn; path_id is 0 without ADD-PATH.
struct Nlri {
  Prefix prefix;
  std::uint32_t path_id = 0;
  friend auto operator<=>(const Nlri&, const Nlri&) = default;
};

/// Appends the prefixes of a field to `out`. A wrong length resets the session (RFC 7606 section 5.3: subcode 10,
/// Invalid Network Field); host bits are cleared.
Decoded<void> decode_nlri(Bytes field, Family family, bool add_path, std::vector<Nlri>& out);

/// Bytes that encode_nlri will write: 1 + ceil(length / 8), and 4 for the path id.
std::size_t nlri_size_bytes(const Nlri& nlri, bool add_path);
/// Appends one prefix.
void encode_nlri(const Nlri& nlri, bool add_path, std::vector<std::uint8_t>& out);

}  // namespace avocet::proto
