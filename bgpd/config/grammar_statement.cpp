/// Statements, functions, filters and the other definitions of the filter language, reference 7.5.
#include <algorithm>

#include "bgpd/config/grammar_filter.hpp"
#include "bgpd/config/language.hpp"
#include "bgpd/config/layout.hpp"
#include "bgpd/config/warnings.hpp"

namespace avocet::config {
namespace {

using filter::Dialect;
using filter::Ending;
using filter::ExpressionPtr;
using filter::FunctionPtr;
using filter::Statement;
using filter::StaticType;
using filter::Type;
using Statements = std::vector<Statement>;

constexpr std::uint8_t most_variables = 200;  // temporaries need registers too

struct TypeWord {
  std::string_view word;
  Type type;
};
constexpr TypeWord type_words[] = {{"int", Type::integer}, {"bool", Type::boolean}, {"ip", Type::ip}, {"prefix", Type::prefix},
                                   {"pair", Type::pair}, {"quad", Type::quad}, {"ec", Type::ec}, {"lc", Type::lc}, {"rd", Type::rd}, {"mac", Type::mac},
                                   {"string", Type::string}, {"bytestring", Type::bytes}, {"bgppath", Type::path},
                                   {"bgpmask", Type::mask}, {"clist", Type::clist}, {"eclist", Type::eclist}, {"lclist", Type::lclist}};

const TypeWord* type_word_at(const Token& token) {
  for (auto& one : type_words)
    if (token.is(one.word)) return &one;
  return nullptr;
}

Statement make(Statement::Kind kind, const Token& at) {
  Statement statement;
  statement.kind = kind;
  statement.at = position_of(at);
  return statement;
}

void refuse_taken(Parser& parser, const Token& name, const Symbol* first) {
  parser.diagnostics.error(name.place, fmt::format("the name '{}' is taken", name.text));
  if (first && first->place.line) parser.diagnostics.note(first->place, fmt::format("'{}' was defined here", name.text));
}

Token take_name(Parser& parser, const char* what) {
  auto& name = parser.peek();
  if (name.kind != TokenKind::word) parser.fail(name, fmt::format("expected the name of a {}, found {}", what, describe(name)));
  return parser.next();
}

void note_definition_below(Parser& parser, std::string_view keyword, const Token& name);

/// Reads the body of one filter or function and makes code of it.
class BodyReader {
 public:
  BodyReader(Parser& parser, std::string name, Ending ending) : parser_(parser), scope_(parser.symbols), errors_before_(parser.diagnostics.errors()) {
    frame_.name = std::move(name);
    frame_.dialect = parser.dialect;
    frame_.ending = ending;
    frame_.files = parser.sources.names();
  }

  /// The type that `return` must have, once it is known.
  std::optional<StaticType> result;

  std::uint8_t declare(StaticType type) { return declare(type, take_name(parser_, "variable")); }
  std::uint8_t declare(StaticType type, const Token& name) {
    if (frame_.variables == most_variables) parser_.fail(name, "too many variables", "at most 200 in one filter or function");
    Symbol symbol;
    symbol.kind = Symbol::Kind::variable;
    symbol.place = name.place;
    symbol.slot = frame_.variables++;
    symbol.type = type;
    auto slot = symbol.slot;
    if (!parser_.symbols.add(name.text, std::move(symbol))) refuse_taken(parser_, name, parser_.symbols.find(name.text));
    return slot;
  }

  /// `int x; bool y;` between the header and `{`.
  void declarations(Statements& body) {
    while (!parser_.at_end() && !parser_.peek().is("{")) {
      auto& at = parser_.peek();
      auto type = accept_type(parser_);
      if (!type) parser_.fail(at, fmt::format("expected '{{', found {}", describe(at)));
      auto statement = make(Statement::Kind::declare, at);
      statement.slot = declare(*type);
      body.push_back(std::move(statement));
      parser_.expect(";");
    }
  }

  /// From `{` to `}`.
  Statements block() {
    auto open = parser_.expect("{");
    Symbols::Scope scope(parser_.symbols);
    Statements list;
    while (!parser_.accept("}") && !parser_.is_unclosed(open)) guarded(list);
    return list;
  }

  /// The same behind a static route. `text`: its tokens, without the `bfd;` that 1.6 has there.
  Statements route_block(std::optional<bool>& bfd, std::vector<Token>& text) {
    auto open = parser_.expect("{");
    text.push_back(open);
    Symbols::Scope scope(parser_.symbols);
    Statements list;
    while (!parser_.accept("}") && !parser_.is_unclosed(open)) {
      if (bird1() && parser_.accept("bfd")) {
        bfd = parse_bool(parser_);
        parser_.expect(";");
        continue;
      }
      auto start = parser_.position();
      guarded(list);
      for (auto& token : parser_.since(start)) text.push_back(token);
    }
    text.push_back(parser_.taken());
    return list;
  }

