/// Two configurations, family by family.
#include <fmt/format.h>
#include <algorithm>

#include "bgpd/equivalent/attestations.hpp"
#include "bgpd/equivalent/equivalent.hpp"
#include "bgpd/equivalent/local_routes.hpp"
#include "bgpd/equivalent/options.hpp"
#include "bgpd/equivalent/origins.hpp"

namespace avocet::equivalent {
namespace {

using filter::Program;
using filter::ProgramPtr;
using session::BgpOptions;

/// Programs of equal code get one number, so that what was found out about one pair serves for its equals.
class ProgramNumbers {
 public:
  std::size_t of(const ProgramPtr& program) {
    auto [known, is_new] = numbers_.emplace(program.get(), 0);
    if (!is_new) return known->second;
    auto& alike = by_size_[program->code ? program->code->instructions.size() + 1 : 0];
    for (auto& [other, number] : alike)
      if (filter::same_program(*other, *program)) return known->second = number;
    alike.emplace_back(program, ++last_);
    return known->second = last_;
  }

 private:
  std::map<const Program*, std::size_t> numbers_;
  std::map<std::size_t, std::vector<std::pair<ProgramPtr, std::size_t>>> by_size_;
  std::size_t last_ = 0;
};

/// Custom attributes by name: codes count declarations, and those may be in another order.
Renumbering renumber(const config::Config& a, const config::Config& b) {
  Renumbering numbers;
  std::uint16_t spare = 0x8000;  // for attributes that the second does not know
  for (auto& [name, symbol] : a.symbols->global()) {
    if (symbol.kind != config::Symbol::Kind::attribute) continue;
    auto* other = b.symbols->find(name);
    bool known = other && other->kind == config::Symbol::Kind::attribute;
    auto code = known ? other->attribute.code : spare++;
    if (code != symbol.attribute.code) numbers[symbol.attribute.code] = code;
  }
  return numbers;
}

bool has_custom_attributes(const config::Config& config) { return !config.symbols->custom_attributes().empty(); }

template <class Visit>
void for_channels(const config::ProtocolConfig& protocol, Visit visit) {
  std::visit(
      [&](auto& options) {
        using Options = std::decay_t<decltype(options)>;
        if constexpr (std::is_same_v<Options, BgpOptions>)
          for (auto& channel : options.channels) visit(channel.channel);
        else if constexpr (std::is_same_v<Options, kernel::DirectOptions> ||
                           std::is_same_v<Options, rib::StaticOptions>)
          for (auto& channel : options.channels) visit(channel);
        else if constexpr (std::is_same_v<Options, kernel::KernelOptions> || std::is_same_v<Options, rib::PipeOptions>)
          visit(options.channel);
      },
      protocol);
}

/// The MED that 1.6 sends as 0 is left out by BIRD 2; RFC 4271 section 9.1.2.2 c takes none for the lowest.
bool only_a_zero_med(const Route&, const Both<Answer>& answers) {
  if (!answers[first].passes || !answers[second].passes) return false;
  Both<proto::AttributeBlock> without;
  for (auto side : sides) {
    without[side] = answers[side].attributes;
    if (without[side].view().u32(proto::AttributeCode::med) == 0u) without[side].erase(proto::AttributeCode::med);
  }
  return without[first].view() == without[second].view();
}

/// One family of both configurations.
class FamilyComparison {
 public:
  FamilyComparison(const Both<const config::Config*>& configs, proto::Family family, const Request& request,
                   Report& report)
      : configs_(configs),
        request_(request),
        report_(report),
        world_(family),
        names_(configs[first]->dialect, *configs[first]->symbols),
        numbers_(renumber(*configs[first], *configs[second])),
        sessions_(match_sessions(*configs[first], *configs[second], family)) {
    for (auto* config : configs)
      for (auto& protocol : config->protocols) survey(protocol);
    origins_ = make_origins(world_, configs_, sessions_, constants_);
    load_attestations(configs_, world_.rib());
  }

