#include "confgen/calico/bird_config.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "confgen/calico/bgp_filter.hpp"
#include "confgen/calico/pool_rules.hpp"
#include "confgen/template/format.hpp"

namespace avocet::confgen {

namespace {

constexpr std::int64_t highest_local_preference = 2147483647;
/// Between the lines of a filter block, where templates put it.
constexpr const char* next_line = "\n    ";

std::string text_of(const Map& record, const char* member) {
  auto found = record.find(member);
  return found == record.end() || found->second.is_nil() ? "" : print(found->second);
}
std::string lower(std::string text) {
  for (auto& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}
std::string unless_zero(std::string number) { return number == "0" ? "" : number; }

Value texts(std::vector<std::string> lines) { return Value(List(lines.begin(), lines.end())); }
Value sorted_texts(std::vector<std::string> lines) {
  std::sort(lines.begin(), lines.end());
  return texts(std::move(lines));
}

class Configuration {
 public:
  Configuration(const KeyTree& tree, const Resources& resources, const std::string& node, int version,
                const Origins& origins, Defects defects, PeerMemory* memory, Expected expected)
      : tree_(tree),
        resources_(resources),
        origins_(origins),
        node_(node),
        memory_(memory),
        version_(version),
        defects_(defects),
        expected_(expected) {
    static const BgpConfiguration defaults;
    auto found = resources.configurations.find("default");
    configuration_ = found == resources.configurations.end() ? &defaults : &found->second;
    if (!tree.count(host(node) + "ip_addr_v4")) throw CallError(fmt::format("there is no Node '{}'", node));
    address_ = key(host(node) + fmt::format("ip_addr_v{}", version));
    asn_ = either("as_num");
    cluster_ = key(host(node) + "rr_cluster_id");
    priority_ = version == 6 ? configuration_->priority_v6 : configuration_->priority_v4;
    own_ = Value(Record{"Own",
                        {{"Version", std::to_string(version)},
                         {"ASNumber", asn_},
                         {"ListenAddress", configuration_->bind_mode == "NodeIP" ? address_ : ""},
                         {"ListenPort", either("listen_port")}}});
  }

  Value run(const std::string& router_id) {
    auto level = either("loglevel");
    auto v4 = key(host(node_) + "ip_addr_v4");
    auto debug = level == "none" ? "" : level == "debug" ? "all" : "{ states }";
    auto peer_debug = level == "none"    ? ""
                      : level == "debug" ? "debug all;"
                                         : "debug { states, routes, filters, events };";
    // Calico v3.33 and later leaves IPIP to Felix unless told otherwise; without Felix they are ours.
    auto& says = configuration_->programs_cluster_routes;
    auto calico = programs(says, expected_.ipip_by_default), ours = programs(says, true);
    return Value(
        Record{"types.BirdBGPConfig",
               {{"NodeName", node_},
                {"NodeIP", v4},
                {"NodeIPv6", key(host(node_) + "ip_addr_v6")},
                {"ASNumber", asn_},
                {"RouterID", router_id == "hash" ? hash_to_ipv4(node_)
                             : router_id.empty() ? v4
                                                 : router_id},
                {"LogLevel", level},
                {"DebugMode", debug},
                {"PeerDebugMode", peer_debug},
                {"ListenAddress", configuration_->bind_mode == "NodeIP" ? address_ : ""},
                {"ListenPort", either("listen_port")},
                {"DirectInterfaces", direct_interfaces()},
                {"NormalRoutePriority", Value(priority_)},
                {"SetMetricForBGPRoutes", metric_lines()},
                // Calico gives both families, though its IPv6 files cannot use the other; ours take their own below.
                {"ExternalIPs", texts(configuration_->external_ips)},
                {"LoadBalancerIPs", texts(configuration_->load_balancer_ips)},
                {"Communities", communities()},
                {"Filters", Value(Map{})},  // Calico never fills it
                {"IBGPExportFilterForTunnelRoutes", texts(felix_tunnel_lines(calico))},
                {"IBGPExportFilterForFelixClusterRoutes", texts(felix_lines(pools(), calico))},
                {"IPIPTunnelRoutes", texts(tunnel_routes(pools(), calico, version_, resources_.nodes, node_))},
                {"BGPExportFilterForDisabledIPPools", export_lines(true)},
                {"BGPExportFilterForEnabledIPPools", export_lines(false)},
                {"KernelFilterForIPPools", kernel_lines(calico)},
                {"WireguardPeerKernelFilter", wireguard_lines()},
                {"Peers", expected_.ttl_statements ? with_ttl_statements(peers()) : peers()},
                // For our templates:
                {"Address", address_},
                {"ClusterID", cluster_},
                {"OwnExternalIPs", of_version(configuration_->external_ips)},
                {"OwnLoadBalancerIPs", of_version(configuration_->load_balancer_ips)},
                {"UsesPriorities", configuration_->sets_priorities},
                {"FelixTunnels", !ours.ipip},
                {"Pools", pool_records(ours)}}});
  }

 private:
  static std::string host(const std::string& name) { return "/calico/bgp/v1/host/" + name + "/"; }
  std::string key(const std::string& path) const {
    auto found = tree_.find(path);
    return found == tree_.end() ? "" : found->second;
  }
  /// This node's value, else the global one.
  std::string either(const std::string& name) const {
    auto own = key(host(node_) + name);
    return own.empty() ? key("/calico/bgp/v1/global/" + name) : own;
  }
  bool is_six() const { return version_ == 6; }
  Pools pools() const { return pools_of(resources_.pools, version_); }

  std::string direct_interfaces() const {
    std::string out;
    for (auto& name : configuration_->ignored_interfaces) out += fmt::format("-\"{}\", ", name);
    return out + "-\"cali*\", -\"kube-ipvs*\", \"*\"";
  }

  Value metric_lines() const {
    return texts({"  if (defined(source) && (source = RTS_BGP) && !defined(krt_metric)) then {",
                  fmt::format("      krt_metric = {};", priority_), "      if (defined(bgp_local_pref)) then {",
                  fmt::format("          krt_metric = {} - bgp_local_pref;", highest_local_preference), "      }",
                  fmt::format("      if (krt_metric < {}) then {{", priority_), "          preference = 200;",
                  "      }", "  }"});
  }

  Value of_version(const std::vector<std::string>& cidrs) const {
    List list;
    for (auto& cidr : cidrs)
      if ((cidr.find(':') != std::string::npos) == is_six()) list.emplace_back(cidr);
    return Value(std::move(list));
  }

  Value communities() const {
    List list;
    auto written = either(fmt::format("prefix_advertisements/ip_v{}", version_));
    auto entries = json_value(written.empty() ? "null" : written);
    if (!entries.list()) return Value(std::move(list));
    for (auto& entry : *entries.list()) {
      List statements;
      for (auto& community : *entry.map()->at("communities").list())
        statements.emplace_back(add_community(*community.string()));
      if (!statements.empty())
        list.push_back(Value(
            Record{"types.CommunityRule", {{"CIDR", entry.map()->at("cidr")}, {"AddStatements", Value(statements)}}}));
    }
    return Value(std::move(list));
  }

  Value export_lines(bool disabled) const { return texts(pool_export_lines(pools(), disabled)); }

  Value kernel_lines(Programs programs) const {
    return texts(pool_kernel_lines(pools(), programs, version_, key(host(node_) + "network_v4")));
  }

  /// For our own templates: each pool with its name, so that they can say which object a line comes from.
  Value pool_records(Programs programs) const {
    List list;
    auto network = key(host(node_) + "network_v4");
    for (auto named : pools())
      list.push_back(Value(Record{"Pool",
                                  {{"Name", named->first},
                                   {"CIDR", named->second.cidr.text()},
                                   {"Exported", !named->second.disable_bgp_export},
                                   {"Disabled", named->second.disabled},
                                   {"KernelLine", pool_kernel_line(named->second, programs, version_, network)}}}));
    return Value(std::move(list));
  }

  Value wireguard_lines() const {
    std::vector<std::string> lines;
    auto path = fmt::format("wireguard_addr_v{}", version_);
    if (key(host(node_) + path).empty()) return texts({});
    for (auto& [name, node] : resources_.nodes)
      if (auto& address = node.address(is_six()); name != node_ && address && !key(host(name) + path).empty())
        lines.push_back(
            fmt::format("  if (defined(bgp_next_hop) && bgp_next_hop = {}) then {{ reject; }} # WireGuard routes "
                        "handled by Felix.",
                        address->address.text()));
    return sorted_texts(std::move(lines));
  }

  // Peers

  static Value with_ttl_statements(const Value& peers) {
    List list;
    for (auto& peer : *peers.list()) {
      auto made = *peer.record();
      auto& ttl = made.fields.at("TTLSecurity");
      if (*made.fields.at("Type").string() == "mesh")
        ttl = "";
      else if (*ttl.string() != "off")
        ttl = fmt::format("on;\n  multihop {}", *ttl.string());
      list.emplace_back(std::move(made));
    }
    return Value(std::move(list));
  }

  Value peers() const {
    if (address_.empty()) return texts({});
    PeerMemory once;
    auto& memory = (memory_ ? *memory_ : once).of_version[is_six()];
    auto generation = memory_ ? memory_->generation : 1;
    if (memory.generation == generation) return memory.peers;
    if (auto self = fingerprint(); memory.self != self) memory.made.clear(), memory.self = self;
    PeerMemory::Made before = std::move(memory.made);
    memory.made.clear();
    mesh(before, memory.made);
    explicit_peers(before, memory.made, "/calico/bgp/v1/global/", "Global");
    explicit_peers(before, memory.made, host(node_), "Node");
    std::vector<std::pair<const std::string*, Value>> by_name;
    for (auto& [key, one] : memory.made)
      by_name.emplace_back(one.second.record()->fields.at("Name").string(), one.second);
    std::sort(by_name.begin(), by_name.end(), [](auto& a, auto& b) { return *a.first < *b.first; });
    List list;
    for (auto& [name, record] : by_name) list.push_back(std::move(record));
    memory.generation = generation;
    return memory.peers = Value(std::move(list));
  }

  /// What all peers are made of, beside what each of them says.
  std::string fingerprint() const {
    auto text = fmt::format("{} {} {} {} {} {} {} {} {} {}", memory_ ? memory_->others : 0, address_, asn_, cluster_,
                            priority_, *own_.record()->fields.at("ListenAddress").string(),
                            *own_.record()->fields.at("ListenPort").string(), configuration_->sets_priorities,
                            key("/calico/bgp/v1/global/node_mesh_restart_time"), static_cast<int>(defects_));
    return text + key("/calico/bgp/v1/global/node_mesh_password");
  }

  /// A peer that is made of the same things as before is the same value.
  template <class Make>
  void keep(PeerMemory::Made& before, PeerMemory::Made& made, const std::string& key, const std::string& of,
            const Make& make) const {
    auto hash = std::hash<std::string>{}(of);
    auto node = before.extract(key);
    if (!node.empty() && node.mapped().first == hash)
      made.insert(std::move(node));
    else
      made.emplace(key, std::pair(hash, Value(make())));
  }

  void mesh(PeerMemory::Made& before, PeerMemory::Made& made) const {
    if (!cluster_.empty() || !configuration_->mesh.value_or(true)) return;
    auto global_asn = key("/calico/bgp/v1/global/as_num"), global_port = key("/calico/bgp/v1/global/listen_port");
    auto password = key("/calico/bgp/v1/global/node_mesh_password");
    auto restart_time = key("/calico/bgp/v1/global/node_mesh_restart_time");
    for (auto& [name, node] : resources_.nodes) {
      auto& address = node.address(is_six());
      if (name == node_ || !address || !node.cluster_id.empty()) continue;
      auto ip = address->address.text();
      if (ip == address_) continue;
      // Calico v3.32 and later expects this node's own AS of a node that has none, so that a mesh of nodes with
      // different ASes never comes up; v3.26 and we expect the global one.
      auto asn = node.asn ? std::to_string(node.asn) : defects_ == Defects::mended ? global_asn : asn_;
      auto own_port = key(host(name) + "listen_port");
      auto& port = own_port.empty() ? global_port : own_port;
      keep(before, made, "Node " + name, fmt::format("{} {} {}", ip, asn, port), [&] {
        Map record{{"ip", ip},
                   {"as_num", asn},
                   {"port", port},
                   {"source_addr", "UseNodeIP"},
                   {"password", password},
                   {"restart_time", restart_time}};
        return peer(record, "Mesh", "Node " + name);
      });
    }
  }

  void explicit_peers(PeerMemory::Made& before, PeerMemory::Made& made, const std::string& base,
                      const char* kind) const {
    auto path = base + fmt::format("peer_v{}/", version_);
    for (auto i = tree_.lower_bound(path); i != tree_.end() && i->first.starts_with(path); ++i) {
      auto origin = origins_.find(i->first);
      auto* written = origin == origins_.end() ? nullptr : &resources_.peers.at(origin->second.name);
      auto object = written ? origin->second.text() : "BGPPeer";
      auto of = fmt::format("{}\n{}\n", i->second, object);
      if (written) of += fmt::format("{}\n{}", written->statements, written->channel_statements);
      keep(before, made, i->first, of, [&] {
        auto record = json_value(i->second);
        auto of_workload = text_of(*record.map(), "local_bgp_peer") == "true";
        auto made_peer = peer(*record.map(), of_workload ? "Local_Workload" : kind, object);
        if (written) made_peer.fields["Statements"] = written->statements;
        if (written) made_peer.fields["ChannelStatements"] = written->channel_statements;
        return made_peer;
      });
      // A session with oneself.
      if (text_of_own(made.at(i->first).second) == address_) made.erase(i->first);
    }
  }
  static const std::string& text_of_own(const Value& peer) { return *peer.record()->fields.at("IP").string(); }

  /// `object` is the datastore's object behind the peer, for comments.
  Record peer(const Map& record, const std::string& kind, const std::string& object) const {
    auto ip = text_of(record, "ip"), port = unless_zero(text_of(record, "port")), as = text_of(record, "as_num");
    auto local_as = unless_zero(text_of(record, "local_as_num")), ttl = unless_zero(text_of(record, "ttl_security"));
    auto mode = text_of(record, "next_hop_mode"), cluster = text_of(record, "rr_cluster_id");
    bool internal = as == (local_as.empty() ? asn_ : local_as);
    bool reflects = internal && !cluster_.empty() && cluster != cluster_;
    bool meets_calico = kind == "Mesh" || (kind == "Global" && text_of(record, "calico_node") == "true");
    auto name = kind + "_" + ip + (kind == "Mesh" || port.empty() ? "" : "_port_" + port);
    for (auto& c : name)
      if (c == '.' || c == ':') c = '_';
    Record made{"types.BirdBGPPeer",
                {{"Name", name},
                 {"Type", lower(kind)},
                 {"IP", ip},
                 {"Port", port},
                 {"ASNumber", as},
                 {"LocalASNumber", local_as},
                 {"TTLSecurity", ttl.empty() ? "off" : ttl},
                 {"SourceAddr", text_of(record, "source_addr") == "UseNodeIP" ? address_ : ""},
                 {"Password", text_of(record, "password")},
                 {"GracefulRestart", text_of(record, "restart_time")},
                 {"KeepaliveTime", text_of(record, "keepalive_time")},
                 {"NumAllowLocalAs", unless_zero(text_of(record, "num_allow_local_as"))},
                 {"NextHopSelf", mode == "Self"},
                 {"NextHopKeep", mode == "Keep" || (!internal && text_of(record, "keep_next_hop") == "true")},
                 {"RouteReflector", reflects},
                 {"RRClusterID", reflects ? cluster_ : ""},
                 // Of two nodes that meet, one waits: a restart is not broken by the other side's second connection.
                 {"Passive", text_of(record, "passive_mode") == "true" || (meets_calico && ip > address_)},
                 {"AddPaths", ""},  // Calico never fills it
                 {"Internal", internal},
                 {"Own", own_},
                 {"Object", object},
                 {"Statements", ""},
                 {"ChannelStatements", ""},
                 {"ReachableBy", text_of(record, "reachable_by")}}};
    filters(record, internal, made.fields);
    return made;
  }

  /// Calico's complete filter blocks, and for our templates the calls alone and the filters that do not exist: in
  /// Calico's blocks those reject every route, and are skipped where Calico's defects are kept.
  void filters(const Map& record, bool internal, Fields& into) const {
    std::vector<std::string> import, export_, own_import, own_export, missing;
    auto named = record.find("filters");
    if (named != record.end() && named->second.list())
      for (auto& item : *named->second.list()) {
        auto name = print(item);
        auto filter = resources_.filters.find(name);
        if (filter == resources_.filters.end()) {
          if (defects_ == Defects::kept) continue;
          missing.push_back(name);
          import.push_back(filter_call(name, stand_in(), Direction::import, version_, internal));
          export_.push_back(filter_call(name, stand_in(), Direction::export_, version_, internal));
          continue;
        }
        if (!filter->second.rules(true, is_six()).empty())
          import.push_back(
              own_import.emplace_back(filter_call(name, filter->second, Direction::import, version_, internal)));
        if (!filter->second.rules(false, is_six()).empty())
          export_.push_back(
              own_export.emplace_back(filter_call(name, filter->second, Direction::export_, version_, internal)));
      }
    into["ImportCalls"] = texts(own_import);
    into["ExportCalls"] = texts(own_export);
    into["MissingFilters"] = texts(missing);
    import.insert(import.end(), {fmt::format("if (defined(bgp_local_pref)&&(bgp_local_pref > {})) then",
                                             highest_local_preference - priority_),
                                 "  preference = 200;", "accept;"});
    into["ImportFilter"] = fmt::format("{}", fmt::join(import, next_line));
    std::vector<std::string> block{"if (defined(source) && source = RTS_BGP && defined(bgp_local_pref)) then {",
                                   fmt::format("  krt_metric = {} - bgp_local_pref;", highest_local_preference),
                                   "} else {",
                                   fmt::format("  if (!defined(krt_metric)) then {{ krt_metric = {}; }}", priority_),
                                   fmt::format("  bgp_local_pref = {} - krt_metric;", highest_local_preference),
                                   "}"};
    block.insert(block.end(), export_.begin(), export_.end());
    block.insert(block.end(), {fmt::format("calico_export_to_bgp_peers({});", internal), "reject;"});
    into["ExportFilter"] = fmt::format("{}", fmt::join(block, next_line));
  }

  const KeyTree& tree_;
  const Resources& resources_;
  const Origins& origins_;
  const std::string& node_;
  PeerMemory* memory_;  ///< null for none
  const BgpConfiguration* configuration_;
  int version_;
  Defects defects_;
  Expected expected_;
  std::string address_, asn_, cluster_;
  std::int64_t priority_;
  Value own_;  ///< what our templates put into every peer, so that a peer's text comes of the peer alone
};

}  // namespace

Value bird_config(const KeyTree& tree, const Resources& resources, const std::string& node, int version,
                  const std::string& router_id, const Origins& origins, Defects defects, PeerMemory* memory,
                  Expected expected) {
  return Configuration(tree, resources, node, version, origins, defects, memory, expected).run(router_id);
}

Expected expected_by(std::string_view text) {
  auto has = [&](std::string_view word) { return text.find(word) != text.npos; };
  Expected expected;
  constexpr std::string_view option = "ttl security {{";
  for (auto at = text.find(option); at != text.npos; at = text.find(option, at + 1)) {
    auto action = text.substr(at, text.find("}}", at) - at);
    expected.ttl_statements |= action.find(".TTLSecurity") != action.npos;
  }
  expected.ipip_by_default =
      has(".KernelFilterForIPPools") && !has(".WireguardPeerKernelFilter") && !has(".IBGPExportFilterFor");
  return expected;
}

std::string hash_to_ipv4(const std::string& name) {
  auto digits = sha256_hex(name);
  unsigned bytes[4];
  for (int i = 0; i < 4; ++i) bytes[i] = static_cast<unsigned>(std::stoul(digits.substr(2 * i, 2), nullptr, 16));
  if (bytes[0] > 223) bytes[0] -= 32;
  return fmt::format("{}", fmt::join(bytes, "."));
}

}  // namespace avocet::confgen
