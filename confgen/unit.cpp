#include "confgen/unit.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <regex>
#include <set>

#include "confgen/file_content.hpp"
#include "confgen/install/command.hpp"
#include "confgen/line_diff.hpp"

namespace avocet::confgen {

namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

constexpr auto check_limit = 60s;          // the largest configurations are checked within a second
constexpr auto reload_limit = 30s;         // of a reload_cmd
constexpr auto answer_limit = 5s;          // of a control socket: it answers within milliseconds or is not well
constexpr std::size_t shown_output = 600;  // of a command's words in a message

std::vector<std::string> dests(const std::vector<Resource>& resources) {
  std::vector<std::string> all;
  for (auto& resource : resources) all.push_back(resource.dest);
  return all;
}

/// A command's words on one line.
std::string one_line(std::string text) {
  if (text.size() > shown_output) text = text.substr(0, shown_output) + "...";
  for (std::size_t at = 0; (at = text.find('\n', at)) != std::string::npos;) {
    auto next = std::min(text.find_first_not_of(" \n", at), text.size());
    text.replace(at, next - at, next == text.size() ? "" : " | ");
  }
  return text;
}

/// Whether the check only asks what the daemon that runs can be asked, without a process: `bgpd -p -c {{.src}}`.
bool says_what_the_daemon_says(const Resource& resource) {
  static const std::regex plain(R"((\S*/)?(bgpd|bird)[^/\s]* -p -c \{\{ *\.src *\}\})");
  return !resource.control_socket.empty() && std::regex_match(resource.check_cmd, plain);
}

}  // namespace

Unit::Unit(std::vector<Resource> resources, fs::path templates, RenderMode mode)
    : resources_(std::move(resources)), templates_(std::move(templates)), mode_(mode), stage_(dests(resources_)) {
  std::set<std::string> seen;
  for (auto& resource : resources_)
    if (!seen.insert(resource.dest).second)
      throw std::runtime_error(
          fmt::format("{}: error: dest {} is also written by another resource", resource.file, resource.dest));
  for (auto& resource : resources_) renderers_.emplace_back(resource, templates_);
}

std::string Unit::name() const {
  auto more = resources_.size() - 1;
  return resources_.front().dest + (more ? fmt::format(" and {} more", more) : "");
}

std::map<std::string, std::string> Unit::texts(const KeyTree& tree, const Functions& more, const KeyChanges& changes) {
  std::map<std::string, std::string> made;
  for (std::size_t i = 0; i < resources_.size(); ++i)
    made[resources_[i].dest] = renderers_[i].render(tree, more, changes);
  return made;
}

std::vector<NewFile> Unit::compare(const std::map<std::string, std::string>& texts, std::string& changes) const {
  std::vector<NewFile> files;
  for (auto& resource : resources_) {
    struct stat old {};
    bool exists = ::stat(resource.dest.c_str(), &old) == 0;
    NewFile file{resource.dest, texts.at(resource.dest), resource.mode.value_or(exists ? old.st_mode & 07777 : 0644),
                 resource.uid.value_or(::geteuid()), resource.gid.value_or(::getegid())};
    auto before = exists ? file_content(resource.dest) : std::nullopt;
    bool same_text = before == file.text;
    file.changed = !same_text || (old.st_mode & 07777) != file.mode || old.st_uid != file.uid || old.st_gid != file.gid;
    if (file.changed) {
      auto how = !exists ? "new" : same_text ? "mode and owner" : count_changes(before.value_or(""), file.text);
      changes += fmt::format("{}{} ({})", changes.empty() ? "" : ", ", file.dest, how);
    }
    files.push_back(std::move(file));
  }
  return files;
}

void Unit::take_keys(const std::vector<Resource>& resources) {
  for (std::size_t i = 0; i < resources_.size(); ++i)
    for (auto& resource : resources)
      if (resource.file == resources_[i].file) renderers_[i].take_keys(resources_[i].keys = resource.keys);
}

