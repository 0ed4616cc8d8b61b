#include "bgpd/ctl/route_text.hpp"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "proto/aigp.hpp"
#include "proto/as_path.hpp"
#include "proto/community.hpp"

namespace avocet::ctl {
namespace {

using proto::AttributeCode;
using proto::Bytes;

std::uint32_t u16(Bytes b, std::size_t at) { return static_cast<std::uint32_t>(b[at]) << 8 | b[at + 1]; }
std::uint32_t u32(Bytes b, std::size_t at) { return u16(b, at) << 16 | u16(b, at + 2); }

std::string hex(Bytes value) {
  std::string text;
  for (auto byte : value) text += fmt::format("{}{:02x}", text.empty() ? "" : " ", byte);
  return text;
}

std::string join(const std::vector<std::string>& items) {
  std::string text;
  for (auto& item : items) text += (text.empty() ? "" : " ") + item;
  return text;
}

std::vector<std::string> quads(Bytes value) {
  std::vector<std::string> items;
  for (std::size_t i = 0; i + 4 <= value.size(); i += 4) items.push_back(proto::quad_text(u32(value, i)));
  return items;
}

std::string origin_text(Bytes value) {
  static constexpr std::array<const char*, 3> names = {"IGP", "EGP", "Incomplete"};
  return value.size() == 1 && value[0] < names.size() ? names[value[0]] : hex(value);
}

std::string next_hop_text(Bytes value) {
  auto text = proto::Address::from_bytes(value.first(std::min<std::size_t>(value.size(), 16))).text();
  if (value.size() == 32) text += " " + proto::Address::from_bytes(value.subspan(16)).text();
  return text;
}

std::string aggregator_text(Bytes value) {
  if (value.size() != 8) return hex(value);
  return fmt::format("{} AS{}", proto::quad_text(u32(value, 4)), u32(value, 0));
}

std::string aigp_text(Bytes value) {
  auto metric = proto::aigp_metric(value);
  return metric ? std::to_string(*metric) : "?";
}

std::string number_text(Bytes value) { return value.size() == 4 ? std::to_string(u32(value, 0)) : hex(value); }

template <class Community> AttributeText list(const char* name, Bytes value) {
  std::vector<std::string> items;
  proto::for_communities<Community>(value, [&](Community c) { items.push_back(c.text()); });
  return {name, join(items), items};
}

AttributeText bgp_attribute(const proto::AttributeEntry& a) {
  switch (a.code) {
    case AttributeCode::origin: return {"BGP.origin", origin_text(a.value), {}};
    case AttributeCode::as_path: return {"BGP.as_path", proto::as_path_text(a.value), {}};
    case AttributeCode::next_hop: return {"BGP.next_hop", next_hop_text(a.value), {}};
    case AttributeCode::med: return {"BGP.med", number_text(a.value), {}};
    case AttributeCode::local_pref: return {"BGP.local_pref", number_text(a.value), {}};
    case AttributeCode::atomic_aggregate: return {"BGP.atomic_aggr", "", {}};
    case AttributeCode::aggregator: return {"BGP.aggregator", aggregator_text(a.value), {}};
    case AttributeCode::communities: return list<proto::Community>("BGP.community", a.value);
    case AttributeCode::originator_id: return {"BGP.originator_id", join(quads(a.value)), {}};
    case AttributeCode::cluster_list: return {"BGP.cluster_list", join(quads(a.value)), {}};
    case AttributeCode::extended_communities: return list<proto::ExtendedCommunity>("BGP.ext_community", a.value);
    case AttributeCode::aigp: return {"BGP.aigp", aigp_text(a.value), {}};
    case AttributeCode::large_communities: return list<proto::LargeCommunity>("BGP.large_community", a.value);
    case AttributeCode::only_to_customer: return {"BGP.otc", number_text(a.value), {}};
    default: break;
  }
  // BIRD prints the type code of what it does not know in hexadecimal.
  return {fmt::format("BGP.{:02x}{}", code_of(a.code), a.flags & proto::flag::transitive ? " [t]" : ""), hex(a.value), {}};
}

/// RTAX_* numbers of rtnetlink(7) by BIRD's names.
constexpr std::array<const char*, 16> metric_names = {"", "lock", "mtu", "window", "rtt", "rttvar", "ssthresh", "cwnd",
                                                      "advmss", "reordering", "hoplimit", "initcwnd", "features", "rto_min",
                                                      "initrwnd", "quickack"};

std::string lock_text(std::uint32_t mask) {
  std::string text;
  for (std::size_t i = 2; i < metric_names.size(); ++i)
    if (mask & (1u << i)) text += (text.empty() ? "" : " ") + std::string(metric_names[i]);
  return text;
}

std::string feature_text(std::uint32_t mask) {
  std::string text;
  if (mask & 1) text += "ecn";
  if (mask & 8) text += text.empty() ? "allfrag" : " allfrag";
  return text;
}

AttributeText kernel_attribute(const proto::AttributeEntry& a) {
  auto name = [](std::string_view rest) { return "Kernel." + std::string(rest); };
  switch (a.code) {
    case AttributeCode::krt_source: return {name("source"), number_text(a.value), {}};
    case AttributeCode::krt_metric: return {name("metric"), number_text(a.value), {}};
    case AttributeCode::krt_prefsrc: return {name("prefsrc"), proto::Address::from_bytes(a.value).text(), {}};
    case AttributeCode::krt_realm: return {name("realm"), number_text(a.value), {}};
    case AttributeCode::krt_scope: return {name("scope"), number_text(a.value), {}};
    case AttributeCode::krt_tunnel: return {name("tunnel"), std::string(a.value.begin(), a.value.end()), {}};
    case AttributeCode::krt_lock:
      return {name("lock"), a.value.size() == 4 ? lock_text(u32(a.value, 0)) : hex(a.value), {}};
    default: break;
  }
  auto metric = static_cast<std::size_t>(code_of(a.code) - code_of(AttributeCode::krt_metrics));
  if (metric >= metric_names.size()) return {name(std::to_string(metric)), number_text(a.value), {}};
  if (metric == 12 && a.value.size() == 4) return {name("features"), feature_text(u32(a.value, 0)), {}};
  return {name(metric_names[metric]), number_text(a.value), {}};
}

bool is_kernel(AttributeCode code) {
  return code >= AttributeCode::krt_source && code_of(code) < code_of(AttributeCode::krt_metrics) + 32;
}

}  // namespace

std::vector<AttributeText> describe_attributes(proto::AttributeView attributes, const config::Symbols& symbols) {
  std::vector<AttributeText> texts;
  if (auto metric = attributes.u32(AttributeCode::igp_metric)) texts.push_back({"igp_metric", std::to_string(*metric), {}});
  // Ascending codes are birdc's order; other local facts (destination, preference, ...) are part of the route's own row.
  attributes.for_each([&](const proto::AttributeEntry& a) {
    if (code_of(a.code) < 256) texts.push_back(bgp_attribute(a));
    else if (is_kernel(a.code)) texts.push_back(kernel_attribute(a));
    else if (a.code >= AttributeCode::custom)
      texts.push_back({config::custom_attribute_name(symbols, code_of(a.code)),
                       config::custom_attribute_text(symbols, code_of(a.code), a.value), {}});
  });
  return texts;
}

std::vector<std::string> fold(const AttributeText& attribute) {
  // BIRD 2.0.12 formats into 500 bytes and starts a new row when fewer than 24 (communities) or 64 bytes are left
  // (measured). Other values are never broken; BIRD cuts them off with "...", which helps nobody.
  constexpr std::size_t buffer_bytes = 500;
  auto limit = buffer_bytes - (attribute.name == "BGP.community" ? 24 : 64);
  auto row = "\t" + attribute.name + ": ";
  if (attribute.items.empty()) return {row + attribute.value};
  std::vector<std::string> rows;
  bool first = true;
  for (auto& item : attribute.items) {
    auto indent_bytes = rows.empty() ? 1u : 2u;
    if (!first && row.size() - indent_bytes > limit) rows.push_back(std::exchange(row, "\t\t")), first = true;
    row += (first ? "" : " ") + item;
    first = false;
  }
  rows.push_back(row);
  return rows;
}

}  // namespace avocet::ctl
