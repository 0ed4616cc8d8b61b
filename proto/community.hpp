#pragma once
/// Standard (RFC 1997), extended (RFC 4360) and large (RFC 8092) communities as values, their lists on attribute bytes, and
/// BIRD's text: (65001,2), (rt, 65002, 300), (65001, 1, 2).
#include <algorithm>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "proto/attributes.hpp"

namespace avocet::proto {

/// 16 bits AS number, 16 bits value.
struct Community {
  static constexpr std::size_t wire_bytes = 4;
  std::uint32_t value = 0;
  static constexpr Community make(std::uint32_t asn, std::uint32_t data) { return {asn << 16 | (data & 0xffff)}; }
  static Community from_wire(const std::uint8_t* bytes);
  void to_wire(std::uint8_t* out) const;
  std::string text() const;
  /// "(65001,2)", or the IANA name of a well-known one: "no-export".
  static Parsed<Community> parse(std::string_view text);
  friend auto operator<=>(const Community&, const Community&) = default;
};

/// Eight octets: type, subtype, and six that the type lays out.
struct ExtendedCommunity {
  static constexpr std::size_t wire_bytes = 8;
  std::uint64_t value = 0;
  /// Route target (subtype 2) or route origin (3), in the form that fits the key: AS 2, AS 4 or IPv4 address.
  static ExtendedCommunity make(std::uint8_t subtype, std::uint32_t key, std::uint32_t data, bool key_is_address = false);
  static ExtendedCommunity from_wire(const std::uint8_t* bytes);
  void to_wire(std::uint8_t* out) const;
  std::string text() const;
  /// "(rt, 65002, 300)", "(ro, 192.0.2.2, 7)", "(unknown 0x4002, 1, 2)", "(generic, 0x43000000, 0x1)". BIRD's text does not
  /// tell a small four-octet AS number from a two-octet one; here it is read as two octets.
  static Parsed<ExtendedCommunity> parse(std::string_view text);
  friend auto operator<=>(const ExtendedCommunity&, const ExtendedCommunity&) = default;
};

struct LargeCommunity {
  static constexpr std::size_t wire_bytes = 12;
  std::uint32_t asn = 0, data1 = 0, data2 = 0;
  static LargeCommunity from_wire(const std::uint8_t* bytes);
  void to_wire(std::uint8_t* out) const;
  std::string text() const;
  /// "(65001, 1, 2)".
  static Parsed<LargeCommunity> parse(std::string_view text);
  friend auto operator<=>(const LargeCommunity&, const LargeCommunity&) = default;
};

/// Well-known communities (IANA).
namespace well_known {
constexpr Community graceful_shutdown{0xffff0000}, llgr_stale{0xffff0006}, no_llgr{0xffff0007}, blackhole{0xffff029a},
    no_export{0xffffff01}, no_advertise{0xffffff02}, no_export_subconfed{0xffffff03};
}

/// Attribute code that carries a list of C.
template <class C> constexpr AttributeCode list_code();
template <> constexpr AttributeCode list_code<Community>() { return AttributeCode::communities; }
template <> constexpr AttributeCode list_code<ExtendedCommunity>() { return AttributeCode::extended_communities; }
template <> constexpr AttributeCode list_code<LargeCommunity>() { return AttributeCode::large_communities; }

template <class C> std::size_t community_count(Bytes list) { return list.size() / C::wire_bytes; }
template <class C> C community_at(Bytes list, std::size_t i) { return C::from_wire(list.data() + i * C::wire_bytes); }
template <class C, class Visit> void for_communities(Bytes list, Visit visit) {
  for (std::size_t i = 0; i < community_count<C>(list); ++i) visit(community_at<C>(list, i));
}
template <class C> bool has_community(Bytes list, C community) {
  for (std::size_t i = 0; i < community_count<C>(list); ++i)
    if (community_at<C>(list, i) == community) return true;
  return false;
}
/// Appends unless it is there already.
template <class C> void add_community(std::vector<std::uint8_t>& list, C community) {
  if (has_community<C>(list, community)) return;
  list.resize(list.size() + C::wire_bytes);
  community.to_wire(list.data() + list.size() - C::wire_bytes);
}
/// Keeps those for which keep(community) holds.
template <class C, class Keep> std::vector<std::uint8_t> filter_communities(Bytes list, Keep keep) {
  std::vector<std::uint8_t> out;
  out.reserve(list.size());
  for (std::size_t i = 0; i < community_count<C>(list); ++i)
    if (keep(community_at<C>(list, i)))
      out.insert(out.end(), list.begin() + static_cast<std::ptrdiff_t>(i * C::wire_bytes),
                 list.begin() + static_cast<std::ptrdiff_t>((i + 1) * C::wire_bytes));
  return out;
}
template <class C> bool is_sorted_list(Bytes list) {
  for (std::size_t i = 1; i < community_count<C>(list); ++i)
    if (community_at<C>(list, i) < community_at<C>(list, i - 1)) return false;
  return true;
}
/// Ascending; what occurs twice stays twice.
template <class C> std::vector<std::uint8_t> sorted_list(Bytes list) {
  std::vector<C> members;
  for_communities<C>(list, [&](C community) { members.push_back(community); });
  std::sort(members.begin(), members.end());
  std::vector<std::uint8_t> out(members.size() * C::wire_bytes);
  for (std::size_t i = 0; i < members.size(); ++i) members[i].to_wire(out.data() + i * C::wire_bytes);
  return out;
}
/// Members separated by blanks.
template <class C> std::string community_list_text(Bytes list) {
  std::string out;
  for_communities<C>(list, [&](C community) {
    if (!out.empty()) out += ' ';
    out += community.text();
  });
  return out;
}

}  // namespace avocet::proto
