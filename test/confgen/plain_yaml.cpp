#include "confgen/store/plain_yaml.hpp"

#include <doctest/doctest.h>

#include "confgen/store/yaml_dir.hpp"

using namespace avocet::confgen;

namespace {

/// As yaml-cpp reads it: what is not ASCII is not for the plain reader.
Object by_yaml_cpp(const std::string& text) {
  auto objects = read_yaml("f.yaml", text + "# \u00e9\n");
  REQUIRE(objects.size() == 1);
  return objects[0];
}

const std::string head = "kind: K\nmetadata:\n  name: n\n";

}  // namespace

TEST_CASE("what is plain is read as yaml-cpp reads it, with the same places") {
  const char* texts[] = {
      "spec:\n  cidr: 10.0.0.0/16\n",
      "spec:\n  list:\n  - a\n  - b c\n  other: 1\n",
      "spec:\n    list:\n      - a: 1\n        b: x\n      - a: 2\n        b:\n          c: d\n",
      "spec:\n  list:\n  -   a: 1\n      b: x\n  - c\n",
      "spec:\n  a: \"text\"\n  b: 'single'\n  c: \"\"\n  d: \"10\"\n",
      "spec:\n  a: true\n  b: no\n  c: y\n  d: 007\n  e: 1.5\n  f: 0x1f\n  g: Null\n  h: 1e3\n  i: 12:30\n",
      "# a comment\n\nspec:   \n\n  # another\n  a.b/c-d_e: x:y  \n  sel: route-reflector == 'true' && has(x)\n",
      "spec:\n  v6: 2001:db8::1/64\n  deep:\n    deeper:\n      deepest: z\nstatus:\n- 1\n- 2\n",
  };
  for (auto text : texts) {
    CAPTURE(text);
    for (auto& whole : {head + text, "---\n" + head + text}) {
      Places places;
      auto plain = read_plain_yaml(whole, 0, places);
      REQUIRE(plain);
      auto expected = by_yaml_cpp(whole);
      CHECK(*plain == expected.body);
      CHECK(places == expected.places);
      auto read = read_yaml("f.yaml", whole);
      REQUIRE(read.size() == 1);
      CHECK(read[0].name == "n");
      CHECK(read[0].at("spec") == expected.at("spec"));
    }
  }
}

TEST_CASE("what is more than plain is left to yaml-cpp") {
  const char* texts[] = {
      "spec: {a: b}\n",
      "spec:\n  a: [1]\n",
      "spec:\n  a: |\n    text\n",
      "spec:\n  a: x # why\n",
      "spec:\n  a: &b c\n",
      "spec:\n  a: *b\n",
      "spec:\n  a: !!str 1\n",
      "spec:\n  a: x\n    y\n",
      "spec:\n  a: \"\\n\"\n",
      "spec:\n  a: 'it''s'\n",
      "spec:\n  a:\n",
      "spec:\n\ta: b\n",
      "spec:\n  a: b\n  a: c\n",
      "spec:\n  - - a\n",
      "spec:\n  a: b\n c: d\n",
      "spec:\n  -\n    a: b\n",
      "spec:\n  \"a\": b\n",
      "spec:\n  ? a\n  : b\n",
      "spec:\n  a: b: c\n",
      "items:\n- a: b\n",
      "spec:\n  a: \"b\" c\n",
      "spec:\n  a: \"b\n  c\"\n",
      "a\n",
      "%YAML 1.1\n",
      "spec:\n  <<: x\n",
      "spec:\n  a: -1\n",
      "spec:\n  a: \u00e9\n",
      "spec:\r\n  a: b\r\n",
  };
  for (auto text : texts) {
    CAPTURE(text);
    Places places;
    CHECK_FALSE(read_plain_yaml(head + text, 0, places));
    CHECK(places.empty());
  }
}

TEST_CASE("lines before the text count") {
  Places places;
  REQUIRE(read_plain_yaml("a:\n  b: c\n", 10, places));
  REQUIRE(places.find("a.b"));
  CHECK(places.find("a.b")->line == 12);
  CHECK(places.find("a.b")->column == 6);
  CHECK_FALSE(places.find("a.c"));
}
