#include "confgen/line_diff.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

using namespace avocet::confgen;

namespace {

std::string diff(const std::string& before, const std::string& after) {
  std::string shown;
  for (auto& change : changed_lines(before, after))
    shown += fmt::format("{}{}{} ", change.sign, change.line, change.text);
  return shown;
}

}  // namespace

TEST_CASE("changed lines are the fewest that turn one text into the other") {
  CHECK(diff("a\nb\nc\n", "a\nb\nc\n") == "");
  CHECK(diff("a\nb\nc\n", "a\nx\nc\n") == "-2b +2x ");
  CHECK(diff("a\nb\nc\n", "a\nc\n") == "-2b ");
  CHECK(diff("a\nc\n", "a\nb\nc\n") == "+2b ");
  CHECK(diff("", "a\n") == "+1a ");
  CHECK(diff("a\n", "") == "-1a ");
  CHECK(diff("a\nb\nc\nd\n", "b\nc\ne\nd\n") == "-1a +3e ");
  CHECK(diff("a", "a\n") == "-1a +1a ");
}

TEST_CASE("texts that differ everywhere are taken out and put in whole") {
  std::string before, after;
  for (int i = 0; i < 2000; ++i) before += fmt::format("b{}\n", i), after += fmt::format("a{}\n", i);
  CHECK(changed_lines(before, after).size() == 4000);
  CHECK(count_changes(before, after) == "+2000 -2000 lines");
}

TEST_CASE("lines that only moved are not counted") {
  CHECK(count_changes("a\nb\nc\n", "c\na\nb\n") == "+0 -0 lines");
  CHECK(count_changes("a\nb\nb\n", "a\nb\nx\n") == "+1 -1 lines");
}
