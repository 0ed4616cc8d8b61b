#pragma once
/// Which datastore, and how it is reached: from flags, from Calico's environment and from its API configuration file.
#include <map>
#include <memory>

#include "confgen/store/etcd.hpp"
#include "confgen/store/kubeconfig.hpp"
#include "confgen/store/store.hpp"

namespace avocet::confgen {

/// As given by flags or by confgen's own configuration file; "" is not given.
struct StoreFlags {
  std::string store;          ///< yaml:DIR, file:PATH, etcd:URL,..., etcd-keys:URL,... or kube[:KUBECONFIG]
  std::string calico_config;  ///< Calico's API configuration file, in place of the environment
  std::string etcd_ca, etcd_cert, etcd_key, etcd_server_name, etcd_user, etcd_password_file, kube_context;
};

struct StoreSettings {
  enum class Type { yaml, file, etcd, etcd_keys, kube };
  Type type = Type::yaml;
  std::string path;  ///< of yaml and file
  EtcdSettings etcd;
  KubeSettings kube;
  bool with_kube = false;       ///< beside etcd: services and secrets are in Kubernetes
  bool uses_pod_cidrs = false;  ///< a node's blocks are its pod CIDRs
};

/// Throws std::runtime_error that names the flag, variable or member at fault.
StoreSettings read_store_settings(const StoreFlags& flags);

/// Opens it for a node; `prefixes` are the keys to ask for in a store of flat keys. Throws std::runtime_error for what
/// will not pass by itself; a server that cannot be reached is no error, the store is not complete then.
std::unique_ptr<Store> open_store(http::Loop& loop, const StoreSettings& settings, const std::string& node,
                                  const std::vector<std::string>& prefixes, Say say);

}  // namespace avocet::confgen
