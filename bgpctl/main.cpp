/// bgpctl: asks a running bgpd (or BIRD) and tells it what to do.
#include <fmt/format.h>
#include <getopt.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

#include "bgpctl/interactive.hpp"

namespace {

using namespace avocet::bgpctl;

constexpr const char* usage = R"(usage: bgpctl [-s SOCKET] [-r] [-v] [--json | --bird] [COMMAND...]
Without COMMAND: a prompt (or commands from standard input). 'bgpctl help' lists the commands.
  -s SOCKET    control socket of the daemon; default: the first that exists of
               /run/avocet/bgpd.ctl, /run/bird/bird.ctl, /run/calico/bird.ctl
  -r           restricted: ask only, change nothing
  -v           show the codes of reply lines
  --json       print the daemon's JSON
  --bird       print exactly what birdc prints (also if called birdc or birdcl)
  -h, --help   this text
  --version    version of this program
Exit status: 0 done, 1 the daemon refused, 2 no connection or wrong use.
)";

struct Options {
  std::vector<std::string> sockets = {"/run/avocet/bgpd.ctl", "/run/bird/bird.ctl", "/run/calico/bird.ctl"};
  bool restricted = false;
  Style style;
  std::string command;
};

std::string program_name(const char* path) {
  std::string name = path ? path : "bgpctl";
  return name.substr(name.rfind('/') + 1);
}

bool is_birdc(const std::string& name) { return name == "birdc" || name == "birdcl"; }

Terminal screen() {
  if (!isatty(STDOUT_FILENO)) return {};
  winsize size{};
  bool known = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0;
  auto* no_colour = std::getenv("NO_COLOR");
  auto* kind = std::getenv("TERM");
  bool dumb = !kind || std::string_view(kind) == "dumb";
  return {known ? size.ws_col : 0u, !dumb && !(no_colour && *no_colour)};
}

/// Ends the program for -h, --version and wrong use.
Options read_options(int argc, char** argv) {
  enum { json = 256, bird, version };
  static const std::array<option, 6> names = {{{"help", no_argument, nullptr, 'h'},
                                               {"json", no_argument, nullptr, json},
                                               {"bird", no_argument, nullptr, bird},
                                               {"version", no_argument, nullptr, version},
                                               {nullptr, 0, nullptr, 0}}};
  Options options;
  options.style.terminal = screen();
  bool birdc = is_birdc(program_name(argv[0]));
  if (birdc) options.style.form = Form::bird;
  auto choose = [&](Form form) {
    if (!birdc && options.style.form != Form::tables && options.style.form != form) {
      std::cerr << "bgpctl: --json and --bird exclude each other\n";
      std::exit(static_cast<int>(Exit::unusable));
    }
    options.style.form = form;
  };
  // "+": options end where the command begins, so that the command may hold words like -1. -l is birdc's local mode.
  for (int c; (c = getopt_long(argc, argv, "+s:rvhl", names.data(), nullptr)) != -1;) {
    switch (c) {
      case 's': options.sockets = {optarg}; break;
      case 'l': options.sockets = {"bird.ctl"}; break;
      case 'r': options.restricted = true; break;
      case 'v': options.style.codes = true; break;
      case json: choose(Form::json); break;
      case bird: choose(Form::bird); break;
      case 'h': std::cout << usage; std::exit(0);
      case version: std::cout << "bgpctl " AVOCET_VERSION "\n"; std::exit(0);
      default: std::cerr << "bgpctl: 'bgpctl -h' lists the options\n"; std::exit(static_cast<int>(Exit::unusable));
    }
  }
  for (int i = optind; i < argc; ++i) options.command += (options.command.empty() ? "" : " ") + std::string(argv[i]);
  return options;
}

Exit run(const Options& options) {
  Output print = [](std::string_view text) { std::cout << text; };
  Output complain = [](std::string_view text) {
    std::cout.flush();
    std::cerr << text;
  };
  auto connection = Connection::open(options.sockets);
  Commander commander(connection, options.style, print, complain);
  bool birdc = options.style.form == Form::bird;
  if (birdc) commander.greet();
  if (options.restricted && commander.restrict_access() != Exit::done) return Exit::refused;
  if (options.command.empty()) return interact(commander, birdc ? "bird> " : "bgpctl> ");
  if (asks_for_help(options.command)) return print_help(commander, options.command, print), Exit::done;
  return commander.run(options.command);
}

}  // namespace

int main(int argc, char** argv) {
  std::ios::sync_with_stdio(false);
  auto options = read_options(argc, argv);
  try {
    auto result = run(options);
    std::cout.flush();
    if (!std::cout) {
      std::cerr << "bgpctl: cannot write the answer\n";
      return static_cast<int>(Exit::unusable);
    }
    return static_cast<int>(result);
  } catch (const ConnectionError& error) {
    std::cout.flush();
    std::cerr << "bgpctl: " << error.what() << "\n";
    // birdc exits with 1 here, and scripts made for it look at that.
    return static_cast<int>(options.style.form == Form::bird ? Exit::refused : Exit::unusable);
  }
}
