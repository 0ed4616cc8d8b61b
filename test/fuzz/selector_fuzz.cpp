/// Label selectors: one answer for every text, and a place in it for every mistake.
#include <string>

#include "confgen/calico/selector.hpp"
#include "test/fuzz/require.hpp"

using namespace avocet::confgen;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string text(reinterpret_cast<const char*>(data), size);
  auto none = selects(text, {});
  auto some = selects(text, {{"a", "b"}, {"in", "x"}, {"k8s.io/name", ""}});
  // Whether it parses does not depend on labels.
  require(none.has_value() == some.has_value());
  if (!none) {
    require(none.error().position <= size && !none.error().what.empty());
    return 0;
  }
  auto negated = selects("!(" + text + ")", {});
  if (text.find_first_not_of(" \t") != std::string::npos && negated) require(*negated != *none);
  return 0;
}
