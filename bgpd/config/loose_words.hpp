#pragma once
/// Words of a configuration that name nothing: BIRD 2.0 lists them in `show symbols` as undefined, because its lexer
/// makes a symbol of every word it meets.
#include <string>
#include <vector>

#include "bgpd/config/source.hpp"
#include "bgpd/config/symbols.hpp"

namespace avocet::config {

/// Sorted, each once. Words inside of functions and filters are left out: BIRD forgets those at the closing brace.
std::vector<std::string> loose_words(const Sources& sources, const Symbols& symbols);

}  // namespace avocet::config
