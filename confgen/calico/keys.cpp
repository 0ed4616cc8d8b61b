#include "confgen/calico/keys.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <set>

#include "confgen/calico/selector.hpp"
#include "proto/ip.hpp"

namespace avocet::confgen {

namespace {

namespace json = boost::json;
using proto::Address;
using proto::Prefix;

/// A member as text: booleans and numbers as JSON writes them, "" when absent.
std::string text(const json::object& in, std::string_view key) {
  auto found = in.if_contains(key);
  if (!found || found->is_null()) return "";
  return found->is_string() ? std::string(found->get_string()) : json::serialize(*found);
}
bool flag(const json::object& in, std::string_view key) { return text(in, key) == "true"; }
json::object inner(const json::object& in, std::string_view key) {
  auto found = in.if_contains(key);
  return found && found->is_object() ? found->get_object() : json::object{};
}
json::array items(const json::object& in, std::string_view key) {
  auto found = in.if_contains(key);
  return found && found->is_array() ? found->get_array() : json::array{};
}
std::int64_t integer(const json::object& in, std::string_view key) {
  auto digits = text(in, key);
  std::int64_t value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return value;
}
/// AS numbers may be written "1.10" (asdot); keys carry plain decimal.
std::string as_number(const json::object& in, std::string_view key) {
  auto written = text(in, key);
  auto dot = written.find('.');
  if (dot == std::string::npos) return written == "0" ? "" : written;
  return std::to_string(std::strtoull(written.c_str(), nullptr, 10) * 65536 + std::strtoull(written.c_str() + dot + 1, nullptr, 10));
}
/// Whole seconds of a Go duration ("1m30s"), rounded half away from zero; "" when absent.
std::string seconds(const json::object& in, std::string_view key) {
  auto written = text(in, key);
  if (written.empty()) return "";
  double total = 0;
  for (std::size_t i = 0; i < written.size();) {
    double number = 0;
    auto r = std::from_chars(written.data() + i, written.data() + written.size(), number);
    if (r.ec != std::errc{}) return "";
    i = r.ptr - written.data();
    auto unit = written.substr(i, written.find_first_of("0123456789.", i) - i);
    i += unit.size();
    total += number * (unit == "h" ? 3600 : unit == "m" ? 60 : unit == "ms" ? 1e-3 : unit == "us" ? 1e-6 : unit == "ns" ? 1e-9 : 1);
  }
  return std::to_string(static_cast<std::int64_t>(total + 0.5));
}

/// "10.0.0.0/16" as a path component.
std::string dashed(std::string cidr) {
  std::replace(cidr.begin(), cidr.end(), '/', '-');
  return cidr;
}

struct Host {
  Labels labels;
  std::string address[2], as, cluster;  ///< [0] IPv4, [1] IPv6
};

class Derivation {
 public:
  Derivation(const Objects& objects, const std::string& node, std::vector<std::string>& problems) : objects_(objects), node_(node), problems_(problems) {}

  KeyTree run() {
    configuration();
    each("Node", [&](auto& o) { host(o); });
    each("IPPool", [&](auto& o) { pool(o); });
    each("BlockAffinity", [&](auto& o) { block(o); });
    each("BGPFilter", [&](auto& o) { tree_["/calico/resources/v3/projectcalico.org/bgpfilters/" + o.name] = json::serialize(o.body); });
    for (bool global : {true, false}) each("BGPPeer", [&](auto& o) { peering(o, global); });
    each("BGPPeer", [&](auto& o) { reverse(o); });
    return std::move(tree_);
  }

 private:
  template <class F> void each(const std::string& kind, F visit) {
    for (auto i = objects_.lower_bound({kind, ""}); i != objects_.end() && i->first.first == kind; ++i) visit(i->second);
  }
  static json::object spec(const Object& o) { return inner(o.body, "spec"); }
  void problem(const Object& o, const std::string& what) { problems_.push_back(fmt::format("{}: error: {} '{}': {}", o.origin, o.kind, o.name, what)); }

