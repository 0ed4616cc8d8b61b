#include "confgen/store/kubeconfig.hpp"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <cstdlib>
#include <filesystem>
#include <stdexcept>

#include "confgen/base64.hpp"
#include "confgen/store/plain_yaml.hpp"

namespace avocet::confgen {

namespace {

constexpr const char* account = "/var/run/secrets/kubernetes.io/serviceaccount/";

constexpr int deepest = 50;  // nesting of what is handed on to a program

boost::json::value as_json(const YAML::Node& node, int depth = 0) {
  if (depth > deepest) throw YAML::Exception(node.Mark(), "nested too deeply");
  if (node.IsScalar()) return node.Tag() == "!" ? boost::json::value(node.Scalar()) : yaml_scalar(node.Scalar());
  boost::json::object object;
  boost::json::array array;
  for (auto item : node)
    if (node.IsMap())
      object[item.first.as<std::string>()] = as_json(item.second, depth + 1);
    else
      array.push_back(as_json(item, depth + 1));
  return node.IsMap() ? boost::json::value(object) : node.IsSequence() ? boost::json::value(array) : nullptr;
}

class Kubeconfig {
 public:
  /// `text` in place of the file's.
  explicit Kubeconfig(const std::string& file, const std::string* text = nullptr) : file_(file), is_file_(!text) {
    try {
      root_ = text ? YAML::Load(*text) : YAML::LoadFile(file);
    } catch (const YAML::BadFile&) {
      throw wrong("cannot read the kubeconfig");
    } catch (const YAML::Exception& error) {
      throw std::runtime_error(
          fmt::format("{}:{}:{}: error: {}", file, error.mark.line + 1, error.mark.column + 1, error.msg));
    }
    if (!root_.IsMap()) throw wrong("is no kubeconfig");
  }

  KubeSettings read(const std::string& wanted) {
    auto name = wanted.empty() ? text(root_, "current-context") : wanted;
    if (name.empty()) throw wrong("has no current-context; name one with --kube-context");
    auto context = entry("contexts", "context", name);
    auto cluster = entry("clusters", "cluster", text(context, "cluster"));
    auto user_name = text(context, "user");
    auto user = user_name.empty() ? YAML::Node(YAML::NodeType::Map) : entry("users", "user", user_name);
    for (auto member : {"auth-provider", "username"})
      if (user[member])
        throw wrong(fmt::format("user '{}' has {}, which is not supported; use a client certificate, a token or exec",
                                user_name, member));
    if (cluster["proxy-url"]) throw wrong("proxy-url is not supported");
    KubeSettings settings;
    try {
      settings.server = http::Url::parse(text(cluster, "server"));
    } catch (const std::runtime_error& error) {
      throw wrong(fmt::format("server {}", error.what()));
    }
    settings.tls.ca = pem(cluster, "certificate-authority");
    settings.tls.certificate = pem(user, "client-certificate");
    settings.tls.key = pem(user, "client-key");
    settings.tls.server_name = text(cluster, "tls-server-name");
    settings.tls.verify = text(cluster, "insecure-skip-tls-verify") != "true";
    settings.token = text(user, "token");
    settings.token_file = path(text(user, "tokenFile"));
    if (auto exec = user["exec"])
      settings.exec = plugin(exec, fmt::format("user '{}': exec", user_name), settings, cluster);
    return settings;
  }

