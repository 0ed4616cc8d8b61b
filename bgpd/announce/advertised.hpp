#pragma once
/// What a group has told its members: per net the attribute set after export and the source of the route. One copy per
/// group, not per peer: what a single member must not be told follows from the source and the next hop.
#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "bgpd/rib/attribute_store.hpp"
#include "bgpd/rib/ids.hpp"

namespace avocet::announce {

/// Stands for "nobody": SourceIds end before it.
constexpr std::uint16_t no_source = 0xffff;

/// One path as told.
struct Told {
  rib::AttrId attributes;     ///< after export
  std::uint16_t source = 0;   ///< SourceId of the path
  std::uint32_t path_id = 0;  ///< as sent, RFC 7911; 0 without ADD-PATH
  friend bool operator==(const Told&, const Told&) = default;
};

/// Pages of 4,096 nets; a page exists only while something in it is told. Owns one reference to each attribute set.
class Advertised {
 public:
  Advertised(rib::AttributeStore& store, bool add_path) : store_(store), add_path_(add_path) {}
  ~Advertised();
  Advertised(const Advertised&) = delete;

  /// The paths told of a net, into `out` (cleared first).
  void collect(rib::NetId net, std::vector<Told>& out) const;
  /// Takes over the references of `now` and releases those of what was told before. Without ADD-PATH at most one path.
  void replace(rib::NetId net, std::span<const Told> now);
  /// The first net from `from` on of which something is told; invalid if there is none.
  rib::NetId next(rib::NetId from) const;

  std::uint32_t total() const { return total_; }        ///< paths told
  std::uint32_t of_source(std::uint16_t source) const;  ///< those that came from one source
  std::size_t memory_bytes() const;

  static constexpr std::uint32_t page_nets = 4096;

 private:
  struct Entry {
    rib::AttrId attributes;
    std::uint16_t source = 0;
  };
  static_assert(sizeof(Entry) == 8);
  template <class Slot>
  struct Page {
    std::array<Slot, page_nets> slots;
    std::uint32_t used = 0;
  };
  template <class Slot>
  using Pages = std::vector<std::unique_ptr<Page<Slot>>>;

  template <class Slot>
  void put(Pages<Slot>& pages, rib::NetId net, Slot slot);
  template <class Slot>
  static const Slot* get(const Pages<Slot>& pages, rib::NetId net);
  template <class Slot>
  static rib::NetId next_in(const Pages<Slot>& pages, rib::NetId from);
  void count(const Told& told, int change);

  rib::AttributeStore& store_;
  bool add_path_;
  Pages<Entry> single_;               ///< 8 bytes a net
  Pages<std::vector<Told>> several_;  ///< with ADD-PATH
  std::vector<std::uint32_t> by_source_;
  std::uint32_t total_ = 0;
  std::vector<Told> before_;  ///< scratch of replace
};

}  // namespace avocet::announce
