/// The vocabulary of the static and pipe protocols (reference 6.4, 6.5).
#include <algorithm>
#include <fmt/format.h>

#include "bgpd/config/symbols.hpp"
#include "bgpd/config/vocabulary.hpp"

namespace avocet::config {
namespace {

using filter::NetKind;
using proto::DestinationKind;
using rib::Aspa;
using rib::PipeOptions;
using rib::Roa;
using rib::StaticHop;
using rib::StaticOptions;
using rib::StaticRoute;

constexpr std::pair<const char*, DestinationKind> kinds[] = {
    {"blackhole", DestinationKind::blackhole}, {"unreachable", DestinationKind::unreachable}, {"prohibit", DestinationKind::prohibit},
    {"drop", DestinationKind::blackhole},      {"reject", DestinationKind::unreachable}};  // 1.6's names of the first two

Roa roa_of(const filter::Value& net) {
  return {net.net(), static_cast<std::uint8_t>(filter::net_number(net, 0, 1)), static_cast<std::uint32_t>(filter::net_number(net, 1, 4))};
}

/// `mpls 100/200`
bool accept_labels(Parser& parser) {
  auto& word = parser.peek();
  if (!parser.accept("mpls")) return false;
  do parse_number(parser, "the label", 0, 0xfffff);
  while (parser.accept("/"));
  parser.not_yet(word, "mpls of a static route");
  return true;
}

/// After `via`: `A[%if] [dev "if"]` or `"if"`, then `weight N`, `onlink` in any order.
bool more_of_route(const Token& token) {
  constexpr std::string_view words[] = {"via", "weight", "onlink", "dev", "mpls", "bfd", "{"};
  return std::any_of(std::begin(words), std::end(words), [&](auto word) { return token.is(word); });
}

/// A switch inside of a route: nothing behind its word means on, too.
bool read_switch(Parser& parser) { return more_of_route(parser.peek()) || parse_bool(parser); }

StaticHop read_hop(Parser& parser) {
  StaticHop hop;
  if (parser.peek().kind == TokenKind::string) {
    hop.interface = parser.next().text;
  } else if (auto& word = parser.peek(); word.kind == TokenKind::word && !parser.symbols.find(word.text)) {
    parser.fail(word, fmt::format("expected an address, found {}", describe(word)), fmt::format("an interface stands in double quotes: \"{}\"", word.text));
  } else {
    hop.gateway = parse_address(parser);
    hop.interface = parse_scope(parser);
  }
  for (;;) {
    auto& token = parser.peek();
    if (parser.accept("weight"))
      hop.weight = static_cast<std::uint16_t>(parse_number(parser, "the weight", 1, 256));
    else if (parser.accept("onlink"))
      hop.onlink = read_switch(parser);
    else if (parser.accept("dev"))
      hop.interface = parse_string(parser);
    else if (parser.accept("bfd")) {
      hop.bfd = read_switch(parser);
      if (hop.bfd && hop.gateway.is_unspecified()) parser.fail(token, "'bfd' needs a gateway to talk to");
    } else if (!accept_labels(parser)) {
      return hop;
    }
    if (hop.bfd && hop.onlink) parser.fail(token, "'bfd' and 'onlink' cannot stand together");
  }
}

void read_destination(Parser& parser, StaticRoute& route) {
  for (auto& [word, kind] : kinds)
    if (parser.accept(word)) {
      route.kind = kind;
      return;
    }
  if (parser.accept("recursive")) {
    route.recursive = parse_address(parser);
    accept_labels(parser);
    return;
  }
  parser.accept("multipath");
  if (!parser.peek().is("via"))
    parser.fail(parser.peek(), fmt::format("expected via, blackhole, unreachable, prohibit or recursive, found {}", describe(parser.peek())));
  while (parser.accept("via")) route.hops.push_back(read_hop(parser));
}

/// `providers A, B` or `transit` behind the AS. The same AS again replaces what was said.
void read_aspa(Parser& parser, std::uint32_t customer, StaticOptions& options) {
  Aspa aspa{customer, {}};
  if (!parser.accept("transit")) {
    parser.expect("providers");
    do aspa.providers.push_back(parse_int(parser));
    while (parser.accept(","));
  }
  std::erase_if(options.aspas, [&](auto& other) { return other.customer == customer; });
  options.aspas.push_back(std::move(aspa));
}

/// `{ bfd; bgp_med = 3; }`: in 1.6 a route of one gateway has its `bfd` there.
void read_commands(Parser& parser, StaticRoute& route) {
  auto at = parser.peek();
  std::optional<bool> bfd;
  route.edits = parse_route_edits(parser, bfd);
  if (!bfd) return;
  if (route.hops.size() != 1 || route.hops[0].gateway.is_unspecified()) parser.fail(at, "'bfd' in braces needs a route with one gateway");
  route.hops[0].bfd = *bfd;
}

void read_route(Parser& parser, StaticOptions& options) {
  StaticRoute route;
  auto& at = parser.peek();
  auto net = parse_net(parser);
  route.net = net.value.net();
  if (net.value.kind == NetKind::aspa) return read_aspa(parser, net.value.u32(), options);
  if (net.value.kind == NetKind::roa4 || net.value.kind == NetKind::roa6) return options.roas.push_back(roa_of(net.value));
  if (!net.value.is_plain_net()) parser.not_yet(at, "routes to nets as " + filter::to_text(net.value));
  bool may_have_none = net.value.kind == NetKind::flow4 || net.value.kind == NetKind::flow6;
  if (!may_have_none || (!parser.peek().is(";") && !parser.peek().is("{"))) read_destination(parser, route);
  if (parser.peek().is("{")) read_commands(parser, route);
  if (net.value.is_plain_net()) options.routes.push_back(std::move(route));
}

bool same_route(const StaticRoute& a, const StaticRoute& b) {
  return a.net == b.net && a.kind == b.kind && a.hops == b.hops && a.recursive == b.recursive && detail::equal(a.edits, b.edits);
}

std::string hop_text(const StaticHop& hop) {
  auto text = hop.gateway.is_unspecified() ? fmt::format(" via \"{}\"", hop.interface) : " via " + hop.gateway.text();
  if (!hop.gateway.is_unspecified() && !hop.interface.empty()) text += fmt::format(" dev \"{}\"", hop.interface);
  if (hop.weight != 1) text += fmt::format(" weight {}", hop.weight);
  if (hop.onlink) text += " onlink on";
  if (hop.bfd) text += " bfd on";
  return text;
}

std::vector<std::string> route_lines(const StaticOptions& options) {
  std::vector<std::string> lines;
  for (auto& roa : options.roas) lines.push_back(fmt::format("{} max {} as {}", roa.net.text(), roa.max_length, roa.asn));
  for (auto& aspa : options.aspas)
    lines.push_back(fmt::format("aspa {} {}{}", aspa.customer, aspa.providers.empty() ? "transit" : "providers ", fmt::join(aspa.providers, ", ")));
  for (auto& route : options.routes) {
    auto line = route.net.text();
    if (route.recursive) line += " recursive " + route.recursive->text();
    for (auto& hop : route.hops) line += hop_text(hop);
    if (!route.recursive && route.hops.empty())
      line += std::string(" ") + std::find_if(std::begin(kinds), std::end(kinds), [&](auto& kind) { return kind.second == route.kind; })->first;
    if (route.edits) line += ' ' + filter::written(*route.edits);
    lines.push_back(std::move(line));
  }
  return lines;
}

Slot<StaticOptions> route_slot() {
  return {"<prefix> via <hop>...|blackhole|unreachable|prohibit|recursive <ip>|max <length> as <asn>, aspa <asn> providers <asn>, ...|transit", "192.0.2.0/24 blackhole", read_route,
          [](const StaticOptions& a, const StaticOptions& b) {
            return a.roas == b.roas && a.roa_table == b.roa_table && a.aspas == b.aspas && a.aspa_table == b.aspa_table && std::equal(a.routes.begin(), a.routes.end(), b.routes.begin(), b.routes.end(), same_route);
          },
          [](const StaticOptions& options) { return fmt::format("{} routes", options.routes.size() + options.roas.size() + options.aspas.size()); },
          route_lines};
}

Table<StaticOptions> make_static_options() {
  using enum In;
  using enum Effect;
  using S = StaticOptions;
  return {
      {"route", both, none, route_slot(), "One route; the last of a prefix counts."},
      {"check link", both, none, into(&S::check_link, boolean()), "Routes only while their link is up."},
      {"igp table", both, restart, into(&S::igp_table, name_value("table")), "Where recursive routes are looked up."},
  };
}

void read_mode(Parser& parser, PipeOptions&) {
  auto& mode = parser.next();
  if (mode.is("opaque")) parser.refuse(mode, "an opaque pipe is not supported", "a transparent one offers the routes as they are");
  else if (!mode.is("transparent")) parser.fail(mode, fmt::format("expected transparent or opaque, found {}", describe(mode)));
}

Table<PipeOptions> make_pipe_options() {
  using enum In;
  using enum Effect;
  using P = PipeOptions;
  return {
      {"peer table", both, restart, into(&P::peer_table, name_value("table")), "The table at the other end."},
      {"mode", bird1, none, form<P>("transparent", "transparent", read_mode, [](const P&) { return std::string("transparent"); }),
       "A transparent pipe offers the routes as they are; opaque pipes are not supported."},
      {"max generation", bird2, none, checked<P>(number(1)), "a route never goes back to where it came from", Support::no_effect},
  };
}

}  // namespace

Roa parse_table_roa(Parser& parser) {
  parser.expect("roa");
  auto& at = parser.peek();
  auto net = parse_net(parser);
  if (net.value.kind != NetKind::roa4 && net.value.kind != NetKind::roa6) parser.fail(at, "expected PREFIX max LENGTH as ASN");
  return roa_of(net.value);
}

const Table<StaticOptions>& static_options() {
  static const auto table = make_static_options();
  return table;
}
const Table<PipeOptions>& pipe_options() {
  static const auto table = make_pipe_options();
  return table;
}

}  // namespace avocet::config
