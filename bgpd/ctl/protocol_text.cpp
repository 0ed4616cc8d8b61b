/// Printers of ProtocolFacts: birdc's two forms, and JSON.
#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "bgpd/ctl/protocol_facts.hpp"

namespace avocet::ctl {
namespace {

using session::BgpState;

constexpr int block = 1006;

/// Prints rows of a block, indented by `indent` blanks.
struct Rows {
  Reply& reply;
  std::size_t indent;
  void operator()(std::string_view text) const { reply.row(block, std::string(indent, ' ').append(text)); }
  /// "Table:          master4": values stand in column 16 after the indentation (18 in the BGP part).
  void field(std::string_view label, std::string_view value, std::size_t width = 16) const {
    (*this)(fmt::format("{:<{}}{}", label, width, value));
  }
};

const char* action_name(rib::LimitAction action) {
  switch (action) {
    case rib::LimitAction::warn: return "warn";
    case rib::LimitAction::block: return "block";
    case rib::LimitAction::restart: return "restart";
    case rib::LimitAction::disable: return "disable";
  }
  return "";
}

const char* recovery_name(Recovery recovery) {
  switch (recovery) {
    case Recovery::pending: return " pending";
    case Recovery::waiting: return " waiting";
    case Recovery::over:
    case Recovery::done: return "";
  }
  return "";
}

/// Counters of one direction: both rows of updates and withdrawals.
void print_direction(const char* name, const rib::ImportCounters& in, const Rows& row) {
  row(fmt::format("  {} updates:     {:10} {:10} {:10} {:10} {:10}", name, in.updates_received, in.updates_invalid,
                  in.updates_filtered, in.updates_ignored, in.updates_accepted));
  row(fmt::format("  {} withdraws:   {:10} {:10}        --- {:10} {:10}", name, in.withdraws_received, in.withdraws_invalid,
                  in.withdraws_ignored, in.withdraws_accepted));
}

constexpr const char* counters_head = "Route change stats:     received   rejected   filtered    ignored   accepted";

void print_counters(const ChannelFacts& c, const Rows& row) {
  auto kept = c.keeps_filtered ? fmt::format("{} filtered, ", c.filtered) : "";
  row.field("Routes:", fmt::format("{} imported, {}{} exported, {} preferred", c.imported, kept, c.exported, c.preferred));
  auto& out = c.export_counters;
  row(counters_head);
  print_direction("Import", c.import_counters, row);
  row(fmt::format("  Export updates:     {:10} {:10} {:10}        --- {:10}", out.updates_received, out.updates_rejected,
                  out.updates_filtered, out.updates_accepted));
  row(fmt::format("  Export withdraws:   {:10}        ---        ---        --- {:10}", out.withdraws_received,
                  out.withdraws_accepted));
}

/// What both forms say of a channel; 1.6 prints it for the protocol itself, without state and table.
void print_channel(const ChannelFacts& c, const Rows& row, bool counters) {
  row.field("Preference:", std::to_string(c.preference));
  row.field("Input filter:", c.import_filter);
  row.field("Output filter:", c.export_filter);
  if (c.recovery != Recovery::over) row(std::string("GR recovery:   ") + recovery_name(c.recovery));
  for (auto& [label, limit] : c.limits) {
    row.field(label, std::to_string(limit.routes));
    row.field("  Action:", action_name(limit.action));
  }
  if (counters) print_counters(c, row);
}

std::string neighbor_text(const session::SessionStatus& s) {
  bool scoped = s.neighbor_address.is_link_local() && !s.interface.empty();
  return s.neighbor_address.text() + (scoped ? "%" + s.interface : "");
}

/// "208.354/240" in 2.x, whole seconds in 1.6.
std::string timer_text(const session::SessionStatus::Timer& timer, Skin skin) {
  auto left = std::max(timer.left, 0.0);
  if (skin == Skin::bird1) return fmt::format("{}/{}", static_cast<long>(left + 0.5), static_cast<long>(timer.full));
  return fmt::format("{:.3f}/{}", left, static_cast<long>(timer.full));
}

void print_families(const Rows& row, const char* label, const proto::Capabilities& caps,
                    bool (*has)(const proto::FamilyCapabilities&), bool others = false) {
  std::string text = label;
  if (has(caps.ipv4)) text += " ipv4";
  if (has(caps.ipv6)) text += " ipv6";
  if (others)
    for (auto family : caps.other_families) text += fmt::format(" <{}/{}>", family >> 16, family & 0xffff);
  row(text);
}

void print_capabilities(const proto::Capabilities& caps, Reply& reply) {
  using Family = const proto::FamilyCapabilities&;
  Rows row{reply, 6}, detail{reply, 8};
  auto any = [&](auto has) { return has(caps.ipv4) || has(caps.ipv6); };
  if (caps.any_multiprotocol) {
    row("Multiprotocol");
    print_families(detail, "AF announced:", caps, [](Family f) { return f.multiprotocol; }, true);
  }
  if (caps.route_refresh) row("Route refresh");
  if (caps.ipv4.extended_next_hop) {
    row("Extended next hop");
    print_families(detail, "IPv6 nexthop:", caps, [](Family f) { return f.extended_next_hop; });
  }
  if (caps.extended_messages) row("Extended message");
  if (caps.graceful_restart) row("Graceful restart");
  if (any([](Family f) { return f.graceful_restart; })) {
    detail(fmt::format("Restart time: {}", caps.restart_time));
    if (caps.restart_state) detail("Restart recovery");
    print_families(detail, "AF supported:", caps, [](Family f) { return f.graceful_restart; });
    print_families(detail, "AF preserved:", caps, [](Family f) { return f.graceful_restart && f.graceful_forwarding; });
  }
  if (caps.as4) row("4-octet AS numbers");
  if (any([](Family f) { return f.add_path_receive || f.add_path_send; })) {
    row("ADD-PATH");
    print_families(detail, "RX:", caps, [](Family f) { return f.add_path_receive; });
    print_families(detail, "TX:", caps, [](Family f) { return f.add_path_send; });
  }
  if (caps.enhanced_refresh) row("Enhanced refresh");
  if (caps.long_lived) row("Long-lived graceful restart");
  if (any([](Family f) { return f.long_lived; })) {
    detail(fmt::format("LL stale time: {}", std::max(caps.ipv4.long_lived_stale_time, caps.ipv6.long_lived_stale_time)));
    // Routes of a family are kept longer only if there is a time for it.
    print_families(detail, "AF supported:", caps, [](Family f) { return f.long_lived && f.long_lived_stale_time > 0; });
    print_families(detail, "AF preserved:", caps, [](Family f) { return f.long_lived && f.long_lived_forwarding; });
  }
  if (!caps.hostname.empty()) row("Hostname: " + caps.hostname);
}

/// 1.6: one row of words.
std::string capability_words(const proto::Capabilities& caps) {
  auto either = [&](auto has) { return has(caps.ipv4) || has(caps.ipv6); };
  using Family = const proto::FamilyCapabilities&;
  std::string text;
  auto add = [&](bool there, const char* word) {
    if (there) text += std::string(" ") + word;
  };
  add(caps.route_refresh, "refresh");
  add(caps.enhanced_refresh, "enhanced-refresh");
  bool restarts = either([](Family f) { return f.graceful_restart; });
  add(caps.graceful_restart, restarts ? "restart-able" : "restart-aware");
  bool long_lived = either([](Family f) { return f.long_lived; });
  add(caps.long_lived, long_lived ? "llgr-able" : "llgr-aware");
  add(caps.as4.has_value(), "AS4");
  add(either([](Family f) { return f.add_path_receive; }), "add-path-rx");
  add(either([](Family f) { return f.add_path_send; }), "add-path-tx");
  add(caps.extended_messages, "ext-messages");
  return text;
}

std::string session_words(const session::SessionStatus& s, Skin skin) {
  std::string text = s.internal ? "internal" : "external";
  auto add = [&](bool there, const char* word) {
    if (there) text += std::string(" ") + word;
  };
  add(s.multihop, "multihop");
  add(s.rr_client, "route-reflector");
  add(s.rs_client, "route-server");
  add(s.as4, "AS4");
  if (skin == Skin::bird1) {
    add(s.add_path_receive, "add-path-rx");
    add(s.add_path_send, "add-path-tx");
    add(s.extended_messages, "ext-messages");
  }
  return text;
}

const char* state_text(const ProtocolFacts& p) {
  auto& s = p.bgp->status;
  if (p.down) return "Down";
  return session::state_name(p.bgp->passive ? BgpState::passive : s.state);
}

/// The block "BGP state:" of both forms. What the session waits for, or what it has agreed on.
void print_bgp(const ProtocolFacts& p, Skin skin, Reply& reply) {
  constexpr std::size_t width = 18;
  auto& s = p.bgp->status;
  Rows row{reply, 4};
  auto timer = [&](const char* label, const std::optional<session::SessionStatus::Timer>& t) {
    if (t) row.field(label, timer_text(*t, skin), width);
  };
  Rows{reply, 2}.field("BGP state:", state_text(p), width + 2);
  if (p.bgp->range) row.field("Neighbor range:", p.bgp->range->text(), width);
  else row.field("Neighbor address:", neighbor_text(s), width);
  if (skin == Skin::bird2 && s.neighbor_port != 179) row.field("Neighbor port:", std::to_string(s.neighbor_port), width);
  row.field("Neighbor AS:", std::to_string(s.neighbor_as), width);
  if (skin == Skin::bird2) row.field("Local AS:", std::to_string(s.local_as), width);
  if (s.gr_restart) row("Neighbor graceful restart active");
  if (p.starting) {
    timer("Error wait:", s.error_wait);
    timer("Connect delay:", s.connect_delay);
    timer("Restart timer:", s.gr_restart);
  } else if (p.up) {
    row.field("Neighbor ID:", proto::quad_text(s.neighbor_id), width);
    if (skin == Skin::bird2 && s.local_capabilities) {
      row("Local capabilities");
      print_capabilities(*s.local_capabilities, reply);
    }
    if (skin == Skin::bird2 && s.neighbor_capabilities) {
      row("Neighbor capabilities");
      print_capabilities(*s.neighbor_capabilities, reply);
    }
    if (skin == Skin::bird1 && s.neighbor_capabilities)
      row("Neighbor caps:   " + capability_words(*s.neighbor_capabilities));
    row.field("Session:", session_words(s, skin), width);
    row.field("Source address:", s.source_address.text(), width);
    timer("Hold timer:", s.hold);
    timer("Keepalive timer:", s.keepalive);
  }
  if (!s.last_error.empty()) row.field("Last error:", s.last_error, width);
}

/// A pipe has one channel with two tables: its import is the import of the one, its export that of the other.
void print_pipe(const ProtocolFacts& p, Skin skin, Reply& reply) {
  auto &in = p.channels[0], &out = p.channels[1];
  Rows outer{reply, 2}, row{reply, skin == Skin::bird1 ? 2u : 4u};
  bool new_form = skin == Skin::bird2;
  if (new_form) {
    outer("Channel main");
    row.field("Table:", in.table);
    row.field("Peer table:", out.table);
    row.field("Import state:", p.up ? "up" : "down");
    row.field("Export state:", p.up ? "up" : "down");
  } else {
    row.field("Preference:", std::to_string(in.preference));
  }
  row.field(new_form ? "Import filter:" : "Input filter:", in.import_filter);
  row.field(new_form ? "Export filter:" : "Output filter:", out.import_filter);
  if (p.down) return;
  outer.field("Routes:", fmt::format("{} imported, {} exported", in.imported, out.imported));
  outer(counters_head);
  print_direction("Import", in.import_counters, outer);
  print_direction("Export", out.import_counters, outer);
}

/// BIRD's rows of a cache, and why there is no connection.
void print_cache(const CacheFacts& cache, const Rows& row) {
  constexpr std::size_t width = 18;
  row.field("Cache server:", cache.host, width);
  if (cache.port != rpki::tcp_port) row.field("Cache port:", std::to_string(cache.port), width);
  row.field("Status:", rpki::state_name(cache.state), width);
  row.field("Transport:", cache.md5 ? "TCP-MD5" : "Unprotected over TCP", width);
  row.field("Protocol version:", std::to_string(cache.version), width);
  row.field("Session ID:", cache.session ? std::to_string(cache.session->id) : "---", width);
  row.field("Serial number:", cache.session ? std::to_string(cache.session->serial) : "---", width);
  row.field("Last update:", cache.updated_seconds_ago ? fmt::format("before {:.3f} s", *cache.updated_seconds_ago) : "---", width);
  auto timer = [&](const char* label, const CacheFacts::Timer& of) {
    row(fmt::format("{:<16}: {}", label, of.left_seconds ? fmt::format("{:.3f}/{}", *of.left_seconds, of.full_seconds) : "---"));
  };
  timer("Refresh timer", cache.refresh);
  timer("Retry timer", cache.retry);
  timer("Expire timer", cache.expire);
  if (!cache.last_error.empty()) row.field("Last error:", cache.last_error, width);
}

void print_block1(const ProtocolFacts& p, Reply& reply) {
  if (p.pipe) return print_pipe(p, Skin::bird1, reply);
  // 1.6 has one table and one set of filters per protocol.
  if (!p.channels.empty()) print_channel(p.channels[0], Rows{reply, 2}, !p.down);
  if (p.bgp) print_bgp(p, Skin::bird1, reply);
}

void print_bmp(const observe::BmpStatus& s, Reply& reply) {
  constexpr std::size_t width = 20;
  Rows row{reply, 2};
  row.field("Station address:", s.station.text(), width);
  row.field("Station port:", fmt::format("{}", s.port), width);
  if (!s.local.is_unspecified()) row.field("Local address:", s.local.text(), width);
  if (!s.last_error.empty()) row.field("Last error:", s.last_error, width);
  row.field("Pending TX:", fmt::format("{:>8}  B", s.waiting_bytes), width);
  row.field("Session TX:", fmt::format("{:>8}  B", s.session_bytes), width);
  row.field("Total TX:", fmt::format("{:>8}  B", s.total_bytes), width);
}

void print_block2(const ProtocolFacts& p, Reply& reply) {
  if (p.pipe) return print_pipe(p, Skin::bird2, reply);
  if (p.bgp) print_bgp(p, Skin::bird2, reply);
  if (p.cache && !p.down) print_cache(*p.cache, Rows{reply, 2});
  if (p.cache && p.down) return;
  auto missing = [&](rpki::Told told) {
    auto name = rpki::told_name(told);
    bool there = std::any_of(p.channels.begin(), p.channels.end(), [&](auto& c) { return c.name == name; });
    if (p.cache && !there) Rows{reply, 2}(fmt::format("No {} channel", name));
  };
  if (p.bmp && !p.down) print_bmp(*p.bmp, reply);
  for (auto& c : p.channels) {
    Rows{reply, 2}("Channel " + c.name);
    Rows row{reply, 4};
    row.field("State:", c.state);
    row.field("Table:", c.table);
    print_channel(c, row, c.is_up());
    if (!c.next_hop.empty() && c.is_up()) row.field("BGP Next hop:", c.next_hop);
    if (!c.igp_table4.empty()) row.field("IGP IPv4 table:", c.igp_table4);
    if (!c.igp_table6.empty()) row.field("IGP IPv6 table:", c.igp_table6);
  }
  for (auto told : {rpki::Told::roa4, rpki::Told::roa6, rpki::Told::aspa}) missing(told);
}

namespace json = boost::json;

json::object cache_json(const CacheFacts& cache) {
  json::object o{{"host", cache.host}, {"port", cache.port}, {"state", rpki::state_name(cache.state)}, {"md5", cache.md5}, {"version", cache.version}};
  if (cache.session) {
    o["session_id"] = cache.session->id;
    o["serial"] = cache.session->serial;
  }
  if (cache.updated_seconds_ago) o["updated_seconds_ago"] = *cache.updated_seconds_ago;
  auto timer = [&](const std::string& name, const CacheFacts::Timer& of) {
    if (of.left_seconds) o[name + "_left_seconds"] = *of.left_seconds;
    o[name + "_seconds"] = of.full_seconds;
  };
  timer("refresh", cache.refresh);
  timer("retry", cache.retry);
  timer("expire", cache.expire);
  o["last_error"] = cache.last_error;
  return o;
}

json::object counters_json(const ChannelFacts& c) {
  auto& in = c.import_counters;
  auto& out = c.export_counters;
  return {{"import_updates",
           json::object{{"received", in.updates_received}, {"rejected", in.updates_invalid}, {"filtered", in.updates_filtered},
                        {"ignored", in.updates_ignored}, {"accepted", in.updates_accepted}}},
          {"import_withdraws", json::object{{"received", in.withdraws_received}, {"rejected", in.withdraws_invalid},
                                            {"ignored", in.withdraws_ignored}, {"accepted", in.withdraws_accepted}}},
          {"export_updates", json::object{{"received", out.updates_received}, {"rejected", out.updates_rejected},
                                          {"filtered", out.updates_filtered}, {"accepted", out.updates_accepted}}},
          {"export_withdraws", json::object{{"received", out.withdraws_received}, {"accepted", out.withdraws_accepted}}}};
}

json::object channel_json(const ChannelFacts& c) {
  json::object o{{"family", c.name}, {"state", c.state}, {"table", c.table}, {"preference", c.preference},
                 {"import_filter", c.import_filter}, {"export_filter", c.export_filter}, {"imported", c.imported},
                 {"filtered", c.filtered}, {"exported", c.exported}, {"preferred", c.preferred},
                 {"changes", counters_json(c)}};
  for (auto& [label, limit] : c.limits) {
    std::string name(label);
    std::replace(name.begin(), name.end(), ' ', '_');
    std::transform(name.begin(), name.end(), name.begin(), [](unsigned char ch) { return std::tolower(ch); });
    name.pop_back();  // the colon
    o[name] = json::object{{"routes", limit.routes}, {"action", action_name(limit.action)}};
  }
  if (!c.next_hop.empty()) o["next_hop"] = c.next_hop;
  if (c.recovery != Recovery::over) o["recovery_waits"] = c.recovery != Recovery::done;
  return o;
}

json::object bgp_json(const ProtocolFacts& p) {
  auto& s = p.bgp->status;
  json::object o{{"state", state_text(p)},
                 {"neighbor_address", p.bgp->range ? p.bgp->range->text() : neighbor_text(s)},
                 {"neighbor_port", s.neighbor_port},
                 {"neighbor_as", s.neighbor_as},
                 {"local_as", s.local_as},
                 {"internal", s.internal},
                 {"multihop", s.multihop},
                 {"why", s.why},
                 {"last_error", s.last_error},
                 {"established_count", s.sessions},
                 {"messages_received", s.messages_in},
                 {"messages_sent", s.messages_out},
                 {"updates_received", s.updates_in},
                 {"updates_sent", s.updates_out},
                 {"received_bytes", s.bytes_in},
                 {"sent_bytes", s.bytes_out}};
  if (p.up) {
    o["neighbor_id"] = proto::quad_text(s.neighbor_id);
    o["source_address"] = s.source_address.text();
  }
  if (!s.interface.empty()) o["interface"] = s.interface;
  if (s.established_at)
    o["established_unix_seconds"] =
        std::chrono::duration_cast<std::chrono::seconds>(s.established_at->time_since_epoch()).count();
  auto timer = [&](const std::string& name, const std::optional<session::SessionStatus::Timer>& t) {
    if (!t) return;
    o[name + "_left_seconds"] = t->left;
    o[name + "_seconds"] = t->full;
  };
  timer("hold", s.hold);
  timer("keepalive", s.keepalive);
  timer("send_hold", s.send_hold);
  timer("connect_retry", s.connect_retry);
  timer("connect_delay", s.connect_delay);
  timer("error_wait", s.error_wait);
  timer("graceful_restart", s.gr_restart);
  timer("graceful_restart_stale", s.gr_stale);
  if (s.neighbor_capabilities) {
    auto words = capability_words(*s.neighbor_capabilities);
    o["neighbor_capabilities"] = words.empty() ? words : words.substr(1);
  }
  return o;
}

}  // namespace

void print_protocol_row(const ProtocolFacts& p, Skin skin, Reply& reply) {
  if (skin == Skin::bird1)
    reply.row(1002, fmt::format("{:<8} {:<8} {:<8} {:<5}  {:<10}  {}", p.name, p.kind, p.table, p.state, p.since, p.info));
  else
    reply.row(1002, fmt::format("{:<10} {:<10} {:<10} {:<6} {:<12}  {}", p.name, p.kind, p.table, p.state, p.since, p.info));
}

void print_protocol_block(const ProtocolFacts& p, Skin skin, Reply& reply) {
  Rows row{reply, 2};
  if (!p.description.empty()) row.field("Description:", p.description);
  if (!p.message.empty()) row.field("Message:", p.message);
  if (!p.router_id.empty()) row.field("Router ID:", p.router_id);
  if (skin == Skin::bird1) print_block1(p, reply);
  else print_block2(p, reply);
  reply.row(block, "");
}

json::object protocol_json(const ProtocolFacts& p) {
  json::object o{{"name", p.name}, {"protocol", p.kind}, {"state", p.state}, {"info", p.info}};
  o["since_unix_seconds"] = std::chrono::duration_cast<std::chrono::seconds>(p.since_time.time_since_epoch()).count();
  if (!p.description.empty()) o["description"] = p.description;
  if (!p.message.empty()) o["message"] = p.message;
  json::array channels;
  for (auto& c : p.channels) channels.push_back(channel_json(c));
  o["channels"] = std::move(channels);
  if (p.bgp) o["bgp"] = bgp_json(p);
  if (p.cache) o["cache"] = cache_json(*p.cache);
  if (p.bmp)
    o["bmp"] = json::object{{"station_address", p.bmp->station.text()}, {"station_port", p.bmp->port}, {"state", p.bmp->state},
                            {"last_error", p.bmp->last_error}, {"waiting_bytes", p.bmp->waiting_bytes},
                            {"session_bytes", p.bmp->session_bytes}, {"total_bytes", p.bmp->total_bytes}};
  return o;
}

}  // namespace avocet::ctl
