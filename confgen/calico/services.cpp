#include "confgen/calico/services.hpp"

#include <algorithm>

namespace avocet::confgen {

namespace {

using proto::Address;
using proto::Prefix;

/// Addresses as they can be used; what is none (a host name, an address with a length) is left out, as Calico does.
void take_addresses(const std::vector<Field>& items, std::vector<Address>& into) {
  for (auto& item : items)
    if (auto address = Address::parse(item.text())) into.push_back(*address);
}

std::string qualified(const Field& metadata, const std::string& name) {
  auto space = metadata["namespace"].text();
  return (space.empty() ? "default" : space) + "/" + name;
}

bool covers(const std::vector<Prefix>& ranges, const Address& address) {
  return std::any_of(ranges.begin(), ranges.end(), [&](auto& range) { return range.contains(address); });
}
bool covers_singly(const std::vector<Prefix>& ranges, const Address& address) {
  return std::any_of(ranges.begin(), ranges.end(),
                     [&](auto& range) { return is_single_address(range) && range.contains(address); });
}

class Advertised {
 public:
  Advertised(const ServiceCatalog& catalog, const ServiceRanges& ranges, const std::string& node)
      : catalog_(catalog), ranges_(ranges), node_(node) {
    for (auto& [name, endpoints] : catalog.endpoints) by_service_.emplace(endpoints.service, &endpoints);
  }

  std::map<Prefix, std::string> run() const {
    std::map<Prefix, std::string> routes;
    for (auto& [name, service] : catalog_.services) {
      auto add = [&, &name = name](const Address& address) {
        routes.try_emplace(Prefix::make(address, address.is_v4() ? 32 : 128), name);
      };
      if (!is_advertised(service)) continue;
      if (!ranges_.cluster.empty())
        for (auto& address : service.cluster_ips) add(address);
      for (auto& address : service.external_ips)
        if (covers(ranges_.external, address)) add(address);
      for (auto& address : service.balanced_ips)
        if (covers(ranges_.balancer, address)) add(address);
    }
    return routes;
  }

 private:
  bool is_advertised(const Service& service) const {
    if (service.cluster_ips.empty()) return false;
    if (service.type != "ClusterIP" && service.type != "NodePort" && service.type != "LoadBalancer") return false;
    if (service.local) return has_endpoint(service, true);
    if (!service.cluster) return false;
    return has_single_address(service) || (!ranges_.aggregates_balancer && has_endpoint(service, false));
  }

  /// An address that is a range of its own, which no other route covers.
  bool has_single_address(const Service& service) const {
    auto balanced = [&](auto& address) { return covers_singly(ranges_.balancer, address); };
    if (service.type != "LoadBalancer") return false;
    if (service.balancer_ip && balanced(*service.balancer_ip)) return true;
    if (std::any_of(service.balanced_ips.begin(), service.balanced_ips.end(), balanced)) return true;
    return std::any_of(service.external_ips.begin(), service.external_ips.end(),
                       [&](auto& address) { return covers_singly(ranges_.external, address); });
  }

  bool has_endpoint(const Service& service, bool here) const {
    for (auto [i, end] = by_service_.equal_range(service.name); i != end; ++i)
      for (auto& place : i->second->ready)
        if ((!here || place.node == node_) &&
            std::find(service.families.begin(), service.families.end(), place.six) != service.families.end())
          return true;
    return false;
  }

  const ServiceCatalog& catalog_;
  const ServiceRanges& ranges_;
  const std::string& node_;
  std::multimap<std::string, const ServiceEndpoints*> by_service_;
};

}  // namespace

Service read_service(const Field& object) {
  Service s;
  auto spec = object["spec"];
  s.name = qualified(object["metadata"], object["metadata"]["name"].text());
  s.type = spec["type"].text();
  if (s.type.empty()) s.type = "ClusterIP";
  auto policy = spec["externalTrafficPolicy"].one_of({"Cluster", "Local"});
  s.local = policy == "Local";
  s.cluster = policy == "Cluster" || (policy.empty() && s.type != "ClusterIP");
  take_addresses(spec["clusterIPs"].items(), s.cluster_ips);
  if (s.cluster_ips.empty()) take_addresses({spec["clusterIP"]}, s.cluster_ips);
  take_addresses(spec["externalIPs"].items(), s.external_ips);
  if (auto address = Address::parse(spec["loadBalancerIP"].text())) s.balancer_ip = *address;
  for (auto& ingress : object["status"]["loadBalancer"]["ingress"].items())
    take_addresses({ingress["ip"]}, s.balanced_ips);
  for (auto& family : spec["ipFamilies"].items()) s.families.push_back(family.one_of({"IPv4", "IPv6"}) == "IPv6");
  if (s.families.empty())
    for (auto& address : s.cluster_ips) s.families.push_back(!address.is_v4());
  return s;
}

ServiceEndpoints read_endpoints(const Field& object) {
  auto metadata = object["metadata"];
  ServiceEndpoints made{qualified(metadata, metadata["name"].text()), {}};
  for (auto& subset : object["subsets"].items())
    for (auto& endpoint : subset["addresses"].items())
      if (auto address = Address::parse(endpoint["ip"].text()))
        made.ready.push_back({!address->is_v4(), endpoint["nodeName"].text()});
  return made;
}

ServiceEndpoints read_endpoint_slice(const Field& object) {
  auto metadata = object["metadata"];
  ServiceEndpoints made{qualified(metadata, metadata["labels"]["kubernetes.io/service-name"].text()), {}};
  bool six = object["addressType"].text() == "IPv6";
  for (auto& endpoint : object["endpoints"].items())
    if (endpoint["conditions"]["ready"].flag(true)) made.ready.push_back({six, endpoint["nodeName"].text()});
  return made;
}

std::map<Prefix, std::string> service_routes(const ServiceCatalog& catalog, const ServiceRanges& ranges,
                                             const std::string& node) {
  if (ranges.cluster.empty() && ranges.external.empty() && ranges.balancer.empty()) return {};
  return Advertised(catalog, ranges, node).run();
}

bool is_single_address(const Prefix& range) { return range.length == max_length_bits(range.family); }

}  // namespace avocet::confgen
