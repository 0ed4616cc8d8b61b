#include "confgen/options.hpp"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <stdexcept>

namespace avocet::confgen {

namespace {

/// One setting: the same name is a flag and a member of the configuration file.
struct Setting {
  const char* name;
  const char* value;  ///< what the flag's value is; "" for a switch
  const char* help;
  std::function<void(Options&, const std::string&)> apply;
};

void set_switch(bool& target, const std::string& value) { target = value != "false"; }

void set_interval(Options& options, const std::string& value) {
  int seconds = 0;
  auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), seconds);
  if (error != std::errc{} || end != value.data() + value.size() || seconds < 1 || seconds > 86400)
    throw std::runtime_error("confgen: error: --interval is '" + value + "': expected seconds from 1 to 86400");
  options.interval = std::chrono::seconds(seconds);
}

const std::vector<Setting>& settings() {
  static const std::vector<Setting> all = {
      {"store", "STORE", "yaml:DIR, file:PATH, etcd:URL,..., etcd-keys:URL,..., kube[:KUBECONFIG]",
       [](auto& o, auto& v) { o.datastore.store = v; }},
      {"calicoconfig", "FILE", "Calico's API configuration, in place of its variables",
       [](auto& o, auto& v) { o.datastore.calico_config = v; }},
      {"etcd-ca", "FILE", "who signs the servers' certificates; else the system's",
       [](auto& o, auto& v) { o.datastore.etcd_ca = v; }},
      {"etcd-cert", "FILE", "our certificate", [](auto& o, auto& v) { o.datastore.etcd_cert = v; }},
      {"etcd-key", "FILE", "its key", [](auto& o, auto& v) { o.datastore.etcd_key = v; }},
      {"etcd-server-name", "NAME", "in the servers' certificates, in place of the URL's host",
       [](auto& o, auto& v) { o.datastore.etcd_server_name = v; }},
      {"etcd-user", "NAME", "to authenticate as", [](auto& o, auto& v) { o.datastore.etcd_user = v; }},
      {"etcd-password-file", "FILE", "its first line is the password",
       [](auto& o, auto& v) { o.datastore.etcd_password_file = v; }},
      {"kube-context", "NAME", "of the kubeconfig, in place of its current one",
       [](auto& o, auto& v) { o.datastore.kube_context = v; }},
      {"node", "NAME", "whose configuration; else the environment's NODENAME",
       [](auto& o, auto& v) { o.node = v, o.node_given = true; }},
      {"secrets", "DIR", "DIR/NAME/KEY holds a Secret's value: for those that are not in the datastore",
       [](auto& o, auto& v) { o.secrets = v; }},
      {"confdir", "DIR", "holds conf.d and templates (/etc/confd)", [](auto& o, auto& v) { o.confdir = v; }},
      {"config-file", "FILE", "settings by these names (/etc/confd/confd.toml)",
       [](auto& o, auto& v) { o.config_file = v; }},
      {"prefix", "PATH", "in place of the resources' prefix", [](auto& o, auto& v) { o.prefix = v; }},
      {"interval", "SECONDS", "look at least so often, should a notification be lost (600)", set_interval},
      {"onetime", "", "render once and end; status 1 if anything was wrong",
       [](auto& o, auto& v) { set_switch(o.onetime, v); }},
      {"watch", "", "render at every change: the default", [](auto& o, auto& v) { o.onetime = v == "false"; }},
      {"noop", "", "say what would change, change nothing", [](auto& o, auto& v) { set_switch(o.mode.noop, v); }},
      {"sync-only", "", "without check_cmd and reload_cmd", [](auto& o, auto& v) { set_switch(o.mode.sync_only, v); }},
      {"keep-stage-file", "", "leave staged files for a person to look at",
       [](auto& o, auto& v) { set_switch(o.mode.keep_stage_file, v); }},
      {"compat", "", "what Calico does, its defects with it",
       [](auto& o, auto& v) { o.defects = v == "false" ? Defects::mended : Defects::kept; }},
      {"from", "yaml:DIR", "confgen diff: the datastore to compare with, in place of the installed files",
       [](auto& o, auto& v) { o.from = v; }},
      {"file-by-file", "", "check, install and reload each file for itself, as confd does",
       [](auto& o, auto& v) { set_switch(o.mode.file_by_file, v); }},
      {"out", "DIR", "confgen render: where the files go", [](auto& o, auto& v) { o.out = v; }},
  };
  return all;
}

const Setting* find(const std::string& name) {
  for (auto& setting : settings())
    if (name == setting.name) return &setting;
  return nullptr;
}