  void run() {
    compare_tables();
    for (auto& pair : sessions_) compare(pair);
    for (auto& pair : match_kernels(*configs_[first], *configs_[second], world_.family())) compare(pair);
    for (auto& pair : match_pipes(*configs_[first], *configs_[second], world_.family())) compare(pair);
    compare_local("static routes", static_routes(*configs_[first], world_, names_),
                  static_routes(*configs_[second], world_, names_));
    auto addresses = addresses_for(configs_, world_);
    compare_local("direct routes", direct_routes(*configs_[first], addresses, world_, names_),
                  direct_routes(*configs_[second], addresses, world_, names_));
  }

 private:
  /// What filters of this family contain, and what import sides may leave on routes.
  void survey(const config::ProtocolConfig& protocol) {
    bool bgp = std::holds_alternative<BgpOptions>(protocol), pipe = std::holds_alternative<rib::PipeOptions>(protocol);
    auto import = [&](const Program& program) {
      Constants of_import;
      gather(program, of_import);
      if (bgp || pipe) world_.set_on_bgp.merge(std::set(of_import.written));
      if (!bgp) world_.set_on_local.merge(std::set(of_import.written));
    };
    for_channels(protocol, [&](const rib::ChannelOptions& channel) {
      if (channel.family != world_.family()) return;
      import(*channel.import_filter);
      if (pipe) import(*channel.export_filter);
      if (!surveyed_.insert(channel.import_filter.get()).second &&
          !surveyed_.insert(channel.export_filter.get()).second)
        return;
      gather(*channel.import_filter, constants_);
      gather(*channel.export_filter, constants_);
    });
    auto* routes = std::get_if<rib::StaticOptions>(&protocol);
    for (std::size_t i = 0; routes && i < routes->routes.size(); ++i) {
      auto& route = routes->routes[i];
      if (route.net.family != world_.family()) continue;
      if (route.edits) {
        import(*route.edits);
        gather(*route.edits, constants_);
      }
      auto& ways = world_.static_ways;
      if (!route.recursive && route.hops.empty()) ways.dead = true;
      if (route.recursive) ways.gateway = true;
      for (auto& hop : route.hops) (hop.gateway.is_unspecified() ? ways.interface : ways.gateway) = true;
    }
  }

  Section& section(std::string title) {
    report_.sections.push_back({std::move(title), {}, {}});
    return report_.sections.back();
  }
  std::string family_words() const { return std::string(proto::family_name(world_.family())); }

  /// "A 'name' at bird.conf:41".
  std::string named(Side side, const std::string& name) const {
    auto& config = *configs_[side];
    auto* symbol = config.symbols->find(name);
    auto letter = side == first ? 'A' : 'B';
    if (!symbol || symbol->place.line == 0) return fmt::format("{} '{}'", letter, name);
    auto& file = config.sources->name(symbol->place.file);
    return fmt::format("{} '{}' at {}:{}", letter, name, file.substr(file.rfind('/') + 1), symbol->place.line);
  }
  template <class Options>
  std::string title(const std::string& what, const Match<Options>& pair) const {
    std::string text = what;
    if (pair.a) text += ", " + named(first, pair.a->protocol.name);
    if (pair.b) text += ", " + named(second, pair.b->protocol.name);
    return text;
  }
  template <class Options>
  bool only_one(const Match<Options>& pair, Section& section) {
    if (pair.a && pair.b) return false;
    section.differences.push_back(pair.a ? "only A has it" : "only B has it");
    return true;
  }

  void compare_tables() {
    auto names = [&](Side side) {
      std::set<std::string> list;
      for (auto& table : configs_[side]->tables)
        if (table.family == world_.family()) list.insert(table_name(table.name, table.family));
      return list;
    };
    auto a = names(first), b = names(second);
    auto& to = section("tables");
    for (auto& name : a)
      if (!b.contains(name)) to.differences.push_back(fmt::format("only A has table '{}'", name));
    for (auto& name : b)
      if (!a.contains(name)) to.differences.push_back(fmt::format("only B has table '{}'", name));
    auto roas = differing_roas(configs_, world_.family());
    if (!roas.empty()) note_limit("filters of both were judged by A's ROAs");
    to.differences.insert(to.differences.end(), roas.begin(), roas.end());
  }

