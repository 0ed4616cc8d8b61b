#include "bgpd/rib/aspa_table.hpp"

#include <algorithm>

#include "proto/as_path.hpp"

namespace avocet::rib {

void AspaTable::begin(const Attester& attester, Telling telling) {
  auto& seat = seats_[attester.name];
  seat.attester = attester;
  seat.how = telling;
  seat.told.clear();
}

Told AspaTable::announce(const std::string& attester, Aspa aspa) {
  auto& seat = seats_.find(attester)->second;
  auto before = seat.said.find(aspa.customer);
  bool same = before != seat.said.end() && before->second.providers == aspa.providers;
  auto [at, first] = seat.told.try_emplace(aspa.customer);
  bool again = !first && at->second && *at->second == aspa.providers;
  at->second = std::move(aspa.providers);
  return again ? Told::duplicate : same ? Told::known : Told::added;
}

Told AspaTable::withdraw(const std::string& attester, std::uint32_t customer) {
  auto& seat = seats_.find(attester)->second;
  auto told = seat.told.find(customer);
  bool there =
      told != seat.told.end() ? told->second.has_value() : seat.how == Telling::changes && seat.said.contains(customer);
  if (!there) return Told::missing;
  seat.told[customer].reset();
  return Told::withdrawn;
}

bool AspaTable::commit(const std::string& attester, std::uint32_t now) {
  auto found = seats_.find(attester);
  auto& seat = found->second;
  std::vector<std::uint32_t> changed;
  if (seat.how == Telling::all_anew)
    for (auto& [customer, said] : seat.said) seat.told.try_emplace(customer);
  for (auto& [customer, providers] : seat.told) {
    auto before = seat.said.find(customer);
    bool there = before != seat.said.end();
    if (!providers && there)
      seat.said.erase(before);
    else if (providers && (!there || before->second.providers != *providers))
      seat.said[customer] = {std::move(*providers), now};
    else
      continue;
    changed.push_back(customer);
  }
  seat.told.clear();
  if (seat.said.empty()) seats_.erase(found);
  for (auto customer : changed) index(customer);
  return !changed.empty();
}

void AspaTable::abort(const std::string& attester) {
  auto found = seats_.find(attester);
  if (found == seats_.end()) return;
  found->second.told.clear();
  if (found->second.said.empty()) seats_.erase(found);
}

bool AspaTable::clear(const std::string& attester) {
  if (!seats_.contains(attester)) return false;
  begin({attester}, Telling::all_anew);
  return commit(attester, 0);
}

bool AspaTable::replace(const Attester& attester, std::vector<Aspa> aspas, std::uint32_t now) {
  begin(attester, Telling::all_anew);
  for (auto& aspa : aspas) announce(attester.name, std::move(aspa));
  return commit(attester.name, now);
}

std::uint32_t AspaTable::count(const std::string& attester) const {
  auto found = seats_.find(attester);
  return found == seats_.end() ? 0 : static_cast<std::uint32_t>(found->second.said.size());
}

void AspaTable::index(std::uint32_t customer) {
  std::optional<std::vector<std::uint32_t>> all;
  for (auto& [_, seat] : seats_) {
    auto at = seat.said.find(customer);
    if (at == seat.said.end()) continue;
    if (!all) all.emplace();
    all->insert(all->end(), at->second.providers.begin(), at->second.providers.end());
  }
  if (all)
    providers_[customer] = std::move(*all);
  else
    providers_.erase(customer);
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
