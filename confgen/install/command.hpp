#pragma once
/// Shell commands of template resources: check_cmd and reload_cmd.
#include <sys/types.h>

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

/// What is to be started: a name that PATH finds, and arguments.
struct Program {
  std::vector<std::string> words;
  std::map<std::string, std::string> variables;  ///< besides ours
  bool with_errors = false;                      ///< they are output, too; else they go where ours go
};

/// A program under way. Destroying it kills it with all it started.
class RunningProgram {
 public:
  RunningProgram(const Program& program, std::chrono::milliseconds limit);
  ~RunningProgram();
  RunningProgram(const RunningProgram&) = delete;
  RunningProgram& operator=(const RunningProgram&) = delete;
  /// Whether it has ended; looks after it, and waits at most so long for news of it.
  bool ended(std::chrono::milliseconds wait = {});
  /// How, once it has.
  const CommandEnd& end() const { return end_; }

 private:
  void finish(int status);

  CommandEnd end_;
  pid_t process_ = -1;  ///< -1: it has ended
  int output_ = -1;     ///< what it prints comes here; -1 at its end
  std::chrono::milliseconds limit_;
  std::chrono::steady_clock::time_point deadline_;
  bool late_ = false;
};

}  // namespace avocet::confgen
