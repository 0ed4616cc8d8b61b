#include "bgpd/rib/roa_table.hpp"

#include <algorithm>
#include <bit>

namespace avocet::rib {
namespace {

constexpr unsigned part_bits = 16;  // parts of the address space: enough for a /16 of IPv4 each
constexpr unsigned last_length_bit = 63;
constexpr std::size_t first_buckets = 64;

std::uint64_t mixed(std::uint64_t high, std::uint64_t low) {
  auto h = (high ^ 0x9e3779b97f4a7c15ull) * 0xff51afd7ed558ccdull;
  h = (h ^ (h >> 32) ^ low) * 0xc4ceb9fe1a85ec53ull;
  return h ^ (h >> 29);
}

}  // namespace

RoaTable::RoaTable(RoaTableOptions options) : options_(std::move(options)), buckets_(first_buckets, none) {
  replace({}, options_.roas);
}

bool RoaTable::reconfigure(RoaTableOptions options) {
  options_.settle = options.settle;
  options_.roas = std::move(options.roas);
  return replace({}, options_.roas);
}

// --- who says it -----------------------------------------------------------------------------------------------------

RoaTable::Place RoaTable::find(std::string_view attester) const {
  auto at = std::find_if(attesters_.begin(), attesters_.end(), [&](auto& one) { return one.known_as(attester); });
  return at == attesters_.end() ? nobody : static_cast<Place>(at - attesters_.begin());
}

RoaTable::Place RoaTable::begin(const Attester& attester, Telling telling, bool any_length) {
  auto place = find(attester.name);
  if (place == nobody) {
    auto spare = std::find_if(attesters_.begin(), attesters_.end(), [](auto& one) { return !one.used; });
    if (spare == attesters_.end()) spare = attesters_.emplace(attesters_.end());
    place = static_cast<Place>(spare - attesters_.begin());
  }
  abort(place);
  auto& seat = attesters_[place];
  seat.attester = attester;
  seat.used = seat.telling = true;
  seat.any_length = any_length;
  seat.how = telling;
  return place;
}

Told RoaTable::announce(Place place, const Roa& roa) {
  auto& seat = attesters_[place];
  auto id = find(place, roa);
  if (id == none) {
    id = add(place, roa);
    entries_[id].flags = adding;
    seat.told.push_back(id);
    return Told::added;
  }
  auto& entry = entries_[id];
  if (entry.flags & removing) {
    entry.flags &= ~std::uint32_t{removing};
    return Told::known;
  }
  if (entry.flags & adding || entry.flags & seen || seat.how == Telling::changes) return Told::duplicate;
  entry.flags |= seen;
  seat.told.push_back(id);
  return Told::known;
}

Told RoaTable::withdraw(Place place, const Roa& roa) {
  auto& seat = attesters_[place];
  auto id = find(place, roa);
  if (id == none) return Told::missing;
  auto& entry = entries_[id];
  if (entry.flags & adding) {
    std::erase(seat.told, id);  // rare: announced and withdrawn in one answer
    remove(id);
    return Told::withdrawn;
  }
  if (seat.how == Telling::all_anew) {
    if (!(entry.flags & seen)) return Told::missing;
    entry.flags &= ~std::uint32_t{seen};
    return Told::withdrawn;
  }
  if (entry.flags & removing) return Told::missing;
  entry.flags |= removing;
  seat.told.push_back(id);
  return Told::withdrawn;
}

bool RoaTable::commit(Place place, std::uint32_t now) {
  auto& seat = attesters_[place];
  bool changed = false;
  if (seat.how == Telling::all_anew)
    for (std::uint32_t id = 0; id < entries_.size(); ++id) {
      auto& entry = entries_[id];
      if (entry.place != place || !(entry.flags & live) || entry.flags & seen) continue;
      remove(id);
      changed = true;
    }
  for (auto id : seat.told) {
    if (id >= entries_.size()) continue;  // the last one was announced, withdrawn and swept
    auto& entry = entries_[id];
    if (entry.flags & adding) {
      entry.flags = live;
      entry.since = now & 0xfffffff;
      ++seat.count, ++size_;
      changed = true;
    } else if (entry.flags & removing) {
      remove(id);
      changed = true;
    } else {
      entry.flags &= ~std::uint32_t{seen};
    }
  }
  seat.told = {};
  seat.telling = false;
  if (seat.count == 0) seat.used = false;
  return changed;
}

void RoaTable::abort(Place place) {
  auto& seat = attesters_[place];
  for (auto id : seat.told) {
    if (id >= entries_.size()) continue;
    auto& entry = entries_[id];
    if (entry.flags & adding)
      remove(id);
    else
      entry.flags &= std::uint32_t{live};
  }
  seat.told = {};
  seat.telling = false;
  if (seat.count == 0) seat.used = false;
}

bool RoaTable::clear(std::string_view attester) {
  if (find(attester) == nobody) return false;
  return commit(begin({std::string(attester)}, Telling::all_anew), 0);
}

bool RoaTable::replace(const Attester& attester, const std::vector<Roa>& roas, std::uint32_t now) {
  auto place = begin(attester, Telling::all_anew);
  for (auto& roa : roas) announce(place, roa);
  return commit(place, now);
}

std::uint32_t RoaTable::count(std::string_view attester) const {
  auto place = find(attester);
  return place == nobody ? 0 : attesters_[place].count;
}

// --- entries ---------------------------------------------------------------------------------------------------------

std::uint32_t RoaTable::bucket(const Entry& entry) const {
  return static_cast<std::uint32_t>((mixed(entry.high, entry.low) + entry.length * 0x9e3779b97f4a7c15ull) >> 20 &
                                    (buckets_.size() - 1));
}

std::uint32_t RoaTable::find(Place place, const Roa& roa) const {
  Entry wanted;
  wanted.high = roa.net.address.high;
  wanted.low = roa.net.address.low;
  wanted.length = roa.net.length;
  for (auto id = buckets_[bucket(wanted)]; id != none; id = entries_[id].next) {
    auto& entry = entries_[id];
    if (entry.low == wanted.low && entry.high == wanted.high && entry.length == wanted.length && entry.asn == roa.asn &&
        entry.max_length == roa.max_length && entry.place == place)
      return id;
  }
  return none;
}

std::uint32_t RoaTable::add(Place place, const Roa& roa) {
  if (used_ >= buckets_.size()) grow();
  auto id = free_;
  if (id == none) {
    id = static_cast<std::uint32_t>(entries_.size());
    entries_.emplace_back();
  } else {
    free_ = entries_[id].next;
  }
  auto& entry = entries_[id];
  entry.high = roa.net.address.high;
  entry.low = roa.net.address.low;
  entry.asn = roa.asn;
  entry.length = roa.net.length;
  entry.max_length = roa.max_length;
  entry.place = place;
  auto& first = buckets_[bucket(entry)];
  entry.next = first;
  first = id;
  ++used_;
  note_length(entry);
  return id;
}

void RoaTable::remove(std::uint32_t id) {
  auto& entry = entries_[id];
  auto* link = &buckets_[bucket(entry)];
  while (*link != id) link = &entries_[*link].next;
  *link = entry.next;
  if (entry.flags & live) --attesters_[entry.place].count, --size_;
  entry.flags = 0;
  entry.next = free_;
  free_ = id;
  if (--used_ > 0) return;
  entries_ = {};  // after the last one all memory goes back
  buckets_.assign(first_buckets, none);
  lengths_ = {};
  short_lengths_ = 0;
  free_ = none;
}

/// Twice the buckets. What the lengths say is exact again.
void RoaTable::grow() {
  buckets_.assign(buckets_.size() * 2, none);
  std::fill(lengths_.begin(), lengths_.end(), 0);
  short_lengths_ = 0;
  std::vector<bool> is_free(entries_.size());
  for (auto id = free_; id != none; id = entries_[id].next) is_free[id] = true;
  for (std::uint32_t id = 0; id < entries_.size(); ++id) {
    if (is_free[id]) continue;
    auto& entry = entries_[id];
    auto& first = buckets_[bucket(entry)];
    entry.next = first;
    first = id;
    note_length(entry);
  }
}

std::uint64_t& RoaTable::lengths_at(std::uint64_t high, std::uint64_t low) {
  // IPv4: the first 16 bits. IPv6: the first 32, where registries' blocks differ, folded.
  auto part = options_.family == proto::Family::ipv4 ? low >> 16 & 0xffff : mixed(high >> 32, 0) >> (64 - part_bits);
  return lengths_[part];
}

void RoaTable::note_length(const Entry& entry) {
  if (lengths_.empty()) lengths_.resize(std::size_t{1} << part_bits);
  auto bit = std::uint64_t{1} << std::min<unsigned>(entry.length, last_length_bit);
  bool v4 = options_.family == proto::Family::ipv4;
  unsigned whole = v4 ? 16 : 32;
  if (entry.length >= whole) {
    lengths_at(entry.high, entry.low) |= bit;
  } else if (v4) {
    auto from = entry.low >> 16 & 0xffff, count = std::uint64_t{1} << (whole - entry.length);
    for (auto part = from; part < from + count; ++part) lengths_[part] |= bit;
  } else {
    short_lengths_ |= bit;
  }
}

// --- questions -------------------------------------------------------------------------------------------------------

std::uint8_t RoaTable::max_length(const Entry& entry) const {
  bool any = attesters_[entry.place].any_length;
  return any ? static_cast<std::uint8_t>(proto::max_length_bits(options_.family)) : entry.max_length;
}

RoaState RoaTable::check(const proto::Prefix& net, std::uint32_t asn) const {
  auto answer = RoaState::unknown;
  if (net.family != options_.family || size_ == 0) return answer;
  auto& address = net.address;
  auto lengths = lengths_at(address.high, address.low) | short_lengths_;
  if (net.length < last_length_bit) lengths &= (std::uint64_t{2} << net.length) - 1;
  /// True if the route is valid.
  auto look = [&](unsigned length) {
    auto around = net.family == proto::Family::ipv4 ? proto::Prefix::v4(address.v4_bits(), length)
                                                    : proto::Prefix::v6(address, length);
    Entry wanted;
    wanted.high = around.address.high;
    wanted.low = around.address.low;
    wanted.length = around.length;
    for (auto id = buckets_[bucket(wanted)]; id != none; id = entries_[id].next) {
      auto& entry = entries_[id];
      if (entry.low != wanted.low || entry.high != wanted.high || entry.length != wanted.length ||
          !(entry.flags & live))
        continue;
      if (entry.asn == asn && asn != 0 && net.length <= max_length(entry)) return true;
      answer = RoaState::invalid;
    }
    return false;
  };
  for (; lengths; lengths &= lengths - 1) {
    auto length = static_cast<unsigned>(std::countr_zero(lengths));
    auto last = length == last_length_bit ? net.length : length;
    for (; length <= last; ++length)
      if (look(length)) return RoaState::valid;
  }
  return answer;
}

Roa RoaTable::roa(std::uint32_t id) const {
  auto& entry = entries_[id];
  return {{{entry.high, entry.low}, options_.family, entry.length}, max_length(entry), entry.asn};
}

std::vector<std::uint32_t> RoaTable::same_as(std::uint32_t wanted) const {
  std::vector<std::uint32_t> same;
  auto said = roa(wanted);
  for (auto id = buckets_[bucket(entries_[wanted])]; id != none; id = entries_[id].next)
    if (entries_[id].flags & live && roa(id) == said) same.push_back(id);
  std::sort(same.begin(), same.end(), [&](auto a, auto b) {
    auto prefer = [&](auto id) { return std::tuple(-int{attester(id).preference}, entries_[id].place, id); };
    return prefer(a) < prefer(b);
  });
  return same;
}

std::size_t RoaTable::memory_bytes() const {
  auto told = attesters_.capacity() * sizeof(Seat);
  for (auto& seat : attesters_) told += seat.told.capacity() * sizeof(std::uint32_t);
  return entries_.capacity() * sizeof(Entry) + buckets_.capacity() * sizeof(std::uint32_t) +
         lengths_.capacity() * sizeof(std::uint64_t) + told;
}

}  // namespace avocet::rib
