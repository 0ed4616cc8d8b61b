#pragma once
/// How the Kubernetes API is reached: a kubeconfig file, the service account of a pod, or Calico's variables.
#include <optional>
#include <string>

#include "confgen/store/exec_credential.hpp"
#include "confgen/store/http.hpp"

namespace avocet::confgen {

struct KubeSettings {
  http::Url server;
  http::Tls tls;
  std::string token, token_file;  ///< the file is read again for each request: tokens are renewed
  std::optional<ExecPlugin> exec;
  std::string namespace_of_secrets = "kube-system";
};

/// Reads a kubeconfig. Throws std::runtime_error "FILE: error: ..." for what is missing or not supported.
KubeSettings read_kubeconfig(const std::string& file, const std::string& context);

/// The same of a text; `name` is where it is from.
KubeSettings read_kubeconfig_text(const std::string& text, const std::string& name, const std::string& context);

/// What a pod has. Throws std::runtime_error outside of one.
KubeSettings in_cluster();

}  // namespace avocet::confgen
