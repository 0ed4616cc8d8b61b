#include "bgpd/equivalent/origins.hpp"

#include <fmt/format.h>
#include <algorithm>

#include "bgpd/filter/operation.hpp"
#include "bgpd/session/route_rules.hpp"

namespace avocet::equivalent {
namespace {

using filter::RouteSource;
using session::BgpOptions;

constexpr std::size_t most_kinds_of_sessions = 24;

class Maker {
 public:
  Maker(World& world, const Both<const config::Config*>& configs, const Constants& constants)
      : world_(world), configs_(configs), constants_(constants) {}

  std::vector<Origin> make(const std::vector<Match<BgpOptions>>& sessions) {
    for (auto& pair : sessions)
      if (pair.a && pair.b) session(*pair.a, *pair.b);
    strangers(sessions, false);
    strangers(sessions, true);
    others();
    return std::move(origins_);
  }

 private:
  /// Whether a filter could tell this name from another one.
  std::string name_seen(const std::string& name) const {
    if (!constants_.reads(filter::Attribute::Kind::protocol)) return {};
    bool named = std::any_of(constants_.strings.begin(), constants_.strings.end(),
                             [&](auto& pattern) { return filter::glob_match(pattern, name); });
    return named ? name : std::string();
  }
  std::string address_seen(const proto::Address& address) const {
    if (!constants_.reads(filter::Attribute::Kind::from)) return {};
    bool named = constants_.addresses.contains(address) ||
                 std::any_of(constants_.prefixes.begin(), constants_.prefixes.end(),
                             [&](auto& pattern) { return pattern.net.contains(address); });
    return named ? address.text() : std::string();
  }

  OriginSide side_of(const BgpOptions& options) const {
    auto& channel = *channel_of(options, world_.family());
    auto remote_as = options.remote_as ? options.remote_as : options.local_as + 1;
    OriginSide side{options.protocol.name, session::source_facts(options, channel, remote_as, World::shared_link),
                    channel.channel.preference};
    side.facts.remote_id = 0x0a000001;  // what the neighbour will say is not known here
    if (side.facts.local_address.is_unspecified()) side.facts.local_address = world_.own_address();
    return side;
  }
  std::string kind_of(const OriginSide& side) const {
    auto& facts = side.facts;
    return fmt::format("{} {} {} {} {} {} {} {} '{}' '{}'", facts.external, facts.remote_as == facts.local_as,
                       facts.rr_client, facts.rs_client, facts.cluster_id, facts.ifindex, side.preference,
                       facts.local_as, name_seen(side.protocol), address_seen(facts.remote_address));
  }

  void session(const BgpOptions& a, const BgpOptions& b) {
    Both<OriginSide> both{side_of(a), side_of(b)};
    auto kind = kind_of(both[first]) + " / " + kind_of(both[second]);
    if (kinds_.size() >= most_kinds_of_sessions || !kinds_.insert(kind).second) return;
    origins_.push_back(world_.make_origin(Origin::Kind::bgp, RouteSource::bgp, "bgp " + neighbour_text(a), both));
  }

  /// Peers as any configuration has, so that one session alone has routes to export.
  void strangers(const std::vector<Match<BgpOptions>>& sessions, bool internal) {
    Both<OriginSide> both;
    for (auto side : sides) {
      auto& to = both[side];
      to.protocol = internal ? "another_internal_peer" : "another_external_peer";
      to.facts.bgp = true;
      to.facts.local_as = 64512;
      for (auto& pair : sessions)
        if (auto* options = side == first ? pair.a : pair.b) {
          to.facts.local_as = options->local_as;
          break;
        }
      to.facts.remote_as = internal ? to.facts.local_as : 65551;
      to.facts.external = !internal;
      to.facts.remote_id = 0x0a000002;
      to.facts.remote_address = world_.gateway(World::other_link);
      to.facts.local_address = world_.own_address();
      to.facts.gateway_recursive = internal;
      to.facts.ifindex = internal ? 0 : World::other_link;
      to.facts.dialect = configs_[side]->dialect;
    }
    origins_.push_back(world_.make_origin(Origin::Kind::bgp, RouteSource::bgp,
                                          internal ? "another internal peer" : "another external peer", both));
  }

