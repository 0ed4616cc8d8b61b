#include "bgpd/config/lexer.hpp"

#include <doctest/doctest.h>
#include <chrono>
#include <cstdlib>

#include "test/directory.hpp"

using namespace avocet;
using namespace avocet::config;
using avocet::test::Directory;

namespace {

/// Tokens of a text, one letter for the kind and the text: "w:protocol p:{ n:5 e:".
std::string kinds(const std::vector<Token>& tokens) {
  std::string out;
  for (auto& token : tokens) {
    if (!out.empty()) out += ' ';
    out += "ewnisbp!"[static_cast<int>(token.kind)];
    out += ':';
    out += token.text;
  }
  return out;
}

struct Lexed {
  Sources sources;
  Diagnostics diagnostics;
  std::vector<Token> tokens;
  explicit Lexed(std::string text, std::string name = "t.conf") {
    tokens = lex(sources, sources.add_text(std::move(name), std::move(text)), diagnostics);
  }
};

std::string kinds_of(std::string text) { return kinds(Lexed(std::move(text)).tokens); }

}  // namespace

TEST_CASE("every token form of the language") {
  struct {
    const char* text;
    const char* tokens;
  } cases[] = {
      {"", "e:"},
      {"hold time 90;", "w:hold w:time n:90 p:; e:"},
      {"0x1F 010", "n:0x1F n:010 e:"},
      {"300ms", "n:300 w:ms e:"},
      {"1234567890 0000000007", "n:1234567890 n:0000000007 e:"},
      {"1.2 1.2.3 1. 1.2.3.4.5", "n:1 p:. n:2 n:1 p:. n:2 p:. n:3 n:1 p:. i:1.2.3.4 p:. n:5 e:"},
      {"1..3", "n:1 p:.. n:3 e:"},
      {"10.0.0.0/8+", "i:10.0.0.0 p:/ n:8 p:+ e:"},
      {"1.2.3.4.mask(8)", "i:1.2.3.4 p:. w:mask p:( n:8 p:) e:"},
      {"1.2.3.4..1.2.3.9", "i:1.2.3.4 p:.. i:1.2.3.9 e:"},
      {"::", "i::: e:"},
      {"::/0", "i::: p:/ n:0 e:"},
      {"::1", "i:::1 e:"},
      {"fd00:96::/32", "i:fd00:96:: p:/ n:32 e:"},
      {"2001:db8::1..2001:db8::9", "i:2001:db8::1 p:.. i:2001:db8::9 e:"},
      {"2001:db8:0:1:2:3:4:5", "i:2001:db8:0:1:2:3:4:5 e:"},
      {"::ffff:1.2.3.4", "i:::ffff:1.2.3.4 e:"},
      {"64:ff9b:0:0:0:0:1.2.3.4", "i:64:ff9b:0:0:0:0:1.2.3.4 e:"},
      {"fe80::1%eth0", "i:fe80::1 p:% w:eth0 e:"},
      {"case x { 10: accept; }", "w:case w:x p:{ n:10 p:: w:accept p:; p:} e:"},
      {"2001:db8::1: accept", "i:2001:db8::1 p:: w:accept e:"},
      {"fd00::: accept", "i:fd00:: p:: w:accept e:"},
      {"else: a", "w:else p:: w:a e:"},
      {"bad: add: dead_beef", "w:bad p:: w:add p:: w:dead_beef e:"},
      {"1:2", "n:1 p:: n:2 e:"},
      {"hex:00ff:10", "b:hex:00ff:10 e:"},
      {"hex:", "b:hex: e:"},
      {"0123456789abcdef0123456789abcdef", "b:0123456789abcdef0123456789abcdef e:"},
      {"\"a b\" \"\"", "s:a b s: e:"},
      {"'a-b.c:d' x", "w:a-b.c:d w:x e:"},
      {"!= <= >= && || .. !~ ++ -> [= =] ! < > ~ - +",
       "p:!= p:<= p:>= p:&& p:|| p:.. p:!~ p:++ p:-> p:[= p:=] p:! p:< p:> p:~ p:- p:+ e:"},
      {"--empty--", "p:- p:- w:empty p:- p:- e:"},
      {"a # comment ; \n b /* c \n ; */ d", "w:a w:b w:d e:"},
      {"a//b", "w:a p:/ p:/ w:b e:"},
  };
  for (auto& c : cases) {
    CAPTURE(c.text);
    CHECK(kinds_of(c.text) == c.tokens);
    CHECK_FALSE(Lexed(c.text).diagnostics.has_errors());
  }
}

