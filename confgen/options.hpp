#pragma once
/// What confgen is told by flags and by its configuration file; the names are confd's where confd has them.
#include <chrono>
#include <string>
#include <vector>

#include "confgen/calico/keys.hpp"
#include "confgen/store/settings.hpp"
#include "confgen/unit.hpp"

namespace avocet::confgen {

struct Options {
  enum class Command { watch, render, keys, check, diff, version, help };
  Command command = Command::watch;
  std::string confdir = "/etc/confd", config_file = "/etc/confd/confd.toml";
  std::string prefix, node, out, from, secrets;
  StoreFlags datastore;
  std::chrono::seconds interval{600};
  bool onetime = false;
  Defects defects = Defects::mended;
  bool node_given = false;  ///< by a flag or the file, not by the environment
  RenderMode mode;
};

/// Flags over the configuration file over NODENAME. Throws std::runtime_error with one line for a person.
Options read_options(const std::vector<std::string>& arguments);

/// The text of --help.
std::string usage();

}  // namespace avocet::confgen
