#include "bgpd/equivalent/values.hpp"

#include <algorithm>

#include "bgpd/filter/set.hpp"
#include "proto/as_path.hpp"

namespace avocet::equivalent {
namespace {

using filter::Attribute;
using filter::MaskItem;
using Octets = std::vector<std::uint8_t>;
using Path = std::vector<std::uint32_t>;
using Kind = Attribute::Kind;

constexpr std::uint32_t somebody = 65551, somebody_else = 4200000001;  // AS numbers nobody writes into a filter

void append(Octets& to, std::uint32_t number) {
  for (int shift = 24; shift >= 0; shift -= 8) to.push_back(static_cast<std::uint8_t>(number >> shift));
}
Octets u32(std::uint32_t number) {
  Octets octets;
  append(octets, number);
  return octets;
}
Octets sequence(const Path& path) {
  Octets octets;
  if (path.empty()) return octets;
  octets = {static_cast<std::uint8_t>(proto::SegmentType::sequence), static_cast<std::uint8_t>(path.size())};
  for (auto asn : path) append(octets, asn);
  return octets;
}
Octets address(const proto::Address& address) {
  std::array<std::uint8_t, 16> octets{};
  auto size = address.to_bytes(octets);
  return {octets.begin(), octets.begin() + static_cast<std::ptrdiff_t>(size)};
}

/// Every value once, in the order they came.
class Values {
 public:
  void add(Octets octets) {
    if (seen_.insert(octets).second) list_.push_back(std::move(octets));
  }
  std::vector<Octets> take() { return std::move(list_); }

