#pragma once
/// What is made of etcd's keys: Calico's objects, or the keys themselves.
#include "confgen/store/etcd.hpp"
#include "confgen/store/loop_store.hpp"
#include "confgen/store/object_table.hpp"

namespace avocet::confgen {

/// Calico's data model in etcd: JSON objects below /calico/resources, block affinities below /calico/ipam.
class EtcdObjects {
 public:
  /// `node` "": the block affinities of all nodes. The table outlives this.
  EtcdObjects(http::Loop& loop, EtcdSettings settings, const std::string& node, bool with_blocks, ObjectTable& table,
              Say say);
  bool complete() const { return feed_.complete(); }
  std::string trouble() const { return feed_.trouble(); }

 private:
  void apply(const etcd::KeyValue& pair);
  ObjectTable& table_;
  EtcdFeed feed_;
};

/// Any keys below some prefixes, for templates that have nothing to do with Calico.
class EtcdKeys final : public LoopStore {
 public:
  EtcdKeys(http::Loop& loop, EtcdSettings settings, std::vector<std::string> prefixes, Say say);
  bool complete() const override { return feed_.complete(); }
  std::string trouble() const override { return feed_.trouble(); }
  bool changed() const override { return changed_ && complete(); }
  const Objects& list(std::vector<std::string>&) override;
  const FlatKeys* keys() const override { return &keys_; }

 private:
  Objects none_;
  FlatKeys keys_;
  bool changed_ = false;
  EtcdFeed feed_;
};

}  // namespace avocet::confgen
