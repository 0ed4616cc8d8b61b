#include "confgen/calico/audit.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <set>

#include "confgen/calico/keys.hpp"

namespace avocet::confgen {

namespace {

using Names = std::set<std::string>;

constexpr std::uint32_t default_asn = 64512;

bool overlap(const proto::Prefix& a, const proto::Prefix& b) { return a.contains(b) || b.contains(a); }

bool meet(const Names& a, const Names& b) {
  return std::any_of(a.begin(), a.end(), [&](auto& name) { return b.count(name); });
}

/// "n1, n2, n3 and 4 more".
std::string listed(const Names& names) {
  constexpr std::size_t most = 3;
  std::vector<std::string> first;
  std::copy_n(names.begin(), std::min(most, names.size()), std::back_inserter(first));
  auto more = names.size() - first.size();
  return fmt::format("{}{}", fmt::join(first, ", "), more ? fmt::format(" and {} more", more) : "");
}

class Audit {
 public:
  Audit(const Objects& objects, const Resources& resources) : objects_(objects), resources_(resources) {}

  std::vector<std::string> run() {
    if (auto found = resources_.configurations.find("default"); found != resources_.configurations.end()) {
      mesh_ = found->second.mesh.value_or(true);
      if (found->second.asn) asn_ = found->second.asn;
    }
    for (auto& [name, peer] : resources_.peers) sides(name, peer);
    configurations();
    addresses();
    pools();
    blocks();
    for (auto& [name, peer] : resources_.peers) {
      selectors(name, peer);
      other_side(name, peer);
    }
    twice();
    nodes();
    return std::move(lines_);
  }

 private:
  /// The nodes at the two ends of a peering; `there` is empty when the peer is no node.
  struct Sides {
    Names here, there;
  };

  void warn(const char* kind, const std::string& name, const std::string& member, const std::string& what) {
    tell("warning", kind, name, member, what);
  }
  void tell(const std::string& severity, const char* kind, const std::string& name, const std::string& member,
            const std::string& what) {
    auto object = objects_.find({kind, name});
    auto place = object == objects_.end() ? std::string("datastore") : object->second.at(member);
    lines_.push_back(
        fmt::format("{}: {}: {} '{}': {}{}{}", place, severity, kind, name, member, member.empty() ? "" : " ", what));
  }

  const Names& selected(const std::string& selector) {
    auto [found, fresh] = selected_.try_emplace(selector);
    if (fresh)
      for (auto& [name, node] : resources_.nodes)
        if (selects(selector, node.labels).value_or(false)) found->second.insert(name);
    return found->second;
  }

  std::uint32_t as_of(std::uint32_t asn) const { return asn ? asn : asn_; }
  int port_of(const std::string& node) const {
    for (auto& name : {"node." + node, std::string("default")})
      if (auto found = resources_.configurations.find(name);
          found != resources_.configurations.end() && found->second.listen_port)
        return found->second.listen_port;
    return 179;
  }
  Names with_address(const proto::Address& address) const {
    Names names;
    for (auto& [name, node] : resources_.nodes)
      if (auto& own = node.address(!address.is_v4()); own && own->address == address) names.insert(name);
    return names;
  }

  void sides(const std::string& name, const BgpPeer& peer) {
    auto& made = sides_[name];
    if (peer.node.empty())
      made.here = selected(peer.node_selector);
    else
      made.here = {peer.node};
    if (peer.with_workloads) return;  // only the node itself knows its pods
    made.there = peer.peer_ip ? with_address(*peer.peer_ip) : selected(peer.peer_selector);
  }

  void selectors(const std::string& name, const BgpPeer& peer) {
    if (!peer.node.empty() && !resources_.nodes.count(peer.node))
      warn("BGPPeer", name, "spec.node", fmt::format("names Node '{}', which does not exist", peer.node));
    if (!peer.node_selector.empty() && selected(peer.node_selector).empty())
      warn("BGPPeer", name, "spec.nodeSelector", fmt::format("'{}' selects no Node", peer.node_selector));
    if (!peer.peer_selector.empty() && selected(peer.peer_selector).empty())
      warn("BGPPeer", name, "spec.peerSelector", fmt::format("'{}' selects no Node", peer.peer_selector));
    for (auto& filter : peer.filters)
      if (!resources_.filters.count(filter))
        tell("error", "BGPPeer", name, "spec.filters",
             fmt::format("names BGPFilter '{}', which does not exist: no route passes", filter));
    secret("BGPPeer", name, "spec.password", peer.password);
    auto& side = sides_.at(name);
    if (peer.peer_ip && !side.here.empty() && side.here == side.there)
      warn("BGPPeer", name, "spec.peerIP",
           fmt::format("is the address of Node '{}' itself, and the peering is for no other", *side.here.begin()));
  }
  void secret(const char* kind, const std::string& name, const char* member, const std::optional<SecretKey>& key) {
    if (auto problem = secret_problem(resources_, key))
      tell(problem->first, kind, name, member, "is of no use: " + problem->second);
  }
  void configurations() {
    for (auto& [name, configuration] : resources_.configurations) {
      secret("BGPConfiguration", name, "spec.nodeMeshPassword", configuration.mesh_password);
      if (name.starts_with("node.") && !resources_.nodes.count(name.substr(5)))
        warn("BGPConfiguration", name, "metadata.name",
             fmt::format("is for Node '{}', which does not exist", name.substr(5)));
    }
  }

