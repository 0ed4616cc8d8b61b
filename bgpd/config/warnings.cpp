#include "bgpd/config/warnings.hpp"

#include <algorithm>

#include <fmt/format.h>

#include <unordered_map>

#include "bgpd/config/layout.hpp"
#include "bgpd/filter/code.hpp"
#include "bgpd/filter/prefix_set.hpp"

namespace avocet::config {
namespace {

using filter::Expression;
using filter::Statement;
using Statements = std::vector<Statement>;
using Kind = Statement::Kind;
using proto::Family;

bool always_ends(const Statements& list);

bool always_ends(const Statement& one) {
  switch (one.kind) {
    case Kind::accept:
    case Kind::reject:
    case Kind::give_back: return true;
    case Kind::block: return always_ends(one.body);
    case Kind::branch: return always_ends(one.body) && always_ends(one.otherwise);
    case Kind::select: {
      bool otherwise = std::any_of(one.arms.begin(), one.arms.end(), [](auto& arm) { return arm.sets.empty(); });
      return otherwise &&
             std::all_of(one.arms.begin(), one.arms.end(), [](auto& arm) { return always_ends(arm.body); });
    }
    default: return false;
  }
}

bool always_ends(const Statements& list) {
  return std::any_of(list.begin(), list.end(), [](auto& one) { return always_ends(one); });
}

/// All lists of statements inside of one.
template <class Visit>
void for_bodies(const Statement& one, Visit visit) {
  visit(one.body);
  visit(one.otherwise);
  for (auto& arm : one.arms) visit(arm.body);
}

bool calls_one_of(const Expression& expression, const std::set<const filter::Function*>& accepting) {
  if (expression.kind == Expression::Kind::call && accepting.contains(expression.function.get())) return true;
  return std::any_of(expression.operands.begin(), expression.operands.end(),
                     [&](auto& operand) { return calls_one_of(*operand, accepting); });
}

/// Anything but saying that it rejects.
bool decides(const Statements& list) {
  return std::any_of(list.begin(), list.end(), [](auto& one) {
    if (one.kind == Kind::block) return decides(one.body);
    return one.kind != Kind::reject && one.kind != Kind::print && one.kind != Kind::declare;
  });
}

/// None, one or both of the families, as bits.
using Families = unsigned;
constexpr Families v4_only = 1, v6_only = 2;
Families bit_of(Family family) { return family == Family::ipv4 ? v4_only : v6_only; }

/// Families of all prefixes in the constants of some code and of what it calls. Many filters call one function:
/// functions are looked into once.
class CodeFamilies {
 public:
  Families of(const filter::Code& code) {
    Families found = 0;
    for (auto& [value, _] : code.constants) {
      if (value.is(filter::Type::prefix)) found |= bit_of(value.net().family);
      if (value.is(filter::Type::prefix_set) && !value.as_prefix_set().empty())
        found |= bit_of(value.as_prefix_set().family());
    }
    for (auto& called : code.calls)
      if (called) found |= of_function(*called);
    return found;
  }

