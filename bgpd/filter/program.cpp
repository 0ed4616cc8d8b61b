#include "bgpd/filter/program.hpp"

#include <algorithm>

#include "bgpd/filter/code.hpp"

namespace avocet::filter {
namespace {

bool same_constant(const Constant& a, const Constant& b) { return a.value.type == b.value.type && same(a.value, b.value); }

bool same_call(const CodePtr& a, const CodePtr& b) { return a == b || (a && b && same_code(*a, *b)); }

}  // namespace

ProgramPtr accept_all() {
  static const auto program = std::make_shared<const Program>(Program::Kind::accept_all, "ACCEPT", nullptr, "all");
  return program;
}

ProgramPtr reject_all() {
  static const auto program = std::make_shared<const Program>(Program::Kind::reject_all, "REJECT", nullptr, "none");
  return program;
}

ProgramPtr make_program(std::string name, CodePtr code, std::string written) {
  return std::make_shared<const Program>(Program::Kind::code, std::move(name), std::move(code), std::move(written));
}

bool is_accept_all(const Program& program) { return program.kind == Program::Kind::accept_all; }
bool is_reject_all(const Program& program) { return program.kind == Program::Kind::reject_all; }
const std::string& display_name(const Program& program) { return program.name; }
const std::string& written(const Program& program) { return program.written; }

bool same_code(const Code& a, const Code& b) {
  return a.dialect == b.dialect && a.instructions == b.instructions && a.attributes == b.attributes &&
         std::equal(a.constants.begin(), a.constants.end(), b.constants.begin(), b.constants.end(), same_constant) &&
         std::equal(a.calls.begin(), a.calls.end(), b.calls.begin(), b.calls.end(), same_call);
}

bool asks_table(const Code& code, std::string_view table) {
  auto asks = [&](auto& instruction) { return (instruction.op == Op::roa_check || instruction.op == Op::aspa_check) && code.constants[instruction.number].value.text() == table; };
  auto calls = [&](auto& called) { return called && asks_table(*called, table); };
  return std::any_of(code.instructions.begin(), code.instructions.end(), asks) || std::any_of(code.calls.begin(), code.calls.end(), calls);
}

bool asks_table(const Program& program, std::string_view table) { return program.code && asks_table(*program.code, table); }

bool same_program(const Program& a, const Program& b) {
  if (&a == &b) return true;
  return a.kind == b.kind && (a.kind != Program::Kind::code || a.code == b.code || same_code(*a.code, *b.code));
}

}  // namespace avocet::filter
