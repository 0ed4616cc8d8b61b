#include "confgen/store/yaml_dir.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <set>
#include <sstream>
#include <utility>

#include "confgen/file_content.hpp"
#include "confgen/store/plain_yaml.hpp"
#include "confgen/template/characters.hpp"

namespace avocet::confgen {

namespace {

constexpr std::uint32_t watched =
    IN_CREATE | IN_CLOSE_WRITE | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE | IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF;
constexpr int deepest = 100;                  // nesting of a document; real objects stay below 20
constexpr std::size_t most_members = 100000;  // of one object; aliases of aliases could make any number

/// One document of a file; the reader counts its lines from 0.
struct Document {
  const std::string& file;
  std::string text;
  int lines_before = 0;

  Place place(const YAML::Mark& mark) const { return {lines_before + mark.line + 1, mark.column + 1}; }
};

std::string at(const Document& in, const YAML::Mark& mark, const std::string& what) {
  auto [line, column] = in.place(mark);
  return fmt::format("{}:{}:{}: error: {}", in.file, line, column, what);
}

/// The documents of a file, cut at the lines that begin with "---": YAML allows them nowhere else. Read one by one,
/// they need the memory of one. Files with directives or "..." stay whole.
std::vector<Document> documents(const std::string& file, const std::string& text) {
  std::vector<Document> all;
  std::size_t start = 0;
  int lines = 0, lines_before = 0;
  for (std::size_t at = 0; at < text.size(); ++lines) {
    std::string_view line(text.data() + at, std::min(text.find('\n', at), text.size()) - at);
    if (line.starts_with("%") || line.starts_with("...")) return {{file, text, 0}};
    bool marker = line.starts_with("---") && (line.size() == 3 || line[3] == ' ' || line[3] == '\t' || line[3] == '\r');
    if (marker && at > start) {
      all.push_back({file, text.substr(start, at - start), lines_before});
      start = at, lines_before = lines;
    }
    at += line.size() + 1;
  }
  all.push_back({file, text.substr(start), lines_before});
  return all;
}

/// YAML is Unicode; yaml-cpp lets other bytes through, and no template could do anything with them.
void refuse_other_bytes(const std::string& file, std::string_view text) {
  int line = 1, column = 1;
  for (std::size_t at = 0; at < text.size(); ++column) {
    auto [code, size] = first_character(text.substr(at));
    if (code == 0xfffd && size == 1)
      throw std::runtime_error(fmt::format("{}:{}:{}: error: byte 0x{:02x} is not UTF-8; save the file as UTF-8 text",
                                           file, line, column, static_cast<unsigned char>(text[at])));
    if (code == '\n') ++line, column = 0;
    at += size;
  }
}

/// Hears a document and keeps nothing of it.
struct Listener : YAML::EventHandler {
  void OnDocumentStart(const YAML::Mark& mark) override { start = mark; }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
  void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t, const std::string&) override {}
  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {}
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {}
  void OnMapEnd() override {}
  YAML::Mark start;
};

/// Throws if a text has more documents than it can have lines: yaml-cpp 0.7 takes a stray "," at the end of a document
/// for an endless row of empty ones, and would fill the memory with them.
void refuse_endless(const Document& in) {
  std::istringstream text(in.text);
  YAML::Parser parser(text);
  Listener listener;
  auto most = 2 + std::count(in.text.begin(), in.text.end(), '\n');
  for (; parser.HandleNextDocument(listener); --most)
    if (most == 0) throw std::runtime_error(at(in, listener.start, "unexpected text after the end of a value"));
}

/// A plain scalar becomes what YAML 1.1 says it is; a quoted one stays text.
boost::json::value scalar(const YAML::Node& node) {
  if (node.Tag() == "!" || node.Tag() == "tag:yaml.org,2002:str") return boost::json::string(node.Scalar());
  return yaml_scalar(node.Scalar());
}

/// A YAML tree as JSON; where each member stands is noted in `places`.
class Conversion {
 public:
  Conversion(const Document& in, Places& places) : in_(in), places_(places) {}