  /// What is only odd is not worth a word in a text that has mistakes.
  bool is_without_errors() const { return parser_.diagnostics.errors() == errors_before_; }

  filter::CodePtr finish(const Token& at, const Statements& body) {
    if (is_without_errors()) warn_of_unreachable(body, parser_.diagnostics);
    auto code = filter::compile(body, frame_);
    if (!code) parser_.fail(at, "too many values at once", "split the filter into functions");
    return code;
  }

  Statements branch_on(ExpressionPtr condition, const Token& at) {
    auto branch = make(Statement::Kind::branch, at);
    check_condition(at, *condition);
    branch.expressions.push_back(std::move(condition));
    branch.body.push_back(make(Statement::Kind::accept, at));
    Statements list;
    list.push_back(std::move(branch));
    list.push_back(make(Statement::Kind::reject, at));
    return list;
  }

 private:
  bool bird1() const { return parser_.dialect == Dialect::bird1; }

  /// One statement; a mistake in it costs no other.
  void guarded(Statements& list) {
    auto depth = parser_.peek().depth;
    try {
      if (!parser_.accept(";")) list.push_back(statement());
    } catch (const SyntaxError&) {
      parser_.recover(depth);
    }
  }

  /// A branch: one statement or a block, with variables of its own.
  Statements branch() {
    if (parser_.peek().is("{")) return block();
    Symbols::Scope scope(parser_.symbols);
    Statements list;
    list.push_back(statement());
    return list;
  }

  Statement statement() {
    Nested nested(parser_);
    auto& token = parser_.peek();
    static constexpr struct { std::string_view word; Statement (BodyReader::*read)(); } words[] = {
        {"if", &BodyReader::if_statement}, {"case", &BodyReader::case_statement}, {"for", &BodyReader::for_statement},
        {"return", &BodyReader::return_statement}, {"accept", &BodyReader::verdict}, {"reject", &BodyReader::verdict},
        {"error", &BodyReader::verdict}, {"print", &BodyReader::print}, {"printn", &BodyReader::print},
        {"unset", &BodyReader::unset}, {"bt_assert", &BodyReader::assertion}, {"bt_check_assign", &BodyReader::checked_assignment}};
    if (token.is("{")) {
      needs_bird2(parser_, token, "blocks that are not behind 'then' or 'else'");
      auto inner = make(Statement::Kind::block, token);
      inner.body = block();
      return inner;
    }
    bool changes_name = parser_.peek(1).is("=") || parser_.peek(1).is(".");
    for (auto& one : words)
      if (token.is(one.word) && !changes_name) return (this->*one.read)();
    if (declaration_begins(parser_)) return declaration();
    for (auto word : {"then", "else", "do"})
      if (token.is(word) && !changes_name) parser_.fail(token, fmt::format("expected a statement, found '{}'", word));
    if (token.kind == TokenKind::word) return change_or_call();
    parser_.fail(token, fmt::format("expected a statement, found {}", describe(token)));
  }

  void check_condition(const Token& at, const filter::Expression& condition) {
    if (bird1() || filter::may_be(condition.type, {Type::boolean})) return;
    parser_.fail(at, fmt::format("a condition must be of type bool, not {}", filter::type_name(condition.type)));
  }

  Statement if_statement() {
    auto branch = make(Statement::Kind::branch, parser_.next());
    auto& at = parser_.peek();
    auto condition = parse_expression(parser_);
    check_condition(at, *condition);
    branch.expressions.push_back(std::move(condition));
    for (auto [word, sign] : {std::pair("and", "&&"), std::pair("or", "||")})
      if (parser_.peek().is(word)) parser_.fail(parser_.peek(), fmt::format("expected 'then', found '{}'", word), fmt::format("write '{}'", sign));
    auto& then = parser_.peek();
    bool goes_on = then.is("{") || is_statement_word(then);
    if (!parser_.accept("then") && !goes_on) parser_.expect("then");
    if (!then.is("then")) parser_.diagnostics.error(then.place, fmt::format("expected 'then', found {}", describe(then)));
    branch.body = this->branch();
    // `else:` belongs to a case around this statement.
    if (parser_.peek().is("else") && !parser_.peek(1).is(":")) {
      parser_.next();
      branch.otherwise = this->branch();
    }
    return branch;
  }

