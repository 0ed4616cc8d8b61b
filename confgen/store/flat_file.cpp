#include "confgen/store/flat_file.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <set>

namespace avocet::confgen {

namespace {

constexpr int deepest = 100;                // as for objects
constexpr std::size_t most_keys = 1000000;  // aliases of aliases could make any number

void flatten(const std::string& file, const YAML::Node& node, const std::string& path, int depth, FlatKeys& keys) {
  auto fail = [&](const char* what) {
    return std::runtime_error(
        fmt::format("{}:{}:{}: error: {}", file, node.Mark().line + 1, node.Mark().column + 1, what));
  };
  if (depth > deepest) throw fail("nested too deeply");
  if (keys.size() > most_keys) throw fail("too many keys");
  if (node.IsMap()) {
    for (auto item : node) {
      if (!item.first.IsScalar()) throw fail("a key is not a text");
      flatten(file, item.second, path + "/" + item.first.Scalar(), depth + 1, keys);
    }
  } else if (node.IsSequence()) {
    int index = 0;
    for (auto item : node) flatten(file, item, fmt::format("{}/{}", path, index++), depth + 1, keys);
  } else if (node.IsScalar()) {
    // confd writes values as Go prints them: the words for a boolean in lower case, all else as it stands.
    auto& text = node.Scalar();
    bool quoted = node.Tag() == "!";
    static const std::set<std::string> yes{"True", "TRUE"}, no{"False", "FALSE"};
    bool null = !quoted && (text == "~" || text == "null" || text == "Null" || text == "NULL" || text.empty());
    if (!null) keys[path] = quoted ? text : yes.count(text) ? "true" : no.count(text) ? "false" : text;
  }
}

}  // namespace

FlatKeys read_flat_keys(const std::string& file, const std::string& text) {
  FlatKeys keys;
  try {
    flatten(file, YAML::Load(text), "", 0, keys);
  } catch (const YAML::Exception& error) {
    throw std::runtime_error(
        fmt::format("{}:{}:{}: error: {}", file, error.mark.line + 1, error.mark.column + 1, error.msg));
  }
  return keys;
}

FlatFile::FlatFile(std::filesystem::path path)
    : path_(std::move(path)), notify_(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK)) {
  // A file's directory is watched: editors put a new file in the old one's place.
  try {
    watch(std::filesystem::is_directory(path_) ? path_ : path_.parent_path().empty() ? "." : path_.parent_path());
  } catch (...) {
    ::close(notify_);
    throw;
  }
}

FlatFile::~FlatFile() { ::close(notify_); }

void FlatFile::watch(const std::filesystem::path& directory) {
  // Adding it again is no error and no second watch.
  if (::inotify_add_watch(notify_, directory.c_str(),
                          IN_CLOSE_WRITE | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE | IN_CREATE) < 0)
    throw std::runtime_error(fmt::format("{}: error: cannot watch: {}", directory.string(), std::strerror(errno)));
}

const Objects& FlatFile::list(std::vector<std::string>& problems) {
  std::set<std::string> names;
  std::error_code error;
  if (std::filesystem::is_directory(path_, error)) {
    for (auto i = std::filesystem::recursive_directory_iterator(path_, error);
         !error && i != std::filesystem::recursive_directory_iterator(); i.increment(error))
      if (i->is_directory())
        watch(i->path());
      else if (!i->path().filename().string().starts_with("."))
        names.insert(i->path().string());
  } else
    names.insert(path_.string());
  if (error) {
    problems.push_back(fmt::format("{}: error: cannot list: {}{}", path_.string(), error.message(),
                                   files_.empty() ? "" : "; keeping what was read before"));
    return none_;
  }
  for (auto& name : names) try {
      std::ifstream in(name);
      std::string text{std::istreambuf_iterator<char>(in), {}};
      if (!in.is_open() || in.bad())
        throw std::runtime_error(fmt::format("{}: error: cannot read: {}", name, std::strerror(errno)));
      files_[name] = read_flat_keys(name, text);
    } catch (const std::runtime_error& problem) {
      problems.push_back(problem.what() +
                         std::string(files_.count(name) ? "; keeping what this file said before" : ""));
    }
  whole_ = std::all_of(names.begin(), names.end(), [&](auto& name) { return files_.count(name); });
  std::erase_if(files_, [&](auto& file) { return !names.count(file.first); });
  keys_.clear();
  for (auto& [name, keys] : files_)
    for (auto& [key, value] : keys) keys_[key] = value;
  return none_;
}

bool FlatFile::wait(std::chrono::milliseconds limit) {
  pollfd poll_for{notify_, POLLIN, 0};
  if (::poll(&poll_for, 1, static_cast<int>(limit.count())) <= 0) return false;
  char events[16384];
  while (::read(notify_, events, sizeof events) > 0) {
  }
  return true;
}

}  // namespace avocet::confgen
