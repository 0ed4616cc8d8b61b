#pragma once
/// Tokens back to text in one layout: a statement a line, blocks indented, comments gone.
#include <span>
#include <string>

#include "bgpd/config/lexer.hpp"

namespace avocet::config {

/// Read again, the text gives the same tokens. No line end behind the last one.
std::string layout(std::span<const Token> tokens);
/// A name as it may stand in a file: in single quotes if it is no plain word.
std::string name_text(std::string_view name);

}  // namespace avocet::config