  // ---- case

  bool arm_begins() const {
    auto &token = parser_.peek(), &next = parser_.peek(1);
    if (token.is("}")) return true;
    if (token.is("{") || token.is(";")) return false;
    return token.kind != TokenKind::word || next.is(":") || next.is(",") || next.is("..");
  }

  Statement case_statement() {
    auto select = make(Statement::Kind::select, parser_.next());
    select.expressions.push_back(parse_expression(parser_));
    auto type = filter::element_type(select.expressions[0]->type);
    auto open = parser_.expect("{");
    std::vector<Token> labels;
    while (!parser_.accept("}") && !parser_.is_unclosed(open)) {
      labels.push_back(parser_.peek());
      select.arms.push_back(arm(type));
      warn_of_overlaps(select.arms, labels);
    }
    return select;
  }

  filter::Arm arm(StaticType type) {
    filter::Arm arm;
    auto& label = parser_.peek();
    if (!parser_.accept("else")) {
      auto set = parse_set_items(parser_, ":");
      if (set.value.is(Type::prefix_set)) parser_.fail(label, "the arms of a case cannot be prefixes", "write 'if net ~ [...] then'");
      if (set.value.as_set().empty()) parser_.fail(label, fmt::format("expected the values of an arm, found {}", describe(label)));
      auto element = set.value.as_set().element();
      if (!bird1() && !filter::may_be(type, element))
        parser_.diagnostics.warning(label.place, fmt::format("this arm is never taken: the value of the case is of type {}, not {}", filter::type_name(type), filter::type_name(element)));
      arm.sets.push_back(std::move(set));
    }
    parser_.expect(":");
    if (parser_.peek().is("{")) needs_bird2(parser_, parser_.peek(), "blocks as arms of a case");
    Symbols::Scope scope(parser_.symbols);
    while (!arm_begins() && !parser_.at_end() && !begins_at_top_level(parser_.peek(), parser_.peek(1), parser_.peek(2))) guarded(arm.body);
    return arm;
  }

  void warn_of_overlaps(const std::vector<filter::Arm>& arms, const std::vector<Token>& labels) {
    auto& last = arms.back();
    for (std::size_t i = 0; i + 1 < arms.size(); ++i) {
      bool both_else = arms[i].sets.empty() && last.sets.empty();
      bool overlap = !arms[i].sets.empty() && !last.sets.empty() && arms[i].sets[0].value.as_set().overlaps(last.sets[0].value.as_set());
      if (!both_else && !overlap) continue;
      parser_.diagnostics.warning(labels.back().place, fmt::format("values of this arm are also in the arm of line {}, which wins", labels[i].place.line));
      return;
    }
  }

  // ---- for

  static StaticType item_type(Type list) {
    switch (list) {
      case Type::path: return {Type::integer};
      case Type::clist: return {Type::pair};
      case Type::eclist: return {Type::ec};
      case Type::lclist: return {Type::lc};
      default: return {Type::any};
    }
  }

  Statement for_statement() {
    auto& keyword = parser_.next();
    needs_bird2(parser_, keyword, "loops");
    auto loop = make(Statement::Kind::loop, keyword);
    Symbols::Scope scope(parser_.symbols);
    auto& name = parser_.peek();
    std::optional<Token> declared;
    if (auto type = accept_type(parser_)) {
      loop.type = *type;
      declared = take_name(parser_, "variable");
    } else {
      auto symbol = name.kind == TokenKind::word ? parser_.symbols.find(name.text) : nullptr;
      if (!symbol || symbol->kind != Symbol::Kind::variable) parser_.fail(name, fmt::format("expected a variable, found {}", describe(name)), "for int asn in bgp_path do ...");
      parser_.next();
      loop.type = symbol->type;
      loop.slot = symbol->slot;
    }
    parser_.expect("in");
    auto& at = parser_.peek();
    auto list = parse_expression(parser_);
    auto item = item_type(list->type.type);
    if (item.type == Type::any && list->type.type != Type::any) parser_.fail(at, fmt::format("a loop goes over a path or a list of communities, not over a value of type {}", filter::type_name(list->type)));
    if (!filter::may_be(item, loop.type)) parser_.fail(name, fmt::format("the loop gives values of type {}, the variable is of type {}", filter::type_name(item), filter::type_name(loop.type)));
    // The variable hides an outer one only behind the list.
    if (declared) loop.slot = declare(loop.type, *declared);
    loop.expressions.push_back(std::move(list));
    parser_.expect("do");
    loop.body = branch();
    return loop;
  }