  /// Whether `from` has a session to `to` by some peering, in either of a peering's directions, or by the mesh.
  bool has_session(const std::string& from, const std::string& to) const {
    auto cluster = [&](const std::string& name) { return resources_.nodes.at(name).cluster_id; };
    if (mesh_ && resources_.nodes.count(from) && resources_.nodes.count(to) && cluster(from).empty() &&
        cluster(to).empty())
      return true;
    return std::any_of(sides_.begin(), sides_.end(), [&](auto& named) {
      auto& [name, side] = named;
      auto& peer = resources_.peers.at(name);
      return (side.here.count(from) && side.there.count(to)) ||
             (side.here.count(to) && side.there.count(from) && comes_back(peer, from));
    });
  }
  /// Whether the node at the far end of a peering gets a session back without being told.
  bool comes_back(const BgpPeer& peer, const std::string& far) const {
    if (!peer.reverse) return false;
    if (!peer.peer_ip) return true;
    return as_of(peer.asn) == as_of(resources_.nodes.at(far).asn) && (!peer.port || peer.port == port_of(far));
  }

  /// Whether a node says in some session that it is in this AS.
  bool appears_as(const std::string& node, std::uint32_t asn) const {
    return std::any_of(sides_.begin(), sides_.end(), [&](auto& named) {
      return resources_.peers.at(named.first).local_asn == asn && named.second.here.count(node);
    });
  }

  void other_side(const std::string& name, const BgpPeer& peer) {
    auto& side = sides_.at(name);
    for (auto& far : side.there) {
      if (comes_back(peer, far)) continue;
      auto far_asn = as_of(resources_.nodes.at(far).asn);
      if (peer.peer_ip && as_of(peer.asn) != far_asn && !appears_as(far, peer.asn)) {
        warn("BGPPeer", name, "spec.asNumber",
             fmt::format("is {}, but {} is Node '{}' with AS {}: the session cannot come up", as_of(peer.asn),
                         peer.peer_ip->text(), far, far_asn));
        return;
      }
      Names lonely;
      for (auto& near : side.here)
        if (near != far && resources_.nodes.count(near) && !has_session(far, near)) lonely.insert(near);
      if (lonely.empty()) continue;
      warn("BGPPeer", name, peer.reverse ? "spec.peerIP" : "spec.reversePeering",
           fmt::format("makes sessions to Node '{}' that it does not know: no peering leads back to {}", far,
                       listed(lonely)));
      return;  // the others of a selector have the same cause
    }
  }

  /// Peerings that make the same session: only the first one counts.
  void twice() {
    std::map<std::string, std::vector<std::string>> by_endpoint;  // address and port, or node, to names of peerings
    for (auto& [name, peer] : resources_.peers) {
      if (peer.peer_ip)
        by_endpoint[fmt::format("{} port {}", peer.peer_ip->text(), peer.port ? peer.port : 179)].push_back(name);
      else if (auto& side = sides_.at(name); !side.there.empty())
        by_endpoint["selector"].push_back(name);
    }
    for (auto& [endpoint, names] : by_endpoint)
      for (std::size_t j = 1; j < names.size(); ++j)
        for (std::size_t i = 0; i < j; ++i)
          if (same_session(names[i], names[j])) break;
  }
  bool same_session(const std::string& first, const std::string& second) {
    auto &a = sides_.at(first), &b = sides_.at(second);
    if (!meet(a.here, b.here)) return false;
    auto &p = resources_.peers.at(first), &q = resources_.peers.at(second);
    if (!p.peer_ip && !meet(a.there, b.there)) return false;
    // Global ones come before a node's own, and then the first by name.
    bool first_counts = p.is_global() || !q.is_global();
    auto &counts = first_counts ? first : second, &idle = first_counts ? second : first;
    Names both;
    std::set_intersection(a.here.begin(), a.here.end(), b.here.begin(), b.here.end(), std::inserter(both, both.end()));
    warn("BGPPeer", idle, "",
         fmt::format("makes sessions that BGPPeer '{}' makes too, on {}; that one counts", counts, listed(both)));
    return true;
  }

