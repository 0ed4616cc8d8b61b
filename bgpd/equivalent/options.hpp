#pragma once
/// Options of matched protocols, one by one, as they are in effect: a default that is written is no difference.
#include "bgpd/config/model.hpp"
#include "bgpd/equivalent/equivalent.hpp"

namespace avocet::equivalent {

/// The name that both dialects know a table by.
std::string table_name(const std::string& name, proto::Family family);

/// Session options without the channels.
void compare_session(const session::BgpOptions& a, const session::BgpOptions& b, Section& section);
/// Channel options but filters and preference, which routes show.
void compare_channel(const session::BgpOptions& session_a, const session::BgpChannelOptions& a,
                     const session::BgpOptions& session_b, const session::BgpChannelOptions& b, Section& section);
/// All but filter, preference and metric, which routes show.
void compare_kernel(const kernel::KernelOptions& a, const kernel::KernelOptions& b, Section& section);
void compare_bfd(const bfd::BfdOptions& a, const bfd::BfdOptions& b, Section& section);
void compare_device(const kernel::DeviceOptions& a, const kernel::DeviceOptions& b, Section& section);
void compare_pipe(const rib::PipeOptions& a, const rib::PipeOptions& b, Section& section);

}  // namespace avocet::equivalent
