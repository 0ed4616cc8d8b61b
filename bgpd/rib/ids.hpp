#pragma once
/// Index types of the RIB. Each is dense, so arrays and bitmaps can be indexed by it; mixing them does not compile.
#include <cstdint>
#include <functional>

namespace avocet::rib {

template <class Tag> struct Id {
  std::uint32_t value = 0xffffffffu;
  constexpr bool valid() const { return value != 0xffffffffu; }
  friend constexpr auto operator<=>(const Id&, const Id&) = default;
};
using NetId = Id<struct NetTag>;        ///< a prefix of one table; stable while any path or reader holds it
using AttrId = Id<struct AttrTag>;      ///< an interned attribute set
using PathId = Id<struct PathTag>;      ///< a path in the slab of one table
using NextHopId = Id<struct NextHopTag>;  ///< an interned (next hop address, interface) and its resolution
using SourceId = Id<struct SourceTag>;  ///< a channel's import side; at most 65,535

}  // namespace avocet::rib

template <class Tag> struct std::hash<avocet::rib::Id<Tag>> {
  std::size_t operator()(avocet::rib::Id<Tag> id) const noexcept { return id.value * 0x9e3779b97f4a7c15ull; }
};
