#pragma once
/// The ROA and ASPA tables of two configurations: what filters ask when they judge a route's origin or path.
#include <optional>
#include <string>
#include <vector>

#include "bgpd/config/model.hpp"
#include "bgpd/equivalent/world.hpp"

namespace avocet::equivalent {

/// Fills the world's tables with those of both; where both have one of a name, with the first's.
void load_attestations(const Both<const config::Config*>& configs, rib::Rib& rib);
/// Lines that say how tables of the same name differ: ROA tables of a family, or all ASPA tables.
std::vector<std::string> differing_roas(const Both<const config::Config*>& configs, proto::Family family);
std::vector<std::string> differing_aspas(const Both<const config::Config*>& configs);
/// Adds what the tables that a filter asks hold to the values it compares with. False if there is too much for all of
/// it.
bool gather_attestations(const rib::Rib& rib, Constants& constants);

}  // namespace avocet::equivalent