  // ---- leaving

  Statement return_statement() {
    auto& keyword = parser_.next();
    auto leave = make(Statement::Kind::give_back, keyword);
    auto& at = parser_.peek();
    auto value = parse_expression(parser_);
    bool function = frame_.ending == Ending::gives_nothing;
    if (!function && !bird1()) parser_.fail(keyword, "only a function can return a value", "a filter says 'accept' or 'reject'");
    if (!result) result = value->type;
    else if (!bird1() && !filter::may_be(value->type, *result))
      parser_.fail(at, fmt::format("the function returns type {}, this value is of type {}", filter::type_name(*result), filter::type_name(value->type)));
    leave.expressions.push_back(std::move(value));
    parser_.expect(";");
    return leave;
  }

  Statement verdict() {
    auto& word = parser_.next();
    auto leave = make(word.is("accept") ? Statement::Kind::accept : Statement::Kind::reject, word);
    values(leave);
    return leave;
  }

  Statement print() {
    auto& word = parser_.next();
    auto print = make(Statement::Kind::print, word);
    print.line_end = word.is("print");
    values(print);
    return print;
  }

  // ---- assertions of `bgpd --selftest`

  /// `bt_assert(condition);`
  Statement assertion() {
    auto require = make(Statement::Kind::require, parser_.next());
    auto& open = parser_.expect("(");
    auto start = parser_.position();
    auto& at = parser_.peek();
    auto condition = parse_expression(parser_);
    check_condition(at, *condition);
    auto end = parser_.position();
    auto& close = parser_.expect(")");
    require.words = text_between(open, close);
    bool folded = condition->is_constant();
    require.expressions.push_back(std::move(condition));
    if (folded) {
      // The values are gone from a comparison of constants: they are read once more.
      parser_.rewind(start);
      auto sides = parse_sides(parser_);
      if (sides.right && parser_.position() == end) {
        require.expressions.push_back(std::move(sides.left));
        require.expressions.push_back(std::move(sides.right));
      }
      parser_.rewind(end);
      parser_.next();
    }
    parser_.expect(";");
    return require;
  }

  /// `bt_check_assign(x, value);`: x = value, and then x has the value.
  Statement checked_assignment() {
    auto& keyword = parser_.next();
    auto& open = parser_.expect("(");
    auto& name = parser_.peek();
    auto target = parse_primary(parser_);
    bool variable = target->kind == filter::Expression::Kind::variable;
    if (!variable && target->kind != filter::Expression::Kind::attribute) parser_.fail(name, fmt::format("'{}' cannot be changed", name.text));
    if (!variable && !target->attribute.writable) parser_.fail(name, fmt::format("the attribute '{}' is read-only", name.text));
    parser_.expect(",");
    auto value = parse_expression(parser_);
    check_assigned(name, *value, target->type);
    auto& close = parser_.expect(")");
    auto kept = kept_value(name, std::move(value));
    auto type = kept.type;
    auto slot = kept.slot;
    auto copy = [&] { return filter::make_variable(slot, type, position_of(name)); };
    auto change = make(variable ? Statement::Kind::assign : Statement::Kind::set, name);
    change.slot = target->slot;
    change.type = target->type;
    change.attribute = target->attribute;
    change.expressions.push_back(copy());
    auto require = make(Statement::Kind::require, keyword);
    require.words = text_between(open, close);
    std::vector<ExpressionPtr> sides;
    sides.push_back(std::move(target));
    sides.push_back(copy());
    require.expressions.push_back(checked(parser_, keyword, filter::make_operation(filter::Op::equal, std::move(sides), position_of(keyword), parser_.dialect)));
    auto all = make(Statement::Kind::block, keyword);
    all.body.push_back(std::move(kept));
    all.body.push_back(std::move(change));
    all.body.push_back(std::move(require));
    parser_.expect(";");
    return all;
  }

  /// Keeps a value in a variable without a name.
  Statement kept_value(const Token& at, ExpressionPtr value) {
    if (frame_.variables == most_variables) parser_.fail(at, "too many variables", "at most 200 in one filter or function");
    auto kept = make(Statement::Kind::declare, at);
    kept.slot = frame_.variables++;
    kept.type = value->type;
    kept.expressions.push_back(std::move(value));
    return kept;
  }

  /// The source between two tokens of one file.
  static std::string text_between(const Token& open, const Token& close) {
    auto begin = open.text.data() + open.text.size(), end = close.text.data();
    return open.place.file == close.place.file && begin < end ? std::string(begin, end) : std::string();
  }

