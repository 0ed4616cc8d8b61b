#pragma once
/// Shell commands of template resources: check_cmd and reload_cmd.
#include <chrono>
#include <map>
#include <string>
#include <vector>

namespace avocet::confgen {

/// How a command ended.
struct CommandEnd {
  bool good = false;
  /// It could not be run, was killed or took too long: that says nothing about the file it was to judge.
  bool outside = false;
  std::string why;     ///< "exit status 1"; "" if good
  std::string output;  ///< both streams, without blanks at the end
};

/// Runs /bin/sh -c COMMAND. One that takes longer than `limit` is killed with all it started.
CommandEnd run_command(const std::string& command, std::chrono::milliseconds limit);

/// Runs a program, its name first, which PATH finds, with variables besides ours. Its errors go where ours go, and only
/// its output is taken.
CommandEnd run_program(const std::vector<std::string>& words, const std::map<std::string, std::string>& variables,
                       std::chrono::milliseconds limit);

}  // namespace avocet::confgen
