#pragma once
/// For changes of the world that a table does not see: filters ask more than its routes.
#include "bgpd/rib/rib.hpp"

namespace avocet::rib {

/// Tells everybody who follows the table that all its nets may be decided otherwise now: in slices, as Rib::feed.
void feed_followers(Rib& rib, Table& table);

}  // namespace avocet::rib