  /// True at a '}' and at a line that begins with a statement's word: a ';' is missing before it.
  bool statement_ends_without_mark() const {
    auto& token = parser_.peek();
    return token.is("}") || (token.place.line > parser_.taken().place.line && is_statement_word(token));
  }

  /// Expressions up to and with `;`.
  void values(Statement& statement) {
    if (!parser_.peek().is(";") && !statement_ends_without_mark()) do statement.expressions.push_back(parse_expression(parser_)); while (parser_.accept(","));
    parser_.expect(";");
  }

  // ---- variables and attributes

  Statement declaration() {
    auto& at = parser_.peek();
    needs_bird2(parser_, at, "variables declared inside of a body");
    auto type = *accept_type(parser_);
    auto declared = make(Statement::Kind::declare, at);
    auto name = take_name(parser_, "variable");
    // The value is read before the name hides an outer one.
    if (parser_.accept("=")) {
      declared.expressions.push_back(parse_expression(parser_));
      check_assigned(name, *declared.expressions[0], type);
    }
    declared.slot = declare(type, name);
    declared.type = type;
    parser_.expect(";");
    return declared;
  }

  void check_assigned(const Token& name, filter::Expression& value, StaticType type) {
    if (!bird1()) filter::give_empty_set_a_type(value, type);
    if (bird1() || filter::may_be(value.type, type)) return;
    if (value.type.type == Type::set && type.type == Type::set)  // all sets but those of prefixes are one type to BIRD
      return parser_.diagnostics.warning(name.place, fmt::format("'{}' is of type {}, the value of type {}", name.text, filter::type_name(type), filter::type_name(value.type)));
    parser_.fail(name, fmt::format("'{}' is of type {}, the value of type {}", name.text, filter::type_name(type), filter::type_name(value.type)));
  }

  Statement unset() {
    auto& keyword = parser_.next();
    auto statement = make(Statement::Kind::unset, keyword);
    parser_.expect("(");
    auto& name = parser_.peek();
    auto attribute = parse_primary(parser_);
    if (attribute->kind != filter::Expression::Kind::attribute || !attribute->attribute.removable)
      parser_.fail(name, fmt::format("'{}' is no attribute that can be unset", name.text));
    statement.attribute = attribute->attribute;
    parser_.expect(")");
    parser_.expect(";");
    return statement;
  }

  /// `x = e;`, `bgp_path.prepend(1);` or `f(a);`
  Statement change_or_call() {
    auto& name = parser_.peek();
    auto symbol = parser_.symbols.find(name.text);
    if (symbol && symbol->kind == Symbol::Kind::function) {
      auto call = make(Statement::Kind::evaluate, name);
      call.expressions.push_back(parse_primary(parser_));
      parser_.expect(";");
      return call;
    }
    if (!symbol && parser_.peek(1).is("(")) note_definition_below(parser_, "function", name);
    if (!symbol && parser_.peek(1).is("(")) parser_.fail(name, fmt::format("unknown function '{}'", name.text), function_hint(name));
    auto target = parse_primary(parser_);
    auto kind = target->kind;
    bool variable = kind == filter::Expression::Kind::variable;
    if (!variable && kind != filter::Expression::Kind::attribute) parser_.fail(name, fmt::format("'{}' cannot be changed", name.text));
    auto change = make(variable ? Statement::Kind::assign : Statement::Kind::set, name);
    change.slot = target->slot;
    change.type = target->type;
    change.attribute = target->attribute;
    if (!variable && !change.attribute.writable) parser_.fail(name, fmt::format("the attribute '{}' is read-only", name.text));
    change.expressions.push_back(changed_value(name, std::move(target), variable));
    check_assigned(name, *change.expressions[0], change.type);
    parser_.expect(";");
    return change;
  }

  ExpressionPtr changed_value(const Token& name, ExpressionPtr target, bool variable) {
    if (parser_.accept("=")) return parse_expression(parser_);
    auto& next = parser_.peek();
    if (!next.is(".")) parser_.fail(next, fmt::format("expected '=' or a method behind '{}', found {}", name.text, describe(next)));
    if (variable) needs_bird2(parser_, next, "methods that change a variable");
    if (parser_.symbols.merging && target->type.type == Type::any) parser_.fail(next, fmt::format("the attributes of the route '{}' cannot be changed", name.text));
    const filter::Method* last = nullptr;
    auto value = parse_methods(parser_, std::move(target), true, &last);
    if (!last->changes) parser_.fail(next, fmt::format("'.{}' changes nothing: the statement has no effect", last->name));
    return value;
  }

