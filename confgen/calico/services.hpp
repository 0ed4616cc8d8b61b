#pragma once
/// Kubernetes' Services and their endpoints, and the routes a node advertises for them.
#include <map>
#include <string>
#include <vector>

#include "confgen/calico/field.hpp"

namespace avocet::confgen {

struct Service {
  std::string name;                         ///< NAMESPACE/NAME
  std::string type;                         ///< "ClusterIP", "NodePort", "LoadBalancer", ...
  bool local = false;                       ///< externalTrafficPolicy: Local; only nodes with an endpoint take traffic
  bool cluster = false;                     ///< externalTrafficPolicy: Cluster; any node does
  std::vector<proto::Address> cluster_ips;  ///< empty for headless services
  std::vector<proto::Address> external_ips;
  std::vector<proto::Address> balanced_ips;   ///< that a load balancer has given: status.loadBalancer.ingress
  std::optional<proto::Address> balancer_ip;  ///< that was asked for: spec.loadBalancerIP
  std::vector<bool> families;                 ///< of its endpoints; true is IPv6
  friend bool operator==(const Service&, const Service&) = default;
};

/// An Endpoints or an EndpointSlice: where a service's pods are, as far as they are ready.
struct ServiceEndpoints {
  std::string service;  ///< NAMESPACE/NAME
  struct Place {
    bool six = false;
    std::string node;
    friend bool operator==(const Place&, const Place&) = default;
  };
  std::vector<Place> ready;
  friend bool operator==(const ServiceEndpoints&, const ServiceEndpoints&) = default;
};

Service read_service(const Field& object);
ServiceEndpoints read_endpoints(const Field& object);
ServiceEndpoints read_endpoint_slice(const Field& object);

/// The address ranges whose services are advertised.
struct ServiceRanges {
  std::vector<proto::Prefix> cluster, external, balancer;
  bool aggregates_balancer = true;  ///< whole ranges of load balancers are advertised by every node
};

/// All services with their endpoints.
struct ServiceCatalog {
  const std::map<std::string, Service>& services;
  const std::map<std::string, ServiceEndpoints>& endpoints;
};

/// The host routes that a node advertises for services, each with the first service by name that wants it; `node` is
/// its name in Kubernetes.
std::map<proto::Prefix, std::string> service_routes(const ServiceCatalog& catalog, const ServiceRanges& ranges,
                                                    const std::string& node);

/// Whether a range is one address: those are advertised only by the nodes that can serve it.
bool is_single_address(const proto::Prefix& range);

}  // namespace avocet::confgen
