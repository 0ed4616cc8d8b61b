#include "confgen/calico/functions.hpp"

#include <fmt/format.h>

#include <cstdlib>

#include "confgen/calico/bgp_filter.hpp"
#include "confgen/calico/bird_config.hpp"
#include "confgen/template/format.hpp"

namespace avocet::confgen {

namespace {

int version_operand(const List& operands, std::size_t i) {
  auto version = print(operands[i]);
  if (version != "4" && version != "6") throw CallError("IP version must be 4 or 6, not " + version);
  return version == "6" ? 6 : 4;
}

Direction direction_operand(const List& operands, std::size_t i) {
  auto written = text_operand(operands, i);
  for (auto& c : written) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  if (written != "import" && written != "export") throw CallError("direction must be import or export, not " + written);
  return written == "import" ? Direction::import : Direction::export_;
}

Value function_name(const List& o) {
  return Value(filter_function_name(text_operand(o, 0), direction_operand(o, 1), version_operand(o, 2)));
}

/// Lines for the filters in key-value pairs, as `gets` gives them.
Value function_lines(const List& o, RuleStyle style) {
  auto pairs = o[0].list();
  if (!pairs) throw CallError("expected a list of pairs, got " + type_name(o[0]));
  auto version = version_operand(o, 1);
  List lines;
  for (auto& pair : *pairs) {
    if (!pair.record()) throw CallError("expected a pair, got " + type_name(pair));
    auto& key = *pair.record()->fields.at("Key").string();
    auto name = key.substr(key.rfind('/') + 1);
    auto filter = parse_bgp_filter(name, *pair.record()->fields.at("Value").string());
    if (!filter) throw CallError("BGPFilter '" + name + "' has a mistake");
    for (auto& line : filter_functions(name, *filter, version, style)) lines.emplace_back(line);
  }
  if (lines.empty()) lines.emplace_back(fmt::format("# No v{} BGPFilters configured", version));
  return Value(std::move(lines), Element::text);
}

}  // namespace

Functions calico_functions(const KeyTree& tree, const Resources& resources, const Origins& origins,
                           const std::string& node, Defects defects, PeerMemory* memory) {
  auto config = [&tree, &resources, &origins, &node, defects, memory](const List& o, const std::string& source) {
    auto router_id = std::getenv("CALICO_ROUTER_ID");
    return bird_config(tree, resources, node, version_operand(o, 0), router_id ? router_id : "", origins, defects,
                       memory, expected_by(source));
  };
  auto origin = [&origins](const List& o) {
    auto found = origins.find("/calico" + text_operand(o, 0));
    return Value(found == origins.end() ? "" : found->second.text());
  };
  return {{"origin", {"s", origin}},
          {"hashToIPv4", {"s", [](const List& o) { return Value(hash_to_ipv4(text_operand(o, 0))); }}},
          {"emitFunctionName", {"ssa", function_name}},
          {"bgpFilterFunctionName", {"ssa", function_name}},
          {"emitBIRDBGPFilterFuncs", {"aa", [](const List& o) { return function_lines(o, RuleStyle::v3_26); }}},
          {"bgpFilterBIRDFuncs", {"aa", [](const List& o) { return function_lines(o, RuleStyle::later); }}},
          {"getBGPConfig", {"aa*", nullptr, config}}};
}

}  // namespace avocet::confgen
