#include <fmt/format.h>

#include "bgpd/filter/operation.hpp"

namespace avocet::filter {
namespace {

using Checked = proto::Result<StaticType, std::string>;

/// The operation as a user writes it.
const char* spelling(Op op) {
  switch (op) {
    case Op::add: return "+";
    case Op::subtract: return "-";
    case Op::multiply: return "*";
    case Op::divide: return "/";
    case Op::bit_or: return "|";
    case Op::bit_and: return "&";
    case Op::concatenate: return "++";
    case Op::not_: return "!";
    case Op::equal: return "=";
    case Op::not_equal: return "!=";
    case Op::less: return "<";
    case Op::less_equal: return "<=";
    case Op::greater: return ">";
    case Op::greater_equal: return ">=";
    case Op::match: return "~";
    case Op::not_match: return "!~";
    case Op::make_pair: return "a pair";
    case Op::make_lc: return "a large community";
    case Op::make_ec: return "an extended community";
    case Op::length: return ".len";
    case Op::first: return ".first";
    case Op::last: return ".last";
    case Op::last_nonaggregated: return ".last_nonaggregated";
    case Op::minimum: return ".min";
    case Op::maximum: return ".max";
    case Op::ip_of: return ".ip";
    case Op::net_type: return ".type";
    case Op::mask_address: return ".mask";
    case Op::is_v4: return ".is_v4";
    case Op::max_length_of: return ".maxlen";
    case Op::rd_of: return ".rd";
    case Op::source_of: return ".src";
    case Op::destination_of: return ".dst";
    case Op::mac_of: return ".mac";
    case Op::vlan_of: return ".vlan_id";
    case Op::evpn_type_of: return ".evpn_type";
    case Op::evpn_tag_of: return ".evpn_tag";
    case Op::evpn_segment_of: return ".evpn_esi";
    case Op::router_of: return ".router_ip";
    case Op::asn_of: return ".asn";
    case Op::data_of: return ".data";
    case Op::data1_of: return ".data1";
    case Op::data2_of: return ".data2";
    case Op::prepend: return ".prepend";
    case Op::insert: return ".add";
    case Op::remove: return ".delete";
    case Op::keep: return ".filter";
    case Op::clear: return ".empty";
    case Op::append: return ".append";
    case Op::format: return "format";
    case Op::from_hex: return "from_hex";
    default: return "this operation";
  }
}

constexpr StaticType boolean{Type::boolean}, integer{Type::integer}, any{Type::any};

bool is_set(StaticType t) { return t.type == Type::set || t.type == Type::prefix_set; }
bool is_element_of(StaticType element, StaticType set) {
  if (set.type == Type::prefix_set) return element.type == Type::prefix || element.type == Type::ip || element.type == Type::quad;
  if (!set.tag) return true;
  return may_be(element, {static_cast<Type>(set.tag)}) || static_cast<Type>(set.tag) == element.type;
}
bool is_member_of(StaticType member, StaticType list) {
  switch (list.type) {
    case Type::clist: return member.type == Type::pair || member.type == Type::quad || member.type == Type::ip || member.type == Type::integer;
    case Type::eclist: return member.type == Type::ec;
    case Type::lclist: return member.type == Type::lc;
    case Type::path: return member.type == Type::integer;
    default: return false;
  }
}
/// The type of what a list holds.
Type held_by(Type list) {
  switch (list) {
    case Type::clist: return Type::pair;
    case Type::eclist: return Type::ec;
    case Type::lclist: return Type::lc;
    default: return Type::integer;
  }
}

/// `a ~ b`, reference 7.3.
bool can_match(StaticType a, StaticType b) {
  switch (b.type) {
    case Type::any: return true;
    case Type::set:
      if (a.type == Type::path || is_list(a.type)) {
        // Cluster lists hold quads, and what a list of numbers holds is up to its user.
        bool others = a.type == Type::clist && (static_cast<Type>(b.tag) == Type::ip || static_cast<Type>(b.tag) == Type::integer);
        return !b.tag || static_cast<Type>(b.tag) == held_by(a.type) || others;
      }
      return is_element_of(a, b);
    case Type::prefix_set: return is_element_of(a, b);
    case Type::prefix: return a.type == Type::prefix || a.type == Type::ip || a.type == Type::quad;
    case Type::mask: return a.type == Type::path;
    case Type::string: return a.type == Type::string;
    case Type::path:
    case Type::clist:
    case Type::eclist:
    case Type::lclist: return is_member_of(a, b);
    default: return false;
  }
}

class Checker {
 public:
  Checker(Op op, std::span<const StaticType> operands) : op_(op), operands_(operands) {}

