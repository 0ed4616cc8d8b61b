#include "bgpctl/words.hpp"

#include <doctest/doctest.h>

using namespace avocet::bgpctl;
using Kind = Expansion::Kind;
using Texts = std::vector<std::string>;

TEST_CASE("abbreviations become full words, arguments stay as they are") {
  auto table = CommandTable::birdc();
  struct { const char* typed; const char* sent; } cases[] = {
      {"show protocols", "show protocols"},
      {"sh pr", "show protocols"},
      {"sh pr a Mesh", "show protocols all Mesh"},
      {"sh ro for 10.0.0.1  all", "show route for 10.0.0.1  all"},
      {"conf", "configure"},
      {"conf ch \"/tmp/a  b\"", "configure check \"/tmp/a  b\""},
      {"disable \"Mesh*\"", "disable \"Mesh*\""},
      {"gr r", "graceful restart"},
      {"  down ", "down"}};
  for (auto& c : cases) {
    CAPTURE(c.typed);
    auto expansion = table.expand(c.typed);
    CHECK(expansion.kind == Kind::command);
    CHECK(expansion.line == c.sent);
  }
}

TEST_CASE("a whole word is never ambiguous") {
  CHECK(CommandTable::birdc().expand("debug all off").line == "debug all off");
  CHECK(CommandTable::birdc().expand("show ospf").line == "show ospf");
}

TEST_CASE("an abbreviation of several commands names them, and groups as groups") {
  auto expansion = CommandTable::birdc().expand("d");
  CHECK(expansion.kind == Kind::ambiguous);
  Texts words;
  for (auto& row : expansion.candidates) words.push_back(row.words);
  CHECK(words == Texts{"dump", "disable", "debug", "down"});
}

TEST_CASE("nonsense, and the first words of a command alone, are unknown") {
  for (auto* line : {"", "frobnicate", "show", "show nothing", "1"}) {
    CAPTURE(line);
    CHECK(CommandTable::birdc().expand(line).kind == Kind::unknown);
  }
}

TEST_CASE("completion offers command words, then keywords of the arguments") {
  auto table = CommandTable::birdc();
  CHECK(table.completions("sho") == Texts{"show"});
  CHECK(table.completions("sh st") == Texts{"static", "status"});
  CHECK(table.completions("show route pr") == Texts{"preexport", "primary", "protocol"});
  CHECK(table.completions("configure ch") == Texts{"check"});
  CHECK(table.completions("xyzzy ").empty());
}

TEST_CASE("names of protocols belong where a command takes one") {
  auto table = CommandTable::birdc();
  CHECK(table.takes_protocol("disable "));
  CHECK(table.takes_protocol("disable Me"));
  CHECK(table.takes_protocol("show route protocol "));
  CHECK_FALSE(table.takes_protocol("show route "));
  CHECK_FALSE(table.takes_protocol("show status "));
  CHECK_FALSE(table.takes_protocol(""));
}

TEST_CASE("our daemon's help replaces birdc's commands") {
  auto table = CommandTable::birdc();
  const Texts help = {"show version [json]", "\tVersion of this daemon", "show protocols [all] [PROTOCOL|\"PATTERN\"] [json]",
                      "\tRouting protocols", "echo all|off [BYTES]", "\tSends the log here", "?", "\tThis list"};
  table.learn(help);
  CHECK(table.expand("sh v").line == "show version");
  CHECK(table.expand("sh pr a").line == "show protocols all");
  CHECK(table.expand("ec all").line == "echo all");
  for (auto* line : {"dump routes", "show ospf", "show route"}) CHECK(table.expand(line).kind == Kind::unknown);
  CHECK(table.matching("sh v").at(0)->help == "Version of this daemon");
  CHECK(table.takes_protocol("show protocols "));
}

TEST_CASE("help is aligned as birdc aligns it; long arguments become dots") {
  CHECK(help_text({"show status", "", "Show router status"}) ==
        "show status                                    Show router status");
  CHECK(help_text({"a", std::string(80, 'x'), "b"}) == "a ...                                          b");
}