  void configuration() {
    tree_["/calico/bgp/v1/global/as_num"] = "64512";
    tree_["/calico/bgp/v1/global/node_mesh"] = R"({"enabled": true})";
    tree_["/calico/bgp/v1/global/loglevel"] = "info";
    each("BGPConfiguration", [&](auto& o) {
      bool global = o.name == "default";
      if (!global && !o.name.starts_with("node.")) return problem(o, "the name must be 'default' or 'node.NODENAME'");
      auto s = spec(o);
      auto base = global ? std::string("/calico/bgp/v1/global/") : "/calico/bgp/v1/host/" + o.name.substr(5) + "/";
      set(base + "listen_port", text(s, "listenPort") == "0" ? "" : text(s, "listenPort"));
      if (auto level = text(s, "logSeverityScreen"); !level.empty()) {
        for (auto& c : level) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
        tree_[base + "loglevel"] = level == "debug" || level == "info" ? level : "none";
      }
      advertisements(s, base);
      if (!global) return;
      set(base + "as_num", as_number(s, "asNumber"));
      if (auto mesh = text(s, "nodeToNodeMeshEnabled"); !mesh.empty()) tree_[base + "node_mesh"] = R"({"enabled":)" + mesh + "}";
      set(base + "bind_mode", text(s, "bindMode"));
      set(base + "node_mesh_restart_time", seconds(s, "nodeMeshMaxRestartTime"));
      set(base + "node_mesh_password", secret(inner(s, "nodeMeshPassword")).value_or(""));
      std::string ignored;
      for (auto& name : items(s, "ignoredInterfaces")) ignored += (ignored.empty() ? "" : ",") + std::string(name.is_string() ? name.get_string() : json::string());
      set(base + "ignored_interfaces", ignored);
      services(s, base);
    });
  }
  void set(const std::string& key, const std::string& value) {
    if (!value.empty()) tree_[key] = value;
  }

  /// Whole service CIDRs: advertised by every node that does not exclude itself, and refused from peers.
  void services(const json::object& s, const std::string& base) {
    static constexpr std::pair<const char*, const char*> lists[] = {
        {"serviceClusterIPs", "svc_cluster_ips"}, {"serviceExternalIPs", "svc_external_ips"}, {"serviceLoadBalancerIPs", "svc_loadbalancer_ips"}};
    for (auto& [member, key] : lists) {
      std::string joined;
      for (auto& item : items(s, member)) {
        auto cidr = item.is_object() ? text(item.get_object(), "cidr") : "";
        joined += (joined.empty() ? "" : ",") + cidr;
        auto prefix = Prefix::parse(cidr);
        if (!prefix || (std::string(key) == "svc_loadbalancer_ips" && prefix->length == max_length_bits(prefix->family))) continue;
        auto six = prefix->family == proto::Family::ipv6 ? "v6/" : "/";
        tree_[std::string("/calico/rejectcidrs") + six + dashed(cidr)] = cidr;
        tree_[std::string("/calico/staticroutes") + six + dashed(cidr)] = cidr;
      }
      set(base + key, joined);
    }
  }

  void advertisements(const json::object& s, const std::string& base) {
    if (!s.contains("prefixAdvertisements")) return;
    std::multimap<std::string, std::string> named;
    for (auto& c : items(s, "communities")) named.emplace(text(c.as_object(), "name"), text(c.as_object(), "value"));
    json::value lists[2];
    for (auto& entry : items(s, "prefixAdvertisements")) {
      std::set<std::string> values;
      for (auto& c : items(entry.as_object(), "communities")) {
        std::string name(c.as_string());
        if (name.find(':') != std::string::npos) values.insert(name);
        else
          for (auto [i, end] = named.equal_range(name); i != end; ++i) values.insert(i->second);
      }
      auto cidr = text(entry.as_object(), "cidr");
      auto& list = lists[cidr.find(':') != std::string::npos];
      if (!list.is_array()) list = json::array{};
      list.get_array().push_back(json::object{{"cidr", cidr}, {"communities", json::array(values.begin(), values.end())}});
    }
    tree_[base + "prefix_advertisements/ip_v4"] = json::serialize(lists[0]);
    tree_[base + "prefix_advertisements/ip_v6"] = json::serialize(lists[1]);
  }

  std::optional<std::string> secret(const json::object& holder) {
    auto reference = inner(holder, "secretKeyRef");
    auto found = objects_.find({"Secret", text(reference, "name")});
    if (found == objects_.end()) return {};
    auto data = inner(found->second.body, "stringData");
    auto key = text(reference, "key");
    return data.contains(key) ? std::optional(text(data, key)) : std::nullopt;
  }

