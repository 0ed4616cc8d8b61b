#include "bgpd/config/bind.hpp"

#include "bgpd/config/warnings.hpp"
#include "bgpd/filter/value.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <unordered_map>

namespace avocet::config {
namespace {

using proto::Family;

std::string default_table(const Config& config, Family family) {
  if (config.dialect == filter::Dialect::bird1) return "master";
  return family == Family::ipv4 ? "master4" : "master6";
}

bool has_channel(const Block& block, Diagnostics& diagnostics, bool any) {
  if (!any && !block.refused_channel) diagnostics.error(block.place, fmt::format("{} has no channel", block.title()), "write 'ipv4;' or 'ipv6;' inside it");
  return any;
}

/// A filter of ROAs looks at the prefix alone.
class Nothing final : public filter::Snapshot {
 public:
  std::string_view interface_name(std::uint32_t) const override { return {}; }
  std::optional<std::uint32_t> interface_index(std::string_view) const override { return std::nullopt; }
  std::optional<std::uint32_t> neighbor_interface(const proto::Address&) const override { return std::nullopt; }
  int roa_check(std::string_view, const proto::Prefix&, std::uint32_t) const override { return 0; }
  int aspa_check(std::string_view, proto::Bytes, bool) const override { return 0; }
};

/// What is written in the file is known now: ROAs and ASPAs that the filter rejects are left out for good.
void filter_attestations(const Block& block, rib::StaticOptions& options) {
  if (!block.roa_filter) return;
  Nothing snapshot;
  filter::Edits edits;
  auto rejects = [&](const filter::Value& net) {
    filter::RouteFacts route;
    route.net = net.net();
    route.special_net = &net;
    route.source = filter::RouteSource::static_;
    route.protocol = options.protocol.name;
    return filter::run(*block.roa_filter, route, {}, snapshot, edits).outcome != filter::Outcome::accept;
  };
  std::erase_if(options.roas, [&](auto& roa) {
    auto beside = filter::roa_bytes(roa.max_length, roa.asn);
    return rejects(filter::Value::net(filter::roa_kind(roa.net.family), roa.net, beside));
  });
  std::erase_if(options.aspas, [&](auto& aspa) { return rejects(filter::Value::numbered_net(filter::NetKind::aspa, aspa.customer)); });
}

void bind_roas(const Block& block, rib::StaticOptions& options, const Config& config, Diagnostics& diagnostics) {
  auto table = std::find_if(config.roa_tables.begin(), config.roa_tables.end(), [&](auto& one) { return one.name == options.roa_table; });
  if (table == config.roa_tables.end() || table->family != options.roa_family)
    return diagnostics.error(block.place_of("table"), fmt::format("there is no roa{} table '{}'", options.roa_family == Family::ipv4 ? 4 : 6, options.roa_table));
  for (auto& roa : options.roas)
    if (roa.net.family != options.roa_family)
      diagnostics.error(block.place_of("route"), fmt::format("ROA {} is not of the channel's family {}", roa.net.text(), proto::family_name(options.roa_family)));
  filter_attestations(block, options);
  if (!options.routes.empty()) diagnostics.error(block.routes.front(), fmt::format("route {} is no ROA", options.routes.front().net.text()), "write 'route PREFIX max N as ASN;'");
}

void bind_aspas(const Block& block, rib::StaticOptions& options, const Config& config, Diagnostics& diagnostics) {
  if (std::find(config.aspa_tables.begin(), config.aspa_tables.end(), options.aspa_table) == config.aspa_tables.end())
    return diagnostics.error(block.place_of("table"), fmt::format("there is no aspa table '{}'", options.aspa_table));
  if (!options.routes.empty() || !options.roas.empty())
    diagnostics.error(block.place_of("route"), fmt::format("{} has routes that are no ASPAs", block.title()), "write 'route aspa ASN providers ASN, ASN;'");
  filter_attestations(block, options);
}

void bind_static(Block& block, rib::StaticOptions& options, const Config& config, Diagnostics& diagnostics) {
  if (!options.aspa_table.empty()) return bind_aspas(block, options, config, diagnostics);
  if (!options.aspas.empty()) diagnostics.error(block.place_of("route"), fmt::format("{} has ASPAs, but no channel for them", block.title()), "write 'aspa { table NAME; };'");
  if (!options.roa_table.empty()) return bind_roas(block, options, config, diagnostics);
  if (!has_channel(block, diagnostics, !options.channels.empty())) return;
  auto& channel = options.channels.front();
  bind_channel(channel, block, config, diagnostics);
  check_table(options.igp_table, channel.family, "igp table", block, config, diagnostics);
  if (!options.roas.empty()) diagnostics.error(block.place_of("route"), fmt::format("{} has ROAs, but no channel for them", block.title()), "write 'roa4 { table NAME; };'");
  for (std::size_t i = 0; i < options.routes.size(); ++i) {
    auto& route = options.routes[i];
    if (route.net.family != channel.family)
      diagnostics.error(block.routes[i], fmt::format("route {} is not of the channel's family {}", route.net.text(), proto::family_name(channel.family)));
  }
}

/// Of a cache's channel nothing but the table, the import filter and the preference has a meaning.
void bind_cache_channel(const Block& block, rpki::RpkiChannel& told, const Config& config, Diagnostics& diagnostics) {
  auto& channel = told.channel;
  auto name = rpki::told_name(told.told);
  if (!channel.import_filter) channel.import_filter = filter::accept_all();
  if (!channel.export_filter) channel.export_filter = filter::reject_all();
  for (auto [words, written] : {std::pair("receive limit", channel.receive_limit.has_value()), std::pair("import limit", channel.import_limit.has_value()),
                                std::pair("export limit", channel.export_limit.has_value()), std::pair("import keep filtered", channel.import_keep_filtered)})
    if (written) diagnostics.error(block.place_of(words), fmt::format("not supported yet: {} of channel {} of {}", words, name, block.title()));
  auto family = told.told == rpki::Told::roa4 ? Family::ipv4 : Family::ipv6;
  channel.family = family;
  auto& roas = config.roa_tables;
  auto& aspas = config.aspa_tables;
  bool is_roa = told.told != rpki::Told::aspa;
  // As in BIRD, a channel that names no table has the first of its kind.
  if (channel.table.empty()) {
    std::vector<std::string> fitting = is_roa ? std::vector<std::string>() : aspas;
    for (auto& table : roas)
      if (is_roa && table.family == family) fitting.push_back(table.name);
    if (fitting.empty())
      return diagnostics.error(block.place, fmt::format("the table of channel {} of {} is missing", name, block.title()), fmt::format("write '{} table NAME;' above it", name));
    channel.table = fitting.front();
  }
  bool known = is_roa ? std::any_of(roas.begin(), roas.end(), [&](auto& table) { return table.name == channel.table && table.family == family; })
                      : std::find(aspas.begin(), aspas.end(), channel.table) != aspas.end();
  if (!known) diagnostics.error(block.place_of("table"), fmt::format("there is no {} table '{}'", name, channel.table), fmt::format("write '{} table {};' above it", name, channel.table));
}

void bind_rpki(Block& block, rpki::RpkiOptions& options, const Config& config, Diagnostics& diagnostics) {
  if (options.host.empty()) diagnostics.error(block.place, fmt::format("{} has no cache", block.title()), "write 'remote ADDRESS;' or 'remote \"NAME\";'");
  if (options.min_version > options.max_version)
    diagnostics.error(block.place_of("min version"), fmt::format("min version {} of {} is newer than its max version {}", options.min_version, block.title(), options.max_version));
  if (options.told.empty()) diagnostics.error(block.place, fmt::format("{} has no channel", block.title()), "write 'roa4 { table NAME; };' inside it");
  for (auto& told : options.told) bind_cache_channel(block, told, config, diagnostics);
}

void bind_kernel(Block& block, kernel::KernelOptions& options, const Config& config, Diagnostics& diagnostics) {
  bool opened = config.dialect == filter::Dialect::bird1 || !block.opened.empty();
  if (has_channel(block, diagnostics, opened)) bind_channel(options.channel, block, config, diagnostics);
}

void bind_pipe(Block& block, rib::PipeOptions& options, const Config& config, Diagnostics& diagnostics) {
  auto& channel = options.channel;
  auto table = find_table(config, channel.table);
  if (table) channel.family = table->family;
  // A pipe of BIRD 2 is open both ways unless something else is written; 1.6's exports nothing.
  if (!channel.export_filter && config.dialect == filter::Dialect::bird2) channel.export_filter = filter::accept_all();
  if (!bind_channel(channel, block, config, diagnostics)) return;
  if (options.peer_table.empty())
    diagnostics.error(block.place, fmt::format("{} has no peer table", block.title()), "write 'peer table NAME;'");
  else
    check_table(options.peer_table, channel.family, "peer table", block, config, diagnostics);
  if (options.peer_table == channel.table)
    diagnostics.error(block.place_of("peer table"), fmt::format("{} leads from table '{}' into itself", block.title(), channel.table));
}

void bind_mrt(Block& block, const observe::MrtOptions& options, const Config& config, Diagnostics& diagnostics) {
  auto missing = [&](const char* what, const char* hint) { diagnostics.error(block.place, fmt::format("{}: {}", block.title(), what), hint); };
  if (options.table.empty() && options.table_pattern.empty()) missing("the table is missing", "write 'table NAME;' or 'table \"PATTERN\";'");
  if (options.filename.empty()) missing("the file's name is missing", "write 'filename \"/var/log/routes-%N-%F.mrt\";'");
  if (options.period == 0) missing("the period is missing", "write 'period SECONDS;'");
  check_table_exists(options.table, "table", block, config, diagnostics);
}

void bind_bmp(const Block& block, const observe::BmpOptions& options, Diagnostics& diagnostics) {
  auto missing = [&](const char* what) {
    diagnostics.error(block.place, fmt::format("{}: the station's {} is missing", block.title(), what), "write 'station address ip ADDRESS port NUMBER;'");
  };
  if (options.station.is_unspecified()) missing("address");
  if (options.port == 0) missing("port");
  bool families_differ = !options.local_address.is_unspecified() && options.local_address.family() != options.station.family();
  if (families_differ) diagnostics.error(block.place_of("local address"), fmt::format("{}: the two addresses are of different families", block.title()));
}

void bind_block(Block& block, const Config& config, Diagnostics& diagnostics) {
  if (auto* routes = std::get_if<rib::StaticOptions>(&block.options)) return bind_static(block, *routes, config, diagnostics);
  if (auto* kernel = std::get_if<kernel::KernelOptions>(&block.options)) return bind_kernel(block, *kernel, config, diagnostics);
  if (auto* pipe = std::get_if<rib::PipeOptions>(&block.options)) return bind_pipe(block, *pipe, config, diagnostics);
  if (auto* mrt = std::get_if<observe::MrtOptions>(&block.options)) return bind_mrt(block, *mrt, config, diagnostics);
  if (auto* rpki = std::get_if<rpki::RpkiOptions>(&block.options)) return bind_rpki(block, *rpki, config, diagnostics);
  if (auto* bmp = std::get_if<observe::BmpOptions>(&block.options)) return bind_bmp(block, *bmp, diagnostics);
  if (std::holds_alternative<session::BgpOptions>(block.options)) return bind_bgp(block, config, diagnostics);
  // A direct protocol without channels makes no routes, as in BIRD 2.
  if (auto* direct = std::get_if<kernel::DirectOptions>(&block.options))
    for (auto& channel : direct->channels) bind_channel(channel, block, config, diagnostics);
}

/// One kernel protocol per table of the kernel, and per table of ours.
void check_kernel_twins(const std::vector<Block*>& all, Diagnostics& diagnostics) {
  std::vector<Block*> blocks;
  for (auto* block : all)
    if (std::holds_alternative<kernel::KernelOptions>(block->options)) blocks.push_back(block);
  for (std::size_t i = 0; i < blocks.size(); ++i)
    for (std::size_t j = 0; j < i; ++j) {
      auto *one = std::get_if<kernel::KernelOptions>(&blocks[j]->options), *two = std::get_if<kernel::KernelOptions>(&blocks[i]->options);
      if (one->channel.family != two->channel.family) continue;
      bool same_kernel = one->kernel_table == two->kernel_table, same_table = one->channel.table == two->channel.table;
      if (!same_kernel && !same_table) continue;
      diagnostics.error(blocks[i]->place, same_kernel ? fmt::format("{} writes into kernel table {}, as another protocol does", blocks[i]->title(), two->kernel_table)
                                                      : fmt::format("{} is attached to table '{}', as another kernel protocol is", blocks[i]->title(), two->channel.table));
      diagnostics.note(blocks[j]->place, fmt::format("the other is {}", blocks[j]->title()));
    }
}

/// Calico may name one peer twice (global and per node); BIRD loads that, so it is only said.
void warn_of_session_twins(const std::vector<Block*>& blocks, Diagnostics& diagnostics) {
  std::unordered_multimap<proto::Address, const Block*> sessions;
  sessions.reserve(blocks.size());
  for (auto* block : blocks) {
    auto* bgp = std::get_if<session::BgpOptions>(&block->options);
    if (!bgp || bgp->protocol.disabled || bgp->range || bgp->remote_address.is_unspecified()) continue;
    auto same = [&](auto& known) {
      auto& other = std::get<session::BgpOptions>(known.second->options);
      return other.local_address == bgp->local_address && other.remote_port == bgp->remote_port && other.interface == bgp->interface;
    };
    auto [from, to] = sessions.equal_range(bgp->remote_address);
    if (auto other = std::find_if(from, to, same); other != to)
      diagnostics.warning(block->place_of("neighbor"), fmt::format("{} has the same neighbour as {}: only one of them can come up", block->title(), other->second->title()));
    else
      sessions.emplace(bgp->remote_address, block);
  }
}

/// Two of them cannot receive at the same port. BIRD says so in the log when it opens the second's sockets.
void warn_of_bfd_twins(const std::vector<Block*>& blocks, Diagnostics& diagnostics) {
  std::vector<const Block*> known;
  for (auto* block : blocks) {
    auto* bfd = std::get_if<bfd::BfdOptions>(&block->options);
    if (!bfd || bfd->protocol.disabled || bfd->strict_bind) continue;
    for (auto* other : known) {
      auto& first = std::get<bfd::BfdOptions>(other->options);
      bool family = (first.accept_ipv4 && bfd->accept_ipv4) || (first.accept_ipv6 && bfd->accept_ipv6);
      bool kind = (first.accept_direct && bfd->accept_direct) || (first.accept_multihop && bfd->accept_multihop);
      if (family && kind)
        diagnostics.warning(block->place, fmt::format("{} wants the packets that {} takes", block->title(), other->title()), "divide them: 'accept ipv4;', 'accept direct;'");
    }
    known.push_back(block);
  }
}

/// Where BGP listens: 1.6 says it once, BIRD 2 by each protocol's local port and `strict bind`.
void bind_listen(Config& config) {
  bool any = false;
  for (auto& protocol : config.protocols) {
    auto* bgp = std::get_if<session::BgpOptions>(&protocol);
    if (!bgp) continue;
    any = true;
    if (config.dialect == filter::Dialect::bird1) continue;
    auto family = bgp->range ? bgp->range->family : bgp->remote_address.family();
    session::ListenOptions listen;
    listen.address = bgp->strict_bind ? bgp->local_address : family == Family::ipv4 ? proto::Address::v4(0) : proto::Address();
    listen.port = bgp->local_port;
    listen.v6only = family == Family::ipv6;
    listen.free = bgp->strict_bind && bgp->free_bind;
    if (std::find(config.listen.begin(), config.listen.end(), listen) == config.listen.end()) config.listen.push_back(listen);
  }
  if (!any || !config.listen.empty()) return;
  bool v4 = config.family == Family::ipv4;
  config.listen.push_back({v4 ? proto::Address::v4(0) : proto::Address(), 179, !v4});
}

/// Without a device protocol no interface would be known; BIRD stays silent about that, we add one, before all others.
void imply_device(Config& config, const std::vector<Block*>& protocols) {
  auto any = [&](auto test) { return std::any_of(protocols.begin(), protocols.end(), [&](auto* block) { return test(block->options); }); };
  if (any([](auto& options) { return std::holds_alternative<kernel::DeviceOptions>(options); })) return;
  kernel::DeviceOptions device;
  device.protocol.name = "device1";
  for (unsigned number = 1; any([&](auto& other) { return common(other).name == device.protocol.name; });)
    device.protocol.name = fmt::format("device{}", ++number);
  config.protocols.push_back(std::move(device));
}

}  // namespace

const rib::TableOptions* find_table(const Config& config, const std::string& name) {
  auto at = std::find_if(config.tables.begin(), config.tables.end(), [&](auto& table) { return table.name == name; });
  return at == config.tables.end() ? nullptr : &*at;
}

const rib::TableOptions* check_table_exists(const std::string& name, std::string_view words, const Block& block, const Config& config, Diagnostics& diagnostics) {
  if (name.empty()) return nullptr;
  if (auto* table = find_table(config, name)) return table;
  std::vector<std::string> names;
  for (auto& table : config.tables) names.push_back(table.name);
  diagnostics.error(block.place_of(words), fmt::format("there is no table '{}'", name), did_you_mean(name, names));
  return nullptr;
}

void check_table(const std::string& name, Family family, std::string_view words, const Block& block, const Config& config, Diagnostics& diagnostics) {
  auto* table = check_table_exists(name, words, block, config, diagnostics);
  if (table && table->family != family)
    diagnostics.error(block.place_of(words), fmt::format("table '{}' holds {} routes, {} needs {}", name, proto::family_name(table->family), block.title(), proto::family_name(family)));
}

bool bind_channel(rib::ChannelOptions& channel, const Block& block, const Config& config, Diagnostics& diagnostics) {
  if (config.dialect == filter::Dialect::bird1) channel.family = config.family;
  if (channel.table.empty()) channel.table = default_table(config, channel.family);
  if (!channel.import_filter) channel.import_filter = filter::accept_all();
  if (!channel.export_filter) channel.export_filter = filter::reject_all();
  check_table(channel.table, channel.family, "table", block, config, diagnostics);
  if (channel.export_in && channel.export_in->family != channel.family)
    diagnostics.error(block.place_of("export in"), fmt::format("{} is not a prefix of the channel's family {}", channel.export_in->text(), proto::family_name(channel.family)));
  return find_table(config, channel.table) != nullptr;
}

Config bind(Draft draft, Diagnostics& diagnostics) {
  auto& config = draft.config;
  std::vector<Block*> protocols;
  for (auto& block : draft.blocks)
    if (!block.is_template) protocols.push_back(&block);
  for (auto* block : protocols) warn_of_silent_export(*block, config, diagnostics);
  for (auto* block : protocols) bind_block(*block, config, diagnostics);
  check_kernel_twins(protocols, diagnostics);
  warn_of_session_twins(protocols, diagnostics);
  warn_of_other_family(protocols, diagnostics);
  warn_of_missing_bfd(protocols, diagnostics);
  warn_of_bfd_twins(protocols, diagnostics);
  warn_of_unused(config, diagnostics);
  config.protocols.reserve(protocols.size() + 1);
  imply_device(config, protocols);
  for (auto* block : protocols) config.protocols.push_back(std::move(block->options));
  bind_listen(config);
  return std::move(config);
}

}  // namespace avocet::config
