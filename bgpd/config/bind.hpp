#pragma once
/// Parts of `bind`: one per kind of protocol that needs more than its channels' defaults.
#include "bgpd/config/grammar_block.hpp"

namespace avocet::config {

/// Completes and checks one `protocol bgp`.
void bind_bgp(Block& block, const Config& config, Diagnostics& diagnostics);

/// Fills a channel's table and filters, and checks that the table exists and has the family. False after a diagnostic.
bool bind_channel(rib::ChannelOptions& channel, const Block& block, const Config& config, Diagnostics& diagnostics);
/// The table of that name, or null.
const rib::TableOptions* find_table(const Config& config, const std::string& name);
/// The table of that name; null after a diagnostic, and for an empty name.
const rib::TableOptions* check_table_exists(const std::string& name, std::string_view words, const Block& block, const Config& config,
                                            Diagnostics& diagnostics);
/// Checks a table named by an option such as `igp table`; an empty name is the channel's and fine.
void check_table(const std::string& name, proto::Family family, std::string_view words, const Block& block, const Config& config,
                 Diagnostics& diagnostics);

}  // namespace avocet::config
