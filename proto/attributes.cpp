#include "proto/attributes.hpp"

#include <algorithm>

namespace avocet::proto {
namespace {

constexpr std::size_t entry_header_bytes = 5;
constexpr std::size_t hop_bytes = 22;  // address 16, ifindex 4, weight 1, flags 1

std::uint16_t code_at(const std::uint8_t* entry) { return static_cast<std::uint16_t>(entry[0] << 8 | entry[1]); }
std::size_t entry_size(const std::uint8_t* entry) {
  return entry_header_bytes + (static_cast<std::size_t>(entry[3]) << 8 | entry[4]);
}

/// Where an entry of this code stands, or would stand; and the bytes it takes now.
struct Spot {
  std::size_t offset = 0, size = 0;
};
Spot find_spot(Bytes bytes, std::uint16_t code) {
  std::size_t at = 0;
  while (at < bytes.size()) {
    auto here = code_at(bytes.data() + at);
    if (here == code) return {at, entry_size(bytes.data() + at)};
    if (here > code) break;
    at += entry_size(bytes.data() + at);
  }
  return {at, 0};
}

std::uint32_t load32(const std::uint8_t* bytes) {
  return static_cast<std::uint32_t>(bytes[0]) << 24 | static_cast<std::uint32_t>(bytes[1]) << 16 |
         static_cast<std::uint32_t>(bytes[2]) << 8 | bytes[3];
}

void store32(std::uint8_t* out, std::uint32_t value) {
  for (int i = 3; i >= 0; --i, value >>= 8) out[i] = static_cast<std::uint8_t>(value);
}

/// Always 16 bytes, so that IPv4 and IPv6 next hops have one layout.
void store_mapped(std::uint8_t* out, const Address& address) {
  for (int i = 7; i >= 0; --i) {
    out[i] = static_cast<std::uint8_t>(address.high >> (56 - 8 * i));
    out[8 + i] = static_cast<std::uint8_t>(address.low >> (56 - 8 * i));
  }
}

}  // namespace

std::uint8_t canonical_flags(AttributeCode code) {
  switch (code) {
    case AttributeCode::origin:
    case AttributeCode::as_path:
    case AttributeCode::next_hop:
    case AttributeCode::local_pref:
    case AttributeCode::atomic_aggregate: return flag::transitive;
    case AttributeCode::med:
    case AttributeCode::originator_id:
    case AttributeCode::cluster_list:
    case AttributeCode::mp_reach:
    case AttributeCode::mp_unreach:
    case AttributeCode::aigp: return flag::optional;
    case AttributeCode::aggregator:
    case AttributeCode::communities:
    case AttributeCode::extended_communities:
    case AttributeCode::as4_path:
    case AttributeCode::as4_aggregator:
    case AttributeCode::pmsi_tunnel:
    case AttributeCode::large_communities:
    case AttributeCode::only_to_customer: return flag::optional | flag::transitive;
    default: return 0;
  }
}

std::optional<AttributeEntry> AttributeView::find(AttributeCode code) const {
  auto spot = find_spot(bytes_, code_of(code));
  if (!spot.size) return std::nullopt;
  return AttributeEntry{code, bytes_[spot.offset + 2],
                        bytes_.subspan(spot.offset + entry_header_bytes, spot.size - entry_header_bytes)};
}

Bytes AttributeView::value(AttributeCode code) const {
  auto entry = find(code);
  return entry ? entry->value : Bytes{};
}

std::optional<std::uint32_t> AttributeView::u32(AttributeCode code) const {
  auto entry = find(code);
  if (!entry || entry->value.size() != 4) return std::nullopt;
  return load32(entry->value.data());
}

std::optional<Address> AttributeView::address(AttributeCode code) const {
  auto entry = find(code);
  if (!entry) return std::nullopt;
  auto size = entry->value.size();
  if (size != 4 && size != 16 && size != 32) return std::nullopt;
  return Address::from_bytes(entry->value.first(std::min<std::size_t>(size, 16)));
}

std::optional<std::string_view> AttributeView::text(AttributeCode code) const {
  auto entry = find(code);
  if (!entry) return std::nullopt;
  return std::string_view(reinterpret_cast<const char*>(entry->value.data()), entry->value.size());
}

void AttributeBlock::set(AttributeCode code, Bytes value) { set(code, canonical_flags(code), value); }

void AttributeBlock::set(AttributeCode code, std::uint8_t flags, Bytes value) {
  // The value may be a part of this very block (a list filtered in place): then it moves with the bytes below.
  auto inside = !value.empty() && !bytes_.empty() && value.data() >= bytes_.data() &&
                value.data() < bytes_.data() + bytes_.size();
  std::vector<std::uint8_t> copy;
  if (inside) {
    copy.assign(value.begin(), value.end());
    value = copy;
  }
  auto spot = find_spot(bytes_, code_of(code));
  auto size = entry_header_bytes + value.size();
  auto at = bytes_.begin() + static_cast<std::ptrdiff_t>(spot.offset);
  if (size > spot.size)
    bytes_.insert(at, size - spot.size, 0);
  else
    bytes_.erase(at, at + static_cast<std::ptrdiff_t>(spot.size - size));
  auto entry = bytes_.data() + spot.offset;
  entry[0] = static_cast<std::uint8_t>(code_of(code) >> 8);
  entry[1] = static_cast<std::uint8_t>(code_of(code));
  entry[2] = flags;
  entry[3] = static_cast<std::uint8_t>(value.size() >> 8);
  entry[4] = static_cast<std::uint8_t>(value.size());
  std::copy(value.begin(), value.end(), entry + entry_header_bytes);
}

void AttributeBlock::set_u32(AttributeCode code, std::uint32_t value) {
  std::uint8_t bytes[4];
  store32(bytes, value);
  set(code, bytes);
}

void AttributeBlock::set_address(AttributeCode code, const Address& value) {
  std::array<std::uint8_t, 16> bytes{};
  auto size = value.to_bytes(bytes);
  set(code, Bytes(bytes).first(size));
}

void AttributeBlock::set_text(AttributeCode code, std::string_view value) {
  set(code, Bytes(reinterpret_cast<const std::uint8_t*>(value.data()), value.size()));
}

void AttributeBlock::erase(AttributeCode code) {
  auto spot = find_spot(bytes_, code_of(code));
  auto at = bytes_.begin() + static_cast<std::ptrdiff_t>(spot.offset);
  bytes_.erase(at, at + static_cast<std::ptrdiff_t>(spot.size));
}

const char* destination_name(DestinationKind kind) {
  switch (kind) {
    case DestinationKind::unicast: return "unicast";
    case DestinationKind::blackhole: return "blackhole";
    case DestinationKind::unreachable: return "unreachable";
    case DestinationKind::prohibit: return "prohibited";
  }
  return "";
}

bool contains_u32(Bytes list, std::uint32_t number) {
  std::uint8_t wanted[] = {static_cast<std::uint8_t>(number >> 24), static_cast<std::uint8_t>(number >> 16),
                           static_cast<std::uint8_t>(number >> 8), static_cast<std::uint8_t>(number)};
  for (; list.size() >= sizeof wanted; list = list.subspan(sizeof wanted))
    if (std::memcmp(list.data(), wanted, sizeof wanted) == 0) return true;
  return false;
}

void set_destination(AttributeBlock& block, const Destination& destination) {
  std::vector<std::uint8_t> bytes(1 + destination.hops.size() * hop_bytes);
  bytes[0] = static_cast<std::uint8_t>(destination.kind);
  auto out = bytes.data() + 1;
  for (auto& hop : destination.hops) {
    store_mapped(out, hop.gateway);
    store32(out + 16, hop.ifindex);
    out[20] = hop.weight;
    out[21] = hop.onlink ? 1 : 0;
    out += hop_bytes;
  }
  block.set(AttributeCode::destination, bytes);
}

std::optional<Destination> get_destination(AttributeView view) {
  auto entry = view.find(AttributeCode::destination);
  if (!entry || entry->value.empty()) return std::nullopt;
  Destination destination;
  destination.kind = static_cast<DestinationKind>(entry->value[0]);
  for (auto rest = entry->value.subspan(1); rest.size() >= hop_bytes; rest = rest.subspan(hop_bytes))
    destination.hops.push_back({Address::from_bytes(rest.first(16)), load32(rest.data() + 16), rest[20], (rest[21] & 1) != 0});
  return destination;
}

}  // namespace avocet::proto
