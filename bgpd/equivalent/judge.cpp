#include "bgpd/equivalent/judge.hpp"

#include <fmt/format.h>
#include <algorithm>

#include "bgpd/kernel/wanted_route.hpp"
#include "proto/community.hpp"

namespace avocet::equivalent {
namespace {

using proto::AttributeBlock;
using proto::AttributeCode;
using proto::DestinationKind;

/// Custom attributes keep their meaning, not their number.
AttributeBlock renumbered(proto::AttributeView attributes, const Renumbering& numbers) {
  AttributeBlock block;
  attributes.for_each([&](const proto::AttributeEntry& entry) {
    auto known = numbers.find(proto::code_of(entry.code));
    auto code = known == numbers.end() ? entry.code : static_cast<AttributeCode>(known->second);
    block.set(code, entry.flags, entry.value);
  });
  return block;
}

/// What judges share: a route as one side sees it.
class Bench : public Judge {
 public:
  Bench(World& world, const Renumbering& numbers) : world_(world), to_second_(numbers) {
    for (auto& [a, b] : numbers) to_first_[b] = a;
  }
  ~Bench() override {
    if (held_.valid()) world_.rib().attributes().release(held_);
  }

 protected:
  AttributeBlock as_seen(Side side, const Route& route) const {
    return side == second && !to_second_.empty() ? renumbered(route.attributes, to_second_) : route.attributes;
  }
  /// The answer's attributes in the first side's numbers.
  void keep(Side side, proto::AttributeView attributes, Answer& answer) const {
    if (side == second && !to_first_.empty())
      answer.attributes = renumbered(attributes, to_first_);
    else
      answer.attributes.assign(attributes);
  }

  rib::RouteView view(Side side, const Route& route, proto::AttributeView attributes) {
    auto& store = world_.rib().attributes();
    auto id = store.intern(attributes);
    if (held_.valid()) store.release(held_);
    held_ = id;
    rib::RouteView view;
    view.channel = route.origin->channels[side].get();
    view.net = route.net;
    view.attributes = store.view(id);
    view.keys = &store.keys(id);
    view.preference = view.keys->has_preference ? view.keys->preference : view.channel->options.preference;
    view.source = source(side, route);
    auto& to = view.resolution;
    to.kind = route.destination.kind;
    to.hops = route.destination.hops;
    to.reachable = to.kind == DestinationKind::unicast;
    if (view.keys->has_igp_metric) to.igp_metric = view.keys->igp_metric;
    return view;
  }

  World& world_;

 private:
  /// BIRD 1.6 tells static routes over an interface alone apart.
  filter::RouteSource source(Side side, const Route& route) const {
    auto& hops = route.destination.hops;
    bool over_interface = hops.size() == 1 && hops[0].gateway.is_unspecified();
    bool told_apart = route.origin->kind == Origin::Kind::static_ && over_interface &&
                      route.origin->channels[side]->facts.dialect == filter::Dialect::bird1;
    return told_apart ? filter::RouteSource::static_device : route.origin->source;
  }

  Renumbering to_second_, to_first_;
  rib::AttrId held_;
};

void begin(Answer& answer) {
  answer.passes = false;
  answer.why = "";
  answer.attributes.clear();
  answer.words.clear();
  answer.trace.clear();
  answer.error.clear();
}

/// Runs an import filter; the route enters the table with the attributes that it leaves.
void pass_import(const filter::Program& program, const filter::RouteFacts& facts, proto::AttributeView attributes,
                 const rib::Rib& rib, filter::Edits& edits, Answer& answer, proto::AttributeView& result) {
  edits.trace = &answer.trace;
  auto verdict = filter::run(program, facts, attributes, rib, edits);
  answer.passes = verdict.outcome == filter::Outcome::accept;
  answer.error = verdict.error;
  result = edits.changed ? edits.attributes.view() : attributes;
}

/// The preference counts where it ends up, whoever set it.
std::string preference_words(proto::AttributeView attributes, std::uint16_t of_channel) {
  return fmt::format("preference {}", attributes.u32(AttributeCode::preference).value_or(of_channel));
}

class BgpImport final : public Bench {
 public:
  BgpImport(World& world, const Both<ImportSide>& both, const Renumbering& numbers)
      : Bench(world, numbers), both_(both) {
    for (auto side : sides) {
      auto& options = *both[side].options;
      auto remote_as = options.remote_as ? options.remote_as : options.local_as + 1;
      rules_[side] = session::import_rules(options, remote_as, options.multihop ? 0 : World::shared_link);
    }
  }

  void ask(Side side, const Route& route, Answer& answer) override {
    begin(answer);
    auto block = as_seen(side, route);
    auto& rules = rules_[side];
    auto& options = *both_[side].options;
    if (rules.kind == session::PeerKind::external) {  // as the decoder does
      if (!options.allow_local_pref) block.erase(AttributeCode::local_pref);
      block.erase(AttributeCode::originator_id);
      block.erase(AttributeCode::cluster_list);
    }
    if (auto* refusal = session::import_refusal(rules, block)) {
      answer.why = refusal;
      return;
    }
    session::complete_attributes(rules, route.net.family, block);
    auto facts = filter_facts(view(side, route, block));
    facts.preference = both_[side].channel->channel.preference;
    proto::AttributeView result;
    pass_import(*both_[side].channel->channel.import_filter, facts, block, world_.rib(), edits_, answer, result);
    if (!answer.passes) return;
    answer.words = {preference_words(result, facts.preference)};
    AttributeBlock entered(result);
    entered.erase(AttributeCode::preference);
    keep(side, entered, answer);
  }

