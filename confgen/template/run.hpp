#pragma once
/// Runs a template over a value.
#include <functional>

#include "confgen/template/parse.hpp"

namespace avocet::confgen {

/// A function that templates may call. It throws CallError.
struct Function {
  /// One letter for each operand, as Go's signature would have it: s string, i int, S []string, P key-value pairs,
  /// a anything, v anything but a literal's type is its own. A "*" at the end: any number of the last one.
  std::string operands;
  std::function<Value(const List&)> call;
};
using Functions = std::map<std::string, Function>;

/// The functions of the language itself, without and/or, which the engine does.
const Functions& language_functions();

/// The names a template may use with these functions.
std::set<std::string> function_names(const Functions& functions);

/// The text a template makes of `dot`. Throws TemplateError: `template: NAME:LINE:COL: executing "NAME" at <X>: why`.
std::string run_template(const Templates& templates, const Functions& functions, const Value& dot);

}  // namespace avocet::confgen
