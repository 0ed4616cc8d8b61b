/// The vocabulary of the top level (reference 4).
#include <algorithm>

#include <fmt/format.h>

#include "bgpd/config/vocabulary.hpp"

namespace avocet::config {
namespace {

using observe::LogClass;
using observe::LogTarget;
using observe::TimeFormat;

constexpr std::pair<const char*, LogClass> log_classes[] = {
    {"debug", LogClass::debug}, {"trace", LogClass::trace}, {"info", LogClass::info},   {"remote", LogClass::remote}, {"warning", LogClass::warning},
    {"error", LogClass::error}, {"auth", LogClass::auth},   {"fatal", LogClass::fatal}, {"bug", LogClass::bug}};

std::uint32_t read_log_classes(Parser& parser) {
  if (parser.accept("all")) return observe::log_all;
  parser.expect("{");
  std::uint32_t mask = 0;
  while (!parser.accept("}")) {
    auto& token = parser.next();
    std::uint32_t bit = 0;
    for (auto& [word, log_class] : log_classes)
      if (token.is(word)) bit = observe::log_bit(log_class);
    if (bit == 0)
      parser.fail(token, fmt::format("expected debug, trace, info, remote, warning, error, auth, fatal or bug, found {}", describe(token)));
    mask |= bit;
    if (!parser.peek().is("}")) parser.expect(",");
  }
  return mask;
}

void read_log(Parser& parser, Config& config) {
  LogTarget target;
  auto& first = parser.peek();
  if (first.kind == TokenKind::string) {
    target.kind = LogTarget::Kind::file;
    target.name = parse_string(parser);
    if (parser.peek().kind == TokenKind::number) {
      target.limit_bytes = parse_number(parser, "the size limit of a log", 16384, 0xffffffff);
      target.backup = parse_string(parser);
    }
  } else if (parser.accept("stderr")) {
    target.kind = LogTarget::Kind::stderr_;
  } else if (parser.accept("syslog")) {
    target.kind = LogTarget::Kind::syslog;
    if (parser.accept("name")) target.name = parse_string(parser);
  } else if (parser.accept("udp")) {
    target.kind = LogTarget::Kind::udp;
    target.name = parser.peek().kind == TokenKind::string ? parse_string(parser) : parse_address(parser).text();
    if (parser.accept("port")) target.port = static_cast<std::uint16_t>(parse_number(parser, "the port", 1, 65535));
  } else if (parser.accept("fixed")) {
    // A ring of fixed size in BIRD 3; a file that is begun anew at that size says the same with a little less to read.
    target.kind = LogTarget::Kind::file;
    target.name = parse_string(parser);
    target.limit_bytes = parse_number(parser, "the size limit of a log", 16384, 0xffffffff);
  } else {
    parser.fail(first, fmt::format("expected a file name, stderr, syslog or udp, found {}", describe(first)));
  }
  target.classes = read_log_classes(parser);
  config.log.targets.push_back(std::move(target));
}

/// `route|protocol|base|log` and `iso short|long [ms|us]` or `"FORMAT" [LIMIT "OLD FORMAT"]`.
void read_time_format(Parser& parser, Config& config) {
  auto target = choice<TimeFormat observe::LogOptions::*>({{"route", &observe::LogOptions::route}, {"protocol", &observe::LogOptions::protocol},
                                                           {"base", &observe::LogOptions::base}, {"log", &observe::LogOptions::log}});
  auto& format = config.log.*target.read(parser);
  if (parser.accept("iso")) {
    bool is_short = choice<bool>({{"short", true}, {"long", false}}).read(parser);
    unsigned digits = parser.accept("ms") ? 3 : parser.accept("us") ? 6 : 0;
    format = is_short ? observe::iso_short(digits) : observe::iso_long(digits);
    return;
  }
  format = {parse_string(parser), 0, {}};
  if (parser.peek().is(";")) return;
  format.limit_seconds = parse_int(parser);
  format.old = parse_string(parser);
}

void read_listen(Parser& parser, Config& config) {
  session::ListenOptions listen;
  listen.address = config.family == proto::Family::ipv4 ? proto::Address::v4(0) : proto::Address();
  listen.v6only = config.family == proto::Family::ipv6;
  while (!parser.peek().is(";")) {
    auto& token = parser.peek();
    if (parser.accept("address")) listen.address = parse_address(parser);
    else if (parser.accept("port")) listen.port = static_cast<std::uint16_t>(parse_number(parser, "the port", 1, 65535));
    else if (parser.accept("v6only")) listen.v6only = true;
    else if (parser.accept("dual")) listen.v6only = false;
    else parser.fail(token, fmt::format("expected address, port, v6only or dual, found {}", describe(token)));
  }
  config.listen = {listen};
}

std::vector<std::string> log_lines(const Config& config) {
  std::vector<std::string> lines;
  for (auto& target : config.log.targets) {
    auto line = target.kind == LogTarget::Kind::file ? '"' + target.name + '"' : target.kind == LogTarget::Kind::syslog ? "syslog" : "stderr";
    if (target.kind == LogTarget::Kind::udp) line = fmt::format("udp \"{}\" port {}", target.name, target.port);
    if (target.kind == LogTarget::Kind::syslog && !target.name.empty()) line += fmt::format(" name \"{}\"", target.name);
    if (target.limit_bytes > 0) line += fmt::format(" {} \"{}\"", target.limit_bytes, target.backup);
    std::vector<std::string> words;
    for (auto& [word, log_class] : log_classes)
      if (target.classes & observe::log_bit(log_class)) words.emplace_back(word);
    lines.push_back(target.classes == observe::log_all ? line + " all" : fmt::format("{} {{ {} }}", line, fmt::join(words, ", ")));
  }
  return lines;
}

std::vector<std::string> time_format_lines(const Config& config) {
  std::vector<std::string> lines;
  auto add = [&](const char* what, const TimeFormat& format) {
    lines.push_back(fmt::format("{} \"{}\"", what, format.recent));
    if (format.limit_seconds > 0) lines.back() += fmt::format(" {} \"{}\"", format.limit_seconds, format.old);
  };
  add("route", config.log.route);
  add("protocol", config.log.protocol);
  add("base", config.log.base);
  add("log", config.log.log);
  return lines;
}

std::vector<std::string> listen_lines(const Config& config) {
  std::vector<std::string> lines;
  for (auto& listen : config.listen)
    lines.push_back(fmt::format("address {} port {} {}", listen.address.text(), listen.port, listen.v6only ? "v6only" : "dual"));
  return lines;
}

/// `on`, `off`, or in BIRD 3 a list of what is looked at.
bool check_latency(Parser& parser) {
  if (!parser.accept("{")) return !parser.accept("all") && !parse_bool(parser);
  do name_value("class").read(parser);
  while (parser.accept(","));
  parser.expect("}");
  return false;
}

/// What stands between braces: calls one() for each statement, which ends with `;`.
template <class One> void check_block(Parser& parser, One one) {
  while (!parser.accept("}")) {
    if (parser.at_end()) parser.fail(parser.peek(), "a '}' is missing", "the block is still open at the end of the file");
    if (parser.accept(";")) continue;
    one();
    parser.expect(";");
  }
}

/// `NAME { threads N; max time T; ... }` of BIRD 3.
bool check_thread_group(Parser& parser) {
  name_value("thread group").read(parser);
  parser.expect("{");
  check_block(parser, [&] {
    auto& word = parser.peek();
    if (parser.accept("threads")) return void(number(1).read(parser));
    for (auto time : {"max time", "min time", "max latency", "wakeup time"})
      if (accept_words(parser, time)) return void(fine_time().read(parser));
    if (parser.accept("default")) return void(parse_bool(parser));
    parser.fail(word, fmt::format("expected threads, max time, min time, max latency, wakeup time or default, found {}", describe(word)));
  });
  return false;
}

/// `"PATH" [{ restrict; v2 attributes; }]`; BIRD 2.17 wants no `;` in the braces.
void read_cli(Parser& parser, Config& config) {
  auto& at = parser.peek();
  ctl::SocketOptions options{parse_string(parser), false};
  auto same_path = [&](auto& other) { return other.path == options.path; };
  if (options.path.empty()) parser.fail(at, "a control socket needs a path");
  if (std::any_of(config.control_sockets.begin(), config.control_sockets.end(), same_path))
    parser.fail(at, fmt::format("there is a control socket \"{}\" already", options.path), "give each its own path");
  if (parser.accept("{"))
    while (!parser.accept("}")) {
      auto& word = parser.peek();
      if (parser.accept("restrict")) options.restricted = true;
      else if (!accept_words(parser, "v2 attributes") && !parser.accept(";"))  // BIRD 2's names are what all our sockets give
        parser.fail(word, fmt::format("expected restrict or v2 attributes, found {}", describe(word)));
    }
  config.control_sockets.push_back(std::move(options));
}

std::vector<std::string> cli_lines(const Config& config) {
  std::vector<std::string> lines;
  for (auto& options : config.control_sockets) lines.push_back(fmt::format("\"{}\"{}", options.path, options.restricted ? " { restrict }" : ""));
  return lines;
}

/// `NAME [{ label range NAME { start N; length N; }; }]`
bool check_mpls_domain(Parser& parser) {
  name_value("domain").read(parser);
  if (!parser.accept("{")) return false;
  check_block(parser, [&] {
    auto& word = parser.peek();
    if (!accept_words(parser, "label range")) parser.fail(word, fmt::format("expected label range, found {}", describe(word)));
    if (!parser.peek().is("{")) name_value("range").read(parser);
    parser.expect("{");
    check_block(parser, [&] {
      auto& part = parser.peek();
      if (!parser.accept("start") && !parser.accept("length")) parser.fail(part, fmt::format("expected start or length, found {}", describe(part)));
      parse_number(parser, "the label", 0, 0x100000);
    });
  });
  return false;
}

Table<Config> make_global_options() {
  using enum In;
  using enum Effect;
  using C = Config;
  auto same_place = [](const C&) { return std::string(); };  // compared by the rooms that own the values, printed always
  return {
      {"router id", both, restart, into(&C::router_id, router_id_value()), "Router id; default is the lowest address of the first interface."},
      {"router id from", both, restart, form<C>("[-]\"<glob>\" [<prefix>], ...", "\"eth*\", -\"lo\"",
       [](Parser& parser, C& config) { config.router_id_from = parse_interface_patterns(parser); }, [](const C& config) { return interface_patterns_text(config.router_id_from); }),
       "Interfaces whose addresses may become the router id."},
      {"hostname", bird2, none, into(&C::hostname, text_value()), "Our name; default is the system's."},
      {"graceful restart wait", both, none, into(&C::graceful_restart_wait, seconds()), "Longest recovery after a start with -R."},
      {"log", both, none, spelled<C>(form<C>("\"<file>\" [<bytes> \"<backup>\"]|stderr|syslog [name \"<name>\"]|udp <host> [port <n>] all|{ <class>, ... }", "stderr { warning, error }", read_log, same_place), log_lines), "Where messages go."},
      {"timeformat", both, none, spelled<C>(form<C>("route|protocol|base|log iso short|long [ms|us]|\"<format>\" [<seconds> \"<format>\"]", "route iso long ms", read_time_format, same_place), time_format_lines), "How times are written."},
      {"debug protocols", both, none, into(&C::debug_protocols, debug_mask()), "Default of 'debug' of the protocols that follow."},
      {"debug commands", both, none, into(&C::debug_commands, number()), "1: log the clients of the control socket as they come and go; 2: their commands too."},
      {"debug channels", bird2, none, checked<C>(debug_mask()), "debug the protocol instead", Support::no_effect},
      {"debug tables", bird2, none, checked<C>(debug_mask()), "debug a protocol instead", Support::no_effect},
      {"debug latency", both, none, checked_form<C>("<bool>|all|{ <class>, ... }", "off", check_latency), "the loop works in slices", Support::no_effect},
      {"debug latency limit", both, none, checked<C>(fine_time()), "the loop works in slices", Support::no_effect},
      {"latency limit", both, none, checked<C>(fine_time()), "the loop works in slices", Support::no_effect},
      {"watchdog warning", both, none, checked<C>(fine_time()), "the loop works in slices", Support::no_effect},
      {"watchdog timeout", both, none, checked<C>(fine_time()), "the loop works in slices", Support::no_effect},
      {"listen bgp", bird1, none, spelled<C>(form<C>("[address <ip>] [port <n>] [v6only|dual]", "address 192.0.2.1 port 1790", read_listen, same_place), listen_lines), "Where BGP waits for connections."},
      {"threads", bird2, none, checked<C>(number(1)), "there is one thread", Support::no_effect},
      {"thread group", bird2, none, checked_form<C>("<name> { threads <n>; max time <time>; ... }", "g { threads 2; default; }", check_thread_group), "there is one thread", Support::no_effect},
      {"mrtdump", both, none, into(&C::mrtdump_file, text_value()), "File that sessions are recorded in (MRT, RFC 6396). It is appended to, and opened again with each reconfiguration."},
      {"mrtdump protocols", both, none, into(&C::mrtdump_protocols, mrtdump_mask()), "Default of 'mrtdump' of the protocols that follow."},
      {"cli", bird2, none, spelled<C>(form<C>("\"<path>\" [{ restrict; v2 attributes; }]", "\"path\" { restrict; }", read_cli, same_place), cli_lines),
       "One more control socket; with 'restrict' its clients may only look."},
      {"mpls domain", bird2, none, checked_form<C>("<name> [{ label range <name> { start <n>; length <n>; }; }]", "d { label range { start 1000; length 100; }; }", check_mpls_domain), "MPLS", Support::missing},
  };
}

}  // namespace

const Table<Config>& global_options() {
  static const auto table = make_global_options();
  return table;
}

}  // namespace avocet::config
