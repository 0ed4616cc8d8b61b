#include <stdexcept>

#include "confgen/store/etcd_stores.hpp"
#include "confgen/store/flat_file.hpp"
#include "confgen/store/settings.hpp"
#include "confgen/store/yaml_dir.hpp"

namespace avocet::confgen {

std::unique_ptr<Store> open_store(http::Loop& loop, const StoreSettings& settings, const std::string& node,
                                  const std::vector<std::string>& prefixes, Say say) {
  switch (settings.type) {
    case StoreSettings::Type::yaml: return std::make_unique<YamlDirectory>(settings.path);
    case StoreSettings::Type::file: return std::make_unique<FlatFile>(settings.path);
    case StoreSettings::Type::etcd:
      return std::make_unique<EtcdObjects>(loop, settings.etcd, node, !settings.uses_pod_cidrs, std::move(say));
    case StoreSettings::Type::etcd_keys:
      return std::make_unique<EtcdKeys>(loop, settings.etcd, prefixes, std::move(say));
    case StoreSettings::Type::kube: break;
  }
  throw std::runtime_error("confgen: error: Kubernetes as datastore is not supported yet");
}

}  // namespace avocet::confgen
