#include "bgpd/equivalent/attestations.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

namespace avocet::equivalent {
namespace {

constexpr std::size_t most_gathered = 100;  // each makes some dozen routes

/// The texts in each table, by its name.
using Tables = std::map<std::string, std::set<std::string>>;

void for_static(const config::Config& config, const std::function<void(const rib::StaticOptions&)>& visit) {
  for (auto& protocol : config.protocols)
    if (auto* routes = std::get_if<rib::StaticOptions>(&protocol)) visit(*routes);
}

/// What a cache tells is not known here; that it tells the same table is.
void add_caches(const config::Config& config, const std::function<bool(rpki::Told)>& wanted, Tables& tables) {
  for (auto& protocol : config.protocols)
    if (auto* cache = std::get_if<rpki::RpkiOptions>(&protocol))
      for (auto& told : cache->told)
        if (wanted(told.told)) tables[told.channel.table].insert(fmt::format("the cache {}:{}", cache->host, cache->port.value_or(rpki::tcp_port)));
}

std::string roa_text(const rib::Roa& roa) { return fmt::format("{}-{} AS{}", roa.net.text(), roa.max_length, roa.asn); }

Tables roas_of(const config::Config& config, proto::Family family) {
  Tables tables;
  for (auto& table : config.roa_tables)
    if (table.family == family)
      for (auto& roa : table.roas) tables[table.name].insert(roa_text(roa));
  for_static(config, [&](auto& routes) {
    if (!routes.roa_table.empty() && routes.roa_family == family)
      for (auto& roa : routes.roas) tables[routes.roa_table].insert(roa_text(roa));
  });
  for (auto& table : config.roa_tables)
    if (table.family == family) tables[table.name];
  add_caches(config, [&](auto told) { return told == (family == proto::Family::ipv4 ? rpki::Told::roa4 : rpki::Told::roa6); }, tables);
  return tables;
}

Tables aspas_of(const config::Config& config) {
  Tables tables;
  for (auto& name : config.aspa_tables) tables[name];
  for_static(config, [&](auto& routes) {
    for (auto& aspa : routes.aspas) {
      auto providers = aspa.providers;
      std::sort(providers.begin(), providers.end());
      tables[routes.aspa_table].insert(fmt::format("AS{} providers {}", aspa.customer, fmt::join(providers, ", ")));
    }
  });
  add_caches(config, [](auto told) { return told == rpki::Told::aspa; }, tables);
  return tables;
}

std::vector<std::string> differences(const char* what, const Tables& a, const Tables& b) {
  std::vector<std::string> lines;
  auto only = [&](char letter, const std::string& name, const auto& here, const auto& there) {
    for (auto& text : here)
      if (!there.contains(text)) lines.push_back(fmt::format("{} '{}': only {} has {}", what, name, letter, text));
  };
  for (auto& [name, of_a] : a) {
    auto of_b = b.find(name);
    if (of_b == b.end()) continue;
    only('A', name, of_a, of_b->second);
    only('B', name, of_b->second, of_a);
  }
  return lines;
}

}  // namespace

void load_attestations(const Both<const config::Config*>& configs, rib::Rib& rib) {
  std::set<std::string> known;
  for (auto* config : configs) {
    std::set<std::string> added;
    for (auto& table : config->roa_tables)
      if (!known.contains(table.name) && added.insert(table.name).second) rib.set_roa_table(table);
    for (auto& name : config->aspa_tables)
      if (!known.contains(name) && added.insert(name).second) rib.add_aspa_table(name);
    for_static(*config, [&](auto& routes) {
      auto& source = routes.protocol.name;
      if (added.contains(routes.roa_table)) rib.replace_roas(routes.roa_table, source, routes.roas);
      if (added.contains(routes.aspa_table)) rib.replace_aspas(routes.aspa_table, source, routes.aspas);
    });
    known.merge(added);
  }
}

std::vector<std::string> differing_roas(const Both<const config::Config*>& configs, proto::Family family) {
  return differences("ROA table", roas_of(*configs[first], family), roas_of(*configs[second], family));
}

std::vector<std::string> differing_aspas(const Both<const config::Config*>& configs) {
  return differences("ASPA table", aspas_of(*configs[first]), aspas_of(*configs[second]));
}

bool gather_attestations(const rib::Rib& rib, Constants& constants) {
  std::size_t count = 0;
  auto room = [&] { return count++ < most_gathered; };
  for (auto& table : rib.roa_tables()) {
    if (!constants.judging_tables.contains(table->options().name)) continue;
    for (std::uint32_t entry = 0; entry < table->limit(); ++entry) {
      if (!table->holds(entry)) continue;
      if (!room()) return false;
      auto roa = table->roa(entry);
      constants.prefixes.push_back({roa.net, roa.net.length, roa.max_length});
      constants.numbers.insert(roa.asn);
    }
  }
  for (auto& table : rib.aspa_tables()) {
    if (!constants.judging_tables.contains(table->name())) continue;
    for (auto& [_, seat] : table->attesters())
      for (auto& [customer, said] : seat.said) {
        if (!room()) return false;
        constants.numbers.insert(customer);
        for (auto provider : said.providers) {
          // A path from the customer through the provider.
          filter::MaskItem items[2];
          items[0].low = items[0].high = provider;
          items[1].low = items[1].high = customer;
          constants.masks.emplace_back(std::begin(items), std::end(items));
        }
      }
  }
  return true;
}

}  // namespace avocet::equivalent
