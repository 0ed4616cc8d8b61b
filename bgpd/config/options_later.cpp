/// The vocabulary of protocols whose work is still to come: aggregator (reference 6.9). What is written is
/// read and checked, so that every mistake of a file is found in one run; then the protocol is refused by name.
#include <algorithm>

#include <fmt/format.h>

#include "bgpd/config/grammar_filter.hpp"
#include "bgpd/config/vocabulary.hpp"

namespace avocet::config {
namespace {

Slot<Later> with(std::string shape, std::string sample, void (*read)(Parser&)) {
  return checked_form<Later>(std::move(shape), std::move(sample), [read](Parser& parser) { return read(parser), false; });
}

/// `net, (expression), bgp_path`
void read_common_parts(Parser& parser) {
  do {
    auto& part = parser.peek();
    if (part.kind != TokenKind::word && !part.is("(")) parser.fail(part, fmt::format("expected net, an attribute or an expression in parentheses, found {}", describe(part)));
    parse_expression(parser);
  } while (parser.accept(","));
}

Table<Later> make_aggregator_options() {
  using enum In;
  using enum Effect;
  return {
      {"peer table", bird2, none, checked<Later>(name_value("table")), "Where the merged routes go."},
      {"aggregate on", bird2, none, with("<attribute>|(<expression>), ...", "net, (defined(bgp_med))", read_common_parts), "What routes have in common that become one."},
      {"merge by", bird2, none, with("{ ... }", "{ for route r in routes do print r.bgp_med; accept; }", parse_merge), "A filter that makes the one route."},
  };
}

}  // namespace

const Table<Later>* later_options(std::string_view kind) {
  static const auto aggregator = make_aggregator_options();
  return kind == "aggregator" ? &aggregator : nullptr;
}

}  // namespace avocet::config
