#pragma once
/// A configuration back to text, in its own dialect.
#include <string>

#include "bgpd/config/model.hpp"

namespace avocet::config {

/// The file as it is written, in one layout and with its includes in place; comments are gone. The file must load.
std::string print_source(const std::string& path);
/// What the file means, one text for all ways to write it: templates expanded, defaults dropped, tables, definitions
/// and protocols by name, options in the manual's order. Definitions come behind those they use.
std::string print_canonical(const Config& config);

}  // namespace avocet::config