  void addresses() {
    std::map<std::string, std::string> owner;
    for (auto& [name, node] : resources_.nodes)
      for (bool six : {false, true})
        if (auto& address = node.address(six))
          if (auto [first, fresh] = owner.try_emplace(address->address.text(), name); !fresh)
            warn("Node", name, six ? "spec.bgp.ipv6Address" : "spec.bgp.ipv4Address",
                 fmt::format("{} is also Node '{}'s", first->first, first->second));
  }

  void pools() {
    for (auto i = resources_.pools.begin(); i != resources_.pools.end(); ++i)
      for (auto j = resources_.pools.begin(); j != i; ++j)
        if (overlap(i->second.cidr, j->second.cidr))
          warn("IPPool", i->first, "spec.cidr",
               fmt::format("{} overlaps {} of IPPool '{}'", i->second.cidr.text(), j->second.cidr.text(), j->first));
  }

  void blocks() {
    std::map<std::string, std::string> owner;
    for (auto& [name, block] : resources_.blocks) {
      auto cidr = block.cidr.text();
      if (!resources_.nodes.count(block.node))
        warn("BlockAffinity", name, "spec.node", fmt::format("names Node '{}', which does not exist", block.node));
      if (std::none_of(resources_.pools.begin(), resources_.pools.end(),
                       [&](auto& pool) { return pool.second.cidr.contains(block.cidr); }))
        warn("BlockAffinity", name, "spec.cidr", fmt::format("{} lies in no IPPool: peers are not told of it", cidr));
      if (block.deleted || block.state.starts_with("pending")) continue;
      if (auto [first, fresh] = owner.try_emplace(cidr, name); !fresh)
        warn("BlockAffinity", name, "spec.cidr",
             fmt::format("{} is also claimed by BlockAffinity '{}'", cidr, first->second));
    }
  }

  void nodes() {
    std::size_t meshed = 0;
    for (auto& [name, node] : resources_.nodes) meshed += node.cluster_id.empty();
    for (auto& [name, node] : resources_.nodes) {
      if (!node.v4 && !node.v6) {
        warn("Node", name, "spec.bgp", "has no address: it gets no session");
        continue;
      }
      bool any = mesh_ && node.cluster_id.empty() && meshed > 1, client = false;
      for (auto& [peering, side] : sides_) {
        auto& peer = resources_.peers.at(peering);
        auto others = [&](const Names& names) { return names.size() > names.count(name); };
        bool abroad = (peer.peer_ip || peer.with_workloads) && side.there.empty();
        bool near = side.here.count(name) && (others(side.there) || abroad);
        bool far = side.there.count(name) && others(side.here) && comes_back(peer, name);
        any |= near || far;
        if (node.cluster_id.empty() || client) continue;
        client = (near && peer.peer_ip && side.there.empty() && as_of(peer.asn) == as_of(node.asn)) ||
                 (near && has_client(node, side.there)) || (far && has_client(node, side.here));
      }
      if (!any && resources_.nodes.size() > 1)
        warn("Node", name, "",
             fmt::format("has no session: {} and no BGPPeer is for it", !mesh_ ? "the mesh is off"
                                                                        : node.cluster_id.empty()
                                                                            ? "the mesh has no other node"
                                                                            : "the mesh leaves out route reflectors"));
      else if (!node.cluster_id.empty() && !client)
        warn("Node", name, "spec.bgp.routeReflectorClusterID",
             "makes it a route reflector, but no BGPPeer gives it a client: nothing is reflected");
    }
  }
  bool has_client(const Host& reflector, const Names& others) const {
    return std::any_of(others.begin(), others.end(), [&](auto& name) {
      auto found = resources_.nodes.find(name);
      return found != resources_.nodes.end() && &found->second != &reflector &&
             found->second.cluster_id != reflector.cluster_id && as_of(found->second.asn) == as_of(reflector.asn);
    });
  }

  const Objects& objects_;
  const Resources& resources_;
  bool mesh_ = true;
  std::uint32_t asn_ = default_asn;
  std::map<std::string, Names> selected_;
  std::map<std::string, Sides> sides_;
  std::vector<std::string> lines_;
};

}  // namespace

std::vector<std::string> audit(const Objects& objects, const Resources& resources) {
  return Audit(objects, resources).run();
}

}  // namespace avocet::confgen
