/// What is legal but hardly meant: one warning, and the configuration loads.
#include <filesystem>

#include <fmt/format.h>

#include "test/config/sample.hpp"
#include "test/shared_data.hpp"

using namespace avocet;
using namespace avocet::config;
using namespace avocet::config::test;
namespace files = std::filesystem;

namespace {

/// A session that uses filter `f` to import.
std::string used(const std::string& text) { return text + "\n" + ebgp("", "import filter f; export all;"); }

}  // namespace

TEST_CASE("warnings: one for each thing that is hardly meant") {
  struct {
    const char* name;
    std::string text, message;
  } cases[] = {
      {"behind accept", used("filter f { accept; print 1; }"),
       "1:20 warning: this is never reached: line 1 always ends here\n"},
      {"behind a branch that ends both ways",
       used("filter f {\n if net.len > 24 then reject; else accept;\n bgp_med = 1;\n}"),
       "3:2 warning: this is never reached: line 2 always ends here\n"},
      {"behind a case that always ends", used("filter f {\n case bgp_med { 1: reject; else: accept; }\n reject;\n}"),
       "3:2 warning: this is never reached: line 2 always ends here\n"},
      {"in a function", used("function g() -> int {\n return 1;\n return 2;\n}\nfilter f { bgp_med = g(); accept; }"),
       "3:2 warning: this is never reached: line 2 always ends here\n"},
      {"no accept", used("filter f { if net.len > 24 then reject; bgp_med = 5; reject; }"),
       "1:10 warning: filter f never accepts a route | there is no 'accept' in it\n"},
      {"prefixes of the other family", used("filter f { if net ~ [ 2001:db8::/32+ ] then reject; accept; }"),
       "2:62 warning: filter f sees IPv4 routes only, but every prefix in it is IPv6: such comparisons are always "
       "false\n"},
      {"unused function", "function g() { print 1; }\n", "1:10 warning: function 'g' is never used\n"},
      {"unused filter", "filter f { accept; }\n", "1:8 warning: filter 'f' is never used\n"},
      {"1.6 announces nothing", "table t; protocol bgp b { local as 1; neighbor 10.0.0.2 as 2; import all; }",
       "1:23 warning: protocol bgp 'b' announces nothing: no 'export' is written, which means 'export none'\n"},
      {"a neighbour twice",
       ebgp() + "protocol bgp c { local as 1; neighbor 10.0.0.2 as 2; ipv4 { import all; export all; }; }",
       "2:30 warning: protocol bgp 'c' has the same neighbour as protocol bgp 'b': only one of them can come up\n"},
      {"overlapping arms", used("filter f { case bgp_med { 1..5: accept;\n 3: reject; } reject; }"),
       "2:2 warning: values of this arm are also in the arm of line 1, which wins\n"},
  };
  for (auto& c : cases) {
    CAPTURE(c.name);
    CHECK(messages(c.text) == c.message);
    CHECK(load(c.text).config);
  }
}

TEST_CASE("warnings: none for what is meant") {
  for (auto& text :
       {used("filter f { reject; }"), used("filter f { print \"no\"; reject; }"),
        used("function g() { accept; }\nfilter f { if net.len < 9 then g(); reject; }"),
        used("function g(int x) -> bool { if x > 1 then return true; return false; }\nfilter f { if g(1) then accept; "
             "reject; }"),
        used("filter f { case bgp_med { 1: reject; } accept; }"),
        used("filter f { if net ~ [ 10.0.0.0/8+ ] || net ~ [ 2001:db8::/32+ ] then reject; accept; }"),
        used("filter f { for int a in bgp_path do { if a = 5 then reject; } accept; }"),
        std::string("function g() { bt_assert(1 = 1); } bt_test_suite(g, \"t\");"),
        std::string("table t; protocol bgp b { local as 1; neighbor 10.0.0.2 as 1; import all; }"),
        std::string("table t; protocol bgp b { local as 1; neighbor 10.0.0.2 as 2; import all; export none; }")}) {
    CAPTURE(text);
    CHECK(messages(text) == "");
  }
}

TEST_CASE("warnings: Calico's rendered configurations give none but for a neighbour named twice") {
  auto root = avocet::test::shared_data("data/calico-goldens");
  if (!root) return;
  for (auto& entry : files::recursive_directory_iterator(*root)) {
    auto name = entry.path().filename().string();
    if (name != "bird.cfg" && name != "bird6.cfg") continue;
    CAPTURE(entry.path().string());
    auto loaded = load_file(entry.path().string(), {name == "bird6.cfg" ? proto::Family::ipv6 : proto::Family::ipv4});
    for (auto& diagnostic : loaded.diagnostics.list()) {
      bool expected = diagnostic.what.find("has the same neighbour as") != std::string::npos;
      CAPTURE(diagnostic.what);
      CHECK(expected);
    }
  }
}

TEST_CASE("operands that BIRD finds wrong only when a filter runs are warned of") {
  struct {
    const char *statement, *message;
  } cases[] = {
      {"if net ~ 5 then reject;", "a value of type prefix cannot be matched against int"},
      {"if proto ~ NONE then reject;", "a value of type string cannot be matched against clist"},
      {"bgp_ext_community.delete([(1,2)]);", "'.delete' of a value of type eclist does not take a pair set"},
      {"numbers = [(1,2)];", "'numbers' is of type int set, the value of type pair set"},
      {"bgp_ext_community.add((rt,proto,1));", "argument 1 of 'an extended community' must be of type int or ip, not string"},
      {"case proto { 5: reject; }", "this arm is never taken: the value of the case is of type string, not int"},
  };
  for (auto& c : cases) {
    CAPTURE(c.statement);
    auto loaded = load_text("t", fmt::format("define NONE = -empty-;\nfilter f int set numbers; {{ numbers = [1]; {} accept; }}\nprotocol static {{ ipv4 {{ import filter f; }}; }}", c.statement), {});
    REQUIRE(loaded.config);
    REQUIRE(loaded.diagnostics.list().size() == 1);
    CHECK(loaded.diagnostics.list()[0].what == c.message);
  }
}
