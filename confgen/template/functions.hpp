#pragma once
/// confd's functions for templates, over a tree of keys.
#include "confgen/template/run.hpp"

namespace avocet::confgen {

/// What templates read: absolute path to text.
using KeyTree = std::map<std::string, std::string>;

/// Functions of confd, of upstream's last version and of Calico's fork, that read `tree` (which must outlive them) or
/// only their operands.
Functions confd_functions(const KeyTree& tree);

/// Those of them that read keys.
Functions key_functions(const KeyTree& tree);
/// Those that ask the name service: lookupIP and its like.
Functions name_functions();
/// The time now, with the methods of Go's time.Time that have a use in a file.
Value time_now();

/// JSON text as a value: objects are maps, numbers are floats, as Go's encoding/json gives them. Throws CallError.
Value json_value(const std::string& text);

/// The text operand `i` of a function that asks for one.
const std::string& text_operand(const List& operands, std::size_t i);

}  // namespace avocet::confgen
