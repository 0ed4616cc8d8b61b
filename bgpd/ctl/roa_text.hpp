#pragma once
/// ROA tables in the answers of `show route` (2.x) and `show roa` (1.6).
#include <functional>
#include <string>

#include "bgpd/ctl/commands.hpp"
#include "bgpd/ctl/page.hpp"
#include "bgpd/ctl/route_query.hpp"

namespace avocet::ctl {

/// How many there are, and how many of them the query asks for.
struct RoaCounts {
  std::uint64_t shown = 0, routes = 0, nets = 0;
};

/// Where a long answer has come to in one table.
struct AttestationWalk {
  std::uint64_t cursor = 0;  ///< entry of a ROA, AS of an ASPA
  RoaCounts counts;
  std::function<void()> head;  ///< before each row; prints what stands above the first
};

/// Rows of one table as `show route` prints them; none if the query only counts. No session exports ROAs. False when
/// the page is full first.
bool walk_roas(Call& call, const rib::RoaTable& table, const RouteQuery& query, AttestationWalk& walk, Page& page);
bool walk_aspas(Call& call, const rib::AspaTable& table, const RouteQuery& query, AttestationWalk& walk, Page& page);

}  // namespace avocet::ctl
