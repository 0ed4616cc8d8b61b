#pragma once
/// Values of one attribute worth trying, as they stand in a route's attribute block.
#include "bgpd/equivalent/world.hpp"

namespace avocet::equivalent {

/// For an attribute that a filter looks at or sets: around every constant that could be meant for it.
std::vector<std::vector<std::uint8_t>> values_of(const filter::Attribute& attribute, const Constants& constants,
                                                 const World& world);
/// For one that only BGP itself looks at.
std::vector<std::vector<std::uint8_t>> few_values_of(const filter::Attribute& attribute, const World& world);
/// Addresses that filters name, and ones inside and beside the nets that they name.
std::vector<proto::Address> addresses_of(const Constants& constants, const World& world);

}  // namespace avocet::equivalent
