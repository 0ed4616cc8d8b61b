#include "bgpd/ctl/protocol_facts.hpp"

#include "bgpd/rib/static_routes.hpp"

#include <algorithm>

namespace avocet::ctl {
namespace {

using rib::ProtocolKind;
using rib::ProtocolState;

const char* kind_name(ProtocolKind kind) {
  switch (kind) {
    case ProtocolKind::device: return "Device";
    case ProtocolKind::direct: return "Direct";
    case ProtocolKind::kernel: return "Kernel";
    case ProtocolKind::static_: return "Static";
    case ProtocolKind::bgp: return "BGP";
    case ProtocolKind::pipe: return "Pipe";
    case ProtocolKind::mrt: return "MRT";
    case ProtocolKind::rpki: return "RPKI";
    case ProtocolKind::bmp: return "BMP";
    case ProtocolKind::bfd: return "BFD";
  }
  return "";
}

bool flushing(const rib::Protocol& protocol) {
  return std::any_of(protocol.channels.begin(), protocol.channels.end(), [](auto& c) { return c->flushing(); });
}

/// BIRD's word. 1.6 says `wait` for a kernel protocol that recovery holds back.
const char* state_name(const rib::Protocol& protocol, Skin skin, bool held) {
  switch (protocol.state) {
    case ProtocolState::down: return flushing(protocol) ? "flush" : "down";
    case ProtocolState::start: return "start";
    case ProtocolState::up: return held && skin == Skin::bird1 ? "wait" : "up";
    case ProtocolState::stop: return "stop";
  }
  return "";
}

const char* channel_state(const rib::Protocol& protocol, const rib::Channel& channel) {
  if (channel.flushing() && protocol.state != ProtocolState::up) return "FLUSHING";
  return protocol.state == ProtocolState::up ? "UP" : "DOWN";
}

Recovery recovery_of(const Call& call, const rib::Protocol& protocol) {
  auto& speaker = call.context.speaker;
  if (!speaker.recovering()) return Recovery::over;
  auto names = speaker.recovery_waits_for();
  if (std::find(names.begin(), names.end(), protocol.options.name) != names.end()) return Recovery::pending;
  auto* kernel = protocol.kind == ProtocolKind::kernel ? call.context.kernel.options(protocol.options.name) : nullptr;
  return kernel && kernel->graceful_restart ? Recovery::waiting : Recovery::done;
}

const session::BgpChannelOptions* bgp_channel(const session::BgpOptions& options, proto::Family family) {
  for (auto& channel : options.channels)
    if (channel.channel.family == family) return &channel;
  return nullptr;
}

/// Next hop we announce as ours, and the tables that resolve what we are told.
void add_bgp_channel(const Call& call, const session::BgpOptions& options, ChannelFacts& facts, proto::Family family) {
  if (auto* member = call.context.speaker.member(options.protocol.name, family)) {
    auto& sent = member->options();
    facts.next_hop = sent.next_hop_address.value_or(sent.local_address).text();
    if (!sent.link_local.is_unspecified()) facts.next_hop += " " + sent.link_local.text();
  }
  auto* channel = bgp_channel(options, family);
  if (!channel) return;
  auto gateway = channel->gateway.value_or(options.multihop ? session::Gateway::recursive : session::Gateway::direct);
  if (gateway == session::Gateway::direct) return;
  auto& table = channel->igp_table.empty() ? facts.table : channel->igp_table;
  (family == proto::Family::ipv4 ? facts.igp_table4 : facts.igp_table6) = table;
}

ChannelFacts collect_channel(const rib::Protocol& protocol, const rib::Channel& channel) {
  auto& options = channel.options;
  ChannelFacts facts;
  facts.name = proto::family_name(options.family);
  facts.state = channel_state(protocol, channel);
  facts.table = options.table;
  facts.preference = options.preference;
  facts.import_filter = filter::display_name(*options.import_filter);
  facts.export_filter = filter::display_name(*options.export_filter);
  auto add_limit = [&](const char* label, const std::optional<rib::Limit>& limit) {
    if (limit) facts.limits.push_back({label, *limit});
  };
  add_limit("Receive limit:", options.receive_limit);
  add_limit("Import limit:", options.import_limit);
  add_limit("Export limit:", options.export_limit);
  facts.keeps_filtered = options.import_keep_filtered;
  facts.imported = channel.imported();
  facts.filtered = channel.filtered();
  facts.exported = channel.exported;
  facts.preferred = channel.preferred();
  facts.import_counters = channel.import_counters;
  facts.export_counters = channel.export_counters;
  return facts;
}

/// BIRD 1.6 gives every protocol a table and filters, also one that has no routes.
ChannelFacts channel_of_device(const std::string& table) {
  ChannelFacts facts;
  facts.name = "ipv4";
  facts.state = "UP";
  facts.table = table;
  facts.preference = 240;
  facts.import_filter = filter::display_name(*filter::accept_all());
  facts.export_filter = filter::display_name(*filter::reject_all());
  return facts;
}

/// The channel of a static protocol whose routes are ROAs.
ChannelFacts channel_of_roas(const rib::StaticOptions& options, bool up) {
  ChannelFacts facts;
  facts.name = options.roa_family == proto::Family::ipv4 ? "roa4" : "roa6";
  facts.state = up ? "UP" : "DOWN";
  facts.table = options.roa_table;
  facts.preference = 200;
  facts.import_filter = filter::display_name(*filter::accept_all());
  facts.export_filter = filter::display_name(*filter::reject_all());
  if (up) facts.imported = facts.preferred = static_cast<std::uint32_t>(options.roas.size());
  facts.import_counters.updates_received = facts.import_counters.updates_accepted = facts.imported;
  return facts;
}

/// A channel of what a cache tells. BIRD says START while there is no connection to the cache that filled it.
ChannelFacts channel_of_cache(const rpki::Delivery::Channel& told, const ProtocolFacts& protocol, bool filled) {
  auto& options = told.options.channel;
  ChannelFacts facts;
  facts.name = rpki::told_name(told.options.told);
  facts.state = protocol.up ? "UP" : filled ? "START" : "DOWN";
  facts.table = options.table;
  facts.preference = options.preference;
  facts.import_filter = filter::display_name(*options.import_filter);
  facts.export_filter = filter::display_name(*options.export_filter);
  facts.imported = facts.preferred = told.count;
  facts.import_counters = told.counters;
  return facts;
}

std::string table_column(const rib::Protocol& protocol, Skin skin, const std::string& first_table) {
  if (skin == Skin::bird1) return protocol.channels.empty() ? first_table : protocol.channels[0]->options.table;
  bool one_table = protocol.kind == ProtocolKind::kernel || protocol.kind == ProtocolKind::static_;
  return one_table && !protocol.channels.empty() ? protocol.channels[0]->options.table : "---";
}

std::string padded(std::string text, std::size_t width) {
  if (text.size() < width) text.append(width - text.size(), ' ');
  return text;
}

std::string bmp_info(const observe::BmpStatus& status) {
  return status.last_error.empty() ? status.state : padded(status.state, 14) + "Error: " + status.last_error;
}

std::string bgp_info(const session::SessionSummary& session, bool down) {
  auto state = session.passive_wait ? session::BgpState::passive : session.state;
  return (down ? "" : padded(session::state_name(state), 14)) + session.last_error;
}

}  // namespace

bool ChannelFacts::is_up() const { return std::string_view(state) != "DOWN"; }

ProtocolFacts collect_protocol(const Call& call, const rib::Protocol& protocol, Depth depth) {
  auto skin = call.skin();
  auto config = call.config();
  static const std::string only_table = "master";
  auto& first_table = config->tables.empty() ? only_table : config->tables[0].name;
  auto recovery = recovery_of(call, protocol);

  ProtocolFacts facts;
  facts.name = protocol.options.name;
  facts.kind = kind_name(protocol.kind);
  facts.table = table_column(protocol, skin, first_table);
  facts.state = state_name(protocol, skin, recovery == Recovery::waiting);
  facts.up = protocol.state == ProtocolState::up;
  facts.starting = protocol.state == ProtocolState::start;
  facts.down = protocol.state == ProtocolState::down;
  facts.since_time = protocol.since;
  facts.pipe = protocol.kind == ProtocolKind::pipe && protocol.channels.size() == 2;
  if (facts.pipe)
    facts.info = protocol.channels[0]->options.table + (skin == Skin::bird1 ? " => " : " <=> ") + protocol.channels[1]->options.table;
  facts.since = observe::format_time(time_format(call, TimeUse::protocol), protocol.since, std::chrono::system_clock::now());
  auto* routes = protocol.kind == ProtocolKind::static_ ? call.context.static_routes(facts.name) : nullptr;
  bool has_roas = routes && !routes->options().roa_table.empty();
  if (has_roas) facts.table = routes->options().roa_table;
  if (protocol.kind == ProtocolKind::bmp) facts.bmp = call.context.bmp_status(facts.name);
  if (facts.bmp) facts.info = facts.down ? "Down" : bmp_info(*facts.bmp);
  bool bgp = protocol.kind == ProtocolKind::bgp;
  if (protocol.kind == ProtocolKind::rpki) facts.cache = call.context.caches.status(facts.name);
  if (facts.cache && !facts.down) facts.info = rpki::state_name(facts.cache->state);
  if (depth == Depth::row) {
    auto session = bgp ? call.context.speaker.summary(facts.name) : std::nullopt;
    if (session) facts.info = bgp_info(*session, facts.down);
    return facts;
  }

  facts.description = protocol.options.description;
  facts.message = protocol.message;
  if (protocol.options.router_id) facts.router_id = proto::quad_text(*protocol.options.router_id);

  for (auto& channel : protocol.channels) {
    facts.channels.push_back(collect_channel(protocol, *channel));
    facts.channels.back().recovery = recovery;
  }
  if (has_roas) {
    facts.channels.push_back(channel_of_roas(routes->options(), facts.up));
  } else if (protocol.channels.empty() && protocol.kind != ProtocolKind::rpki && skin == Skin::bird1 && !call.json) {
    facts.channels.push_back(channel_of_device(first_table));
    facts.channels.back().recovery = recovery;
  }
  if (facts.cache)
    for (auto& told : facts.cache->channels) facts.channels.push_back(channel_of_cache(told, facts, facts.cache->updated_seconds_ago.has_value()));
  if (!bgp) return facts;

  auto status = call.context.speaker.status(protocol.options.name);
  auto* options = call.context.speaker.options(protocol.options.name);
  if (!status || !options) return facts;
  facts.bgp = BgpFacts{*status, options->range, status->passive_wait};
  for (std::size_t i = 0; i < protocol.channels.size(); ++i) {
    auto family = protocol.channels[i]->options.family;
    add_bgp_channel(call, *options, facts.channels[i], family);
    // The session is up, but the peer does not speak this family.
    if (facts.up && status->negotiated && !status->negotiated->of(family).active) facts.channels[i].state = "DOWN";
  }
  facts.info = bgp_info(*status, facts.down);
  return facts;
}

}  // namespace avocet::ctl
