#include "confgen/render.hpp"

#include <fmt/format.h>

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

/// The keys a resource asks for, its prefix cut off.
KeyTree keys_of(const Resource& resource, const KeyTree& tree) {
  KeyTree seen;
  for (auto& prefix : resource.keys)
    for (auto i = tree.lower_bound(prefix); i != tree.end() && i->first.starts_with(prefix); ++i)
      // They come in order, so the end is most often where one belongs.
      seen.insert_or_assign(seen.end(), without_prefix(i->first, resource.prefix), i->second);
  return seen;
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

std::string render(const Resource& resource, const std::filesystem::path& templates, const KeyTree& tree,
                   const Functions& more) {
  auto file = (templates / resource.src).string();
  auto source = file_content(file);
  if (!source)
    throw RenderError(fmt::format("{}: error: cannot read the template: {}", file, std::strerror(errno)), true);
  // A file that somebody is just writing looks so, and an empty configuration would end every session.
  if (source->empty())
    throw RenderError(
        fmt::format("{}: error: the template is empty; if nothing is wanted of it, remove {}", file, resource.file),
        false);
  auto seen = keys_of(resource, tree);
  auto functions = confd_functions(seen);
  functions.insert(more.begin(), more.end());
  try {
    return run_template(parse_template(resource.src, *source, function_names(functions)), functions, Value());
  } catch (const TemplateError& error) {
    throw template_error(file, resource.src, error.what());
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