 private:
  Families of_function(const filter::Code& code) {
    auto known = functions_.find(&code);
    if (known == functions_.end()) known = functions_.emplace(&code, of(code)).first;
    return known->second;
  }
  std::map<const filter::Code*, Families> functions_;
};

const char* name_of(Families family) { return family == v4_only ? "IPv4" : "IPv6"; }

}  // namespace

void warn_of_unreachable(const Statements& body, Diagnostics& diagnostics) {
  for (std::size_t i = 0; i < body.size(); ++i) {
    for_bodies(body[i], [&](auto& inner) { warn_of_unreachable(inner, diagnostics); });
    if (i + 1 == body.size() || !always_ends(body[i])) continue;
    auto& next = body[i + 1].at;
    diagnostics.warning({next.file, next.line, next.column, 1},
                        fmt::format("this is never reached: line {} always ends here", body[i].at.line));
    return;
  }
}

bool may_accept(const Statements& body, const std::set<const filter::Function*>& accepting) {
  return std::any_of(body.begin(), body.end(), [&](auto& one) {
    // A function called for what it does is made elsewhere, as Calico's pools are: it may be empty today.
    if (one.kind == Kind::accept || one.kind == Kind::evaluate) return true;
    if (std::any_of(one.expressions.begin(), one.expressions.end(),
                    [&](auto& expression) { return calls_one_of(*expression, accepting); }))
      return true;
    bool inside = false;
    for_bodies(one, [&](auto& inner) { inside = inside || may_accept(inner, accepting); });
    return inside;
  });
}

void warn_of_filter_without_accept(const Token& at, const std::string& name, const Statements& body, Parser& parser) {
  if (!decides(body) || may_accept(body, parser.symbols.accepting)) return;
  parser.diagnostics.warning(at.place, fmt::format("filter {} never accepts a route", name),
                             "there is no 'accept' in it");
}

void warn_of_unused(const Config& config, Diagnostics& diagnostics) {
  for (auto& definition : config.definitions) {
    if (definition.kind != "function" && definition.kind != "filter") continue;
    auto* symbol = config.symbols->find_global(definition.name);
    if (!symbol || symbol->used || symbol->place.file != 0) continue;
    // A name that needs quotes was made by a program, which writes what may be needed.
    if (name_text(definition.name) != definition.name) continue;
    diagnostics.warning(symbol->place, fmt::format("{} '{}' is never used", definition.kind, definition.name));
  }
}

void warn_of_silent_export(const Block& block, const Config& config, Diagnostics& diagnostics) {
  auto* bgp = std::get_if<session::BgpOptions>(&block.options);
  if (!bgp || config.dialect != filter::Dialect::bird1 || bgp->protocol.disabled) return;
  bool external = bgp->external_peer || (!bgp->internal_peer && bgp->remote_as != bgp->local_as);
  for (auto& channel : bgp->channels)
    if (external && !channel.channel.export_filter)
      diagnostics.warning(
          block.place,
          fmt::format("{} announces nothing: no 'export' is written, which means 'export none'", block.title()));
}

void warn_of_missing_bfd(const std::vector<Block*>& blocks, Diagnostics& diagnostics) {
  auto runs_bfd = [](auto* block) { return std::holds_alternative<bfd::BfdOptions>(block->options) && !common(block->options).disabled; };
  if (std::any_of(blocks.begin(), blocks.end(), runs_bfd)) return;
  constexpr auto hint = "write 'protocol bfd { }'";
  for (auto* block : blocks) {
    if (common(block->options).disabled) continue;
    auto* bgp = std::get_if<session::BgpOptions>(&block->options);
    if (bgp && bgp->bfd)
      diagnostics.warning(block->place_of("bfd"), fmt::format("{} asks for BFD, but no protocol bfd runs: nothing will watch the neighbour", block->title()), hint);
    auto* routes = std::get_if<rib::StaticOptions>(&block->options);
    for (std::size_t i = 0; routes && i < routes->routes.size(); ++i) {
      auto& hops = routes->routes[i].hops;
      if (std::none_of(hops.begin(), hops.end(), [](auto& hop) { return hop.bfd; })) continue;
      diagnostics.warning(block->routes[i], fmt::format("route {} asks for BFD, but no protocol bfd runs: it will not come up", routes->routes[i].net.text()), hint);
    }
  }
}

void warn_of_other_family(const std::vector<Block*>& blocks, Diagnostics& diagnostics) {
  struct Use {
    const filter::Program* program;
    Families families;
    const Block* block;  ///< the first
    const char* words;
  };
  std::vector<Use> uses;  // in the order written
  std::unordered_map<const filter::Program*, std::size_t> known;
  auto note = [&](const rib::ChannelOptions& channel, const Block& block) {
    for (auto [program, words] :
         {std::pair(channel.import_filter.get(), "import"), std::pair(channel.export_filter.get(), "export")}) {
      if (!program || !program->code) continue;
      auto [at, is_new] = known.emplace(program, uses.size());
      if (is_new) uses.push_back({program, 0, &block, words});
      uses[at->second].families |= bit_of(channel.family);
    }
  };
  for (auto* block : blocks) {
    if (auto* bgp = std::get_if<session::BgpOptions>(&block->options))
      for (auto& channel : bgp->channels) note(channel.channel, *block);
    if (auto* kernel = std::get_if<kernel::KernelOptions>(&block->options)) note(kernel->channel, *block);
    if (auto* pipe = std::get_if<rib::PipeOptions>(&block->options)) note(pipe->channel, *block);
    if (auto* routes = std::get_if<rib::StaticOptions>(&block->options))
      for (auto& channel : routes->channels) note(channel, *block);
  }
  CodeFamilies code_families;
  for (auto& [program, seen, block, words] : uses) {
    auto families = code_families.of(*program->code);
    bool one_each = (families == v4_only || families == v6_only) && (seen == v4_only || seen == v6_only);
    if (!one_each || families == seen) continue;
    diagnostics.warning(
        block->place_of(words),
        fmt::format("filter {} sees {} routes only, but every prefix in it is {}: such comparisons are always false",
                    filter::display_name(*program), name_of(seen), name_of(families)));
  }
}

}  // namespace avocet::config
