#include "confgen/render.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <sstream>

namespace avocet::confgen {

namespace {

std::string failed(const std::string& file, const char* what) {
  return fmt::format("{}: error: {}: {}", file, what, std::strerror(errno));
}

/// Runs a shell command; "" if it succeeds, else how it ended and what it printed.
std::string run_shell(const std::string& command) {
  auto pipe = ::popen((command + " 2>&1").c_str(), "re");
  if (!pipe) return std::strerror(errno);
  std::string output;
  char buffer[4096];
  while (auto n = ::fread(buffer, 1, sizeof buffer, pipe)) output.append(buffer, n);
  int status = ::pclose(pipe);
  if (status == 0) return "";
  output.erase(output.find_last_not_of(" \n") + 1);
  return fmt::format("{} {}{}{}", WIFEXITED(status) ? "exit status" : "signal",
                     WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status), output.empty() ? "" : ": ", output);
}

std::optional<std::string> content(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return {};
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

/// The staged file; taken away unless it was installed.
struct Staged {
  std::string path;
  bool keep = false;
  ~Staged() {
    if (!keep && !path.empty()) ::unlink(path.c_str());
  }
};

bool write_all(int fd, const std::string& text) {
  for (std::size_t done = 0; done < text.size();) {
    auto n = ::write(fd, text.data() + done, text.size() - done);
    if (n < 0 && errno != EINTR) return false;
    if (n > 0) done += n;
  }
  return true;
}

}  // namespace

std::string Renderer::render(const KeyTree& tree, const Functions& more, bool& installed) {
  installed = false;
  KeyTree seen;
  for (auto& prefix : resource_.keys)
    for (auto i = tree.lower_bound(prefix); i != tree.end() && i->first.starts_with(prefix); ++i)
      seen[std::filesystem::path("/" + i->first.substr(resource_.prefix == "/" ? 1 : resource_.prefix.size()))
               .lexically_normal()
               .string()] = i->second;
  auto file = (templates_ / resource_.src).string();
  auto source = content(file);
  if (!source) return failed(file, "cannot read the template");
  try {
    auto functions = confd_functions(seen);
    functions.insert(more.begin(), more.end());
    auto text = run_template(parse_template(resource_.src, *source, function_names(functions)), functions, Value());
    return install(text, installed);
  } catch (const TemplateError& error) {
    return fmt::format("{}: error: {}", file, error.what());
  }
}

std::string Renderer::install(const std::string& text, bool& installed) {
  struct stat old {};
  bool exists = ::stat(resource_.dest.c_str(), &old) == 0;
  auto mode = resource_.mode.value_or(exists ? old.st_mode & 07777 : 0644);
  auto uid = resource_.uid.value_or(::geteuid());
  auto gid = resource_.gid.value_or(::getegid());
  if (exists && (old.st_mode & 07777) == mode && old.st_uid == uid && old.st_gid == gid &&
      content(resource_.dest) == text)
    return reload_due_ ? reload() : "";
  if (mode_.noop) return fmt::format("{}: warning: would change (--noop)", resource_.dest);

  std::filesystem::path dest(resource_.dest);
  Staged staged{(dest.parent_path() / ("." + dest.filename().string() + "XXXXXX")).string(), mode_.keep_stage_file};
  int fd = ::mkstemp(staged.path.data());
  if (fd < 0) return staged.path.clear(), failed(resource_.dest, "cannot stage; the old file stays");
  // fchown before fchmod: changing the owner clears set-user-id bits.
  bool written = write_all(fd, text) && ::fchown(fd, uid, gid) == 0 && ::fchmod(fd, mode) == 0 && ::fsync(fd) == 0;
  auto reason = written ? "" : failed(resource_.dest, "cannot write the staged file; the old file stays");
  ::close(fd);
  if (!written) return reason;
  if (!resource_.check_cmd.empty() && !mode_.sync_only) {
    auto command = run_template(parse_template("check_cmd", resource_.check_cmd, function_names({})), {},
                                Value(Map{{"src", Value(staged.path)}}));
    if (auto why = run_shell(command); !why.empty())
      return fmt::format("{}: error: check_cmd refuses the new text; the old file stays: {}", resource_.dest, why);
  }
  if (::rename(staged.path.c_str(), resource_.dest.c_str()) != 0)
    return failed(resource_.dest, "cannot rename; the old file stays");
  staged.keep = true;
  installed = true;
  return reload();
}

std::string Renderer::reload() {
  reload_due_ = false;
  if (resource_.reload_cmd.empty() || mode_.sync_only) return "";
  auto why = run_shell(resource_.reload_cmd);
  reload_due_ = !why.empty();
  return why.empty() ? "" : fmt::format("{}: error: reload_cmd failed, will be repeated: {}", resource_.dest, why);
}

}  // namespace avocet::confgen