  void compare(const Match<BgpOptions>& pair) {
    auto& to = section(title("bgp " + neighbour_text(pair.a ? *pair.a : *pair.b), pair));
    if (only_one(pair, to)) return;
    ++report_.sessions;
    if (pair.a->protocol.name != pair.b->protocol.name) to.notes.push_back("another name");
    compare_session(*pair.a, *pair.b, to);
    auto& a = *channel_of(*pair.a, world_.family());
    auto& b = *channel_of(*pair.b, world_.family());
    compare_channel(*pair.a, a, *pair.b, b, to);
    compare_import({ImportSide{pair.a, &a}, ImportSide{pair.b, &b}}, to);
    compare_export({export_of(*pair.a, a), export_of(*pair.b, b)}, to);
  }

  void compare_import(const Both<ImportSide>& both, Section& to) {
    auto words = [&](const ImportSide& side) {
      auto& o = *side.options;
      auto remote_as = o.remote_as ? o.remote_as : o.local_as + 1;
      return fmt::format(
          "{} {} {} {} {} {} {} {} {} {} {}", o.local_as, session::public_as(o),
          static_cast<int>(session::peer_kind(o, remote_as)), o.allow_local_as.value_or(0),
          o.enforce_first_as ? remote_as : 0, o.default_bgp_local_pref, o.router_id,
          o.rr_client ? o.rr_cluster_id.value_or(o.router_id) : 0,
          o.local_role ? static_cast<int>(*o.local_role) * 0x10000 + static_cast<int>(remote_as & 0xffff) : -1,
          o.allow_local_pref, side.channel->channel.preference);
    };
    auto& channels = both;
    auto judged = [&](const Corpus& corpus, auto&& look) { look(corpus, *judge_bgp_import(world_, both, numbers_)); };
    Origin origin = world_.make_origin(Origin::Kind::bgp, filter::RouteSource::bgp, "the peer",
                                       {origin_side(*both[first].options), origin_side(*both[second].options)});
    filters({channels[first].channel->channel.import_filter, channels[second].channel->channel.import_filter},
            {words(both[first]), words(both[second])}, {&origin}, Meeting::import_bgp, "import " + family_words(),
            "accepts", judged, {}, to);
  }

  OriginSide origin_side(const BgpOptions& options) const {
    auto remote_as = options.remote_as ? options.remote_as : options.local_as + 1;
    return {options.protocol.name,
            session::source_facts(options, *channel_of(options, world_.family()), remote_as, World::shared_link),
            channel_of(options, world_.family())->channel.preference};
  }

  announce::ExportOptions export_of(const BgpOptions& options, const session::BgpChannelOptions& channel) const {
    auto remote_as = options.remote_as ? options.remote_as : options.local_as + 1;
    auto rules = session::import_rules(options, remote_as, options.multihop ? 0 : World::shared_link);
    session::Agreed agreed;
    agreed.local_address = options.local_address.is_unspecified() ? world_.own_address() : options.local_address;
    agreed.add_path = channel.add_paths == session::AddPaths::tx || channel.add_paths == session::AddPaths::both;
    agreed.extended_next_hop = channel.extended_next_hop;
    agreed.as4 = options.enable_as4;
    agreed.long_lived = true;
    return session::export_options(options, channel, rules, agreed, world_.rib().interfaces());
  }

  void compare_export(const Both<announce::ExportOptions>& both, Section& to) {
    auto words = [](const announce::ExportOptions& o) {
      return fmt::format("{} {} {} {} {} {} {} {} {} {} {} {} {} {} {} {} {} {} {}", static_cast<int>(o.dialect),
                         o.external, o.other_member, o.rr_client, o.rs_client, o.local_as, o.confederation,
                         o.cluster_id, static_cast<int>(o.next_hop_self), static_cast<int>(o.next_hop_keep),
                         o.next_hop_address ? o.next_hop_address->text() : "", o.local_address.text(), o.ifindex,
                         o.default_local_pref, o.interpret_communities, o.allow_local_pref,
                         o.local_role ? *o.local_role : 255, o.extended_next_hop, o.secondary);
    };
    auto judged = [&](const Corpus& corpus, auto&& look) { look(corpus, *judge_bgp_export(world_, both, numbers_)); };
    bool dialects_differ = both[first].dialect != both[second].dialect;
    auto excuse = dialects_differ ? only_a_zero_med : std::function<bool(const Route&, const Both<Answer>&)>();
    std::vector<const Origin*> from;
    for (auto& origin : origins_) from.push_back(&origin);
    filters({both[first].filter, both[second].filter}, {words(both[first]), words(both[second])}, std::move(from),
            Meeting::table, "export " + family_words(), "sends", judged, excuse, to);
  }

