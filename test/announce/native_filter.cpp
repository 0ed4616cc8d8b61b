#include "test/announce/native_filter.hpp"

#include <algorithm>

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
  auto accepted = program.body(route, edits.attributes);
  edits.attributes.view().for_each([&](const proto::AttributeEntry& entry) {
    auto before = attributes.value(entry.code);
    bool differs = !std::equal(before.begin(), before.end(), entry.value.begin(), entry.value.end());
    if (differs && proto::code_of(entry.code) < 256) edits.assigned.set(proto::code_of(entry.code));
  });
  for (auto code : program.rewrites) edits.assigned.set(proto::code_of(code));
  return {accepted ? Outcome::accept : Outcome::reject, {}};
}

}  // namespace avocet::filter
