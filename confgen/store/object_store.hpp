#pragma once
/// The store of objects that come over the network: from etcd, from Kubernetes, or from both.
#include <optional>

#include "confgen/store/etcd_stores.hpp"
#include "confgen/store/kube.hpp"
#include "confgen/store/loop_store.hpp"

namespace avocet::confgen {

class ObjectStore final : public LoopStore {
 public:
  /// `pod_cidrs_of`: see ObjectTable.
  ObjectStore(http::Loop& loop, std::optional<std::string> pod_cidrs_of) : LoopStore(loop), loop_(loop) {
    table_.pod_cidrs_of = std::move(pod_cidrs_of);
  }
  /// To be called before the first wait, one of them or both.
  void add_etcd(EtcdSettings settings, const std::string& node, bool with_blocks, Say say) {
    etcd_.emplace(loop_, std::move(settings), node, with_blocks, table_, std::move(say));
  }
  void add_kube(KubeSettings settings, KubeObjects::Scope scope, Say say) {
    kube_.emplace(loop_, std::move(settings), std::move(scope), table_, std::move(say));
  }

  bool complete() const override { return (!etcd_ || etcd_->complete()) && (!kube_ || kube_->complete()); }
  std::string trouble() const override {
    auto why = etcd_ ? etcd_->trouble() : "";
    return why.empty() && kube_ ? kube_->trouble() : why;
  }
  bool changed() const override {
    if (!table_.changed || !complete()) return false;
    if (kube_) kube_->update_demand();
    return !kube_ || kube_->settled();
  }
  const Objects& list(std::vector<std::string>& problems) override {
    catch_up();
    table_.changed = false;
    problems.insert(problems.end(), table_.problems.begin(), table_.problems.end());
    table_.problems.clear();
    return table_.objects;
  }

 private:
  http::Loop& loop_;
  ObjectTable table_;
  std::optional<EtcdObjects> etcd_;
  mutable std::optional<KubeObjects> kube_;  ///< asking it may begin to read what the table names
};

}  // namespace avocet::confgen
