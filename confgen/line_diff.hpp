#pragma once
/// What changed between two texts, by lines.
#include <string>
#include <vector>

namespace avocet::confgen {

struct LineChange {
  char sign;         ///< '-' was there, '+' is new
  std::size_t line;  ///< from 1, in the text that has it
  std::string text;
};

/// The fewest changes where the texts differ little; where they differ a lot, all of the differing part as removed and
/// then added.
std::vector<LineChange> changed_lines(const std::string& before, const std::string& after);

/// "+3 -1 lines"; lines that only moved are not counted.
std::string count_changes(const std::string& before, const std::string& after);

}  // namespace avocet::confgen