  std::string function_hint(const Token& name) const {
    auto close = closest(std::string(name.text), parser_.symbols.names());
    return close.empty() ? "functions are defined above their first use" : fmt::format("did you mean '{}'?", close);
  }

  Parser& parser_;
  Symbols::Scope scope_;
  std::size_t errors_before_;
  filter::Frame frame_;
};

/// If the name is defined further down: an error that says so and points there.
void note_definition_below(Parser& parser, std::string_view keyword, const Token& name) {
  auto here = parser.position();
  for (; !parser.at_end(); parser.next()) {
    auto one = parser.peek(), next = parser.peek(1);
    if (one.depth > 0 || !one.is(keyword) || next.kind != TokenKind::word || next.text != name.text) continue;
    parser.rewind(here);
    parser.diagnostics.error(name.place, fmt::format("{} '{}' is used above its definition", keyword, name.text), "a definition stands above its first use");
    parser.diagnostics.note(next.place, fmt::format("'{}' is defined here", name.text));
    throw SyntaxError{};
  }
  parser.rewind(here);
}

/// `start`: where a filter without name begins.
filter::ProgramPtr parse_filter_body(Parser& parser, const std::string& name, std::optional<Parser::Position> start) {
  auto& at = parser.peek();
  BodyReader reader(parser, name, Ending::undecided);
  Statements body;
  reader.declarations(body);
  Statement inner = make(Statement::Kind::block, at);
  inner.body = reader.block();
  body.push_back(std::move(inner));
  if (reader.is_without_errors()) warn_of_filter_without_accept(at, name, body, parser);
  auto code = reader.finish(at, body);
  return filter::make_program(name, code, "filter " + (start ? layout(parser.since(*start)) : name_text(name)));
}

constexpr const char* unnamed = "(unnamed)";  // as `show protocols all` calls such filters

/// `(int a; bool b)`
void parse_arguments(Parser& parser, BodyReader& reader, filter::Function& function) {
  parser.expect("(");
  while (!parser.accept(")")) {
    auto& at = parser.peek();
    auto type = accept_type(parser);
    if (!type) parser.fail(at, fmt::format("expected the type of an argument, found {}", describe(at)));
    reader.declare(*type);
    function.arguments.push_back(*type);
    if (!parser.accept(",") && !parser.accept(";") && !parser.peek().is(")"))
      parser.fail(parser.peek(), fmt::format("expected ',' or ')', found {}", describe(parser.peek())));
  }
}

/// A parser's tokens, for one expression typed by an operator.
struct Question {
  Question(const std::string& words, const Symbols& running, Dialect dialect) : symbols(running), file(sources.add_text("expression", words)) {
    text = put_includes_in_place(sources, file, diagnostics);
    parser.emplace(text, sources, diagnostics, symbols);
    parser->dialect = dialect;
  }
  std::string problem() const { return diagnostics.list().empty() ? "" : diagnostics.list().front().what; }
  void expect_end() {
    if (!parser->at_end()) parser->fail(parser->peek(), fmt::format("expected the end, found {}", describe(parser->peek())));
    if (diagnostics.has_errors()) throw SyntaxError{};
  }