 private:
  Both<ImportSide> both_;
  Both<session::ImportRules> rules_;
  filter::Edits edits_;
};

class Plain final : public Bench {
 public:
  Plain(World& world, const Both<PlainSide>& both, const Renumbering& numbers) : Bench(world, numbers), both_(both) {}

  void ask(Side side, const Route& route, Answer& answer) override {
    begin(answer);
    if (auto& only_in = both_[side].only_in; only_in && !only_in->contains(route.net)) {
      answer.why = "outside of the prefix of 'export in'";
      return;
    }
    auto block = as_seen(side, route);
    auto facts = filter_facts(view(side, route, block));
    if (!block.view().has(AttributeCode::preference)) facts.preference = both_[side].preference;
    proto::AttributeView result;
    pass_import(*both_[side].program, facts, block, world_.rib(), edits_, answer, result);
    if (!answer.passes) return;
    answer.words = {preference_words(result, both_[side].preference)};
    AttributeBlock entered(result);
    entered.erase(AttributeCode::preference);
    keep(side, entered, answer);
  }

 private:
  Both<PlainSide> both_;
  filter::Edits edits_;
};

class BgpExport final : public Bench {
 public:
  BgpExport(World& world, const Both<announce::ExportOptions>& both, const Renumbering& numbers)
      : Bench(world, numbers),
        both_(both),
        pipelines_{announce::ExportPipeline(world.rib()), announce::ExportPipeline(world.rib())} {}

  void ask(Side side, const Route& route, Answer& answer) override {
    begin(answer);
    auto block = as_seen(side, route);
    auto& pipeline = pipelines_[side];
    pipeline.trace(&answer.trace);
    auto reason = pipeline.run(view(side, route, block), both_[side], rib::SourceId{}, sent_);
    pipeline.trace(nullptr);
    answer.passes = reason.result == announce::ExportResult::accepted;
    if (reason.result == announce::ExportResult::not_offered) answer.why = reason.why;
    answer.error = pipeline.error();
    if (answer.passes) answer.attributes = sent_;
  }

 private:
  Both<announce::ExportOptions> both_;
  Both<announce::ExportPipeline> pipelines_;
  AttributeBlock sent_;
};

class Kernel final : public Bench {
 public:
  Kernel(World& world, const Both<const kernel::KernelOptions*>& both, const Renumbering& numbers)
      : Bench(world, numbers), both_(both) {}

  void ask(Side side, const Route& route, Answer& answer) override {
    begin(answer);
    auto block = as_seen(side, route);
    auto& options = *both_[side];
    auto seen = view(side, route, block);
    if (kernel::why_hidden(seen, options)) {
      answer.why = "direct routes are the kernel's own";
      return;
    }
    edits_.trace = &answer.trace;
    edits_.clear();
    auto wanted = kernel::wanted_route(world_.rib(), seen, options, edits_);
    answer.error = wanted.verdict.error;
    answer.passes = wanted.route.has_value();
    if (wanted.route) describe(*wanted.route, options, answer);
  }

 private:
  void describe(const kernel::KernelRoute& route, const kernel::KernelOptions& options, Answer& answer) const {
    auto& words = answer.words;
    constexpr const char* kinds[] = {"", "unicast", "blackhole", "unreachable", "prohibit"};
    words.push_back(kinds[static_cast<std::size_t>(route.kind)]);
    for (auto& hop : route.hops) {
      auto name = world_.rib().interface_name(hop.ifindex);
      words.push_back(fmt::format("{}dev {}{}{}", hop.gateway.is_unspecified() ? "" : "via " + hop.gateway.text() + ' ',
                                  name, hop.weight ? fmt::format(" weight {}", hop.weight + 1) : "",
                                  hop.onlink ? " onlink" : ""));
    }
    words.push_back(fmt::format("metric {}", kernel::normal_metric(options, route.metric)));
    if (!route.prefsrc.is_unspecified()) words.push_back("prefsrc " + route.prefsrc.text());
    if (route.realm) words.push_back(fmt::format("realm {}", route.realm));
    if (route.locked) words.push_back(fmt::format("locked {:#x}", route.locked));
    for (auto& [number, value] : route.metrics) words.push_back(fmt::format("rtax {} {}", number, value));
  }

  Both<const kernel::KernelOptions*> both_;
  filter::Edits edits_;
};

}  // namespace

std::unique_ptr<Judge> judge_bgp_import(World& world, const Both<ImportSide>& both, const Renumbering& numbers) {
  return std::make_unique<BgpImport>(world, both, numbers);
}
std::unique_ptr<Judge> judge_plain(World& world, const Both<PlainSide>& both, const Renumbering& numbers) {
  return std::make_unique<Plain>(world, both, numbers);
}
std::unique_ptr<Judge> judge_bgp_export(World& world, const Both<announce::ExportOptions>& both,
                                        const Renumbering& numbers) {
  return std::make_unique<BgpExport>(world, both, numbers);
}
std::unique_ptr<Judge> judge_kernel(World& world, const Both<const kernel::KernelOptions*>& both,
                                    const Renumbering& numbers) {
  return std::make_unique<Kernel>(world, both, numbers);
}

}  // namespace avocet::equivalent