  Checked check() const {
    switch (op_) {
      case Op::add:
      case Op::subtract:
      case Op::multiply:
      case Op::divide:
      case Op::bit_or:
      case Op::bit_and: return all(Type::integer, integer);
      case Op::not_: return all(Type::boolean, boolean);
      case Op::concatenate:
      case Op::append: return joined();
      case Op::equal:
      case Op::not_equal:
      case Op::in_arm: return boolean;
      case Op::less:
      case Op::less_equal:
      case Op::greater:
      case Op::greater_equal: return compared();
      case Op::match:
      case Op::not_match: return matched();
      case Op::make_pair: return all(Type::integer, {Type::pair});
      case Op::make_lc: return all(Type::integer, {Type::lc});
      case Op::make_ec: return extended();
      case Op::length: return first_in({Type::path, Type::clist, Type::eclist, Type::lclist, Type::prefix}, integer);
      case Op::first:
      case Op::last:
      case Op::last_nonaggregated: return first_in({Type::path}, integer);
      case Op::minimum:
      case Op::maximum:
        return first_in({Type::clist, Type::eclist, Type::lclist}, operands_[0].type == Type::any ? any : StaticType{held_by(operands_[0].type)});
      case Op::ip_of: return first_in({Type::prefix}, {Type::ip});
      case Op::net_type: return first_in({Type::prefix}, {Type::enumeration, enumeration::net_type});
      case Op::is_v4: return first_in({Type::ip}, boolean);
      case Op::asn_of: return first_in({Type::pair, Type::lc, Type::prefix}, integer);
      case Op::max_length_of: return first_in({Type::prefix}, integer);
      case Op::rd_of: return first_in({Type::prefix}, {Type::rd});
      case Op::mac_of: return first_in({Type::prefix}, {Type::mac});
      case Op::vlan_of:
      case Op::evpn_tag_of: return first_in({Type::prefix}, integer);
      case Op::evpn_type_of: return first_in({Type::prefix}, {Type::enumeration, enumeration::evpn_type});
      case Op::evpn_segment_of: return first_in({Type::prefix}, {Type::bytes});
      case Op::router_of: return first_in({Type::prefix}, {Type::ip});
      case Op::source_of:
      case Op::destination_of: return first_in({Type::prefix}, {Type::prefix});
      case Op::data_of: return first_in({Type::pair}, integer);
      case Op::data1_of:
      case Op::data2_of: return first_in({Type::lc}, integer);
      case Op::mask_address: return with_second({Type::ip, Type::quad}, may_be(operands_[1], integer), {Type::ip});
      case Op::prepend: return with_second({Type::path}, may_be(operands_[1], integer), {Type::path});
      case Op::insert: return with_second({Type::clist, Type::eclist, Type::lclist}, changes_list(true, false), operands_[0]);
      case Op::remove: return with_second({Type::path, Type::clist, Type::eclist, Type::lclist}, changes_list(true, true), operands_[0]);
      case Op::keep: return with_second({Type::path, Type::clist, Type::eclist, Type::lclist}, changes_list(false, true), operands_[0]);
      case Op::clear: return first_in({Type::path, Type::clist, Type::eclist, Type::lclist}, operands_[0]);
      case Op::format: return StaticType{Type::string};
      case Op::from_hex: return all(Type::string, {Type::bytes});
      default: return any;
    }
  }

 private:
  Checked wrong(std::size_t i, std::string wanted) const {
    return tl::make_unexpected(
        operands_.size() > 1 ? fmt::format("argument {} of '{}' must be of type {}, not {}", i + 1, spelling(op_), wanted, type_name(operands_[i]))
                             : fmt::format("'{}' needs type {}, not {}", spelling(op_), wanted, type_name(operands_[i])));
  }

  Checked all(Type wanted, StaticType result) const {
    for (std::size_t i = 0; i < operands_.size(); ++i)
      if (!may_be(operands_[i], {wanted})) return wrong(i, type_name({wanted}));
    return result;
  }

  bool first_is_one_of(std::initializer_list<Type> types) const {
    auto first = operands_[0].type;
    if (first == Type::any || first == Type::void_) return true;
    for (auto type : types)
      if (first == type) return true;
    return false;
  }
  Checked first_in(std::initializer_list<Type> types, StaticType result) const {
    if (first_is_one_of(types)) return result;
    std::string wanted;
    for (auto type : types) wanted += (wanted.empty() ? "" : " or ") + type_name({type});
    return wrong(0, wanted);
  }
  Checked with_second(std::initializer_list<Type> types, bool second_fits, StaticType result) const {
    auto first = first_in(types, result);
    if (!first || second_fits) return first;
    return tl::make_unexpected(fmt::format("'{}' of a value of type {} does not take a {}", spelling(op_), type_name(operands_[0]), type_name(operands_[1])));
  }

