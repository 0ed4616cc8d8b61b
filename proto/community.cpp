#include "proto/community.hpp"

#include <fmt/format.h>

namespace avocet::proto {
namespace {

std::uint32_t load32(const std::uint8_t* bytes) {
  return static_cast<std::uint32_t>(bytes[0]) << 24 | static_cast<std::uint32_t>(bytes[1]) << 16 |
         static_cast<std::uint32_t>(bytes[2]) << 8 | bytes[3];
}
void store32(std::uint8_t* out, std::uint32_t value) {
  for (int i = 3; i >= 0; --i, value >>= 8) out[i] = static_cast<std::uint8_t>(value);
}

// RFC 7153: the transitive types whose layout is key and value.
constexpr std::uint8_t two_octet_as = 0x00, ipv4_address = 0x01, four_octet_as = 0x02, non_transitive = 0x40;
constexpr std::uint8_t route_target = 0x02, route_origin = 0x03;

}  // namespace

Community Community::from_wire(const std::uint8_t* bytes) { return {load32(bytes)}; }
void Community::to_wire(std::uint8_t* out) const { store32(out, value); }
std::string Community::text() const { return fmt::format("({},{})", value >> 16, value & 0xffff); }

ExtendedCommunity ExtendedCommunity::make(std::uint8_t subtype, std::uint32_t key, std::uint32_t data, bool key_is_address) {
  std::uint64_t type = key_is_address ? ipv4_address : key > 0xffff ? four_octet_as : two_octet_as;
  std::uint64_t head = (type << 8 | subtype) << 48;
  if (type == two_octet_as) return {head | static_cast<std::uint64_t>(key) << 32 | data};
  return {head | static_cast<std::uint64_t>(key) << 16 | (data & 0xffff)};
}

ExtendedCommunity ExtendedCommunity::from_wire(const std::uint8_t* bytes) {
  return {static_cast<std::uint64_t>(load32(bytes)) << 32 | load32(bytes + 4)};
}
void ExtendedCommunity::to_wire(std::uint8_t* out) const {
  store32(out, static_cast<std::uint32_t>(value >> 32));
  store32(out + 4, static_cast<std::uint32_t>(value));
}

std::string ExtendedCommunity::text() const {
  auto type = static_cast<std::uint8_t>(value >> 56), subtype = static_cast<std::uint8_t>(value >> 48);
  auto kind = static_cast<std::uint8_t>(type & ~non_transitive);
  bool known = (subtype == route_target || subtype == route_origin) && kind <= four_octet_as && !(type & non_transitive);
  auto name = known ? std::string(subtype == route_target ? "rt" : "ro")
                    : fmt::format("unknown 0x{:x}", static_cast<std::uint32_t>(value >> 48));
  auto wide_key = static_cast<std::uint32_t>(value >> 16);
  auto short_data = static_cast<std::uint32_t>(value & 0xffff);
  switch (kind) {
    case two_octet_as:
      return fmt::format("({}, {}, {})", name, value >> 32 & 0xffff, static_cast<std::uint32_t>(value));
    case ipv4_address: return fmt::format("({}, {}, {})", name, quad_text(wide_key), short_data);
    case four_octet_as: return fmt::format("({}, {}, {})", name, wide_key, short_data);
    default:
      return fmt::format("(generic, 0x{:x}, 0x{:x})", static_cast<std::uint32_t>(value >> 32), static_cast<std::uint32_t>(value));
  }
}

LargeCommunity LargeCommunity::from_wire(const std::uint8_t* bytes) {
  return {load32(bytes), load32(bytes + 4), load32(bytes + 8)};
}
void LargeCommunity::to_wire(std::uint8_t* out) const {
  store32(out, asn);
  store32(out + 4, data1);
  store32(out + 8, data2);
}
std::string LargeCommunity::text() const { return fmt::format("({}, {}, {})", asn, data1, data2); }

}  // namespace avocet::proto
