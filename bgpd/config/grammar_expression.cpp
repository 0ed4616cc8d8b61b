/// Expressions of the filter language, reference 7.3 and 7.4.
#include <algorithm>

#include "bgpd/config/grammar_filter.hpp"
#include "bgpd/config/language.hpp"

namespace avocet::config {
namespace {

using filter::Expression;
using filter::ExpressionPtr;
using filter::Op;
using filter::Type;
using Expressions = std::vector<ExpressionPtr>;

Expressions pair_of(ExpressionPtr a, ExpressionPtr b) {
  Expressions list;
  list.push_back(std::move(a));
  list.push_back(std::move(b));
  return list;
}

struct Operator {
  std::string_view text;
  Op op;
};
constexpr Operator comparisons[] = {{"=", Op::equal}, {"!=", Op::not_equal}, {"<", Op::less}, {"<=", Op::less_equal}, {">", Op::greater},
                                    {">=", Op::greater_equal}, {"~", Op::match}, {"!~", Op::not_match}};
constexpr Operator sums[] = {{"+", Op::add}, {"-", Op::subtract}, {"++", Op::concatenate}, {"|", Op::bit_or}, {"&", Op::bit_and}};
constexpr Operator products[] = {{"*", Op::multiply}, {"/", Op::divide}};

template <std::size_t n> const Operator* operator_at(const Parser& parser, const Operator (&operators)[n]) {
  auto& token = parser.peek();
  for (auto& one : operators)
    if (token.is(one.text)) return &one;
  return nullptr;
}

ExpressionPtr parse_postfix(Parser& parser) { return parse_methods(parser, parse_primary(parser), false, nullptr); }

ExpressionPtr parse_not(Parser& parser) {
  auto& token = parser.peek();
  if (!parser.accept("!")) return parse_postfix(parser);
  Nested nested(parser);
  Expressions operand;
  operand.push_back(parse_not(parser));
  return operation(parser, token, Op::not_, std::move(operand));
}

ExpressionPtr parse_product(Parser& parser) {
  auto left = parse_not(parser);
  while (auto found = operator_at(parser, products)) {
    auto& token = parser.next();
    left = operation(parser, token, found->op, pair_of(std::move(left), parse_not(parser)));
  }
  return left;
}

/// Behind a prefix outside of a set: `+`, `-` or `{a,b}`, which are no operators there.
void refuse_pattern(Parser& parser, const filter::Expression& left) {
  auto& token = parser.peek();
  bool lengths = token.is("{");
  if (!token.glued || !left.is_constant() || !left.constant.value.is(Type::prefix)) return;
  if (lengths) while (!parser.at_end() && !parser.peek().is(";") && !parser.accept("}")) parser.next();
  if (lengths || token.is("+") || token.is("-"))
    parser.fail(token, "a pattern of prefixes stands in a set only", fmt::format("write [ {}{} ]", filter::to_text(left.constant.value), lengths ? "{...}" : token.text));
}

ExpressionPtr parse_sum(Parser& parser) {
  auto left = parse_product(parser);
  refuse_pattern(parser, *left);
  while (auto found = operator_at(parser, sums)) {
    auto& token = parser.next();
    if (found->op == Op::concatenate) needs_bird2(parser, token, "joined strings");
    if (found->op == Op::bit_or || found->op == Op::bit_and) needs_bird2(parser, token, "operations on bits");
    left = operation(parser, token, found->op, pair_of(std::move(left), parse_product(parser)));
  }
  return left;
}

ExpressionPtr parse_comparison(Parser& parser) {
  auto left = parse_sum(parser);
  auto found = operator_at(parser, comparisons);
  if (!found) return left;
  auto& token = parser.next();
  left = operation(parser, token, found->op, pair_of(std::move(left), parse_sum(parser)));
  if (operator_at(parser, comparisons)) parser.fail(parser.peek(), "comparisons cannot follow each other", "put one of them in parentheses");
  return left;
}

// ---- names

ExpressionPtr parse_call(Parser& parser, const Symbol& symbol) {
  auto& name = parser.next();
  auto& open = parser.peek();
  if (!open.is("(")) parser.fail(open, fmt::format("'{}' is a function: its arguments are missing", name.text), fmt::format("{}(...)", name.text));
  parser.next();
  Expressions arguments;
  if (!parser.peek().is(")")) do arguments.push_back(parse_expression(parser)); while (parser.accept(","));
  parser.expect(")");
  return checked(parser, name, filter::make_call(symbol.function, std::move(arguments), position_of(name), parser.dialect));
}

ExpressionPtr parse_symbol(Parser& parser, const Symbol& symbol) {
  auto& token = parser.peek();
  switch (symbol.kind) {
    case Symbol::Kind::constant: parser.next(); return filter::make_constant(symbol.constant, position_of(token));
    case Symbol::Kind::variable: parser.next(); return filter::make_variable(symbol.slot, symbol.type, position_of(token));
    case Symbol::Kind::attribute: parser.next(); return filter::make_attribute(symbol.attribute, position_of(token));
    case Symbol::Kind::function: return parse_call(parser, symbol);
    default: break;
  }
  parser.diagnostics.error(token.place, fmt::format("'{}' is a {}, not a value", token.text, kind_text(symbol)));
  parser.diagnostics.note(symbol.place, fmt::format("'{}' was defined here", token.text));
  throw SyntaxError{};
}

/// `defined(x)`, `format(x)`, `prepend(path, n)`: words with something in parentheses behind them.
struct BuiltIn {
  const char* name;
  Op op;
  std::uint8_t arguments;
  bool bird2_only;
};
constexpr BuiltIn built_ins[] = {{"prepend", Op::prepend, 2, false}, {"add", Op::insert, 2, false}, {"delete", Op::remove, 2, false},
                                 {"filter", Op::keep, 2, false}, {"format", Op::format, 1, true}, {"from_hex", Op::from_hex, 1, true},
                                 {"append", Op::append, 2, true}};

ExpressionPtr parse_built_in(Parser& parser, const BuiltIn& built_in) {
  auto& name = parser.next();
  if (built_in.bird2_only) needs_bird2(parser, name, built_in.op == Op::format ? "format()" : built_in.op == Op::append ? "joined strings" : "byte strings");
  parser.expect("(");
  Expressions arguments;
  for (std::size_t i = 0; i < built_in.arguments; ++i) {
    if (i) parser.expect(",");
    arguments.push_back(parse_expression(parser));
  }
  parser.expect(")");
  return operation(parser, name, built_in.op, std::move(arguments));
}

/// The name of a table that judges routes: `what` is "ROA table" or "ASPA table".
Token take_judging_table(Parser& parser, const char* what) {
  auto& table = parser.next();
  auto symbol = table.kind == TokenKind::word ? parser.symbols.find(table.text) : nullptr;
  if (!symbol || symbol->kind != Symbol::Kind::object || std::string_view(symbol->object) != what)
    parser.fail(table, fmt::format("expected the name of {} {}, found {}", *what == 'A' ? "an" : "a", what, describe(table)));
  return table;
}

ExpressionPtr parse_roa_check(Parser& parser) {
  auto& name = parser.next();
  parser.expect("(");
  auto table = take_judging_table(parser, "ROA table");
  Expressions operands;
  if (parser.accept(",")) {
    operands.push_back(parse_expression(parser));
    parser.expect(",");
    operands.push_back(parse_expression(parser));
  }
  parser.expect(")");
  return checked(parser, name, filter::make_roa_check(table.text, std::move(operands), position_of(name), parser.dialect));
}

/// `aspa_check(T, path, is_upstream)`; of bgp_path `aspa_check_upstream(T)` and `aspa_check_downstream(T)`.
ExpressionPtr parse_aspa_check(Parser& parser) {
  auto& name = parser.next();
  needs_bird2(parser, name, "ASPA checks");
  parser.expect("(");
  auto table = take_judging_table(parser, "ASPA table");
  Expressions operands;
  if (name.is("aspa_check")) {
    parser.expect(",");
    operands.push_back(parse_expression(parser));
    parser.expect(",");
    operands.push_back(parse_expression(parser));
  } else {
    operands.push_back(filter::make_attribute(*filter::find_attribute("bgp_path", parser.dialect), position_of(name)));
    operands.push_back(constant_at(name, filter::Value::boolean(name.is("aspa_check_upstream"))));
  }
  parser.expect(")");
  return checked(parser, name, filter::make_aspa_check(table.text, std::move(operands), position_of(name)));
}

/// A word the language itself knows, or null.
ExpressionPtr parse_known_word(Parser& parser) {
  auto& token = parser.peek();
  bool call = parser.peek(1).is("(");
  for (auto [word, value] : {std::pair("true", true), std::pair("false", false)})
    if (parser.accept(word)) return filter::make_constant({filter::Value::boolean(value), nullptr}, position_of(token));
  if (call && token.is("defined")) {
    parser.next();
    parser.next();
    auto operand = parse_expression(parser);
    parser.expect(")");
    return filter::make_defined(std::move(operand), position_of(token));
  }
  if (call && token.is("roa_check")) return parse_roa_check(parser);
  if (call && (token.is("aspa_check") || token.is("aspa_check_upstream") || token.is("aspa_check_downstream"))) return parse_aspa_check(parser);
  if (worded_net_begins(parser)) return parse_worded_net(parser);
  if (call)
    for (auto& built_in : built_ins)
      if (token.is(built_in.name)) return parse_built_in(parser, built_in);
  if (auto value = filter::find_enumerator(token.text, parser.dialect)) {
    parser.next();
    return filter::make_constant({*value, nullptr}, position_of(token));
  }
  if (auto attribute = filter::find_attribute(token.text, parser.dialect)) {
    parser.next();
    return filter::make_attribute(*attribute, position_of(token));
  }
  return nullptr;
}

[[noreturn]] void refuse_word(Parser& parser, const Token& token) {
  if (is_statement_word(token)) parser.fail(token, fmt::format("expected a value, found {}", describe(token)));
  bool built_in = std::ranges::any_of(built_ins, [&](auto& one) { return token.is(one.name); });
  if (built_in || token.is("defined") || token.is("roa_check") || token.is("aspa_check"))
    parser.fail(parser.peek(1), fmt::format("expected '(' behind '{}', found {}", token.text, describe(parser.peek(1))));
  auto names = parser.symbols.names();
  for (auto& more : {filter::attribute_names(parser.dialect), filter::enumerator_names(parser.dialect)}) names.insert(names.end(), more.begin(), more.end());
  parser.fail(token, fmt::format("unknown name '{}'", token.text), did_you_mean(token.text, names));
}

}  // namespace

bool is_statement_word(const Token& token) {
  constexpr std::string_view words[] = {"if", "then", "else", "case", "for", "do", "return", "accept", "reject", "print", "printn", "unset"};
  return token.kind == TokenKind::word && !token.quoted && std::ranges::find(words, token.text) != std::end(words);
}

ExpressionPtr operation(Parser& parser, const Token& at, Op op, Expressions operands, std::uint32_t variant) {
  std::vector<filter::StaticType> types;
  for (auto& operand : operands) types.push_back(operand->type);
  auto fits = filter::check_operation(op, types);
  auto built = filter::make_operation(op, std::move(operands), position_of(at), parser.dialect, variant);
  if (built && !fits && parser.dialect == filter::Dialect::bird2)
    parser.diagnostics.warning(at.place, fits.error(), "when this runs it is an error, and the route is rejected");
  return checked(parser, at, std::move(built));
}

ExpressionPtr parse_primary(Parser& parser) {
  auto& token = parser.peek();
  if (token.kind == TokenKind::word) {
    if (auto symbol = parser.symbols.find(token.text)) return parse_symbol(parser, *symbol);
    auto known = token.quoted ? nullptr : parse_known_word(parser);
    if (known) return known;
    refuse_word(parser, token);
  }
  if (auto literal = parse_literal(parser)) return literal;
  parser.fail(token, fmt::format("expected a value, found {}", describe(token)), token.is("=") ? "one '=' compares" : "");
}

/// `r.bgp_path`: only its type counts.
ExpressionPtr attribute_of_route(Parser& parser, const Token& name) {
  auto symbol = name.kind == TokenKind::word ? parser.symbols.find(name.text) : nullptr;
  if (symbol && symbol->kind == Symbol::Kind::attribute) return filter::make_attribute(symbol->attribute, position_of(name));
  auto attribute = name.kind == TokenKind::word ? filter::find_attribute(name.text, parser.dialect) : nullptr;
  if (!attribute) parser.fail(name, fmt::format("a route has no attribute '{}'", name.text), did_you_mean(name.text, filter::attribute_names(parser.dialect)));
  return filter::make_attribute(*attribute, position_of(name));
}

ExpressionPtr parse_methods(Parser& parser, ExpressionPtr value, bool statement, const filter::Method** last) {
  while (parser.accept(".")) {
    auto& name = parser.next();
    if (parser.symbols.merging && value->kind == Expression::Kind::variable && value->type.type == Type::any) {
      value = attribute_of_route(parser, name);
      continue;
    }
    auto method = name.kind == TokenKind::word ? filter::find_method(name.text, parser.dialect) : nullptr;
    if (!method) {
      parser.fail(name, fmt::format("a value of type {} has no '{}'", filter::type_name(value->type), name.text),
                  did_you_mean(name.text, filter::method_names(parser.dialect)));
    }
    if (method->changes && !statement) needs_bird2(parser, name, "methods that change a value inside of an expression");
    Expressions operands;
    operands.push_back(std::move(value));
    if (method->arguments) {
      parser.expect("(");
      operands.push_back(parse_expression(parser));
      if (parser.peek().is(","))
        parser.fail(parser.peek(), fmt::format("'.{}' takes one value", method->name), operands[0]->type.type == Type::path ? "" : "a community has parentheses of its own: ((64512, 1))");
      parser.expect(")");
    }
    value = operation(parser, name, method->op, std::move(operands));
    if (last) *last = method;
  }
  return value;
}

/// `&&` and `||` bind alike, from left to right.
ExpressionPtr parse_expression(Parser& parser) {
  Nested nested(parser);
  auto left = parse_comparison(parser);
  for (;;) {
    auto& token = parser.peek();
    auto kind = token.is("&&") ? Expression::Kind::both : Expression::Kind::either;
    if (!token.is("&&") && !token.is("||")) return left;
    parser.next();
    left = checked(parser, token, filter::make_logic(kind, std::move(left), parse_comparison(parser), position_of(token), parser.dialect));
  }
}

Sides parse_sides(Parser& parser) {
  Sides sides{parse_sum(parser), nullptr};
  if (!operator_at(parser, comparisons)) return sides;
  parser.next();
  sides.right = parse_sum(parser);
  return sides;
}

filter::Constant constant_of(Parser& parser, const Token& at, ExpressionPtr expression) {
  auto value = filter::evaluate(std::move(expression), parser.dialect);
  if (!value) parser.fail(at, fmt::format("a constant is needed here: {}", value.error()));
  return std::move(*value);
}

}  // namespace avocet::config