  bool changes_list(bool takes_member, bool takes_set) const {
    auto list = operands_[0], other = operands_[1];
    if (list.type == Type::any || other.type == Type::any || other.type == Type::void_) return true;
    if (list.type == Type::path && other.type == Type::path) return false;
    if (other.type == list.type) return true;
    return (takes_member && is_member_of(other, list)) || (takes_set && other.type == Type::set && can_match(list, other));
  }

  Checked joined() const {
    if (!first_is_one_of({Type::string, Type::bytes})) return wrong(0, "string or bytestring");
    if (!may_be(operands_[1], operands_[0])) return wrong(1, type_name(operands_[0]));
    return operands_[0];
  }

  Checked compared() const {
    if (!may_be(operands_[0], operands_[1]) && operands_[1].type != Type::void_)
      return tl::make_unexpected(fmt::format("arguments of '{}' must be of the same type, not {} and {}", spelling(op_),
                                             type_name(operands_[0]), type_name(operands_[1])));
    auto type = operands_[0].type;
    if (type == Type::path || type == Type::mask || is_list(type) || is_set(operands_[0]))
      return tl::make_unexpected(fmt::format("values of type {} have no order", type_name(operands_[0])));
    return boolean;
  }

  Checked matched() const {
    if (operands_[0].type == Type::any || operands_[0].type == Type::void_ || can_match(operands_[0], operands_[1])) return boolean;
    return tl::make_unexpected(fmt::format("a value of type {} cannot be matched against {}", type_name(operands_[0]), type_name(operands_[1])));
  }

  Checked extended() const {
    auto key = operands_[0];
    if (!may_be(key, integer) && !may_be(key, {Type::ip})) return wrong(0, "int or ip");
    if (!may_be(operands_[1], integer)) return wrong(1, "int");
    return StaticType{Type::ec};
  }

  Op op_;
  std::span<const StaticType> operands_;
};

const Method methods[] = {
    {"len", Op::length, 0},
    {"first", Op::first, 0},
    {"last", Op::last, 0},
    {"last_nonaggregated", Op::last_nonaggregated, 0},
    {"ip", Op::ip_of, 0},
    {"mask", Op::mask_address, 1},
    {"min", Op::minimum, 0, false, true},
    {"max", Op::maximum, 0, false, true},
    {"type", Op::net_type, 0, false, true},
    {"is_v4", Op::is_v4, 0, false, true},
    {"asn", Op::asn_of, 0, false, true},
    {"maxlen", Op::max_length_of, 0, false, true},
    {"rd", Op::rd_of, 0, false, true},
    {"src", Op::source_of, 0, false, true},
    {"dst", Op::destination_of, 0, false, true},
    {"mac", Op::mac_of, 0, false, true},
    {"vlan_id", Op::vlan_of, 0, false, true},
    {"evpn_type", Op::evpn_type_of, 0, false, true},
    {"evpn_tag", Op::evpn_tag_of, 0, false, true},
    {"evpn_esi", Op::evpn_segment_of, 0, false, true},
    {"router_ip", Op::router_of, 0, false, true},
    {"data", Op::data_of, 0, false, true},
    {"data1", Op::data1_of, 0, false, true},
    {"data2", Op::data2_of, 0, false, true},
    {"prepend", Op::prepend, 1, true},
    {"add", Op::insert, 1, true},
    {"delete", Op::remove, 1, true},
    {"filter", Op::keep, 1, true},
    {"empty", Op::clear, 0, true},
    {"append", Op::append, 1, true, true},
};

}  // namespace

Checked check_operation(Op op, std::span<const StaticType> operands) { return Checker(op, operands).check(); }

bool checked_when_run(Op op, std::span<const StaticType> operands) {
  switch (op) {
    case Op::match:
    case Op::not_match:
    case Op::make_ec: return true;
    case Op::remove:
    case Op::keep: return operands[1].type == Type::set && (operands[0].type == Type::path || is_list(operands[0].type));
    case Op::less:
    case Op::less_equal:
    case Op::greater:
    case Op::greater_equal: return operands[0].type == operands[1].type;
    default: return false;
  }
}

StaticType result_type(Op op, std::span<const StaticType> operands) {
  if (auto checked = check_operation(op, operands)) return *checked;
  if (!checked_when_run(op, operands)) return any;
  if (op == Op::make_ec) return {Type::ec};
  return op == Op::remove || op == Op::keep ? operands[0] : boolean;
}

const Method* find_method(std::string_view name, Dialect dialect) {
  for (auto& method : methods)
    if (name == method.name && !(method.bird2_only && dialect == Dialect::bird1)) return &method;
  return nullptr;
}

std::vector<std::string> method_names(Dialect dialect) {
  std::vector<std::string> names;
  for (auto& method : methods)
    if (find_method(method.name, dialect)) names.emplace_back(method.name);
  return names;
}

}  // namespace avocet::filter
