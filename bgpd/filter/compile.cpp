/// Trees to code. Variables have the slots that the grammar gave them; temporaries are a stack above them.
#include <algorithm>

#include "bgpd/filter/code.hpp"

namespace avocet::filter {
namespace {

constexpr unsigned most_registers = 255;

class Compiler {
 public:
  explicit Compiler(const Frame& frame) : frame_(frame), code_(std::make_shared<Code>()), free_(frame.variables) {
    code_->name = frame.name;
    code_->dialect = frame.dialect;
    code_->files = frame.files;
  }

  CodePtr function(const std::vector<Statement>& body) {
    highest_ = free_;
    statements(body);
    auto at = body.empty() ? Position{} : body.back().at;
    switch (frame_.ending) {
      case Ending::undecided: emit(at, {Op::fall_off}); break;
      case Ending::gives_nothing: emit(at, {Op::give_back}); break;
      case Ending::accepts: emit(at, {Op::accept}); break;
    }
    return finish();
  }

  CodePtr value(const Expression& expression) {
    highest_ = free_;
    auto result = take();
    put(expression, result);
    emit(expression.at, {Op::give_back, 0, result, 1});
    return finish();
  }

 private:
  CodePtr finish() {
    if (highest_ > most_registers) return nullptr;
    code_->registers = static_cast<std::uint8_t>(highest_);
    return code_;
  }

  // Registers.
  std::uint8_t take() {
    highest_ = std::max(highest_, free_ + 1);
    return static_cast<std::uint8_t>(free_++);
  }
  /// Temporaries taken in the life of this object are given back at its end.
  struct Temporaries {
    explicit Temporaries(Compiler& compiler) : compiler(compiler), free(compiler.free_) {}
    ~Temporaries() { compiler.free_ = free; }
    Compiler& compiler;
    unsigned free;
  };

  // Code.
  std::size_t emit(Position at, Instruction instruction) {
    code_->instructions.push_back(instruction);
    code_->positions.push_back(at);
    return code_->instructions.size() - 1;
  }
  std::uint32_t here() const { return static_cast<std::uint32_t>(code_->instructions.size()); }
  void land(std::size_t jump) { code_->instructions[jump].number = here(); }

  std::uint32_t constant(const Constant& value) {
    code_->constants.push_back(value);
    return static_cast<std::uint32_t>(code_->constants.size() - 1);
  }
  std::uint32_t attribute(const Attribute& wanted) {
    auto& list = code_->attributes;
    auto at = std::find(list.begin(), list.end(), wanted);
    if (at == list.end()) at = list.insert(at, wanted);
    return static_cast<std::uint32_t>(at - list.begin());
  }
  std::uint32_t call(const CodePtr& called) {
    auto& list = code_->calls;
    auto at = std::find(list.begin(), list.end(), called);
    if (at == list.end()) at = list.insert(at, called);
    return static_cast<std::uint32_t>(at - list.begin());
  }

  // Expressions.
  /// The register a value is in: a variable's own, or a temporary.
  std::uint8_t in_register(const Expression& expression) {
    if (expression.kind == Expression::Kind::variable) return expression.slot;
    auto target = take();
    put(expression, target);
    return target;
  }
  /// Values side by side; the first one's register.
  std::uint8_t in_row(const std::vector<ExpressionPtr>& values) {
    auto first = free_;
    for (auto& value : values) put(*value, take());
    if (values.empty()) take();
    return static_cast<std::uint8_t>(first);
  }

  void put(const Expression& e, std::uint8_t target) {
    Temporaries scope(*this);
    switch (e.kind) {
      case Expression::Kind::constant: emit(e.at, {Op::constant, target, 0, 0, constant(e.constant)}); break;
      case Expression::Kind::variable: emit(e.at, {Op::copy, target, e.slot}); break;
      case Expression::Kind::attribute: emit(e.at, {Op::get, target, 0, 0, attribute(e.attribute)}); break;
      case Expression::Kind::operation: operation(e, target); break;
      case Expression::Kind::both:
      case Expression::Kind::either: {
        put(*e.operands[0], target);
        auto skip = emit(e.at, {e.kind == Expression::Kind::both ? Op::jump_unless : Op::jump_if, 0, target});
        put(*e.operands[1], target);
        land(skip);
        break;
      }
      case Expression::Kind::defined: emit(e.at, {Op::defined, target, in_register(*e.operands[0])}); break;
      case Expression::Kind::call: {
        auto first = in_row(e.operands);
        emit(e.at, {Op::call, target, first, static_cast<std::uint8_t>(e.operands.size()), call(e.function->code)});
        break;
      }
      case Expression::Kind::mask: emit(e.at, {Op::make_mask, target, in_row(e.operands), 0, constant(e.constant)}); break;
      case Expression::Kind::roa_check:
      case Expression::Kind::aspa_check: {
        auto first = in_row(e.operands);
        emit(e.at, {e.kind == Expression::Kind::roa_check ? Op::roa_check : Op::aspa_check, target, first, static_cast<std::uint8_t>(e.operands.size()), constant(e.constant)});
        break;
      }
    }
  }

  /// Operands in a row if there are three; else wherever they are.
  void operation(const Expression& e, std::uint8_t target) {
    auto& operands = e.operands;
    if (operands.size() > 2) {
      emit(e.at, {e.op, target, in_row(operands)});
      return;
    }
    auto a = in_register(*operands[0]);
    auto b = operands.size() > 1 ? in_register(*operands[1]) : std::uint8_t{0};
    emit(e.at, {e.op, target, a, b, e.variant});
  }

  // Statements.
  void statements(const std::vector<Statement>& list) {
    for (auto& statement : list) {
      Temporaries scope(*this);
      one(statement);
    }
  }

