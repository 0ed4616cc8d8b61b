#pragma once
/// What a kernel protocol writes for one route of its table, before anything is known of the kernel. Reference 6.3.
#include <optional>

#include "bgpd/kernel/netlink.hpp"
#include "bgpd/kernel/options.hpp"
#include "bgpd/rib/rib.hpp"

namespace avocet::kernel {

/// Why a route is not offered to the export filter; nullptr if it is. 1.6 keeps direct routes from the kernel, which made
/// them itself, unless `device routes` is on.
const char* why_hidden(const rib::RouteView& view, const KernelOptions& options);

/// The route for the kernel, if the export filter lets it pass; and what the filter said.
struct WantedRoute {
  std::optional<KernelRoute> route;
  filter::Verdict verdict;
};
/// `edits` is scratch space, cleared by the caller; what the filter printed stays there.
WantedRoute wanted_route(const rib::Rib& rib, const rib::RouteView& view, const KernelOptions& options,
                         filter::Edits& edits);

/// The metric as the kernel keeps it: IPv6 makes 1024 of none.
std::uint32_t normal_metric(const KernelOptions& options, std::uint32_t metric);

}  // namespace avocet::kernel
