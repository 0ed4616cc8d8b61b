#pragma once
/// Calico's projectcalico.org/v3 objects as values: what confgen reads of them, checked, with Calico's defaults.
#include <array>
#include <functional>
#include <optional>
#include <set>

#include "confgen/calico/field.hpp"
#include "confgen/calico/selector.hpp"
#include "confgen/calico/services.hpp"
#include "confgen/calico/workloads.hpp"

namespace avocet::confgen {

/// An address with the length of its network, as a Node carries it.
struct HostAddress {
  proto::Address address;
  proto::Prefix network;
  friend bool operator==(const HostAddress&, const HostAddress&) = default;
};

/// A Node: one host of the cluster.
struct Host {
  Labels labels;
  std::optional<HostAddress> v4, v6;
  std::uint32_t asn = 0;  ///< 0: the global one
  std::string cluster_id;
  std::string wireguard_v4, wireguard_v6;
  std::string kubernetes_name;  ///< where it differs from its own
  const std::optional<HostAddress>& address(bool six) const { return six ? v6 : v4; }
  friend bool operator==(const Host&, const Host&) = default;
};

struct SecretKey {
  std::string name, key;
  friend bool operator==(const SecretKey&, const SecretKey&) = default;
};

/// One prefix to be advertised with communities; by value, names already looked up.
struct Advertisement {
  std::string cidr;
  std::vector<std::string> communities;  ///< sorted as text
  friend bool operator==(const Advertisement&, const Advertisement&) = default;
};

struct BgpConfiguration {
  std::uint32_t asn = 0;
  std::optional<bool> mesh;
  std::string log_severity, bind_mode;
  int listen_port = 0;
  std::vector<std::string> cluster_ips, external_ips, load_balancer_ips;  ///< CIDRs
  bool aggregates_load_balancers = true;
  std::optional<std::vector<Advertisement>> advertisements;
  std::optional<SecretKey> mesh_password;
  std::optional<std::int64_t> mesh_restart_seconds;
  std::vector<std::string> ignored_interfaces;
  std::string programs_cluster_routes;
  std::int64_t priority_v4 = 1024, priority_v6 = 1024;
  bool sets_priorities = false;  ///< one of the two was written
  friend bool operator==(const BgpConfiguration&, const BgpConfiguration&) = default;
};

struct BgpPeer {
  std::string node, node_selector, peer_selector;
  std::optional<proto::Address> peer_ip;
  int port = 0;
  std::uint32_t asn = 0, local_asn = 0;  ///< 0: the global one, none
  bool keeps_next_hop = false, reverse = true;
  std::optional<SecretKey> password;
  std::string source_address, next_hop_mode, reachable_by;
  std::optional<std::int64_t> restart_seconds, keepalive_seconds;
  int own_as_allowed = 0, ttl_security = 0;
  std::vector<std::string> filters;
  bool with_workloads = false;  ///< localWorkloadSelector: pods of this node are the peers
  /// Text for our own templates to put into the protocol, and into its channel: what Calico's model has no member for.
  std::string statements, channel_statements;
  bool is_global() const { return node.empty() && node_selector.empty(); }
  friend bool operator==(const BgpPeer&, const BgpPeer&) = default;
};

struct IpPool {
  proto::Prefix cidr;
  std::string ipip_mode, vxlan_mode;  ///< "Always", "CrossSubnet", "Never"
  bool disabled = false, disable_bgp_export = false, nat_outgoing = false;
  friend bool operator==(const IpPool&, const IpPool&) = default;
};

struct BlockAffinity {
  std::string node, state;
  proto::Prefix cidr;
  bool deleted = false;
  friend bool operator==(const BlockAffinity&, const BlockAffinity&) = default;
};

/// What a filter rule does to a route before it accepts it.
struct FilterOperation {
  std::string community;                 ///< addCommunity
  std::vector<std::uint32_t> prepended;  ///< prependASPath, in the order of the resulting path
  std::int64_t priority = 0;             ///< setPriority
  friend bool operator==(const FilterOperation&, const FilterOperation&) = default;
};

struct FilterRule {
  bool accepts = false;
  std::string match;  ///< "=", "!=", "~", "!~"; "" without cidr
  std::optional<proto::Prefix> cidr;
  std::string cidr_text;                       ///< as it was written, for so Calico writes it
  std::optional<std::pair<int, int>> lengths;  ///< of the route's prefix, bits
  bool remote_peers = false;
  std::string interface, community;
  std::optional<bool> internal;  ///< peerType: iBGP, eBGP, or both
  std::vector<std::uint32_t> as_path_prefix;
  std::optional<std::int64_t> priority;
  std::vector<FilterOperation> operations;
  friend bool operator==(const FilterRule&, const FilterRule&) = default;
};

struct BgpFilter {
  std::vector<FilterRule> import_v4, export_v4, import_v6, export_v6;
  std::string json;        ///< the object, as the key tree carries it
  bool stands_in = false;  ///< for one that does not exist
  const std::vector<FilterRule>& rules(bool imports, bool six) const {
    return imports ? (six ? import_v6 : import_v4) : (six ? export_v6 : export_v4);
  }
  friend bool operator==(const BgpFilter&, const BgpFilter&) = default;
};

/// Values of a Secret by key, decoded.
using Secret = std::map<std::string, std::string>;

/// All objects by name.
struct Resources {
  std::map<std::string, Host> nodes;
  std::map<std::string, BgpConfiguration> configurations;
  std::map<std::string, BgpPeer> peers;
  std::map<std::string, IpPool> pools;
  std::map<std::string, BlockAffinity> blocks;
  std::map<std::string, BgpFilter> filters;
  std::map<std::string, Secret> secrets;
  std::map<std::string, Service> services;
  std::map<std::string, ServiceEndpoints> endpoints, endpoint_slices;
  Workloads workloads;  ///< this node's; not of the datastore
  friend bool operator==(const Resources&, const Resources&) = default;
};

/// A filter of its JSON text; nothing if it has a mistake.
std::optional<BgpFilter> parse_bgp_filter(const std::string& name, const std::string& json);

/// Objects as they were written, by kind and name.
using ObjectBodies = std::map<std::pair<std::string, std::string>, boost::json::object>;

/// Reads objects again and again. One that has become wrong counts as what it last was. One that was never right counts
/// as absent, but a filter as one that lets no route pass, and a pool as what can be read of it: see `careful`. Only
/// what has another revision than before is read anew.
class Catalog {
 public:
  /// Adds what is known beside the objects: secrets and workloads.
  using Add = std::function<void(Resources&, std::vector<std::string>&)>;
  /// The good objects; they stay in place, and change at the next call. `problems` gets one line for each mistake, and
  /// what becomes of the object.
  const Resources& read(const Objects& objects, std::vector<std::string>& problems, const Add& add = {});
  /// To be called before the first `read`: what objects said before, which counts for those that it finds wrong.
  void remember(ObjectBodies before, std::string own_node);
  /// What those objects said when they were right that are wrong now, as far as sessions depend on them: peerings,
  /// filters, pools, settings, and the own Node.
  ObjectBodies right_before() const;
  /// Whether there is such a Node or BGPConfiguration, but it is wrong and was never right.
  bool is_unknown(const std::string& kind, const std::string& name) const;
  /// The kinds of objects of which the last `read` found one changed, new or gone; "Workload" for workloads.
  const std::set<std::string>& changed_kinds() const { return changed_kinds_; }
  /// The Nodes that the last `read` found changed, new or gone.
  const std::vector<std::string>& changed_nodes() const { return changed_nodes_; }

 private:
  /// An object as it was last read.
  struct Known {
    std::uint64_t revision = 0;
    std::vector<std::string> problems;
    bool wrong = false;
    boost::json::object good;  ///< what it said when it was right, of those that are kept
    bool careful = false;      ///< it was never right: something stands for it that does no harm
  };
  using KnownObjects = std::map<std::string, Known>;
  bool is_kept(const std::string& kind, const std::string& name) const;
  template <class T>
  void take(const Objects& objects, const char* kind, std::map<std::string, T>& into, T (*read)(const Field&),
            std::vector<std::string>& problems);
  template <class T>
  void take_one(const Object& object, Known& known, std::map<std::string, T>& into, T (*read)(const Field&));
  void note_change(const std::string& kind, const std::string& name);

  Resources last_;
  ObjectBodies remembered_;
  std::string own_node_;
  std::map<std::string, Secret> secrets_;  ///< the objects', without what was added
  std::map<std::string, KnownObjects, std::less<>> known_;
  std::set<std::string> changed_kinds_;
  std::vector<std::string> changed_nodes_;
};

}  // namespace avocet::confgen
