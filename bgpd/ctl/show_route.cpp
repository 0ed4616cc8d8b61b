#include <fmt/format.h>

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <utility>

#include "bgpd/ctl/page.hpp"
#include "bgpd/ctl/roa_text.hpp"
#include "bgpd/ctl/route_query.hpp"
#include "bgpd/ctl/route_row.hpp"
#include "bgpd/kernel/wanted_route.hpp"

namespace avocet::ctl {
namespace {

using Count = RouteQuery::Count;
using Export = RouteQuery::Export;
using Match = RouteQuery::Match;
using Stored = RouteQuery::Stored;

struct Counts {
  std::uint64_t shown = 0, routes = 0, nets = 0;
};

/// What the other side of one channel would be told, net by net.
class ExportView {
 public:
  /// Looks the channel up again: it may have gone since the last page. Null `channel()` then.
  ExportView(const Context& context, const RouteQuery& query, const rib::Table& table) : context_(context), query_(query) {
    auto protocol = query.mode == Export::off ? nullptr : context.rib.find_protocol(query.export_protocol);
    if (!protocol || protocol->state != rib::ProtocolState::up) return;
    for (auto& channel : protocol->channels)
      if (&channel->table() == &table && (!query.export_family || *query.export_family == channel->options.family))
        channel_ = channel;
    if (!channel_) return;
    bgp_ = protocol->kind == rib::ProtocolKind::bgp;
    if (bgp_) member_ = context.speaker.member(query.export_protocol, channel_->options.family);
    if (protocol->kind == rib::ProtocolKind::kernel) kernel_ = context.kernel.options(query.export_protocol);
    if (bgp_ && !member_) channel_ = nullptr;
  }

  const rib::Channel* channel() const { return channel_.get(); }
  /// Routes beyond the first are offered only with ADD-PATH; `secondary` offers the first one that passes.
  bool offers_all() const { return member_ && member_->options().add_path; }
  bool stops_after_first() const { return !offers_all() && !(member_ && member_->options().secondary); }
  bool merges() const { return kernel_ && kernel_->merge_paths && query_.mode == Export::exported_by_filter; }

  /// Whether the route belongs to what was asked for. `out`: its attributes after the filter. `why`: the reason if not sent.
  bool shows(const rib::RouteView& route, rib::NetId net, proto::AttributeBlock& out, std::string& why) {
    auto reason = offer(route, out);
    why = reason.why ? reason.why : "";
    switch (query_.mode) {
      case Export::off: return true;
      case Export::before_filter: return reason.result != announce::ExportResult::not_offered;
      case Export::rejected_by_filter: return reason.result == announce::ExportResult::filtered;
      case Export::exported_by_filter: return reason.result == announce::ExportResult::accepted;
      case Export::told: return reason.result == announce::ExportResult::accepted && was_told(net);
    }
    return false;
  }

 private:
  announce::ExportReason offer(const rib::RouteView& route, proto::AttributeBlock& out) {
    out.assign(route.attributes);
    if (bgp_) {
      proto::AttributeBlock sent;
      // A route whose next hop is the peer itself is never sent, but counts as exported, as in BIRD; `exported` tells
      // what was sent.
      if (route.channel == channel_.get()) return {announce::ExportResult::not_offered, "own route"};
      auto reason = announce::export_route(context_.rib, route, member_->options(), rib::SourceId{}, sent);
      // 1.6 filters what it has prepared for the peer, 2.x filters the route itself (reference 8.4); that is shown.
      if (member_->options().dialect == filter::Dialect::bird1) {
        if (reason.result == announce::ExportResult::accepted) out = std::move(sent);
      } else if (reason.result == announce::ExportResult::accepted) {
        filter_into(*member_->options().filter, route, out);
      }
      return reason;
    }
    // The kernel (or whoever else) is never told its own routes; 1.6 leaves routes of the box's own networks out.
    if (route.channel == channel_.get()) return {announce::ExportResult::not_offered, "own route"};
    if (auto* hidden = kernel_ ? kernel::why_hidden(route, *kernel_) : nullptr) return {announce::ExportResult::not_offered, hidden};
    if (filter_into(*channel_->options.export_filter, route, out)) return {announce::ExportResult::accepted, ""};
    return {announce::ExportResult::filtered, "filter"};
  }

  bool filter_into(const filter::Program& program, const rib::RouteView& route, proto::AttributeBlock& out) {
    edits_.clear();
    auto verdict = filter::run(program, rib::filter_facts(route), route.attributes, context_.rib, edits_);
    if (verdict.outcome != filter::Outcome::accept) return false;
    if (edits_.changed) out.assign(edits_.attributes.view());
    return true;
  }

