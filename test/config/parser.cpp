#include "bgpd/config/parser.hpp"

#include <doctest/doctest.h>

#include "bgpd/config/language.hpp"
#include "bgpd/config/model.hpp"

using namespace avocet::config;

namespace {

struct Parsing {
  Sources sources;
  Diagnostics diagnostics;
  std::vector<Stretch> stretches;
  std::shared_ptr<Symbols> symbols = make_symbols();
  Parser parser;
  explicit Parsing(std::string text)
      : stretches(put_includes_in_place(sources, sources.add_text("t.conf", std::move(text)), diagnostics)),
        parser(stretches, sources, diagnostics, *symbols) {}
  /// The text of the token where reading goes on after a mistake in a statement that began `from` tokens in.
  std::string after_mistake(std::size_t at, std::uint32_t depth) {
    while (at-- > 0) parser.next();
    parser.recover(depth);
    return std::string(parser.peek().text);
  }
};

}  // namespace

TEST_CASE("expect takes the token or says what stands there instead") {
  Parsing p("a 5");
  CHECK(p.parser.expect("a").text == "a");
  CHECK_THROWS_AS(p.parser.expect(";"), SyntaxError);
  REQUIRE(p.diagnostics.list().size() == 1);
  CHECK(p.diagnostics.list()[0].what == "expected ';', found number 5");
}

TEST_CASE("a token that the lexer refused is not complained of twice") {
  Parsing p("$");
  CHECK_THROWS_AS(p.parser.expect(";"), SyntaxError);
  CHECK(p.diagnostics.list().size() == 1);
}

TEST_CASE("after a mistake reading goes on behind the statement") {
  CHECK(Parsing("bad x y ; next").after_mistake(1, 0) == "next");
  CHECK(Parsing("{ bad x ; next }").after_mistake(2, 1) == "next");
  CHECK(Parsing("{ bad x } next").after_mistake(2, 1) == "}");
  CHECK(Parsing("bad { a; b; } next").after_mistake(3, 0) == "next");
  CHECK(Parsing("bad { a; b; } ; next").after_mistake(1, 0) == "next");
  CHECK(Parsing("if bad then { a; } else { b; } next").after_mistake(2, 0) == "next");
  CHECK(Parsing("} next").after_mistake(0, 0) == "next");
  CHECK(Parsing("bad").after_mistake(0, 0) == "");
}

TEST_CASE("thousands of mistakes end after two hundred") {
  std::string text = "filter f {\n";
  for (int i = 0; i < 5000; ++i) text += "unknown_" + std::to_string(i) + " = 1;\n";
  auto loaded = avocet::config::load_text("t.conf", text + "accept; }\nwrong;\n", {});
  CHECK_FALSE(loaded.config);
  CHECK(loaded.diagnostics.list().size() == 200);
  CHECK(loaded.diagnostics.list().back().what == "unknown name 'unknown_199'");
}

TEST_CASE("a thousand warnings do not hide the error that refuses a file") {
  std::string text;
  for (int i = 0; i < 1000; ++i) text += "threads 2;\n";
  auto loaded = avocet::config::load_text("t.conf", text + "wrong;\n", {});
  CHECK_FALSE(loaded.config);
  CHECK(loaded.diagnostics.list().back().what == "unknown option 'wrong' in the top level");
}

TEST_CASE("the text of a set is that of the BIRD the file was written for") {
  // `function` with a result tells: BIRD 2.14 and later want its type.
  auto printed = [](const char* function) {
    auto loaded = load_text("t", std::string(function) + " define s = [1..3, 2..4]; eval format(s);", {});
    for (auto& diagnostic : loaded.diagnostics.list())
      if (diagnostic.severity == Severity::note) return diagnostic.what;
    return std::string();
  };
  CHECK(printed("function f() -> int { return 1; }") == "the value is [1..4]");
  CHECK(printed("function f() { return 1; }") == "the value is [1..3, 2..4]");
  CHECK(printed("") == "the value is [1..4]");
}

TEST_CASE("a file of tests may hold what is not supported: nothing of it runs") {
  const char* text = "vpn4 table v;\nprotocol ospf v2 o { area 0 { }; }\nfunction t() { bt_assert(true); }\nbt_test_suite(t, \"t\");";
  CHECK_FALSE(load_text("t", text, {}).config);
  LoadOptions options;
  options.only_tests = true;
  auto loaded = load_text("t", text, options);
  REQUIRE(loaded.config);
  CHECK(loaded.config->tests.size() == 1);
  CHECK(loaded.diagnostics.list().size() == 2);
}
