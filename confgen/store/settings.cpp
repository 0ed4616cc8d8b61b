#include "confgen/store/settings.hpp"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <cstdlib>
#include <fstream>
#include <stdexcept>

#include "confgen/store/discovery.hpp"

namespace avocet::confgen {

namespace {

std::runtime_error wrong(const std::string& what) { return std::runtime_error("confgen: error: " + what); }

/// A setting that Calico knows: its environment variable, and its member in the API configuration file.
struct Known {
  const char *variable, *member;
};
constexpr Known known[] = {{"DATASTORE_TYPE", "datastoreType"},
                           {"ETCD_ENDPOINTS", "etcdEndpoints"},
                           {"ETCD_DISCOVERY_SRV", "etcdDiscoverySrv"},
                           {"ETCD_USERNAME", "etcdUsername"},
                           {"ETCD_PASSWORD", "etcdPassword"},
                           {"ETCD_CA_CERT_FILE", "etcdCACertFile"},
                           {"ETCD_CERT_FILE", "etcdCertFile"},
                           {"ETCD_KEY_FILE", "etcdKeyFile"},
                           {"ETCD_CA_CERT", "etcdCACert"},
                           {"ETCD_CERT", "etcdCert"},
                           {"ETCD_KEY", "etcdKey"},
                           {"KUBECONFIG", "kubeconfig"},
                           {"K8S_API_ENDPOINT", "k8sAPIEndpoint"},
                           {"K8S_CA_FILE", "k8sCAFile"},
                           {"K8S_CERT_FILE", "k8sCertFile"},
                           {"K8S_KEY_FILE", "k8sKeyFile"},
                           {"K8S_API_TOKEN", "k8sAPIToken"},
                           {"K8S_INSECURE_SKIP_TLS_VERIFY", "k8sInsecureSkipTLSVerify"},
                           {"K8S_CURRENT_CONTEXT", "k8sCurrentContext"},
                           {"USE_POD_CIDR", "k8sUsePodCIDR"},
                           {"KUBECONFIG_INLINE", "kubeconfigInline"}};

/// Calico's settings: of the file if there is one, else of the environment, as Calico's own programs do.
class Calico {
 public:
  explicit Calico(const std::string& file) {
    if (file.empty())
      for (auto& setting : known) take(setting, std::getenv(setting.variable), setting.variable);
    else
      read(file);
  }
  const std::string& operator[](const char* variable) const { return values_.at(variable); }
  /// How a person knows the setting.
  const std::string& name(const char* variable) const { return names_.at(variable); }
  bool flag(const char* variable) const {
    auto& value = (*this)[variable];
    static const std::map<std::string, bool> words{{"", false},      {"true", true},   {"True", true}, {"TRUE", true},
                                                   {"1", true},      {"false", false}, {"0", false},   {"False", false},
                                                   {"FALSE", false}, {"t", true},      {"f", false}};
    auto found = words.find(value);
    if (found == words.end()) throw wrong(fmt::format("{} is '{}': expected true or false", name(variable), value));
    return found->second;
  }

 private:
  void take(const Known& setting, const char* value, std::string name) {
    values_[setting.variable] = value ? value : "";
    names_[setting.variable] = std::move(name);
  }

  void read(const std::string& file) {
    YAML::Node root;
    try {
      root = YAML::LoadFile(file);
    } catch (const YAML::BadFile&) {
      throw std::runtime_error(file + ": error: cannot read Calico's API configuration");
    } catch (const YAML::Exception& error) {
      throw std::runtime_error(
          fmt::format("{}:{}:{}: error: {}", file, error.mark.line + 1, error.mark.column + 1, error.msg));
    }
    if (!root.IsMap() || !root["kind"] || root["kind"].as<std::string>("") != "CalicoAPIConfig" || !root["spec"] ||
        !root["spec"].IsMap())
      throw std::runtime_error(file + ": error: expected kind: CalicoAPIConfig, with a spec");
    auto spec = root["spec"];
    for (auto& setting : known) {
      auto value = spec[setting.member].as<std::string>("");
      take(setting, value.c_str(), fmt::format("{}: spec.{}", file, setting.member));
    }
  }

