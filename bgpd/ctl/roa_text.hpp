#pragma once
/// ROA tables in the answers of `show route` (2.x) and `show roa` (1.6).
#include <string>

#include "bgpd/ctl/commands.hpp"
#include "bgpd/ctl/route_query.hpp"

namespace avocet::ctl {

/// How many there are, and how many of them the query asks for.
struct RoaCounts {
  std::uint64_t shown = 0, routes = 0, nets = 0;
};

/// Rows of one table as `show route` prints them; none if the query only counts. No session exports ROAs.
RoaCounts print_roas(Call& call, const rib::RoaTable& table, const RouteQuery& query, Reply& reply);
RoaCounts print_aspas(Call& call, const rib::AspaTable& table, const RouteQuery& query, Reply& reply);

}  // namespace avocet::ctl
