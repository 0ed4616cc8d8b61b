#include "bgpd/equivalent/world.hpp"

#include <algorithm>

namespace avocet::equivalent {
namespace {

constexpr const char* table_name = "routes";

}  // namespace

World::World(proto::Family family) : family_(family) {
  rib_.add_table({.name = table_name, .family = family});
  auto add_link = [&](std::uint32_t index, const char* name, std::uint32_t number) {
    rib::Interface interface { .index = index, .name = name, .up = true, .link = true };
    auto net = proto::Prefix::make(address(number), family == proto::Family::ipv4 ? 24 : 112);
    interface.addresses.push_back({.address = address(number), .net = net});
    rib_.interfaces().set(interface);
  };
  add_link(shared_link, "eth0", 1);
  add_link(other_link, "eth1", 0x10001);
}

/// From the ranges for documentation and benchmarks (RFC 2544, RFC 3849): unlikely to stand in a configuration.
proto::Address World::address(std::uint32_t number) const {
  if (family_ == proto::Family::ipv4) return proto::Address::v4(0xc6120000 + (number >> 16 << 8) + (number & 0xff));
  return proto::Address::v6(0x20010db8'00ff0000ull, (static_cast<std::uint64_t>(number >> 16) << 16) + (number & 0xff));
}

std::uint32_t World::interface(const std::string& name) {
  if (auto* known = rib_.interfaces().find(name)) return known->index;
  rib_.interfaces().set({.index = next_index_, .name = name, .up = true, .link = true});
  return next_index_++;
}

Origin World::make_origin(Origin::Kind kind, filter::RouteSource source, std::string words,
                          const Both<OriginSide>& side) {
  Origin origin{.kind = kind, .words = std::move(words), .source = source};
  for (auto which : sides) {
    auto protocol = std::make_shared<rib::Protocol>();
    protocol->options.name = side[which].protocol;
    rib_.add_protocol(protocol);  // the channel keeps a weak pointer only
    rib::ChannelOptions options{.family = family_,
                                .table = table_name,
                                .import_filter = filter::accept_all(),
                                .export_filter = filter::reject_all(),
                                .preference = side[which].preference};
    auto facts = side[which].facts;
    facts.kind = source;
    origin.channels[which] = rib_.open_channel(protocol, options, facts);
  }
  return origin;
}

std::vector<std::string> names_near(const std::string& pattern) {
  constexpr std::size_t longest = 15;  // IFNAMSIZ less its zero
  std::string some, none;
  for (char c : pattern) {
    if (c != '*') none += c == '?' ? 'q' : c;
    some += c == '*' ? "x1" : std::string(1, c == '?' ? 'q' : c);
  }
  std::vector<std::string> names;
  for (auto& name : {some, none, none + "z", "z" + none, none.empty() ? none : none.substr(0, none.size() - 1)}) {
    bool fits = !name.empty() && name.size() <= longest && name.find('/') == std::string::npos;
    if (fits && std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  }
  return names;
}

}  // namespace avocet::equivalent
