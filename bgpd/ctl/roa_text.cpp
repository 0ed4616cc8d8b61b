#include "bgpd/ctl/roa_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "bgpd/ctl/route_row.hpp"
#include "bgpd/filter/value.hpp"

namespace avocet::ctl {
namespace {

using Match = RouteQuery::Match;

/// One thing that a table says, and one who says it.
struct Saying {
  const filter::Value& net;
  const rib::Attester& attester;
  std::uint32_t since = 0;  ///< seconds, Rib::now_seconds
  bool primary = false;
};

bool accepts(const filter::Program& program, const Call& call, const Saying& saying) {
  filter::RouteFacts facts;
  facts.net = saying.net.net();
  facts.special_net = &saying.net;
  facts.source = saying.attester.kind;
  facts.protocol = saying.attester.name;
  facts.preference = saying.attester.preference;
  filter::Edits edits;
  return filter::run(program, facts, proto::AttributeBlock().view(), call.context.rib, edits).outcome ==
         filter::Outcome::accept;
}

bool matches(const Call& call, const RouteQuery& query, const Saying& saying) {
  if (query.primary && !saying.primary) return false;
  auto net = saying.net.net();
  if (query.match == Match::exact && net != query.net) return false;
  if (query.match == Match::longest && !net.contains(query.net)) return false;
  if (query.match == Match::inside && !query.net.contains(net)) return false;
  if (query.filter && !accepts(*query.filter, call, saying)) return false;
  if (query.mode != RouteQuery::Export::off || query.stored != RouteQuery::Stored::off) return false;
  return query.protocol.empty() || query.protocol == saying.attester.name;
}

std::string since_text(const Call& call, const Saying& saying) {
  auto since = call.context.started + std::chrono::seconds(saying.since);
  if (saying.attester.kind == filter::RouteSource::static_) {
    auto protocol = call.context.rib.find_protocol(saying.attester.name);
    since = protocol ? protocol->since : call.context.started;
  }
  return observe::format_time(time_format(call, TimeUse::route), since, std::chrono::system_clock::now());
}

/// Counts one of the answer; prints it if it is wanted. `text`: the net, once for all who say it.
bool row(Call& call, const RouteQuery& query, AttestationWalk& walk, const Saying& saying, std::string& text) {
  ++walk.counts.routes;
  if (!matches(call, query, saying)) return false;
  ++walk.counts.shown;
  if (query.count == RouteQuery::Count::only) return false;
  walk.head();
  auto& attester = saying.attester;
  call.reply.row(1007, fmt::format("{:<20}  [{} {}]{} ({})", text, attester.name, since_text(call, saying),
                                   saying.primary ? " *" : "", attester.preference));
  text.clear();
  if (query.attributes)
    call.reply.row(1008,
                   fmt::format("\tType: {} univ", attester.kind == filter::RouteSource::rpki ? "RPKI" : "static"));
  return true;
}

}  // namespace

bool walk_roas(Call& call, const rib::RoaTable& table, const RouteQuery& query, AttestationWalk& walk, Page& page) {
  if (query.filtered) return true;  // nothing that was rejected is kept
  for (; walk.cursor < table.limit(); ++walk.cursor) {
    if (page.full()) return false;
    auto entry = static_cast<std::uint32_t>(walk.cursor);
    if (!table.holds(entry)) continue;
    auto same = table.same_as(entry);
    if (same.front() != entry) continue;  // it stands with the first
    ++walk.counts.nets;
    auto roa = table.roa(entry);
    auto beside = filter::roa_bytes(roa.max_length, roa.asn);
    auto net = filter::Value::net(filter::roa_kind(roa.net.family), roa.net, beside);
    auto text = filter::to_text(net);
    const std::string* before = nullptr;
    for (auto one : same) {
      auto& attester = table.attester(one);
      if (before && *before == attester.name) continue;  // `ignore max length` makes two of its ROAs the same
      row(call, query, walk, {net, attester, table.since(one), before == nullptr}, text);
      before = &attester.name;
    }
  }
  return true;
}

bool walk_aspas(Call& call, const rib::AspaTable& table, const RouteQuery& query, AttestationWalk& walk, Page& page) {
  if (query.filtered) return true;
  for (;;) {
    if (page.full()) return false;
    // The next customer of any attester.
    std::optional<std::uint32_t> customer;
    for (auto& [_, seat] : table.attesters())
      if (walk.cursor <= 0xffffffff)
        if (auto at = seat.said.lower_bound(static_cast<std::uint32_t>(walk.cursor)); at != seat.said.end())
          customer = std::min(customer.value_or(at->first), at->first);
    if (!customer) return true;
    walk.cursor = std::uint64_t{*customer} + 1;
    ++walk.counts.nets;
    auto net = filter::Value::numbered_net(filter::NetKind::aspa, *customer);
    auto text = filter::to_text(net);
    std::vector<std::pair<const rib::AspaTable::Seat*, const rib::AspaTable::Said*>> said;
    for (auto& [_, seat] : table.attesters())
      if (auto at = seat.said.find(*customer); at != seat.said.end()) said.emplace_back(&seat, &at->second);
    std::stable_sort(said.begin(), said.end(),
                     [](auto& a, auto& b) { return a.first->attester.preference > b.first->attester.preference; });
    for (auto& [seat, what] : said)
      if (row(call, query, walk, {net, seat->attester, what->since, seat == said.front().first}, text) &&
          query.attributes)
        call.reply.row(1008,
                       fmt::format("\taspa_providers: {}",
                                   what->providers.empty() ? "0" : fmt::format("{}", fmt::join(what->providers, " "))));
  }
}

AnswerPtr show_roa(Call& call) {
  auto& tables = call.context.rib.roa_tables();
  if (tables.empty()) parse_error("No ROA table defined");
  const rib::RoaTable* table = tables.front().get();
  if (call.words.accept("table")) {
    auto& name = call.words.take("a ROA table").text;
    table = call.context.rib.find_roa_table(name);
    if (!table) parse_error(name + " is not a ROA table");
  }
  call.words.expect_end();
  for (std::uint32_t entry = 0; entry < table->limit(); ++entry)
    if (table->holds(entry)) {
      auto roa = table->roa(entry);
      call.reply.row(1019, fmt::format("{} max {} as {}", roa.net.text(), roa.max_length, roa.asn));
    }
  call.reply.end(0);
  return nullptr;
}

}  // namespace avocet::ctl
