#include "proto/ip.hpp"

#include <algorithm>
#include <charconv>

#include <arpa/inet.h>
#include <fmt/format.h>

namespace avocet::proto {
namespace {

std::uint64_t load64(const std::uint8_t* bytes) {
  std::uint64_t value = 0;
  for (int i = 0; i < 8; ++i) value = value << 8 | bytes[i];
  return value;
}

void store64(std::uint8_t* out, std::uint64_t value) {
  for (int i = 7; i >= 0; --i, value >>= 8) out[i] = static_cast<std::uint8_t>(value);
}

tl::unexpected<TextError> wrong(std::size_t position, std::string what) {
  return tl::make_unexpected(TextError{position, std::move(what)});
}

Parsed<Address> parse_v4(std::string_view text) {
  std::uint32_t bits = 0;
  std::size_t at = 0;
  for (int part = 0; part < 4; ++part) {
    if (part > 0) {
      if (at >= text.size() || text[at] != '.') return wrong(at, "expected '.' of an IPv4 address");
      ++at;
    }
    unsigned value = 0;
    auto [end, error] = std::from_chars(text.data() + at, text.data() + text.size(), value);
    if (error != std::errc{} || value > 255) return wrong(at, "expected a number from 0 to 255");
    bits = bits << 8 | value;
    at = static_cast<std::size_t>(end - text.data());
  }
  if (at != text.size()) return wrong(at, "unexpected text after an IPv4 address");
  return Address::v4(bits);
}

/// The 128-bit mask with `length` leading ones.
Address leading_ones(unsigned length) {
  auto ones = [](unsigned n) { return n == 0 ? 0 : ~0ull << (64 - n); };
  return {ones(std::min(length, 64u)), ones(length > 64 ? length - 64 : 0)};
}

/// Position of the family's first bit inside the 128 bits.
constexpr unsigned first_bit(Family family) { return family == Family::ipv4 ? 96 : 0; }

}  // namespace

Address Address::from_bytes(std::span<const std::uint8_t> bytes) {
  if (bytes.size() == 4)
    return v4(static_cast<std::uint32_t>(bytes[0]) << 24 | static_cast<std::uint32_t>(bytes[1]) << 16 |
              static_cast<std::uint32_t>(bytes[2]) << 8 | bytes[3]);
  if (bytes.size() == 16) return {load64(bytes.data()), load64(bytes.data() + 8)};
  return {};
}

Parsed<Address> Address::parse(std::string_view text) {
  if (text.find(':') == std::string_view::npos) return parse_v4(text);
  if (text.size() >= INET6_ADDRSTRLEN) return wrong(0, "not an IPv6 address: too long");
  char terminated[INET6_ADDRSTRLEN] = {};
  std::copy(text.begin(), text.end(), terminated);
  std::array<std::uint8_t, 16> bytes{};
  bool good = inet_pton(AF_INET6, terminated, bytes.data()) == 1;
  // BIRD takes `::` between eight groups too, where it stands for none.
  if (auto gap = text.find("::"); !good && gap != text.npos && std::count(text.begin(), text.end(), ':') == 8) {
    std::copy(text.begin() + static_cast<std::ptrdiff_t>(gap) + 1, text.end(), terminated + gap);
    terminated[text.size() - 1] = '\0';
    good = inet_pton(AF_INET6, terminated, bytes.data()) == 1;
  }
  if (!good) {
    auto bad = text.find_first_not_of("0123456789abcdefABCDEF:.");
    return wrong(bad == std::string_view::npos ? 0 : bad, "not an IPv6 address");
  }
  return from_bytes(bytes);
}

bool Address::is_loopback() const { return is_v4() ? v4_bits() >> 24 == 127 : *this == v6(0, 1); }
bool Address::is_multicast() const { return is_v4() ? v4_bits() >> 28 == 14 : high >> 56 == 0xff; }

std::size_t Address::to_bytes(std::span<std::uint8_t, 16> out) const {
  if (is_v4()) {
    for (std::size_t i = 0; i < 4; ++i) out[i] = static_cast<std::uint8_t>(v4_bits() >> (24 - 8 * i));
    return 4;
  }
  store64(out.data(), high);
  store64(out.data() + 8, low);
  return 16;
}

std::string Address::text() const {
  if (is_v4()) return quad_text(v4_bits());
  std::array<std::uint8_t, 16> bytes{};
  to_bytes(bytes);
  char out[INET6_ADDRSTRLEN];
  return inet_ntop(AF_INET6, bytes.data(), out, sizeof out);
}

Prefix Prefix::make(Address address, unsigned length) {
  return address.is_v4() ? v4(address.v4_bits(), length) : v6(address, length);
}

Prefix Prefix::v4(std::uint32_t bits, unsigned length) {
  length = std::min(length, 32u);
  std::uint32_t ones = length == 0 ? 0 : ~0u << (32 - length);
  return {Address::v4(bits & ones), Family::ipv4, static_cast<std::uint8_t>(length)};
}

Prefix Prefix::v6(Address address, unsigned length) {
  length = std::min(length, 128u);
  auto ones = leading_ones(length);
  return {Address{address.high & ones.high, address.low & ones.low}, Family::ipv6, static_cast<std::uint8_t>(length)};
}

Parsed<Prefix> Prefix::parse(std::string_view text, bool allow_host) {
  auto slash = text.find('/');
  auto address = AVOCET_TRY(Address::parse(text.substr(0, slash)));
  auto longest = max_length_bits(address.family());
  if (slash == std::string_view::npos) {
    if (!allow_host) return wrong(text.size(), "expected '/' and a prefix length");
    return make(address, longest);
  }
  unsigned length = 0;
  auto [end, error] = std::from_chars(text.data() + slash + 1, text.data() + text.size(), length);
  if (error != std::errc{} || end != text.data() + text.size() || length > longest)
    return wrong(slash + 1, fmt::format("expected a prefix length from 0 to {}", longest));
  auto prefix = make(address, length);
  if (prefix.address != address)
    return wrong(0, fmt::format("invalid prefix: bits beyond the length are set; did you mean {}?", prefix.text()));
  return prefix;
}

bool Prefix::contains(const Prefix& other) const {
  return family == other.family && other.length >= length && contains(other.address);
}

bool Prefix::contains(const Address& other) const {
  if (other.family() != family && !(family == Family::ipv6)) return false;
  auto ones = leading_ones(first_bit(family) + length);
  return ((other.high ^ address.high) & ones.high) == 0 && ((other.low ^ address.low) & ones.low) == 0;
}

std::string Prefix::text() const { return fmt::format("{}/{}", address.text(), length); }

Address mask(Family family, unsigned length) {
  auto ones = leading_ones(first_bit(family) + length);
  return family == Family::ipv4 ? Address::v4(static_cast<std::uint32_t>(ones.low)) : ones;
}

unsigned common_bits(Family family, const Address& a, const Address& b) {
  unsigned bits = a.high != b.high ? static_cast<unsigned>(std::countl_zero(a.high ^ b.high))
                                   : 64 + static_cast<unsigned>(std::countl_zero(a.low ^ b.low));
  auto skipped = first_bit(family);
  return bits < skipped ? 0 : bits - skipped;
}

std::string quad_text(std::uint32_t id) {
  return fmt::format("{}.{}.{}.{}", id >> 24, id >> 16 & 255, id >> 8 & 255, id & 255);
}

}  // namespace avocet::proto
