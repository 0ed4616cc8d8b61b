#include "bgpd/rib/attribute_store.hpp"

#include <algorithm>
#include <array>

#include "bgpd/rib/id_index.hpp"
#include "bgpd/rib/nexthop_table.hpp"
#include "bgpd/rib/slab.hpp"
#include "proto/as_path.hpp"
#include "proto/community.hpp"

namespace avocet::rib {
namespace {

using proto::AttributeCode;
using proto::Bytes;

/// One set: 56 bytes beside its canonical bytes and about 7 bytes of index.
struct Set {
  AttributeKeys keys;
  std::uint32_t references = 0;
  std::uint32_t hash = 0;
  std::uint32_t size_bytes = 0;
  std::uint8_t* bytes = nullptr;
  proto::AttributeView view() const { return proto::AttributeView(Bytes(bytes, size_bytes)); }
};

/// Eight bytes a step, multiply and fold; quality matters in all 32 bits, since the top ones choose the segment.
std::uint32_t hash_of(Bytes bytes) {
  constexpr std::uint64_t factor = 0x9e3779b97f4a7c15ull;
  std::uint64_t hash = bytes.size() * factor;
  auto mix = [&](std::uint64_t word) {
    auto product = static_cast<unsigned __int128>(hash ^ word ^ 0xa0761d6478bd642full) * factor;
    hash = static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
  };
  while (bytes.size() >= 8) {
    std::uint64_t word;
    std::memcpy(&word, bytes.data(), 8);
    mix(word);
    bytes = bytes.subspan(8);
  }
  std::uint64_t rest = 0;
  if (!bytes.empty()) std::memcpy(&rest, bytes.data(), bytes.size());
  mix(rest);
  mix(0);
  return static_cast<std::uint32_t>(hash ^ hash >> 32);
}

std::uint32_t number(Bytes value) {
  std::uint32_t result = 0;
  for (auto byte : value.first(std::min<std::size_t>(value.size(), 4))) result = result << 8 | byte;
  return result;
}

/// The neighbour for comparing MEDs is the first AS if the path begins with a sequence, confederation segments aside.
void decode_as_path(Bytes path, AttributeKeys& keys) {
  bool at_start = true;
  proto::for_segments(path, [&](proto::SegmentType type, proto::AsNumbers numbers) {
    bool plain = type == proto::SegmentType::sequence || type == proto::SegmentType::set;
    if (plain && at_start && type == proto::SegmentType::sequence && numbers.size()) keys.neighbor_as = numbers[0];
    at_start &= !plain;
  });
  keys.path_length = static_cast<std::uint16_t>(std::min(proto::as_path_length(path), 0xffffu));
}

void decode_communities(Bytes list, AttributeKeys& keys) {
  namespace known = proto::well_known;
  proto::for_communities<proto::Community>(list, [&](proto::Community community) {
    keys.no_export |= community == known::no_export;
    keys.no_advertise |= community == known::no_advertise;
    keys.no_export_subconfed |= community == known::no_export_subconfed;
    keys.llgr_stale |= community == known::llgr_stale;
    keys.no_llgr |= community == known::no_llgr;
  });
}

/// NEXT_HOP of 4, 16 or 32 bytes. BIRD looks at which of two addresses is link-local, not at their places.
void decode_next_hop(Bytes value, NextHopKey& key) {
  key.address = proto::Address::from_bytes(value.first(std::min<std::size_t>(value.size(), 16)));
  if (value.size() == 32) key.link_local = proto::Address::from_bytes(value.subspan(16));
  if (key.address.is_link_local()) {
    key.link_local = key.address;
    key.address = {};
  }
}

AttributeKeys decode_keys(proto::AttributeView attributes, NextHops& next_hops) {
  AttributeKeys keys;
  NextHopKey next_hop;
  bool has_next_hop = false;
  attributes.for_each([&](const proto::AttributeEntry& entry) {
    switch (entry.code) {
      case AttributeCode::origin:
        if (!entry.value.empty()) keys.origin = static_cast<proto::Origin>(entry.value[0]);
        break;
      case AttributeCode::as_path: decode_as_path(entry.value, keys); break;
      case AttributeCode::next_hop:
        decode_next_hop(entry.value, next_hop);
        has_next_hop = true;
        break;
      case AttributeCode::med: keys.med = number(entry.value), keys.has_med = true; break;
      case AttributeCode::local_pref: keys.local_pref = number(entry.value), keys.has_local_pref = true; break;
      case AttributeCode::communities: decode_communities(entry.value, keys); break;
      case AttributeCode::originator_id: keys.originator_id = number(entry.value); break;
      case AttributeCode::cluster_list:
        keys.cluster_list_length = static_cast<std::uint8_t>(std::min<std::size_t>(entry.value.size() / 4, 255));
        break;
      case AttributeCode::aigp: keys.has_aigp = true; break;
      case AttributeCode::preference: keys.preference = number(entry.value), keys.has_preference = true; break;
      case AttributeCode::igp_metric: keys.igp_metric = number(entry.value), keys.has_igp_metric = true; break;
      case AttributeCode::destination: keys.has_destination = true; break;
      case AttributeCode::scope_interface: next_hop.ifindex = number(entry.value); break;
      case AttributeCode::recursive:
        next_hop = {.address = proto::Address::from_bytes(entry.value)};
        has_next_hop = keys.has_recursive = true;
        break;
      default: break;
    }
  });
  if (has_next_hop) keys.next_hop = next_hops.intern(next_hop);
  return keys;
}

}  // namespace

struct AttributeStore::State {
  NextHops& next_hops;
  Slab<Set> sets;
  BlockPool blocks;
  IdIndex index;
  /// The sets asked for last: the routes of one UPDATE have few different ones, and comparing bytes that are at hand is
  /// cheaper than going through the index.
  std::array<std::uint32_t, 2> recent{IdIndex::none, IdIndex::none};
  void note_recent(std::uint32_t id) { recent = {id, recent[0]}; }
};

AttributeStore::AttributeStore(NextHops& next_hops) : state_(new State{.next_hops = next_hops}) {}

AttributeStore::~AttributeStore() = default;

AttrId AttributeStore::intern(proto::AttributeView attributes) {
  auto& [next_hops, sets, blocks, index, recent] = *state_;
  for (auto id : recent)
    if (id != IdIndex::none && sets[id].view() == attributes) {
      ++sets[id].references;
      return AttrId{id};
    }
  auto hash = hash_of(attributes.bytes());
  auto known =
      index.find(hash, [&](std::uint32_t id) { return sets[id].hash == hash && sets[id].view() == attributes; });
  if (known != IdIndex::none) {
    ++sets[known].references;
    state_->note_recent(known);
    return AttrId{known};
  }
  auto id = sets.allocate();
  auto& set = sets[id];
  set.keys = decode_keys(attributes, next_hops);
  set.references = 1;
  set.hash = hash;
  set.size_bytes = static_cast<std::uint32_t>(attributes.bytes().size());
  set.bytes = blocks.allocate(set.size_bytes);
  if (set.size_bytes) std::memcpy(set.bytes, attributes.bytes().data(), set.size_bytes);
  index.insert(hash, id, [&](std::uint32_t other) { return sets[other].hash; });
  state_->note_recent(id);
  return AttrId{id};
}

void AttributeStore::acquire(AttrId id) { ++state_->sets[id.value].references; }

void AttributeStore::release(AttrId id) {
  auto& [next_hops, sets, blocks, index, recent] = *state_;
  auto& set = sets[id.value];
  if (--set.references) return;
  std::replace(recent.begin(), recent.end(), id.value, IdIndex::none);
  index.erase(set.hash, id.value, [&](std::uint32_t other) { return sets[other].hash; });
  if (set.keys.next_hop.valid()) next_hops.release(set.keys.next_hop);
  blocks.release(set.bytes, set.size_bytes);
  sets.release(id.value);
}

proto::AttributeView AttributeStore::view(AttrId id) const { return state_->sets[id.value].view(); }
const AttributeKeys& AttributeStore::keys(AttrId id) const { return state_->sets[id.value].keys; }
std::size_t AttributeStore::count() const { return state_->sets.used(); }
std::size_t AttributeStore::memory_bytes() const {
  return state_->sets.memory_bytes() + state_->blocks.memory_bytes() + state_->index.memory_bytes();
}

}  // namespace avocet::rib