  void compare(const Match<kernel::KernelOptions>& pair) {
    auto& to = section(
        title(fmt::format("kernel {} table {}", family_words(), (pair.a ? pair.a : pair.b)->kernel_table), pair));
    if (only_one(pair, to)) return;
    compare_kernel(*pair.a, *pair.b, to);
    auto words = [](const kernel::KernelOptions& o) {
      return fmt::format("{} {}", o.metric, o.bird1 && !o.device_routes);
    };
    auto judged = [&](const Corpus& corpus, auto&& look) {
      look(corpus, *judge_kernel(world_, {pair.a, pair.b}, numbers_));
    };
    std::vector<const Origin*> from, learned;
    for (auto& origin : origins_) (origin.kind == Origin::Kind::learned ? learned : from).push_back(&origin);
    filters({pair.a->channel.export_filter, pair.b->channel.export_filter}, {words(*pair.a), words(*pair.b)}, from,
            Meeting::table, "export", "writes", judged, {}, to);
    if (pair.a->learn != kernel::Learn::off || pair.b->learn != kernel::Learn::off)
      plain(pair.a->channel, pair.b->channel, false, learned, Meeting::import_local, "import of learned routes", to);
  }

  void compare(const Match<rib::PipeOptions>& pair) {
    auto& of = pair.a ? *pair.a : *pair.b;
    auto& to = section(title(fmt::format("pipe of {} and {}", of.channel.table, of.peer_table), pair));
    if (only_one(pair, to)) return;
    compare_pipe(*pair.a, *pair.b, to);
    std::vector<const Origin*> from;
    for (auto& origin : origins_) from.push_back(&origin);
    plain(pair.a->channel, pair.b->channel, false, from, Meeting::table, "import", to);
    plain(pair.a->channel, pair.b->channel, true, from, Meeting::table, "export", to);
  }

  void plain(const rib::ChannelOptions& a, const rib::ChannelOptions& b, bool out, std::vector<const Origin*> from,
             Meeting meeting, const std::string& what, Section& to) {
    Both<PlainSide> both{PlainSide{out ? a.export_filter : a.import_filter, a.preference, out ? a.export_in : std::nullopt},
                         PlainSide{out ? b.export_filter : b.import_filter, b.preference, out ? b.export_in : std::nullopt}};
    auto judged = [&](const Corpus& corpus, auto&& look) { look(corpus, *judge_plain(world_, both, numbers_)); };
    filters({both[first].program, both[second].program}, {std::to_string(a.preference), std::to_string(b.preference)},
            std::move(from), meeting, what, "accepts", judged, {}, to);
  }

