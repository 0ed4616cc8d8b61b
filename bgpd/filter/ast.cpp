#include "bgpd/filter/ast.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "bgpd/filter/arena.hpp"
#include "bgpd/filter/prefix_set.hpp"
#include "bgpd/filter/set.hpp"

namespace avocet::filter {
namespace {

ExpressionPtr make(Expression::Kind kind, StaticType type, Position at) {
  auto expression = std::make_unique<Expression>();
  expression->kind = kind;
  expression->type = type;
  expression->at = at;
  return expression;
}

bool all_constant(const std::vector<ExpressionPtr>& operands) {
  return std::all_of(operands.begin(), operands.end(), [](auto& operand) { return operand->is_constant(); });
}

/// BIRD 1.6 looks at parts of pairs and communities when it reads them, at all else when it runs.
bool checked_early(Op op) { return op == Op::make_pair || op == Op::make_ec || op == Op::make_lc; }

}  // namespace

ExpressionPtr make_constant(Constant constant, Position at) {
  auto expression = make(Expression::Kind::constant, constant.value.static_type(), at);
  expression->constant = std::move(constant);
  return expression;
}

ExpressionPtr make_variable(std::uint8_t slot, StaticType type, Position at) {
  auto expression = make(Expression::Kind::variable, type, at);
  expression->slot = slot;
  return expression;
}

ExpressionPtr make_attribute(const Attribute& attribute, Position at) {
  auto expression = make(Expression::Kind::attribute, attribute.type, at);
  expression->attribute = attribute;
  return expression;
}

ExpressionPtr make_defined(ExpressionPtr operand, Position at) {
  auto expression = make(Expression::Kind::defined, {Type::boolean}, at);
  expression->operands.push_back(std::move(operand));
  return expression;
}

void give_empty_set_a_type(Expression& value, StaticType wanted) {
  bool untyped = value.is_constant() && value.constant.value.is(Type::set) && value.constant.value.as_set().empty() && !value.constant.value.tag;
  if (!untyped) return;
  if (wanted.type == Type::prefix_set) {
    auto empty = std::make_shared<const PrefixSet>(std::vector<PrefixPattern>());
    value.constant = {Value::set(*empty), empty};
  } else if (wanted.type == Type::set) {
    auto empty = std::make_shared<const Set>(StaticType{static_cast<Type>(wanted.tag)}, std::vector<SetRange>());
    value.constant = {Value::set(*empty), empty};
  }
  value.type = value.constant.value.static_type();
}

Built make_operation(Op op, std::vector<ExpressionPtr> operands, Position at, Dialect dialect, std::uint32_t variant) {
  std::vector<StaticType> types;
  for (auto& operand : operands) types.push_back(operand->type);
  auto checked = check_operation(op, types);
  bool later = checked_when_run(op, types) && !all_constant(operands);
  if (!checked && dialect == Dialect::bird2 && !later) return tl::make_unexpected(checked.error());
  if (all_constant(operands)) {
    auto value = [&](std::size_t i) -> const Value& { return operands[std::min(i, operands.size() - 1)]->constant.value; };
    Arena arena;
    Value result;
    auto problem = operate(op, variant, {value(0), value(1), value(2)}, arena, result);
    if (!problem) return make_constant(own(result), at);
    if (dialect == Dialect::bird2 || checked_early(op)) return tl::make_unexpected(std::string(problem));
  }
  auto expression = make(Expression::Kind::operation, result_type(op, types), at);
  expression->op = op;
  expression->variant = variant;
  expression->operands = std::move(operands);
  return expression;
}

Built make_logic(Expression::Kind kind, ExpressionPtr left, ExpressionPtr right, Position at, Dialect dialect) {
  auto name = kind == Expression::Kind::both ? "&&" : "||";
  for (auto operand : {left.get(), right.get()})
    if (dialect == Dialect::bird2 && !may_be(operand->type, {Type::boolean}))
      return tl::make_unexpected(fmt::format("'{}' needs type bool on both sides, not {}", name, type_name(operand->type)));
  if (left->is_constant() && left->constant.value.is(Type::boolean)) {
    bool decided = left->constant.value.truth() == (kind == Expression::Kind::either);
    return decided ? std::move(left) : std::move(right);
  }
  auto expression = make(kind, {Type::boolean}, at);
  expression->operands.push_back(std::move(left));
  expression->operands.push_back(std::move(right));
  return expression;
}

Built make_call(FunctionPtr function, std::vector<ExpressionPtr> arguments, Position at, Dialect dialect) {
  if (arguments.size() != function->arguments.size())
    return tl::make_unexpected(fmt::format("function '{}' takes {} argument{}, not {}", function->name, function->arguments.size(),
                                           function->arguments.size() == 1 ? "" : "s", arguments.size()));
  for (std::size_t i = 0; i < arguments.size() && dialect == Dialect::bird2; ++i) {
    give_empty_set_a_type(*arguments[i], function->arguments[i]);
    if (!may_be(arguments[i]->type, function->arguments[i]))
      return tl::make_unexpected(fmt::format("argument {} of '{}' must be of type {}, not {}", i + 1, function->name,
                                             type_name(function->arguments[i]), type_name(arguments[i]->type)));
  }
  auto expression = make(Expression::Kind::call, function->code ? function->result : StaticType{Type::any}, at);
  expression->function = std::move(function);
  expression->operands = std::move(arguments);
  return expression;
}

Built make_mask(PathMask mask, std::vector<ExpressionPtr> parameters, Position at, Dialect dialect) {
  for (auto& parameter : parameters)
    if (dialect == Dialect::bird2 && !may_be(parameter->type, {Type::integer}) && !may_be(parameter->type, {Type::set, static_cast<std::uint8_t>(Type::integer)}))
      return tl::make_unexpected(fmt::format("an item of a path mask must be of type int or int set, not {}", type_name(parameter->type)));
  auto kept = std::make_shared<const PathMask>(std::move(mask));
  Constant constant{Value::mask(kept->items.data(), kept->items.size()), kept};
  if (parameters.empty()) return make_constant(std::move(constant), at);
  auto expression = make(Expression::Kind::mask, {Type::mask}, at);
  expression->constant = std::move(constant);
  expression->operands = std::move(parameters);
  return expression;
}

Built make_roa_check(std::string_view table, std::vector<ExpressionPtr> operands, Position at, Dialect dialect) {
  constexpr StaticType wanted[] = {{Type::prefix}, {Type::integer}};
  for (std::size_t i = 0; i < operands.size(); ++i)
    if (dialect == Dialect::bird2 && !may_be(operands[i]->type, wanted[i]))
      return tl::make_unexpected(fmt::format("roa_check needs a table, a prefix and an AS number, found {}", type_name(operands[i]->type)));
  auto expression = make(Expression::Kind::roa_check, {Type::enumeration, enumeration::roa(dialect)}, at);
  expression->constant = own(Value::string(table));
  expression->operands = std::move(operands);
  return expression;
}

Built make_aspa_check(std::string_view table, std::vector<ExpressionPtr> operands, Position at) {
  if (!may_be(operands[0]->type, {Type::path}) || !may_be(operands[1]->type, {Type::boolean}))
    return tl::make_unexpected(fmt::format("aspa_check needs a table, a path and a bool, found {} and {}", type_name(operands[0]->type), type_name(operands[1]->type)));
  auto expression = make(Expression::Kind::aspa_check, {Type::enumeration, enumeration::aspa}, at);
  expression->constant = own(Value::string(table));
  expression->operands = std::move(operands);
  return expression;
}

}  // namespace avocet::filter
