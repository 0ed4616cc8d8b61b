/// What a reconfiguration does to running protocols, from the same rows that read them (reference 8.9: BIRD restarts a
/// session for almost every option; here only what an OPEN carries does).
#include <algorithm>
#include <fmt/format.h>
#include <map>
#include <set>
#include <string_view>
#include <unordered_map>

#include "bgpd/config/vocabulary.hpp"

namespace avocet::config {
namespace {

constexpr std::size_t told_one_by_one = 10;  ///< protocols with the same change; of more, two names stand for all

/// Collects what differs between two protocols of one name and kind.
class Comparison {
 public:
  template <class Object> void compare(const Table<Object>& table, const Object& before, const Object& after, const std::string& prefix = {}) {
    for (auto& row : table) {
      if (row.support != Support::full || row.slot.alias || row.slot.same(before, after)) continue;
      auto old_text = row.slot.text(before), new_text = row.slot.text(after);
      add(row.effect, old_text == new_text ? fmt::format("{}{} changed", prefix, row.words) : fmt::format("{}{} {} -> {}", prefix, row.words, old_text, new_text));
    }
  }
  void add(Effect effect, std::string what) {
    effect_ = effect_ | effect;
    differences_.push_back(std::move(what));
  }
  bool empty() const { return differences_.empty(); }
  Effect effect() const { return effect_; }
  std::string words() const {
    bool in = includes(effect_, Effect::refilter_in), out = includes(effect_, Effect::refilter_out);
    std::string consequence = includes(effect_, Effect::restart) ? "restart"
                              : in && out                        ? "routes are filtered again both ways"
                              : in                               ? "received routes are filtered again"
                              : out                              ? "routes are announced again as far as they differ"
                              : effect_ == Effect::none          ? "applied at once"
                                                                 : "";
    if (includes(effect_, Effect::resync) && !includes(effect_, Effect::restart))
      consequence = "the cache is asked anew, what it has told so far stays until it has answered";
    // A session has agreed on this in its OPEN, and is not worth less for what the next one shall agree on.
    if (includes(effect_, Effect::next_session) && !includes(effect_, Effect::restart))
      consequence += std::string(consequence.empty() ? "" : "; ") + "holds from the next session on ('restart' makes one now)";
    return fmt::format("{}; {}", listed(), consequence);
  }
  std::string listed() const { return fmt::format("{}", fmt::join(differences_, ", ")); }