  /// Compares one pair of filters with the rules around them; `rules` says all of those that routes depend on.
  template <class Judged>
  void filters(const Both<ProgramPtr>& programs, const Both<std::string>& rules, std::vector<const Origin*> from,
               Meeting meeting, const std::string& what, const char* passed, Judged&& judged,
               const std::function<bool(const Route&, const Both<Answer>&)>& excuse, Section& to) {
    ++report_.filters;
    Constants constants;
    for (auto& program : programs) gather(*program, constants);
    if (!gather_attestations(world_.rib(), constants))
      note_limit(fmt::format("{}: routes were made of the first ROAs and ASPAs only", to.title));
    Both<std::size_t> numbers{program_numbers_.of(programs[first]), program_numbers_.of(programs[second])};
    bool by_name = constants.reads(filter::Attribute::Kind::protocol);
    bool custom = has_custom_attributes(*configs_[first]) || has_custom_attributes(*configs_[second]);
    bool same_text = numbers[first] == numbers[second] && rules[first] == rules[second] &&
                     configs_[first]->dialect == configs_[second]->dialect;
    if (request_.trust_equal_text && same_text && !by_name && !custom) return;
    auto key = fmt::format("{} {} {} {} {} {}{}", numbers[first], numbers[second], rules[first], rules[second],
                           static_cast<int>(meeting), what,
                           by_name && meeting == Meeting::import_bgp ? to.title : std::string());
    auto known = found_.find(key);
    if (known == found_.end()) {
      ++report_.run;
      Findings findings;
      Corpus corpus(constants, world_, std::move(from), meeting);
      judged(corpus, [&](const Corpus& routes, Judge& judge) {
        auto result = explore(routes, judge, request_.routes_per_filter, excuse);
        report_.routes += result.routes;
        describe(result, what, passed, findings);
      });
      known = found_.emplace(key, std::move(findings)).first;
    }
    auto& findings = known->second;
    to.differences.insert(to.differences.end(), findings.differences.begin(), findings.differences.end());
    to.notes.insert(to.notes.end(), findings.notes.begin(), findings.notes.end());
  }

  struct Findings {
    std::vector<std::string> differences, notes;
  };
  void describe(const Exploration& result, const std::string& what, const char* passed, Findings& findings) const {
    constexpr std::size_t most_shown = 8;
    if (result.excused)
      findings.notes.push_back(
          fmt::format("{}: 1.6 sends MED 0 where BIRD 2 sends none ({} of {} routes); receivers take both alike", what,
                      result.excused, result.routes));
    if (result.groups.empty()) return;
    auto text = fmt::format("{}: {} of {} routes differ", what, result.different, result.routes);
    for (std::size_t i = 0; i < std::min(most_shown, result.groups.size()); ++i)
      text += '\n' + group_text(result.groups[i], world_, names_, passed);
    if (result.groups.size() > most_shown)
      text += fmt::format("\n{} more kinds of difference", result.groups.size() - most_shown);
    findings.differences.push_back(std::move(text));
  }

  void compare_local(const char* what, const std::vector<std::string>& a, const std::vector<std::string>& b) {
    auto& to = section(fmt::format("{} {}", family_words(), what));
    auto missing = [&](const std::vector<std::string>& from, const std::vector<std::string>& in, char letter) {
      constexpr std::size_t most_shown = 20;
      std::vector<std::string> lines;
      std::set_difference(from.begin(), from.end(), in.begin(), in.end(), std::back_inserter(lines));
      for (std::size_t i = 0; i < std::min(lines.size(), most_shown); ++i)
        to.differences.push_back(fmt::format("only {} has {}", letter, lines[i]));
      if (lines.size() > most_shown)
        to.differences.push_back(fmt::format("only {} has {} more", letter, lines.size() - most_shown));
    };
    missing(a, b, 'A');
    missing(b, a, 'B');
  }

  void note_limit(std::string words) {
    if (std::find(report_.limits.begin(), report_.limits.end(), words) == report_.limits.end())
      report_.limits.push_back(std::move(words));
  }

