/// Text of templates: it parses or is told with a line, and runs or is told with a line, whatever it says.
#include <string>

#include "confgen/template/functions.hpp"
#include "test/fuzz/require.hpp"

using namespace avocet::confgen;

namespace {

const KeyTree& keys() {
  static const KeyTree tree{{"/a", "1"}, {"/a/b", "{\"x\":[1,2.5,null]}"}, {"/c", "10.0.0.1"}};
  return tree;
}

/// confd's functions without those that ask the network or could take all memory.
const Functions& functions() {
  static const Functions all = [] {
    auto made = confd_functions(keys());
    for (auto name : {"lookupIP", "lookupIPV4", "lookupIPV6", "lookupSRV", "seq"}) made.erase(name);
    return made;
  }();
  return all;
}

Value data() {
  return Value(Map{
      {"a", 1.5}, {"b", "text"}, {"list", List{Value(true), Value(), Value("x")}}, {"map", Map{{"k", Value("v")}}}});
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data_bytes, std::size_t size) {
  // Ranges in ranges multiply: short templates find the same mistakes in less time.
  if (size > 400) return 0;
  std::string source(reinterpret_cast<const char*>(data_bytes), size);
  // Numbers of many digits ask for loops and widths of that size.
  for (std::size_t i = 0, digits = 0; i < source.size(); ++i) {
    digits = source[i] >= '0' && source[i] <= '9' ? digits + 1 : 0;
    if (digits > 3) return 0;
  }
  static const auto names = function_names(functions());
  try {
    run_template(parse_template("t", source, names), functions(), data());
  } catch (const TemplateError& error) {
    require(std::string(error.what()).starts_with("template: t:"));
  }
  return 0;
}
