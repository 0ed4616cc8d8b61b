#include "bgpd/equivalent/words.hpp"

#include <fmt/format.h>

#include "proto/as_path.hpp"

namespace avocet::equivalent {
namespace {

using proto::AttributeCode;

std::string_view base(std::string_view path) { return path.substr(path.rfind('/') + 1); }

std::string route_text(const Route& route, const World& world, const AttributeNames& names) {
  auto text = fmt::format("{} {}, from {}", route.net.text(), destination_text(route.destination, world.rib()),
                          route.origin->words);
  route.attributes.view().for_each([&](const proto::AttributeEntry& entry) {
    if (entry.code != AttributeCode::destination) text += ", " + names.text(proto::code_of(entry.code), entry.value);
  });
  return text;
}

std::string verdict_text(const Answer& answer, const char* passed) {
  if (answer.passes) return passed;
  if (!answer.error.empty()) return "fails: " + answer.error;
  return *answer.why ? std::string("refuses: ") + answer.why : "rejects";
}

/// What one answer has and the other has not, or has otherwise.
std::vector<std::string> only_here(const Answer& here, const Answer& there, const AttributeNames& names,
                                   const rib::Rib& rib) {
  std::vector<std::string> list;
  auto other = there.attributes.view();
  here.attributes.view().for_each([&](const proto::AttributeEntry& entry) {
    auto match = other.find(entry.code);
    bool same = match && std::equal(entry.value.begin(), entry.value.end(), match->value.begin(), match->value.end());
    if (same) return;
    if (entry.code == AttributeCode::destination)
      list.push_back(destination_text(proto::get_destination(here.attributes).value_or(proto::Destination{}), rib));
    else
      list.push_back(names.text(proto::code_of(entry.code), entry.value));
  });
  other.for_each([&](const proto::AttributeEntry& entry) {
    if (!here.attributes.view().has(entry.code))
      list.push_back(fmt::format("no {}", names.name(proto::code_of(entry.code))));
  });
  for (auto& words : here.words)
    if (std::find(there.words.begin(), there.words.end(), words) == there.words.end()) list.push_back(words);
  return list;
}

}  // namespace

AttributeNames::AttributeNames(filter::Dialect dialect, const config::Symbols& symbols) {
  for (auto& name : filter::attribute_names(dialect))
    if (auto* attribute = filter::find_attribute(name, dialect); attribute && attribute->code)
      known_.emplace(attribute->code, std::pair{name, *attribute});
  for (auto& [name, symbol] : symbols.global())
    if (symbol.kind == config::Symbol::Kind::attribute)
      known_.emplace(symbol.attribute.code, std::pair{name, symbol.attribute});
}

std::string AttributeNames::name(std::uint16_t code) const {
  auto known = known_.find(code);
  return known == known_.end() ? fmt::format("attribute {}", code) : known->second.first;
}

std::string AttributeNames::value(std::uint16_t code, proto::Bytes value) const {
  auto known = known_.find(code);
  if (known == known_.end() || known->second.second.kind == filter::Attribute::Kind::opaque)
    return fmt::format("({} octets)", value.size());
  auto& attribute = known->second.second;
  constexpr const char* origins[] = {"ORIGIN_IGP", "ORIGIN_EGP", "ORIGIN_INCOMPLETE"};
  if (attribute.kind == filter::Attribute::Kind::origin && value.size() == 1 && value[0] < std::size(origins))
    return origins[value[0]];
  if (attribute.kind == filter::Attribute::Kind::list) {
    if (attribute.type.type == filter::Type::eclist) return proto::community_list_text<proto::ExtendedCommunity>(value);
    if (attribute.type.type == filter::Type::lclist) return proto::community_list_text<proto::LargeCommunity>(value);
    if (code == proto::code_of(AttributeCode::communities)) return proto::community_list_text<proto::Community>(value);
  }
  auto text = attribute.kind == filter::Attribute::Kind::path ? proto::as_path_text(value)
                                                              : filter::to_text(filter::read_entry(attribute, value));
  return text.empty() ? "-empty-" : text;
}

std::string AttributeNames::text(std::uint16_t code, proto::Bytes octets) const {
  return name(code) + ' ' + value(code, octets);
}

std::string destination_text(const proto::Destination& destination, const rib::Rib& rib) {
  constexpr const char* kinds[] = {"", "unicast", "blackhole", "unreachable", "prohibit"};
  if (destination.kind != proto::DestinationKind::unicast) return kinds[static_cast<std::size_t>(destination.kind)];
  std::string text;
  for (auto& hop : destination.hops) {
    if (!text.empty()) text += ", ";
    if (!hop.gateway.is_unspecified()) text += "via " + hop.gateway.text() + ' ';
    text += fmt::format("dev {}{}", rib.interface_name(hop.ifindex), hop.onlink ? " onlink" : "");
  }
  return text;
}

std::string place_text(const filter::Trace& trace) {
  std::string text;
  for (auto& place : trace.decided) {
    if (text.empty())
      text = fmt::format("{}:{}:{}", base(place.file), place.line, place.column);
    else
      text += fmt::format(", called at {}:{}", base(place.file), place.line);
  }
  return text;
}

std::string group_text(const Group& group, const World& world, const AttributeNames& names, const char* passed) {
  auto text = fmt::format("{} {} such as {}", group.count, group.count == 1 ? "route" : "routes",
                          route_text(group.example, world, names));
  for (auto side : sides) {
    auto &here = group.answers[side], &there = group.answers[side == first ? second : first];
    text += fmt::format("\n  {} {}", side == first ? 'A' : 'B', verdict_text(here, passed));
    if (auto place = place_text(here.trace); !place.empty()) text += " at " + place;
    if (here.passes && there.passes) {
      auto list = only_here(here, there, names, world.rib());
      if (!list.empty()) text += fmt::format(" with {}", fmt::join(list, ", "));
    }
  }
  return text;
}

}  // namespace avocet::equivalent
