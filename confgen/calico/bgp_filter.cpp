#include "confgen/calico/bgp_filter.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>

namespace avocet::confgen {

namespace {

constexpr std::size_t longest_name = 45, kept_of_long_name = 28, hash_digits = 16;
constexpr std::int64_t highest_local_preference = 2147483647;  // a route's priority and preference add up to this

/// "1:2" as "(1, 2)"
std::string tuple(std::string community) {
  for (std::size_t at; (at = community.find(':')) != std::string::npos;) community.replace(at, 1, ", ");
  return "(" + community + ")";
}
const char* community_list(const std::string& community) {
  return std::count(community.begin(), community.end(), ':') == 2 ? "bgp_large_community" : "bgp_community";
}

/// The conditions of a rule, all of which must hold; "" if there is none.
std::string conditions(const FilterRule& rule) {
  std::vector<std::string> all;
  if (rule.cidr && rule.lengths)
    all.push_back(
        fmt::format("(net {} [ {}{{{},{}}} ])", rule.match, rule.cidr_text, rule.lengths->first, rule.lengths->second));
  else if (rule.cidr)
    all.push_back(fmt::format("(net {} {})", rule.match, rule.cidr_text));
  if (rule.remote_peers) all.push_back("((defined(source))&&(source ~ [ RTS_BGP ]))");
  if (!rule.interface.empty()) all.push_back(fmt::format("((defined(ifname))&&(ifname ~ \"{}\"))", rule.interface));
  if (!rule.community.empty())
    all.push_back(fmt::format("({} ~ {})", tuple(rule.community), community_list(rule.community)));
  if (!rule.as_path_prefix.empty())
    all.push_back(fmt::format("(bgp_path ~ [= {} * =])", fmt::join(rule.as_path_prefix, " ")));
  if (rule.priority)
    all.push_back(
        fmt::format("(defined(bgp_local_pref)&&(bgp_local_pref = {}))", highest_local_preference - *rule.priority));
  return fmt::format("{}", fmt::join(all, "&&"));
}

std::string body(const FilterRule& rule) {
  std::string out;
  for (auto& operation : rule.operations) {
    if (!operation.community.empty()) out += add_community(operation.community) + " ";
    for (auto asn = operation.prepended.rbegin(); asn != operation.prepended.rend(); ++asn)
      out += fmt::format("bgp_path.prepend({}); ", *asn);
    if (operation.priority) out += fmt::format("bgp_local_pref = {}; ", highest_local_preference - operation.priority);
  }
  return out + (rule.accepts ? "accept;" : "reject;");
}

std::string statement(const FilterRule& rule, RuleStyle style) {
  // What v3.26 does not know is written as later releases do, rather than left out.
  bool plain = rule.cidr && !rule.lengths && !rule.remote_peers && rule.interface.empty() && rule.community.empty() &&
               rule.as_path_prefix.empty() && !rule.priority && rule.operations.empty() && !rule.internal;
  if (style == RuleStyle::v3_26 && plain)
    return fmt::format("if ( net {} {} ) then {{ {} }}", rule.match, rule.cidr_text, body(rule));
  auto condition = conditions(rule);
  auto text = condition.empty() ? body(rule) : fmt::format("if ({}) then {{ {} }}", condition, body(rule));
  if (!rule.internal) return text;
  return fmt::format("if ({}is_same_as) then {{ {} }}", *rule.internal ? "" : "!", text);
}

bool tells_peer_types(const std::vector<FilterRule>& rules) {
  return std::any_of(rules.begin(), rules.end(), [](auto& rule) { return rule.internal.has_value(); });
}

}  // namespace

std::string sha256_hex(const std::string& text) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned length = 0;
  EVP_Digest(text.data(), text.size(), digest, &length, EVP_sha256(), nullptr);
  return fmt::format("{:02X}", fmt::join(digest, digest + length, ""));
}

std::string filter_function_name(const std::string& filter, Direction direction, int version) {
  auto name = filter;
  if (name.size() > longest_name)
    name = name.substr(0, kept_of_long_name) + "_" + sha256_hex(filter).substr(0, hash_digits);
  return fmt::format("'bgp_{}_{}FilterV{}'", name, direction == Direction::import ? "import" : "export", version);
}

std::string filter_call(const std::string& name, const BgpFilter& filter, Direction direction, int version,
                        bool internal) {
  auto argument =
      tells_peer_types(filter.rules(direction == Direction::import, version == 6)) ? internal ? "true" : "false" : "";
  return fmt::format("{}({});", filter_function_name(name, direction, version), argument);
}

std::vector<std::string> filter_functions(const std::string& name, const BgpFilter& filter, int version,
                                          RuleStyle style) {
  std::vector<std::string> lines;
  for (auto direction : {Direction::import, Direction::export_}) {
    auto& rules = filter.rules(direction == Direction::import, version == 6);
    if (rules.empty()) continue;
    lines.push_back(fmt::format("function {}({}) {{", filter_function_name(name, direction, version),
                                tells_peer_types(rules) ? "bool is_same_as" : ""));
    for (auto& rule : rules) lines.push_back("  " + statement(rule, style));
    lines.push_back("}");
  }
  if (!lines.empty())
    lines.insert(lines.begin(), fmt::format("# v{} BGPFilter {}{}", version, name,
                                            filter.stands_in ? " is missing or wrong: no route passes" : ""));
  return lines;
}

const BgpFilter& stand_in() {
  static const BgpFilter made = [] {
    std::string json =
        R"({"kind":"BGPFilter","apiVersion":"projectcalico.org/v3","metadata":{"annotations":{"avocet/stands-in":"true"}},"spec":{)";
    for (auto list : {"importV4", "exportV4", "importV6", "exportV6"})
      json += fmt::format(R"({}"{}":[{{"action":"Reject","matchOperator":"In","cidr":"{}"}}])",
                          json.back() == '{' ? "" : ",", list, list[7] == '4' ? "0.0.0.0/0" : "::/0");
    return *parse_bgp_filter("", json + "}}");
  }();
  return made;
}

std::string add_community(const std::string& community) {
  return fmt::format("{}.add({});", community_list(community), tuple(community));
}

}  // namespace avocet::confgen
