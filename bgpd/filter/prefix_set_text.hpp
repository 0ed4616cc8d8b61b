#pragma once
/// The text of a prefix set as BIRD prints it, for tools that read it.
#include <span>

#include "bgpd/filter/prefix_set.hpp"

namespace avocet::filter {

/// "[10.0.0.0/8{1.255.255.255}]": the patterns must be sorted and of one family.
std::string prefix_set_text(std::span<const PrefixPattern> patterns, proto::Family family, Dialect dialect);

}  // namespace avocet::filter
