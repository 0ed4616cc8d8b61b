#pragma once
/// A small world for tests of the RIB: one table, interfaces, sources that tell routes, and a follower that listens.
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "bgpd/rib/rib.hpp"

namespace avocet::rib::test {

inline proto::Prefix net(const char* text) { return proto::Prefix::parse(text).value(); }
inline proto::Address ip(const char* text) { return proto::Address::parse(text).value(); }
inline std::vector<proto::Nlri> nets(std::initializer_list<const char*> texts) {
  std::vector<proto::Nlri> result;
  for (auto* text : texts) result.push_back({net(text)});
  return result;
}

/// Attributes of a BGP route, written as a test wants to read them.
struct Route {
  std::vector<std::uint32_t> path = {65001};
  const char* next_hop = "10.0.0.1";
  std::optional<std::uint32_t> local_pref, med, originator_id, preference;
  proto::Origin origin = proto::Origin::igp;
  std::vector<std::uint32_t> communities, clusters;

  proto::AttributeBlock block() const {
    using Code = proto::AttributeCode;
    proto::AttributeBlock result;
    std::uint8_t origin_value[] = {static_cast<std::uint8_t>(origin)};
    result.set(Code::origin, origin_value);
    std::vector<std::uint8_t> segments;
    if (!path.empty()) segments = {2, static_cast<std::uint8_t>(path.size())};
    append(segments, path);
    result.set(Code::as_path, segments);
    result.set_address(Code::next_hop, ip(next_hop));
    if (med) result.set_u32(Code::med, *med);
    if (local_pref) result.set_u32(Code::local_pref, *local_pref);
    if (originator_id) result.set_u32(Code::originator_id, *originator_id);
    if (preference) result.set_u32(Code::preference, *preference);
    std::vector<std::uint8_t> list;
    if (append(list, communities); !list.empty()) result.set(Code::communities, list);
    list.clear();
    if (append(list, clusters); !list.empty()) result.set(Code::cluster_list, list);
    return result;
  }

 private:
  static void append(std::vector<std::uint8_t>& to, const std::vector<std::uint32_t>& numbers) {
    for (auto number : numbers)
      for (int shift = 24; shift >= 0; shift -= 8) to.push_back(static_cast<std::uint8_t>(number >> shift));
  }
};

struct Listener final : Follower {
  std::map<proto::Prefix, int> heard;
  std::size_t calls = 0;
  void changed(Table& table, std::span<const NetId> nets) override {
    ++calls;
    for (auto id : nets) ++heard[table.prefix(id)];
  }
  /// The nets of the calls since the last question.
  std::set<std::string> take() {
    std::set<std::string> result;
    for (auto& [prefix, times] : heard) result.insert(prefix.text());
    heard.clear();
    return result;
  }
};

struct Scene {
  Rib rib;
  Table& table;
  std::vector<std::shared_ptr<Protocol>> protocols;

  explicit Scene(proto::Family family = proto::Family::ipv4)
      : table(rib.add_table({.name = "main", .family = family})) {
    add_link(2, "eth0", "10.0.0.254", "10.0.0.0/24");
  }

  void add_link(std::uint32_t index, const char* name, const char* address, const char* on_link) {
    Interface interface{.index = index, .name = name, .up = true, .link = true};
    interface.addresses.push_back({.address = ip(address), .net = net(on_link)});
    rib.interfaces().set(interface);
    rib.interfaces_changed();
  }

  static SourceFacts ebgp(std::uint32_t remote_as = 65001, const char* remote = "10.0.0.1") {
    SourceFacts facts;
    facts.bgp = facts.external = true;
    facts.local_as = 64512;
    facts.remote_as = remote_as;
    facts.remote_address = ip(remote);
    facts.remote_id = facts.remote_address.v4_bits();
    return facts;
  }
  static SourceFacts ibgp(const char* remote = "10.0.0.1") {
    auto facts = ebgp(64512, remote);
    facts.external = false;
    return facts;
  }
  static ChannelOptions channel_options(proto::Family family = proto::Family::ipv4) {
    return {.family = family, .table = "main", .import_filter = filter::accept_all(),
            .export_filter = filter::reject_all(), .preference = 100};
  }

  std::shared_ptr<Channel> open(SourceFacts facts = ebgp()) { return open(std::move(facts), channel_options()); }
  std::shared_ptr<Channel> open(SourceFacts facts, ChannelOptions options) {
    auto protocol = std::make_shared<Protocol>();
    protocol->options.name = "p" + std::to_string(protocols.size());
    protocols.push_back(protocol);
    return rib.open_channel(protocol, std::move(options), std::move(facts));
  }

  void settle() {
    while (rib.work(std::chrono::milliseconds(2))) {
    }
  }
  /// Source of the best path, or -1.
  int best_source(const char* prefix) const {
    auto id = table.find(net(prefix));
    auto* best = id ? table.best(*id) : nullptr;
    return best ? best->source : -1;
  }
  RouteView best(const char* prefix) const {
    auto id = table.find(net(prefix)).value();
    return rib.view(table, id, *table.best(id));
  }
};

}  // namespace avocet::rib::test
