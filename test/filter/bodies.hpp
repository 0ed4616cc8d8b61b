#pragma once
/// Running one-line filter bodies in tests.
#include <doctest/doctest.h>
#include <string>
#include <vector>

#include "bgpd/config/model.hpp"
#include "bgpd/config/language.hpp"
#include "bgpd/filter/program.hpp"

namespace avocet::filter::test {

/// A small world: interface 1 is "lo", 7 is "eth0", which 192.0.2.0/24 is reachable through; AS 65001 may announce
/// 10.0.0.0/8 and nobody else.
struct World final : Snapshot {
  std::string_view interface_name(std::uint32_t ifindex) const override { return ifindex == 1 ? "lo" : ifindex == 7 ? "eth0" : ""; }
  std::optional<std::uint32_t> interface_index(std::string_view name) const override {
    if (name == "lo") return 1;
    if (name == "eth0") return 7;
    return std::nullopt;
  }
  std::optional<std::uint32_t> neighbor_interface(const proto::Address& address) const override {
    if (proto::Prefix::v4(0xc0000200, 24).contains(address)) return 7;
    return std::nullopt;
  }
  int roa_check(std::string_view, const proto::Prefix& net, std::uint32_t asn) const override {
    if (!proto::Prefix::v4(0x0a000000, 8).contains(net)) return 0;
    return asn == 65001 ? 1 : 2;
  }
  int aspa_check(std::string_view, proto::Bytes, bool) const override { return 0; }
};

/// A static blackhole route as in the recordings.
inline RouteFacts blackhole(const char* net = "10.9.0.0/24") {
  RouteFacts route;
  route.net = *proto::Prefix::parse(net);
  route.source = RouteSource::static_;
  route.protocol = "static1";
  route.preference = 200;
  route.destination = proto::DestinationKind::blackhole;
  return route;
}

/// A configuration with one filter `f`; `body` may begin with declarations.
inline config::Loaded load_filter(const std::string& body, Dialect dialect = Dialect::bird2, const std::string& before = "") {
  // What tells the dialects apart is outside of filters.
  auto import = dialect == Dialect::bird1 ? "import filter f;" : "ipv4 { import filter f; };";
  return config::load_text("t.conf", before + "filter f\n" + body + "\nprotocol static { " + import + " route 10.9.0.0/24 blackhole; }\n", {});
}

/// The outcome as the recordings write it: "ACCEPT | printed | printed", "REJECT", "PARSE"; and why, for messages.
struct Answer {
  std::string text;
  std::string why;
  Edits edits;
};

inline Answer answer(const std::string& body, Dialect dialect = Dialect::bird2, const std::string& before = "",
                     const RouteFacts& route = blackhole(), proto::AttributeView attributes = {}) {
  auto loaded = load_filter(body, dialect, before);
  if (!loaded.config) return {"PARSE", loaded.diagnostics.list().empty() ? "" : render_short(loaded.diagnostics.list()[0], *loaded.sources), {}};
  auto program = config::find_filter(*loaded.config->symbols, "f");
  Answer result;
  auto verdict = run(*program, route, attributes, World(), result.edits);
  result.text = verdict.outcome == Outcome::accept ? "ACCEPT" : "REJECT";
  for (auto& line : result.edits.printed) result.text += " | " + line;
  result.why = verdict.error;
  return result;
}

}  // namespace avocet::filter::test
