#include "confgen/calico/keys.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <set>

#include "confgen/calico/bgp_filter.hpp"

namespace avocet::confgen {

namespace {

namespace json = boost::json;
using proto::Address;
using proto::Prefix;

const std::string global = "/calico/bgp/v1/global/";
const std::string host_keys = "/calico/bgp/v1/host/";
const std::string filters = "/calico/resources/v3/projectcalico.org/bgpfilters/";
const std::string default_as = "64512";

/// "10.0.0.0/16" as a path component.
std::string dashed(std::string cidr) {
  std::replace(cidr.begin(), cidr.end(), '/', '-');
  return cidr;
}
int version(const Prefix& prefix) { return prefix.address.is_v4() ? 4 : 6; }
std::string number_text(const std::optional<std::int64_t>& number) { return number ? std::to_string(*number) : ""; }
std::string lower(std::string text) {
  for (auto& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

/// pool modes as the keys spell them
std::string mode(const std::string& written) {
  return written == "Always" ? "always" : written == "CrossSubnet" ? "cross-subnet" : "";
}

class Derivation {
 public:
  Derivation(const Resources& resources, const std::string& node, std::vector<std::string>& problems, Origins* origins,
             Whose whose, Defects defects)
      : resources_(resources), node_(node), problems_(problems), origins_(origins), whose_(whose), defects_(defects) {}

  KeyTree take() { return std::move(tree_); }

  /// All but what hosts() and peers() make.
  void settings() {
    tree_[global + "as_num"] = default_as;
    tree_[global + "node_mesh"] = R"({"enabled": true})";
    tree_[global + "loglevel"] = "info";
    for (auto& [name, c] : resources_.configurations) configuration(name, c);
    services();
    for (auto& [name, p] : resources_.pools) pool(name, p);
    for (auto& [name, b] : resources_.blocks) block(name, b);
    for (auto& [name, f] : resources_.filters) tree_[filters + name] = f.json;
    if (defects_ == Defects::mended)
      for (auto& [name, p] : resources_.peers)
        for (auto& filter : p.filters)
          if (!resources_.filters.count(filter)) tree_[filters + filter] = stand_in().json;
    if (!resources_.nodes.count(node_))
      problems_.push_back(fmt::format("warning: no Node '{}' in the datastore: its configuration has to wait", node_));
  }

  void hosts() {
    for (auto& [name, node] : resources_.nodes) host(name, node);
  }

  void peers() {
    for (bool is_global : {true, false})
      for (auto& [name, p] : resources_.peers)
        if (p.is_global() == is_global) peering(name, p);
    for (auto& [name, p] : resources_.peers)
      if (p.reverse && !p.with_workloads) reverse(name, p);
    mesh_of_several_ases();
  }

  void host(const std::string& name, const Host& node) {
    auto base = host_keys + name + "/";
    for (bool six : {false, true}) {
      auto& address = node.address(six);
      tree_[base + (six ? "ip_addr_v6" : "ip_addr_v4")] = address ? address->address.text() : "";
      if (address) tree_[base + (six ? "network_v6" : "network_v4")] = address->network.text();
    }
    if (node.asn) tree_[base + "as_num"] = std::to_string(node.asn);
    tree_[base + "rr_cluster_id"] = node.cluster_id;
    tree_[base + "wireguard_addr_v4"] = node.wireguard_v4;
    tree_[base + "wireguard_addr_v6"] = node.wireguard_v6;
  }

 private:
  void set(const std::string& key, const std::string& value) {
    if (!value.empty()) tree_[key] = value;
  }
  /// The first object that makes a key counts.
  void made(const std::string& key, const std::string& value, const Origin& origin) {
    if (tree_.try_emplace(key, value).second && origins_) origins_->try_emplace(key, origin);
  }

  void configuration(const std::string& name, const BgpConfiguration& c) {
    bool is_default = name == "default";
    auto base = is_default ? global : host_keys + name.substr(5) + "/";
    if (c.listen_port) tree_[base + "listen_port"] = std::to_string(c.listen_port);
    if (auto level = lower(c.log_severity); !level.empty())
      tree_[base + "loglevel"] = level == "debug" || level == "info" ? level : "none";
    if (c.advertisements) advertisements(*c.advertisements, base);
    if (!is_default) return;
    if (c.asn) tree_[base + "as_num"] = std::to_string(c.asn);
    if (c.mesh) tree_[base + "node_mesh"] = *c.mesh ? R"({"enabled":true})" : R"({"enabled":false})";
    set(base + "bind_mode", c.bind_mode);
    set(base + "node_mesh_restart_time", number_text(c.mesh_restart_seconds));
    set(base + "node_mesh_password", secret(c.mesh_password, "BGPConfiguration 'default'").value_or(""));
    set(base + "ignored_interfaces", fmt::format("{}", fmt::join(c.ignored_interfaces, ",")));
    set(base + "svc_cluster_ips", fmt::format("{}", fmt::join(c.cluster_ips, ",")));
    set(base + "svc_external_ips", fmt::format("{}", fmt::join(c.external_ips, ",")));
    set(base + "svc_loadbalancer_ips", fmt::format("{}", fmt::join(c.load_balancer_ips, ",")));
  }

  /// Whole ranges are advertised by this node and refused from peers; single addresses only as the node's services
  /// need them.
  void services() {
    auto configured = resources_.configurations.find("default");
    static const BgpConfiguration nothing;
    auto& c = configured == resources_.configurations.end() ? nothing : configured->second;
    auto cluster_ips = c.cluster_ips;
    // Calico's environment for clusters that were set up before there was a member for it.
    if (auto range = std::getenv("CALICO_ADVERTISE_CLUSTER_IPS"); range && *range) cluster_ips = {range};
    ServiceRanges ranges{ranges_of(cluster_ips), ranges_of(c.external_ips), ranges_of(c.load_balancer_ips),
                         c.aggregates_load_balancers};
    auto self = resources_.nodes.find(node_);
    bool excluded = self != resources_.nodes.end() && [&] {
      auto label = self->second.labels.find("node.kubernetes.io/exclude-from-external-load-balancers");
      return label != self->second.labels.end() && label->second == "true";
    }();
    // As they are written, for so Calico writes them; their text was read before.
    auto whole = [&](const std::vector<std::string>& all, bool even_single) {
      for (auto& range : all)
        if (auto prefix = Prefix::parse(range); prefix && (even_single || !is_single_address(*prefix))) {
          service_key("rejectcidrs", range, {"BGPConfiguration", "default"});
          if (!excluded) service_key("staticroutes", range, {"BGPConfiguration", "default"});
        }
    };
    whole(cluster_ips, true);
    whole(c.external_ips, false);
    if (ranges.aggregates_balancer) whole(c.load_balancer_ips, false);
    if (excluded) return;
    auto name =
        self != resources_.nodes.end() && !self->second.kubernetes_name.empty() ? self->second.kubernetes_name : node_;
    auto endpoints = resources_.endpoints;
    for (auto& [slice, places] : resources_.endpoint_slices) endpoints.emplace("slice/" + slice, places);
    for (auto& [route, service] : service_routes({resources_.services, endpoints}, ranges, name))
      service_key("staticroutes", route.text(), {"Service", service});
  }
  static std::vector<Prefix> ranges_of(const std::vector<std::string>& cidrs) {
    std::vector<Prefix> ranges;
    for (auto& cidr : cidrs)
      if (auto prefix = Prefix::parse(cidr)) ranges.push_back(*prefix);
    return ranges;
  }
  void service_key(const char* kind, const std::string& range, const Origin& origin) {
    auto six = range.find(':') != std::string::npos;
    made(fmt::format("/calico/{}{}/{}", kind, six ? "v6" : "", dashed(range)), range, origin);
  }

  void advertisements(const std::vector<Advertisement>& all, const std::string& base) {
    json::value lists[2];
    for (auto& [cidr, communities] : all) {
      auto& list = lists[cidr.find(':') != std::string::npos];
      if (!list.is_array()) list = json::array{};
      list.get_array().push_back(
          {{"cidr", cidr}, {"communities", json::array(communities.begin(), communities.end())}});
    }
    tree_[base + "prefix_advertisements/ip_v4"] = json::serialize(lists[0]);
    tree_[base + "prefix_advertisements/ip_v6"] = json::serialize(lists[1]);
  }

  /// The value, if it can be used.
  std::optional<std::string> secret(const std::optional<SecretKey>& key, const std::string& whose) {
    auto problem = secret_problem(resources_, key);
    if (!problem) return secret_value(resources_, key);
    problems_.push_back(fmt::format("{}: {}: {}", problem->first, whose, problem->second));
    return {};
  }

  void pool(const std::string& name, const IpPool& p) {
    auto ipip = mode(p.ipip_mode);
    json::object value{{"cidr", p.cidr.text()},
                       {"ipip", ipip.empty() ? "" : "tunl0"},
                       {"ipip_mode", ipip},
                       {"vxlan_mode", mode(p.vxlan_mode)},
                       {"masquerade", p.nat_outgoing},
                       {"ipam", !p.disabled},
                       {"disabled", p.disabled},
                       {"disableBGPExport", p.disable_bgp_export}};
    made(fmt::format("/calico/v1/ipam/v{}/pool/{}", version(p.cidr), dashed(p.cidr.text())), json::serialize(value),
         {"IPPool", name});
  }

  void block(const std::string& name, const BlockAffinity& b) {
    if (b.node != node_ || b.state.starts_with("pending")) return;
    made(fmt::format("/calico/ipam/v2/host/{}/ipv{}/block/{}", node_, version(b.cidr), dashed(b.cidr.text())),
         json::serialize(json::object{{"state", b.state}, {"deleted", b.deleted}}), {"BlockAffinity", name});
  }

  // Peers

  std::string global_as() const {
    auto configured = resources_.configurations.find("default");
    bool says = configured != resources_.configurations.end() && configured->second.asn;
    return says ? std::to_string(configured->second.asn) : default_as;
  }
  std::string as_of(std::uint32_t asn) { return asn ? std::to_string(asn) : global_as(); }
  int port_of(const std::string& node) {
    for (auto& name : {"node." + node, std::string("default")})
      if (auto found = resources_.configurations.find(name);
          found != resources_.configurations.end() && found->second.listen_port)
        return found->second.listen_port;
    return 0;
  }
  std::vector<std::string> matching(const std::string& selector) {
    std::vector<std::string> names;
    for (auto& [name, node] : resources_.nodes)
      if (selects(selector, node.labels).value_or(false)) names.push_back(name);
    return names;
  }
  std::vector<std::string> own_nodes(const BgpPeer& p) {
    if (p.node.empty()) return matching(p.node_selector);
    return {p.node};
  }
  /// Those nodes of a peering whose keys are wanted: all, or this one if it is among them.
  std::vector<std::string> wanted_nodes(const BgpPeer& p) {
    if (whose_ == Whose::all_nodes) return own_nodes(p);
    if (p.node.empty() ? is_selected(p.node_selector, node_) : p.node == node_) return {node_};
    return {};
  }
  bool is_selected(const std::string& selector, const std::string& node) {
    auto found = resources_.nodes.find(node);
    return found != resources_.nodes.end() && selects(selector, found->second.labels).value_or(false);
  }

  json::object record(const BgpPeer& p, const Address& ip, const std::string& as, int port,
                      const std::string& cluster) const {
    auto password = secret_value(resources_, p.password);
    return {
        {"ip", ip.text()},
        {"as_num", as},
        {"local_as_num", "0"},
        {"rr_cluster_id", cluster},
        {"password", password ? json::value(*password) : json::value()},
        {"source_addr", p.source_address.empty() ? "UseNodeIP" : p.source_address},
        {"restart_time", number_text(p.restart_seconds)},
        {"keepalive_time", number_text(p.keepalive_seconds)},
        {"port", port},
        {"keep_next_hop", p.keeps_next_hop && p.next_hop_mode.empty()},
        {"next_hop_mode", p.next_hop_mode},
        {"calico_node", false},
        {"num_allow_local_as", 0},
        {"ttl_security", p.ttl_security},
        {"reachable_by", p.reachable_by},
        {"passive_mode", false},
        {"local_bgp_peer", false},
        {"filters", p.filters.empty() ? json::value() : json::value(json::array(p.filters.begin(), p.filters.end()))}};
  }
  /// A peer's record as it is kept. As text: a reflector has thousands, and a JSON tree is ten times as large.
  struct Session {
    std::string ip, path;  ///< the path below peers of a node or of all
    std::string record;
    explicit Session(const json::object& peer) : ip(peer.at("ip").as_string()), record(json::serialize(peer)) {
      auto port = peer.at("port").as_int64();
      path = (ip.find(':') == std::string::npos ? "peer_v4/" : "peer_v6/") + ip +
             (port && port != 179 ? "-" + std::to_string(port) : "");
    }
  };

  /// The records of Calico nodes as peers, for one family or both.
  std::vector<Session> records_of(const BgpPeer& p, const std::vector<std::string>& names,
                                  std::optional<bool> only_six) {
    std::vector<Session> made;
    for (auto& name : names) {
      auto found = resources_.nodes.find(name);
      if (found == resources_.nodes.end()) continue;
      for (bool six : {false, true})
        if (auto& address = found->second.address(six); address && only_six.value_or(six) == six)
          made.emplace_back(
              record(p, address->address, as_of(found->second.asn), port_of(name), found->second.cluster_id));
    }
    return made;
  }
  /// The records of pods on this node, which Felix tells of one by one.
  std::vector<Session> records_of_workloads(const std::string& name, const BgpPeer& p) const {
    std::vector<Session> made;
    BgpPeer bare;  // timers, passwords and next hops are not theirs
    bare.filters = p.filters;
    bare.source_address = "None";
    for (auto& [file, workload] : resources_.workloads)
      for (auto& address : {workload.v4, workload.v6})
        if (workload.peering == name && address) {
          auto peer = record(bare, *address, std::to_string(p.asn), 0, "");
          peer["local_as_num"] = std::to_string(p.local_asn);
          peer["passive_mode"] = peer["local_bgp_peer"] = true;
          made.emplace_back(peer);
        }
    return made;
  }
  /// The first record for an address and port wins, and global ones before a node's own.
  void store(const std::string& origin, const std::string& node, const std::vector<Session>& peers) {
    for (auto& peer : peers) {
      if (!node.empty() && tree_.count(global + peer.path)) continue;
      auto key = (node.empty() ? global : host_keys + node + "/") + peer.path;
      bool known = node.empty() || node == node_;
      if (auto [at, fresh] = tree_.try_emplace(key, peer.record); !origins_ || !known)
        continue;
      else if (fresh)
        (*origins_)[key] = {"BGPPeer", origin};
      else if (auto& first = origins_->at(key).name; first != origin && at->second != peer.record)
        told_twice(first, origin, peer.ip);
    }
  }
  /// Calico takes one of them, and may take the other one the next time.
  void told_twice(const std::string& first, const std::string& second, const std::string& ip) {
    if (!twice_.emplace(first, second).second) return;
    problems_.push_back(
        fmt::format("warning: BGPPeer '{}' and BGPPeer '{}' both make a session to {}, and not the same one: '{}' "
                    "counts",
                    first, second, ip, first));
  }

  json::object explicit_record(const BgpPeer& p) {
    bool six = !p.peer_ip->is_v4(), ours = false;
    int port = p.port;
    for (auto& [name, node] : resources_.nodes)
      if (auto& address = node.address(six); address && address->address == *p.peer_ip) {
        ours = true;
        if (!port && as_of(node.asn) == as_of(p.asn)) port = port_of(name);
      }
    auto peer = record(p, *p.peer_ip, std::to_string(p.asn), port, "");
    peer["calico_node"] = ours;
    peer["num_allow_local_as"] = p.own_as_allowed;
    peer["local_as_num"] = std::to_string(p.local_asn);
    return peer;
  }

  void peering(const std::string& name, const BgpPeer& p) {
    secret(p.password, "BGPPeer '" + name + "'");
    for (auto& filter : p.filters)
      if (!resources_.filters.count(filter))
        problems_.push_back(fmt::format(
            "error: BGPPeer '{}': spec.filters names BGPFilter '{}', which does not exist: its sessions "
            "pass {}",
            name, filter, defects_ == Defects::mended ? "no routes until it does" : "every route (--compat)"));
    auto nodes = p.is_global() ? std::vector<std::string>{""} : wanted_nodes(p);
    if (nodes.empty()) return;
    auto peers = p.with_workloads ? records_of_workloads(name, p)
                 : p.peer_ip      ? std::vector{Session(explicit_record(p))}
                                  : records_of(p, matching(p.peer_selector), {});
    for (auto& node : nodes) store(name, node, peers);
  }

  /// The other direction: nodes that are peers themselves need a session back.
  void reverse(const std::string& peering, const BgpPeer& p) {
    std::vector<std::string> locals;
    std::optional<bool> six;
    if (!p.peer_ip && whose_ == Whose::all_nodes) {
      locals = matching(p.peer_selector);
    } else if (!p.peer_ip) {
      if (is_selected(p.peer_selector, node_)) locals = {node_};
    } else {
      six = !p.peer_ip->is_v4();
      for (auto& [name, node] : resources_.nodes)
        if (auto& address = node.address(*six); address && address->address == *p.peer_ip &&
                                                as_of(node.asn) == as_of(p.asn) && (!p.port || p.port == port_of(name)))
          if (whose_ == Whose::all_nodes || name == node_) locals.push_back(name);
    }
    if (locals.empty()) return;
    auto peers = records_of(p, p.is_global() ? matching("") : own_nodes(p), six);
    for (auto& name : locals) store(peering, name, peers);
  }

  /// Calico v3.32 and later expects this node's AS of every node that has none of its own.
  void mesh_of_several_ases() {
    auto self = resources_.nodes.find(node_);
    auto asn = global_as();
    auto configured = resources_.configurations.find("default");
    bool mesh = configured == resources_.configurations.end() || configured->second.mesh.value_or(true);
    if (!mesh || self == resources_.nodes.end() || !self->second.cluster_id.empty() || as_of(self->second.asn) == asn)
      return;
    bool any = std::any_of(resources_.nodes.begin(), resources_.nodes.end(), [](auto& named) {
      return named.second.asn == 0 && named.second.cluster_id.empty() && (named.second.v4 || named.second.v6);
    });
    if (!any) return;
    problems_.push_back(defects_ == Defects::mended
                            ? fmt::format("warning: Node '{}': spec.bgp.asNumber is {}: nodes of the mesh without one "
                                          "are expected to be in AS {}, where Calico v3.32 and later expects {}",
                                          node_, self->second.asn, asn, self->second.asn)
                            : fmt::format("warning: Node '{}': spec.bgp.asNumber is {} and is expected of the nodes of "
                                          "the mesh without one, which are in AS {} (--compat)",
                                          node_, self->second.asn, asn));
  }

  const Resources& resources_;
  const std::string& node_;
  std::vector<std::string>& problems_;
  Origins* origins_;
  Whose whose_;
  Defects defects_;
  KeyTree tree_;
  std::set<std::pair<std::string, std::string>> twice_;  ///< BGPPeers that were told to contradict each other
};

}  // namespace

KeyTree derive_keys(const Resources& resources, const std::string& node, std::vector<std::string>& problems,
                    Origins* origins, Whose whose, Defects defects) {
  Derivation derivation(resources, node, problems, origins, whose, defects);
  derivation.settings();
  derivation.hosts();
  derivation.peers();
  return derivation.take();
}

KeyTree derive_part(Part part, const Resources& resources, const std::string& node, std::vector<std::string>& problems,
                    Origins& origins, Defects defects) {
  Derivation derivation(resources, node, problems, &origins, Whose::one_node, defects);
  switch (part) {
    case Part::settings: derivation.settings(); break;
    case Part::hosts: derivation.hosts(); break;
    case Part::peers: derivation.peers(); break;
  }
  return derivation.take();
}

KeyTree keys_of_host(const std::string& name, const Host& host) {
  static const Resources nothing;
  std::vector<std::string> none;
  Derivation derivation(nothing, name, none, nullptr, Whose::one_node, Defects::mended);
  derivation.host(name, host);
  return derivation.take();
}

std::optional<std::string> secret_value(const Resources& resources, const std::optional<SecretKey>& key) {
  if (!key) return {};
  auto found = resources.secrets.find(key->name);
  if (found == resources.secrets.end()) return {};
  auto value = found->second.find(key->key);
  return value == found->second.end() ? std::nullopt : std::optional(value->second);
}

std::optional<std::pair<std::string, std::string>> secret_problem(const Resources& resources,
                                                                  const std::optional<SecretKey>& key) {
  if (!key) return {};
  auto value = secret_value(resources, key);
  if (!value)
    return std::pair("warning", fmt::format("there is no Secret '{}' with key '{}': its sessions have no password",
                                            key->name, key->key));
  if (value->find_first_of("\"\n\r") != std::string::npos)
    return std::pair("error", fmt::format("Secret '{}' key '{}': a password cannot hold quotes or line breaks",
                                          key->name, key->key));
  return {};
}

}  // namespace avocet::confgen
