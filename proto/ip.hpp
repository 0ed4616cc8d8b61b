#pragma once
/// IPv4 and IPv6 addresses and prefixes as values, with text both ways.
#include <array>
#include <bit>
#include <compare>
#include <cstdint>
#include <cstring>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "proto/result.hpp"

namespace avocet::proto {

/// Address families; the numbers are IANA's AFI.
enum class Family : std::uint8_t { ipv4 = 1, ipv6 = 2 };

/// 32 or 128: the longest prefix of a family, in bits.
constexpr unsigned max_length_bits(Family f) { return f == Family::ipv4 ? 32 : 128; }
constexpr std::string_view family_name(Family f) { return f == Family::ipv4 ? "ipv4" : "ipv6"; }

/// One address of either family: 128 bits, IPv4 in its mapped form (::ffff:a.b.c.d). The default value is `::`
/// and means "none". Order and equality are those of the 128 bits.
struct Address {
  std::uint64_t high = 0;  ///< first eight bytes, host byte order
  std::uint64_t low = 0;   ///< last eight bytes, host byte order

  static constexpr Address v4(std::uint32_t bits) { return {0, 0x0000ffff00000000ull | bits}; }
  static constexpr Address v6(std::uint64_t high, std::uint64_t low) { return {high, low}; }
  /// From 4 or 16 bytes in network order; any other size gives the unspecified address.
  static Address from_bytes(std::span<const std::uint8_t> bytes);
  static Parsed<Address> parse(std::string_view text);

  constexpr bool is_v4() const { return high == 0 && (low >> 32) == 0xffff; }
  constexpr bool is_unspecified() const { return (high | low) == 0 || *this == v4(0); }
  constexpr bool is_link_local() const { return (high >> 54) == (0xfe80u >> 6); }  ///< fe80::/10
  bool is_loopback() const;
  bool is_multicast() const;
  constexpr Family family() const { return is_v4() ? Family::ipv4 : Family::ipv6; }
  constexpr std::uint32_t v4_bits() const { return static_cast<std::uint32_t>(low); }  ///< only if is_v4()
  /// Network order bytes, 4 for IPv4 and 16 for IPv6; returns the count written.
  std::size_t to_bytes(std::span<std::uint8_t, 16> out) const;
  /// Dotted quad, or RFC 5952 text.
  std::string text() const;

  friend constexpr auto operator<=>(const Address&, const Address&) = default;
};

/// An address block: address and length in bits (of its own family). Host bits are zero, always; `make` clears them.
struct Prefix {
  Address address;
  Family family = Family::ipv4;
  std::uint8_t length = 0;  ///< 0..32 or 0..128

  /// Clears host bits (RFC 4271 section 4.3 gives trailing bits no meaning). Family is the address's.
  static Prefix make(Address address, unsigned length);
  static Prefix v4(std::uint32_t bits, unsigned length);
  static Prefix v6(Address address, unsigned length);
  /// "10.0.0.0/8"; a bare address is a host prefix when `allow_host`. Host bits set is an error ("Invalid prefix").
  static Parsed<Prefix> parse(std::string_view text, bool allow_host = false);

  bool contains(const Prefix& other) const;   ///< equal or more specific, same family
  bool contains(const Address& other) const;  ///< same family
  std::string text() const;

  friend auto operator<=>(const Prefix&, const Prefix&) = default;
};

/// The network mask of `length` bits as an address of the family.
Address mask(Family family, unsigned length);
/// Length in bits of the common leading part of two addresses of one family.
unsigned common_bits(Family family, const Address& a, const Address& b);

/// 32-bit identifiers written as dotted quads: router id, cluster id, originator id.
std::string quad_text(std::uint32_t id);

}  // namespace avocet::proto

template <> struct std::hash<avocet::proto::Address> {
  std::size_t operator()(const avocet::proto::Address& a) const noexcept {
    auto h = (a.high ^ 0x9e3779b97f4a7c15ull) * 0xff51afd7ed558ccdull;
    h = (h ^ (h >> 32) ^ a.low) * 0xc4ceb9fe1a85ec53ull;
    return h ^ (h >> 29);
  }
};
template <> struct std::hash<avocet::proto::Prefix> {
  std::size_t operator()(const avocet::proto::Prefix& p) const noexcept {
    return std::hash<avocet::proto::Address>{}(p.address) * 31 + p.length;
  }
};
