#include "bgpd/ctl/roa_text.hpp"

#include <fmt/format.h>

#include <set>

#include "bgpd/ctl/route_row.hpp"
#include "bgpd/filter/value.hpp"

namespace avocet::ctl {
namespace {

using Match = RouteQuery::Match;

constexpr unsigned static_preference = 200;

bool accepts(const filter::Program& program, const Call& call, const std::string& source, const filter::Value& net) {
  filter::RouteFacts facts;
  facts.net = net.net();
  facts.special_net = &net;
  facts.source = filter::RouteSource::static_;
  facts.protocol = source;
  facts.preference = static_preference;
  filter::Edits edits;
  return filter::run(program, facts, proto::AttributeBlock().view(), call.context.rib, edits).outcome == filter::Outcome::accept;
}

bool matches(const Call& call, const RouteQuery& query, const std::string& source, const filter::Value& net) {
  if (query.filter && !accepts(*query.filter, call, source, net)) return false;
  if (query.mode != RouteQuery::Export::off || query.stored != RouteQuery::Stored::off) return false;
  if (!query.protocol.empty() && query.protocol != source) return false;
  switch (query.match) {
    case Match::any: return true;
    case Match::exact: return net.net() == query.net;
    case Match::longest: return net.net().contains(query.net);
    case Match::inside: return query.net.contains(net.net());
  }
  return false;
}

std::string since_text(const Call& call, const rib::Protocol* protocol) {
  auto since = protocol ? protocol->since : call.context.started;
  return observe::format_time(time_format(call, TimeUse::route), since, std::chrono::system_clock::now());
}

/// Prints the rows of one table.
class Rows {
 public:
  Rows(Call& call, const RouteQuery& query, Reply& reply) : call_(call), query_(query), reply_(reply) {}
  void begin(const std::string& source) {
    source_ = source;
    since_ = since_text(call_, call_.context.rib.find_protocol(source).get());
  }
  /// True if it is shown.
  bool row(const filter::Value& net) {
    if (query_.filtered) return false;  // nothing filters them
    auto text = filter::to_text(net);
    bool primary = nets_.insert(text).second;  // another source says the same
    ++counts_.routes;
    if (!matches(call_, query_, source_, net) || (query_.primary && !primary)) return false;
    ++counts_.shown;
    if (query_.count == RouteQuery::Count::only) return false;
    reply_.row(1007, fmt::format("{:<20}  [{} {}]{} ({})", text, source_, since_, primary ? " *" : "", static_preference));
    if (query_.attributes) reply_.row(1008, "\tType: static univ");
    return true;
  }
  RoaCounts counts() {
    counts_.nets = nets_.size();
    return counts_;
  }

 private:
  Call& call_;
  const RouteQuery& query_;
  Reply& reply_;
  std::string source_, since_;
  std::set<std::string> nets_;
  RoaCounts counts_;
};

}  // namespace

RoaCounts print_roas(Call& call, const rib::RoaTable& table, const RouteQuery& query, Reply& reply) {
  Rows rows(call, query, reply);
  for (auto& [source, roas] : table.sources()) {
    rows.begin(source);
    for (auto& roa : roas) {
      auto beside = filter::roa_bytes(roa.max_length, roa.asn);
      rows.row(filter::Value::net(filter::roa_kind(roa.net.family), roa.net, beside));
    }
  }
  return rows.counts();
}

RoaCounts print_aspas(Call& call, const rib::AspaTable& table, const RouteQuery& query, Reply& reply) {
  Rows rows(call, query, reply);
  for (auto& [source, aspas] : table.sources()) {
    rows.begin(source);
    for (auto& aspa : aspas)
      if (rows.row(filter::Value::numbered_net(filter::NetKind::aspa, aspa.customer)) && query.attributes)
        reply.row(1008, fmt::format("\taspa_providers: {}", aspa.providers.empty() ? "0" : fmt::format("{}", fmt::join(aspa.providers, " "))));
  }
  return rows.counts();
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
