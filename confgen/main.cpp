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

using Clock = std::chrono::steady_clock;

constexpr auto shortest_pause = 20ms;  // between renderings while changes keep coming
constexpr auto longest_pause = 500ms;
constexpr auto look_at_files = 1000ms;  // templates and included files are looked at so often
constexpr auto first_retry = 250ms;     // doubles up to the longest; outside causes often pass quickly
constexpr auto longest_retry = 5000ms;

volatile std::sig_atomic_t stop = 0;

void say(const std::string& line) { fmt::print(stderr, "{}\n", line); }

Generator::Units units(const Options& options) {
  auto resources = load_resources(options.confdir, options.prefix, options.node);
  for (auto& resource : resources)
    if (!options.out.empty())
      resource.dest = std::filesystem::absolute(std::filesystem::path(options.out) /
                                                std::filesystem::path(resource.dest).filename())
                          .lexically_normal();
  return make_units(resources, std::filesystem::path(options.confdir) / "templates", options.mode);
}

/// Renders at every change. The first change after a quiet time is rendered at once; while more keep coming, each
/// rendering is followed by a pause as long as itself, so that many changes share one.
int watch(Generator& generator, Store& store, std::chrono::milliseconds interval) {
  using State = Generator::State;
  using Why = Generator::Why;
  std::chrono::milliseconds retry = first_retry;
  auto event = Clock::now();
  auto next_interval = event + interval;
  auto why = Why::change;
  while (!stop) {
    auto start = Clock::now();
    auto state = generator.round(why, event);
    auto end = Clock::now();
    auto pause = std::clamp<Clock::duration>(end - start, shortest_pause, longest_pause);
    bool trouble = state == State::failed || state == State::untold;
    if (!trouble || why == Why::change) retry = first_retry;
    auto limit = std::min<std::chrono::milliseconds>(trouble ? retry : look_at_files, interval);
    bool changed = store.wait(limit);
    event = Clock::now();
    if (changed && event < end + pause) ::usleep(static_cast<useconds_t>((end + pause - event) / 1us));
    if (trouble && !changed) retry = std::min<std::chrono::milliseconds>(retry * 2, longest_retry);
    why = changed ? Why::change : trouble ? Why::retry : Why::idle;
    if (Clock::now() >= next_interval) why = Why::interval, next_interval = Clock::now() + interval;
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
  Generator generator(store, options.node, units(options), say);
  if (!options.onetime) return watch(generator, store, options.interval);
  auto state = generator.round(Generator::Why::change);
  bool done = state == Generator::State::settled || state == Generator::State::untold;
  return done && generator.objects_good() ? 0 : 1;
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
