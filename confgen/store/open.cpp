#include "confgen/store/flat_file.hpp"
#include "confgen/store/object_store.hpp"
#include "confgen/store/settings.hpp"
#include "confgen/store/yaml_dir.hpp"

namespace avocet::confgen {

std::unique_ptr<Store> open_store(http::Loop& loop, const StoreSettings& settings, const std::string& node,
                                  const std::vector<std::string>& prefixes, Say say) {
  using Type = StoreSettings::Type;
  switch (settings.type) {
    case Type::yaml: return std::make_unique<YamlDirectory>(settings.path);
    case Type::file: return std::make_unique<FlatFile>(settings.path);
    case Type::etcd_keys: return std::make_unique<EtcdKeys>(loop, settings.etcd, prefixes, std::move(say));
    case Type::etcd:
    case Type::kube: break;
  }
  auto store = std::make_unique<ObjectStore>(loop, settings.uses_pod_cidrs ? std::optional(node) : std::nullopt);
  bool etcd = settings.type == Type::etcd;
  if (etcd) store->add_etcd(settings.etcd, node, !settings.uses_pod_cidrs, say);
  if (!etcd || settings.with_kube) store->add_kube(settings.kube, {!etcd, !settings.uses_pod_cidrs, node}, say);
  return store;
}

}  // namespace avocet::confgen
