#pragma once
/// The prompt: line editing, completion, history; and commands from a pipe.
#include "bgpctl/command.hpp"

namespace avocet::bgpctl {

/// Reads commands until the end of the input, `exit` or `quit`. On a terminal with a prompt, completion and history, and the
/// result is `done`; otherwise one command per line, and `refused` if the daemon refused one. Throws ConnectionError.
Exit interact(Commander& commander, const char* prompt);

/// `help`, `?`, or a line that ends with `?`: commands that the line may become.
bool asks_for_help(std::string_view line);
void print_help(Commander& commander, std::string_view line, const Output& print);

}  // namespace avocet::bgpctl