  /// Puts what has the same name on both sides at the same place; the others keep their order.
  static void pair_by_name(std::vector<OriginSide>& a, std::vector<OriginSide>& b) {
    for (std::size_t i = 0; i < a.size(); ++i) {
      auto named = std::find_if(b.begin(), b.end(), [&](auto& side) { return side.protocol == a[i].protocol; });
      if (named != b.end() && i < b.size()) std::iter_swap(b.begin() + static_cast<std::ptrdiff_t>(i), named);
    }
  }

  /// The first protocol of a kind stands for all unless filters ask for names.
  template <class Options, class Preference>
  void local(Origin::Kind kind, RouteSource source, const char* words, const char* plain_name, Preference preference) {
    Both<std::vector<OriginSide>> found;
    for (auto side : sides) {
      for (auto& protocol : configs_[side]->protocols)
        if (auto* options = std::get_if<Options>(&protocol))
          if (auto of_channel = preference(*options)) {
            OriginSide one{options->protocol.name, {}, *of_channel};
            one.facts.dialect = configs_[side]->dialect;
            found[side].push_back(std::move(one));
          }
      if (found[side].empty()) {
        OriginSide one{plain_name, {}, 100};
        one.facts.dialect = configs_[side]->dialect;
        found[side].push_back(std::move(one));
      }
    }
    pair_by_name(found[first], found[second]);
    std::set<std::string> seen;
    auto count = std::max(found[first].size(), found[second].size());
    for (std::size_t i = 0; i < count && seen.size() < most_kinds_of_sessions; ++i) {
      auto& a = found[first][std::min(i, found[first].size() - 1)];
      auto& b = found[second][std::min(i, found[second].size() - 1)];
      if (!seen.insert(name_seen(a.protocol) + '/' + name_seen(b.protocol)).second) continue;
      origins_.push_back(world_.make_origin(kind, source, words, {a, b}));
    }
  }

  void others() {
    auto of_list = [this](auto& options) -> std::optional<std::uint16_t> {
      for (auto& channel : options.channels)
        if (channel.family == world_.family()) return channel.preference;
      return std::nullopt;
    };
    local<rib::StaticOptions>(Origin::Kind::static_, RouteSource::static_, "static", "static1", of_list);
    local<kernel::DirectOptions>(Origin::Kind::device, RouteSource::device, "direct", "direct1", of_list);
    local<kernel::KernelOptions>(Origin::Kind::learned, RouteSource::inherit, "the kernel", "kernel1",
                                 [this](auto& options) -> std::optional<std::uint16_t> {
                                   if (options.channel.family != world_.family()) return std::nullopt;
                                   return options.channel.preference;
                                 });
    for (auto number : constants_.sources) {
      auto source = static_cast<RouteSource>(number);
      bool known = std::any_of(origins_.begin(), origins_.end(), [&](auto& origin) { return origin.source == source; });
      if (known || source == RouteSource::static_device || source == RouteSource::dummy) continue;
      Both<OriginSide> both;
      for (auto side : sides) both[side].protocol = "other1", both[side].facts.dialect = configs_[side]->dialect;
      origins_.push_back(
          world_.make_origin(Origin::Kind::foreign, source, fmt::format("a protocol with source {}", number), both));
    }
  }

  World& world_;
  const Both<const config::Config*>& configs_;
  const Constants& constants_;
  std::set<std::string> kinds_;
  std::vector<Origin> origins_;
};

}  // namespace

std::vector<Origin> make_origins(World& world, const Both<const config::Config*>& configs,
                                 const std::vector<Match<BgpOptions>>& sessions, const Constants& constants) {
  return Maker(world, configs, constants).make(sessions);
}

}  // namespace avocet::equivalent