TEST_CASE("numbers and addresses carry their values") {
  Lexed lexed("4294967295 0xffffffff 010 10.1.2.3 fe80::1");
  CHECK(lexed.tokens[0].number == 4294967295u);
  CHECK(lexed.tokens[1].number == 4294967295u);
  CHECK(lexed.tokens[2].number == 10);
  CHECK(lexed.tokens[3].address() == proto::Address::v4(0x0a010203));
  CHECK(lexed.tokens[4].address() == proto::Address::v6(0xfe80000000000000, 1));
}

TEST_CASE("places count lines and columns from one") {
  Lexed lexed("a\n  bcd /*\n*/ e\n");
  CHECK(lexed.tokens[0].place == Place{0, 1, 1, 1});
  CHECK(lexed.tokens[1].place == Place{0, 2, 3, 3});
  CHECK(lexed.tokens[2].place == Place{0, 3, 4, 1});
}

TEST_CASE("tokens know how deep they stand and whether a blank comes before") {
  Lexed lexed("a{b/1{c}}d");
  struct {
    const char* text;
    unsigned depth;
    bool glued;
  } expected[] = {{"a", 0, false}, {"{", 0, true}, {"b", 1, true}, {"/", 1, true}, {"1", 1, true},
                  {"{", 1, true},  {"c", 2, true}, {"}", 2, true}, {"}", 1, true}, {"d", 0, true}};
  for (std::size_t i = 0; i < std::size(expected); ++i) {
    CAPTURE(i);
    CHECK(lexed.tokens[i].text == expected[i].text);
    CHECK(lexed.tokens[i].depth == expected[i].depth);
    CHECK(lexed.tokens[i].glued == expected[i].glued);
  }
  CHECK_FALSE(Lexed("a b").tokens[1].glued);
}

TEST_CASE("a quoted word is never a keyword") {
  Lexed lexed("'accept' accept");
  CHECK_FALSE(lexed.tokens[0].is("accept"));
  CHECK(lexed.tokens[1].is("accept"));
}

TEST_CASE("what cannot be a token is said once and reading goes on") {
  struct {
    const char* text;
    const char* what;
    const char* tokens;
  } cases[] = {
      {"4294967296 a", "number 4294967296 is larger than 4294967295", "!:4294967296 w:a e:"},
      {"0x100000000 a", "number 0x100000000 is larger than 4294967295", "!:0x100000000 w:a e:"},
      {"1.2.3.256 a", "'1.2.3.256' is not an IPv4 address", "!:1.2.3.256 w:a e:"},
      {"1::2::3 a", "'1::2::3' is not an IPv6 address", "!:1::2::3 w:a e:"},
      {"\"abc\na", "text without closing '\"' on its line", "!:\"abc w:a e:"},
      {"a $ b", "'$' has no meaning here", "w:a !:$ w:b e:"},
      {"'a b'; c", "a name in single quotes is made of letters, digits, '_', '-', '.' and ':' and ends with a quote",
       nullptr},
      {"a /* b", "comment without end", "w:a e:"},
  };
  for (auto& c : cases) {
    CAPTURE(c.text);
    Lexed lexed(c.text);
    REQUIRE_FALSE(lexed.diagnostics.list().empty());
    CHECK(lexed.diagnostics.list()[0].what == c.what);
    if (c.tokens) CHECK(kinds(lexed.tokens) == c.tokens);
  }
}

