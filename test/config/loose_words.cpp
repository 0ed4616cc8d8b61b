#include "bgpd/config/loose_words.hpp"

#include <doctest/doctest.h>

using namespace avocet::config;

TEST_CASE("words of a configuration that name nothing, as BIRD 2.0 lists them") {
  Sources sources;
  sources.add_text("a", R"(
router id 1.2.3.4;                       # a comment
define LAB = [ fd00::/16, 10.0.0.0/8 ];  /* another
                                            one */
function f(int x) { return x + seen_in_a_body; }
filter g { if bgp_path.len > 3 then reject; accept; }
protocol static 'quoted' { description "a text"; route 10.0.0.0/8 via fe80::1; }
)");
  Symbols symbols;
  for (auto* name : {"LAB", "f", "g"}) symbols.add_global(name, {});
  CHECK(loose_words(sources, symbols) == std::vector<std::string>{"define", "description", "filter", "function", "id",
                                                                  "protocol", "route", "router", "static", "via"});
}
