#include "confgen/resource.hpp"

#include <fmt/format.h>

#include <toml++/toml.h>
#include <algorithm>
#include <charconv>
#include <set>

namespace avocet::confgen {

namespace {

Resource read(const std::filesystem::path& path, const std::string& prefix, const std::string& node) {
  auto fail = [&](const toml::source_region& at, const std::string& what) {
    return std::runtime_error(fmt::format("{}:{}:{}: error: {}", path.string(), at.begin.line, at.begin.column, what));
  };
  toml::table file;
  try {
    file = toml::parse_file(path.string());
  } catch (const toml::parse_error& error) {
    throw fail(error.source(), std::string(error.description()));
  }
  auto table = file["template"].as_table();
  if (!table) throw fail(file.source(), "no [template] table");
  static const std::set<std::string_view> known{"src", "dest", "prefix",    "keys",       "mode",
                                                "uid", "gid",  "check_cmd", "reload_cmd", "control_socket"};
  for (auto&& [key, value] : *table)
    if (!known.count(key.str())) throw fail(key.source(), fmt::format("unknown member '{}'", key.str()));
  auto text = [&](const char* key) { return (*table)[key].value_or(std::string()); };
  Resource r{path.string(),
             text("src"),
             text("dest"),
             prefix.empty() ? text("prefix") : prefix,
             text("check_cmd"),
             text("reload_cmd"),
             text("control_socket"),
             {},
             {},
             {},
             {}};
  if (r.src.empty() || r.dest.empty()) throw fail(table->source(), "src and dest are required");
  if (!r.control_socket.empty() && !r.reload_cmd.empty())
    throw fail((*table)["reload_cmd"].node()->source(), "control_socket reloads too: give one of the two");
  r.dest = std::filesystem::absolute(r.dest).lexically_normal().string();
  if (!r.prefix.starts_with("/")) r.prefix = "/" + r.prefix;
  if (auto keys = (*table)["keys"].as_array())
    for (auto& key : *keys) {
      auto joined = r.prefix + "/" + key.value_or(std::string());
      if (auto at = joined.find("//NODENAME"); at != std::string::npos) joined.replace(at, 10, "/" + node);
      auto normal = std::filesystem::path(joined).lexically_normal().string();
      r.keys.push_back(normal.starts_with("//") ? normal.substr(1) : normal);
    }
  if (auto mode = text("mode"); !mode.empty()) {
    unsigned value = 0;
    auto [end, error] = std::from_chars(mode.data(), mode.data() + mode.size(), value, mode[0] == '0' ? 8 : 10);
    if (error != std::errc{} || end != mode.data() + mode.size() || value > 07777)
      throw fail((*table)["mode"].node()->source(), "mode is not a number: '" + mode + "'");
    r.mode = value;
  }
  if (auto uid = (*table)["uid"].value<std::int64_t>()) r.uid = static_cast<uid_t>(*uid);
  if (auto gid = (*table)["gid"].value<std::int64_t>()) r.gid = static_cast<gid_t>(*gid);
  return r;
}

}  // namespace

std::vector<Resource> load_resources(const std::filesystem::path& confdir, const std::string& prefix,
                                     const std::string& node) {
  std::vector<std::filesystem::path> files;
  auto directory = confdir / "conf.d";
  std::error_code error;
  for (std::filesystem::recursive_directory_iterator entry(directory, error), end; !error && entry != end;
       entry.increment(error))
    if (entry->is_regular_file() && entry->path().filename().string().ends_with("toml")) files.push_back(entry->path());
  if (error)
    throw std::runtime_error(
        fmt::format("{}: error: cannot read the template resources: {}; --confdir says where conf.d "
                    "and templates are",
                    directory.string(), error.message()));
  std::sort(files.begin(), files.end());
  std::vector<Resource> resources;
  for (auto& file : files) resources.push_back(read(file, prefix, node));
  return resources;
}

}  // namespace avocet::confgen
