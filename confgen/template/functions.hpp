#pragma once
/// confd's functions for templates, over a tree of keys.
#include "confgen/template/run.hpp"

namespace avocet::confgen {

/// What templates read: absolute path to text.
using KeyTree = std::map<std::string, std::string>;

/// Functions of confd and of Calico's fork that read `tree` (which must outlive them) or only their operands.
Functions confd_functions(const KeyTree& tree);

/// JSON text as a value: objects are maps, numbers are floats, as Go's encoding/json gives them. Throws CallError.
Value json_value(const std::string& text);

/// The text operand `i`; throws CallError if it is something else.
const std::string& text_operand(const List& operands, std::size_t i);

}  // namespace avocet::confgen
