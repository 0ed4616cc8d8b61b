#pragma once
/// Loading short texts in tests.
#include <doctest/doctest.h>
#include <string>
#include <vector>

#include "bgpd/config/model.hpp"

namespace avocet::config::test {

inline Loaded load(const std::string& text, proto::Family family = proto::Family::ipv4) {
  return load_text("t.conf", text, {family});
}

/// The configuration of a text that must be right.
inline ConfigPtr good(const std::string& text, proto::Family family = proto::Family::ipv4) {
  auto loaded = load(text, family);
  REQUIRE_MESSAGE(loaded.config, (loaded.diagnostics.list().empty() ? text : render(loaded.diagnostics.list()[0], *loaded.sources)));
  return loaded.config;
}

/// All messages, one line each: "3:5 error: words | hint".
inline std::string messages(const std::string& text, proto::Family family = proto::Family::ipv4) {
  auto loaded = load(text, family);
  std::string lines;
  for (auto& d : loaded.diagnostics.list()) {
    constexpr const char* severities[] = {"error", "warning", "note"};
    lines += std::to_string(d.place.line) + ":" + std::to_string(d.place.column) + " " + severities[static_cast<int>(d.severity)] + ": " + d.what +
             (d.hint.empty() ? "" : " | " + d.hint) + "\n";
  }
  return lines;
}

/// The protocol of that name and type.
template <class Options> const Options& protocol(const Config& config, const std::string& name) {
  for (auto& protocol : config.protocols)
    if (common(protocol).name == name) return std::get<Options>(protocol);
  FAIL("no protocol " << name);
  throw 0;
}

/// `protocol bgp b` of the 2.x dialect with what is needed for eBGP, and some more lines.
inline std::string ebgp(const std::string& more = "", const std::string& channel = "import all; export all;") {
  return "protocol bgp b { local as 1; neighbor 10.0.0.2 as 2; " + more + " ipv4 { " + channel + " }; }\n";
}

}  // namespace avocet::config::test