 private:
  Effect effect_ = Effect::none;
  std::vector<std::string> differences_;
};

/// Compares channels by family; one that comes or goes changes what the protocol is.
template <class Channel, class Family, class Compare>
void compare_channels(Comparison& comparison, const std::vector<Channel>& before, const std::vector<Channel>& after, Family family, Compare compare) {
  auto find = [&](const std::vector<Channel>& channels, proto::Family wanted) {
    return std::find_if(channels.begin(), channels.end(), [&](auto& channel) { return family(channel) == wanted; });
  };
  for (auto& channel : before)
    if (auto at = find(after, family(channel)); at == after.end())
      comparison.add(Effect::restart, fmt::format("channel {} removed", proto::family_name(family(channel))));
    else
      compare(channel, *at);
  for (auto& channel : after)
    if (find(before, family(channel)) == before.end())
      comparison.add(Effect::restart, fmt::format("channel {} added", proto::family_name(family(channel))));
}

void compare_plain_channels(Comparison& comparison, const std::vector<rib::ChannelOptions>& before, const std::vector<rib::ChannelOptions>& after) {
  compare_channels(comparison, before, after, [](auto& channel) { return channel.family; },
                   [&](auto& a, auto& b) { comparison.compare(channel_options(), a, b); });
}

void compare(Comparison& comparison, const session::BgpOptions& before, const session::BgpOptions& after) {
  comparison.compare(bgp_options(), before, after);
  if (before.router_id != after.router_id && before.protocol.router_id == after.protocol.router_id)
    comparison.add(Effect::restart, fmt::format("router id {} -> {}", proto::quad_text(before.router_id), proto::quad_text(after.router_id)));
  if (before.dialect != after.dialect) comparison.add(Effect::restart, "the configuration's dialect changed");
  compare_channels(comparison, before.channels, after.channels, [](auto& channel) { return channel.channel.family; },
                   [&](auto& a, auto& b) {
                     auto prefix = after.channels.size() > 1 ? std::string(proto::family_name(a.channel.family)) + ' ' : std::string();
                     comparison.compare(channel_options(), a.channel, b.channel, prefix);
                     comparison.compare(bgp_channel_options(), a, b, prefix);
                   });
}
void compare(Comparison& comparison, const kernel::DeviceOptions& before, const kernel::DeviceOptions& after) {
  comparison.compare(device_options(), before, after);
}
void compare(Comparison& comparison, const kernel::DirectOptions& before, const kernel::DirectOptions& after) {
  comparison.compare(direct_options(), before, after);
  compare_plain_channels(comparison, before.channels, after.channels);
}
void compare(Comparison& comparison, const kernel::KernelOptions& before, const kernel::KernelOptions& after) {
  comparison.compare(kernel_options(), before, after);
  compare_plain_channels(comparison, {before.channel}, {after.channel});
  if (before.bird1 != after.bird1) comparison.add(Effect::restart, "the configuration's dialect changed");
}
void compare(Comparison& comparison, const rib::StaticOptions& before, const rib::StaticOptions& after) {
  comparison.compare(static_options(), before, after);
  compare_plain_channels(comparison, before.channels, after.channels);
}
void compare(Comparison& comparison, const rib::PipeOptions& before, const rib::PipeOptions& after) {
  comparison.compare(pipe_options(), before, after);
  compare_plain_channels(comparison, {before.channel}, {after.channel});
}

void compare(Comparison& comparison, const observe::MrtOptions& before, const observe::MrtOptions& after) {
  comparison.compare(mrt_options(), before, after);
}
void compare(Comparison& comparison, const bfd::BfdOptions& before, const bfd::BfdOptions& after) {
  comparison.compare(bfd_options(), before, after);
}
void compare(Comparison& comparison, const rpki::RpkiOptions& before, const rpki::RpkiOptions& after) {
  comparison.compare(rpki_options(), before, after);
  auto of = [](const rpki::RpkiOptions& options, rpki::Told told) {
    auto at = std::find_if(options.told.begin(), options.told.end(), [&](auto& one) { return one.told == told; });
    return at == options.told.end() ? nullptr : &at->channel;
  };
  for (auto told : {rpki::Told::roa4, rpki::Told::roa6, rpki::Told::aspa}) {
    auto *old_channel = of(before, told), *new_channel = of(after, told);
    if (old_channel && new_channel) {
      Comparison differences;
      differences.compare(channel_options(), *old_channel, *new_channel, std::string(rpki::told_name(told)) + ' ');
      if (!differences.empty()) comparison.add(Effect::resync, differences.listed());
    } else if (old_channel || new_channel) {
      comparison.add(Effect::resync, fmt::format("channel {} {}", rpki::told_name(told), new_channel ? "added" : "removed"));
    }
  }
}

void compare(Comparison& comparison, const observe::BmpOptions& before, const observe::BmpOptions& after) {
  comparison.compare(bmp_options(), before, after);
}

Change change(const std::string& name, Change::Action action, std::string words) {
  Change made;
  made.action = action;
  made.protocol = name;
  made.words = std::move(words);
  return made;
}

/// Nothing if the two are the same in every option.
std::optional<Change> compare_protocol(const ProtocolConfig& before, const ProtocolConfig& after) {
  auto& name = common(after).name;
  if (before.index() != after.index())
    return change(name, Change::Action::restart, fmt::format("was a protocol {}, is a protocol {}; restart", kind_name(before), kind_name(after)));
  Comparison comparison;
  comparison.compare(protocol_options(), common(before), common(after));
  std::visit([&](auto& now) { compare(comparison, std::get<std::decay_t<decltype(now)>>(before), now); }, after);
  if (comparison.empty()) return std::nullopt;
  bool restart = includes(comparison.effect(), Effect::restart);
  auto made = change(name, restart ? Change::Action::restart : Change::Action::retune, comparison.words());
  made.retune = {restart, includes(comparison.effect(), Effect::refilter_in), includes(comparison.effect(), Effect::refilter_out)};
  return made;
}

/// What cannot change in a session that goes on.
std::string session_key(const session::BgpOptions& bgp) {
  return fmt::format("{} {} {}%{}", bgp.local_as, bgp.remote_as, bgp.remote_address.text(), bgp.interface);
}

/// A session that goes under one name and comes under another is the same one if nothing in it asks for a restart: the
/// peer sees no difference, so it goes on. BIRD restarts it.
void keep_renamed_sessions(std::vector<Change>& changes, const Config& after, std::map<std::string, const ProtocolConfig*>& removed) {
  std::multimap<std::string, const ProtocolConfig*> sessions;
  for (auto& [name, protocol] : removed)
    if (auto* bgp = std::get_if<session::BgpOptions>(protocol); bgp && !bgp->range) sessions.emplace(session_key(*bgp), protocol);
  if (sessions.empty()) return;
  std::map<std::string, const ProtocolConfig*> wanted;
  for (auto& protocol : after.protocols) wanted.emplace(common(protocol).name, &protocol);
  for (auto& made : changes) {
    auto* bgp = std::get_if<session::BgpOptions>(wanted[made.protocol]);
    if (made.action != Change::Action::add || !bgp || bgp->range) continue;
    auto [from, to] = sessions.equal_range(session_key(*bgp));
    for (auto at = from; at != to; ++at) {
      Comparison comparison;
      comparison.add(Effect::refilter_both, fmt::format("was {}, the session goes on", common(*at->second).name));  // filters see `proto`
      comparison.compare(protocol_options(), common(*at->second), bgp->protocol);
      compare(comparison, std::get<session::BgpOptions>(*at->second), *bgp);
      if (includes(comparison.effect(), Effect::restart)) continue;
      made = change(made.protocol, Change::Action::retune, comparison.words());
      made.retune = {.refilter_in = true, .refilter_out = true};
      made.renamed_from = common(*at->second).name;
      removed.erase(made.renamed_from);
      sessions.erase(at);
      break;
    }
  }
}

bool same_log(const observe::LogOptions& a, const observe::LogOptions& b) {
  return a.targets == b.targets && a.route == b.route && a.protocol == b.protocol && a.base == b.base && a.log == b.log;
}

}  // namespace

Changes diff(const Config& before, const Config& after) {
  Changes changes;
  std::unordered_map<std::string_view, const ProtocolConfig*> old_protocols;
  old_protocols.reserve(before.protocols.size());
  for (auto& protocol : before.protocols) old_protocols.emplace(common(protocol).name, &protocol);
  for (auto& protocol : after.protocols) {
    auto& name = common(protocol).name;
    auto old = old_protocols.find(name);
    if (old == old_protocols.end()) {
      changes.protocols.push_back(change(name, Change::Action::add, "new"));
      continue;
    }
    if (auto made = compare_protocol(*old->second, protocol)) changes.protocols.push_back(std::move(*made));
    old_protocols.erase(old);
  }
  std::map<std::string, const ProtocolConfig*> removed(old_protocols.begin(), old_protocols.end());
  keep_renamed_sessions(changes.protocols, after, removed);
  for (auto& [name, _] : removed) changes.protocols.push_back(change(name, Change::Action::remove, "removed"));
  // In whatever order the sessions stand that ask for them.
  auto places = [](const Config& config) { return std::set(config.listen.begin(), config.listen.end()); };
  changes.listen_changed = places(before) != places(after);
  changes.log_changed = !same_log(before.log, after.log);
  changes.mrtdump_changed = before.mrtdump_file != after.mrtdump_file;
  changes.router_id_changed = before.router_id != after.router_id || before.router_id_from != after.router_id_from;
  changes.control_sockets_changed = before.control_sockets != after.control_sockets;
  // `sorted` needs no action: the routes of a net are always kept in order.
  auto has = [](const std::vector<rib::TableOptions>& tables, const rib::TableOptions& wanted) {
    return std::any_of(tables.begin(), tables.end(), [&](auto& table) { return table.name == wanted.name && table.family == wanted.family; });
  };
  for (auto& table : after.tables)
    if (!has(before.tables, table)) changes.tables_added.push_back(table);
  for (auto& table : before.tables)
    if (!has(after.tables, table)) changes.tables_removed.push_back(table.name);
  for (auto& table : after.roa_tables)
    if (std::find(before.roa_tables.begin(), before.roa_tables.end(), table) == before.roa_tables.end()) changes.roa_tables_set.push_back(table);
  for (auto& table : before.roa_tables)
    if (std::none_of(after.roa_tables.begin(), after.roa_tables.end(), [&](auto& other) { return other.name == table.name && other.family == table.family; }))
      changes.roa_tables_removed.push_back(table.name);
  auto missing = [](const std::vector<std::string>& from, const std::vector<std::string>& in, std::vector<std::string>& names) {
    for (auto& name : from)
      if (std::find(in.begin(), in.end(), name) == in.end()) names.push_back(name);
  };
  missing(after.aspa_tables, before.aspa_tables, changes.aspa_tables_added);
  missing(before.aspa_tables, after.aspa_tables, changes.aspa_tables_removed);
  return changes;
}

std::vector<std::string> words(const Changes& changes, bool soft) {
  std::vector<std::string> lines;
  std::unordered_map<std::string_view, std::vector<const Change*>> alike;
  for (auto& change : changes.protocols) alike[change.words].push_back(&change);
  for (auto& change : changes.protocols) {
    if (change.words.empty()) continue;
    auto& same = alike.at(change.words);
    bool grouped = same.size() > told_one_by_one;
    if (grouped && same.front() != &change) continue;
    auto names = grouped ? fmt::format("{}, {} and {} more", same[0]->protocol, same[1]->protocol, same.size() - 2) : change.protocol;
    lines.push_back(fmt::format("{}: {}", names, change.words));
    bool refilters = change.action == Change::Action::retune && (change.retune.refilter_in || change.retune.refilter_out);
    if (soft && refilters) lines.back() += " (soft: for new routes only, until 'reload')";
  }
  for (auto& table : changes.tables_added) lines.push_back(fmt::format("table {}: new", table.name));
  for (auto& table : changes.tables_removed) lines.push_back(fmt::format("table {}: removed", table));
  for (auto& table : changes.roa_tables_set) lines.push_back(fmt::format("ROA table {}: new, or its own entries or settle times changed", table.name));
  for (auto& table : changes.roa_tables_removed) lines.push_back(fmt::format("ROA table {}: removed", table));
  for (auto& table : changes.aspa_tables_added) lines.push_back(fmt::format("ASPA table {}: new", table));
  for (auto& table : changes.aspa_tables_removed) lines.push_back(fmt::format("ASPA table {}: removed", table));
  if (changes.router_id_changed) lines.emplace_back("router id: changed");
  if (changes.listen_changed) lines.emplace_back("listen: addresses or ports changed; sessions stay");
  if (changes.control_sockets_changed) lines.emplace_back("cli: control sockets changed");
  if (changes.log_changed) lines.emplace_back("log: changed; applied at once");
  if (changes.mrtdump_changed) lines.emplace_back("mrtdump: another file; from now on");
  return lines;
}

}  // namespace avocet::config
