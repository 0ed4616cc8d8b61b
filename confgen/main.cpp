/// confgen: renders configuration files from a datastore, and again whenever it changes.
#include <fmt/format.h>
#include <getopt.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>

#include "confgen/calico/keys.hpp"
#include "confgen/render.hpp"
#include "confgen/store/yaml_dir.hpp"

namespace {

using namespace avocet::confgen;
using namespace std::chrono_literals;

constexpr auto burst_window = 10ms;  // changes that follow the first closely are rendered together
constexpr auto first_retry = 250ms;  // doubles up to the longest; outside causes often pass quickly
constexpr auto longest_retry = 5000ms;

volatile std::sig_atomic_t stop = 0;

struct Options {
  std::string confdir = "/etc/confd", store, prefix, node;
  bool onetime = false;
  RenderMode mode;
};

void say(const std::string& line) { fmt::print(stderr, "{}\n", line); }

int usage(int status) {
  fmt::print(status ? stderr : stdout,
             "usage: confgen --store yaml:DIR [--confdir DIR] [--node NAME] [--prefix PATH] [--onetime] [--noop] "
             "[--sync-only] [--keep-stage-file] [--version]\n");
  return status;
}

/// Renders everything; false if something failed. A message is said once, not at every retry.
bool render_all(const KeyTree& tree, std::vector<Renderer>& renderers, std::map<std::string, std::string>& said) {
  bool good = true;
  for (auto& renderer : renderers) {
    auto start = std::chrono::steady_clock::now();
    bool installed = false;
    auto problem = renderer.render(tree, installed);
    if (installed)
      say(fmt::format("info  installed {} after={}ms", renderer.dest(),
                      (std::chrono::steady_clock::now() - start) / 1ms));
    if (!problem.empty() && said[renderer.dest()] != problem) say(problem);
    said[renderer.dest()] = problem;
    good &= problem.empty();
  }
  return good;
}

int run(const Options& options) {
  YamlDirectory store(options.store.substr(5));
  std::vector<Renderer> renderers;
  for (auto& resource : load_resources(options.confdir, options.prefix, options.node))
    renderers.emplace_back(resource, std::filesystem::path(options.confdir) / "templates", options.mode);
  Catalog catalog;
  std::map<std::string, std::string> said;
  std::vector<std::string> known;
  KeyTree before;
  bool first = true;
  auto retry = first_retry;
  while (!stop) {
    std::vector<std::string> unread, wrong;
    auto& resources = catalog.read(store.list(unread), wrong);
    auto tree = derive_keys(resources, options.node, wrong);
    for (auto& line : unread) say(line);
    for (auto& line : wrong)
      if (std::find(known.begin(), known.end(), line) == known.end()) say(line);
    known = std::move(wrong);
    // `said` holds a problem of the last round: it is tried again even if no key changed.
    bool pending = std::any_of(said.begin(), said.end(), [](auto& s) { return !s.second.empty(); });
    bool good = first || pending || tree != before ? render_all(tree, renderers, said) : true;
    if (options.onetime) return good && unread.empty() ? 0 : 1;
    first = false;
    before = std::move(tree);
    retry = good ? first_retry : std::min<std::chrono::milliseconds>(retry * 2, longest_retry);
    if (store.wait(good ? 60000ms : retry)) ::usleep(burst_window / 1us);
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  if (auto name = std::getenv("NODENAME")) options.node = name;
  enum { confdir = 1, store, node, prefix, onetime, noop, sync_only, keep, watch, version, help };
  static const option flags[] = {{"confdir", 1, nullptr, confdir},     {"store", 1, nullptr, store},
                                 {"node", 1, nullptr, node},           {"prefix", 1, nullptr, prefix},
                                 {"onetime", 0, nullptr, onetime},     {"noop", 0, nullptr, noop},
                                 {"sync-only", 0, nullptr, sync_only}, {"keep-stage-file", 0, nullptr, keep},
                                 {"watch", 0, nullptr, watch},         {"version", 0, nullptr, version},
                                 {"help", 0, nullptr, help},           {}};
  for (int flag; (flag = ::getopt_long(argc, argv, "h", flags, nullptr)) != -1;) switch (flag) {
      case confdir: options.confdir = optarg; break;
      case store: options.store = optarg; break;
      case node: options.node = optarg; break;
      case prefix: options.prefix = optarg; break;
      case onetime: options.onetime = true; break;
      case noop: options.mode.noop = true; break;
      case sync_only: options.mode.sync_only = true; break;
      case keep: options.mode.keep_stage_file = true; break;
      case watch: options.onetime = false; break;
      case version: return fmt::print("confgen " AVOCET_VERSION "\n"), 0;
      case 'h':
      case help: return usage(0);
      default: return usage(1);
    }
  if (!options.store.starts_with("yaml:") || options.node.empty()) {
    say(options.node.empty() ? "confgen: error: no node name: give --node or set NODENAME"
                             : "confgen: error: give --store yaml:DIR");
    return usage(1);
  }
  ::setenv("NODENAME", options.node.c_str(), 1);  // templates ask for it with getenv
  struct sigaction action {};
  action.sa_handler = [](int) { stop = 1; };
  ::sigaction(SIGTERM, &action, nullptr);
  ::sigaction(SIGINT, &action, nullptr);
  try {
    return run(options);
  } catch (const std::exception& error) {
    say(error.what());
    return 1;
  }
}
