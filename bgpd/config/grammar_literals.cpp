/// Literals of the filter language: numbers, pairs and communities, sets, path masks; and constants as the
/// values of options.
#include <algorithm>
#include <limits>

#include "bgpd/config/grammar_filter.hpp"
#include "bgpd/config/language.hpp"
#include "bgpd/filter/prefix_set.hpp"

namespace avocet::config {
namespace {

using filter::Constant;
using filter::EcKind;
using filter::ExpressionPtr;
using filter::Key;
using filter::Op;
using filter::StaticType;
using filter::Type;
using filter::Value;
using Expressions = std::vector<ExpressionPtr>;

template <class... E> Expressions row(E... expressions) {
  Expressions list;
  (list.push_back(std::move(expressions)), ...);
  return list;
}

// ---- extended communities

bool ec_begins(const Parser& parser) {
  auto& word = parser.peek();
  auto& next = parser.peek(1);
  if (word.is("unknown")) return next.kind == TokenKind::number;
  return (word.is("rt") || word.is("ro") || word.is("generic")) && next.is(",");
}

/// `rt`, `ro`, `generic` or `unknown 0x4300`, as the variant of make_ec.
std::uint32_t parse_ec_kind(Parser& parser) {
  auto& word = parser.next();
  if (word.is("rt")) return static_cast<std::uint32_t>(EcKind::route_target);
  if (word.is("ro")) return static_cast<std::uint32_t>(EcKind::route_origin);
  if (word.is("generic")) return static_cast<std::uint32_t>(EcKind::generic);
  auto& type = parser.next();
  if (type.number > 0xffff) parser.fail(type, "the type of an extended community must be at most 65535");
  return static_cast<std::uint32_t>(EcKind::unknown) | type.number << 8;
}

ExpressionPtr parse_parenthesised(Parser& parser) {
  auto& open = parser.next();
  auto make = [&](Op op, Expressions parts, std::uint32_t variant = 0) {
    return operation(parser, open, op, std::move(parts), variant);
  };
  if (ec_begins(parser)) {
    auto kind = parse_ec_kind(parser);
    parser.expect(",");
    auto key = parse_expression(parser);
    parser.expect(",");
    auto data = parse_expression(parser);
    parser.expect(")");
    return make(Op::make_ec, row(std::move(key), std::move(data)), kind);
  }
  auto first = parse_expression(parser);
  if (!parser.accept(",")) {
    parser.expect(")");
    return first;
  }
  auto second = parse_expression(parser);
  if (parser.accept(")")) return make(Op::make_pair, row(std::move(first), std::move(second)));
  parser.expect(",");
  auto third = parse_expression(parser);
  parser.expect(")");
  return make(Op::make_lc, row(std::move(first), std::move(second), std::move(third)));
}

// ---- sets

/// `1`, `1..5` or `*` inside a tuple.
struct Part {
  std::uint32_t low = 0, high = 0;
  bool any = false;
};

/// Collects the items of a set of whatever type its first item has.
class SetReader {
 public:
  explicit SetReader(Parser& parser) : parser_(parser) {}

  Constant read(std::string_view end) {
    if (!parser_.peek().is(end)) do item(); while (parser_.accept(","));
    if (!patterns_.empty()) {
      auto set = std::make_shared<const filter::PrefixSet>(patterns_, parser_.dialect);
      return {Value::set(*set), set};
    }
    auto set = std::make_shared<filter::Set>(element_.value_or(StaticType{Type::void_}), std::move(ranges_), std::move(blocks_));
    if (set->has_overlaps() && !parser_.has_untyped_functions()) set->unite_text();
    return {Value::set(*set), set};
  }

 private:
  void item() {
    auto& at = parser_.peek();
    if (auto net = accept_plain_net(parser_)) return pattern(at, *net);
    if (at.kind == TokenKind::number && parser_.peek(1).is(",")) {  // as above: lists of AS numbers are long
      auto key = filter::set_key(Value::integer(parser_.next().number));
      return add(at, {Type::integer}, key, key);
    }
    if (at.is("(") && !single_value()) return tuple();
    auto value = constant_of(parser_, at, parse_primary(parser_)).value;
    if (value.is(Type::prefix) && !value.is_plain_net()) parser_.fail(at, "a set has plain prefixes of IPv4 or IPv6 only");
    if (value.is(Type::prefix)) return pattern(at, value.net());
    auto low = filter::set_key(value);
    auto type = filter::element_type(value.static_type());
    auto high = low;
    if (parser_.accept("..")) {
      auto& second = parser_.peek();
      auto other = constant_of(parser_, second, parse_primary(parser_)).value;
      if (filter::element_type(other.static_type()) != type) parser_.fail(second, "both ends of a range must be of the same type");
      high = filter::set_key(other);
    }
    add(at, type, low, high);
  }