  void one(const Statement& s) {
    auto first = [&] { return in_register(*s.expressions[0]); };
    switch (s.kind) {
      case Statement::Kind::block: statements(s.body); break;
      case Statement::Kind::declare:
        if (s.expressions.empty()) undefined(s);
        else emit(s.at, {Op::assign, s.slot, first(), 0, pack(s.type)});
        break;
      case Statement::Kind::assign: emit(s.at, {Op::assign, s.slot, first(), 0, pack(s.type)}); break;
      case Statement::Kind::set: emit(s.at, {Op::set, 0, first(), 0, attribute(s.attribute)}); break;
      case Statement::Kind::unset: emit(s.at, {Op::unset, 0, 0, 0, attribute(s.attribute)}); break;
      case Statement::Kind::branch: branch(s); break;
      case Statement::Kind::select: select(s); break;
      case Statement::Kind::loop: loop(s); break;
      case Statement::Kind::give_back: give_back(s); break;
      case Statement::Kind::accept:
      case Statement::Kind::reject:
        print(s, !s.expressions.empty());
        emit(s.at, {s.kind == Statement::Kind::accept ? Op::accept : Op::reject});
        break;
      case Statement::Kind::print: print(s, s.line_end); break;
      case Statement::Kind::evaluate: first(); break;
      case Statement::Kind::require: require(s); break;
    }
  }

  /// Without a value a variable begins anew each time, also in a loop: a list declared in a body is empty, all else undefined.
  void undefined(const Statement& s) {
    bool list = frame_.dialect == Dialect::bird2 && (is_list(s.type.type) || s.type.type == Type::path);
    if (list) emit(s.at, {Op::constant, s.slot, 0, 0, constant({Value::list(s.type.type, {}), nullptr})});
    else emit(s.at, {Op::undefine, s.slot});
  }

  /// The sides of a comparison stay in registers, so that a failure can name them.
  void require(const Statement& s) {
    auto& condition = *s.expressions[0];
    auto number = static_cast<std::uint32_t>(code_->assertions.size());
    code_->assertions.push_back(s.words);
    bool folded = s.expressions.size() == 3;
    bool compares = condition.kind == Expression::Kind::operation && condition.op >= Op::equal && condition.op <= Op::not_match;
    if (!folded && !compares) {
      emit(s.at, {Op::require, 0, in_register(condition), 0, number});
      return;
    }
    auto& sides = folded ? s.expressions : condition.operands;
    auto left = in_register(*sides[sides.size() - 2]), right = in_register(*sides.back());
    auto holds = take();
    if (folded) put(condition, holds);
    else emit(condition.at, {condition.op, holds, left, right, condition.variant});
    emit(s.at, {Op::require, left, holds, right, number | with_values});
  }

  void print(const Statement& s, bool line_end) {
    for (auto& expression : s.expressions) {
      Temporaries scope(*this);
      emit(expression->at, {Op::print, 0, in_register(*expression)});
    }
    if (line_end) emit(s.at, {Op::print_line});
  }

  void branch(const Statement& s) {
    auto unless = emit(s.at, {Op::jump_unless, 0, in_register(*s.expressions[0])});
    statements(s.body);
    if (s.otherwise.empty()) return land(unless);
    auto over = emit(s.at, {Op::jump});
    land(unless);
    statements(s.otherwise);
    land(over);
  }

  void select(const Statement& s) {
    auto value = in_register(*s.expressions[0]);
    auto set = take(), found = take();
    std::vector<std::size_t> to_end;
    const Arm* otherwise = nullptr;
    for (auto& arm : s.arms) {
      if (arm.sets.empty()) {
        otherwise = &arm;
        continue;
      }
      std::vector<std::size_t> to_body;
      for (auto& one : arm.sets) {
        emit(s.at, {Op::constant, set, 0, 0, constant(one)});
        emit(s.at, {Op::in_arm, found, value, set});
        to_body.push_back(emit(s.at, {Op::jump_if, 0, found}));
      }
      auto past = emit(s.at, {Op::jump});
      for (auto jump : to_body) land(jump);
      statements(arm.body);
      to_end.push_back(emit(s.at, {Op::jump}));
      land(past);
    }
    if (otherwise) statements(otherwise->body);
    for (auto jump : to_end) land(jump);
  }

  void loop(const Statement& s) {
    auto list = take(), index = take();
    put(*s.expressions[0], list);
    emit(s.at, {Op::undefine, index});
    auto start = here();
    auto next = emit(s.at, {Op::next_item, s.slot, list, index});
    statements(s.body);
    emit(s.at, {Op::jump, 0, 0, 0, start});
    land(next);
  }

  void give_back(const Statement& s) {
    auto value = in_register(*s.expressions[0]);
    // BIRD 1.6 lets a filter return, which is no verdict.
    if (frame_.ending == Ending::undecided) emit(s.at, {Op::fall_off});
    else emit(s.at, {Op::give_back, 0, value, 1});
  }

  const Frame& frame_;
  std::shared_ptr<Code> code_;
  unsigned free_, highest_ = 0;
};

}  // namespace

CodePtr compile(const std::vector<Statement>& body, const Frame& frame) { return Compiler(frame).function(body); }

proto::Result<Constant, std::string> evaluate(ExpressionPtr expression, Dialect dialect) {
  if (expression->is_constant()) return expression->constant;
  Frame frame;
  frame.dialect = dialect;
  auto code = Compiler(frame).value(*expression);
  if (!code) return tl::make_unexpected("the expression is too large");
  return run_constant(*code);
}

}  // namespace avocet::filter