  bool was_told(rib::NetId net) {
    if (kernel_) return !context_.kernel.install_failed(query_.export_protocol, net);
    if (!member_) return true;
    // One search finds the next net that was told; nets before it were not.
    if (!next_told_ || *next_told_ < net) {
      next_told_ = rib::NetId{};
      member_->for_advertised(net, [&](rib::NetId told, proto::AttributeView) {
        next_told_ = told;
        return false;
      });
    }
    return *next_told_ == net;
  }

  const Context& context_;
  const RouteQuery& query_;
  std::shared_ptr<const rib::Channel> channel_;
  const announce::Member* member_ = nullptr;
  const kernel::KernelOptions* kernel_ = nullptr;
  bool bgp_ = false;
  std::optional<rib::NetId> next_told_;
  filter::Edits edits_;
};

/// Walks the tables by NetId, one net at a time. Between pages nets, channels and tables may come and go: everything is
/// looked up again, and what vanished is left out.
class RouteListing final : public Answer {
 public:
  RouteListing(const Call& call, RouteQuery query)
      : context_(call.context), client_(call.client), json_(call.json), skin_(call.skin()), config_(call.config()),
        query_(std::move(query)) {}

  bool produce(Reply& reply) override {
    Words none{""};
    Call call{context_, client_, none, reply, json_};
    Page page(reply);
    times_.emplace(call);
    if (json_ && !std::exchange(begun_, true)) reply.row(json_code, "[");
    for (; table_ < query_.tables.size(); ++table_) {
      auto* table = context_.rib.find_table(query_.tables[table_]);
      if (table && !walk(call, *table, page)) return false;
    }
    for (; roa_table_ < query_.roa_tables.size(); ++roa_table_)
      if (!walk_attestations(call, query_.roa_tables[roa_table_], page)) return false;
    finish(reply);
    return true;
  }

 private:
  /// Goes on in one table. False when the page is full first.
  bool walk(Call& call, const rib::Table& table, Page& page) {
    auto exports = ExportView(context_, query_, table);
    kernels_ = kernels_of(table);
    bool shown_when_empty = query_.tables_named || query_.stored != Stored::off;
    if (!std::exchange(table_open_, true) && shown_when_empty && query_.match == Match::any) print_table(table, call.reply);
    if (query_.match == Match::exact || query_.match == Match::longest) {
      auto net = query_.match == Match::exact ? table.find(query_.net) : table.longest_match(query_.net);
      if (net) show_net(call, table, *net, exports);
    } else {
      for (; cursor_ < table.net_limit(); ++cursor_) {
        if (page.full()) return false;
        rib::NetId net{cursor_};
        if (table.in_use(net) && (query_.match == Match::any || query_.net.contains(table.prefix(net))))
          show_net(call, table, net, exports);
      }
    }
    if (query_.count != Count::off && query_.match == Match::any && skin_ == Skin::bird2 && !json_) {
      if (!printed_table_) print_table(table, call.reply);
      call.reply.row(1007, fmt::format("{} of {} routes for {} networks in table {}", counts_.shown, counts_.routes,
                                       counts_.nets, heading(table)));
    }
    total_.shown += counts_.shown, total_.routes += counts_.routes, total_.nets += counts_.nets;
    counts_ = {};
    cursor_ = 0;
    table_open_ = printed_table_ = false;
    return true;
  }

  /// Goes on in a table of ROAs or ASPAs. False when the page is full first.
  bool walk_attestations(Call& call, const std::string& name, Page& page) {
    auto& walk = attestations_;
    walk.head = [&] {
      if (query_.count == Count::only || std::exchange(table_open_, true)) return;
      if (std::exchange(printed_any_, true)) call.reply.row(1007, "");
      call.reply.row(1007, "Table " + name + ":");
    };
    bool shown_when_empty = query_.match == Match::any && (query_.tables_named || query_.count == Count::with_routes);
    if (shown_when_empty) walk.head();
    const rib::Rib& rib = context_.rib;
    auto* roas = rib.find_roa_table(name);
    auto* aspas = rib.find_aspa_table(name);
    if (roas && !walk_roas(call, *roas, query_, walk, page)) return false;
    if (aspas && !walk_aspas(call, *aspas, query_, walk, page)) return false;
    auto& counts = walk.counts;
    if (query_.count != Count::off && query_.match == Match::any)
      call.reply.row(1007, fmt::format("{} of {} routes for {} networks in table {}", counts.shown, counts.routes, counts.nets, name));
    total_.shown += counts.shown, total_.routes += counts.routes, total_.nets += counts.nets;
    attestations_ = {};
    table_open_ = false;
    return true;
  }

  /// A path that is still listed while its source goes away.
  static bool dead(const rib::RouteView& route) {
    auto protocol = route.channel->protocol.lock();
    return !protocol || (protocol->state != rib::ProtocolState::up && route.channel->flushing());
  }

