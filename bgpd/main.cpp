/// bgpd: the program. Flags (birdd's letters), the process, and the daemon inside it.
#include <fcntl.h>
#include <getopt.h>
#include <grp.h>
#include <pwd.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

#include <cap-ng.h>
#include <fmt/format.h>

#include "bgpd/config/print.hpp"
#include "bgpd/daemon.hpp"
#include "bgpd/equivalence.hpp"
#include "bgpd/selftest.hpp"

namespace {

using namespace avocet;

constexpr auto usage = R"(usage: bgpd [OPTIONS]

A BGP daemon that reads BIRD's configuration language (2.x and 1.6).

  -c FILE   configuration file (default {config})
  -s FILE   control socket (default {socket})
  -P FILE   write the process id to FILE
  -f        stay in the foreground
  -d        stay in the foreground, log everything to stderr
  -D FILE   log everything to FILE
  -l        look for configuration and control socket in the current directory
  -p        only read the configuration; exit status 1 and messages on stderr if it is wrong
  --print   write the configuration to standard output in one layout, includes in place
  --canonical
            with --print: what it means, templates expanded, defaults dropped, in a fixed order
  --selftest FILE
            carry out the tests in FILE: functions named by bt_test_suite, with their bt_assert
  --equivalent A B
            compare two configuration files: exit status 0 if they do the same, 1 if they differ (what,
            where, and a route that shows it), 2 if one has errors; --family compares one family only
  -R        graceful-restart recovery after a restart
  -u USER   run as this user (keeps the capabilities it needs)
  -g GROUP  run as this group, which also may use the control socket
  --family ipv4|ipv6
            address family of a 1.6 configuration (default: ipv6 if the program's name ends in 6)
  -h        this text
  --version
)";

struct Flags {
  std::string compare_a, compare_b;  ///< of --equivalent
  std::string config_file, socket_path, pid_file, debug_file, user, group;
  bool config_given = false, socket_given = false;
  bool foreground = false, debug = false, local = false, parse_only = false, selftest = false, print = false, canonical = false, recover = false;
  bool compare = false, family_given = false;
  proto::Family family = proto::Family::ipv4;
};

enum : int { flag_family = 256, flag_selftest, flag_equivalent, flag_print, flag_canonical, flag_version };

/// Default places: BIRD's when called by its name, else ours.
void set_defaults(Flags& flags, std::string_view program) {
  auto name = program.substr(program.rfind('/') + 1);
  bool six = !name.empty() && name.back() == '6';
  bool as_bird = name == "bird" || name == "bird6";
  if (six) flags.family = proto::Family::ipv6;
  flags.config_file = as_bird ? fmt::format("/etc/bird/{}.conf", name) : "/etc/avocet/bgpd.conf";
  flags.socket_path = as_bird ? fmt::format("/run/bird/{}.ctl", name) : "/run/avocet/bgpd.ctl";
}

/// An exit status when the program is done (help, version, wrong use).
std::optional<int> parse_flags(int argc, char** argv, Flags& flags) {
  set_defaults(flags, argv[0]);
  static const option long_options[] = {{"family", required_argument, nullptr, flag_family},
                                        {"selftest", required_argument, nullptr, flag_selftest},
                                        {"equivalent", no_argument, nullptr, flag_equivalent},
                                        {"print", no_argument, nullptr, flag_print},
                                        {"canonical", no_argument, nullptr, flag_canonical},
                                        {"version", no_argument, nullptr, flag_version},
                                        {"help", no_argument, nullptr, 'h'},
                                        {nullptr, 0, nullptr, 0}};
  for (int letter; (letter = getopt_long(argc, argv, "c:s:P:fdD:lpRu:g:h", long_options, nullptr)) != -1;) {
    switch (letter) {
      case 'c': flags.config_file = optarg, flags.config_given = true; break;
      case 's': flags.socket_path = optarg, flags.socket_given = true; break;
      case 'P': flags.pid_file = optarg; break;
      case 'f': flags.foreground = true; break;
      case 'd': flags.foreground = flags.debug = true; break;
      case 'D': flags.debug_file = optarg; break;
      case 'l': flags.local = true; break;
      case 'p': flags.parse_only = true; break;
      case 'R': flags.recover = true; break;
      case 'u': flags.user = optarg; break;
      case 'g': flags.group = optarg; break;
      case flag_family:
        if (std::string_view(optarg) != "ipv4" && std::string_view(optarg) != "ipv6") {
          fmt::print(stderr, "bgpd: --family is ipv4 or ipv6, not '{}'\n", optarg);
          return 1;
        }
        flags.family_given = true;
        flags.family = std::string_view(optarg) == "ipv6" ? proto::Family::ipv6 : proto::Family::ipv4;
        break;
      case flag_selftest: flags.config_file = optarg, flags.config_given = flags.selftest = true; break;
      case flag_equivalent: flags.compare = true; break;
      case flag_print: flags.print = true; break;
      case flag_canonical: flags.canonical = true; break;
      case flag_version: fmt::print("Avocet bgpd {} (BIRD version 2.0.12 compatible)\n", AVOCET_VERSION); return 0;
      case 'h': fmt::print(usage, fmt::arg("config", flags.config_file), fmt::arg("socket", flags.socket_path)); return 0;
      default: fmt::print(stderr, "bgpd: try 'bgpd -h'\n"); return 1;
    }
  }
  if (flags.compare) {
    if (optind + 2 != argc) {
      fmt::print(stderr, "bgpd: --equivalent needs two files: bgpd --equivalent A B\n");
      return 2;
    }
    flags.compare_a = argv[optind];
    flags.compare_b = argv[optind + 1];
    return std::nullopt;
  }
  if (optind < argc) {
    fmt::print(stderr, "bgpd: unexpected argument '{}'; try 'bgpd -h'\n", argv[optind]);
    return 1;
  }
  if (flags.canonical && !flags.print) {
    fmt::print(stderr, "bgpd: --canonical says how to --print\n");
    return 1;
  }
  auto in_current_directory = [](std::string path) { return path.substr(path.rfind('/') + 1); };
  if (flags.local && !flags.config_given) flags.config_file = in_current_directory(flags.config_file);
  if (flags.local && !flags.socket_given) flags.socket_path = in_current_directory(flags.socket_path);
  return std::nullopt;
}

/// Changes user and group, and gives up every capability that routing does not need. "" or the reason.
std::string drop_privileges(const Flags& flags) {
  if (flags.user.empty() && flags.group.empty()) return {};
  int user = -1, group = -1;
  if (!flags.user.empty()) {
    auto entry = getpwnam(flags.user.c_str());
    if (!entry) return fmt::format("-u: there is no user '{}'", flags.user);
    user = static_cast<int>(entry->pw_uid);
    group = static_cast<int>(entry->pw_gid);
  }
  if (!flags.group.empty()) {
    auto entry = getgrnam(flags.group.c_str());
    if (!entry) return fmt::format("-g: there is no group '{}'", flags.group);
    group = static_cast<int>(entry->gr_gid);
  }
  capng_clear(CAPNG_SELECT_BOTH);
  capng_updatev(CAPNG_ADD, static_cast<capng_type_t>(CAPNG_EFFECTIVE | CAPNG_PERMITTED), CAP_NET_ADMIN, CAP_NET_RAW,
                CAP_NET_BIND_SERVICE, -1);
  if (capng_change_id(user, group, CAPNG_DROP_SUPP_GRP) != 0)
    return "cannot change user or group: is the program started as root?";
  return {};
}

/// Leaves the terminal; called when all that can go wrong at start has gone right. The parent waits for a byte.
class Background {
 public:
  /// Returns in the child. The parent exits with 0 once `ready` was called, else with 1.
  bool fork_child() {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0) return false;
    auto pid = fork();
    if (pid < 0) return false;
    if (pid > 0) {
      close(ends[1]);
      char byte;
      _exit(read(ends[0], &byte, 1) == 1 ? 0 : 1);
    }
    close(ends[0]);
    ready_ = ends[1];
    setsid();
    return true;
  }
  void ready() {
    if (ready_ < 0) return;
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    for (int fd : {0, 1, 2}) dup2(null, fd);
    close(null);
    (void)!write(ready_, "", 1);
    close(ready_);
  }