TEST_CASE("what was read can be read again, and what is wrong with it is said once") {
  Sources sources;
  Diagnostics diagnostics;
  auto text = put_includes_in_place(sources, sources.add_text("t.conf", "a {\n 'b' $ }\nc"), diagnostics);
  Lexer lexer(text, diagnostics);
  std::vector<Token> first, second;
  auto start = lexer.cursor();
  for (auto* tokens : {&first, &second}) {
    lexer.rewind(start);
    do tokens->push_back(lexer.next());
    while (tokens->back().kind != TokenKind::end);
  }
  CHECK(kinds(first) == "w:a p:{ w:b !:$ p:} w:c e:");
  CHECK(kinds(second) == kinds(first));
  for (std::size_t i = 0; i < first.size(); ++i) {
    CHECK(second[i].place == first[i].place);
    CHECK(second[i].depth == first[i].depth);
    CHECK(second[i].glued == first[i].glued);
  }
  CHECK(diagnostics.list().size() == 1);
}

TEST_CASE("a statement ends at a mark that no comment and no text hides") {
  struct {
    const char* text;
    const char* next;
    unsigned line, depth;
  } cases[] = {
      {"a b; c", "c", 1, 0},
      {"a { b; } c", "b", 1, 1},
      {"a } c", "c", 1, 0},
      {"a # b; {\n\n; c", "c", 3, 0},
      {"a /* ;\n{ */ / b; c", "c", 2, 0},
      {"a \"; {\" b; c", "c", 1, 0},
      {"a \"no end;\n b; c", "c", 2, 0},
      {"a b", "", 1, 0},
  };
  for (auto& c : cases) {
    CAPTURE(c.text);
    Sources sources;
    Diagnostics diagnostics;
    auto text = put_includes_in_place(sources, sources.add_text("t.conf", c.text), diagnostics);
    Lexer lexer(text, diagnostics);
    lexer.skip_statement();
    auto token = lexer.next();
    CHECK(token.text == c.next);
    CHECK(token.place.line == c.line);
    CHECK(token.depth == c.depth);
  }
}

TEST_CASE("include reads files relative to the including one, sorted by name") {
  Directory directory;
  directory.write("b.inc", "b\n");
  directory.write("a.inc", "a { \n");
  auto main = directory.write("main.conf", "x\n  include \"*.inc\";\nz");
  Sources sources;
  Diagnostics diagnostics;
  auto tokens = lex(sources, *sources.add_file(main), diagnostics);
  CHECK_FALSE(diagnostics.has_errors());
  CHECK(kinds(tokens) == "w:x w:a p:{ w:b w:z e:");
  CHECK(sources.name(tokens[1].place.file) == (directory.path / "a.inc").string());
  CHECK(sources.included_from(tokens[1].place.file) == Place{0, 2, 3, 16});
  CHECK(tokens[4].place == Place{0, 3, 1, 1});
  CHECK(tokens[4].depth == 1);
}

TEST_CASE("include refuses what it cannot read, and itself") {
  Directory directory;
  auto loop = directory.write("loop.conf", "include \"loop.conf\";\n");
  auto missing = directory.write("missing.conf", "include \"none.conf\";\ninclude \"none*.conf\";\n");
  struct {
    std::string file;
    std::string what;
  } cases[] = {{loop, "includes are nested more than 8 deep"},
               {missing, "cannot open '" + (directory.path / "none.conf").string() + "': No such file or directory"}};
  for (auto& c : cases) {
    Sources sources;
    Diagnostics diagnostics;
    lex(sources, *sources.add_file(c.file), diagnostics);
    REQUIRE(diagnostics.list().size() == 1);
    CHECK(diagnostics.list()[0].what == c.what);
  }
}

TEST_CASE("include inside a line is left to the grammar") {
  CHECK(kinds_of("a include \"x\";") == "w:a w:include s:x p:; e:");
}

TEST_CASE("a byte order mark before the text is no part of it") {
  Diagnostics diagnostics;
  Sources sources;
  auto file = sources.add_text("t.conf", "\xef\xbb\xbfrouter id 10.0.0.1;");
  auto tokens = lex(sources, file, diagnostics);
  CHECK(tokens.front().text == "router");
  CHECK(diagnostics.list().empty());
}
