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

}  // namespace

RunningProgram::RunningProgram(const Program& program, std::chrono::milliseconds limit)
    : limit_(limit), deadline_(Clock::now() + limit) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) {
    end_ = {false, true, std::strerror(errno), ""};
    return;
  }
  process_ = start(program, ends[1]);
  ::close(ends[1]);
  output_ = ends[0];
  if (process_ >= 0) return;
  end_ = {false, true, std::strerror(-process_), ""};
  process_ = -1;
}

RunningProgram::~RunningProgram() {
  if (process_ >= 0) {
    ::kill(-process_, SIGKILL);
    while (::waitpid(process_, nullptr, 0) < 0 && errno == EINTR) {
    }
  }
  if (output_ >= 0) ::close(output_);
}

bool RunningProgram::ended(std::chrono::milliseconds wait) {
  if (process_ < 0) return true;
  int status = 0;
  // The output may stay open in something the command left behind; the command's own end is what counts.
  if (auto found = ::waitpid(process_, &status, WNOHANG); found != 0) return finish(status), true;
  if (Clock::now() > deadline_ && !late_) ::kill(-process_, SIGKILL), late_ = true;
  pollfd wait_for{output_, POLLIN, 0};
  ::poll(&wait_for, 1,
         static_cast<int>(output_ >= 0 ? wait / 1ms : std::min<std::chrono::milliseconds>(wait, 1ms) / 1ms));
  if (output_ >= 0 && !drain(output_, end_.output)) ::close(output_), output_ = -1;
  return false;
}

void RunningProgram::finish(int status) {
  process_ = -1;
  if (output_ >= 0) drain(output_, end_.output);
  end_.output.erase(end_.output.find_last_not_of(" \t\r\n") + 1);
  int code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  end_.good = code == 0;
  end_.outside = code < 0 || code == not_executable || code == not_found;
  if (late_)
    end_.why = fmt::format("not finished after {} s", limit_ / 1s);
  else if (code < 0)
    end_.why = fmt::format("killed by signal {}", WTERMSIG(status));
  else if (code > 0)
    end_.why = fmt::format("exit status {}", code);
}

CommandEnd run_command(const std::string& command, std::chrono::milliseconds limit) {
  RunningProgram running({{"/bin/sh", "-c", command}, {}, true}, limit);
  while (!running.ended(look)) {
  }
  return running.end();
}

}  // namespace avocet::confgen
