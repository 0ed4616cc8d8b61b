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

/// Starts the command in a process group of its own, its output into `out`. The process, or -errno.
pid_t start(const std::string& command, int out) {
  posix_spawn_file_actions_t files;
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&files, out, 1);
  posix_spawn_file_actions_adddup2(&files, out, 2);
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK);
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_setsigmask(&attributes, &none);
  auto text = command;
  char shell[] = "sh", option[] = "-c";
  char* arguments[] = {shell, option, text.data(), nullptr};
  pid_t process = 0;
  int error = ::posix_spawn(&process, "/bin/sh", &files, &attributes, arguments, environ);
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

}  // namespace

CommandEnd run_command(const std::string& command, std::chrono::milliseconds limit) {
  CommandEnd end;
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) return {false, true, std::strerror(errno), ""};
  auto process = start(command, ends[1]);
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

}  // namespace avocet::confgen
