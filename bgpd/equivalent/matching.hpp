#pragma once
/// Which protocol of one configuration is which of the other, whatever they are called.
#include "bgpd/config/model.hpp"
#include "bgpd/equivalent/world.hpp"

namespace avocet::equivalent {

template <class Options>
struct Match {
  const Options* a = nullptr;  ///< null: only the second has it
  const Options* b = nullptr;  ///< null: only the first has it
};

/// Sessions by neighbour, interface and range; of several by port, AS and name. In the first's order.
std::vector<Match<session::BgpOptions>> match_sessions(const config::Config& a, const config::Config& b,
                                                       proto::Family family);
/// By the kernel's table.
std::vector<Match<kernel::KernelOptions>> match_kernels(const config::Config& a, const config::Config& b,
                                                        proto::Family family);
/// By the two tables.
std::vector<Match<rib::PipeOptions>> match_pipes(const config::Config& a, const config::Config& b,
                                                 proto::Family family);

/// The session's channel for a family, or null.
const session::BgpChannelOptions* channel_of(const session::BgpOptions& options, proto::Family family);
/// "10.0.0.2 as 65001", "range 10.0.0.0/8", "fe80::1 on eth0".
std::string neighbour_text(const session::BgpOptions& options);

}  // namespace avocet::equivalent