  /// True for `(expression)`; then the cursor is where it was.
  bool single_value() {
    if (parser_.peek(1).is("*")) return false;
    auto start = parser_.position();
    parser_.next();
    bool single = !ec_begins(parser_);
    if (single) {
      parse_expression(parser_);
      single = parser_.peek().is(")");
    }
    parser_.rewind(start);
    return single;
  }

  void add(const Token& at, StaticType type, Key low, Key high) {
    switch (type.type) {
      case Type::integer:
      case Type::enumeration:
      case Type::pair:
      case Type::ip:
      case Type::rd:
      case Type::mac:
      case Type::ec:
      case Type::lc: break;
      default: parser_.fail(at, fmt::format("there are no sets of type {}", filter::type_name(type)));
    }
    check_type(at, type);
    if (high < low) parser_.fail(at, "the range ends before it begins");
    ranges_.push_back({low, high});
  }

  void check_type(const Token& at, StaticType type) {
    if (element_ && *element_ != type)
      parser_.fail(at, fmt::format("the items before are of type {}, this one is of type {}", filter::type_name(*element_), filter::type_name(type)));
    element_ = type;
  }

  /// Behind a prefix: nothing, `+`, `-` or `{a,b}`.
  void pattern(const Token& at, const proto::Prefix& net) {
    check_type(at, {Type::prefix});
    if (!patterns_.empty() && patterns_.front().net.family != net.family) parser_.fail(at, "a set has prefixes of one family only");
    auto longest = static_cast<std::uint8_t>(proto::max_length_bits(net.family));
    auto pattern = filter::PrefixPattern::exact(net);
    if (parser_.accept("+")) {
      pattern.high = longest;
    } else if (parser_.accept("-")) {
      pattern.low = 0;
    } else if (parser_.accept("{")) {
      auto& bounds = parser_.peek();
      auto low = parse_int(parser_);
      parser_.expect(",");
      auto high = parse_int(parser_);
      parser_.expect("}");
      if (low > high || high > longest) parser_.fail(bounds, fmt::format("the lengths {{{},{}}} are not a range within 0 to {}", low, high, longest));
      pattern.low = static_cast<std::uint8_t>(low);
      pattern.high = static_cast<std::uint8_t>(high);
    }
    patterns_.push_back(pattern);
  }

  Part part() {
    if (parser_.accept("*")) return {0, std::numeric_limits<std::uint32_t>::max(), true};
    Part part;
    part.low = part.high = whole_number();
    if (parser_.accept("..")) part.high = whole_number();
    return part;
  }

  /// A part may be any expression of constants, as 3*ten.
  std::uint32_t whole_number() {
    auto& at = parser_.peek();
    auto value = constant_of(parser_, at, parse_expression(parser_)).value;
    if (!value.is(Type::integer)) parser_.fail(at, fmt::format("expected a number, found a value of type {}", filter::type_name(value.static_type())));
    return value.u32();
  }

  void tuple() {
    auto& open = parser_.next();
    if (ec_begins(parser_)) return extended(open);
    std::vector<Part> parts{part()};
    while (parts.size() < 3 && parser_.accept(",")) parts.push_back(part());
    parser_.expect(")");
    if (parts.size() == 1) parser_.fail(open, "a pair or a large community has more than one part");
    for (auto& one : parts)
      if (one.high < one.low) parser_.fail(open, "the range ends before it begins");
    if (parser_.accept("..")) return linear(open, parts);
    parts.size() == 2 ? pair(open, parts) : large(open, parts);
  }

  static Key pair_key(std::uint32_t asn, std::uint32_t data) { return {0, asn << 16 | data}; }
  static Key large_key(std::uint32_t asn, std::uint32_t data1, std::uint32_t data2) {
    return {asn, static_cast<std::uint64_t>(data1) << 32 | data2};
  }