 private:
  std::runtime_error wrong(const std::string& what) const {
    return std::runtime_error(fmt::format("{}: error: {}", file_, what));
  }
  std::string text(const YAML::Node& node, const char* member) const {
    auto found = node[member];
    if (found && !found.IsScalar() && !found.IsNull()) throw wrong(fmt::format("{} is not a text", member));
    return found && found.IsScalar() ? found.Scalar() : "";
  }
  YAML::Node entry(const char* list, const char* member, const std::string& name) const {
    auto all = root_[list];
    if (all && all.IsSequence())
      for (auto item : all)
        if (item.IsMap() && text(item, "name") == name && item[member] && item[member].IsMap()) return item[member];
    throw wrong(fmt::format("no '{}' in {}", name, list));
  }
  /// Paths are relative to the file's directory.
  std::string path(const std::string& written) const {
    return written.empty() || !is_file_ ? written : (std::filesystem::path(file_).parent_path() / written).string();
  }
  ExecPlugin plugin(const YAML::Node& node, const std::string& place, const KubeSettings& settings,
                    const YAML::Node& cluster) const {
    if (!node.IsMap()) throw wrong(place + " has no members");
    ExecPlugin made;
    made.version = text(node, "apiVersion");
    if (made.version != "client.authentication.k8s.io/v1" && made.version != "client.authentication.k8s.io/v1beta1")
      throw wrong(fmt::format("{}: apiVersion '{}' is not known; client.authentication.k8s.io/v1 and v1beta1 are",
                              place, made.version));
    auto command = text(node, "command");
    if (command.empty()) throw wrong(place + " has no command");
    // As kubectl does: a path that is not absolute is relative to the file; a name alone is found by PATH.
    made.words = {command.find('/') == std::string::npos ? command : path(command)};
    for (auto argument : list(node, "args", place)) made.words.push_back(argument.as<std::string>(""));
    for (auto variable : list(node, "env", place)) made.variables[text(variable, "name")] = text(variable, "value");
    if (text(node, "interactiveMode") == "Always")
      throw wrong(place + ": interactiveMode is Always, but there is no terminal");
    made.hint = text(node, "installHint");
    if (text(node, "provideClusterInfo") != "true") return made;
    made.cluster = settings.server;
    made.tls = settings.tls;
    made.config = exec_config(cluster);
    return made;
  }
  /// What a cluster says to such programs: in the extension of their name.
  boost::json::value exec_config(const YAML::Node& cluster) const {
    for (auto item : list(cluster, "extensions", "cluster"))
      if (item.IsMap() && text(item, "name") == "client.authentication.k8s.io/exec") try {
          return as_json(item["extension"]);
        } catch (const YAML::Exception& error) {
          throw wrong(fmt::format("extension 'client.authentication.k8s.io/exec': {}", error.msg));
        }
    return nullptr;
  }
  YAML::Node list(const YAML::Node& node, const char* member, const std::string& place) const {
    auto found = node[member];
    if (!found || found.IsNull()) return YAML::Node(YAML::NodeType::Sequence);
    if (!found.IsSequence()) throw wrong(fmt::format("{}: {} is not a list", place, member));
    return found;
  }
  http::Pem pem(const YAML::Node& node, const std::string& member) const {
    auto data = text(node, (member + "-data").c_str());
    if (data.empty()) return {path(text(node, member.c_str())), ""};
    auto decoded = base64_decode(data);
    if (!decoded) throw wrong(member + "-data is not base64");
    return {"", *decoded};
  }

  std::string file_;
  bool is_file_;
  YAML::Node root_;
};

}  // namespace

KubeSettings read_kubeconfig(const std::string& file, const std::string& context) {
  return Kubeconfig(file).read(context);
}

KubeSettings read_kubeconfig_text(const std::string& text, const std::string& name, const std::string& context) {
  return Kubeconfig(name, &text).read(context);
}

KubeSettings in_cluster() {
  auto host = std::getenv("KUBERNETES_SERVICE_HOST"), port = std::getenv("KUBERNETES_SERVICE_PORT");
  if (!host || !*host)
    throw std::runtime_error("kubernetes: error: not in a pod (KUBERNETES_SERVICE_HOST is not set); give a kubeconfig");
  KubeSettings settings;
  settings.server.tls = true;
  settings.server.host = host;
  settings.server.port = port && *port ? port : "443";
  settings.tls.ca.file = std::string(account) + "ca.crt";
  settings.token_file = std::string(account) + "token";
  return settings;
}

}  // namespace avocet::confgen