  void show_net(Call& call, const rib::Table& table, rib::NetId net, ExportView& exports) {
    if (query_.stored == Stored::export_table) return show_announced(call, table, net, exports);
    bool first_of_net = true, first_shown = true, passed = false;
    const rib::Path* ahead = nullptr;
    for (auto id = table.first(net); id.valid(); id = table.path(id).next) {
      auto path = table.path(id);
      bool rejected = !path.attributes.valid();
      auto channel = context_.rib.channel(rib::SourceId{path.source});
      if (!channel || (query_.stored == Stored::off ? rejected != query_.filtered : !is_stored_channel(*channel))) continue;
      // Without the result of the import filter a route is seen as it was received.
      if (query_.stored == Stored::import_table) path.attributes = {};
      auto route = context_.rib.view(table, net, path);
      if (!rejected && dead(route)) continue;
      ++counts_.routes;
      counts_.nets += std::exchange(first_of_net, false);
      auto* before = std::exchange(ahead, &table.path(id));
      if (passed) continue;
      if (auto row = select(table, net, path, route, exports, passed)) {
        ++counts_.shown;
        // The first of the net is marked, also when it is one of those that were rejected.
        row->primary = query_.stored == Stored::off ? id == table.first(net) && !dead(route) : first_shown;
        row->failed_in_kernel = query_.stored == Stored::off && row->primary && failed_in_kernel(net);
        row->first_of_net = std::exchange(first_shown, false);
        if (query_.count != Count::only) print(*row, call, table, table.path(id), before);
      }
      if (query_.primary) break;
    }
  }

  bool is_stored_channel(const rib::Channel& channel) const {
    auto protocol = channel.protocol.lock();
    return protocol && protocol->options.name == query_.stored_protocol && channel.options.family == query_.stored_family;
  }

  /// `export table`: the route a peer was told of, with the attributes it was told.
  void show_announced(Call& call, const rib::Table& table, rib::NetId net, ExportView& exports) {
    auto* member = context_.speaker.member(query_.stored_protocol, query_.stored_family);
    if (!member) return;
    std::vector<proto::AttributeBlock> told;
    member->for_advertised(net, [&](rib::NetId id, proto::AttributeView attributes) {
      if (id == net) told.emplace_back().assign(attributes);
      return id == net;
    });
    // Told are the best paths that the peer did not tell us, in their order.
    std::size_t i = 0;
    for (auto id = table.first(net); i < told.size() && id.valid(); id = table.path(id).next) {
      auto& path = table.path(id);
      auto channel = context_.rib.channel(rib::SourceId{path.source});
      if (!path.attributes.valid() || !channel || is_stored_channel(*channel)) continue;
      auto route = context_.rib.view(table, net, path);
      route.attributes = told[i].view();
      ++counts_.routes;
      counts_.nets += i == 0;
      bool passed = false;
      if (auto row = select(table, net, path, route, exports, passed)) {
        ++counts_.shown;
        row->first_of_net = row->primary = i == 0;
        if (query_.count != Count::only) print(*row, call, table, path, nullptr);
      }
      ++i;
    }
  }

  /// The row of a route if it is one of those asked for. `passed`: later routes of the net are not offered.
  std::optional<RouteRow> select(const rib::Table& table, rib::NetId net, const rib::Path& path,
                                 const rib::RouteView& route, ExportView& exports, bool& passed) {
    attributes_.assign(route.attributes);
    std::string why;
    if (query_.mode != Export::off) {
      if (!exports.channel()) return std::nullopt;
      bool shown = exports.shows(route, net, attributes_, why);
      passed = exports.stops_after_first() || (shown && !exports.offers_all());
      if (!shown) return std::nullopt;
    }
    if (!query_.protocol.empty() && !is_from(route, query_.protocol)) return std::nullopt;
    if (query_.filter) {
      edits_.clear();
      if (filter::run(*query_.filter, rib::filter_facts(route), attributes_, context_.rib, edits_).outcome !=
          filter::Outcome::accept)
        return std::nullopt;
      if (edits_.changed) attributes_.assign(edits_.attributes.view());
    }
    if (query_.count == Count::only) return RouteRow{};
    auto row = describe_route(context_.rib, *times_, route, path.since, attributes_);
    row.table = table.options().name;
    row.why = std::move(why);
    if (exports.merges()) row.hops = merged_hops(table, net, exports);
    if (query_.attributes || json_) row.attributes = describe_attributes(attributes_, *config_->symbols);
    return row;
  }

  static bool is_from(const rib::RouteView& route, const std::string& name) {
    auto protocol = route.channel->protocol.lock();
    return protocol && protocol->options.name == name;
  }