  void pair(const Token& at, std::vector<Part>& parts) {
    for (auto& part : parts) {
      if (part.any) part.high = 0xffff;
      if (part.high > 0xffff) parser_.fail(at, "the halves of a pair must be at most 65535");
    }
    auto &asn = parts[0], &data = parts[1];
    bool whole = data.low == 0 && data.high == 0xffff;
    if (asn.low == asn.high || whole) return add(at, {Type::pair}, pair_key(asn.low, data.low), pair_key(asn.high, data.high));
    check_type(at, {Type::pair});
    auto narrow = [](std::uint32_t number) { return static_cast<std::uint16_t>(number); };
    blocks_.push_back({narrow(asn.low), narrow(asn.high), narrow(data.low), narrow(data.high)});
  }

  void large(const Token& at, const std::vector<Part>& parts) {
    // A range or `*` leaves nothing to say for the parts behind it: BIRD knows no other forms.
    for (std::size_t i = 0; i + 1 < parts.size(); ++i)
      if (parts[i].low != parts[i].high && !parts[i + 1].any) parser_.fail(at, "behind a range in a large community only '*' may follow");
    add(at, {Type::lc}, large_key(parts[0].low, parts[1].low, parts[2].low), large_key(parts[0].high, parts[1].high, parts[2].high));
  }

  /// `(1,2)..(3,4)`
  void linear(const Token& at, const std::vector<Part>& first) {
    parser_.expect("(");
    std::vector<Part> second{part()};
    while (second.size() < first.size() && parser_.accept(",")) second.push_back(part());
    parser_.expect(")");
    for (auto* parts : {&first, const_cast<const std::vector<Part>*>(&second)})
      for (auto& part : *parts) {
        if (part.low != part.high) parser_.fail(at, "the ends of a range must be single values");
        if (parts->size() == 2 && part.high > 0xffff) parser_.fail(at, "the halves of a pair must be at most 65535");
      }
    if (second.size() != first.size()) parser_.fail(at, "both ends of a range must be of the same type");
    if (first.size() == 2) return add(at, {Type::pair}, pair_key(first[0].low, first[1].low), pair_key(second[0].low, second[1].low));
    add(at, {Type::lc}, large_key(first[0].low, first[1].low, first[2].low), large_key(second[0].low, second[1].low, second[2].low));
  }

  void extended(const Token& open) {
    auto kind = parse_ec_kind(parser_);
    parser_.expect(",");
    auto& at = parser_.peek();
    auto key = constant_of(parser_, at, parse_expression(parser_));
    parser_.expect(",");
    auto data = part();
    parser_.expect(")");
    bool wide = !key.value.is(Type::integer) || key.value.u32() > 0xffff;
    if (data.any && wide && kind != static_cast<std::uint32_t>(EcKind::generic)) data.high = 0xffff;
    auto bound = [&](std::uint32_t number) {
      auto parts = row(filter::make_constant(key, position_of(at)), constant_at(at, Value::integer(number)));
      auto made = checked(parser_, open, filter::make_operation(Op::make_ec, std::move(parts), position_of(open), parser_.dialect, kind));
      return made->constant.value.key;
    };
    auto low = bound(data.low), high = bound(data.high);
    add(open, {Type::ec}, low, high);
  }

  Parser& parser_;
  std::optional<StaticType> element_;
  std::vector<filter::SetRange> ranges_;
  std::vector<filter::PairBlock> blocks_;
  std::vector<filter::PrefixPattern> patterns_;
};

ExpressionPtr parse_set(Parser& parser) {
  auto& open = parser.next();
  if (parser.peek().is("]")) needs_bird2(parser, open, "empty sets");
  auto set = parse_set_items(parser, "]");
  parser.expect("]");
  return filter::make_constant(std::move(set), position_of(open));
}

// ---- path masks

class MaskReader {
 public:
  explicit MaskReader(Parser& parser) : parser_(parser) {}

  ExpressionPtr read(std::string_view end) {
    auto& open = parser_.next();
    while (!parser_.accept(end)) {
      if (parser_.peek().is("]")) parser_.expect(end);
      item(end);
    }
    return checked(parser_, open, filter::make_mask(std::move(mask_), std::move(parameters_), position_of(open), parser_.dialect));
  }

 private:
  void item(std::string_view end) {
    filter::MaskItem item;
    auto& at = parser_.peek();
    bool old = end == "/";
    if (parser_.accept("*")) {
      item.kind = filter::MaskItem::Kind::run;
    } else if (parser_.accept("?")) {
      item.kind = old ? filter::MaskItem::Kind::run : filter::MaskItem::Kind::any;
    } else if (at.is("[")) {
      needs_bird2(parser_, at, "sets in path masks");
      parser_.next();
      auto set = parse_set_items(parser_, "]");
      parser_.expect("]");
      this->set(at, item, set);
    } else {
      numbers(at, item);
    }
    auto& plus = parser_.peek();
    if (parser_.accept("+")) {
      needs_bird2(parser_, plus, "repeated items of path masks");
      item.repeated = item.kind != filter::MaskItem::Kind::run;
    }
    mask_.items.push_back(item);
  }

