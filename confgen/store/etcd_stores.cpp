#include "confgen/store/etcd_stores.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>

namespace avocet::confgen {

namespace {

constexpr std::string_view resources = "/calico/resources/v3/projectcalico.org/";
constexpr std::string_view affinities = "/calico/ipam/v2/host/";

const std::map<std::string, std::string, std::less<>>& kinds() {
  static const std::map<std::string, std::string, std::less<>> all = {{"bgpconfigurations", "BGPConfiguration"},
                                                                      {"bgpfilters", "BGPFilter"},
                                                                      {"bgppeers", "BGPPeer"},
                                                                      {"ippools", "IPPool"},
                                                                      {"nodes", "Node"}};
  return all;
}

std::vector<std::string> prefixes(const std::string& node, bool with_blocks) {
  std::vector<std::string> all;
  for (auto& [plural, kind] : kinds()) all.push_back(fmt::format("{}{}/", resources, plural));
  // node1 is a prefix of node10: the slash keeps them apart.
  if (with_blocks) all.push_back(node.empty() ? std::string(affinities) : fmt::format("{}{}/", affinities, node));
  return all;
}

using Name = std::pair<std::string, std::string>;

/// Kind and name of the object a key holds; nothing for keys of another shape.
std::optional<Name> named(std::string_view key) {
  if (key.starts_with(resources)) {
    key.remove_prefix(resources.size());
    auto slash = key.find('/');
    auto kind = kinds().find(key.substr(0, slash));
    if (slash == key.npos || kind == kinds().end() || key.find('/', slash + 1) != key.npos) return {};
    return Name{kind->second, key.substr(slash + 1)};
  }
  if (!key.starts_with(affinities)) return {};
  key.remove_prefix(affinities.size());  // NODE/ipvV/block/ADDR-LEN
  auto node = key.substr(0, key.find('/'));
  auto block = key.rfind('/');
  if (block == key.npos || (key.substr(node.size()) != fmt::format("/ipv4/block{}", key.substr(block)) &&
                            key.substr(node.size()) != fmt::format("/ipv6/block{}", key.substr(block))))
    return {};
  auto name = fmt::format("{}-{}", node, key.substr(block + 1));
  std::replace(name.begin(), name.end(), ':', '-');
  return Name{"BlockAffinity", name};
}

/// A block affinity's key and value in the shape that it has as an object.
boost::json::object affinity(std::string_view key, boost::json::object value) {
  key.remove_prefix(affinities.size());
  auto node = std::string(key.substr(0, key.find('/')));
  auto cidr = std::string(key.substr(key.rfind('/') + 1));
  if (auto dash = cidr.rfind('-'); dash != cidr.npos) cidr[dash] = '/';
  boost::json::object spec{{"node", node}, {"cidr", cidr}};
  for (auto member : {"state", "deleted"})
    if (auto found = value.if_contains(member)) spec[member] = *found;
  return {{"spec", spec}};
}

}  // namespace

EtcdObjects::EtcdObjects(http::Loop& loop, EtcdSettings settings, const std::string& node, bool with_blocks,
                         ObjectTable& table, Say say)
    : table_(table),
      feed_(loop, std::move(settings), prefixes(node, with_blocks), std::move(say),
            [this](const etcd::KeyValue& pair) { apply(pair); }) {}

void EtcdObjects::apply(const etcd::KeyValue& pair) {
  auto name = named(pair.key);
  if (!name) return;
  if (pair.erased) {
    table_.erase(*name);
    return;
  }
  bool block = name->first == "BlockAffinity";
  boost::json::error_code error;
  // Old releases wrote affinities with an empty value.
  auto body =
      block && pair.value.empty() ? boost::json::value(boost::json::object()) : boost::json::parse(pair.value, error);
  if (error || !body.is_object()) {
    table_.put_unreadable(*name, error ? "is not JSON: " + error.message() : "is not a JSON object",
                          "etcd:" + pair.key);
    return;
  }
  auto& object = body.get_object();
  // The key is the name; a value that says otherwise was copied there.
  if (auto metadata = object.if_contains("metadata"); metadata && metadata->is_object())
    metadata->get_object()["name"] = name->second;
  table_.put(*name, block ? affinity(pair.key, std::move(object)) : std::move(object), "etcd:" + pair.key);
}

EtcdKeys::EtcdKeys(http::Loop& loop, EtcdSettings settings, std::vector<std::string> prefixes, Say say)
    : LoopStore(loop),
      feed_(loop, std::move(settings), std::move(prefixes), std::move(say), [this](const etcd::KeyValue& pair) {
        changed_ = true;
        if (pair.erased)
          keys_.erase(pair.key);
        else
          keys_[pair.key] = pair.value;
      }) {}

const Objects& EtcdKeys::list(std::vector<std::string>&) {
  catch_up();
  changed_ = false;
  return none_;
}

}  // namespace avocet::confgen