  Sources sources;
  Diagnostics diagnostics;
  Symbols symbols;
  std::uint16_t file;
  std::vector<Stretch> text;
  std::optional<Parser> parser;
};

}  // namespace

std::optional<StaticType> accept_type(Parser& parser) {
  auto& token = parser.peek();
  if (token.is("enum") && parser.peek(1).kind == TokenKind::word) {
    auto kind = filter::find_enumeration(parser.peek(1).text, parser.dialect);
    if (!kind) parser.fail(parser.peek(1), fmt::format("unknown enumeration '{}'", parser.peek(1).text));
    parser.next();
    parser.next();
    if (parser.accept("set")) return StaticType{Type::set, static_cast<std::uint8_t>(Type::enumeration)};
    return StaticType{Type::enumeration, kind};
  }
  if (parser.symbols.merging && parser.accept("route")) return StaticType{Type::any};
  auto word = type_word_at(token);
  if (!word) return std::nullopt;
  parser.next();
  if (!parser.peek().is("set")) return StaticType{word->type};
  parser.next();
  if (word->type == Type::prefix) return StaticType{Type::prefix_set};
  return StaticType{Type::set, static_cast<std::uint8_t>(filter::element_type({word->type}).type)};
}

bool declaration_begins(const Parser& parser) {
  auto &token = parser.peek(), &next = parser.peek(1);
  return (type_word_at(token) || token.is("enum")) && next.kind == TokenKind::word;
}

void parse_define(Parser& parser) {
  parser.next();
  auto name = take_name(parser, "constant");
  parser.expect("=");
  auto& at = parser.peek();
  Symbol symbol;
  symbol.kind = Symbol::Kind::constant;
  symbol.place = name.place;
  try {
    symbol.constant = constant_of(parser, at, parse_expression(parser));
  } catch (const SyntaxError&) {
    parser.symbols.failed.emplace(name.text);
    throw;
  }
  if (!parser.symbols.add_global(name.text, std::move(symbol))) refuse_taken(parser, name, parser.symbols.find(name.text));
  parser.expect(";");
}

void parse_function(Parser& parser) {
  parser.next();
  auto name = take_name(parser, "function");
  auto function = std::make_shared<filter::Function>();
  function->name = name.text;
  Symbol symbol;
  symbol.kind = Symbol::Kind::function;
  symbol.place = name.place;
  symbol.function = function;
  bool recursive = parser.dialect == Dialect::bird2;  // 1.6 knows a function only behind its end
  auto add = [&] {
    if (!parser.symbols.add_global(name.text, symbol)) refuse_taken(parser, name, parser.symbols.find(name.text));
  };
  if (recursive) add();
  BodyReader reader(parser, function->name, Ending::gives_nothing);
  parse_arguments(parser, reader, *function);
  if (parser.accept("->")) {
    auto& at = parser.peek();
    reader.result = accept_type(parser);
    if (!reader.result) parser.fail(at, fmt::format("expected the type the function returns, found {}", describe(at)));
  }
  Statements body;
  reader.declarations(body);
  Statement inner = make(Statement::Kind::block, parser.peek());
  inner.body = reader.block();
  body.push_back(std::move(inner));
  function->result = reader.result.value_or(StaticType{Type::void_});
  function->code = reader.finish(name, body);
  if (may_accept(body, parser.symbols.accepting)) parser.symbols.accepting.insert(function.get());
  if (!recursive) add();
}

void parse_filter(Parser& parser) {
  parser.next();
  auto name = take_name(parser, "filter");
  Symbol symbol;
  symbol.kind = Symbol::Kind::filter;
  symbol.place = name.place;
  symbol.program = parse_filter_body(parser, std::string(name.text), std::nullopt);
  if (!parser.symbols.add_global(name.text, std::move(symbol))) refuse_taken(parser, name, parser.symbols.find(name.text));
}

namespace {

/// `NAME;`
void declare_attribute(Parser& parser, const filter::Attribute& attribute) {
  auto name = take_name(parser, "attribute");
  Symbol symbol;
  symbol.kind = Symbol::Kind::attribute;
  symbol.place = name.place;
  symbol.attribute = attribute;
  if (!parser.symbols.add_global(name.text, std::move(symbol))) refuse_taken(parser, name, parser.symbols.find(name.text));
  parser.expect(";");
}

/// After `bgp`: `70 bytestring`, an attribute of BGP by its number, as raw bytes (BIRD 2.14).
filter::Attribute parse_numbered_attribute(Parser& parser) {
  auto& number = parser.peek();
  auto code = parse_int(parser);
  bool known = code < 256 && proto::canonical_flags(static_cast<proto::AttributeCode>(code)) != 0;
  if (code == 0 || code > 255) parser.fail(number, fmt::format("the number of a BGP attribute must be 1 to 255, not {}", code));
  if (known) parser.fail(number, fmt::format("BGP attribute {} has a name of its own", code));
  auto& at = parser.peek();
  auto type = accept_type(parser);
  if (!type || type->type != Type::bytes) parser.fail(at, fmt::format("expected bytestring, found {}", describe(at)));
  return *filter::custom_attribute(*type, static_cast<std::uint16_t>(code));
}

}  // namespace

void parse_attribute(Parser& parser) {
  parser.next();
  if (parser.accept("bgp")) return declare_attribute(parser, parse_numbered_attribute(parser));
  auto& at = parser.peek();
  auto type = accept_type(parser);
  if (!type) parser.fail(at, fmt::format("expected the type of the attribute, found {}", describe(at)));
  auto code = proto::code_of(proto::AttributeCode::custom) + parser.symbols.custom_attributes().size();
  auto attribute = filter::custom_attribute(*type, static_cast<std::uint16_t>(code));
  if (!attribute) parser.fail(at, fmt::format("there are no attributes of type {}", filter::type_name(*type)));
  declare_attribute(parser, *attribute);
}

void parse_eval(Parser& parser) {
  parser.next();
  auto& at = parser.peek();
  auto value = constant_of(parser, at, parse_expression(parser));
  parser.diagnostics.note(at.place, fmt::format("the value is {}", filter::to_text(value.value)));
  parser.accept(";");  // no BIRD asks for it
}

/// The function of that name above this line.
FunctionPtr take_function(Parser& parser) {
  auto name = take_name(parser, "function");
  auto symbol = parser.symbols.find(name.text);
  if (symbol && symbol->kind == Symbol::Kind::function) return symbol->function;
  parser.fail(name, fmt::format("there is no function '{}' above this line", name.text), did_you_mean(name.text, parser.symbols.names()));
}

TestSuite parse_test(Parser& parser) {
  TestSuite test;
  auto& keyword = parser.next();
  test.place = keyword.place;
  parser.expect("(");
  auto& name = parser.peek();
  test.function = take_function(parser);
  parser.expect(",");
  if (keyword.is("bt_test_same")) {
    test.other = take_function(parser);
    parser.expect(",");
    test.same = parse_bool(parser);
  } else {
    test.text = parse_string(parser);
    if (!test.function->arguments.empty()) parser.fail(name, fmt::format("a test is called without arguments, '{}' takes some", name.text));
  }
  parser.expect(")");
  parser.accept(";");
  return test;
}

filter::ProgramPtr parse_filter_choice(Parser& parser) {
  auto& token = parser.peek();
  if (parser.accept("all")) return filter::accept_all();
  if (parser.accept("none")) return filter::reject_all();
  if (parser.accept("where")) return parse_where(parser);
  if (!parser.accept("filter")) parser.fail(token, fmt::format("expected all, none, filter or where, found {}", describe(token)));
  return parse_filter_behind_keyword(parser);
}

filter::ProgramPtr parse_filter_behind_keyword(Parser& parser) {
  auto& name = parser.peek();
  if (name.is("{") || declaration_begins(parser)) return parse_filter_body(parser, unnamed, parser.position());
  take_name(parser, "filter");
  auto symbol = parser.symbols.find(name.text);
  if (symbol && symbol->kind == Symbol::Kind::filter) return symbol->program;
  std::vector<std::string> filters;
  for (auto& [known, one] : parser.symbols.global())
    if (one.kind == Symbol::Kind::filter) filters.push_back(known);
  std::ranges::sort(filters);
  note_definition_below(parser, "filter", name);
  parser.fail(name, fmt::format("there is no filter '{}' above this line", name.text), did_you_mean(name.text, filters));
}

filter::ProgramPtr parse_route_edits(Parser& parser, std::optional<bool>& bfd) {
  auto& at = parser.peek();
  BodyReader reader(parser, unnamed, Ending::accepts);
  std::vector<Token> text;
  auto body = reader.route_block(bfd, text);
  if (bfd && body.empty()) return nullptr;
  auto code = reader.finish(at, body);
  return filter::make_program(unnamed, code, layout(text));
}

void parse_merge(Parser& parser) {
  auto& at = parser.peek();
  BodyReader reader(parser, "merge by", Ending::undecided);
  Token routes;
  routes.text = "routes";
  routes.kind = TokenKind::word;
  reader.declare({Type::any}, routes);
  if (!parser.peek().is("{")) parser.expect("{");
  parser.symbols.merging = true;
  auto body = reader.block();
  parser.symbols.merging = false;
  reader.finish(at, body);
}

filter::ProgramPtr parse_where(Parser& parser) {
  auto& at = parser.peek();
  auto start = parser.position();
  BodyReader reader(parser, unnamed, Ending::undecided);
  auto condition = parse_expression(parser);
  auto code = reader.finish(at, reader.branch_on(std::move(condition), at));
  return filter::make_program(unnamed, code, "where " + layout(parser.since(start)));
}

EvalAnswer evaluate(const std::string& expression, const Symbols& symbols, Dialect dialect) {
  Question question(expression, symbols, dialect);
  try {
    auto value = parse_expression(*question.parser);
    question.expect_end();
    auto result = filter::evaluate(std::move(value), dialect);
    return result ? EvalAnswer{true, filter::to_text(result->value)} : EvalAnswer{false, "runtime error: " + result.error(), true};
  } catch (const SyntaxError&) {
    return {false, question.problem()};
  }
}

filter::ProgramPtr compile_where(const std::string& expression, const Symbols& symbols, Dialect dialect, std::string& error) {
  Question question(expression, symbols, dialect);
  try {
    auto program = parse_where(*question.parser);
    question.expect_end();
    return program;
  } catch (const SyntaxError&) {
    error = question.problem();
    return nullptr;
  }
}

}  // namespace avocet::config
