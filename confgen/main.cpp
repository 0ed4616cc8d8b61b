/// confgen: renders configuration files from a datastore, and again whenever it changes.
#include <fcntl.h>
#include <fmt/format.h>
#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <set>
#include <system_error>
#include <utility>

#include "confgen/generator.hpp"
#include "confgen/options.hpp"
#include "confgen/store/yaml_dir.hpp"
#include "confgen/whole_cluster.hpp"

namespace {

using namespace avocet::confgen;
using namespace std::chrono_literals;

using Clock = std::chrono::steady_clock;

constexpr auto shortest_pause = 20ms;  // between renderings while changes keep coming
constexpr auto longest_pause = 500ms;
constexpr auto look_at_files = 1000ms;  // templates and included files are looked at so often
constexpr auto first_retry = 250ms;     // doubles up to the longest; outside causes often pass quickly
constexpr auto longest_retry = 5000ms;
constexpr auto list_limit = 30s;  // for one look: a datastore that has not told all by then is a failure

volatile std::sig_atomic_t stop = 0;
int stop_pipe[2] = {-1, -1};  // a signal must wake what waits, whatever it waits in

void say(const std::string& line) { fmt::print(stderr, "{}\n", line); }

Generator::Units units(const Options& options, std::vector<Resource> resources) {
  std::error_code error;
  if (!options.out.empty() && !std::filesystem::create_directories(options.out, error) && error)
    throw std::runtime_error(fmt::format("{}: error: cannot make the directory: {}", options.out, error.message()));
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
  bool first = true;
  while (!stop && !store.complete()) store.wait(interval);
  while (!stop) {
    auto start = Clock::now();
    auto state = generator.round(why, event);
    auto end = Clock::now();
    // Reading everything for the first time needs more than keeping it does.
    if (std::exchange(first, false)) ::malloc_trim(0);
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

/// What a store of flat keys is asked for: the keys of all resources, or all below --prefix.
std::vector<std::string> key_prefixes(const Options& options, const std::vector<Resource>& resources) {
  std::set<std::string> all;
  for (auto& resource : resources) all.insert(resource.keys.begin(), resource.keys.end());
  if (all.empty()) all.insert(options.prefix.starts_with("/") ? options.prefix : "/" + options.prefix);
  std::vector<std::string> outermost;  // in order, what starts with another one follows it
  for (auto& key : all)
    if (outermost.empty() || !key.starts_with(outermost.back())) outermost.push_back(key);
  return outermost;
}

void wait_for_all(Store& store) {
  auto end = std::chrono::steady_clock::now() + list_limit;
  while (!stop && !store.complete()) {
    auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
    if (left <= 0ms)
      throw std::runtime_error(fmt::format("confgen: error: the datastore was not read within {} s: {}",
                                           list_limit / 1s,
                                           store.trouble().empty() ? "it is too slow" : store.trouble()));
    store.wait(left);
  }
}

/// On a terminal, how far long work has come.
void show_progress(const std::string& line) {
  static const bool terminal = ::isatty(STDERR_FILENO);
  if (terminal) fmt::print(stderr, "\r\033[K{}", line);
}

int look_at_cluster(const Options& options, Store& store) {
  Cluster cluster{store,
                  options.confdir,
                  options.prefix,
                  options.secrets,
                  options.mode,
                  options.defects,
                  [](auto& line) { show_progress(""), fmt::print("{}\n", line); },
                  show_progress,
                  [] { return stop != 0; }};
  bool good = true;
  if (options.command == Options::Command::check)
    good = check_cluster(cluster, options.node_given ? options.node : "");
  else if (options.from.empty())
    good = diff_installed(cluster, options.node);
  else {
    YamlDirectory before(options.from.substr(5));
    good = diff_datastores(cluster, before, options.node_given ? options.node : "");
  }
  if (::isatty(STDERR_FILENO)) fmt::print(stderr, "\n");
  return good ? 0 : 1;
}

int run(Options options) {
  bool renders = options.command == Options::Command::watch || options.command == Options::Command::render;
  std::vector<Resource> resources;
  if (renders) resources = load_resources(options.confdir, options.prefix, options.node);
  bool whole_cluster = options.command == Options::Command::check || options.command == Options::Command::diff;
  http::Loop loop(stop_pipe[0]);
  auto store = open_store(loop, read_store_settings(options.datastore), whole_cluster ? "" : options.node,
                          key_prefixes(options, resources), say);
  if (options.command == Options::Command::render) options.mode.sync_only = options.onetime = true;
  if (!renders || options.onetime) wait_for_all(*store);
  bool good = true;
  LocalFiles local{SecretFiles(options.secrets), WorkloadFiles(workload_directory())};
  store->wake = local.workloads.wake();
  if (options.command == Options::Command::keys) {
    Generator generator(*store, options.node, std::move(local), {}, say, options.defects);
    generator.look(good);
    for (auto& [key, value] : generator.keys()) fmt::print("{} {}\n", key, value);
  }
  if (whole_cluster) return look_at_cluster(options, *store);
  if (!renders) return good ? 0 : 1;
  // Beside what it is about. Whoever only looks, or renders into another place, leaves no trace.
  std::filesystem::path last_good;
  if (options.out.empty() && !options.mode.noop && !resources.empty())
    last_good = std::filesystem::path(resources[0].dest).parent_path() / ".last-good-objects.json";
  Generator generator(*store, options.node, std::move(local), units(options, resources), say, options.defects,
                      LastGood(last_good));
  if (!options.onetime) return watch(generator, *store, options.interval);
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
    if (::pipe2(stop_pipe, O_CLOEXEC | O_NONBLOCK) != 0)
      throw std::system_error(errno, std::generic_category(), "pipe");
    action.sa_handler = [](int) {
      auto error = errno;
      stop = 1;
      [[maybe_unused]] auto written = ::write(stop_pipe[1], "", 1);
      errno = error;
    };
    ::sigaction(SIGTERM, &action, nullptr);
    ::sigaction(SIGINT, &action, nullptr);
    return run(options);
  } catch (const std::exception& error) {
    say(error.what());
    return 1;
  }
}