  boost::json::value run(const YAML::Node& node, const std::string& path = "", int depth = 0) {
    if (depth > deepest) throw std::runtime_error(at(in_, node.Mark(), "nested too deeply"));
    if (places_.size() > most_members)
      throw std::runtime_error(at(in_, node.Mark(), "an object with too many members"));
    places_.note(path, in_.place(node.Mark()));
    if (node.IsMap()) return map(node, path, depth);
    if (!node.IsSequence()) return node.IsScalar() ? scalar(node) : boost::json::value(nullptr);
    boost::json::array array;
    for (auto& item : node) array.push_back(run(item, fmt::format("{}[{}]", path, array.size()), depth + 1));
    return array;
  }

 private:
  boost::json::value map(const YAML::Node& node, const std::string& path, int depth) {
    boost::json::object object;
    for (auto& item : node) {
      if (!item.first.IsScalar()) throw std::runtime_error(at(in_, item.first.Mark(), "a key is not a text"));
      auto& key = item.first.Scalar();
      if (object.contains(key)) throw std::runtime_error(at(in_, item.first.Mark(), "key '" + key + "' appears twice"));
      object[key] = run(item.second, path.empty() ? key : path + "." + key, depth + 1);
    }
    return object;
  }

  const Document& in_;
  Places& places_;
};

std::string required_text(const Document& in_document, const YAML::Node& at_node, const boost::json::object* in,
                          const char* key, const char* shown) {
  auto found = in ? in->if_contains(key) : nullptr;
  if (!found || !found->is_string() || found->get_string().empty())
    throw std::runtime_error(at(in_document, at_node.Mark(), fmt::format("object without {}", shown)));
  return std::string(found->get_string());
}

bool holds_objects(std::string_view name) {
  return !name.starts_with(".") && (name.ends_with(".yaml") || name.ends_with(".yml") || name.ends_with(".json"));
}

std::string stamp(const std::filesystem::path& path) {
  struct stat s {};
  if (::stat(path.c_str(), &s) != 0) return "gone";
  return fmt::format("{}.{}.{}.{}.{}", s.st_ino, s.st_size, s.st_mtim.tv_sec, s.st_mtim.tv_nsec, s.st_ctim.tv_nsec);
}

}  // namespace

namespace {

const boost::json::string* text_member(const boost::json::object& in, const char* key) {
  auto found = in.if_contains(key);
  return found && found->is_string() && !found->get_string().empty() ? &found->get_string() : nullptr;
}

/// The object of a document that is written plainly and has what an object needs.
std::optional<Object> plain_object(const Document& in) {
  Object object;
  auto body = read_plain_yaml(in.text, in.lines_before, object.places);
  if (!body) return {};
  auto metadata = body->if_contains("metadata");
  auto kind = text_member(*body, "kind");
  if (!kind || !metadata || !metadata->is_object() || !text_member(metadata->get_object(), "name")) return {};
  object.kind = *kind;
  object.name = object_name(object.kind, metadata->get_object());
  object.file = in.file;
  object.body = std::move(*body);
  object.places.shrink();
  return object;
}

}  // namespace

std::vector<Object> read_yaml(const std::string& file, const std::string& text) {
  std::vector<Object> objects;
  if (std::ranges::any_of(text, [](char c) { return c < 0; })) refuse_other_bytes(file, text);
  for (auto& in : documents(file, text)) {
    auto add = [&](const YAML::Node& node) {
      Object object;
      object.file = file;
      auto value = Conversion(in, object.places).run(node);
      object.places.shrink();
      if (!value.is_object()) throw std::runtime_error(at(in, node.Mark(), "a document is not an object"));
      object.body = std::move(value.get_object());
      auto metadata = object.body.if_contains("metadata");
      object.kind = required_text(in, node, &object.body, "kind", "kind");
      required_text(in, node, metadata ? metadata->if_object() : nullptr, "name", "metadata.name");
      object.name = object_name(object.kind, metadata->get_object());
      objects.push_back(std::move(object));
    };
    if (auto object = plain_object(in)) {
      objects.push_back(std::move(*object));
      continue;
    }
    try {
      refuse_endless(in);
      for (auto& document : YAML::LoadAll(in.text)) {
        if (document.IsNull()) continue;
        if (document.IsMap() && document["items"] && document["items"].IsSequence()) {
          for (auto item : document["items"]) add(item);
        } else
          add(document);
      }
    } catch (const YAML::Exception& error) {
      throw std::runtime_error(at(in, error.mark, error.msg));
    }
  }
  return objects;
}

