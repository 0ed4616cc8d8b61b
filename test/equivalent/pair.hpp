#pragma once
/// Comparing short texts in tests.
#include <doctest/doctest.h>

#include "bgpd/equivalent/equivalent.hpp"

namespace avocet::equivalent::test {

inline config::ConfigPtr load(const std::string& name, const std::string& text,
                              proto::Family family = proto::Family::ipv4) {
  auto loaded = config::load_text(name, text, {family});
  REQUIRE_MESSAGE(loaded.config,
                  (loaded.diagnostics.list().empty() ? text : render(loaded.diagnostics.list()[0], *loaded.sources)));
  return loaded.config;
}

inline Report compared(const std::string& a, const std::string& b, Request request = {}) {
  if (!request.family) request.family = proto::Family::ipv4;
  return compare(*load("a.conf", a, *request.family), *load("b.conf", b, *request.family), request);
}

/// Everything said about the pair, for CHECKs that look for words.
inline std::string said(const std::string& a, const std::string& b) { return text(compared(a, b)); }
inline bool equal(const std::string& a, const std::string& b) { return compared(a, b).equivalent(); }
inline bool contains(const std::string& text, const std::string& words) {
  return text.find(words) != std::string::npos;
}

/// A 2.x configuration with one external session.
inline std::string bird2(const std::string& channel, const std::string& before = "", const std::string& more = "") {
  return "router id 10.0.0.1;\n" + before + "protocol bgp b { local 10.0.0.1 as 64512; neighbor 10.0.0.2 as 65001; " +
         more + " ipv4 { " + channel + " }; }\n";
}
/// The same in 1.6's form.
inline std::string bird1(const std::string& options, const std::string& before = "") {
  return "router id 10.0.0.1;\nlisten bgp port 179;\n" + before +
         "protocol bgp b { local 10.0.0.1 as 64512; neighbor 10.0.0.2 as 65001; " + options + " }\n";
}

}  // namespace avocet::equivalent::test
