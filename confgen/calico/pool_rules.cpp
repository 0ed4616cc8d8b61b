#include "confgen/calico/pool_rules.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace avocet::confgen {

namespace {

using Lines = std::vector<std::string>;

bool is_on(const std::string& mode) { return mode == "Always" || mode == "CrossSubnet"; }

bool is_ours(const IpPool& pool, Programs programs) {
  return !is_on(pool.vxlan_mode) && (is_on(pool.ipip_mode) ? programs.ipip : programs.plain);
}

Lines sorted(Lines lines) {
  std::sort(lines.begin(), lines.end());
  return lines;
}

}  // namespace

Programs programs(const std::string& written, bool ipip_by_default) {
  return {written == "Enabled" || written == "EnabledIPIPOnly" || (ipip_by_default && written.empty()),
          written != "Disabled" && written != "EnabledIPIPOnly"};
}

Pools pools_of(const std::map<std::string, IpPool>& all, int version) {
  std::map<std::string, const NamedPool*> by_cidr;
  for (auto& named : all)
    if (named.second.cidr.address.is_v4() == (version == 4)) by_cidr.try_emplace(named.second.cidr.text(), &named);
  Pools pools;
  for (auto& [cidr, named] : by_cidr) pools.push_back(named);
  return pools;
}

Lines pool_export_lines(const Pools& pools, bool disabled) {
  Lines lines;
  for (auto named : pools)
    if (auto& pool = named->second; pool.disable_bgp_export == disabled)
      lines.push_back(fmt::format("  if (net ~ {}) then {{ {}", pool.cidr.text(),
                                  disabled ? "reject; } # BGP export is disabled." : "accept; }"));
  return sorted(std::move(lines));
}

std::string pool_kernel_line(const IpPool& pool, Programs programs, int version, const std::string& network) {
  if (version == 4 && network.empty()) return "";
  auto start = fmt::format("  if (net ~ {}) then {{ ", pool.cidr.text());
  if (is_on(pool.vxlan_mode)) return start + "reject; } # VXLAN routes are handled by Felix.";
  if (!is_ours(pool, programs)) return start + "reject; } # Cluster routes are handled by Felix.";
  if (version == 6) return "";
  if (!is_on(pool.ipip_mode)) return start + "accept; }";
  if (pool.ipip_mode == "Always") return start + "krt_tunnel=\"tunl0\"; accept; }";
  return start + fmt::format(
                     "if (defined(bgp_next_hop)&&(bgp_next_hop ~ {})) then krt_tunnel=\"\"; "
                     "else krt_tunnel=\"tunl0\"; accept; }}",
                     network);
}

Lines pool_kernel_lines(const Pools& pools, Programs programs, int version, const std::string& network) {
  Lines lines;
  for (auto named : pools)
    if (auto line = pool_kernel_line(named->second, programs, version, network); !line.empty()) lines.push_back(line);
  return sorted(std::move(lines));
}

Lines felix_tunnel_lines(Programs programs) {
  auto ours = programs.ipip ? "" : " || (ifname ~ \"tunl0\")";
  return {"if (defined(ifname)) then {",
          fmt::format("  if ((ifname ~ \"*.cali\") || (ifname ~ \"*.calico\"){}) then {{", ours), "    reject;", "  }",
          "}"};
}

Lines felix_lines(const Pools& pools, Programs programs) {
  auto lines = felix_tunnel_lines(programs);
  Lines felix;
  for (auto named : pools)
    if (auto& pool = named->second; !is_ours(pool, programs) && !pool.disable_bgp_export)
      felix.push_back(fmt::format("  if (net ~ {}) then {{ reject; }}", pool.cidr.text()));
  if (felix.empty()) return lines;
  felix = sorted(std::move(felix));
  lines.insert(
      lines.end(),
      {"if (defined(source) && (source = RTS_INHERIT) && ((dest = RTD_ROUTER) || (dest = RTD_MULTIPATH))) then {",
       "  # Cluster routes for these pools are Felix's to program, and the owning node's to advertise."});
  lines.insert(lines.end(), felix.begin(), felix.end());
  lines.push_back("}");
  return lines;
}

Lines tunnel_routes(const Pools& pools, Programs programs, int version, const std::map<std::string, Host>& nodes,
                    const std::string& own) {
  bool always = false, across = false;
  for (auto named : pools)
    if (auto& pool = named->second; version == 4 && programs.ipip && is_ours(pool, programs))
      always |= pool.ipip_mode == "Always", across |= pool.ipip_mode == "CrossSubnet";
  Lines routes;
  auto here = nodes.find(own);
  if (!(always || across) || here == nodes.end() || !here->second.v4) return routes;
  for (auto& [name, node] : nodes)
    if (name != own && node.v4 && (always || !here->second.v4->network.contains(node.v4->address)))
      routes.push_back(fmt::format("{}/32 via \"tunl0\"", node.v4->address.text()));
  return sorted(std::move(routes));
}

}  // namespace avocet::confgen
