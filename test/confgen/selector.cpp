#include "confgen/calico/selector.hpp"

#include <doctest/doctest.h>

using namespace avocet::confgen;

TEST_CASE("a selector says which labels it selects") {
  const Labels labels{{"role", "edge"}, {"in", "x"}, {"k8s.io/zone", "z1"}, {"empty", ""}};
  struct {
    const char* selector;
    bool selected;
  } cases[] = {{"", true},
               {"all()", true},
               {"global()", true},
               {"!all()", false},
               {"!!all()", true},
               {"role == 'edge'", true},
               {"role == \"core\"", false},
               {"role != 'core'", true},
               // Without the label: equality and sets fail, their opposites hold.
               {"none == 'a'", false},
               {"none != 'a'", true},
               {"none in {'a'}", false},
               {"none not in {'a'}", true},
               {"none == ''", false},
               {"none contains ''", false},
               {"empty == ''", true},
               {"role in {'core', 'edge'}", true},
               {"role in {'core','edge',}", true},
               {"role in {}", false},
               {"role notin {'edge'}", false},
               {"role contains 'dg'", true},
               {"role starts with 'ed'", true},
               {"role startswith 'x'", false},
               {"role ends  with 'ge'", true},
               {"has(k8s.io/zone)", true},
               {"has(none)", false},
               // Operator words are names where a name stands.
               {"in in {'x'}", true},
               {"has(in)", true},
               // && binds more tightly than ||.
               {"all() || all() && none == 'a'", true},
               {"(all() || all()) && none == 'a'", false}};
  for (auto& c : cases) {
    CAPTURE(c.selector);
    auto selected = selects(c.selector, labels);
    REQUIRE(selected);
    CHECK(*selected == c.selected);
  }
}

TEST_CASE("a selector that does not parse tells where") {
  struct {
    const char* selector;
    std::size_t position;
  } cases[] = {{"role ==", 7}, {"role == 'x", 8},         {"(all()", 6}, {"all() all()", 6},
               {"role", 4},    {"role in {'a' 'b'}", 13}, {"== 'a'", 0}};
  for (auto& c : cases) {
    CAPTURE(c.selector);
    auto selected = selects(c.selector, {});
    REQUIRE_FALSE(selected);
    CHECK(selected.error().position == c.position);
  }
}
