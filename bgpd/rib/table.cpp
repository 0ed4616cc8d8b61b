#include <array>

#include "bgpd/rib/id_index.hpp"
#include "bgpd/rib/table_core.hpp"

namespace avocet::rib {
namespace {

/// A net of an IPv4 table.
struct Net4 {
  NetHead head;
  std::uint32_t bits = 0;

  void set(const proto::Address& address) { bits = address.v4_bits(); }
  bool same(const proto::Address& address) const { return bits == address.v4_bits(); }
  proto::Address address() const { return proto::Address::v4(bits); }
  static std::uint64_t words(const proto::Address& address) { return address.v4_bits(); }
};
static_assert(sizeof(Net4) == 12);

/// A net of an IPv6 table.
struct Net6 {
  NetHead head;
  std::uint64_t high = 0, low = 0;

  void set(const proto::Address& address) { high = address.high, low = address.low; }
  bool same(const proto::Address& address) const { return high == address.high && low == address.low; }
  proto::Address address() const { return proto::Address::v6(high, low); }
  static std::uint64_t words(const proto::Address& address) { return address.high ^ address.low * 0xc4ceb9fe1a85ec53ull; }
};
static_assert(sizeof(Net6) == 24);

/// Nets in a slab, found through an index of their ids.
template <class Net> class PrefixTable final : public TableCore {
 public:
  using TableCore::TableCore;

  std::uint32_t net_limit() const override { return nets_.limit(); }
  bool in_use(NetId net) const override { return nets_[net.value].head.used && nets_[net.value].head.first.valid(); }
  proto::Prefix prefix(NetId net) const override {
    auto& row = nets_[net.value];
    return {row.address(), options().family, row.head.length_bits};
  }

  std::optional<NetId> find(const proto::Prefix& prefix) const override {
    auto id = look_up(prefix.address, prefix.length);
    if (prefix.family != options().family || id == IdIndex::none || !nets_[id].head.first.valid()) return std::nullopt;
    return NetId{id};
  }

  /// Asks the index once for each length that exists, longest first.
  std::optional<NetId> longest_match(const proto::Prefix& prefix) const override {
    if (prefix.family != options().family) return std::nullopt;
    for (int length = prefix.length; length >= 0; --length) {
      if (!nets_of_length_[static_cast<unsigned>(length)]) continue;
      auto cover = proto::Prefix::make(prefix.address, static_cast<unsigned>(length));
      auto id = look_up(cover.address, cover.length);
      if (id != IdIndex::none && best(NetId{id})) return NetId{id};
    }
    return std::nullopt;
  }

  NetId obtain(const proto::Prefix& prefix) override {
    auto hash = hash_of(prefix.address, prefix.length);
    auto id = index_.find(hash, [&](std::uint32_t other) { return same(other, prefix.address, prefix.length); });
    if (id != IdIndex::none) return NetId{id};
    id = nets_.allocate();
    auto& row = nets_[id];
    row.set(prefix.address);
    row.head.length_bits = prefix.length;
    row.head.used = true;
    index_.insert(hash, id, [&](std::uint32_t other) { return hash_of(other); });
    ++nets_of_length_[prefix.length];
    return NetId{id};
  }

  std::size_t memory_bytes() const override {
    return core_memory_bytes() + nets_.memory_bytes() + index_.memory_bytes();
  }

 protected:
  NetHead& head(NetId net) override { return nets_[net.value].head; }
  const NetHead& head(NetId net) const override { return nets_[net.value].head; }

  void free_net(NetId net) override {
    auto& row = nets_[net.value];
    --nets_of_length_[row.head.length_bits];
    index_.erase(hash_of(net.value), net.value, [&](std::uint32_t other) { return hash_of(other); });
    row.head = NetHead();
    nets_.release(net.value);
  }

 private:
  static std::uint32_t hash_of(const proto::Address& address, std::uint8_t length) {
    auto hash = (Net::words(address) * 256 + length) * 0x9e3779b97f4a7c15ull;
    hash = (hash ^ hash >> 29) * 0xff51afd7ed558ccdull;
    return static_cast<std::uint32_t>(hash >> 32);
  }
  std::uint32_t hash_of(std::uint32_t id) const { return hash_of(nets_[id].address(), nets_[id].head.length_bits); }
  bool same(std::uint32_t id, const proto::Address& address, std::uint8_t length) const {
    return nets_[id].same(address) && nets_[id].head.length_bits == length;
  }
  std::uint32_t look_up(const proto::Address& address, std::uint8_t length) const {
    return index_.find(hash_of(address, length), [&](std::uint32_t id) { return same(id, address, length); });
  }

  Slab<Net> nets_;
  IdIndex index_;
  std::array<std::uint32_t, 129> nets_of_length_ = {};
};

}  // namespace

std::unique_ptr<TableCore> make_table(Core& core, TableOptions options) {
  if (options.family == proto::Family::ipv4) return std::make_unique<PrefixTable<Net4>>(core, std::move(options));
  return std::make_unique<PrefixTable<Net6>>(core, std::move(options));
}

}  // namespace avocet::rib
