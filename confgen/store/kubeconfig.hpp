#pragma once
/// How the Kubernetes API is reached: a kubeconfig file, the service account of a pod, or Calico's variables.
#include <string>

#include "confgen/store/http.hpp"

namespace avocet::confgen {

struct KubeSettings {
  http::Url server;
  http::Tls tls;
  std::string token, token_file;  ///< the file is read again for each request: tokens are renewed
  std::string namespace_of_secrets = "kube-system";
};

/// Reads a kubeconfig. Throws std::runtime_error "FILE: error: ..." for what is missing, or asks for programs to run.
KubeSettings read_kubeconfig(const std::string& file, const std::string& context);

/// What a pod has. Throws std::runtime_error outside of one.
KubeSettings in_cluster();

}  // namespace avocet::confgen
