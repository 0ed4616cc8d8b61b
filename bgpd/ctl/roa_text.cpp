#include "bgpd/ctl/roa_text.hpp"

#include <fmt/format.h>

#include <set>

#include "bgpd/ctl/route_row.hpp"

namespace avocet::ctl {
namespace {

using Match = RouteQuery::Match;

constexpr unsigned static_preference = 200;

bool accepts(const filter::Program& program, const Call& call, const std::string& source, const rib::Roa& roa) {
  filter::RouteFacts facts;
  facts.net = roa.net;
  facts.source = filter::RouteSource::static_;
  facts.protocol = source;
  facts.preference = static_preference;
  filter::Edits edits;
  return filter::run(program, facts, proto::AttributeBlock().view(), call.context.rib, edits).outcome == filter::Outcome::accept;
}

bool matches(const Call& call, const RouteQuery& query, const std::string& source, const rib::Roa& roa) {
  if (query.filter && !accepts(*query.filter, call, source, roa)) return false;
  if (query.mode != RouteQuery::Export::off || query.stored != RouteQuery::Stored::off) return false;
  if (!query.protocol.empty() && query.protocol != source) return false;
  switch (query.match) {
    case Match::any: return true;
    case Match::exact: return roa.net == query.net;
    case Match::longest: return roa.net.contains(query.net);
    case Match::inside: return query.net.contains(roa.net);
  }
  return false;
}

std::string since_text(const Call& call, const rib::Protocol* protocol) {
  auto since = protocol ? protocol->since : call.context.started;
  return observe::format_time(time_format(call, TimeUse::route), since, std::chrono::system_clock::now());
}

}  // namespace

RoaCounts print_roas(Call& call, const rib::RoaTable& table, const RouteQuery& query, Reply& reply) {
  RoaCounts counts;
  if (query.filtered) return counts;  // nothing filters them
  std::set<std::string> nets;
  for (auto& [source, roas] : table.sources()) {
    auto protocol = call.context.rib.find_protocol(source);
    auto since = since_text(call, protocol.get());
    for (auto& roa : roas) {
      auto net = fmt::format("{}-{} AS{}", roa.net.text(), roa.max_length, roa.asn);
      bool primary = nets.insert(net).second;  // another source says the same
      ++counts.routes;
      if (!matches(call, query, source, roa) || (query.primary && !primary)) continue;
      ++counts.shown;
      if (query.count == RouteQuery::Count::only) continue;
      reply.row(1007, fmt::format("{:<20}  [{} {}]{} ({})", net, source, since, primary ? " *" : "", static_preference));
      if (query.attributes) reply.row(1008, "\tType: static univ");
    }
  }
  counts.nets = nets.size();
  return counts;
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
  for (auto& [source, roas] : table->sources())
    for (auto& roa : roas) call.reply.row(1019, fmt::format("{} max {} as {}", roa.net.text(), roa.max_length, roa.asn));
  call.reply.end(0);
  return nullptr;
}

}  // namespace avocet::ctl