void read_file(Options& options, bool must_exist) {
  if (!must_exist && !std::filesystem::exists(options.config_file)) return;
  try {
    for (auto&& [key, value] : toml::parse_file(options.config_file)) {
      auto setting = find(std::string(key.str()));
      auto at =
          fmt::format("{}:{}:{}: error: ", options.config_file, key.source().begin.line, key.source().begin.column);
      if (!setting) throw std::runtime_error(fmt::format("{}unknown setting '{}'", at, key.str()));
      auto number = value.value<std::int64_t>();
      auto flag = value.value_exact<bool>();
      auto text = flag     ? std::string(*flag ? "true" : "false")
                  : number ? std::to_string(*number)
                           : value.value_or(std::string());
      if (flag.has_value() != (setting->value[0] == '\0')) throw std::runtime_error(at + "wrong type of value");
      setting->apply(options, text);
    }
  } catch (const toml::parse_error& error) {
    throw std::runtime_error(fmt::format("{}:{}:{}: error: {}", options.config_file, error.source().begin.line,
                                         error.source().begin.column, error.description()));
  }
}

/// A flag as it was given: the setting and its value.
using Given = std::pair<const Setting*, std::string>;

std::vector<Given> read_flags(const std::vector<std::string>& arguments, Options& options) {
  static const std::map<std::string, Options::Command> commands{
      {"watch", Options::Command::watch},      {"render", Options::Command::render},
      {"keys", Options::Command::keys},        {"check", Options::Command::check},
      {"diff", Options::Command::diff},        {"--version", Options::Command::version},
      {"-version", Options::Command::version}, {"--help", Options::Command::help},
      {"-h", Options::Command::help}};
  std::vector<Given> given;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    auto word = arguments[i];
    if (auto command = commands.find(word); command != commands.end() && (i == 0 || word[0] == '-')) {
      options.command = command->second;
      continue;
    }
    if (!word.starts_with("-"))
      throw std::runtime_error(i == 0 ? "confgen: error: unknown command '" + word +
                                            "'; there are watch, render, keys, check and diff"
                                      : "confgen: error: unexpected '" + word + "'; see confgen --help");
    word.erase(0, word.starts_with("--") ? 2 : 1);  // Go's flags may have one dash
    auto equals = word.find('=');
    auto setting = find(word.substr(0, equals));
    if (!setting) throw std::runtime_error("confgen: error: unknown flag '" + arguments[i] + "'; see confgen --help");
    std::string value = equals == std::string::npos ? "" : word.substr(equals + 1);
    if (setting->value[0] && equals == std::string::npos) {
      if (++i == arguments.size())
        throw std::runtime_error(fmt::format("confgen: error: --{} needs {}", setting->name, setting->value));
      value = arguments[i];
    }
    given.emplace_back(setting, value);
  }
  return given;
}

}  // namespace

Options read_options(const std::vector<std::string>& arguments) {
  Options options;
  if (auto name = std::getenv("NODENAME")) options.node = name;
  auto given = read_flags(arguments, options);
  if (options.command == Options::Command::version || options.command == Options::Command::help) return options;
  bool named_file = false;
  for (auto& [setting, value] : given)
    if (setting->name == std::string("config-file")) options.config_file = value, named_file = true;
  read_file(options, named_file);
  for (auto& [setting, value] : given) setting->apply(options, value);
  // confd takes the one for the other.
  if (options.defects == Defects::kept && options.mode.keep_stage_file)
    options.onetime = true, options.mode.keep_stage_file = false;
  bool whole = options.command == Options::Command::check ||
               (options.command == Options::Command::diff && !options.from.empty());  // every node's turn comes
  if (options.node.empty() && !whole)
    throw std::runtime_error("confgen: error: no node name: give --node or set NODENAME");
  if (options.command == Options::Command::render && options.out.empty())
    throw std::runtime_error("confgen: error: confgen render needs --out DIR");
  if (!options.from.empty() && !options.from.starts_with("yaml:"))
    throw std::runtime_error("confgen: error: --from needs yaml:DIR");
  return options;
}

std::string usage() {
  std::string text =
      "usage: confgen [watch] --store STORE [FLAGS]        render at every change\n"
      "       confgen render --store STORE --out DIR       render once into a directory, run no command\n"
      "       confgen keys --store STORE                   show the keys that templates see\n"
      "       confgen check --store STORE                  say what is wrong with the datastore, or one --node of it\n"
      "       confgen diff --store STORE                   show what would change in the installed files\n"
      "       confgen diff --store STORE --from yaml:OLD   ... between two datastores, node by node\n"
      "       confgen --version | --help\n\n";
  for (auto& setting : settings())
    text += fmt::format("  {:<24} {}\n", fmt::format("--{} {}", setting.name, setting.value), setting.help);
  return text;
}

}  // namespace avocet::confgen
