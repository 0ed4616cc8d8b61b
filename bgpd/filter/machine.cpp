/// Runs code. One machine for one run; its memory belongs to the thread and is used again and again.
#include <algorithm>
#include <array>
#include <memory>

#include <fmt/format.h>

#include "bgpd/filter/code.hpp"
#include "bgpd/filter/route_access.hpp"
#include "bgpd/filter/test_run.hpp"
#include "proto/as_path.hpp"
#include "proto/community.hpp"

namespace avocet::filter {
namespace {

constexpr unsigned most_values = 8192;    ///< registers of all functions that are running
constexpr unsigned deepest_call = 200;    ///< the C++ stack grows with each
constexpr unsigned most_steps = 1 << 20;  ///< calls and loop rounds; a filter that needs more goes astray

struct Scratch {
  std::array<Value, most_values> registers;
  Arena arena;
  std::string line;  ///< what `printn` has put together
};
Scratch& scratch() {
  static thread_local Scratch memory;
  return memory;
}

enum class End : std::uint8_t { returned, accepted, rejected, failed };

/// `traced`: writes down the way it takes. Two machines, so that the other one asks nothing on its way.
template <bool traced> class Machine {
 public:
  /// With `test` failed assertions are noted there and the run goes on; else they are errors.
  Machine(RouteAccess* route, std::vector<std::string>& printed, Scratch& memory, TestRun* test = nullptr, Trace* trace = nullptr)
      : route_(route), printed_(printed), memory_(memory), test_(test), trace_(trace) {
    memory_.line.clear();
  }

  /// Arguments stand in the first registers; a result is put into `result`.
  End run(const Code& code, Value* registers, Value& result, unsigned depth);
  std::string take_error() { return std::move(error_); }
  void finish_line() {
    if (!memory_.line.empty()) print_line();
  }

 private:
  End fail(const Code& code, const Instruction* at, std::string words) {
    auto where = code.positions[static_cast<std::size_t>(at - code.instructions.data())];
    note_place(code, at);
    auto file = file_name(code, where);
    error_ = file.empty() ? std::move(words) : fmt::format("{}:{}: {}", file, where.line, words);
    return End::failed;
  }
  void print_line() {
    printed_.push_back(memory_.line);
    memory_.line.clear();
  }
  void note_place(const Code& code, const Instruction* at) {
    if constexpr (traced) {
      auto where = code.positions[static_cast<std::size_t>(at - code.instructions.data())];
      trace_->decided.push_back({file_name(code, where), code.name, where.line, where.column});
    }
  }
  /// An instruction's address is even: the last bit has room for the way.
  void note_way(const Instruction* at, bool jumped) {
    if constexpr (traced) trace_->ways.push_back(reinterpret_cast<std::uintptr_t>(at) | jumped);
  }
  bool out_of_steps() { return ++steps_ > most_steps; }

  End call(const Code& code, const Instruction& at, Value* registers, unsigned depth);
  const char* make_mask(const Value& mask, const Value* parameters, Value& result);
  const char* next_item(const Value& list, Value& index, Value& item, bool& done);
  bool is_defined(const Value& value, Dialect dialect) const;
  const char* check_assignment(const Value& value, StaticType type, Dialect dialect) const;
  const char* roa_check(const Code& code, const Instruction& at, const Value* operands, Value& result) const;
  const char* aspa_check(std::string_view table, const Value* operands, Value& result) const;
  bool require(const Code& code, const Instruction& at, const Value* registers);

  RouteAccess* route_;  ///< null for constants
  std::vector<std::string>& printed_;
  Scratch& memory_;
  TestRun* test_;
  Trace* trace_;
  unsigned steps_ = 0;
  std::string error_;
};

bool compare(Op op, std::uint32_t a, std::uint32_t b) {
  return op == Op::less ? a < b : op == Op::less_equal ? a <= b : op == Op::greater ? a > b : a >= b;
}

/// A list that is empty is not defined in BIRD 2.
template <bool traced> bool Machine<traced>::is_defined(const Value& value, Dialect dialect) const {
  if (value.is(Type::void_)) return false;
  bool may_be_empty = is_list(value.type) || value.is(Type::path);
  return dialect == Dialect::bird1 || !may_be_empty || value.size > 0;
}

template <bool traced> const char* Machine<traced>::check_assignment(const Value& value, StaticType type, Dialect dialect) const {
  if (value.is(Type::void_)) return dialect == Dialect::bird1 ? nullptr : "a variable cannot be set to an undefined value";
  return may_be(value.static_type(), type) ? nullptr : "the value is not of the variable's type";
}

template <bool traced> const char* Machine<traced>::make_mask(const Value& mask, const Value* parameters, Value& result) {
  auto bytes = memory_.arena.take(mask.size * sizeof(MaskItem));
  if (!bytes) return "the values of this run take too much memory";
  auto items = reinterpret_cast<MaskItem*>(bytes);
  std::uninitialized_copy_n(static_cast<const MaskItem*>(mask.object), mask.size, items);
  for (std::uint32_t i = 0; i < mask.size; ++i) {
    auto& item = items[i];
    if (item.kind != MaskItem::Kind::parameter) continue;
    auto &low = parameters[item.low], &high = parameters[item.high];
    bool numbers = low.is(Type::set) && (low.as_set().empty() || low.as_set().element() == StaticType{Type::integer});
    if (numbers && item.low == item.high) {
      item.kind = MaskItem::Kind::set;
      item.set = &low.as_set();
      continue;
    }
    if (!low.is(Type::integer) || !high.is(Type::integer)) return "an item of a path mask must be a number";
    item.kind = MaskItem::Kind::range;
    item.low = low.u32();
    item.high = high.u32();
  }
  result = Value::mask(items, mask.size);
  return nullptr;
}

/// `index` counts items; undefined before the first one.
template <bool traced> const char* Machine<traced>::next_item(const Value& list, Value& index, Value& item, bool& done) {
  auto i = index.is(Type::void_) ? 0 : index.u32();
  index = Value::integer(i + 1);
  auto bytes = list.bytes();
  switch (list.type) {
    case Type::clist:
      if ((done = i >= proto::community_count<proto::Community>(bytes))) return nullptr;
      item = Value::number(Type::pair, proto::community_at<proto::Community>(bytes, i).value);
      return nullptr;
    case Type::eclist:
      if ((done = i >= proto::community_count<proto::ExtendedCommunity>(bytes))) return nullptr;
      item = Value::number(Type::ec, proto::community_at<proto::ExtendedCommunity>(bytes, i).value);
      return nullptr;
    case Type::lclist: {
      if ((done = i >= proto::community_count<proto::LargeCommunity>(bytes))) return nullptr;
      auto lc = proto::community_at<proto::LargeCommunity>(bytes, i);
      item = Value::lc(lc.asn, lc.data1, lc.data2);
      return nullptr;
    }
    case Type::path:
      done = true;
      proto::for_segments(bytes, [&](proto::SegmentType, proto::AsNumbers numbers) {
        if (done && i < numbers.size()) {
          item = Value::integer(numbers[i]);
          done = false;
        }
        i -= std::min<std::uint32_t>(i, static_cast<std::uint32_t>(numbers.size()));
      });
      return nullptr;
    default: return "'for' needs a path or a list of communities";
  }
}

template <bool traced> const char* Machine<traced>::roa_check(const Code& code, const Instruction& at, const Value* operands, Value& result) const {
  auto net = route_->net();
  std::uint32_t asn = 0;
  bool plain = true;
  if (bool implicit = at.b == 0; implicit) {
    if (!route_->has_path()) return "there is no bgp_path to take the origin from";
    asn = route_->origin_as();
  } else {
    if (!operands[0].is(Type::prefix) || !operands[1].is(Type::integer)) return "roa_check needs a prefix and an AS number";
    net = operands[0].net();
    plain = operands[0].is_plain_net();
    asn = operands[1].u32();
  }
  // ROAs say nothing of the nets of VPNs and the like.
  auto answer = plain ? route_->roa_check(code.constants[at.number].value.text(), net, asn) : 0;
  result = Value::enumeration(enumeration::roa(code.dialect), static_cast<std::uint32_t>(answer));
  return nullptr;
}

template <bool traced> const char* Machine<traced>::aspa_check(std::string_view table, const Value* operands, Value& result) const {
  if (!operands[0].is(Type::path) || !operands[1].is(Type::boolean)) return "aspa_check needs a path and a bool";
  result = Value::enumeration(enumeration::aspa, static_cast<std::uint32_t>(route_->aspa_check(table, operands[0].bytes(), operands[1].truth())));
  return nullptr;
}

/// In quotes, or an empty text would look like none.
std::string side_text(const Value& value) {
  if (value.is(Type::void_)) return "undefined";
  return value.is(Type::string) ? fmt::format("\"{}\"", value.text()) : to_text(value);
}

/// False if the run must end.
template <bool traced> bool Machine<traced>::require(const Code& code, const Instruction& at, const Value* registers) {
  auto& holds = registers[at.a];
  if (test_) ++test_->assertions;
  if (holds.is(Type::boolean) && holds.truth()) return true;
  FailedAssertion failed;
  failed.at = code.positions[static_cast<std::size_t>(&at - code.instructions.data())];
  failed.words = code.assertions[at.number & ~with_values];
  if (at.number & with_values) failed.sides = {side_text(registers[at.target]), side_text(registers[at.b])};
  else if (!holds.is(Type::boolean)) failed.sides = {side_text(holds)};
  if (test_) {
    test_->failed.push_back(std::move(failed));
    return true;
  }
  fail(code, &at, fmt::format("bt_assert({}) does not hold: {}", failed.words, fmt::join(failed.sides, ", ")));
  return false;
}

template <bool traced> End Machine<traced>::call(const Code& code, const Instruction& at, Value* registers, unsigned depth) {
  auto& called = code.calls[at.number] ? *code.calls[at.number] : code;
  if (depth == deepest_call || out_of_steps()) return fail(code, &at, "functions call each other without end");
  // The arguments are the last registers in use here: the callee's registers begin with them.
  auto frame = registers + at.a;
  if (frame + called.registers + 1 > memory_.registers.data() + most_values) return fail(code, &at, "too many values at once");
  Value result;
  auto end = run(called, frame, result, depth + 1);
  registers[at.target] = result;
  return end;
}

template <bool traced> End Machine<traced>::run(const Code& code, Value* registers, Value& result, unsigned depth) {
  constexpr const char* no_route = "there is no route here to ask for its attributes";
  for (auto at = code.instructions.data();; ++at) {
    const char* problem = nullptr;
    auto& target = registers[at->target];
    auto& a = registers[at->a];
    auto& b = registers[at->b];
    switch (at->op) {
      case Op::constant: target = code.constants[at->number].value; break;
      case Op::copy: target = a; break;
      case Op::undefine: target = {}; break;
      case Op::defined: target = Value::boolean(is_defined(a, code.dialect)); break;
      case Op::make_mask: problem = make_mask(code.constants[at->number].value, &a, target); break;
      case Op::get:
        if (route_) target = route_->read(code.attributes[at->number]);
        else problem = no_route;
        break;
      case Op::set: problem = route_ ? route_->write(code.attributes[at->number], a) : no_route; break;
      case Op::unset:
        if (route_) route_->erase(code.attributes[at->number]);
        else problem = no_route;
        break;
      case Op::assign:
        problem = check_assignment(a, unpack(at->number), code.dialect);
        if (!problem) target = a;
        break;
      case Op::jump:
        if (out_of_steps()) return fail(code, at, "the filter takes too many steps");
        at = code.instructions.data() + at->number - 1;
        break;
      case Op::jump_if:
      case Op::jump_unless:
        if (!a.is(Type::boolean)) problem = a.is(Type::void_) ? "the condition is undefined" : "the condition is not a bool";
        else {
          bool jumps = a.truth() == (at->op == Op::jump_if);
          note_way(at, jumps);
          if (jumps) at = code.instructions.data() + at->number - 1;
        }
        break;
      case Op::next_item: {
        bool done = false;
        problem = next_item(a, b, target, done);
        note_way(at, done);
        if (done) at = code.instructions.data() + at->number - 1;
        break;
      }
      case Op::call:
        if (auto end = call(code, *at, registers, depth); end != End::returned) {
          note_place(code, at);
          return end;
        }
        break;
      case Op::give_back:
        if (at->b) result = a;
        return End::returned;
      case Op::accept: note_place(code, at); return End::accepted;
      case Op::reject: note_place(code, at); return End::rejected;
      case Op::fall_off: return fail(code, at, fmt::format("filter {} did not say accept or reject", code.name));
      case Op::print: memory_.line += to_text(a); break;
      case Op::print_line: print_line(); break;
      case Op::require:
        if (!require(code, *at, registers)) return End::failed;
        break;
      case Op::roa_check: problem = route_ ? roa_check(code, *at, &a, target) : no_route; break;
      case Op::aspa_check: problem = route_ ? aspa_check(code.constants[at->number].value.text(), &a, target) : no_route; break;
      // What filters are made of comes first: numbers compared, equal or not, a net in a set.
      case Op::equal: target = Value::boolean(same(a, b)); break;
      case Op::not_equal: target = Value::boolean(!same(a, b)); break;
      case Op::less:
      case Op::less_equal:
      case Op::greater:
      case Op::greater_equal:
        if (a.is(Type::integer) && b.is(Type::integer)) target = Value::boolean(compare(at->op, a.u32(), b.u32()));
        else problem = operate(at->op, 0, {a, b, b}, memory_.arena, target);
        break;
      case Op::make_lc: problem = operate(at->op, 0, {a, (&a)[1], (&a)[2]}, memory_.arena, target); break;
      default: problem = operate(at->op, at->number, {a, b, b}, memory_.arena, target); break;
    }
    if (problem) return fail(code, at, problem);
  }
}

template <class Engine> Verdict run_whole(Engine machine, const Code& code, Scratch& memory) {
  Value result;
  auto end = machine.run(code, memory.registers.data(), result, 0);
  machine.finish_line();
  switch (end) {
    case End::accepted: return {Outcome::accept, {}};
    case End::rejected: return {Outcome::reject, {}};
    case End::returned:  // only functions return, and a filter is none
    case End::failed: break;
  }
  return {Outcome::error, machine.take_error()};
}

}  // namespace

Verdict run(const Program& program, const RouteFacts& route, proto::AttributeView attributes, const Snapshot& snapshot, Edits& edits) {
  edits.clear();
  if (edits.trace) edits.trace->clear();
  if (program.kind != Program::Kind::code) return {program.kind == Program::Kind::accept_all ? Outcome::accept : Outcome::reject, {}};
  auto& memory = scratch();
  memory.arena.reset();
  RouteAccess access(route, attributes, snapshot, edits, memory.arena, program.code->dialect);
  if (edits.trace) return run_whole(Machine<true>(&access, edits.printed, memory, nullptr, edits.trace), *program.code, memory);
  return run_whole(Machine<false>(&access, edits.printed, memory), *program.code, memory);
}

TestRun run_test(const Code& code, const Snapshot& snapshot) {
  TestRun test;
  auto& memory = scratch();
  memory.arena.reset();
  Edits edits;
  RouteFacts route;
  RouteAccess access(route, {}, snapshot, edits, memory.arena, code.dialect);
  Machine<false> machine(&access, test.printed, memory, &test);
  Value result;
  auto end = machine.run(code, memory.registers.data(), result, 0);
  machine.finish_line();
  if (end == End::rejected) test.error = fmt::format("{} ends with 'reject'", code.name);
  if (end == End::failed) test.error = machine.take_error();
  return test;
}

proto::Result<Constant, std::string> run_constant(const Code& code) {
  auto& memory = scratch();
  memory.arena.reset();
  std::vector<std::string> printed;
  Machine<false> machine(nullptr, printed, memory);
  Value result;
  auto end = machine.run(code, memory.registers.data(), result, 0);
  if (end == End::failed) return tl::make_unexpected(machine.take_error());
  if (end != End::returned) return tl::make_unexpected("the function accepts or rejects instead of giving a value");
  return own(result);
}

}  // namespace avocet::filter
