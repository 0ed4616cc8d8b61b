#pragma once
/// The commands a daemon knows: expansion of abbreviations, completion and help. The daemon itself takes full words only.
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace avocet::bgpctl {

struct CommandRow {
  std::string words;       ///< "show protocols"
  std::string arguments;   ///< "[<protocol> | \"<pattern>\"]"; lower case words in it are keywords
  std::string help;
  bool group = false;      ///< no command, only the first words of some
};

/// What became of a line that a person typed.
struct Expansion {
  enum class Kind { command, unknown, ambiguous } kind = Kind::unknown;
  std::string line;                           ///< of `command`: full words, arguments untouched
  std::vector<CommandRow> candidates;         ///< of `ambiguous`
};

class CommandTable {
 public:
  /// The commands of birdc 2.0.12. Every BIRD has most of them.
  static CommandTable birdc();

  /// Takes the rows of our daemon's `help`: usage, then a tab and what it is for. What it does not have is forgotten.
  void learn(std::span<const std::string> help_rows);

  /// Each word may be cut short as long as one command fits; after a whole command come its arguments.
  Expansion expand(std::string_view line) const;
  /// Full words that may stand where the line ends; the last word of the line may be begun.
  std::vector<std::string> completions(std::string_view line) const;
  /// Commands that the line may become, for `?`.
  std::vector<const CommandRow*> matching(std::string_view line) const;
  /// True if the command of this line takes the name of a protocol.
  bool takes_protocol(std::string_view line) const;

 private:
  struct Place;
  Place walk(const std::vector<std::string_view>& words) const;
  std::vector<CommandRow> rows_;
};

/// One line of help, as birdc prints it.
std::string help_text(const CommandRow& row);

}  // namespace avocet::bgpctl
