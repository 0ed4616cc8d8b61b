#pragma once
/// Runs a template over a value.
#include <functional>
#include <unordered_map>

#include "confgen/template/parse.hpp"

namespace avocet::confgen {

/// A function that templates may call. It throws CallError.
struct Function {
  /// One letter for each operand, as Go's signature would have it: s string, i int, S []string, P key-value pairs,
  /// a anything, v anything but a literal's type is its own. A "*" at the end: any number of the last one.
  std::string operands;
  std::function<Value(const List&)> call;
  /// In place of `call`, for what depends on the text of the template that asks: `Renderer` makes a `call` of it.
  std::function<Value(const List&, const std::string& source)> call_from = nullptr;
};
using Functions = std::map<std::string, Function>;

/// The functions of the language itself, without and/or, which the engine does.
const Functions& language_functions();

/// The names a template may use with these functions.
std::set<std::string> function_names(const Functions& functions);

/// What {{template}} made of records, for templates that ask nothing but their value: the same record makes the same
/// text. Holds what the last run used.
class TemplateMemory {
 public:
  void begin() { ++round_; }
  /// Forgets what was not used since `begin`.
  void end();
  /// Null if it is not known.
  const std::string* find(const Node& tree, const Value& record);
  void keep(const Node& tree, const Value& record, std::string text);
  /// Whether the text that `tree` makes comes of its value alone: no function but the language's own is called.
  bool asks_nothing(const Node& tree, const Templates& templates, const Functions& functions);

 private:
  struct Made {
    Value record;  ///< keeps its address from being used again
    std::string text;
    std::uint64_t round;
  };
  std::map<const Node*, std::unordered_map<const Record*, Made>> made_;
  std::map<const Node*, bool> asks_nothing_;
  std::uint64_t round_ = 0;
};

/// The text a template makes of `dot`. Throws TemplateError: `template: NAME:LINE:COL: executing "NAME" at <X>: why`.
/// `memory` belongs to these templates, if there is one.
std::string run_template(const Templates& templates, const Functions& functions, const Value& dot,
                         TemplateMemory* memory = nullptr);

}  // namespace avocet::confgen
