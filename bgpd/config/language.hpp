#pragma once
/// The filter language inside a configuration: what object grammars call when an expression, a filter or a definition
/// stands in the text. Implemented by symbols.cpp and grammar_literals / grammar_expression / grammar_statement.cpp.
/// Errors: a diagnostic and SyntaxError, as everywhere in the grammar.
#include <cstdint>
#include <string>

#include "bgpd/config/parser.hpp"
#include "bgpd/filter/ast.hpp"
#include "bgpd/filter/program.hpp"

namespace avocet::config {

// Top-level definitions; the parser stands on the keyword itself.
void parse_define(Parser& parser);     ///< define NAME = expression;
void parse_function(Parser& parser);   ///< function NAME(args) [-> type] { ... } and 1.6's declarations before {
void parse_filter(Parser& parser);     ///< filter NAME { ... }
void parse_attribute(Parser& parser);  ///< attribute TYPE NAME;
void parse_eval(Parser& parser);       ///< eval expression;

/// After `import` or `export`: `all`, `none`, `filter NAME`, `filter { ... }`, `where EXPRESSION`. Does not take the `;`.
filter::ProgramPtr parse_filter_choice(Parser& parser);
/// The same after the word `filter`.
filter::ProgramPtr parse_filter_behind_keyword(Parser& parser);
/// At `{`: statements as a filter body; used for static routes' attribute blocks (reaching the end accepts).
/// Null if they do nothing. In 1.6 `bfd;` may stand among them.
filter::ProgramPtr parse_route_edits(Parser& parser, std::optional<bool>& bfd);
/// At `{`: the body of an aggregator's `merge by`. It is checked, and nothing comes out.
void parse_merge(Parser& parser);
/// After `where`.
filter::ProgramPtr parse_where(Parser& parser);

/// bt_test_suite(function, "text") and bt_test_same(function, function, bool): what `bgpd --selftest` carries out.
struct TestSuite {
  Place place;
  filter::FunctionPtr function, other;  ///< `other` only of bt_test_same
  bool same = false;                    ///< whether the two must be the same
  std::string text;
};
TestSuite parse_test(Parser& parser);

// Constant expressions as option values: a literal, a constant's name, or an expression in parentheses.
std::uint32_t parse_int(Parser& parser);
bool parse_bool(Parser& parser);            ///< on off yes no true false, a number, or nothing before ; (= on)
proto::Address parse_address(Parser& parser);
proto::Prefix parse_prefix(Parser& parser);
filter::Constant parse_net(Parser& parser);  ///< a net of any kind, also `P max N as A` and `aspa A`
std::string parse_string(Parser& parser);
std::uint32_t parse_router_id(Parser& parser);  ///< dotted quad or number

/// For the control socket: `eval EXPRESSION` (text of the value), `show route where / filter`. Symbols are the running ones.
struct EvalAnswer {
  bool ok = false;
  std::string text;           ///< the value, or what is wrong
  bool while_running = false; ///< understood, but it cannot be carried out
};
EvalAnswer evaluate(const std::string& expression, const Symbols& symbols, filter::Dialect dialect);
/// `where EXPR` or `filter NAME` of a show command; null and words in `error` if it does not parse.
filter::ProgramPtr compile_where(const std::string& expression, const Symbols& symbols, filter::Dialect dialect,
                                 std::string& error);

/// Row of `show symbols`.
struct SymbolRow { std::string name, kind; };
/// The table of one configuration. Constructed empty; object grammars add protocols, templates and tables. `kind` is a literal.
std::shared_ptr<Symbols> make_symbols();
/// False if the name is taken (the diagnostic, with a note at the first definition, is the caller's duty through the parser).
bool declare_object(Symbols& symbols, const std::string& name, const char* kind, Place place);
std::vector<SymbolRow> list_symbols(const Symbols& symbols);
filter::ProgramPtr find_filter(const Symbols& symbols, const std::string& name);
/// Name of a custom attribute by its code (1024 and up), "" if none; for show route all.
std::string custom_attribute_name(const Symbols& symbols, std::uint16_t code);
/// Text of a custom attribute's value by its declared type.
std::string custom_attribute_text(const Symbols& symbols, std::uint16_t code, proto::Bytes value);

}  // namespace avocet::config
