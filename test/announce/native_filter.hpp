#pragma once
/// Filters written in C++ instead of BIRD's language, so that tests of the export side need no compiler for it.
#include <functional>

#include "bgpd/filter/program.hpp"

namespace avocet::filter {

/// Takes the place of the filter room in these tests: the same door, other rooms behind it.
class Program {
 public:
  /// Edits the block; false rejects.
  using Body = std::function<bool(const RouteFacts&, proto::AttributeBlock&)>;
  Program(std::string name, Body body) : name(std::move(name)), body(std::move(body)) {}
  std::string name;
  Body body;  ///< empty: accept all
  std::vector<proto::AttributeCode> rewrites;  ///< set to the value they had
};

inline ProgramPtr native(std::string name, Program::Body body) {
  return std::make_shared<Program>(std::move(name), std::move(body));
}

}  // namespace avocet::filter
