#pragma once
/// Static and direct routes as they enter the tables, whichever protocol makes them.
#include "bgpd/equivalent/words.hpp"

namespace avocet::equivalent {

/// One line for each route that a configuration's static protocols bring into tables of this world's family: net, way,
/// table, preference and attributes that filters left. Sorted.
std::vector<std::string> static_routes(const config::Config& config, World& world, const AttributeNames& names);

/// The same for direct protocols, over interfaces and addresses made of the patterns of both configurations.
struct Addressed {
  std::string interface;
  proto::Prefix net;
};
std::vector<Addressed> addresses_for(const Both<const config::Config*>& configs, World& world);
std::vector<std::string> direct_routes(const config::Config& config, const std::vector<Addressed>& addresses,
                                       World& world, const AttributeNames& names);

}  // namespace avocet::equivalent
