/// What BIRD 1.6.8 and 2.19.2 did with 177 bodies. The recordings are not part of this repository: AVOCET_SHARED names the
/// folder they are in, and without it the tests say so and pass.
#include <fstream>
#include <map>

#include "test/filter/bodies.hpp"
#include "test/shared_data.hpp"

using namespace avocet;
using namespace avocet::filter;
using namespace avocet::filter::test;

namespace {

std::vector<std::string> lines_of(const std::filesystem::path& path) {
  std::ifstream in(path);
  REQUIRE_MESSAGE(in, path.string());
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

std::vector<std::string> cases(const std::filesystem::path& root) {
  auto lines = lines_of(root / "cases.txt");
  std::erase_if(lines, [](auto& line) { return line.empty() || line[0] == '#'; });
  return lines;
}

/// Without the words of errors, which are ours.
std::string outcome(const std::string& recorded) {
  if (recorded.starts_with("PARSE")) return "PARSE";
  std::string kept;
  for (std::size_t at = 0; at <= recorded.size();) {
    auto end = std::min(recorded.find(" | ", at), recorded.size());
    auto part = recorded.substr(at, end - at);
    if (!part.starts_with("<ERR>")) kept += (kept.empty() ? "" : " | ") + part;
    at = end + 3;
  }
  return kept;
}

constexpr const char* functions =
    "function voidf() { print \"voidf\"; }\n"
    "function truef() { print \"truef\"; return true; }\n"
    "function falsef() { print \"falsef\"; return false; }\n"
    "function accf() { accept; }\n";

std::string body_of(const std::string& line) {
  constexpr std::string_view no_tail = "NOTAIL ";
  bool tail = !line.starts_with(no_tail);
  return "int i; bool b; string str; ip p; clist cl; bgppath pa;\n{\n" + (tail ? line + " accept; }" : line.substr(no_tail.size()) + " }");
}

/// `ours`: bodies for which reference section 12 wants another outcome than the recorded one.
void compare(const char* recording, Dialect dialect, const std::map<std::string, std::string>& ours) {
  auto root = avocet::test::shared_data("data/filter-cases");
  if (!root) return;
  auto bodies = cases(*root), recorded = lines_of(*root / recording);
  REQUIRE(bodies.size() == 177);
  REQUIRE(recorded.size() >= bodies.size());
  for (std::size_t i = 0; i < bodies.size(); ++i) {
    auto deviation = ours.find(bodies[i]);
    auto expected = deviation != ours.end() ? deviation->second : outcome(recorded[i]);
    auto got = answer(body_of(bodies[i]), dialect, functions);
    CAPTURE(bodies[i]);
    CAPTURE(got.why);
    CHECK(got.text == expected);
  }
}

const char* const overlapping_arms[] = {"i = 3; case i { 1..5: print \"a\"; 3: print \"b\"; }", "i = 4; case i { 1..5: print \"a\"; 3: print \"b\"; }",
                                        "i = 3; case i { 1: print \"x\"; 1: print \"y\"; }"};

}  // namespace

TEST_CASE("recorded: BIRD 2.19.2") {
  compare("2.19.2.txt", Dialect::bird2,
          {{overlapping_arms[0], "ACCEPT | a"}, {overlapping_arms[1], "ACCEPT | a"}, {overlapping_arms[2], "ACCEPT"}});
}

TEST_CASE("recorded: Calico's BIRD 1.6.8") {
  compare("1.6.8-calico.txt", Dialect::bird1,
          {{overlapping_arms[0], "ACCEPT | a"},
           {overlapping_arms[1], "ACCEPT | a"},
           {overlapping_arms[2], "ACCEPT"},
           {"print 4 ~ [1..9, 3, 5..6]; print 8 ~ [1..9, 3, 5..6]; print 2 ~ [1..9, 3, 5..6]; print 9 ~ [1..9, 2, 3, 4, 5];", "ACCEPT | TRUE | TRUE | TRUE | TRUE"},
           {"bgp_med = 10; unset(bgp_med); print defined(bgp_med);", "ACCEPT | FALSE"},
           {"bgp_med = 5; bgp_med = bgp_med + 10; print bgp_med; unset(bgp_med); print bgp_med;", "ACCEPT | 15 | (void)"},
           {"bgp_origin = ORIGIN_EGP; print bgp_origin; print bgp_origin = ORIGIN_EGP; print bgp_origin < ORIGIN_INCOMPLETE;", "ACCEPT | (enum 31)1 | TRUE | TRUE"}});
}
