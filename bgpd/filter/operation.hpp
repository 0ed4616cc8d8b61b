#pragma once
/// What the language can do with values: one list, used for type checks, for folding of constants and by the machine.
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bgpd/filter/value.hpp"
#include "proto/result.hpp"

namespace avocet::filter {

enum class Op : std::uint8_t {
  // Values out of values; the machine's instruction has the same name.
  add, subtract, multiply, divide, bit_or, bit_and, concatenate, not_,
  equal, not_equal, less, less_equal, greater, greater_equal, match, not_match,
  make_pair, make_lc, make_ec,
  length, first, last, last_nonaggregated, minimum, maximum,
  ip_of, net_type, mask_address, is_v4, asn_of, data_of, data1_of, data2_of,
  max_length_of, rd_of, source_of, destination_of,  ///< of some kinds of nets only
  mac_of, vlan_of, evpn_type_of, evpn_tag_of, evpn_segment_of, router_of,
  prepend, insert, remove, keep, clear, append, format, from_hex,
  in_arm,            ///< as match, but a value of another type is simply not in it: for `case`
  // Of the machine only.
  constant, copy, undefine, defined, make_mask,
  get, set, unset, assign,
  jump, jump_if, jump_unless, next_item,
  call, give_back, accept, reject, fall_off,
  print, print_line,
  roa_check, aspa_check,
  require,
};
constexpr bool is_value_operation(Op op) { return op <= Op::in_arm; }

/// What make_ec builds; the value of its `variant`.
enum class EcKind : std::uint8_t { route_target = 2, route_origin = 3, generic = 0xff, unknown = 0xfe };

/// Checks operand types by the rules of BIRD 2 and gives the result's; the error says which argument is wrong.
proto::Result<StaticType, std::string> check_operation(Op op, std::span<const StaticType> operands);
/// True if BIRD sees that these operands do not fit only when the operation runs: a match between types that never match,
/// a set of other members than the list has. Such a filter loads; its routes are rejected with an error.
bool checked_when_run(Op op, std::span<const StaticType> operands);
/// What the operation gives if its operands fit.
StaticType result_type(Op op, std::span<const StaticType> operands);

class Arena;

/// Up to three values; an operation looks at as many as it has operands.
struct Operands {
  const Value &first, &second, &third;
  const Value& operator[](std::size_t i) const { return i == 0 ? first : i == 1 ? second : third; }
};

/// Carries out a value operation. `variant` is what make_ec needs beside its operands: EcKind, and for `unknown` the type
/// shifted left by 8. Long results are put into the arena. Returns null, or why there is no result.
const char* operate(Op op, std::uint32_t variant, const Operands& operands, Arena& arena, Value& result);

/// A method `value.name(arguments)`, reference 7.4.
struct Method {
  const char* name;
  Op op;
  std::uint8_t arguments;
  bool changes = false;     ///< may stand as a statement, which stores the result back
  bool bird2_only = false;
};
const Method* find_method(std::string_view name, Dialect dialect);
std::vector<std::string> method_names(Dialect dialect);

/// `"eth*"`: `*` any text, `?` one character.
bool glob_match(std::string_view pattern, std::string_view text);

}  // namespace avocet::filter