YamlDirectory::YamlDirectory(std::filesystem::path directory)
    : directory_(std::move(directory)), notify_(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK)) {
  if (notify_ < 0 || ::inotify_add_watch(notify_, directory_.c_str(), watched) < 0) {
    auto why = std::strerror(errno);
    if (notify_ >= 0) ::close(notify_);
    throw std::runtime_error(
        fmt::format("{}: error: cannot watch the datastore directory: {}", directory_.string(), why));
  }
}

YamlDirectory::~YamlDirectory() { ::close(notify_); }

void YamlDirectory::look_at(const std::filesystem::path& path, std::vector<std::string>& problems) {
  auto now = stamp(path);
  auto& file = files_[path.filename()];
  if (file.stamp == now) return;
  file.stamp = now;
  try {
    auto text = file_content(path);
    if (!text) throw std::runtime_error(fmt::format("{}: error: cannot read: {}", path.string(), std::strerror(errno)));
    // A file that somebody is just writing looks so.
    if (text->empty() && !file.names.empty())
      throw std::runtime_error(
          fmt::format("{}: error: the file is empty; delete it if its objects are to go", path.string()));
    put(path, file, read_yaml(path.string(), *text), problems);
    file.read = true;
  } catch (const std::runtime_error& problem) {
    problems.push_back(problem.what() + std::string(file.read ? "; keeping what this file said before" : ""));
  }
}

/// Takes what a file says now. An object that several files have is that of the first file by name.
void YamlDirectory::put(const std::string& path, File& file, std::vector<Object> fresh,
                        std::vector<std::string>& problems) {
  auto before = std::exchange(file.names, {});
  auto also = [&](const Object& object, const Object& counts) {
    problems.push_back(fmt::format("{}: warning: {} '{}' is also in {}, which counts", object.at(""), object.kind,
                                   object.name, counts.at("")));
  };
  for (auto& object : fresh) {
    ObjectName name{object.kind, object.name};
    if (file.names.count(name)) {
      also(object, *held(name, path));
      continue;
    }
    file.names.insert(name);
    auto old = held(name, path);
    // One that only moved within its file is told about with another line.
    bool same = old && old->body == object.body && old->places == object.places;
    object.revision = same ? old->revision : ++revision_;
    auto [at, is_new] = objects_.try_emplace(name);
    if (is_new || at->second.file == path) {
      at->second = std::move(object);
    } else if (path < at->second.file) {
      also(at->second, object);
      auto behind = std::exchange(at->second, std::move(object));
      hidden_[name].insert_or_assign(behind.file, std::move(behind));
    } else {
      also(object, at->second);
      hidden_[name].insert_or_assign(path, std::move(object));
    }
  }
  for (auto& name : before)
    if (!file.names.count(name)) forget(name, path);
}

/// The object as this file has it.
const Object* YamlDirectory::held(const ObjectName& name, const std::string& path) const {
  auto at = objects_.find(name);
  if (at != objects_.end() && at->second.file == path) return &at->second;
  auto others = hidden_.find(name);
  if (others == hidden_.end()) return nullptr;
  auto other = others->second.find(path);
  return other == others->second.end() ? nullptr : &other->second;
}

