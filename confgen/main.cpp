/// confgen: renders configuration files from a datastore, and again whenever it changes.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>

#include "confgen/generator.hpp"
#include "confgen/options.hpp"
#include "confgen/store/yaml_dir.hpp"

namespace {

using namespace avocet::confgen;
using namespace std::chrono_literals;

constexpr auto burst_window = 10ms;  // changes that follow the first closely are rendered together
constexpr auto first_retry = 250ms;  // doubles up to the longest; outside causes often pass quickly
constexpr auto longest_retry = 5000ms;

volatile std::sig_atomic_t stop = 0;

void say(const std::string& line) { fmt::print(stderr, "{}\n", line); }

std::vector<Renderer> renderers(const Options& options) {
  std::vector<Renderer> all;
  for (auto& resource : load_resources(options.confdir, options.prefix, options.node)) {
    auto placed = resource;
    if (!options.out.empty())
      placed.dest = std::filesystem::path(options.out) / std::filesystem::path(resource.dest).filename();
    all.emplace_back(placed, std::filesystem::path(options.confdir) / "templates", options.mode);
  }
  return all;
}

int watch(Generator& generator, Store& store, std::chrono::milliseconds interval) {
  auto retry = first_retry;
  while (!stop) {
    bool good = generator.round();
    retry = good ? first_retry : std::min<std::chrono::milliseconds>(retry * 2, longest_retry);
    if (store.wait(good ? interval : retry)) ::usleep(burst_window / 1us);
  }
  return 0;
}

int run(Options options) {
  YamlDirectory store(options.store.substr(5));
  bool good = true;
  switch (options.command) {
    case Options::Command::keys:
      for (auto& [key, value] : Generator(store, options.node, {}, say).look(good).keys)
        fmt::print("{} {}\n", key, value);
      return good ? 0 : 1;
    case Options::Command::check: Generator(store, options.node, {}, say).look(good); return good ? 0 : 1;
    case Options::Command::render: options.mode.sync_only = options.onetime = true; [[fallthrough]];
    default: break;
  }
  Generator generator(store, options.node, renderers(options), say);
  if (!options.onetime) return watch(generator, store, options.interval);
  return generator.round() && generator.objects_good() ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    auto options = read_options({argv + 1, argv + argc});
    if (options.command == Options::Command::version) return fmt::print("confgen " AVOCET_VERSION "\n"), 0;
    if (options.command == Options::Command::help) return fmt::print("{}", usage()), 0;
    ::setenv("NODENAME", options.node.c_str(), 1);  // templates ask for it with getenv
    struct sigaction action {};
    action.sa_handler = [](int) { stop = 1; };
    ::sigaction(SIGTERM, &action, nullptr);
    ::sigaction(SIGINT, &action, nullptr);
    return run(options);
  } catch (const std::exception& error) {
    say(error.what());
    return 1;
  }
}