  void host(const Object& o) {
    auto bgp = inner(spec(o), "bgp");
    auto base = "/calico/bgp/v1/host/" + o.name + "/";
    auto& host = hosts_[o.name];
    for (auto& [key, value] : inner(inner(o.body, "metadata"), "labels")) host.labels[std::string(key)] = value.is_string() ? std::string(value.get_string()) : json::serialize(value);
    for (int six : {0, 1}) {
      auto written = text(bgp, six ? "ipv6Address" : "ipv4Address");
      auto address = Address::parse(written.substr(0, written.find('/')));
      if (address && address->is_v4() == !six) {
        host.address[six] = address->text();
        auto slash = written.find('/');
        unsigned length = slash == std::string::npos ? (six ? 128 : 32) : std::strtoul(written.c_str() + slash + 1, nullptr, 10);
        tree_[base + (six ? "network_v6" : "network_v4")] = Prefix::make(*address, length).text();
      } else if (!written.empty()) problem(o, fmt::format("spec.bgp.{} '{}' is not an address", six ? "ipv6Address" : "ipv4Address", written));
      tree_[base + (six ? "ip_addr_v6" : "ip_addr_v4")] = host.address[six];
    }
    set(base + "as_num", host.as = as_number(bgp, "asNumber"));
    tree_[base + "rr_cluster_id"] = host.cluster = text(bgp, "routeReflectorClusterID");
  }

  void pool(const Object& o) {
    auto s = spec(o);
    auto prefix = Prefix::parse(text(s, "cidr"));
    if (!prefix) return problem(o, fmt::format("spec.cidr '{}': {}", text(s, "cidr"), prefix.error().what));
    auto mode = [&](const char* key) { return text(s, key) == "Always" ? "always" : text(s, key) == "CrossSubnet" ? "cross-subnet" : ""; };
    json::object value{{"cidr", prefix->text()}, {"ipip", *mode("ipipMode") ? "tunl0" : ""}, {"ipip_mode", mode("ipipMode")}, {"vxlan_mode", mode("vxlanMode")},
                       {"masquerade", flag(s, "natOutgoing")}, {"ipam", !flag(s, "disabled")}, {"disabled", flag(s, "disabled")}, {"disableBGPExport", flag(s, "disableBGPExport")}};
    tree_.try_emplace(fmt::format("/calico/v1/ipam/v{}/pool/{}", prefix->address.is_v4() ? 4 : 6, dashed(prefix->text())), json::serialize(value));
  }

  void block(const Object& o) {
    auto s = spec(o);
    if (text(s, "node") != node_ || text(s, "state").starts_with("pending")) return;
    auto prefix = Prefix::parse(text(s, "cidr"));
    if (!prefix) return problem(o, fmt::format("spec.cidr '{}': {}", text(s, "cidr"), prefix.error().what));
    tree_[fmt::format("/calico/ipam/v2/host/{}/ipv{}/block/{}", node_, prefix->address.is_v4() ? 4 : 6, dashed(prefix->text()))] =
        json::serialize(json::object{{"state", text(s, "state")}, {"deleted", flag(s, "deleted")}});
  }

  // Peers

  std::string as_of(const Host& h) { return h.as.empty() ? tree_["/calico/bgp/v1/global/as_num"] : h.as; }
  int port_of(const std::string& node) {
    for (auto& base : {"/calico/bgp/v1/host/" + node, std::string("/calico/bgp/v1/global")})
      if (auto found = tree_.find(base + "/listen_port"); found != tree_.end()) return std::atoi(found->second.c_str());
    return 0;
  }
  std::vector<std::string> matching(const Object& o, const std::string& selector) {
    std::vector<std::string> names;
    for (auto& [name, host] : hosts_) {
      auto selected = selects(selector, host.labels);
      if (!selected) return problem(o, fmt::format("selector '{}', character {}: {}", selector, selected.error().position + 1, selected.error().what)), std::vector<std::string>{};
      if (*selected) names.push_back(name);
    }
    return names;
  }