  const Both<const config::Config*>& configs_;
  const Request& request_;
  Report& report_;
  World world_;
  AttributeNames names_;
  Renumbering numbers_;
  std::vector<Match<BgpOptions>> sessions_;
  Constants constants_;
  std::set<const Program*> surveyed_;
  std::vector<Origin> origins_;
  ProgramNumbers program_numbers_;
  std::map<std::string, Findings> found_;
};

/// What belongs to no family.
/// Those that run, one by one in the order written: which sessions each takes is among its options.
void compare_bfd_protocols(const config::Config& a, const config::Config& b, Report& report) {
  auto running = [](const config::Config& config) {
    std::vector<const bfd::BfdOptions*> list;
    for (auto& protocol : config.protocols)
      if (auto* options = std::get_if<bfd::BfdOptions>(&protocol); options && !options->protocol.disabled)
        list.push_back(options);
    return list;
  };
  auto in_a = running(a), in_b = running(b);
  for (std::size_t i = 0; i < std::max(in_a.size(), in_b.size()); ++i) {
    Section section{"bfd", {}, {}};
    if (i >= in_a.size() || i >= in_b.size())
      section.differences.push_back(fmt::format("only {} runs it", i < in_a.size() ? 'A' : 'B'));
    else
      compare_bfd(*in_a[i], *in_b[i], section);
    report.sections.push_back(std::move(section));
  }
}

void compare_globals(const config::Config& a, const config::Config& b, const std::vector<proto::Family>& families,
                     Report& report) {
  Section section{"global options", {}, {}};
  auto id_text = [](const std::optional<std::uint32_t>& id) {
    return id ? proto::quad_text(*id) : std::string("chosen at start");
  };
  if (a.router_id != b.router_id)
    section.differences.push_back(fmt::format("router id: A {}, B {}", id_text(a.router_id), id_text(b.router_id)));
  if (a.router_id_from != b.router_id_from) section.differences.push_back("router id from: other interfaces");
  if (a.graceful_restart_wait != b.graceful_restart_wait)
    section.differences.push_back(
        fmt::format("graceful restart wait: A {}, B {}", a.graceful_restart_wait, b.graceful_restart_wait));
  // Where nobody may connect, listening means nothing.
  auto connects = [&](proto::Family family) {
    for (auto* config : {&a, &b})
      for (auto& protocol : config->protocols)
        if (auto* bgp = std::get_if<BgpOptions>(&protocol);
            bgp && (bgp->range ? bgp->range->family : bgp->remote_address.family()) == family)
          return true;
    return false;
  };
  auto places = [&](const config::Config& config) {
    std::set<std::string> list;
    for (auto& listen : config.listen) {
      bool dual = listen.address == proto::Address() && !listen.v6only;
      for (auto family : families)
        if (connects(family) && (dual || listen.address.family() == family))
          list.insert(fmt::format("{} port {}",
                                  listen.address.is_unspecified()
                                      ? fmt::format("any {} address", proto::family_name(family))
                                      : listen.address.text(),
                                  listen.port));
    }
    return fmt::format("{}", fmt::join(list, ", "));
  };
  if (places(a) != places(b))
    section.differences.push_back(fmt::format("listens: A on {}, B on {}", places(a), places(b)));
  auto aspas = differing_aspas({&a, &b});
  section.differences.insert(section.differences.end(), aspas.begin(), aspas.end());
  report.sections.push_back(std::move(section));

  auto device = [](const config::Config& config) {
    for (auto& protocol : config.protocols)
      if (auto* options = std::get_if<kernel::DeviceOptions>(&protocol)) return *options;
    return kernel::DeviceOptions();
  };
  Section devices{"device", {}, {}};
  compare_device(device(a), device(b), devices);
  report.sections.push_back(std::move(devices));
  compare_bfd_protocols(a, b, report);
}

std::vector<proto::Family> families_of(const config::Config& a, const config::Config& b, const Request& request,
                                       Report& report) {
  if (request.family) return {*request.family};
  for (auto* config : {&a, &b})
    if (config->dialect == filter::Dialect::bird1) {
      if (a.dialect != b.dialect)
        report.limits.push_back(fmt::format("only {} was compared: a 1.6 configuration has one family (see --family)",
                                            proto::family_name(config->family)));
      return {config->family};
    }
  return {proto::Family::ipv4, proto::Family::ipv6};
}

}  // namespace

bool Report::equivalent() const {
  return std::all_of(sections.begin(), sections.end(), [](auto& section) { return section.differences.empty(); });
}

Report compare(const config::Config& a, const config::Config& b, const Request& request) {
  Report report;
  auto families = families_of(a, b, request, report);
  compare_globals(a, b, families, report);
  Both<const config::Config*> configs{&a, &b};
  for (auto family : families) FamilyComparison(configs, family, request, report).run();
  std::erase_if(report.sections, [](auto& section) { return section.differences.empty() && section.notes.empty(); });
  return report;
}

}  // namespace avocet::equivalent