 private:
  std::set<Octets> seen_;
  std::vector<Octets> list_;
};

std::vector<Octets> numbers(const Constants& constants) {
  Values values;
  for (std::uint32_t plain : {100u, 0u, 1u, 0xffffffffu}) values.add(u32(plain));
  for (auto number : constants.numbers)
    for (auto near : {number - 1, number, number + 1}) values.add(u32(near));
  // Filters calculate: a limit may be what two constants make together.
  constexpr std::size_t few = 12;
  if (constants.numbers.size() <= few)
    for (auto a : constants.numbers)
      for (auto b : constants.numbers)
        for (auto made : {a + b, a - b})
          for (auto near : {made - 1, made, made + 1}) values.add(u32(near));
  return values.take();
}

/// A path that the mask matches: `*` stands for `run` numbers, ranges for their lower or upper end.
Path matching(const std::vector<MaskItem>& mask, std::size_t run, bool upper) {
  Path path;
  for (auto& item : mask) {
    std::uint32_t asn = somebody;
    if (item.kind == MaskItem::Kind::range) asn = upper ? item.high : item.low;
    if (item.kind == MaskItem::Kind::set && !item.set->ranges().empty())
      asn = static_cast<std::uint32_t>(upper ? item.set->ranges().back().high.low : item.set->ranges().front().low.low);
    auto times = item.kind == MaskItem::Kind::run ? run : item.repeated ? run + 1 : 1;
    for (std::size_t i = 0; i < times && path.size() < 200; ++i) path.push_back(asn);
  }
  return path;
}

void add_paths_near(const Path& path, Values& values) {
  values.add(sequence(path));
  for (std::size_t i = 0; i < path.size(); ++i)
    for (auto other : {path[i] - 1, path[i] + 1, somebody_else}) {
      auto changed = path;
      changed[i] = other;
      values.add(sequence(changed));
    }
  auto longer = path;
  longer.push_back(somebody_else);
  values.add(sequence(longer));
  longer = path;
  longer.insert(longer.begin(), somebody_else);
  values.add(sequence(longer));
  if (path.size() > 1) values.add(sequence({path.begin(), path.end() - 1}));
}

std::vector<Octets> paths(const Constants& constants) {
  Values values;
  values.add(sequence({somebody, somebody_else}));
  values.add({});
  values.add(sequence({somebody}));
  Octets with_set = sequence({somebody});
  with_set.insert(with_set.end(), {static_cast<std::uint8_t>(proto::SegmentType::set), 2});
  append(with_set, 64999), append(with_set, somebody_else);
  values.add(with_set);
  for (auto& mask : constants.masks)
    for (std::size_t run : {0, 1, 2})
      for (bool upper : {false, true}) add_paths_near(matching(mask, run, upper), values);
  constexpr std::uint32_t longest = 64;  // longer numbers are hardly lengths
  for (auto number : constants.numbers) {
    for (auto near : {number, number - 1, number + 1}) values.add(sequence({near}));
    values.add(sequence({number, somebody}));
    values.add(sequence({somebody, number}));
    values.add(sequence({somebody, number, somebody_else}));
    values.add(sequence({number, number}));
    if (number <= longest)
      for (auto length : {number - 1, number, number + 1})
        if (length <= longest) values.add(sequence(Path(length, somebody)));
  }
  return values.take();
}

/// One member; two; and those beside them, for each member that is named.
template <class Community, class Near>
std::vector<Octets> lists(const std::set<Community>& named, Near near) {
  Values values;
  auto list = [](std::initializer_list<Community> members) {
    Octets octets(members.size() * Community::wire_bytes);
    std::size_t at = 0;
    for (auto& member : members) member.to_wire(octets.data() + at), at += Community::wire_bytes;
    return octets;
  };
  const Community* before = nullptr;
  for (auto& member : named) {
    values.add(list({member}));
    for (auto& other : near(member)) {
      values.add(list({other}));
      values.add(list({member, other}));
    }
    if (before) values.add(list({*before, member}));
    before = &member;
  }
  constexpr std::size_t few = 8;
  if (named.size() <= few)
    for (auto& a : named)
      for (auto& b : named)
        if (a < b) values.add(list({a, b}));
  return values.take();
}

std::vector<Octets> communities(const Constants& constants) {
  auto named = constants.communities;
  named.insert(proto::Community::make(65535, 1));  // one that no filter names
  return lists(named, [](proto::Community c) {
    return std::array{proto::Community{c.value + 1}, proto::Community{c.value - 1}, proto::Community{c.value + 0x10000},
                      proto::Community{c.value - 0x10000}};
  });
}
std::vector<Octets> extended(const Constants& constants) {
  auto named = constants.extended;
  named.insert(proto::ExtendedCommunity::make(2, 65000, 77));
  return lists(named, [](proto::ExtendedCommunity c) {
    return std::array{proto::ExtendedCommunity{c.value + 1}, proto::ExtendedCommunity{c.value - 1},
                      proto::ExtendedCommunity{c.value ^ std::uint64_t{1} << 32},
                      proto::ExtendedCommunity{c.value ^ std::uint64_t{1} << 48}};
  });
}
std::vector<Octets> large(const Constants& constants) {
  auto named = constants.large;
  named.insert({somebody, 7, 7});
  return lists(named, [](proto::LargeCommunity c) {
    return std::array{
        proto::LargeCommunity{c.asn + 1, c.data1, c.data2}, proto::LargeCommunity{c.asn, c.data1 + 1, c.data2},
        proto::LargeCommunity{c.asn, c.data1, c.data2 + 1}, proto::LargeCommunity{c.asn, c.data1, c.data2 - 1}};
  });
}

std::vector<Octets> quads(const Constants& constants) {
  Values values;
  values.add(u32(0x0a636363));
  for (auto& named : constants.addresses)
    if (named.is_v4())
      for (auto near : {named.v4_bits(), named.v4_bits() + 1}) values.add(u32(near));
  for (auto number : constants.numbers) values.add(u32(number));
  return values.take();
}

std::vector<Octets> texts(const Constants& constants) {
  Values values;
  for (auto& pattern : constants.strings)
    for (auto& name : names_near(pattern)) values.add({name.begin(), name.end()});
  values.add({'e', 't', 'h', '0'});
  return values.take();
}

std::vector<Octets> address_values(const Constants& constants, const World& world) {
  Values values;
  for (auto& one : addresses_of(constants, world)) values.add(address(one));
  return values.take();
}

}  // namespace

std::vector<proto::Address> addresses_of(const Constants& constants, const World& world) {
  std::vector<proto::Address> list{world.gateway(World::shared_link), world.far_address(), world.own_address()};
  auto add = [&](const proto::Address& one) {
    if (one.family() == world.family() && std::find(list.begin(), list.end(), one) == list.end()) list.push_back(one);
  };
  for (auto& named : constants.addresses)
    for (int step : {0, 1, -1})
      add({named.high, named.low + static_cast<std::uint64_t>(static_cast<std::int64_t>(step))});
  constexpr std::size_t most = 256;  // long lists of prefixes are for nets
  for (auto& pattern : constants.prefixes) {
    if (list.size() > most) break;
    add(pattern.net.address);
    add({pattern.net.address.high, pattern.net.address.low + 1});
    add({pattern.net.address.high, pattern.net.address.low - 1});
  }
  return list;
}

std::vector<Octets> values_of(const Attribute& attribute, const Constants& constants, const World& world) {
  switch (attribute.kind) {
    case Kind::origin: return {{0}, {1}, {2}};
    case Kind::path: return paths(constants);
    case Kind::address:
    case Kind::from: return address_values(constants, world);
    case Kind::quad: return quads(constants);
    case Kind::list:
      switch (attribute.type.type) {
        case filter::Type::eclist: return extended(constants);
        case filter::Type::lclist: return large(constants);
        default: return communities(constants);
      }
    case Kind::text: return texts(constants);
    case Kind::bytes:
    case Kind::opaque: return {{1, 2, 3, 4, 5, 6, 7, 8}};
    case Kind::scope: return {u32(0), u32(1), u32(2), u32(3), u32(4), u32(5)};
    case Kind::bit: return {u32(1u << attribute.bit), u32(0)};
    default:
      switch (attribute.type.type) {
        case filter::Type::boolean: return {u32(0), u32(1)};
        case filter::Type::pair: return communities(constants);
        case filter::Type::string: return texts(constants);
        default: return numbers(constants);
      }
  }
}

std::vector<Octets> few_values_of(const Attribute& attribute, const World& world) {
  switch (attribute.kind) {
    case Kind::origin: return {{0}, {2}};
    case Kind::path: return {sequence({somebody, somebody_else}), {}, sequence({somebody})};
    case Kind::address:
      return {address(world.gateway(World::shared_link)), address(world.gateway(World::other_link)),
              address(world.far_address())};
    case Kind::list: {
      Octets two = u32(proto::Community::make(65535, 1).value);
      append(two, proto::Community::make(65534, 1).value);  // out of order
      return {two, u32(proto::well_known::no_export.value), u32(proto::well_known::no_advertise.value)};
    }
    default: return {u32(100), u32(0), u32(200)};
  }
}

}  // namespace avocet::equivalent
