#include "proto/nlri.hpp"

#include <algorithm>
#include <array>

namespace avocet::proto {
namespace {

// UPDATE Message Error, Invalid Network Field (RFC 4271 section 6.3); NLRI that cannot be parsed resets (RFC 7606 5.3).
constexpr std::uint8_t update_error = 3, invalid_network_field = 10;

tl::unexpected<DecodeError> wrong(std::size_t offset, const char* what) {
  return tl::make_unexpected(
      DecodeError{Remedy::session_reset, update_error, invalid_network_field, static_cast<std::uint16_t>(offset), what});
}

}  // namespace

Decoded<void> decode_nlri(Bytes field, Family family, bool add_path, std::vector<Nlri>& out) {
  auto longest = max_length_bits(family);
  for (std::size_t at = 0; at < field.size();) {
    Nlri nlri;
    if (add_path) {
      if (field.size() - at < 5) return wrong(at, "NLRI ends inside a path identifier");
      nlri.path_id = static_cast<std::uint32_t>(field[at]) << 24 | static_cast<std::uint32_t>(field[at + 1]) << 16 |
                     static_cast<std::uint32_t>(field[at + 2]) << 8 | field[at + 3];
      at += 4;
    }
    unsigned length = field[at++];
    if (length > longest) return wrong(at - 1, "prefix length is longer than an address of its family");
    std::size_t bytes = (length + 7) / 8;
    if (field.size() - at < bytes) return wrong(at, "NLRI ends inside a prefix");
    if (family == Family::ipv4) {
      std::uint32_t bits = 0;
      for (std::size_t i = 0; i < bytes; ++i) bits |= static_cast<std::uint32_t>(field[at + i]) << (24 - 8 * i);
      nlri.prefix = Prefix::v4(bits, length);
    } else {
      std::array<std::uint8_t, 16> address{};
      std::copy_n(field.begin() + static_cast<std::ptrdiff_t>(at), bytes, address.begin());
      nlri.prefix = Prefix::v6(Address::from_bytes(address), length);
    }
    at += bytes;
    out.push_back(nlri);
  }
  return {};
}

std::size_t nlri_size_bytes(const Nlri& nlri, bool add_path) {
  return (add_path ? 4 : 0) + 1 + (nlri.prefix.length + 7u) / 8;
}

void encode_nlri(const Nlri& nlri, bool add_path, std::vector<std::uint8_t>& out) {
  if (add_path)
    for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<std::uint8_t>(nlri.path_id >> shift));
  out.push_back(nlri.prefix.length);
  std::array<std::uint8_t, 16> address{};
  nlri.prefix.address.to_bytes(address);
  out.insert(out.end(), address.begin(), address.begin() + (nlri.prefix.length + 7) / 8);
}

}  // namespace avocet::proto
