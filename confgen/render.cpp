#include "confgen/render.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "confgen/file_content.hpp"

namespace avocet::confgen {

namespace {

/// A key as a template sees it: an absolute path in its normal form.
std::string without_prefix(const std::string& key, const std::string& prefix) {
  auto rest = prefix == "/" ? key : key.substr(prefix.size());
  if (!rest.starts_with("/")) rest.insert(0, 1, '/');
  bool normal = rest.find("//") == rest.npos && rest.find("/.") == rest.npos;
  return normal ? rest : std::filesystem::path(rest).lexically_normal().string();
}

/// Adds the keys below `below` to what a template sees, the resource's prefix cut off.
void add_keys(const std::string& below, const std::string& prefix, const KeyTree& tree, KeyTree& seen) {
  for (auto i = tree.lower_bound(below); i != tree.end() && i->first.starts_with(below); ++i)
    // They come in order, so the end is most often where one belongs.
    seen.insert_or_assign(seen.end(), without_prefix(i->first, prefix), i->second);
}

/// Go's "template: NAME:LINE:COLUMN: why" as FILE:LINE:COLUMN; some of its messages have no column.
RenderError template_error(const std::string& file, const std::string& name, const std::string& message) {
  auto head = "template: " + name + ":";
  if (!message.starts_with(head)) return {fmt::format("{}: error: {}", file, message), false};
  auto end = head.size();
  while (end < message.size() && (std::isdigit(static_cast<unsigned char>(message[end])) || message[end] == ':')) ++end;
  auto place = message.substr(head.size(), end - head.size());
  place.erase(place.find_last_not_of(':') + 1);
  auto why = message.substr(std::min(message.find_first_not_of(' ', end), message.size()));
  return {fmt::format("{}:{}: error: in the template: {}", file, place, why), false};
}

}  // namespace

void Renderer::read_template(const std::string& file, const Functions& functions) {
  auto source = file_content(file);
  if (!source)
    throw RenderError(fmt::format("{}: error: cannot read the template: {}", file, std::strerror(errno)), true);
  // A file that somebody is just writing looks so, and an empty configuration would end every session.
  if (source->empty())
    throw RenderError(
        fmt::format("{}: error: the template is empty; if nothing is wanted of it, remove {}", file, resource_.file),
        false);
  auto names = function_names(functions);
  if (parsed_.source == *source && functions_ == names) return;
  memory_ = {};
  parsed_ = {};  // what follows may fail
  parsed_ = parse_template(resource_.src, *source, names);
  functions_ = std::move(names);
}

/// Brings the keys that the template sees up to date.
void Renderer::follow(const KeyTree& tree, const KeyChanges& changes) {
  bool same = changes.generation && seen_generation_ == changes.generation;
  bool next = changes.generation && seen_generation_ + 1 == changes.generation && !changes.all;
  seen_generation_ = 0;
  if (!same &&
      !(next && std::all_of(changes.keys.begin(), changes.keys.end(), [&](auto& key) { return follow(tree, key); }))) {
    seen_.clear();
    fresh_prefixes_ = {resource_.keys.begin(), resource_.keys.end()};
  }
  for (auto& below : fresh_prefixes_) add_keys(below, resource_.prefix, tree, seen_);
  fresh_prefixes_.clear();
  seen_generation_ = changes.generation;
}

/// One key that changed. False if it is not so simple, because two keys may be one after their normalization.
bool Renderer::follow(const KeyTree& tree, const std::string& key) {
  if (std::none_of(resource_.keys.begin(), resource_.keys.end(), [&](auto& prefix) { return key.starts_with(prefix); }))
    return true;
  auto name = without_prefix(key, resource_.prefix);
  if (!key.ends_with(name)) return false;
  auto at = tree.find(key);
  if (at == tree.end())
    seen_.erase(name);
  else
    seen_.insert_or_assign(name, at->second);
  return true;
}

void Renderer::take_keys(const std::vector<std::string>& keys) {
  std::set<std::string> before(resource_.keys.begin(), resource_.keys.end()), now(keys.begin(), keys.end());
  resource_.keys = keys;
  auto lies_in = [](auto& a, auto& b) { return a.starts_with(b) || b.starts_with(a); };
  for (auto& old : before) {
    if (now.count(old)) continue;
    // What it shares with another one cannot be told apart.
    if (std::any_of(before.begin(), before.end(), [&](auto& other) { return other != old && lies_in(old, other); }))
      seen_generation_ = 0;
    auto name = without_prefix(old, resource_.prefix);
    for (auto i = seen_.lower_bound(name); i != seen_.end() && i->first.starts_with(name);) i = seen_.erase(i);
  }
  for (auto& fresh : now)
    if (!before.count(fresh)) fresh_prefixes_.insert(fresh);
}

std::string Renderer::render(const KeyTree& tree, const Functions& more, const KeyChanges& changes) {
  auto file = (templates_ / resource_.src).string();
  follow(tree, changes);
  auto functions = confd_functions(seen_);
  functions.insert(more.begin(), more.end());
  for (auto& [name, function] : functions)
    if (function.call_from)
      function.call = [this, from = function.call_from](const List& o) { return from(o, parsed_.source); };
  try {
    read_template(file, functions);
    return run_template(parsed_, functions, Value(), &memory_);
  } catch (const TemplateError& error) {
    throw template_error(file, resource_.src, error.what());
  }
}

std::string check_command(const Resource& resource, const std::string& staged) {
  try {
    return run_template(parse_template("check_cmd", resource.check_cmd, function_names({})), {},
                        Value(Map{{"src", Value(staged)}}));
  } catch (const TemplateError& error) {
    throw template_error(resource.file, "check_cmd", error.what());
  }
}

}  // namespace avocet::confgen