Outcome Unit::verify(const KeyTree& tree, const Functions& more, const Locate& locate, const KeyChanges& changes) {
  try {
    std::string counted;
    auto files = compare(texts(tree, more, changes), counted);
    if (mode_.sync_only) return {};
    for (auto& file : files) fs::create_directories(fs::path(file.dest).parent_path());
    stage_.write(files);
    auto outcome = check(files, locate);
    stage_.discard(mode_.keep_stage_file);
    return outcome;
  } catch (const RenderError& error) {
    return {error.outside ? Outcome::failed : Outcome::waits, error.what(), {}, {}};
  } catch (const std::runtime_error& error) {
    return {Outcome::failed, error.what(), {}, {}};
  }
}

Outcome Unit::render(const KeyTree& tree, const Functions& more, const Locate& locate, const KeyChanges& changes) {
  try {
    return render_and_install(tree, more, locate, changes);
  } catch (const RenderError& error) {
    return {error.outside ? Outcome::failed : Outcome::waits,
            fmt::format("{}; nothing was installed, {} stays as it is", error.what(), name()),
            {},
            {}};
  } catch (const std::runtime_error& error) {
    stage_.discard(false);
    return {Outcome::failed, error.what(), {}, {}};
  }
}

Outcome Unit::render_and_install(const KeyTree& tree, const Functions& more, const Locate& locate,
                                 const KeyChanges& changes) {
  Outcome outcome;
  // Before the files are read: a change meanwhile is then a change after.
  templates_seen_ = templates_stamp();
  auto made = texts(tree, more, changes);
  includes_.of(made);
  includes_seen_ = includes_.stamp();
  installed_seen_ = installed_stamp();
  auto files = compare(made, outcome.changes);
  // A person may have changed a file that ours include: that is a new configuration too.
  if (!includes_reloaded_) includes_reloaded_ = includes_seen_;
  if (outcome.changes.empty() && *includes_reloaded_ == includes_seen_)
    return reload_due_ ? reload(files, locate) : outcome;
  if (outcome.changes.empty()) outcome.changes = "included files";
  if (mode_.noop) {
    outcome.message = fmt::format("warning: would change {} (--noop)", outcome.changes);
    return outcome;
  }
  stage_.write(files);
  if (!mode_.sync_only)
    if (auto bad = check(files, locate); bad.kind != Outcome::unchanged) {
      stage_.discard(mode_.keep_stage_file);
      if (mode_.keep_stage_file) bad.message += fmt::format("; refused files are in {}", stage_.directory().string());
      return bad;
    }
  stage_.install(files);
  installed_seen_ = installed_stamp();
  auto reloaded = reload(files, locate);
  includes_reloaded_ = includes_seen_;
  reloaded.changes = outcome.changes;
  return reloaded;
}

/// `unchanged` if all is well.
Outcome Unit::check(const std::vector<NewFile>& files, const Locate& locate) {
  std::set<std::string> done;
  for (auto& resource : resources_) {
    if (resource.check_cmd.empty()) continue;
    auto command = check_command(resource, stage_.staged(resource.dest));
    if (!done.insert(command).second) continue;
    if (says_what_the_daemon_says(resource)) {
      auto answer = ask_to_check(resource.control_socket, stage_.staged(resource.dest), answer_limit);
      if (answer.kind == ReloadAnswer::done) continue;
      auto text = stage_.unstaged(answer.text);
      // Without a line nothing is said of the text: it may be that the daemon is not allowed to read the file here.
      if (auto complaint = first_complaint(text); answer.kind == ReloadAnswer::refused && complaint && complaint->line)
        return refused(resource.control_socket, text, files, locate);
    }
    auto end = run_command(command, check_limit);
    if (end.good) continue;
    auto output = stage_.unstaged(end.output);
    // confd's way: at the first start the includes of this file are not there yet.
    if (!end.outside && mode_.file_by_file && ::access(resource.dest.c_str(), F_OK) != 0) continue;
    if (!end.outside) return refused(fmt::format("check_cmd ({})", end.why), output, files, locate);
    return {Outcome::failed,
            fmt::format("{}: error: cannot run check_cmd '{}': {}{}{}; nothing was installed", resource.file,
                        stage_.unstaged(command), end.why, output.empty() ? "" : ": ", one_line(output)),
            {},
            {}};
  }
  return {};
}