 private:
  int ready_ = -1;
};

std::string write_pid(const std::string& path) {
  if (path.empty()) return {};
  auto file = std::fopen(path.c_str(), "we");
  if (!file) return fmt::format("-P: cannot write '{}': {}", path, std::strerror(errno));
  fmt::print(file, "{}\n", getpid());
  std::fclose(file);
  return {};
}

/// Thousands of sessions need as many descriptors; the hard limit is the operator's word.
void raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
    limit.rlim_cur = limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
  }
}

}  // namespace

int main(int argc, char** argv) {
  Flags flags;
  if (auto status = parse_flags(argc, argv, flags)) return *status;
  auto fail = [](const std::string& reason) {
    fmt::print(stderr, "bgpd: {}\n", reason);
    return 1;
  };

  if (flags.compare)
    return compare_files(flags.compare_a, flags.compare_b, flags.family_given ? std::optional(flags.family) : std::nullopt, flags.family);

  config::LoadOptions load;
  load.family = flags.family;
  load.only_tests = flags.selftest;
  auto loaded = config::load_file(flags.config_file, load);
  // Warnings are for a person who reads them now; tools that start us take what stands on stderr for the log.
  bool tell_warnings = !loaded.config || flags.parse_only || flags.print || flags.selftest || isatty(STDERR_FILENO);
  std::size_t warnings = 0;
  for (auto& diagnostic : loaded.diagnostics.list()) {
    warnings += diagnostic.severity == config::Severity::warning;
    if (tell_warnings) fmt::print(stderr, "{}\n", render(diagnostic, *loaded.sources));
  }
  if (!loaded.config) return 1;
  if (flags.parse_only) std::quick_exit(0);  // taking a large model apart first would be a seventh of the time
  if (flags.print) {
    fmt::print("{}", flags.canonical ? config::print_canonical(*loaded.config) : config::print_source(flags.config_file));
    return 0;
  }
  if (flags.selftest) return selftest(*loaded.config);

  std::signal(SIGPIPE, SIG_IGN);
  raise_descriptor_limit();
  Background background;
  if (!flags.foreground && !background.fork_child()) return fail("cannot fork");

  observe::Log log;
  if (flags.debug || !flags.debug_file.empty()) log.set_debug_target(flags.debug_file);
  DaemonOptions options{.config_file = flags.config_file,
                        .socket_path = flags.socket_path,
                        .socket_group = flags.group,
                        .load = load,
                        .recover = flags.recover,
                        .foreground = flags.foreground,
                        .warnings = warnings};
  if (auto reason = drop_privileges(flags); !reason.empty()) return fail(reason);
  Daemon daemon(options, loaded.config, log);
  if (auto reason = daemon.start(); !reason.empty()) return fail(reason);
  if (auto reason = write_pid(flags.pid_file); !reason.empty()) return fail(reason);
  background.ready();
  daemon.run();
  if (!flags.pid_file.empty()) unlink(flags.pid_file.c_str());
  return 0;
}
