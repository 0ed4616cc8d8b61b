#include "bgpd/config/diagnostic.hpp"

#include <doctest/doctest.h>

#include "bgpd/config/source.hpp"

using namespace avocet::config;

TEST_CASE("a message shows its line and points at the word") {
  Sources sources;
  sources.add_text("bird.conf", "protocol bgp a {\n\tnieghbor 10.0.0.2 as 64512;\n}\n");
  Diagnostics diagnostics;
  diagnostics.error({0, 2, 2, 8}, "unknown option 'nieghbor' in protocol bgp 'a'", "did you mean 'neighbor'?");
  CHECK(render(diagnostics.list()[0], sources) ==
        "bird.conf:2:2: error: unknown option 'nieghbor' in protocol bgp 'a'\n"
        "    2 | \tnieghbor 10.0.0.2 as 64512;\n"
        "      | \t^~~~~~~~ hint: did you mean 'neighbor'?\n");
  CHECK(render_short(diagnostics.list()[0], sources) == "bird.conf:2:2 unknown option 'nieghbor' in protocol bgp 'a'");
}

TEST_CASE("letters of several bytes are one wide") {
  Sources sources;
  sources.add_text("bird.conf", "log \"\xc3\xa4\xc3\xb6\" \"\xc3\xbc\";\n");
  Diagnostics diagnostics;
  diagnostics.error({0, 1, 12, 4}, "one too many");
  diagnostics.error({0, 1, 90, 4}, "behind the line");
  CHECK(render(diagnostics.list()[0], sources).ends_with("      |          ^~~\n"));
  CHECK(render(diagnostics.list()[1], sources).ends_with("^\n"));
}

TEST_CASE("a message about an included file names who included it") {
  Sources sources;
  sources.add_text("bird.conf", "include \"peers.conf\";\n");
  sources.add_text("peers.conf", "x", {0, 1, 1, 20});
  Diagnostics diagnostics;
  diagnostics.warning({1, 1, 1, 1}, "strange");
  CHECK(render(diagnostics.list()[0], sources) ==
        "peers.conf:1:1: warning: strange\n    1 | x\n      | ^\n      | included from bird.conf:1\n");
}

TEST_CASE("a message without a place names the file alone") {
  Sources sources;
  sources.add_text("bird.conf", "");
  Diagnostics diagnostics;
  diagnostics.error({}, "no router id", "write 'router id 192.0.2.1;'");
  CHECK(render(diagnostics.list()[0], sources) == "bird.conf: error: no router id\n      hint: write 'router id 192.0.2.1;'\n");
}

TEST_CASE("a long line is shown around the caret only") {
  Sources sources;
  sources.add_text("long.conf", std::string(5000, 'a') + "X" + std::string(5000, 'b'));
  Diagnostics diagnostics;
  diagnostics.error({0, 1, 5001, 1}, "here");
  auto text = render(diagnostics.list()[0], sources);
  CHECK(text.size() < 500);
  auto line = text.find("    1 | ") + 8;
  auto caret = text.find("      | ", line) + 8;
  CHECK(text[line + text.find('^', caret) - caret] == 'X');
}

TEST_CASE("warnings and notes are not errors") {
  Diagnostics diagnostics;
  diagnostics.warning({}, "w");
  diagnostics.note({}, "n");
  CHECK_FALSE(diagnostics.has_errors());
  diagnostics.error({}, "e");
  CHECK(diagnostics.has_errors());
}

TEST_CASE("a file of garbage does not collect messages without end") {
  Diagnostics diagnostics;
  for (int i = 0; i < 100000; ++i) diagnostics.error({}, "garbage");
  CHECK(diagnostics.list().size() <= 200);
  CHECK(diagnostics.has_errors());
}

TEST_CASE("the closest word is a slip of the fingers away, not another word") {
  std::vector<std::string> words = {"neighbor", "local", "hold time", "import"};
  CHECK(closest("nieghbor", words) == "neighbor");
  CHECK(closest("neighbour", words) == "neighbor");
  CHECK(closest("holdtime", words) == "hold time");
  CHECK(closest("imprt", words) == "import");
  CHECK(closest("bfd", words) == "");
  CHECK(closest("export", words) == "import");
}
