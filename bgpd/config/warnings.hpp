#pragma once
/// What is legal but hardly meant: said as warnings, which change nothing else.
#include <vector>

#include "bgpd/config/grammar_block.hpp"
#include "bgpd/config/symbols.hpp"
#include "bgpd/filter/ast.hpp"

namespace avocet::config {

/// Statements behind one that always ends the body.
void warn_of_unreachable(const std::vector<filter::Statement>& body, Diagnostics& diagnostics);

/// Whether carrying out the body can come to `accept`. `accepting` are the functions that can; one called as a
/// statement is trusted to.
bool may_accept(const std::vector<filter::Statement>& body, const std::set<const filter::Function*>& accepting);
/// A filter that decides something, but accepts nothing. One that only rejects is meant so.
void warn_of_filter_without_accept(const Token& at, const std::string& name, const std::vector<filter::Statement>& body,
                                   Parser& parser);

/// Functions and filters of the main file that nothing uses, if their names are plain words.
void warn_of_unused(const Config& config, Diagnostics& diagnostics);
/// Filters that compare nets with prefixes of the other family only; and 1.6's external sessions that announce nothing
/// because no `export` is written. To be called before defaults are filled in.
void warn_of_silent_export(const Block& block, const Config& config, Diagnostics& diagnostics);
/// BFD is asked for, and no protocol bfd is there to see to it.
void warn_of_missing_bfd(const std::vector<Block*>& blocks, Diagnostics& diagnostics);
void warn_of_other_family(const std::vector<Block*>& blocks, Diagnostics& diagnostics);

}  // namespace avocet::config
