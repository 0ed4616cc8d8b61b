#include "confgen/template/run.hpp"

#include <doctest/doctest.h>

#include "confgen/template/functions.hpp"

using namespace avocet::confgen;

namespace {

const KeyTree keys{{"/host/a/ip", "10.0.0.1"},
                   {"/host/b/ip", "10.0.0.2"},
                   {"/host/b/as", "64513"},
                   {"/mesh", "{\"enabled\":true,\"n\":1000000}"}};

Value data() {
  return Value(Map{
      {"text", "abc"}, {"number", 2.5}, {"nothing", Value()}, {"list", List{"x", "y", "z"}}, {"map", Map{{"k", "v"}}}});
}

/// The text, or the message.
std::string made(const std::string& source) {
  auto functions = confd_functions(keys);
  try {
    return run_template(parse_template("t", source, function_names(functions)), functions, data());
  } catch (const TemplateError& error) {
    return error.what();
  }
}

struct Case {
  const char* source;
  const char* made;
};

}  // namespace

// What is expected here was printed by Go's own text/template.

TEST_CASE("trim markers take away blanks and line ends on their side only") {
  for (auto& c :
       {Case{"a \n {{- 1 -}} \n b", "a1b"}, {"a {{1 -}} b", "a 1b"}, {"a {{- /* c */ -}} b", "ab"}, {"{{-3}}", "-3"}}) {
    CAPTURE(c.source);
    CHECK(made(c.source) == c.made);
  }
}

TEST_CASE("variables live until their block ends, and assignment reaches outer ones") {
  for (auto& c : {Case{"{{$x := 1}}{{if true}}{{$x = 2}}{{end}}{{$x}}", "2"},
                  {"{{$x := 1}}{{if true}}{{$x := 2}}{{end}}{{$x}}", "1"},
                  {"{{range $i, $e := .list}}{{$i}}{{$e}} {{end}}", "0x 1y 2z "},
                  {"{{range $e := .list}}{{end}}{{$e}}", "template: t:1: undefined variable \"$e\""},
                  {"{{define \"T\"}}{{$x}}{{end}}{{$x := 1}}", "template: t:1: undefined variable \"$x\""}}) {
    CAPTURE(c.source);
    CHECK(made(c.source) == c.made);
  }
}

TEST_CASE("break and continue leave one loop") {
  CHECK(made("{{range .list}}{{if eq . \"y\"}}{{continue}}{{end}}{{.}}{{end}}") == "xz");
  CHECK(made("{{range .list}}{{range .}}{{end}}{{end}}") ==
        "template: t:1:23: executing \"t\" at <.>: range can't iterate over x");
  CHECK(made("{{range seq 1 2}}{{range seq 1 9}}{{if eq . 3}}{{break}}{{end}}{{.}}{{end}}|{{end}}") == "12|12|");
  CHECK(made("{{break}}") == "template: t:1: {{break}} outside {{range}}");
}

TEST_CASE("and and or give an operand and stop at the one that decides") {
  for (auto& c : {Case{"{{and 1 0 (index .list 9)}}", "0"},
                  {"{{or \"\" \"a\" (index .list 9)}}", "a"},
                  {"{{and 1 \"x\"}}", "x"}}) {
    CAPTURE(c.source);
    CHECK(made(c.source) == c.made);
  }
}

TEST_CASE("what is missing gives nothing, what is nil refuses fields") {
  for (auto& c :
       {Case{"{{.missing}}", "<no value>"},
        {"{{.missing.deeper}}", "<no value>"},
        {"{{if .missing}}{{else}}no{{end}}", "no"},
        {"{{.nothing}}", "<no value>"},
        {"{{.nothing.x}}", "template: t:1:10: executing \"t\" at <.nothing.x>: nil pointer evaluating interface {}.x"},
        {"{{print nil .nothing}}", "<nil> <nil>"},
        {"{{eq .missing nil}}", "true"}}) {
    CAPTURE(c.source);
    CHECK(made(c.source) == c.made);
  }
}

