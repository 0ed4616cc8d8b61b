#include "bgpd/rib/aspa_table.hpp"

#include <algorithm>

#include "proto/as_path.hpp"

namespace avocet::rib {

bool AspaTable::replace(const std::string& source, std::vector<Aspa> aspas) {
  auto& present = sources_[source];
  bool changed = present != aspas;
  if (aspas.empty())
    sources_.erase(source);
  else
    present = std::move(aspas);
  if (!changed) return false;
  providers_.clear();
  for (auto& [_, list] : sources_)
    for (auto& aspa : list) {
      auto& known = providers_[aspa.customer];
      known.insert(known.end(), aspa.providers.begin(), aspa.providers.end());
    }
  return true;
}

AspaTable::Hop AspaTable::hop(std::uint32_t customer, std::uint32_t provider) const {
  auto attested = providers_.find(customer);
  if (attested == providers_.end()) return Hop::no_attestation;
  auto& list = attested->second;
  return std::find(list.begin(), list.end(), provider) != list.end() ? Hop::provider : Hop::not_provider;
}

AspaState AspaTable::check(proto::Bytes path, bool upstream) const {
  std::vector<std::uint32_t> hops;  // without prepended repetitions; the origin last
  bool only_sequences = true;
  proto::for_segments(path, [&](proto::SegmentType type, proto::AsNumbers numbers) {
    only_sequences &= type == proto::SegmentType::sequence;
    for (std::size_t i = 0; i < numbers.size(); ++i)
      if (hops.empty() || hops.back() != numbers[i]) hops.push_back(numbers[i]);
  });
  if (!only_sequences || hops.empty()) return AspaState::invalid;
  // A ramp is as long as each AS attests the next one as its provider; at most, as long as none denies it.
  struct Ramp {
    std::size_t at_least = 0, at_most = 0;
  };
  auto climb = [&](auto customer, auto provider) {
    Ramp ramp;
    bool certain = true;
    for (std::size_t i = 0; i + 1 < hops.size(); ++i) {
      auto next = hop(customer(i), provider(i));
      if (next == Hop::not_provider) break;
      certain &= next == Hop::provider;
      ramp.at_least += certain;
      ++ramp.at_most;
    }
    return ramp;
  };
  auto from_origin = [&](std::size_t i) { return hops[hops.size() - 1 - i]; };
  auto up = climb(from_origin, [&](std::size_t i) { return from_origin(i + 1); });
  auto steps = hops.size() - 1;
  if (!upstream) {
    auto down = climb([&](std::size_t i) { return hops[i]; }, [&](std::size_t i) { return hops[i + 1]; });
    up.at_least += down.at_least + 1;  // between the ramps may be one step sideways
    up.at_most += down.at_most + 1;
  }
  if (up.at_least >= steps) return AspaState::valid;
  return up.at_most >= steps ? AspaState::unknown : AspaState::invalid;
}

}  // namespace avocet::rib
