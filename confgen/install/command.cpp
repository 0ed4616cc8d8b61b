#include "confgen/install/command.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>

namespace avocet::confgen {

namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr std::size_t longest_output = 65536;         // of which a person reads the beginning
constexpr auto look = 20ms;                           // a command that closed its output early is looked for so often
constexpr int not_executable = 126, not_found = 127;  // the shell's exit statuses

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> all;
  for (auto& text : texts) all.push_back(text.data());
  all.push_back(nullptr);
  return all;
}

std::vector<std::string> environment(const std::map<std::string, std::string>& more) {
  std::vector<std::string> all;
  for (auto i = environ; *i; ++i)
    if (!more.count(std::string(*i).substr(0, std::string_view(*i).find('=')))) all.emplace_back(*i);
  for (auto& [name, value] : more) all.push_back(name + "=" + value);
  return all;
}

/// What is to be started.
struct Program {
  std::vector<std::string> words;
  std::map<std::string, std::string> variables;
  bool with_errors;  ///< they are output, too
};

/// Starts it in a process group of its own, its output into `out`. The process, or -errno.
pid_t start(const Program& program, int out) {
  posix_spawn_file_actions_t files;
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&files, out, 1);
  if (program.with_errors) posix_spawn_file_actions_adddup2(&files, out, 2);
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK);
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_setsigmask(&attributes, &none);
  auto words = program.words, variables = environment(program.variables);
  pid_t process = 0;
  int error = ::posix_spawnp(&process, words[0].c_str(), &files, &attributes, pointers(words).data(),
                             pointers(variables).data());
  posix_spawn_file_actions_destroy(&files);
  posix_spawnattr_destroy(&attributes);
  return error ? -error : process;
}

/// Takes what there is. False at the end.
bool drain(int from, std::string& output) {
  char buffer[4096];
  while (true) {
    auto n = ::read(from, buffer, sizeof buffer);
    if (n == 0) return false;
    if (n < 0) return errno == EAGAIN || errno == EINTR;
    output.append(buffer, std::min<std::size_t>(static_cast<std::size_t>(n), longest_output - output.size()));
  }
}

CommandEnd run(const Program& program, std::chrono::milliseconds limit) {
  CommandEnd end;
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) return {false, true, std::strerror(errno), ""};
  auto process = start(program, ends[1]);
  ::close(ends[1]);
  if (process < 0) return ::close(ends[0]), CommandEnd{false, true, std::strerror(-process), ""};
  auto deadline = Clock::now() + limit;
  int status = 0;
  bool open = true, late = false;
  // The output may stay open in something the command left behind; the command's own end is what counts.
  while (::waitpid(process, &status, WNOHANG) == 0) {
    if (Clock::now() > deadline && !late) ::kill(-process, SIGKILL), late = true;
    pollfd wait_for{open ? ends[0] : -1, POLLIN, 0};
    ::poll(&wait_for, 1, open ? static_cast<int>(look / 1ms) : 1);
    if (open) open = drain(ends[0], end.output);
  }
  if (open) drain(ends[0], end.output);
  ::close(ends[0]);
  end.output.erase(end.output.find_last_not_of(" \t\r\n") + 1);
  int code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  end.good = code == 0;
  end.outside = code < 0 || code == not_executable || code == not_found;
  if (late)
    end.why = fmt::format("not finished after {} s", limit / 1s);
  else if (code < 0)
    end.why = fmt::format("killed by signal {}", WTERMSIG(status));
  else if (code > 0)
    end.why = fmt::format("exit status {}", code);
  return end;
}

}  // namespace

CommandEnd run_command(const std::string& command, std::chrono::milliseconds limit) {
  return run({{"/bin/sh", "-c", command}, {}, true}, limit);
}

CommandEnd run_program(const std::vector<std::string>& words, const std::map<std::string, std::string>& variables,
                       std::chrono::milliseconds limit) {
  return run({words, variables, false}, limit);
}

}  // namespace avocet::confgen