TEST_CASE("errors tell template, line, column and expression as Go's do") {
  for (auto& c :
       {Case{"a\n {{len 3}}", "template: t:2:3: executing \"t\" at <len 3>: error calling len: len of type int"},
        {"{{.text.x}}", "template: t:1:7: executing \"t\" at <.text.x>: can't evaluate field x in type interface {}"},
        {"{{toUpper 1}}", "template: t:1:10: executing \"t\" at <1>: expected string; found 1"},
        {"{{toUpper .number}}",
         "template: t:1:10: executing \"t\" at <.number>: wrong type for value; expected string; got float64"},
        {"{{.text 1}}", "template: t:1:2: executing \"t\" at <.text>: text is not a method but has arguments"},
        {"{{template \"T\"}}", "template: t:1:11: executing \"t\" at <{{template \"T\"}}>: template \"T\" not defined"},
        {"{{nil}}", "template: t:1:2: executing \"t\" at <nil>: nil is not a command"},
        {"{{if}}x{{end}}", "template: t:1: missing value for if"},
        {"{{nosuch}}", "template: t:1: function \"nosuch\" not defined"},
        {"a\n{{if 1}}", "template: t:2: unexpected EOF"},
        {"{{1 | 2}}", "template: t:1: non executable command in pipeline stage 2"},
        {"{{\"a}}", "template: t:1: unterminated quoted string"},
        {"{{1", "template: t:1: unclosed action"}}) {
    CAPTURE(c.source);
    CHECK(made(c.source) == c.made);
  }
}

TEST_CASE("numbers are read in every notation of Go and print as Go prints them") {
  for (auto& c : {Case{"{{0x1F}} {{0b11}} {{0o17}} {{017}} {{1_000}}", "31 3 15 15 1000"},
                  {"{{1e3}} {{.5}} {{1e6}} {{4200000000.0}} {{1e-7}}", "1000 0.5 1e+06 4.2e+09 1e-07"},
                  {"{{'a'}} {{2i}}", "97 (0+2i)"},
                  {"{{9223372036854775808}}",
                   "template: t:1:2: executing \"t\" at <9223372036854775808>: 9223372036854775808 overflows int"},
                  {"{{1__0}}", "template: t:1: illegal number syntax: \"1__0\""}}) {
    CAPTURE(c.source);
    CHECK(made(c.source) == c.made);
  }
}

TEST_CASE("printf knows Go's verbs, flags, widths and complaints") {
  for (auto& c :
       {Case{"{{printf \"%5d|%-5d|%05d|%+d|%x|%#x|%o|%b|%c|%q|%U\" 42 42 42 42 42 42 42 42 65 65 65}}",
             "   42|42   |00042|+42|2a|0x2a|52|101010|A|'A'|U+0041"},
        {"{{printf \"%s|%q|%x|%8.2s|%v\" \"ab\" \"a\\\"b\" \"ab\" \"abc\" .list}}",
         "ab|\"a\\\"b\"|6162|      ab|[x y z]"},
        {"{{printf \"%.0f|%6.2f|%e|%g|%t\" 2.5 3.14159 1234.5 1e21 true}}", "2|  3.14|1.234500e+03|1e+21|true"},
        {"{{printf \"%#x|%#X|%#G\" -1.0 -1.0 -1.0}}", "-0x1.0000p+00|-0X1.P+00|-1.00000"},
        {"{{printf \"%d %z %s\" \"x\" 1}}", "%!d(string=x) %!z(int=1) %!s(MISSING)"},
        {"{{printf \"%d\" 1 2}}", "1%!(EXTRA int=2)"},
        {"{{printf \"%[2]d %[1]d %*d\" 1 2}}", "2 1 %!d(MISSING)"},
        {"{{printf \"%T %T %#v\" .list 1 .map}}", "[]interface {} int map[string]interface {}{\"k\":\"v\"}"}}) {
    CAPTURE(c.source);
    CHECK(made(c.source) == c.made);
  }
}

