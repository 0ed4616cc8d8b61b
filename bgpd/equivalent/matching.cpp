#include "bgpd/equivalent/matching.hpp"

#include <fmt/format.h>
#include <algorithm>

#include "bgpd/equivalent/options.hpp"

namespace avocet::equivalent {
namespace {

using session::BgpOptions;

/// Protocols that may be the same have equal keys; the one with the highest score is.
template <class Options, class Key, class Score>
std::vector<Match<Options>> match(const std::vector<const Options*>& a, const std::vector<const Options*>& b, Key key,
                                  Score score) {
  std::multimap<std::string, const Options*> free;
  for (auto* options : b) free.emplace(key(*options), options);
  // Best fits first, or one of two sessions with a neighbour could be given away.
  std::vector<Match<Options>> matches;
  for (auto* options : a) matches.push_back({options, nullptr});
  for (int wanted = 7; wanted >= 0; --wanted)
    for (auto& pair : matches) {
      if (pair.b) continue;
      auto [from, to] = free.equal_range(key(*pair.a));
      auto found = std::find_if(from, to, [&](auto& entry) { return score(*pair.a, *entry.second) >= wanted; });
      if (found == to) continue;
      pair.b = found->second;
      free.erase(found);
    }
  for (auto* options : b)
    if (std::any_of(free.begin(), free.end(), [&](auto& entry) { return entry.second == options; }))
      matches.push_back({nullptr, options});
  return matches;
}

template <class Options, class Keep>
std::vector<const Options*> select(const config::Config& config, Keep keep) {
  std::vector<const Options*> list;
  for (auto& protocol : config.protocols)
    if (auto* options = std::get_if<Options>(&protocol); options && keep(*options)) list.push_back(options);
  return list;
}

std::string session_key(const BgpOptions& options) {
  auto& interface = options.interface;
  return fmt::format("{}%{}", options.range ? options.range->text() : options.remote_address.text(), interface);
}
int session_score(const BgpOptions& a, const BgpOptions& b) {
  return (a.remote_port == b.remote_port ? 4 : 0) + (a.remote_as == b.remote_as ? 2 : 0) +
         (a.protocol.name == b.protocol.name ? 1 : 0);
}

}  // namespace

const session::BgpChannelOptions* channel_of(const BgpOptions& options, proto::Family family) {
  auto at = std::find_if(options.channels.begin(), options.channels.end(),
                         [&](auto& channel) { return channel.channel.family == family; });
  return at == options.channels.end() ? nullptr : &*at;
}

std::string neighbour_text(const BgpOptions& options) {
  auto text = options.range ? "range " + options.range->text() : options.remote_address.text();
  if (!options.interface.empty()) text += " on " + options.interface;
  if (options.remote_port != 179) text += fmt::format(" port {}", options.remote_port);
  return text + (options.remote_as       ? fmt::format(" as {}", options.remote_as)
                 : options.external_peer ? " external"
                                         : " internal");
}

std::vector<Match<BgpOptions>> match_sessions(const config::Config& a, const config::Config& b, proto::Family family) {
  auto has_family = [&](const BgpOptions& options) { return channel_of(options, family) != nullptr; };
  return match<BgpOptions>(select<BgpOptions>(a, has_family), select<BgpOptions>(b, has_family), session_key,
                           session_score);
}

std::vector<Match<kernel::KernelOptions>> match_kernels(const config::Config& a, const config::Config& b,
                                                        proto::Family family) {
  using kernel::KernelOptions;
  auto has_family = [&](const KernelOptions& options) { return options.channel.family == family; };
  return match<KernelOptions>(
      select<KernelOptions>(a, has_family), select<KernelOptions>(b, has_family),
      [](auto& options) { return std::to_string(options.kernel_table); }, [](auto&, auto&) { return 7; });
}

std::vector<Match<rib::PipeOptions>> match_pipes(const config::Config& a, const config::Config& b,
                                                 proto::Family family) {
  using rib::PipeOptions;
  auto has_family = [&](const PipeOptions& options) { return options.channel.family == family; };
  auto key = [&](const PipeOptions& options) {
    return table_name(options.channel.table, family) + ' ' + table_name(options.peer_table, family);
  };
  return match<PipeOptions>(select<PipeOptions>(a, has_family), select<PipeOptions>(b, has_family), key,
                            [](auto&, auto&) { return 7; });
}

}  // namespace avocet::equivalent
