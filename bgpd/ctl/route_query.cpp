#include "bgpd/ctl/route_query.hpp"

#include <algorithm>
#include <array>

namespace avocet::ctl {
namespace {

using Export = RouteQuery::Export;
using Match = RouteQuery::Match;
using Stored = RouteQuery::Stored;

constexpr std::array<std::pair<const char*, Export>, 4> export_words = {{{"export", Export::exported_by_filter},
                                                                        {"preexport", Export::before_filter},
                                                                        {"noexport", Export::rejected_by_filter},
                                                                        {"exported", Export::told}}};

/// Words that begin another part of the command and are no part of an expression.
constexpr std::array part_words = {"table", "filter", "where", "all", "primary", "filtered", "protocol", "stats", "count",
                                   "import", "export", "preexport", "noexport", "exported"};

void take_net(const Word& word, Match match, RouteQuery& query) {
  if (query.match != Match::any) parse_error("Only one prefix expected");
  auto net = proto::Prefix::parse(word.text, match == Match::longest);
  if (!net) {
    if (word.text.find('/') == std::string::npos) parse_error("IP address expected");
    auto slash = word.text.find('/');
    auto address = proto::Address::parse(std::string_view(word.text).substr(0, slash));
    auto length = std::atoi(word.text.c_str() + slash + 1);
    if (address && length >= 0 && static_cast<unsigned>(length) <= proto::max_length_bits(address->family()))
      parse_error("Invalid prefix " + word.text + ", maybe you wanted " +
                  proto::Prefix::make(*address, static_cast<unsigned>(length)).text());
    parse_error("Invalid prefix " + word.text + ": " + net.error().what);
  }
  query.match = match;
  query.net = *net;
}

void take_table(Call& call, RouteQuery& query) {
  query.tables_named = true;
  auto& word = call.words.take("a table");
  if (word.is("all")) {
    for (auto& table : call.context.rib.tables()) query.tables.push_back(table->options().name);
    for (auto& table : call.context.rib.roa_tables()) query.roa_tables.push_back(table->options().name);
    for (auto& table : call.context.rib.aspa_tables()) query.roa_tables.push_back(table->name());
    return;
  }
  if (call.context.rib.find_roa_table(word.text) || call.context.rib.find_aspa_table(word.text)) return query.roa_tables.push_back(word.text);
  if (!call.context.rib.find_table(word.text)) parse_error("there is no table " + word.text);
  query.tables.push_back(word.text);
}

/// Number of the word that ends an expression.
std::size_t expression_end(const Words& words, std::span<const char* const> parts) {
  int depth = 0;
  std::size_t i = words.position();
  for (; i < words.count(); ++i) {
    auto& word = words.at(i);
    if (word.kind == Word::Kind::punctuation && std::string_view("([{").find(word.text) != std::string_view::npos) ++depth;
    if (word.kind == Word::Kind::punctuation && std::string_view(")]}").find(word.text) != std::string_view::npos) --depth;
    if (depth == 0 && std::any_of(parts.begin(), parts.end(), [&](auto* part) { return word.is(part); })) break;
  }
  return i;
}

/// P or P.CHANNEL, where a quoted or plain name may itself contain a dot.
std::pair<std::shared_ptr<rib::Protocol>, std::optional<proto::Family>> take_channel(Call& call) {
  auto* word = call.words.peek();
  auto dot = word ? word->text.rfind('.') : std::string::npos;
  if (!word || dot == std::string::npos || call.context.rib.find_protocol(word->text)) return {take_protocol(call), {}};
  auto channel = word->text.substr(dot + 1);
  std::optional<proto::Family> family;
  for (auto known : {proto::Family::ipv4, proto::Family::ipv6})
    if (channel == proto::family_name(known)) family = known;
  if (!family) parse_error("there is no channel " + word->text);
  auto name = word->text.substr(0, dot);
  auto protocol = call.context.rib.find_protocol(name);
  if (!protocol) parse_error(name + " is not a protocol");
  call.words.take("a protocol");
  return {protocol, family};
}

void take_export_protocol(Call& call, RouteQuery& query) {
  auto [protocol, family] = take_channel(call);
  query.export_protocol = protocol->options.name;
  query.export_family = family;
}

/// `import table P.C` and `export table P.C`: what a session keeps of its peer's routes, and of what it told the peer.
bool accept_stored(Call& call, RouteQuery& query) {
  auto position = call.words.position();
  bool import = call.words.accept("import");
  if ((!import && !call.words.accept("export")) || !call.words.accept("table")) {
    call.words.rewind(position);
    if (import) parse_error("syntax error: 'table' expected after 'import'");
    return false;
  }
  if (query.stored != Stored::off || query.mode != Export::off || query.tables_named) parse_error("Protocol specified twice");
  auto [protocol, family] = take_channel(call);
  auto& name = protocol->options.name;
  auto* options = call.context.speaker.options(name);
  if (!options) parse_error(name + " is not a BGP protocol; only those have such tables");
  if (!family && options->channels.size() == 1) family = options->channels[0].channel.family;
  if (!family) parse_error(name + " has several channels: " + name + ".ipv4 or " + name + ".ipv6 expected");
  auto channel = std::find_if(options->channels.begin(), options->channels.end(),
                              [&](auto& one) { return one.channel.family == *family; });
  auto* kind = import ? "import" : "export";
  if (channel == options->channels.end() || !(import ? channel->import_table : channel->export_table))
    parse_error(std::string("No ") + kind + " table in channel " + name + "." + std::string(proto::family_name(*family)));
  query.stored = import ? Stored::import_table : Stored::export_table;
  query.stored_protocol = name;
  query.stored_family = *family;
  query.tables = {channel->channel.table};
  return true;
}

bool accept_export(Call& call, RouteQuery& query) {
  for (auto& [word, mode] : export_words) {
    if (!call.words.accept(word)) continue;
    if (query.mode != Export::off) parse_error("Protocol specified twice");
    query.mode = mode;
    take_export_protocol(call, query);
    return true;
  }
  return false;
}

/// Whether the other side of a channel can be told anything now.
bool exports(const Call& call, const rib::Protocol& protocol, proto::Family family) {
  if (protocol.state != rib::ProtocolState::up) return false;
  return protocol.kind != rib::ProtocolKind::bgp || call.context.speaker.member(protocol.options.name, family);
}

bool matches_family(const Call& call, const RouteQuery& query, const std::string& table) {
  auto* found = call.context.rib.find_table(table);
  return found && (query.match == Match::any || found->options().family == query.net.family);
}

void add_once(std::vector<std::string>& tables, const std::string& name) {
  if (std::find(tables.begin(), tables.end(), name) == tables.end()) tables.push_back(name);
}

/// Without `table`: those of the protocol asked for, else the first one of each family.
void choose_tables(const Call& call, RouteQuery& query) {
  auto& rib = call.context.rib;
  auto add_channels = [&](const std::string& name, std::optional<proto::Family> family, bool exporting) {
    auto protocol = rib.find_protocol(name);
    for (auto& channel : protocol->channels)
      if ((!family || *family == channel->options.family) && (!exporting || exports(call, *protocol, channel->options.family)))
        add_once(query.tables, channel->options.table);
  };
  if (query.mode != Export::off) return add_channels(query.export_protocol, query.export_family, true);
  if (!query.protocol.empty()) {
    add_channels(query.protocol, {}, false);
    for (auto& table : rib.roa_tables())
      if (table->find(query.protocol) != rib::RoaTable::nobody) query.roa_tables.push_back(table->options().name);
    for (auto& table : rib.aspa_tables())
      if (table->attesters().contains(query.protocol)) query.roa_tables.push_back(table->name());
    return;
  }
  for (auto family : {proto::Family::ipv4, proto::Family::ipv6}) {
    auto& tables = rib.tables();
    auto first = std::find_if(tables.begin(), tables.end(), [&](auto& t) { return t->options().family == family; });
    if (first != tables.end()) query.tables.push_back((*first)->options().name);
    auto& roas = rib.roa_tables();
    auto roa = std::find_if(roas.begin(), roas.end(), [&](auto& t) { return t->options().family == family; });
    if (roa != roas.end() && call.skin() == Skin::bird2) query.roa_tables.push_back((*roa)->options().name);
  }
}

}  // namespace

filter::ProgramPtr take_condition(Call& call, std::span<const char* const> parts) {
  auto end = expression_end(call.words, parts);
  if (end == call.words.position()) parse_error("syntax error: a condition expected after 'where'");
  auto config = call.config();
  std::string error;
  auto condition = config::compile_where(std::string(call.words.text_until(end)), *config->symbols, config->dialect, error);
  if (!condition) parse_error(error);
  call.words.rewind(end);
  return condition;
}

filter::ProgramPtr take_named_filter(Call& call) {
  auto& word = call.words.take("a filter");
  auto program = config::find_filter(*call.config()->symbols, word.text);
  if (!program) parse_error("there is no filter " + word.text);
  return program;
}

RouteQuery parse_route_query(Call& call) {
  RouteQuery query;
  auto& words = call.words;
  while (!words.at_end()) {
    if (words.accept("all")) query.attributes = true;
    else if (words.accept("primary")) query.primary = true;
    else if (words.accept("filtered")) query.filtered = true;
    else if (words.accept("stats")) query.count = RouteQuery::Count::with_routes;
    else if (words.accept("count")) query.count = RouteQuery::Count::only;
    else if (words.accept("table")) take_table(call, query);
    else if (words.accept("filter")) query.filter = take_named_filter(call);
    else if (words.accept("where")) query.filter = take_condition(call, part_words);
    else if (words.accept("protocol")) query.protocol = take_protocol(call)->options.name;
    else if (words.accept("for")) take_net(words.take("an IP address or prefix"), Match::longest, query);
    else if (words.accept("in")) take_net(words.take("a prefix"), Match::inside, query);
    else if (!accept_stored(call, query) && !accept_export(call, query)) take_net(words.take("a prefix"), Match::exact, query);
  }
  // Rejected routes are neither ordered nor offered to anybody.
  if (query.filtered && (query.mode != Export::off || query.primary)) parse_error("Incompatible show route options");
  if (query.stored != Stored::off && (query.filtered || query.mode != Export::off || query.tables_named))
    parse_error("Incompatible show route options");
  if (!query.tables_named && query.stored == Stored::off) choose_tables(call, query);
  std::erase_if(query.tables, [&](auto& table) { return !matches_family(call, query, table); });
  std::erase_if(query.roa_tables, [&](auto& name) {
    auto* table = call.context.rib.find_roa_table(name);
    if (!table) return call.json || query.match != Match::any;  // of ASPAs
    // A prefix means routes to it, unless the table is named.
    bool other = query.match != Match::any && (!query.tables_named || table->options().family != query.net.family);
    return call.json || other;
  });
  if (query.tables.empty() && query.roa_tables.empty()) parse_error("No valid tables");
  return query;
}

}  // namespace avocet::ctl
