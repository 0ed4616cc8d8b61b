#include "bgpd/observe/table_dump.hpp"

#include <fmt/format.h>

#include "bgpd/filter/operation.hpp"
#include "bgpd/observe/time_format.hpp"

namespace avocet::observe {
namespace {

constexpr std::size_t write_at_once = 128 * 1024;
constexpr std::size_t clock_every = 32;  // looks at the clock in routes and nets; one costs about as much as a route

std::uint32_t unix_seconds(std::chrono::system_clock::time_point time) {
  return static_cast<std::uint32_t>(std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count());
}

/// How a channel's routes are told apart by peer; all that is not BGP is the peer 0 of AS 0, as in BIRD.
proto::MrtPeer peer_of(const rib::Channel& channel) {
  auto& facts = channel.facts;
  return facts.bgp ? proto::MrtPeer{facts.remote_id, facts.remote_as, facts.remote_address} : proto::MrtPeer{};
}

}  // namespace

std::string dump_file_name(const std::string& pattern, const std::string& table,
                           std::chrono::system_clock::time_point now) {
  std::string form;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] != '%' || i + 1 == pattern.size()) {
      form += pattern[i];
    } else if (pattern[++i] != 'N') {
      form += '%', form += pattern[i];
    } else {
      for (char letter : table) form += letter == '%' ? "%%" : std::string(1, letter);
    }
  }
  return format_time(form, now);
}

TableDump::TableDump(DumpScene scene, MrtOptions options, std::function<void(const std::string&)> problem,
                     std::function<void(const std::string&)> printed)
    : scene_(scene), options_(std::move(options)), problem_(std::move(problem)), printed_(std::move(printed)) {
  for (auto& table : scene_.rib.tables()) {
    auto& name = table->options().name;
    bool wanted = options_.table.empty() ? filter::glob_match(options_.table_pattern, name) : name == options_.table;
    if (wanted) tables_.push_back(name);
  }
}

TableDump::~TableDump() {
  if (file_.is_open()) write();
}

bool TableDump::step(std::chrono::nanoseconds budget) {
  auto end = std::chrono::steady_clock::now() + budget;
  looked_at_ = 0;
  for (; table_ < tables_.size(); ++table_) {
    auto* table = scene_.rib.find_table(tables_[table_]);
    if (table && (file_.is_open() || begin_table(*table))) {
      now_seconds_ = unix_seconds(std::chrono::system_clock::now());
      for (; file_.is_open() && cursor_ < table->net_limit(); ++cursor_) {
        if (looked_at_ >= clock_every) {
          looked_at_ = 0;
          if (std::chrono::steady_clock::now() >= end) return false;
        }
        ++looked_at_;
        if (table->in_use(rib::NetId{cursor_})) dump_net(*table, rib::NetId{cursor_});
      }
    }
    end_table();
  }
  return true;
}

bool TableDump::begin_table(const rib::Table& table) {
  auto now = std::chrono::system_clock::now();
  now_seconds_ = unix_seconds(now);
  auto& name = table.options().name;
  auto path = dump_file_name(options_.filename, name, now);
  if (path.empty()) return problem_(fmt::format("Invalid filename '{}'", options_.filename)), false;
  if (auto reason = file_.open(path); !reason.empty())
    return problem_(fmt::format("Unable to open MRT file '{}': {}", path, reason)), false;
  index_peers(table);
  return true;
}

/// All sessions that are not down: a session may come up before its first route is written.
void TableDump::index_peers(const rib::Table& table) {
  std::vector<proto::MrtPeer> list{proto::MrtPeer{}};
  peers_.clear();
  peers_.emplace(list.front(), 0);
  for (auto& protocol : scene_.rib.protocols()) {
    if (protocol->kind != rib::ProtocolKind::bgp || protocol->state == rib::ProtocolState::down ||
        protocol->channels.empty())
      continue;
    auto peer = peer_of(*protocol->channels.front());
    if (list.size() < 0xffff && peers_.emplace(peer, static_cast<std::uint16_t>(list.size())).second)
      list.push_back(peer);
  }
  proto::encode_mrt_peer_index(now_seconds_, scene_.router_id, table.options().name, list, records_);
}

/// Routes with a path id of their peer go into a record of their own kind, RFC 8050.
void TableDump::dump_net(const rib::Table& table, rib::NetId net) {
  bool some_left = options_.always_add_path || dump_paths(table, net, false) > 0;
  if (some_left) dump_paths(table, net, true);
  if (records_.size() >= write_at_once) write();
}

/// Returns how many routes belong into the other kind of record.
std::size_t TableDump::dump_paths(const rib::Table& table, rib::NetId net, bool add_path) {
  std::size_t others = 0;
  proto::MrtRibRecord record(now_seconds_, sequence_, table.prefix(net), add_path, records_);
  for (auto id = table.first(net); id.valid(); id = table.path(id).next) {
    auto& path = table.path(id);
    if (!table.usable(path)) continue;
    ++looked_at_;
    if (!options_.always_add_path && (path.path_id != 0) != add_path)
      ++others;
    else if (!add(record, scene_.rib.view(table, net, path)))
      ++too_long_;
  }
  if (auto count = record.finish()) ++sequence_, routes_ += count;
  return others;
}

/// False if the route does not fit into a record.
bool TableDump::add(proto::MrtRibRecord& record, const rib::RouteView& route) {
  auto attributes = route.attributes;
  if (options_.filter) {
    edits_.clear();
    auto verdict = filter::run(*options_.filter, rib::filter_facts(route), attributes, scene_.rib, edits_);
    for (auto& line : edits_.printed) printed_(line);
    if (verdict.outcome == filter::Outcome::error && ++filter_failures_ == 1)
      problem_(fmt::format("{} net={}", verdict.error, route.net.text()));
    if (verdict.outcome != filter::Outcome::accept) return true;
    if (edits_.changed) attributes = edits_.attributes.view();
  }
  auto peer = peers_.find(peer_of(*route.channel));
  auto originated = unix_seconds(scene_.started + std::chrono::seconds(route.path->since));
  return record.add(peer == peers_.end() ? 0 : peer->second, originated, route.path->path_id, attributes);
}

void TableDump::write() {
  auto reason = file_.write(records_);
  if (reason.empty()) return;
  problem_(fmt::format("Write to MRT file '{}' failed: {}; the dump of table {} stays incomplete", file_.path(), reason,
                       tables_[table_]));
  file_.close();
}

void TableDump::end_table() {
  if (file_.is_open()) write();
  file_.close();
  if (filter_failures_ > 1)
    problem_(fmt::format("the filter failed on {} routes of table {}", filter_failures_, tables_[table_]));
  if (too_long_)
    problem_(fmt::format("{} routes of table {} have more attributes than a record can hold, and were left out",
                         too_long_, tables_[table_]));
  cursor_ = sequence_ = 0;
  filter_failures_ = too_long_ = 0;
}

}  // namespace avocet::observe