  void set(const Token& at, filter::MaskItem& item, const Constant& set) {
    bool numbers = set.value.is(Type::set) && (set.value.as_set().empty() || set.value.as_set().element() == StaticType{Type::integer});
    if (!numbers) parser_.fail(at, "a set in a path mask has numbers only");
    item.kind = filter::MaskItem::Kind::set;
    item.set = &set.value.as_set();
    mask_.sets.push_back(item.set->shared_from_this());
  }

  /// A number, a range or a named set, of constants or of values known when the filter runs.
  void numbers(const Token& at, filter::MaskItem& item) {
    auto low = parse_primary(parser_);
    auto high = parser_.accept("..") ? parse_primary(parser_) : nullptr;
    if (!high && low->is_constant() && low->constant.value.is(Type::set)) return set(at, item, low->constant);
    auto fixed = [](const ExpressionPtr& e) { return !e || e->is_constant(); };
    if (fixed(low) && fixed(high)) {
      for (auto* end : {&low, &high})
        if (*end && !(*end)->constant.value.is(Type::integer))
          parser_.fail(at, fmt::format("an item of a path mask must be of type int, not {}", filter::type_name((*end)->type)));
      item.low = low->constant.value.u32();
      item.high = high ? high->constant.value.u32() : item.low;
      if (item.high < item.low) parser_.fail(at, "the range ends before it begins");
      return;
    }
    item.kind = filter::MaskItem::Kind::parameter;
    item.low = item.high = static_cast<std::uint32_t>(parameters_.size());
    parameters_.push_back(std::move(low));
    if (!high) return;
    ++item.high;
    parameters_.push_back(std::move(high));
  }

  Parser& parser_;
  filter::PathMask mask_;
  Expressions parameters_;
};

/// `+empty+` and the lists with one, two or three minus signs.
ExpressionPtr parse_empty(Parser& parser) {
  auto& first = parser.peek();
  auto sign = first.text;
  std::size_t signs = 0;
  while (parser.peek().is(sign)) {
    parser.next();
    ++signs;
  }
  parser.expect("empty");
  for (std::size_t i = 0; i < signs; ++i) parser.expect(sign);
  auto type = sign == "+" ? Type::path : signs == 1 ? Type::clist : signs == 2 ? Type::eclist : Type::lclist;
  if (signs > (sign == "+" ? 1 : 3)) parser.fail(first, "there is no such empty list");
  return constant_at(first, Value::list(type, {}));
}

bool is_one_of(const Constant& value, std::initializer_list<Type> types) {
  return std::any_of(types.begin(), types.end(), [&](Type type) { return value.value.is(type); });
}

Constant option_in_parentheses(Parser& parser, const char* wanted, std::initializer_list<Type> types) {
  auto& token = parser.peek();
  auto value = constant_of(parser, token, parse_parenthesised(parser));
  if (!is_one_of(value, types)) parser.fail(token, fmt::format("expected {}, found a value of type {}", wanted, filter::type_name(value.value.static_type())));
  return value;
}

/// Of AS64512.
std::string number_hint(const Token& token) {
  bool prefixed = token.kind == TokenKind::word && (token.text.starts_with("AS") || token.text.starts_with("as"));
  auto digits = token.text.substr(std::min<std::size_t>(2, token.text.size()));
  return prefixed && !digits.empty() && std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '9'; }) ? fmt::format("write {}", digits) : "";
}

/// The constant that an option may have as its value: a literal, a constant's name, or an expression in parentheses.
Constant option_value(Parser& parser, const char* wanted, std::initializer_list<Type> types) {
  auto& token = parser.peek();
  Constant value;
  if (token.kind == TokenKind::word) {
    auto symbol = parser.symbols.find(token.text);
    if (symbol && symbol->kind == Symbol::Kind::constant) value = symbol->constant;
  } else if (token.is("(")) {
    return option_in_parentheses(parser, wanted, types);
  } else if (token.kind != TokenKind::punctuation && token.kind != TokenKind::end && token.kind != TokenKind::bad) {
    value = constant_of(parser, token, parse_literal(parser));
    if (is_one_of(value, types)) return value;
  }
  if (!is_one_of(value, types)) parser.fail(token, fmt::format("expected {}, found {}", wanted, describe(token)), number_hint(token));
  parser.next();
  return value;
}

}  // namespace

