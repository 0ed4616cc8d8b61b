#pragma once
/// Interned attribute sets: equal canonical bytes are stored once and named by a 32-bit id.
#include <cstdint>
#include <memory>

#include "bgpd/rib/ids.hpp"
#include "proto/attributes.hpp"

namespace avocet::rib {

/// Fields decoded once per set, for the decision process and the announcers. Absent values have their default.
struct AttributeKeys {
  std::uint32_t local_pref = 100;
  std::uint32_t med = 0;
  std::uint32_t neighbor_as = 0;      ///< first AS of the path (RFC 4271 9.1.2.2 c); 0 for an empty path
  std::uint32_t originator_id = 0;
  std::uint32_t preference = 0;       ///< only if has_preference
  std::uint32_t igp_metric = 0;       ///< only if has_igp_metric
  NextHopId next_hop;                 ///< of NEXT_HOP or `recursive`; invalid if neither
  std::uint16_t path_length = 0;      ///< AS path length for the decision: sets count one, confederations none
  std::uint8_t cluster_list_length = 0;
  proto::Origin origin = proto::Origin::incomplete;
  bool has_local_pref : 1 = false, has_med : 1 = false, has_preference : 1 = false, has_igp_metric : 1 = false,
       has_destination : 1 = false, no_export : 1 = false, no_advertise : 1 = false, no_export_subconfed : 1 = false,
       llgr_stale : 1 = false, no_llgr : 1 = false, has_aigp : 1 = false,
       has_recursive : 1 = false;  ///< `next_hop` is a static route's recursive gateway
};

class NextHops;  // nexthop registry, see nexthop_table.hpp

/// Owns the sets. Reference counted by hand: `intern` and `acquire` add one, `release` takes one away and frees at zero.
class AttributeStore {
 public:
  explicit AttributeStore(NextHops& next_hops);  ///< which outlives the store
  ~AttributeStore();
  AttributeStore(const AttributeStore&) = delete;

  AttrId intern(proto::AttributeView attributes);
  void acquire(AttrId id);
  void release(AttrId id);
  proto::AttributeView view(AttrId id) const;     ///< valid until released
  const AttributeKeys& keys(AttrId id) const;

  std::size_t count() const;
  std::size_t memory_bytes() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace avocet::rib
