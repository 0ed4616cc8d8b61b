#pragma once
/// Objects as the Kubernetes API shows them, made into what Calico's own model says (projectcalico.org/v3). No I/O.
#include <boost/json.hpp>
#include <string>
#include <vector>

namespace avocet::confgen::kube {

/// One kind of object, and where the API serves it.
struct Resource {
  const char* kind;
  const char* path;  ///< of the collection, all namespaces
  const char* name;  ///< PLURAL[.GROUP], as roles write it
};
/// What confgen needs always; all but BlockAffinity even where pod CIDRs are the blocks.
const std::vector<Resource>& calico_resources();
inline constexpr Resource services{"Service", "/api/v1/services", "services"};
inline constexpr Resource endpoint_slices{"EndpointSlice", "/apis/discovery.k8s.io/v1/endpointslices",
                                          "endpointslices.discovery.k8s.io"};

/// The object in Calico's shape, with what confgen never reads left out. Values that Calico ignores too are left out
/// and told in `problems`, one line each.
boost::json::object as_calico(const std::string& kind, const boost::json::object& object,
                              std::vector<std::string>& problems);

}  // namespace avocet::confgen::kube
