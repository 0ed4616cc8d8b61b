#pragma once
/// Runs a template over a value.
#include <functional>

#include "confgen/template/parse.hpp"

namespace avocet::confgen {

/// A function that templates may call, with how many operands it takes. It throws CallError.
struct Function {
  std::size_t least = 0, most = 0;  ///< `most` may be `any`
  std::function<Value(const List&)> call;
  static constexpr std::size_t any = SIZE_MAX;
};
using Functions = std::map<std::string, Function>;

/// The functions of the language itself, without and/or, which the engine does.
const Functions& language_functions();

/// The names a template may use with these functions.
std::set<std::string> function_names(const Functions& functions);

/// The text a template makes of `dot`. Throws TemplateError: `template: NAME:LINE:COL: executing "NAME" at <X>: why`.
std::string run_template(const Templates& templates, const Functions& functions, const Value& dot);

}  // namespace avocet::confgen
