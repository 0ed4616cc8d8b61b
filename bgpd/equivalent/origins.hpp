#pragma once
/// Where routes may come from in the two configurations: sessions that differ in what filters and rules can see of
/// them, other protocols, and one peer of either kind that stands for sessions not in the files.
#include "bgpd/equivalent/matching.hpp"

namespace avocet::equivalent {

/// `constants` of all filters of both configurations.
std::vector<Origin> make_origins(World& world, const Both<const config::Config*>& configs,
                                 const std::vector<Match<session::BgpOptions>>& sessions, const Constants& constants);

}  // namespace avocet::equivalent
