#include <doctest/doctest.h>

#include "test/ctl/desk.hpp"
#include "test/directory.hpp"

using namespace avocet;
using namespace avocet::ctl;
using Lines = std::vector<std::string>;

TEST_CASE("mrt dump writes tables into a file; its errors are BIRD's") {
  Desk desk;
  desk.add_static("s1");
  avocet::test::Directory directory;
  auto file = [&](const char* name) { return (directory.path / name).string(); };
  CHECK(desk.ask("mrt dump table master4 to \"" + file("one") + "\"") == Lines{"0000 "});
  CHECK(std::filesystem::file_size(file("one")) > 0);
  CHECK(desk.ask("mrt dump to \"" + file("%N") + "\" table \"master*\" always add path where net.len < 20") ==
        Lines{"0000 "});
  CHECK(std::filesystem::exists(file("master4")));
  CHECK(std::filesystem::exists(file("master6")));
  struct {
    const char* command;
    const char* answer;
  } refused[] = {{"mrt dump", "9001 Table not specified"},
                 {"mrt dump to \"x\"", "9001 Table not specified"},
                 {"mrt dump table master4", "9001 File not specified"},
                 {"mrt dump table nix to \"x\"", "9001 there is no table nix"},
                 {"mrt dump table master4 to \"x\" filter nix", "9001 there is no filter nix"}};
  for (auto& c : refused) {
    CAPTURE(c.command);
    CHECK(desk.ask(c.command) == Lines{c.answer});
  }
  CHECK(desk.ask("mrt dump table \"master*\" to \"/nonexistent/%N\"") ==
        Lines{"8009-Unable to open MRT file '/nonexistent/master4': No such file or directory",
              " Unable to open MRT file '/nonexistent/master6': No such file or directory", "0000 "});
  desk.ask("restrict");
  CHECK(desk.ask("mrt dump table master4 to \"x\"") == Lines{"8007 Access denied"});
}

TEST_CASE("mrtdump sets what is recorded of protocols") {
  Desk desk;
  desk.add_static("s1");
  desk.add_static("s2");
  CHECK(desk.ask("mrtdump s1 { messages }") == Lines{"0000 "});
  CHECK(desk.ask("mrtdump \"s*\" all") == Lines{"0000 "});
  CHECK(desk.ask("mrtdump all off") == Lines{"0000 "});
  CHECK(desk.done == Lines{"mrtdump s1 2", "mrtdump s1 3", "mrtdump s2 3", "mrtdump s1 0", "mrtdump s2 0"});
  CHECK(desk.ask("mrtdump \"x*\" all") == Lines{"8003 No protocols match"});
  CHECK(desk.ask("mrtdump s1 { foo }")[0].starts_with("9001 "));
  desk.ask("restrict");
  CHECK(desk.ask("mrtdump s1 all") == Lines{"8007 Access denied"});
}
