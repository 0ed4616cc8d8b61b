#pragma once
/// The tree of a filter or function as the grammar builds it: names resolved, types known, constants folded.
#include <memory>
#include <string>
#include <vector>

#include "bgpd/filter/attribute.hpp"
#include "bgpd/filter/operation.hpp"
#include "bgpd/filter/path_mask.hpp"
#include "proto/result.hpp"

namespace avocet::filter {

/// Where something stands: a file (the grammar's number for it), a line and a column from 1.
struct Position {
  std::uint16_t file = 0;
  std::uint16_t column = 0;
  std::uint32_t line = 0;
};

/// Names by the grammar's file numbers, for messages; shared by all code of one configuration. Null: places have no names.
using FileNames = std::shared_ptr<const std::vector<std::string>>;

struct Code;
using CodePtr = std::shared_ptr<const Code>;

/// A function that can be called: known by its head while its own body is read, complete afterwards.
struct Function {
  std::string name;
  std::vector<StaticType> arguments;
  StaticType result{Type::void_};
  CodePtr code;  ///< null while its body is read: a call then is a recursion
};
using FunctionPtr = std::shared_ptr<const Function>;

struct Expression;
using ExpressionPtr = std::unique_ptr<Expression>;

struct Expression {
  enum class Kind : std::uint8_t { constant, variable, attribute, operation, both, either, defined, call, mask, roa_check, aspa_check };
  Kind kind = Kind::constant;
  Position at;
  StaticType type;
  Constant constant;              ///< the value; of `mask`, the mask with parameters in it; of `roa_check` and `aspa_check`, the table's name
  std::uint8_t slot = 0;          ///< of a variable
  Attribute attribute;
  Op op = Op::constant;
  std::uint32_t variant = 0;      ///< of an operation
  std::vector<ExpressionPtr> operands;
  FunctionPtr function;
  bool is_constant() const { return kind == Kind::constant; }
};

/// An expression, or why there is none.
using Built = proto::Result<ExpressionPtr, std::string>;

ExpressionPtr make_constant(Constant constant, Position at);
ExpressionPtr make_variable(std::uint8_t slot, StaticType type, Position at);
ExpressionPtr make_attribute(const Attribute& attribute, Position at);
ExpressionPtr make_defined(ExpressionPtr operand, Position at);
/// A value operation. Operand types are checked in the dialect of BIRD 2, constants are folded in both.
Built make_operation(Op op, std::vector<ExpressionPtr> operands, Position at, Dialect dialect, std::uint32_t variant = 0);
/// `[]` is a set of anything until it is put where sets of one type are: from then on it is an empty set of that type.
void give_empty_set_a_type(Expression& value, StaticType wanted);
/// `a && b` or `a || b`.
Built make_logic(Expression::Kind kind, ExpressionPtr left, ExpressionPtr right, Position at, Dialect dialect);
Built make_call(FunctionPtr function, std::vector<ExpressionPtr> arguments, Position at, Dialect dialect);
/// A mask; `parameters` are its values known only in a run.
Built make_mask(PathMask mask, std::vector<ExpressionPtr> parameters, Position at, Dialect dialect);
/// `roa_check(T)` without operands, or of a net and an AS.
Built make_roa_check(std::string_view table, std::vector<ExpressionPtr> operands, Position at, Dialect dialect);
/// `aspa_check(T, path, is_upstream)`.
Built make_aspa_check(std::string_view table, std::vector<ExpressionPtr> operands, Position at);

struct Statement;
/// `values: body` of a case; without values it is `else:`.
struct Arm {
  std::vector<Constant> sets;
  std::vector<Statement> body;
};

struct Statement {
  enum class Kind : std::uint8_t {
    block, declare, assign, set, unset, branch, select, loop, give_back, accept, reject, print, evaluate,
    require,  ///< bt_assert: a condition, or a condition known while reading and the two values it compared
  };
  Kind kind = Kind::block;
  Position at;
  std::uint8_t slot = 0;            ///< of the variable declared, assigned or looped with
  StaticType type;                  ///< of that variable
  Attribute attribute;
  bool line_end = true;             ///< of print; printn has none
  std::string words;                ///< of an assertion, as it is written
  std::vector<ExpressionPtr> expressions;
  std::vector<Statement> body, otherwise;
  std::vector<Arm> arms;
};

/// What reaching the end of the statements means.
enum class Ending : std::uint8_t { undecided, gives_nothing, accepts };

/// What the compiler needs to know of the place of statements.
struct Frame {
  std::string name;                 ///< of the filter or function
  Dialect dialect = Dialect::bird2;
  Ending ending = Ending::undecided;
  std::uint8_t variables = 0;       ///< slots in use, arguments first
  FileNames files;
};

/// The code of a body. Null if it needs more registers than there are.
CodePtr compile(const std::vector<Statement>& body, const Frame& frame);
/// Runs an expression that asks for no route; for constants, and for `eval`.
proto::Result<Constant, std::string> evaluate(ExpressionPtr expression, Dialect dialect);
/// A filter out of code; `written` is how it stands where it is used.
ProgramPtr make_program(std::string name, CodePtr code, std::string written);

}  // namespace avocet::filter
