#pragma once
/// How Go prints values: fmt's Print and Printf for our kinds of values.
#include "confgen/template/characters.hpp"
#include "confgen/template/value.hpp"

namespace avocet::confgen {

/// As Go's %v prints it; nil is "<nil>".
std::string print(const Value& value);
/// Go's fmt.Sprint: a blank between two operands neither of which is text, or between all of them.
std::string print_all(const List& operands, bool blanks_always = false);
/// Go's fmt.Sprintf, with its marks for wrong verbs and for missing or extra operands.
std::string format(const std::string& pattern, const List& operands);

/// Go's strconv.FormatFloat for 64 bits: `verb` is one of b e E f g G x X; precision -1 is the shortest text that
/// reads back as the same number.
std::string float_text(double value, char verb, int precision);

}  // namespace avocet::confgen