void YamlDirectory::forget(const ObjectName& name, const std::string& path) {
  auto others = hidden_.find(name);
  auto at = objects_.find(name);
  if (at == objects_.end() || at->second.file != path) {
    if (others != hidden_.end()) others->second.erase(path);
  } else if (others == hidden_.end()) {
    objects_.erase(at);
  } else {
    at->second = std::move(others->second.begin()->second);
    others->second.erase(others->second.begin());
  }
  if (others != hidden_.end() && others->second.empty()) hidden_.erase(others);
}

const Objects& YamlDirectory::list(std::vector<std::string>& problems) {
  take_events();  // of what happened since the wait
  auto dirty = std::exchange(dirty_, {});
  // Without word of single files all are looked at.
  if (std::exchange(all_dirty_, true) || dirty.empty()) {
    look_at_all(problems);
  } else {
    for (auto& name : dirty) {
      auto path = directory_ / name;
      struct stat s {};
      if (::lstat(path.c_str(), &s) == 0)
        look_at(path, problems);
      else
        gone(name);
    }
  }
  all_dirty_ = false;
  return objects_;
}

void YamlDirectory::look_at_all(std::vector<std::string>& problems) {
  std::set<std::string> seen;
  std::error_code error;
  // The directory may be another one than the last time, deleted and made again; the same one is not watched twice.
  ::inotify_add_watch(notify_, directory_.c_str(), watched);
  for (auto& entry : std::filesystem::directory_iterator(directory_, error))
    if (auto name = entry.path().filename().string(); holds_objects(name)) {
      seen.insert(name);
      look_at(entry.path(), problems);
    }
  if (error) {
    problems.push_back(
        fmt::format("{}: error: cannot list: {}; keeping what was read before", directory_.string(), error.message()));
    return;
  }
  std::vector<std::string> missing;
  for (auto& [name, file] : files_)
    if (!seen.count(name)) missing.push_back(name);
  for (auto& name : missing) gone(name);
}

void YamlDirectory::gone(const std::string& name) {
  auto file = files_.find(name);
  if (file == files_.end()) return;
  auto path = (directory_ / name).string();
  for (auto& object : file->second.names) forget(object, path);
  files_.erase(file);
}

bool YamlDirectory::whole() const {
  return std::all_of(files_.begin(), files_.end(), [](auto& file) { return file.second.read; });
}

bool YamlDirectory::wait(std::chrono::milliseconds limit) {
  pollfd poll_for[] = {{notify_, POLLIN, 0}, {wake, POLLIN, 0}};
  auto end = std::chrono::steady_clock::now() + limit;
  while (true) {
    auto left = std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
    if (::poll(poll_for, 2, static_cast<int>(std::max<long>(left.count(), 0))) <= 0) return false;
    if (take_events()) return true;
    if (poll_for[1].revents) return false;
  }
}

/// Whether any event can mean another content. That a file was made does not yet: its content comes with the closing.
/// Links are whole when they are made.
bool YamlDirectory::take_events() {
  alignas(inotify_event) char buffer[16384];
  bool any = false;
  for (ssize_t n = 0; (n = ::read(notify_, buffer, sizeof buffer)) > 0;)
    for (ssize_t at = 0; at < n;) {
      auto event = reinterpret_cast<const inotify_event*>(buffer + at);
      at += static_cast<ssize_t>(sizeof *event + event->len);
      struct stat s {};
      bool telling = event->len == 0 || !(event->mask & IN_CREATE) ||
                     ::lstat((directory_ / event->name).c_str(), &s) != 0 || !S_ISREG(s.st_mode) || s.st_nlink > 1;
      // The directory itself, events that were lost, or a link behind which many files change.
      bool of_many = event->len == 0 || event->name[0] == '.';
      if (!telling || (!of_many && !holds_objects(event->name))) continue;
      any = true;
      if (of_many)
        all_dirty_ = true;
      else
        dirty_.insert(event->name);
    }
  return any;
}

}  // namespace avocet::confgen
