#include "bgpd/equivalent/corpus.hpp"

#include <algorithm>

#include "bgpd/equivalent/values.hpp"

namespace avocet::equivalent {
namespace {

using filter::Attribute;
using proto::AttributeCode;
using proto::DestinationKind;
using proto::Prefix;

/// Keeps the order, drops what is there already.
class NetList {
 public:
  NetList(proto::Family family, std::vector<Prefix>& nets) : family_(family), nets_(nets) {}
  void add(const Prefix& net) {
    if (net.family == family_ && seen_.insert(net).second) nets_.push_back(net);
  }
  /// The net, one bit shorter and longer on either side, and the net beside it.
  void add_with_neighbours(const Prefix& net) {
    if (net.family != family_) return;
    add(net);
    auto most = proto::max_length_bits(family_);
    if (net.length > 0) {
      add(Prefix::make(net.address, net.length - 1u));
      add(Prefix::make(flipped(net.address, net.length - 1u), net.length));
    }
    if (net.length < most) {
      add(Prefix::make(net.address, net.length + 1u));
      add(Prefix::make(flipped(net.address, net.length), net.length + 1u));
    }
  }
  /// `bit` counts from the first of the family's.
  proto::Address flipped(proto::Address address, unsigned bit) const {
    if (family_ == proto::Family::ipv4) bit += 96;
    (bit < 64 ? address.high : address.low) ^= std::uint64_t{1} << (63 - bit % 64);
    return address;
  }

