#pragma once
/// One command from the operator to the daemon and its answer to the screen, in the form that was asked for.
#include <optional>
#include <string>
#include <string_view>

#include "bgpctl/connection.hpp"
#include "bgpctl/tables.hpp"
#include "bgpctl/words.hpp"

namespace avocet::bgpctl {

enum class Form {
  tables,  ///< for people
  bird,    ///< byte for byte what birdc prints
  json,    ///< the daemon's document
};

struct Style {
  Form form = Form::tables;
  bool codes = false;   ///< -v: the numbers of reply lines, as birdc prints them
  Terminal terminal;
};

/// What the program exits with.
enum class Exit : int { done = 0, refused = 1, unusable = 2 };

/// Carries commands to one daemon.
class Commander {
 public:
  /// `print` takes answers, `complain` takes what the daemon refuses (with birdc's form also `print`).
  Commander(Connection& connection, Style style, Output print, Output complain)
      : connection_(connection), style_(style), print_(std::move(print)), complain_(std::move(complain)),
        table_(CommandTable::birdc()) {}

  /// The greeting, which birdc prints first.
  void greet();
  /// Takes the right to change anything from this connection, for good.
  Exit restrict_access();
  /// Expands, asks, prints. `done` or `refused`; throws ConnectionError.
  Exit run(std::string_view line);
  /// A '+' line of the daemon's log.
  void print_asynchronous(const proto::ReplyLine& line);

  const CommandTable& table() const { return table_; }
  /// Asks our daemon for its commands. BIRD never answers `help`, so it is not asked; its commands are known.
  void learn();
  /// Names of the daemon's protocols, for completion.
  std::vector<std::string> protocol_names();
  Connection& connection() { return connection_; }

 private:
  Exit ask_text(const std::string& line);
  Exit ask_json(const std::string& line);
  /// Nothing if the daemon has no JSON for it.
  std::optional<Exit> ask_table(const std::string& line, Listing& listing);
  void print_line(const proto::ReplyLine& line);
  Exit refuse(const std::string& text);

  Connection& connection_;
  Style style_;
  Output print_, complain_;
  CommandTable table_;
  bool learned_ = false;
  int last_code_ = -1;  ///< with `codes`: birdc prints a code only where the daemon wrote it
};

}  // namespace avocet::bgpctl
