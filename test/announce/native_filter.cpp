#include "test/announce/native_filter.hpp"

namespace avocet::filter {

ProgramPtr accept_all() { return native("ACCEPT", {}); }
ProgramPtr reject_all() {
  return native("REJECT", [](auto&, auto&) { return false; });
}
bool is_accept_all(const Program& program) { return !program.body; }
bool is_reject_all(const Program& program) { return program.name == "REJECT"; }
const std::string& display_name(const Program& program) { return program.name; }
bool same_program(const Program& a, const Program& b) { return a.name == b.name; }

Verdict run(const Program& program, const RouteFacts& route, proto::AttributeView attributes, const Snapshot&,
            Edits& edits) {
  edits.clear();
  if (!program.body) return {Outcome::accept, {}};
  edits.attributes.assign(attributes);
  edits.changed = true;
  return {program.body(route, edits.attributes) ? Outcome::accept : Outcome::reject, {}};
}

}  // namespace avocet::filter