 private:
  proto::Family family_;
  std::vector<Prefix>& nets_;
  std::set<Prefix> seen_;
};

/// What every route that BGP brings has, though filters may not look at it; LOCAL_PREF from the import side on.
bool is_mandatory(AttributeCode code, Meeting meeting) {
  return code == AttributeCode::origin || code == AttributeCode::as_path || code == AttributeCode::next_hop ||
         (code == AttributeCode::local_pref && meeting == Meeting::table);
}

bool is_bgp(std::uint16_t code) { return code < proto::code_of(AttributeCode::preference); }
bool is_kernel(std::uint16_t code) {
  return code >= proto::code_of(AttributeCode::krt_source) && code < proto::code_of(AttributeCode::krt_metrics) + 32;
}

}  // namespace

Corpus::Corpus(const Constants& constants, World& world, std::vector<const Origin*> origins, Meeting meeting)
    : world_(world), meeting_(meeting), origins_(std::move(origins)) {
  add_nets(constants);
  add_destinations(constants);
  // The pipeline looks at these whether the filters do or not.
  auto attributes = constants.attributes;
  for (auto* name : {"bgp_origin", "bgp_path", "bgp_next_hop", "bgp_med", "bgp_local_pref", "bgp_community"})
    if (auto* known = filter::find_attribute(name, filter::Dialect::bird2)) attributes.emplace(known->code, *known);
  for (auto& [code, attribute] : attributes) {
    bool any = std::any_of(origins_.begin(), origins_.end(), [&](auto* origin) { return may_have(*origin, code); });
    if (any) add_attribute(attribute, constants);
  }
}

void Corpus::add_nets(const Constants& constants) {
  NetList list(world_.family(), nets_);
  bool v4 = world_.family() == proto::Family::ipv4;
  // Some that no filter mentions.
  list.add(v4 ? Prefix::v4(0xcb007100, 24) : Prefix::v6({0x20010db8'abcd0000ull, 0}, 48));
  for (auto& pattern : constants.prefixes) {
    list.add_with_neighbours(pattern.net);
    if (pattern.net.family != world_.family()) continue;
    for (unsigned length : {pattern.low - 1u, pattern.low + 0u, pattern.high + 0u, pattern.high + 1u})
      if (length <= proto::max_length_bits(world_.family())) {
        list.add(Prefix::make(pattern.net.address, length));
        if (pattern.net.length > 0)
          list.add(Prefix::make(list.flipped(pattern.net.address, pattern.net.length - 1u), length));
      }
  }
  for (auto& address : constants.addresses)
    if (address.family() == world_.family())
      list.add_with_neighbours(Prefix::make(address, proto::max_length_bits(world_.family())));
  // Lengths that are compared as numbers.
  for (auto number : constants.numbers)
    for (auto length : {number - 1, number, number + 1})
      if (length <= proto::max_length_bits(world_.family())) list.add(Prefix::make(nets_.front().address, length));
  auto longest = proto::max_length_bits(world_.family());
  list.add(Prefix::make(nets_.front().address, 0));
  list.add(Prefix::make(nets_.front().address, longest));
}

void Corpus::add_destinations(const Constants& constants) {
  auto via = [&](std::uint32_t link) { return proto::NextHop{world_.gateway(link), link, 0, false}; };
  ways_.push_back({DestinationKind::unicast, {via(World::shared_link)}});
  ways_.push_back({DestinationKind::unicast, {via(World::other_link)}});
  ways_.push_back({DestinationKind::unicast, {{{}, World::other_link, 0, false}}});
  ways_.push_back({DestinationKind::unicast, {via(World::shared_link), via(World::other_link)}});
  dead_ends_ = {{DestinationKind::blackhole, {}}, {DestinationKind::unreachable, {}}, {DestinationKind::prohibit, {}}};
  bool by_name = constants.reads(Attribute::Kind::interface_name) ||
                 constants.attributes.contains(proto::code_of(AttributeCode::krt_tunnel));
  if (by_name)
    for (auto& pattern : constants.strings)
      for (auto& name : names_near(pattern)) {
        auto link = world_.interface(name);
        ways_.push_back({DestinationKind::unicast, {{{}, link, 0, false}}});
        ways_.push_back({DestinationKind::unicast, {{world_.gateway(World::shared_link), link, 0, true}}});
      }
  if (constants.reads(Attribute::Kind::gateway))
    for (auto& address : addresses_of(constants, world_))
      ways_.push_back({DestinationKind::unicast, {{address, World::shared_link, 0, false}}});
}

void Corpus::add_attribute(const Attribute& attribute, const Constants& constants) {
  bool looked_at = constants.attributes.contains(attribute.code);
  Dimension dimension{attribute.code, {}};
  auto octets = looked_at ? values_of(attribute, constants, world_) : few_values_of(attribute, world_);
  auto code = static_cast<AttributeCode>(attribute.code);
  bool always = is_mandatory(code, meeting_);
  // The plain case: what BGP always has is there, all else is not.
  if (!always) dimension.values.push_back(std::nullopt);
  for (auto& value : octets) dimension.values.emplace_back(std::move(value));
  if (always) dimension.values.push_back(std::nullopt);
  attributes_.push_back(std::move(dimension));
}

bool Corpus::may_have(const Origin& origin, std::uint16_t code) const {
  bool bgp = origin.kind == Origin::Kind::bgp;
  switch (meeting_) {
    case Meeting::import_bgp: return is_bgp(code);
    case Meeting::import_local: return origin.kind == Origin::Kind::learned && is_kernel(code);
    case Meeting::table:
      if (bgp) return is_bgp(code) || world_.set_on_bgp.contains(code);
      return world_.set_on_local.contains(code) || (origin.kind == Origin::Kind::learned && is_kernel(code));
  }
  return false;
}

/// A way that static routes of these configurations do take.
proto::Destination Corpus::as_static(const proto::Destination& wanted) const {
  auto& ways = world_.static_ways;
  bool dead = wanted.hops.empty(), interface = !dead && wanted.hops.front().gateway.is_unspecified();
  if (ways.any() || (dead ? ways.dead : interface ? ways.interface : ways.gateway)) return wanted;
  return ways.dead ? dead_ends_[0] : ways.gateway ? ways_[0] : ways_[2];
}

std::size_t Corpus::size(std::size_t dimension) const {
  switch (dimension) {
    case 0: return nets_.size();
    case 1: return origins_.size();
    case 2: return ways_.size() + dead_ends_.size();
    default: return attributes_[dimension - 3].values.size();
  }
}

Route Corpus::make(const Choice& choice) const {
  Route route;
  route.net = nets_[choice[0]];
  route.origin = origins_[choice[1]];
  auto& origin = *route.origin;
  bool dead = choice[2] >= ways_.size();
  route.destination = dead ? dead_ends_[choice[2] - ways_.size()] : ways_[choice[2]];
  if (origin.kind == Origin::Kind::static_)
    route.destination = as_static(choice[2] == 0 ? dead_ends_[0] : route.destination);
  if (origin.kind == Origin::Kind::device) {
    auto link = dead ? World::other_link : ways_[choice[2]].hops.front().ifindex;
    route.destination = {DestinationKind::unicast, {{{}, link, 0, false}}};
  }
  if (origin.kind == Origin::Kind::bgp && dead) route.destination = {DestinationKind::unreachable, {}};
  // What a direct session tells leads over its own link.
  auto& facts = origin.channels[first]->facts;
  if (origin.kind == Origin::Kind::bgp && !facts.gateway_recursive && facts.ifindex && !route.destination.hops.empty())
    route.destination.hops = {{world_.gateway(facts.ifindex), facts.ifindex, 0, false}};
  for (std::size_t i = 0; i < attributes_.size(); ++i) {
    auto& dimension = attributes_[i];
    if (!may_have(origin, dimension.code)) continue;
    auto code = static_cast<AttributeCode>(dimension.code);
    auto* value = &dimension.values[choice[3 + i]];
    bool required = origin.kind == Origin::Kind::bgp && is_mandatory(code, meeting_);
    if (!*value && required) value = &dimension.values.front();
    if (*value) route.attributes.set(code, **value);
  }
  if (meeting_ == Meeting::import_local || origin.kind != Origin::Kind::bgp)
    proto::set_destination(route.attributes, route.destination);
  return route;
}

}  // namespace avocet::equivalent
