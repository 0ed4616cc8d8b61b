#pragma once
/// What the files of the filter language's grammar share: literals, expressions, statements.
#include <fmt/format.h>

#include "bgpd/config/parser.hpp"
#include "bgpd/config/symbols.hpp"
#include "bgpd/filter/set.hpp"

namespace avocet::config {

inline filter::Position position_of(const Token& token) { return {token.place.file, token.place.column, token.place.line}; }

/// The expression, or a diagnostic at the token and SyntaxError.
inline filter::ExpressionPtr checked(Parser& parser, const Token& at, filter::Built built) {
  if (!built) parser.fail(at, built.error());
  return std::move(*built);
}

inline filter::ExpressionPtr constant_at(const Token& at, const filter::Value& value) {
  return filter::make_constant(filter::own(value), position_of(at));
}

/// Refuses in the dialect of 1.6 what only BIRD 2 knows.
inline void needs_bird2(Parser& parser, const Token& at, const char* what) {
  if (parser.dialect == filter::Dialect::bird1) parser.fail(at, fmt::format("{} need BIRD 2's dialect, this configuration is written in 1.6's", what));
}

/// Counts how deep expressions and statements stand in each other: the grammar calls itself for each, and the stack is
/// finite.
class Nested {
 public:
  explicit Nested(Parser& parser) : parser_(parser) {
    constexpr unsigned deepest = 100;  // 3 MB of stack in a build with sanitizers, a tenth of it without
    if (parser.symbols.nesting == deepest) parser.fail(parser.peek(), "this is nested more than 100 deep", "split it into functions");
    ++parser.symbols.nesting;
  }
  ~Nested() { --parser_.symbols.nesting; }
  Nested(const Nested&) = delete;
  Nested& operator=(const Nested&) = delete;

 private:
  Parser& parser_;
};

/// A word that a statement of a filter begins with, or that stands between its parts: no name of a value, unless a file makes it one.
bool is_statement_word(const Token& token);

/// A value operation, or a diagnostic at the token and SyntaxError; operands that fail only in a run are warned of.
filter::ExpressionPtr operation(Parser& parser, const Token& at, filter::Op op, std::vector<filter::ExpressionPtr> operands,
                                std::uint32_t variant = 0);

/// Both sides of a comparison; `right` is null where none stands.
struct Sides {
  filter::ExpressionPtr left, right;
};
Sides parse_sides(Parser& parser);
/// A whole expression.
filter::ExpressionPtr parse_expression(Parser& parser);
/// A literal, a name, a call or something in parentheses, without methods behind it.
filter::ExpressionPtr parse_primary(Parser& parser);
/// `.method(...)` any number of times behind a value; `last` tells which method came last, null for none.
filter::ExpressionPtr parse_methods(Parser& parser, filter::ExpressionPtr value, bool statement, const filter::Method** last);
/// The value of an expression that must be known now; `what` names it in the message.
filter::Constant constant_of(Parser& parser, const Token& at, filter::ExpressionPtr expression);

/// A literal that is no name, or null if none begins here.
filter::ExpressionPtr parse_literal(Parser& parser);
/// At an address: that address, or the net that begins with it.
filter::ExpressionPtr parse_ip_or_net(Parser& parser);
/// A plain prefix with nothing but a mark behind it, if one begins here: without an expression around it, since lists
/// have tens of thousands.
std::optional<proto::Prefix> accept_plain_net(Parser& parser);
/// True if a route distinguisher begins here; in front of a prefix it makes one of a VPN.
bool rd_begins(const Parser& parser);
filter::ExpressionPtr parse_rd_or_vpn_net(Parser& parser);
/// `flow4 { ... }`, `aspa 64512`, `evpn mac 1:2 0 aa:bb:cc:dd:ee:ff *` and other nets that begin with a word.
bool worded_net_begins(const Parser& parser);
filter::ExpressionPtr parse_worded_net(Parser& parser);
/// The 48 bits of a MAC.
std::uint64_t mac_of(const Token& token);
/// Items of a set up to (not with) `]`, or of a case arm up to `:`.
filter::Constant parse_set_items(Parser& parser, std::string_view end);
/// `int`, `prefix set`, `enum bgp_origin`; nothing if no type begins here.
std::optional<filter::StaticType> accept_type(Parser& parser);
/// True if a type and a name follow.
bool declaration_begins(const Parser& parser);

}  // namespace avocet::config
