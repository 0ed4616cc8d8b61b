#pragma once
/// Calico's BGPFilters as functions of the filter language; the text is the same in BIRD 1.6 and 2.
#include "confgen/calico/resources.hpp"

namespace avocet::confgen {

enum class Direction { import, export_ };

/// The quoted name of the function for one direction and IP version: 'bgp_NAME_importFilterV4'. Long names are cut
/// and end in a hash, since BIRD's symbols have at most 64 characters.
std::string filter_function_name(const std::string& filter, Direction direction, int version);

/// A call of it; the argument tells rules for iBGP from rules for eBGP and is given only if there are such rules.
std::string filter_call(const std::string& name, const BgpFilter& filter, Direction direction, int version,
                        bool internal);

/// How a rule is written: Calico v3.26 knew one condition, without parentheses around it.
enum class RuleStyle { v3_26, later };

/// The lines that define the functions of one filter: those directions that have rules.
std::vector<std::string> filter_functions(const std::string& name, const BgpFilter& filter, int version,
                                          RuleStyle style = RuleStyle::later);

/// A filter that rejects every route, in the place of one that does not exist; its JSON says what it is.
const BgpFilter& stand_in();

/// The statement that adds a community "n:n" or "n:n:n".
std::string add_community(const std::string& community);

/// SHA-256 of a text in upper-case hex digits.
std::string sha256_hex(const std::string& text);

}  // namespace avocet::confgen