/// Who is to blame, where, and with what words.
Outcome Unit::refused(const std::string& who, const std::string& output, const std::vector<NewFile>& files,
                      const Locate& locate) const {
  auto stays = "nothing was installed, what runs goes on";
  auto complaint = first_complaint(output);
  if (!complaint)
    return {Outcome::waits,
            fmt::format("{}: error: {} refuses the new configuration: {}; {}", name(), who, one_line(output), stays),
            {},
            {}};
  auto place = fmt::format("{}:{}{}", complaint->file, complaint->line,
                           complaint->column ? fmt::format(":{}", complaint->column) : "");
  auto file = std::find_if(files.begin(), files.end(), [&](auto& f) { return f.dest == complaint->file; });
  // Not one of ours: a person wrote it.
  if (file == files.end())
    return {
        Outcome::waits, fmt::format("{}: error: {}; {} refuses it; {}", place, complaint->what, who, stays), {}, {}};
  auto culprit = blame(file->text, complaint->line);
  auto found = culprit ? locate(*culprit) : "";
  auto line = line_of(file->text, complaint->line);
  if (found.empty())
    return {Outcome::waits,
            fmt::format("{}: error: {}: '{}'; {} refuses it; {}", place, complaint->what, line, who, stays),
            {},
            {}};
  return {Outcome::waits,
          fmt::format("{} makes a configuration that {} refuses: {}: {}: '{}'; {}", found, who, place, complaint->what,
                      line, stays),
          {},
          {}};
}

Outcome Unit::reload(const std::vector<NewFile>& files, const Locate& locate) {
  auto& resource = resources_.front();
  reload_due_ = true;
  Outcome done{Outcome::installed, {}, {}, {}};
  if (!mode_.sync_only && !resource.control_socket.empty()) {
    auto answer = ask_to_reload(resource.control_socket, answer_limit);
    if (answer.kind == ReloadAnswer::refused) {
      reload_due_ = false;
      auto bad = refused(resource.control_socket, answer.text, files, locate);
      stage_.restore();
      installed_seen_ = installed_stamp();
      return bad;
    }
    if (answer.kind == ReloadAnswer::absent)
      return {Outcome::untold,
              fmt::format("{}: warning: no daemon listens ({}): it will read {} when it starts",
                          resource.control_socket, answer.text, name()),
              {},
              {}};
    if (answer.kind == ReloadAnswer::silent)
      return {Outcome::failed,
              fmt::format("{}: error: the daemon was not told of the new {}, which is installed: {}; asking again",
                          resource.control_socket, name(), answer.text),
              {},
              {}};
    done.reload = answer.text;
  } else if (!mode_.sync_only && !resource.reload_cmd.empty()) {
    auto end = run_command(resource.reload_cmd, reload_limit);
    if (!end.good)
      return {Outcome::failed,
              fmt::format("{}: error: the new {} is installed, but reload_cmd '{}' failed, will be repeated: {}{}{}",
                          resource.file, name(), resource.reload_cmd, end.why, end.output.empty() ? "" : ": ",
                          one_line(end.output)),
              {},
              {}};
    done.reload = "reload_cmd";
  }
  reload_due_ = false;
  stage_.confirm();
  return done;
}

std::string Unit::templates_stamp() const {
  std::string stamp;
  for (auto& resource : resources_) stamp += file_stamp(templates_ / resource.src);
  return stamp;
}

std::string Unit::installed_stamp() const {
  std::string stamp;
  for (auto& resource : resources_) stamp += file_stamp(resource.dest);
  return stamp;
}

std::vector<std::unique_ptr<Unit>> make_units(const std::vector<Resource>& resources, const fs::path& templates,
                                              RenderMode mode) {
  std::vector<std::pair<std::string, std::vector<Resource>>> groups;
  for (auto& resource : resources) {
    auto key = mode.file_by_file                  ? "file " + resource.file
               : !resource.control_socket.empty() ? "socket " + resource.control_socket
               : !resource.reload_cmd.empty()     ? "command " + resource.reload_cmd
                                                  : "file " + resource.file;
    auto group = std::find_if(groups.begin(), groups.end(), [&](auto& g) { return g.first == key; });
    if (group == groups.end())
      groups.push_back({key, {resource}});
    else
      group->second.push_back(resource);
  }
  std::vector<std::unique_ptr<Unit>> units;
  for (auto& [key, members] : groups) units.push_back(std::make_unique<Unit>(members, templates, mode));
  return units;
}

}  // namespace avocet::confgen