TEST_CASE("confd's functions read the tree of keys") {
  for (auto& c :
       {Case{"{{range lsdir \"/host\"}}{{.}} {{end}}", "a b "},
        {"{{range gets \"/host/*/ip\"}}{{.Key}}={{.Value}} {{end}}", "/host/a/ip=10.0.0.1 /host/b/ip=10.0.0.2 "},
        {"{{range getvs \"/host/b/*\"}}{{.}} {{end}}", "10.0.0.2 64513 "},
        {"{{getv \"/none\" \"default\"}}{{exists \"/mesh\"}}", "defaulttrue"},
        {"{{getv \"/none\"}}",
         "template: t:1:2: executing \"t\" at <getv \"/none\">: error calling getv: key does not exist: /none"},
        {"{{(json (getv \"/mesh\")).enabled}}", "true"},
        {"{{join (split \"10.0.0.1\" \".\") \"_\"}}", "10_0_0_1"},
        {"{{gets \"/[\"}}",
         "template: t:1:2: executing \"t\" at <gets \"/[\">: error calling gets: syntax error in pattern"}}) {
    CAPTURE(c.source);
    CHECK(made(c.source) == c.made);
  }
}

TEST_CASE("confd's arithmetic, sorting and conversions") {
  for (auto& c :
       {Case{"{{add 2 3}} {{sub 2 3}} {{mul 2 3}} {{div 7 2}} {{mod 7 2}} {{seq 1 3}}", "5 -1 6 3 1 [1 2 3]"},
        {"{{div 1 0}}",
         "template: t:1:2: executing \"t\" at <div 1 0>: error calling div: runtime error: integer divide by zero"},
        {"{{sortByLength (split \"ccc,a,bb\" \",\")}} {{reverse (split \"a,b\" \",\")}}", "[a bb ccc] [b a]"},
        {"{{base64Encode \"pass\"}} {{base64Decode \"cGFzcw==\"}}", "cGFzcw== pass"},
        {"{{base \"/a/b/\"}} {{dir \"/a/b\"}} {{trimSuffix \"a.cfg\" \".cfg\"}} {{parseBool \"T\"}} {{add (atoi \"7\") "
         "1}}",
         "b /a a true 8"},
        {"{{replace \"a.b.c\" \".\" \"_\" -1}} {{toUpper \"aü\"}} {{contains \"abc\" \"b\"}} {{hasSuffix \"abc\" "
         "\"c\"}}",
         "a_b_c AÜ true true"}}) {
    CAPTURE(c.source);
    CHECK(made(c.source) == c.made);
  }
}

TEST_CASE(
    "with a memory, a template that asks nothing but its record is run once for each record; the text is the same") {
  int calls = 0;
  Functions functions{{"ask", {"", [&](const List&) { return Value(++calls); }}}};
  auto source =
      "{{define \"plain\"}}[{{.A}}{{if .B}}!{{end}}]{{end}}{{define \"outer\"}}<{{template \"plain\" .}}>{{end}}"
      "{{define \"asks\"}}({{.A}} {{ask}}){{end}}"
      "{{range .}}{{template \"outer\" .}}{{template \"asks\" .}}{{end}}";
  auto templates = parse_template("t", source, function_names(functions));
  auto record = [](const char* a, bool b) { return Value(Record{"R", {{"A", a}, {"B", b}}}); };
  auto one = record("1", true), two = record("2", false);
  TemplateMemory memory;
  auto run = [&](List list) { return run_template(templates, functions, Value(std::move(list)), &memory); };
  CHECK(run({one, two}) == "<[1!]>(1 1)<[2]>(2 2)");
  CHECK(memory.find(*templates.trees.at("plain"), one));
  CHECK(memory.find(*templates.trees.at("outer"), one));
  CHECK_FALSE(memory.find(*templates.trees.at("asks"), one));
  CHECK(run({two, record("1", false), one}) == "<[2]>(2 3)<[1]>(1 4)<[1!]>(1 5)");
  CHECK(run({two}) == "<[2]>(2 6)");
  CHECK_FALSE(memory.find(*templates.trees.at("outer"), one));
}

TEST_CASE("records are equal field by field; one with a field more is another one") {
  auto record = [](Fields fields) { return Value(Record{"R", std::move(fields)}); };
  auto short_one = record({{"A", "1"}}), long_one = record({{"A", "1"}, {"B", "2"}});
  CHECK(equal(long_one, record({{"B", "2"}, {"A", "1"}})));
  CHECK_FALSE(equal(long_one, record({{"A", "1"}, {"B", "3"}})));
  CHECK_FALSE(equal(long_one, short_one));
  CHECK_FALSE(equal(short_one, long_one));
}