  json::object record(const Object& o, const std::string& ip, const std::string& as, int port, const std::string& cluster) {
    auto s = spec(o);
    auto password = secret(inner(s, "password"));
    auto filters = items(s, "filters");
    return {{"ip", ip}, {"as_num", as.empty() ? "0" : as}, {"rr_cluster_id", cluster}, {"password", password ? json::value(*password) : json::value()},
            {"source_addr", text(s, "sourceAddress").empty() ? "UseNodeIP" : text(s, "sourceAddress")}, {"restart_time", seconds(s, "maxRestartTime")}, {"port", port},
            {"keep_next_hop", false}, {"calico_node", false}, {"num_allow_local_as", 0}, {"ttl_security", integer(s, "ttlSecurity")}, {"reachable_by", text(s, "reachableBy")},
            {"filters", filters.empty() ? json::value() : json::value(filters)}};
  }
  /// The records of Calico nodes as peers; `family` 4, 6 or 0 for both.
  std::vector<json::object> records_of(const Object& o, const std::vector<std::string>& names, int family) {
    std::vector<json::object> made;
    for (auto& name : names)
      for (int six : {0, 1})
        if (auto& h = hosts_[name]; !h.address[six].empty() && (!family || family == (six ? 6 : 4)))
          made.push_back(record(o, h.address[six], as_of(h), port_of(name), h.cluster));
    return made;
  }
  void store(const std::string& node, const std::vector<json::object>& peers) {
    for (auto& peer : peers) {
      auto ip = text(peer, "ip");
      auto port = integer(peer, "port");
      auto path = (ip.find(':') == std::string::npos ? "peer_v4/" : "peer_v6/") + ip + (port && port != 179 ? "-" + std::to_string(port) : "");
      if (node.empty()) tree_.try_emplace("/calico/bgp/v1/global/" + path, json::serialize(peer));
      else if (!tree_.count("/calico/bgp/v1/global/" + path)) tree_.try_emplace("/calico/bgp/v1/host/" + node + "/" + path, json::serialize(peer));
    }
  }
  std::vector<std::string> own_nodes(const Object& o) {
    auto s = spec(o);
    if (auto selector = text(s, "nodeSelector"); !selector.empty()) return matching(o, selector);
    return {text(s, "node")};
  }
  /// peerIP as address text and port (0 if none); empty if it does not parse.
  static std::pair<std::string, int> endpoint(std::string written) {
    int port = 0;
    auto colon = written.rfind(':');
    if (written.starts_with("[") || (colon != std::string::npos && written.find(':') == colon)) {
      port = std::atoi(written.c_str() + colon + 1);
      written = written.starts_with("[") ? written.substr(1, written.find(']') - 1) : written.substr(0, colon);
    }
    auto address = Address::parse(written);
    return {address ? address->text() : "", port};
  }
  bool is_global(const json::object& s) { return text(s, "node").empty() && text(s, "nodeSelector").empty(); }

  void peering(const Object& o, bool global) {
    auto s = spec(o);
    if (is_global(s) != global) return;
    std::vector<json::object> peers;
    if (auto selector = text(s, "peerSelector"); !selector.empty()) peers = records_of(o, matching(o, selector), 0);
    else {
      auto [ip, port] = endpoint(text(s, "peerIP"));
      if (ip.empty()) return problem(o, fmt::format("spec.peerIP '{}' is not an address", text(s, "peerIP")));
      bool six = ip.find(':') != std::string::npos;
      if (auto by = text(s, "reachableBy"); !by.empty()) {
        auto via = Address::parse(by);
        if (!via || via->is_v4() == six) return problem(o, fmt::format("spec.reachableBy '{}' is not an address of peerIP's family", by));
      }
      auto as = as_number(s, "asNumber");
      bool ours = false;
      for (auto& [name, host] : hosts_)
        if (host.address[six] == ip) {
          ours = true;
          if (!port && as_of(host) == (as.empty() ? tree_["/calico/bgp/v1/global/as_num"] : as)) port = port_of(name);
        }
      peers.push_back(record(o, ip, as, port, ""));
      peers.back()["calico_node"] = ours;
      peers.back()["keep_next_hop"] = flag(s, "keepOriginalNextHop");
      peers.back()["num_allow_local_as"] = integer(s, "numAllowedLocalASNumbers");
    }
    if (global) store("", peers);
    else
      for (auto& name : own_nodes(o)) store(name, peers);
  }

  /// The other direction: nodes that are peers themselves need a session back.
  void reverse(const Object& o) {
    auto s = spec(o);
    std::vector<std::string> locals;
    int family = 0;
    if (auto selector = text(s, "peerSelector"); !selector.empty()) locals = matching(o, selector);
    else {
      auto [ip, port] = endpoint(text(s, "peerIP"));
      family = ip.find(':') == std::string::npos ? 4 : 6;
      auto as = as_number(s, "asNumber");
      for (auto& [name, host] : hosts_)
        if (!ip.empty() && host.address[family == 6] == ip && as_of(host) == (as.empty() ? tree_["/calico/bgp/v1/global/as_num"] : as) && (!port || port == port_of(name))) locals.push_back(name);
    }
    if (locals.empty()) return;
    auto remotes = is_global(s) ? matching(o, "") : own_nodes(o);
    auto peers = records_of(o, remotes, family);
    for (auto& name : locals) store(name, peers);
  }

  const Objects& objects_;
  const std::string& node_;
  std::vector<std::string>& problems_;
  KeyTree tree_;
  std::map<std::string, Host> hosts_;
};

}  // namespace

KeyTree derive_keys(const Objects& objects, const std::string& node, std::vector<std::string>& problems) { return Derivation(objects, node, problems).run(); }

}  // namespace avocet::confgen