  /// `merge paths`: the next hops of all equal routes that pass the filter.
  std::vector<RouteHop> merged_hops(const rib::Table& table, rib::NetId net, ExportView& exports) {
    std::vector<RouteHop> hops;
    context_.rib.for_multipath(table, net, [&](const rib::RouteView& route) {
      proto::AttributeBlock ignored;
      std::string why;
      if (exports.shows(route, net, ignored, why))
        for (auto& hop : route.resolution.hops)
          hops.push_back({hop.gateway, std::string(context_.rib.interface_name(hop.ifindex)), hop.weight + 1u, hop.onlink});
      return true;
    });
    return hops;
  }

  /// The kernel protocols that install routes of a table.
  std::vector<std::string> kernels_of(const rib::Table& table) const {
    std::vector<std::string> names;
    for (auto& protocol : context_.rib.protocols()) {
      if (protocol->kind != rib::ProtocolKind::kernel) continue;
      for (auto& channel : protocol->channels)
        if (&channel->table() == &table) names.push_back(protocol->options.name);
    }
    return names;
  }

  bool failed_in_kernel(rib::NetId net) const {
    return std::any_of(kernels_.begin(), kernels_.end(), [&](auto& name) { return context_.kernel.install_failed(name, net); });
  }

  void print(RouteRow& row, Call& call, const rib::Table& table, const rib::Path& path, const rib::Path* before) {
    if (json_) {
      if (row.why.empty() && !query_.filtered) row.why = place(table, path, before);
      if (row.why.empty() && query_.filtered) row.why = "rejected by the import filter";
      call.reply.row(json_code, (printed_any_ ? "," : "") + boost::json::serialize(route_json(row)));
      printed_any_ = true;
      return;
    }
    if (!printed_table_) print_table(table, call.reply);
    print_route(row, skin_, query_.attributes, call.reply);
  }

  /// Why a route is where it is: what put it ahead of the next one, or behind the one before.
  std::string place(const rib::Table& table, const rib::Path& path, const rib::Path* before) const {
    if (before) return std::string("behind another by ") + context_.rib.compare(table, *before, path).why;
    if (!path.next.valid() || !table.path(path.next).attributes.valid()) return "only route";
    return std::string("ahead of others by ") + context_.rib.compare(table, path, table.path(path.next)).why;
  }

  /// 2.x: "Table master4:", with an empty row between tables.
  void print_table(const rib::Table& table, Reply& reply) {
    printed_table_ = true;
    if (skin_ == Skin::bird1 || json_ || query_.count == Count::only) return;
    if (std::exchange(printed_any_, true)) reply.row(1007, "");
    reply.row(1007, "Table " + heading(table) + ":");
  }

  std::string heading(const rib::Table& table) const {
    switch (query_.stored) {
      case Stored::import_table: return "import";
      case Stored::export_table: return "export";
      case Stored::off: break;
    }
    return table.options().name;
  }

  void finish(Reply& reply) const {
    if (json_) {
      reply.row(json_code, "]");
      reply.end(0);
    } else if (query_.match == Match::exact || query_.match == Match::longest) {
      if (total_.routes > 0) reply.end(0);
      else reply.end(8001, skin_ == Skin::bird1 ? "Network not in table" : "Network not found");
    } else if (query_.count != Count::off && skin_ == Skin::bird1) {
      reply.end(14, fmt::format("{} of {} routes for {} networks", total_.shown, total_.routes, total_.nets));
    } else if (auto tables = query_.tables.size() + query_.roa_tables.size(); query_.count != Count::off && tables > 1) {
      if (printed_any_) reply.row(1007, "");
      reply.end(14, fmt::format("Total: {} of {} routes for {} networks in {} tables", total_.shown, total_.routes,
                                total_.nets, tables));
    } else {
      reply.end(0);
    }
  }

  const Context& context_;
  Client& client_;
  bool json_;
  Skin skin_;
  config::ConfigPtr config_;   // keeps the names of custom attributes
  RouteQuery query_;
  std::size_t table_ = 0;      // index in query_.tables
  std::size_t roa_table_ = 0;  // index in query_.roa_tables
  AttestationWalk attestations_;
  std::uint32_t cursor_ = 0;   // next NetId
  bool begun_ = false, table_open_ = false, printed_table_ = false, printed_any_ = false;
  Counts counts_, total_;
  std::optional<RouteTimes> times_;   // of this page
  std::vector<std::string> kernels_;  // of the table under way
  proto::AttributeBlock attributes_;
  filter::Edits edits_;
};

}  // namespace

AnswerPtr show_route(Call& call) {
  auto query = parse_route_query(call);
  if (query.count != Count::off && call.json) parse_error("'json' lists routes; it does not go with 'count' and 'stats'");
  return std::make_unique<RouteListing>(call, std::move(query));
}

}  // namespace avocet::ctl
