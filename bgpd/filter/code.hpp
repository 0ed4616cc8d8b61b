#pragma once
/// Compiled filters: instructions over registers. A function's registers are its arguments, variables and temporaries.
#include <memory>
#include <string>
#include <vector>

#include "bgpd/filter/ast.hpp"

namespace avocet::filter {

struct Instruction {
  Op op;
  std::uint8_t target = 0;   ///< register written
  std::uint8_t a = 0, b = 0; ///< registers read
  std::uint32_t number = 0;  ///< index of a constant, attribute, call or instruction; third register; see the machine
  friend bool operator==(const Instruction&, const Instruction&) = default;
};
static_assert(sizeof(Instruction) == 8);

struct Code {
  std::string name;
  Dialect dialect = Dialect::bird2;
  std::vector<Instruction> instructions;
  std::vector<Position> positions;        ///< one for each instruction
  std::vector<Constant> constants;
  std::vector<Attribute> attributes;
  std::vector<CodePtr> calls;             ///< null: this code itself
  std::vector<std::string> assertions;    ///< as they are written
  FileNames files;
  std::uint8_t registers = 0;
};

/// The file of a place in this code; "" if its name is not known.
inline std::string_view file_name(const Code& code, const Position& place) {
  return code.files && place.file < code.files->size() ? std::string_view((*code.files)[place.file]) : std::string_view();
}

/// In the number of `require`: the values compared stand in `target` and `b`.
constexpr std::uint32_t with_values = 1u << 31;

/// Same instructions, constants and called functions; names and places do not count.
bool same_code(const Code& a, const Code& b);
bool asks_table(const Code& code, std::string_view table);

/// What a declared type becomes in an instruction.
constexpr std::uint32_t pack(StaticType type) { return static_cast<std::uint32_t>(type.type) | static_cast<std::uint32_t>(type.tag) << 8; }
constexpr StaticType unpack(std::uint32_t number) { return {static_cast<Type>(number & 0xff), static_cast<std::uint8_t>(number >> 8)}; }

class Program {
 public:
  enum class Kind : std::uint8_t { code, accept_all, reject_all };
  Program(Kind kind, std::string name, CodePtr code, std::string written)
      : kind(kind), name(std::move(name)), code(std::move(code)), written(std::move(written)) {}
  const Kind kind;
  const std::string name;
  const CodePtr code;  ///< null unless kind is `code`
  const std::string written;
};

/// Carries out code that asks for no route (see `evaluate`).
proto::Result<Constant, std::string> run_constant(const Code& code);

}  // namespace avocet::filter
