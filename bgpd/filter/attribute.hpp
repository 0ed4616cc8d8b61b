#pragma once
/// The attributes of a route as the language names them (reference 7.7), and what reading and writing each means.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bgpd/filter/value.hpp"

namespace avocet::filter {

struct Attribute {
  enum class Kind : std::uint8_t {
    // Facts of the route; some can be overridden by an entry.
    net, protocol, source, destination, from, gateway, interface_name, interface_index, weight, onlink, scope, cast,
    preference, igp_metric,
    // Entries of the attribute block.
    number, origin, path, address, quad, list, text, bytes, opaque,
    bit,  ///< bit `tag` of a number
  } kind = Kind::number;
  StaticType type;
  std::uint16_t code = 0;
  std::uint8_t bit = 0;
  bool writable = true;
  bool removable = false;  ///< by unset()
  friend bool operator==(const Attribute&, const Attribute&) = default;
};

/// The attribute of that name in a dialect, or null.
const Attribute* find_attribute(std::string_view name, Dialect dialect);
/// All names, for hints.
std::vector<std::string> attribute_names(Dialect dialect);
/// `attribute TYPE name`: the attribute with that code. Null if there are no attributes of that type.
std::optional<Attribute> custom_attribute(StaticType type, std::uint16_t code);
/// An attribute's value as it stands in a block.
Value read_entry(const Attribute& attribute, proto::Bytes bytes);

/// RTS_BGP, ORIGIN_IGP, NET_IP4, ...: the value, or nothing for an unknown word.
std::optional<Value> find_enumerator(std::string_view word, Dialect dialect);
std::vector<std::string> enumerator_names(Dialect dialect);
/// The kind in `enum bgp_origin`; 0 if there is no such enumeration.
std::uint8_t find_enumeration(std::string_view name, Dialect dialect);

}  // namespace avocet::filter
