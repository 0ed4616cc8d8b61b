/// The vocabulary of the device, direct and kernel protocols (reference 6.1 to 6.3).
#include <fmt/format.h>

#include "bgpd/config/symbols.hpp"
#include "bgpd/config/vocabulary.hpp"

namespace avocet::config {
namespace {

using kernel::DeviceOptions;
using kernel::DirectOptions;
using kernel::InterfacePattern;
using kernel::KernelOptions;
using kernel::Learn;

void read_interfaces(Parser& parser, DirectOptions& direct) { direct.interfaces.push_back(parse_interface_patterns(parser)); }

std::string interfaces_text(const DirectOptions& direct) {
  std::string text;
  for (auto& list : direct.interfaces) text += (text.empty() ? "" : "; ") + interface_patterns_text(list);
  return text.empty() ? "all" : text;
}

std::vector<std::string> interface_lines(const DirectOptions& direct) {
  std::vector<std::string> lines;
  for (auto& list : direct.interfaces) lines.push_back(interface_patterns_text(list));
  return lines;
}

void read_merge_paths(Parser& parser, KernelOptions& kernel) {
  if (parser.peek().is("limit"))
    kernel.merge_paths = true;
  else
    kernel.merge_paths = parse_bool(parser);
  if (parser.accept("limit")) kernel.merge_limit = static_cast<std::uint8_t>(parse_number(parser, "the limit of merged paths", 1, 255));
}

std::string merge_paths_text(const KernelOptions& kernel) {
  return kernel.merge_paths ? fmt::format("on limit {}", kernel.merge_limit) : "off";
}

/// `PATTERNS { preferred ADDRESS; }`
bool check_device_interface(Parser& parser) {
  parse_interface_patterns(parser);
  if (!parser.accept("{")) return false;
  while (!parser.accept("}")) {
    parser.expect("preferred");
    parse_address(parser);
    parser.expect(";");
  }
  return false;
}

/// `["INTERFACE"] PREFIX or ADDRESS` of 1.6.
bool check_primary(Parser& parser) {
  if (parser.peek().kind == TokenKind::string) parser.next();
  parse_prefix(parser);
  return false;
}

Table<DeviceOptions> make_device_options() {
  using enum In;
  using enum Effect;
  using D = DeviceOptions;
  return {
      {"scan time", both, none, into(&D::scan_time_seconds, seconds(0)), "How often interfaces are read again, besides the kernel's messages."},
      {"interface", bird2, none, checked_form<D>("<patterns> { preferred <ip>; }", "\"eth0\" { preferred 192.0.2.1; }", check_device_interface), "write 'router id' and the sessions' local addresses", Support::no_effect},
      {"primary", bird1, none, checked_form<D>("[\"<interface>\"] <prefix>", "192.0.2.0/24", check_primary), "write 'router id' and the sessions' source addresses", Support::no_effect},
  };
}

Table<DirectOptions> make_direct_options() {
  using enum In;
  using enum Effect;
  using D = DirectOptions;
  return {
      {"interface", both, none, spelled<D>(form<D>("[-]\"<glob>\" [<prefix>], ...", "-\"cali*\", \"eth*\" 10.0.0.0/8, \"*\"", read_interfaces, interfaces_text), interface_lines),
       "Interfaces whose networks become routes; the first match decides."},
      {"check link", both, none, into(&D::check_link, boolean()), "Only while the link is up."},
  };
}

Table<KernelOptions> make_kernel_options() {
  using enum In;
  using enum Effect;
  using K = KernelOptions;
  return {
      {"persist", both, none, into(&K::persist, boolean()), "Leave the routes in the kernel at the end."},
      {"scan time", both, none, into(&K::scan_time_seconds, seconds(0)), "How often the kernel's table is compared, besides its messages."},
      {"learn", both, none, into(&K::learn, switch_or<Learn>({{"all", Learn::all}}, Learn::off, Learn::on)), "Take routes that others put into the kernel."},
      {"merge paths", both, none, form<K>("<bool> [limit <1..255>]", "on limit 8", read_merge_paths, merge_paths_text), "Write equal routes as one with several next hops."},
      {"graceful restart", both, none, into(&K::graceful_restart, boolean()), "Keep routes of a previous life until the sessions are back."},
      {"kernel table", both, restart, into(&K::kernel_table, number(1)), "Number of the kernel's table."},
      {"metric", both, restart, into(&K::metric, number()), "Metric of the routes written; 0: krt_metric decides."},
      {"device routes", bird1, none, into(&K::device_routes, boolean()), "Write direct routes too."},
      {"netlink rx buffer", bird2, restart, into(&K::rx_buffer_bytes, number()), "Receive buffer of the netlink socket, in bytes."},
  };
}

}  // namespace

std::vector<InterfacePattern> parse_interface_patterns(Parser& parser) {
  std::vector<InterfacePattern> patterns;
  do {
    InterfacePattern pattern;
    pattern.negated = parser.accept("-");
    auto& first = parser.peek();
    auto symbol = first.kind == TokenKind::word ? parser.symbols.find(first.text) : nullptr;
    if (first.kind == TokenKind::word && !symbol)
      parser.fail(first, fmt::format("expected an interface in double quotes or a prefix, found {}", describe(first)), fmt::format("write \"{}\"", first.text));
    bool named = first.kind == TokenKind::string || (symbol && symbol->kind == Symbol::Kind::constant && symbol->constant.value.is(filter::Type::string));
    if (named) pattern.name_glob = parse_string(parser);
    auto& behind = parser.peek();
    if (!named || !(behind.is(",") || behind.is(";") || behind.is("{"))) pattern.prefix = parse_prefix(parser);
    patterns.push_back(std::move(pattern));
  } while (parser.accept(","));
  return patterns;
}

std::string interface_patterns_text(const std::vector<InterfacePattern>& patterns) {
  std::string text;
  for (auto& pattern : patterns) {
    text += fmt::format("{}{}\"{}\"", text.empty() ? "" : ", ", pattern.negated ? "-" : "", pattern.name_glob);
    if (pattern.prefix) text += ' ' + pattern.prefix->text();
  }
  return text;
}

const Table<DeviceOptions>& device_options() {
  static const auto table = make_device_options();
  return table;
}
const Table<DirectOptions>& direct_options() {
  static const auto table = make_direct_options();
  return table;
}
const Table<KernelOptions>& kernel_options() {
  static const auto table = make_kernel_options();
  return table;
}

}  // namespace avocet::config
