#include "bgpd/rpki/delivery.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "bgpd/filter/value.hpp"
#include "bgpd/rib/trace.hpp"

namespace avocet::rpki {

namespace rtr = proto::rtr;

namespace {

rib::Roa roa_of(const rtr::PrefixRecord& record) { return {record.net, record.max_length, record.asn}; }

std::string text_of(const rib::Roa& roa) { return fmt::format("{}-{} AS{}", roa.net.text(), roa.max_length, roa.asn); }

constexpr std::size_t side(proto::Family family) { return family == proto::Family::ipv4 ? 0 : 1; }

}  // namespace

std::vector<std::string> Delivery::open(const RpkiOptions& options) {
  std::vector<std::string> changed;
  for (auto& channel : channels_) {
    auto same = [&](auto& other) {
      return other.told == channel.options.told && other.channel.table == channel.options.channel.table;
    };
    if (std::none_of(options.told.begin(), options.told.end(), same) && drop_in(channel.options))
      changed.push_back(channel.options.channel.table);
  }
  auto before = std::exchange(channels_, {});
  for (auto& told : options.told) {
    auto& channel = channels_.emplace_back();
    auto old = std::find_if(before.begin(), before.end(), [&](auto& one) { return one.options.told == told.told; });
    if (old != before.end()) channel = *old;
    channel.options = told;
  }
  any_length_ = options.ignore_max_length;
  recount();
  return changed;
}

rib::Attester Delivery::attester(const Channel& channel) const {
  return {protocol_.options.name, filter::RouteSource::rpki, channel.options.channel.preference};
}

void Delivery::begin(bool all_anew) {
  auto telling = all_anew ? rib::Telling::all_anew : rib::Telling::changes;
  filter_error_.clear();
  for (auto& channel : channels_) {
    auto& table = channel.options.channel.table;
    if (channel.options.told == Told::aspa) {
      aspas_ = rib_.find_aspa_table(table);
      if (aspas_) aspas_->begin(attester(channel), telling);
      continue;
    }
    auto at = side(channel.options.told == Told::roa4 ? proto::Family::ipv4 : proto::Family::ipv6);
    roas_[at] = rib_.find_roa_table(table);
    if (roas_[at]) places_[at] = roas_[at]->begin(attester(channel), telling, any_length_);
  }
}

Delivery::Channel* Delivery::find(Told told) {
  auto at =
      std::find_if(channels_.begin(), channels_.end(), [&](auto& channel) { return channel.options.told == told; });
  return at == channels_.end() ? nullptr : &*at;
}

bool Delivery::accepts(Channel& channel, const filter::Value& net) {
  auto& program = *channel.options.channel.import_filter;
  if (filter::is_accept_all(program)) return true;
  filter::RouteFacts facts;
  facts.net = net.net();
  facts.special_net = &net;
  facts.source = filter::RouteSource::rpki;
  facts.protocol = protocol_.options.name;
  facts.preference = channel.options.channel.preference;
  edits_.clear();
  auto verdict = filter::run(program, facts, {}, rib_, edits_);
  if (verdict.outcome == filter::Outcome::error && filter_error_.empty()) filter_error_ = verdict.error;
  return verdict.outcome == filter::Outcome::accept;
}

void Delivery::count(Channel& channel, rib::Told told, bool announce, bool filtered) {
  auto& c = channel.counters;
  ++(announce ? c.updates_received : c.withdraws_received);
  if (announce && filtered)
    ++c.updates_filtered;
  else if (told == rib::Told::added)
    ++c.updates_accepted;
  else if (told == rib::Told::withdrawn)
    ++c.withdraws_accepted;
  else
    ++(announce ? c.updates_ignored : c.withdraws_ignored);
}

/// A filter may decide otherwise today than it did when the record was announced: then nothing is wrong with the cache.
std::optional<rtr::Fault> Delivery::verdict(const Channel& channel, rib::Told told, const std::string& what) const {
  if (!filter::is_accept_all(*channel.options.channel.import_filter)) return std::nullopt;
  if (told == rib::Told::duplicate)
    return rtr::Fault{rtr::ErrorCode::duplicate_announcement, what + " is announced a second time"};
  if (told == rib::Told::missing)
    return rtr::Fault{rtr::ErrorCode::unknown_withdrawal, what + " is withdrawn, and was not announced"};
  return std::nullopt;
}

std::optional<rtr::Fault> Delivery::take(const rtr::PrefixRecord& record) {
  auto family = record.net.family;
  auto* channel = find(family == proto::Family::ipv4 ? Told::roa4 : Told::roa6);
  auto* table = roas_[side(family)];
  if (!channel || !table) return std::nullopt;
  auto roa = roa_of(record);
  bool filtered = false;
  if (!filter::is_accept_all(*channel->options.channel.import_filter)) {
    auto longest = any_length_ ? static_cast<std::uint8_t>(proto::max_length_bits(family)) : roa.max_length;
    auto beside = filter::roa_bytes(longest, roa.asn);
    filtered = !accepts(*channel, filter::Value::net(filter::roa_kind(family), roa.net, beside));
  }
  auto told = rib::Told::known;
  if (!filtered)
    told = record.announce ? table->announce(places_[side(family)], roa) : table->withdraw(places_[side(family)], roa);
  count(*channel, told, record.announce, filtered);
  if (protocol_.options.debug & rib::debug::routes && (told == rib::Told::added || told == rib::Told::withdrawn))
    rib::trace_protocol(rib_, protocol_, rib::debug::routes,
                        fmt::format("{} > {} {}", told_name(channel->options.told),
                                    record.announce ? "added" : "removed", text_of(roa)));
  if (told == rib::Told::duplicate || told == rib::Told::missing) return verdict(*channel, told, text_of(roa));
  return std::nullopt;
}

std::optional<rtr::Fault> Delivery::take(const rtr::AspaRecord& record) {
  auto* channel = find(Told::aspa);
  if (!channel || !aspas_) return std::nullopt;
  bool filtered =
      record.announce && !accepts(*channel, filter::Value::numbered_net(filter::NetKind::aspa, record.customer));
  auto& name = protocol_.options.name;
  auto told = rib::Told::known;
  rib::Aspa aspa{record.customer, record.providers};
  if (aspa.providers == std::vector<std::uint32_t>{0}) aspa.providers.clear();  // AS0: it has none
  // One that replaces another of the same customer, and is rejected, takes it away.
  if (record.announce && !filtered)
    told = aspas_->announce(name, std::move(aspa));
  else
    told = aspas_->withdraw(name, record.customer);
  count(*channel, told, record.announce, filtered);
  if (protocol_.options.debug & rib::debug::routes && !filtered)
    rib::trace_protocol(rib_, protocol_, rib::debug::routes,
                        fmt::format("aspa > {} AS{}", record.announce ? "added" : "removed", record.customer));
  if (filtered) return std::nullopt;
  return verdict(*channel, told, fmt::format("the ASPA of AS{}", record.customer));
}

std::vector<std::string> Delivery::commit() {
  std::vector<std::string> changed;
  for (auto& channel : channels_) {
    auto& table = channel.options.channel.table;
    bool differs = false;
    if (channel.options.told == Told::aspa) {
      differs = aspas_ && aspas_->commit(protocol_.options.name, rib_.now_seconds);
    } else {
      auto at = side(channel.options.told == Told::roa4 ? proto::Family::ipv4 : proto::Family::ipv6);
      differs = roas_[at] && roas_[at]->commit(places_[at], rib_.now_seconds);
    }
    if (differs) changed.push_back(table);
  }
  roas_[0] = roas_[1] = nullptr;
  aspas_ = nullptr;
  recount();
  return changed;
}

/// Looks the tables up again: a reconfiguration may have taken one away while an answer was under way.
void Delivery::abort() {
  auto& name = protocol_.options.name;
  for (auto& channel : channels_) {
    auto& table = channel.options.channel.table;
    if (channel.options.told == Told::aspa) {
      if (auto* aspas = rib_.find_aspa_table(table)) aspas->abort(name);
    } else if (auto* roas = rib_.find_roa_table(table)) {
      if (auto place = roas->find(name); place != rib::RoaTable::nobody) roas->abort(place);
    }
  }
  roas_[0] = roas_[1] = nullptr;
  aspas_ = nullptr;
}

bool Delivery::drop_in(const RpkiChannel& channel) {
  auto& name = protocol_.options.name;
  if (channel.told == Told::aspa) {
    auto* table = rib_.find_aspa_table(channel.channel.table);
    return table && table->clear(name);
  }
  auto* table = rib_.find_roa_table(channel.channel.table);
  return table && table->clear(name);
}

std::vector<std::string> Delivery::drop() {
  abort();
  std::vector<std::string> changed;
  for (auto& channel : channels_)
    if (drop_in(channel.options)) changed.push_back(channel.options.channel.table);
  recount();
  return changed;
}

void Delivery::recount() {
  auto& name = protocol_.options.name;
  for (auto& channel : channels_) {
    auto& table = channel.options.channel.table;
    const rib::Rib& rib = rib_;
    if (auto* aspas = channel.options.told == Told::aspa ? rib.find_aspa_table(table) : nullptr)
      channel.count = aspas->count(name);
    else if (auto* roas = rib.find_roa_table(table))
      channel.count = roas->count(name);
  }
}

}  // namespace avocet::rpki
