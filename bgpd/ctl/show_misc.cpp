/// The short `show` commands: status, interfaces, symbols, memory, static, and what there is none of.
#include <fmt/format.h>
#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "bgpd/config/loose_words.hpp"
#include "bgpd/ctl/commands.hpp"
#include "bgpd/ctl/interface_text.hpp"
#include "bgpd/rib/static_routes.hpp"

namespace avocet::ctl {
namespace {

namespace json = boost::json;
using Clock = std::chrono::system_clock;

/// Lists are short here, so one document is one row.
AnswerPtr answer_json(Call& call, const json::value& document) {
  call.reply.row(json_code, json::serialize(document));
  call.reply.end(0);
  return nullptr;
}

std::int64_t unix_seconds(Clock::time_point time) {
  return std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
}

// ---- status

struct StatusFacts {
  std::string version, router_id, hostname;
  Clock::time_point now, started, reconfigured;
  bool recovering = false;
  std::vector<std::string> recovery_waits_for;
  std::uint32_t recovery_left_seconds = 0, recovery_seconds = 0;
  bool shutting_down = false;
};

std::string system_hostname() {
  std::array<char, 256> name{};
  return gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "";
}

StatusFacts collect_status(const Call& call) {
  auto& context = call.context;
  auto config = call.config();
  StatusFacts facts;
  facts.version = version_text(call.skin());
  facts.router_id = proto::quad_text(context.router_id());
  facts.hostname = config->hostname.empty() ? system_hostname() : config->hostname;
  facts.now = Clock::now();
  facts.started = context.started;
  facts.reconfigured = context.reconfigured_at ? context.reconfigured_at() : context.last_reconfiguration;
  facts.recovering = context.speaker.recovering();
  if (facts.recovering) {
    facts.recovery_waits_for = context.speaker.recovery_waits_for();
    facts.recovery_left_seconds = context.speaker.recovery_seconds_left();
    facts.recovery_seconds = config->graceful_restart_wait;
  }
  facts.shutting_down = context.shutting_down && context.shutting_down();
  return facts;
}

void print_status(const StatusFacts& facts, const observe::TimeFormat& format, Skin skin, Reply& reply) {
  auto time = [&](Clock::time_point t) { return observe::format_time(format, t, facts.now); };
  reply.row(1000, facts.version);
  reply.row(1011, "Router ID is " + facts.router_id);
  if (skin == Skin::bird2) reply.row(1011, "Hostname is " + facts.hostname);
  reply.row(1011, "Current server time is " + time(facts.now));
  reply.row(1011, "Last reboot on " + time(facts.started));
  reply.row(1011, "Last reconfiguration on " + time(facts.reconfigured));
  if (facts.recovering) {
    // Whoever asks for readiness stops at the first 0024, so it must come before 0013.
    reply.row(24, "Graceful restart recovery in progress");
    reply.row(24, fmt::format("  Waiting for {} {} to recover", facts.recovery_waits_for.size(),
                              skin == Skin::bird1 ? "protocols" : "channels"));
    auto left = skin == Skin::bird1 ? std::to_string(facts.recovery_left_seconds)
                                    : fmt::format("{}.000", facts.recovery_left_seconds);
    reply.row(24, fmt::format("  Wait timer is {}/{}", left, facts.recovery_seconds));
  }
  reply.end(13, facts.shutting_down ? "Shutdown in progress" : "Daemon is up and running");
}

json::object status_json(const StatusFacts& facts) {
  json::object o{{"version", AVOCET_VERSION},
                 {"compatible_version", facts.version},
                 {"router_id", facts.router_id},
                 {"hostname", facts.hostname},
                 {"now_unix_seconds", unix_seconds(facts.now)},
                 {"started_unix_seconds", unix_seconds(facts.started)},
                 {"reconfigured_unix_seconds", unix_seconds(facts.reconfigured)},
                 {"shutting_down", facts.shutting_down},
                 {"recovering", facts.recovering}};
  if (facts.recovering) {
    json::array names;
    for (auto& name : facts.recovery_waits_for) names.emplace_back(name);
    o["recovery_waits_for"] = std::move(names);
    o["recovery_left_seconds"] = facts.recovery_left_seconds;
    o["recovery_seconds"] = facts.recovery_seconds;
  }
  return o;
}

// ---- symbols

/// `show symbols KIND`: words of the command and what list_symbols calls them.
constexpr std::array<std::pair<const char*, const char*>, 8> symbol_kinds = {{{"table", "routing table"},
                                                                             {"filter", "filter"},
                                                                             {"function", "function"},
                                                                             {"protocol", "protocol"},
                                                                             {"template", "protocol template"},
                                                                             {"constant", "constant"},
                                                                             {"attribute", "custom attribute"},
                                                                             {"variable", "variable"}}};

/// Constants that BIRD 2 brings along and lists.
constexpr std::array bird2_constants = {
    "ipp_babel", "ipp_bgp", "ipp_bird", "ipp_boot", "ipp_dhcp", "ipp_dnrouted", "ipp_eigrp", "ipp_gated", "ipp_isis",
    "ipp_keepalived", "ipp_kernel", "ipp_mrt", "ipp_ntk", "ipp_openr", "ipp_ospf", "ipp_ra", "ipp_redirect", "ipp_rip",
    "ipp_static", "ipp_unspec", "ipp_xorp", "ipp_zebra", "ipr_cosmos", "ips_global", "ips_host", "ips_link", "ips_nowhere",
    "ips_site", "ipt_default", "ipt_local", "ipt_main", "ipt_unspec"};

/// What BIRD 2.0 lists besides names of the configuration.
void add_bird2_symbols(const config::Config& config, std::vector<config::SymbolRow>& rows) {
  for (auto* name : bird2_constants) rows.push_back({name, "constant"});
  if (!config.sources) return;
  for (auto& word : config::loose_words(*config.sources, *config.symbols)) rows.push_back({word, "undefined"});
}

std::string symbol_text(const std::string& name, const std::string& kind) { return fmt::format("{:<8}\t{}", name, kind); }

// ---- memory

struct MemoryRow {
  enum class Only : std::uint8_t { none, bird1, bird2 };
  const char* label;
  std::size_t used_bytes = 0;
  std::size_t overhead_bytes = 0;
  Only only = Only::none;  ///< the form that has this row
};

std::vector<MemoryRow> collect_memory(const Call& call) {
  using Only = MemoryRow::Only;
  auto& context = call.context;
  std::size_t tables = 0;
  for (auto& table : context.rib.tables()) tables += table->memory_bytes();
  std::size_t config_bytes = 0;
  if (auto sources = call.config()->sources)
    for (std::size_t i = 0; i < sources->count(); ++i) config_bytes += sources->text(static_cast<std::uint16_t>(i)).size();
  auto heap = mallinfo2();
  std::vector<MemoryRow> rows = {{"Routing tables:", tables},
                                 {"Route attributes:", context.rib.attributes().memory_bytes()},
                                 {"ROA tables:", 0, 0, Only::bird1},
                                 {"Protocols:", context.announcer.memory_bytes()},
                                 {"Current config:", config_bytes, 0, Only::bird2},
                                 {"Standby memory:", 0, heap.fordblks, Only::bird2}};
  // The rows are what grows with routes; the total is all the allocator gave out.
  rows.push_back({"Total:", heap.uordblks + heap.hblkhd, heap.fordblks});
  return rows;
}

struct Size {
  double value;
  char unit;
};

/// BIRD's units: below 10,000 bytes as bytes, then kB and so on.
Size scaled(std::size_t bytes) {
  double value = static_cast<double>(bytes);
  for (char unit : {' ', 'k', 'M', 'G'}) {
    if (value < 10000) return {value, unit};
    value /= 1024;
  }
  return {value, 'T'};
}

void print_memory(const std::vector<MemoryRow>& rows, Skin skin, Reply& reply) {
  reply.row(1018, "BIRD memory usage");
  if (skin == Skin::bird2) reply.row(1018, fmt::format("{:<17} {:>9}   {:>9}", "", "Effective", "Overhead"));
  auto other = skin == Skin::bird1 ? MemoryRow::Only::bird2 : MemoryRow::Only::bird1;
  for (auto& row : rows) {
    if (row.only == other) continue;
    auto used = scaled(row.used_bytes), overhead = scaled(row.overhead_bytes);
    reply.row(1018, skin == Skin::bird1
                        ? fmt::format("{:<17} {:4.0f} {}B", row.label, used.value, used.unit)
                        : fmt::format("{:<17} {:6.1f} {}B   {:6.1f} {}B", row.label, used.value, used.unit, overhead.value,
                                      overhead.unit));
  }
}

// ---- static

std::string static_hop(const rib::StaticHop& hop, Skin skin) {
  if (hop.gateway.is_unspecified()) return (skin == Skin::bird1 ? "to " : "dev ") + hop.interface;
  bool scoped = hop.gateway.is_link_local() && !hop.interface.empty();
  return "via " + hop.gateway.text() + (scoped ? "%" + hop.interface : "") + (hop.onlink ? " onlink" : "") + (hop.bfd ? " (bfd)" : "");
}

void print_static1(const rib::StaticRoute& route, const char* dormant, Reply& reply) {
  std::string where = proto::destination_name(route.kind);
  if (route.recursive) where = "recursive " + route.recursive->text();
  else if (route.hops.size() > 1) where = "multipath";
  else if (route.hops.size() == 1) where = static_hop(route.hops[0], Skin::bird1);
  reply.row(1009, route.net.text() + " " + where + dormant);
  if (route.hops.size() > 1)
    for (auto& hop : route.hops)
      reply.row(1009, fmt::format("\t{} weight {}{}", static_hop(hop, Skin::bird1), hop.weight, dormant));
}

void print_static2(const rib::StaticRoute& route, const char* dormant, Reply& reply) {
  if (route.recursive) return reply.row(1009, route.net.text() + "\trecursive " + route.recursive->text());
  if (route.kind != proto::DestinationKind::unicast) return reply.row(1009, route.net.text() + "\t" + proto::destination_name(route.kind));
  reply.row(1009, route.net.text());
  for (auto& hop : route.hops) reply.row(1009, "\t" + static_hop(hop, Skin::bird2) + dormant);
}

json::object static_json(const std::string& protocol, const rib::StaticRoute& route, bool active) {
  json::array hops;
  for (auto& hop : route.hops) hops.emplace_back(static_hop(hop, Skin::bird2));
  json::object o{{"protocol", protocol}, {"net", route.net.text()}, {"active", active}, {"next_hops", std::move(hops)}};
  if (route.kind != proto::DestinationKind::unicast) o["destination"] = proto::destination_name(route.kind);
  if (route.recursive) o["recursive"] = route.recursive->text();
  return o;
}

}  // namespace

AnswerPtr show_status(Call& call) {
  call.words.expect_end();
  auto facts = collect_status(call);
  if (call.json) return answer_json(call, status_json(facts));
  print_status(facts, time_format(call, TimeUse::base), call.skin(), call.reply);
  return nullptr;
}

AnswerPtr show_interfaces(Call& call) {
  bool summary = call.words.accept("summary");
  call.words.expect_end();
  auto& interfaces = call.context.rib.interfaces();
  auto family = call.config()->family;
  json::array document;
  if (summary && !call.json) print_summary_head(call.skin(), call.reply);
  for (auto& interface : interfaces.list()) {
    auto* master = interfaces.find(interface.master);
    if (call.json) document.push_back(interface_json(interface));
    else if (summary) print_summary(interface, call.skin(), family, call.reply);
    else print_interface(interface, call.skin(), family, master ? master->name : "", call.reply);
  }
  if (call.json) return answer_json(call, document);
  call.reply.end(0);
  return nullptr;
}

AnswerPtr show_symbols(Call& call) {
  auto config = call.config();
  auto rows = config::list_symbols(*config->symbols);
  if (call.skin() == Skin::bird2 && !call.json) add_bird2_symbols(*config, rows);
  if (call.skin() == Skin::bird2)  // there they are tables like others
    for (auto& row : rows)
      if (row.kind == "ROA table" || row.kind == "ASPA table") row.kind = "routing table";
  if (auto* word = call.words.peek()) {
    auto known = std::find_if(symbol_kinds.begin(), symbol_kinds.end(), [&](auto& kind) { return word->is(kind.first); });
    std::string name = word->text;
    call.words.take("a symbol");
    call.words.expect_end();
    if (known == symbol_kinds.end()) {
      auto row = std::find_if(rows.begin(), rows.end(), [&](auto& r) { return r.name == name; });
      auto kind = row == rows.end() ? "undefined" : row->kind;
      if (call.json) return answer_json(call, json::array{json::object{{"name", name}, {"kind", kind}}});
      call.reply.end(1010, symbol_text(name, kind));
      return nullptr;
    }
    std::erase_if(rows, [&](auto& row) { return row.kind != known->second; });
  }
  json::array document;
  for (auto& row : rows) {
    if (call.json) document.push_back(json::object{{"name", row.name}, {"kind", row.kind}});
    else call.reply.row(1010, symbol_text(row.name, row.kind));
  }
  if (call.json) return answer_json(call, document);
  call.reply.end(0);
  return nullptr;
}

AnswerPtr show_memory(Call& call) {
  call.words.expect_end();
  auto rows = collect_memory(call);
  if (call.json) {
    auto& context = call.context;
    return answer_json(call, json::object{{"tables_bytes", rows[0].used_bytes},
                                          {"attributes_bytes", rows[1].used_bytes},
                                          {"attribute_sets", context.rib.attributes().count()},
                                          {"announce_bytes", rows[3].used_bytes},
                                          {"announce_groups", context.announcer.group_count()},
                                          {"configuration_bytes", rows[4].used_bytes},
                                          {"heap_used_bytes", rows.back().used_bytes},
                                          {"heap_free_bytes", rows.back().overhead_bytes}});
  }
  print_memory(rows, call.skin(), call.reply);
  call.reply.end(0);
  return nullptr;
}

AnswerPtr show_static(Call& call) {
  std::vector<std::shared_ptr<rib::Protocol>> protocols;
  bool named = !call.words.at_end();
  if (named) protocols.push_back(take_protocol(call));
  else protocols = call.context.rib.protocols();
  call.words.expect_end();
  if (named && protocols[0]->kind != rib::ProtocolKind::static_)
    throw CommandError(call.skin() == Skin::bird1 ? 9002 : 9001, protocols[0]->options.name + " is not a Static protocol");
  // Without a name, those that run.
  if (!named) std::erase_if(protocols, [](auto& protocol) { return protocol->state != rib::ProtocolState::up; });
  json::array document;
  bool any = false;
  for (auto& protocol : protocols) {
    auto* routes = protocol->kind == rib::ProtocolKind::static_ ? call.context.static_routes(protocol->options.name) : nullptr;
    if (!routes) continue;
    if (std::exchange(any, true) && !call.json) call.reply.row(1009, "");
    for (auto& roa : routes->options().roas) {
      auto text = fmt::format("{}-{} AS{}", roa.net.text(), roa.max_length, roa.asn);
      if (call.json) document.push_back(json::object{{"protocol", protocol->options.name}, {"roa", text}});
      else call.reply.row(1009, text);
    }
    for (auto& aspa : routes->options().aspas) {
      if (call.json) document.push_back(json::object{{"protocol", protocol->options.name}, {"aspa", aspa.customer}});
      else call.reply.row(1009, std::to_string(aspa.customer));
    }
    for (auto& route : routes->options().routes) {
      bool active = routes->active(route);
      auto* dormant = active ? "" : " (dormant)";
      if (call.json) document.push_back(static_json(protocol->options.name, route, active));
      else if (call.skin() == Skin::bird1) print_static1(route, dormant, call.reply);
      else print_static2(route, dormant, call.reply);
    }
  }
  if (call.json) return answer_json(call, document);
  if (!any) parse_error("There is no Static protocol running");
  call.reply.end(0);
  return nullptr;
}

AnswerPtr show_version(Call& call) {
  call.words.expect_end();
  auto told = version_text(call.skin());
  if (call.json) return answer_json(call, json::object{{"version", AVOCET_VERSION}, {"compatible_version", told}});
  call.reply.row(1000, "Avocet " AVOCET_VERSION ", answering as " + told);
  call.reply.end(0);
  return nullptr;
}

}  // namespace avocet::ctl