  std::map<std::string, std::string> values_, names_;
};

std::string first_line(const std::string& file) {
  std::ifstream in(file);
  std::string line;
  if (!std::getline(in, line)) throw wrong(fmt::format("password file {}: cannot read a line", file));
  return line;
}

std::vector<http::Url> endpoints(const std::string& list, const std::string& name) {
  std::vector<http::Url> urls;
  for (std::size_t at = 0; at <= list.size();) {
    auto comma = std::min(list.find(',', at), list.size());
    auto text = list.substr(at, comma - at);
    text.erase(0, text.find_first_not_of(' '));
    text.erase(text.find_last_not_of(' ') + 1);
    at = comma + 1;
    if (text.empty()) continue;
    try {
      urls.push_back(http::Url::parse(text, "2379"));
    } catch (const std::runtime_error& error) {
      throw wrong(fmt::format("{}: {}", name, error.what()));
    }
  }
  if (urls.empty())
    throw wrong(name + " names no endpoint; expected http://HOST:2379 or https://HOST:2379, several with commas");
  return urls;
}

/// What names etcd's members: Calico has a list of them, or a domain where they are found, not both.
void find_members(const Calico& calico, const std::string& list, const std::string& name, EtcdSettings& settings) {
  auto domain = calico["ETCD_DISCOVERY_SRV"];
  while (domain.ends_with(".")) domain.pop_back();
  if (!list.empty() || domain.empty()) {
    settings.endpoints = endpoints(list, name);
    return;
  }
  settings.domain = domain;
  settings.endpoints = discover(domain);
  if (settings.endpoints.empty())
    throw wrong(fmt::format("{}: the name service has no SRV records _etcd-client-ssl._tcp.{} or _etcd-client._tcp.{}",
                            calico.name("ETCD_DISCOVERY_SRV"), domain, domain));
}

/// Calico's own list.
const std::string& endpoint_list(const Calico& calico) {
  auto& list = calico["ETCD_ENDPOINTS"];
  if (!list.empty() && !calico["ETCD_DISCOVERY_SRV"].empty())
    throw wrong(
        fmt::format("{} and {} exclude each other", calico.name("ETCD_ENDPOINTS"), calico.name("ETCD_DISCOVERY_SRV")));
  return list;
}

EtcdSettings etcd_settings(const StoreFlags& flags, const Calico& calico, const std::string& list,
                           const std::string& name) {
  auto either = [&](const std::string& flag, const char* variable) { return flag.empty() ? calico[variable] : flag; };
  EtcdSettings settings;
  find_members(calico, list, name, settings);
  settings.tls.ca = {either(flags.etcd_ca, "ETCD_CA_CERT_FILE"), calico["ETCD_CA_CERT"]};
  settings.tls.certificate = {either(flags.etcd_cert, "ETCD_CERT_FILE"), calico["ETCD_CERT"]};
  settings.tls.key = {either(flags.etcd_key, "ETCD_KEY_FILE"), calico["ETCD_KEY"]};
  settings.tls.server_name = flags.etcd_server_name;
  settings.user = either(flags.etcd_user, "ETCD_USERNAME");
  settings.password = flags.etcd_password_file.empty() ? calico["ETCD_PASSWORD"] : first_line(flags.etcd_password_file);
  if (settings.tls.certificate.empty() != settings.tls.key.empty())
    throw wrong(
        "a client certificate needs its key and a key its certificate: --etcd-cert with --etcd-key, "
        "or ETCD_CERT_FILE with ETCD_KEY_FILE");
  if (settings.user.empty() != settings.password.empty())
    throw wrong(
        "a user needs a password and a password its user: --etcd-user with --etcd-password-file, "
        "or ETCD_USERNAME with ETCD_PASSWORD");
  return settings;
}

KubeSettings kube_settings(const StoreFlags& flags, const Calico& calico, std::string file) {
  bool named = !file.empty();
  if (!named) file = calico["KUBECONFIG"];
  auto context = flags.kube_context.empty() ? calico["K8S_CURRENT_CONTEXT"] : flags.kube_context;
  KubeSettings settings;
  if (auto& text = calico["KUBECONFIG_INLINE"]; !text.empty() && !named)
    settings = read_kubeconfig_text(text, calico.name("KUBECONFIG_INLINE"), context);
  else if (!file.empty())
    settings = read_kubeconfig(file, context);
  else if (calico["K8S_API_ENDPOINT"].empty())
    settings = in_cluster();
  if (auto& endpoint = calico["K8S_API_ENDPOINT"]; !endpoint.empty()) try {
      settings.server = http::Url::parse(endpoint);
    } catch (const std::runtime_error& error) {
      throw wrong(fmt::format("{}: {}", calico.name("K8S_API_ENDPOINT"), error.what()));
    }
  auto over = [&](http::Pem& pem, const char* variable) {
    if (!calico[variable].empty()) pem = {calico[variable], ""};
  };
  over(settings.tls.ca, "K8S_CA_FILE");
  over(settings.tls.certificate, "K8S_CERT_FILE");
  over(settings.tls.key, "K8S_KEY_FILE");
  if (!calico["K8S_API_TOKEN"].empty()) settings.token = calico["K8S_API_TOKEN"], settings.token_file.clear();
  if (calico.flag("K8S_INSECURE_SKIP_TLS_VERIFY")) settings.tls.verify = false;
  if (auto name = std::getenv("NAMESPACE"); name && *name) settings.namespace_of_secrets = name;
  return settings;
}

/// Whether a Kubernetes API is at hand beside etcd.
bool has_kube(const Calico& calico) {
  return !calico["KUBECONFIG"].empty() || !calico["KUBECONFIG_INLINE"].empty() || !calico["K8S_API_ENDPOINT"].empty() ||
         std::getenv("KUBERNETES_SERVICE_HOST");
}

}  // namespace

StoreSettings read_store_settings(const StoreFlags& flags) {
  using Type = StoreSettings::Type;
  Calico calico(flags.calico_config);
  StoreSettings settings;
  settings.uses_pod_cidrs = calico.flag("USE_POD_CIDR");
  auto colon = flags.store.find(':');
  auto word = flags.store.substr(0, colon);
  auto rest = colon == std::string::npos ? "" : flags.store.substr(colon + 1);
  auto from_etcd = [&](Type type, const std::string& list, const std::string& name) {
    settings.type = type;
    settings.etcd = etcd_settings(flags, calico, list, name);
    if (type == Type::etcd && has_kube(calico))
      settings.with_kube = true, settings.kube = kube_settings(flags, calico, "");
  };
  if (word == "yaml" || word == "file") {
    if (rest.empty()) throw wrong(fmt::format("--store {}: needs a path, as {}:/etc/datastore", word, word));
    settings.type = word == "yaml" ? Type::yaml : Type::file;
    settings.path = rest;
  } else if (word == "etcd" || word == "etcd-keys") {
    from_etcd(word == "etcd" ? Type::etcd : Type::etcd_keys, rest.empty() ? endpoint_list(calico) : rest,
              "--store " + word);
  } else if (word == "kube") {
    settings.type = Type::kube;
    settings.kube = kube_settings(flags, calico, rest);
  } else if (!flags.store.empty()) {
    throw wrong(
        fmt::format("--store '{}': expected yaml:DIR, file:PATH, etcd:URL,..., etcd-keys:URL,... or kube[:KUBECONFIG]",
                    flags.store));
  } else if (calico["DATASTORE_TYPE"] == "kubernetes") {
    settings.type = Type::kube;
    settings.kube = kube_settings(flags, calico, "");
  } else if (calico["DATASTORE_TYPE"] == "etcdv3" ||
             (calico["DATASTORE_TYPE"].empty() &&
              !(calico["ETCD_ENDPOINTS"].empty() && calico["ETCD_DISCOVERY_SRV"].empty()))) {
    from_etcd(Type::etcd, endpoint_list(calico), calico.name("ETCD_ENDPOINTS"));
  } else if (calico["DATASTORE_TYPE"].empty()) {
    throw wrong("no datastore: give --store, or set DATASTORE_TYPE to etcdv3 or kubernetes as Calico does");
  } else {
    throw wrong(fmt::format("{} is '{}': expected etcdv3 or kubernetes", calico.name("DATASTORE_TYPE"),
                            calico["DATASTORE_TYPE"]));
  }
  return settings;
}

}  // namespace avocet::confgen
