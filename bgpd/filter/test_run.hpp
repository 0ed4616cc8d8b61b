#pragma once
/// A function run as a test: its assertions are counted, and those that do not hold are kept with what they compared.
#include <string>
#include <vector>

#include "bgpd/filter/ast.hpp"

namespace avocet::filter {

struct FailedAssertion {
  Position at;
  std::string words;               ///< what stands between the parentheses
  std::vector<std::string> sides;  ///< both sides of a comparison; else empty, or the one value that is no bool
};

struct TestRun {
  unsigned assertions = 0;  ///< carried out, those that failed among them
  std::vector<FailedAssertion> failed;
  std::vector<std::string> printed;  ///< one entry per line
  std::string error;                 ///< the run broke off, or rejected: "test.conf:12: ..."; "" if not
  bool passed() const { return failed.empty() && error.empty(); }
};

/// Runs a function without arguments on a route of its own that has no attributes yet.
TestRun run_test(const Code& code, const Snapshot& snapshot);

}  // namespace avocet::filter
