/// The vocabulary of protocols whose work is still to come: bfd and aggregator (reference 6.6 and 6.9). What is written is
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

void read_authentication(Parser& parser) {
  parser.accept("meticulous");
  parser.accept("keyed");
  choice<int>({{"none", 0}, {"simple", 1}, {"md5", 2}, {"sha1", 3}}).read(parser);
}

/// `"text" [{ id N; generate from "TIME"; ... }]`
void read_password(Parser& parser) {
  parse_string(parser);
  if (!parser.accept("{")) return;
  constexpr const char* times[] = {"generate from", "generate to", "accept from", "accept to", "from", "to"};
  while (!parser.accept("}")) {
    auto& word = parser.peek();
    bool is_time = std::any_of(std::begin(times), std::end(times), [&](auto* words) { return accept_words(parser, words); });
    if (is_time) parse_string(parser);
    else if (parser.accept("id")) parse_number(parser, "the id of a password", 1, 255);
    else if (parser.accept("algorithm")) choice<int>({{"keyed", 0}, {"hmac", 1}}).read(parser), choice<int>({{"md5", 0}, {"sha1", 1}, {"sha256", 2}, {"sha384", 3}, {"sha512", 4}}).read(parser);
    else parser.fail(word, fmt::format("expected id, algorithm, generate from, generate to, accept from, accept to, from or to, found {}", describe(word)));
    parser.expect(";");
  }
}

const Table<Later>& bfd_session_options() {
  using enum In;
  using enum Effect;
  static const Table<Later> table = {
      {"interval", both, none, checked<Later>(fine_time()), "Both of the intervals below."},
      {"min rx interval", both, none, checked<Later>(fine_time()), "Shortest interval we can receive at."},
      {"min tx interval", both, none, checked<Later>(fine_time()), "Shortest interval we send at."},
      {"idle tx interval", both, none, checked<Later>(fine_time()), "Interval while the session is down."},
      {"multiplier", both, none, checked<Later>(number(1, 255)), "Lost packets that end the session."},
      {"passive", both, none, checked<Later>(boolean()), "Wait for the neighbour's packets."},
      {"authentication", both, none, with("none|simple|[meticulous] keyed md5|sha1", "keyed sha1", read_authentication), "How packets are signed."},
      {"password", both, none, with("\"<text>\"", "\"secret\"", read_password), "Key of the signatures."},
  };
  return table;
}

void read_multihop_sessions(Parser& parser) { read_bfd_options(parser); }

void read_interface_sessions(Parser& parser) {
  parse_interface_patterns(parser);
  if (parser.peek().is("{")) read_bfd_options(parser);
}

void read_bfd_neighbor(Parser& parser) {
  parse_address(parser);
  parse_scope(parser);
  for (;;)
    if (parser.accept("dev")) parse_string(parser);
    else if (parser.accept("local")) parse_address(parser);
    else if (parser.accept("multihop")) parse_bool(parser);
    else return;
}

void read_accept(Parser& parser) {
  while (parser.accept("ipv4") || parser.accept("ipv6") || parser.accept("direct") || parser.accept("multihop")) {}
}

Table<Later> make_bfd_options() {
  using enum In;
  using enum Effect;
  return {
      {"interface", both, none, with("<patterns> [{ <options> }]", "\"*\" { interval 100 ms; multiplier 3; }", read_interface_sessions), "Options of direct sessions."},
      {"multihop", both, none, with("{ <options> }", "{ interval 200 ms; }", read_multihop_sessions), "Options of multihop sessions."},
      {"neighbor", both, none, with("<ip> [dev \"<if>\"] [local <ip>] [multihop <bool>]", "192.0.2.1 dev \"eth0\"", read_bfd_neighbor), "A session of its own."},
      {"accept", bird2, none, with("[ipv4|ipv6] [direct|multihop]", "ipv4 direct", read_accept), "Which sessions are taken."},
      {"strict bind", bird2, none, checked<Later>(boolean()), "Listen on the local addresses only."},
      {"zero udp6 checksum rx", bird2, none, checked<Later>(boolean()), "Take IPv6 packets without checksum."},
  };
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

void read_bfd_options(Parser& parser) {
  parser.expect("{");
  Later nothing;
  while (!parser.accept("}")) {
    if (parser.accept(";")) continue;
    Matcher matcher(parser);
    matcher.offer(bfd_session_options(), nothing);
    matcher.read([] { return "BFD sessions"; });
    parser.expect(";");
  }
}

const Table<Later>* later_options(std::string_view kind) {
  static const auto bfd = make_bfd_options(), aggregator = make_aggregator_options();
  return kind == "bfd" ? &bfd : kind == "aggregator" ? &aggregator : nullptr;
}

}  // namespace avocet::config