ExpressionPtr parse_literal(Parser& parser) {
  auto& token = parser.peek();
  switch (token.kind) {
    case TokenKind::number:
      if (rd_begins(parser) && parser.dialect == filter::Dialect::bird2) return parse_rd_or_vpn_net(parser);
      parser.next();
      return constant_at(token, Value::integer(token.number));
    case TokenKind::ip: return parse_ip_or_net(parser);
    case TokenKind::string: parser.next(); return constant_at(token, Value::string(token.text));
    case TokenKind::bytes: {
      parser.next();
      if (token.is_mac()) return constant_at(token, Value::number(Type::mac, mac_of(token)));
      auto text = token.text.starts_with("hex:") ? token.text.substr(4) : token.text;
      return checked(parser, token, filter::make_operation(Op::from_hex, row(constant_at(token, Value::string(text))), position_of(token), parser.dialect));
    }
    default: break;
  }
  if (token.is("(")) return parse_parenthesised(parser);
  if (token.is("[")) return parse_set(parser);
  if (token.is("[=")) return MaskReader(parser).read("=]");
  if (token.is("/") && parser.dialect == filter::Dialect::bird1) return MaskReader(parser).read("/");
  if ((token.is("+") || token.is("-")) && (parser.peek(1).is(token.text) || parser.peek(1).is("empty"))) return parse_empty(parser);
  return nullptr;
}

Constant parse_set_items(Parser& parser, std::string_view end) { return SetReader(parser).read(end); }

std::uint32_t parse_int(Parser& parser) {
  auto& token = parser.peek();
  if (token.kind == TokenKind::number) return parser.next().number;
  return option_value(parser, "a number", {Type::integer}).value.u32();
}

bool parse_bool(Parser& parser) {
  for (auto word : {"on", "yes", "true"})
    if (parser.accept(word)) return true;
  for (auto word : {"off", "no", "false"})
    if (parser.accept(word)) return false;
  auto& token = parser.peek();
  bool named = token.kind == TokenKind::word && parser.symbols.find(token.text);
  bool other = token.kind == TokenKind::word && parser.peek(1).is(";");
  if (!named && !other && token.kind != TokenKind::number && !token.is("(")) return true;
  return option_value(parser, "on or off", {Type::boolean, Type::integer}).value.truth();
}

proto::Address parse_address(Parser& parser) {
  auto& token = parser.peek();
  if (token.kind == TokenKind::ip) return parser.next().address();
  return option_value(parser, "an address", {Type::ip}).value.address();
}

proto::Prefix parse_prefix(Parser& parser) {
  auto& token = parser.peek();
  auto constant = option_value(parser, "a prefix", {Type::prefix, Type::ip});
  auto& value = constant.value;
  if (value.is(Type::prefix) && !value.is_plain_net()) parser.fail(token, fmt::format("expected a prefix of IPv4 or IPv6, found {}", filter::to_text(value)));
  if (value.is(Type::prefix)) return value.net();
  auto address = value.address();
  return proto::Prefix::make(address, proto::max_length_bits(address.family()));
}

Constant parse_net(Parser& parser) {
  if (worded_net_begins(parser)) return parse_worded_net(parser)->constant;
  auto value = option_value(parser, "a prefix", {Type::prefix, Type::ip});
  if (!value.value.is(Type::ip)) return value;
  auto address = value.value.address();
  return {Value::prefix(proto::Prefix::make(address, proto::max_length_bits(address.family()))), nullptr};
}

std::string parse_string(Parser& parser) { return std::string(option_value(parser, "text in double quotes", {Type::string}).value.text()); }

std::uint32_t parse_router_id(Parser& parser) {
  auto& token = parser.peek();
  if (token.kind == TokenKind::ip && token.address().is_v4()) return parser.next().address().v4_bits();
  auto value = option_value(parser, "a router id as 192.0.2.1 or a number", {Type::integer, Type::ip}).value;
  if (value.is(Type::ip) && !value.address().is_v4()) parser.fail(token, fmt::format("expected a router id as 192.0.2.1 or a number, found {}", describe(token)));
  return value.is(Type::ip) ? value.address().v4_bits() : value.u32();
}

}  // namespace avocet::config
