#pragma once
/// All next hops that any attribute set names, and how each is reached at the moment. Reference 8.5.
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "bgpd/rib/interfaces.hpp"
#include "bgpd/rib/nexthop.hpp"
#include "bgpd/rib/table.hpp"

namespace avocet::rib {

/// NEXT_HOP as received: the global address, the link-local one beside it (RFC 2545 section 3), and the interface that
/// gives a link-local address its meaning.
struct NextHopKey {
  proto::Address address;
  proto::Address link_local;
  std::uint32_t ifindex = 0;
  friend bool operator==(const NextHopKey&, const NextHopKey&) = default;
};

/// The route that covers a next hop in an IGP table.
struct Covering {
  bool recursive = false;   ///< depends on a next hop itself, so nothing may be resolved through it
  Resolution resolution;
};

/// Interned next hops with their resolutions. References are counted by hand, as in AttributeStore.
class NextHops {
 public:
  /// `covering` finds the longest match for an address with a usable route in a table.
  using FindCovering = std::function<std::optional<Covering>(const Table&, const proto::Address&)>;
  NextHops(const Interfaces& interfaces, FindCovering covering);

  NextHopId intern(const NextHopKey& key);
  void acquire(NextHopId id) { ++entries_[id.value].references; }
  void release(NextHopId id);
  const NextHopKey& key(NextHopId id) const { return entries_[id.value].key; }
  std::size_t count() const { return ids_.size(); }

  /// On a link of ours, and not our own address.
  const Resolution& direct(NextHopId id) const { return entries_[id.value].direct; }
  /// Through the longest match in the table. Looked up at the first question, then kept up to date.
  const Resolution& recursive(NextHopId id, const Table& igp) const;

  /// Resolves without interning, for questions.
  Resolution resolve_direct(const NextHopKey& key) const;
  Resolution resolve_recursive(const NextHopKey& key, const Table& igp) const;

  void interfaces_changed();
  /// Routes to these nets changed: next hops inside them are looked up again.
  void table_changed(const Table& igp, std::span<const NetId> nets);
  void forget_table(const Table& igp);

  /// Next hops whose resolution changed since `clear_changed`.
  std::uint64_t change_count() const { return change_count_; }  ///< grows with each change
  bool changed(NextHopId id) const { return id.valid() && entries_[id.value].changed; }
  void clear_changed();

 private:
  struct Lookup {
    const Table* igp;
    Resolution resolution;
  };
  struct Entry {
    NextHopKey key;
    std::uint32_t references = 0;
    bool changed = false;
    Resolution direct;
    mutable std::vector<Lookup> lookups;  // one per IGP table that was asked for; usually one
  };
  /// Who depends on a table, sorted by address so that a net finds its next hops by binary search.
  struct Dependents {
    std::vector<std::pair<proto::Address, NextHopId>> sorted;
    bool in_order = true;
  };
  struct Hash {
    std::size_t operator()(const NextHopKey& key) const {
      std::hash<proto::Address> hash;
      return hash(key.address) ^ hash(key.link_local) * 3 ^ key.ifindex * 0x9e3779b97f4a7c15ull;
    }
  };
  void set_changed(Entry& entry);
  void look_up_again(NextHopId id, const Table& igp);
  void drop_dependent(const Table& igp, NextHopId id);

  const Interfaces& interfaces_;
  FindCovering covering_;
  std::vector<Entry> entries_;
  std::vector<std::uint32_t> free_;
  std::unordered_map<NextHopKey, NextHopId, Hash> ids_;
  mutable std::map<const Table*, Dependents> dependents_;
  bool any_changed_ = false;
  std::uint64_t change_count_ = 0;
};

}  // namespace avocet::rib
