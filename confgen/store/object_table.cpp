#include "confgen/store/object_table.hpp"

#include <fmt/format.h>

namespace avocet::confgen {

namespace {

/// Puts the pod CIDRs of a node in as blocks, and takes out those that it had; no body, no blocks.
void put_pod_blocks(ObjectTable& table, const std::string& node, const boost::json::object* body,
                    const std::string& place) {
  auto name = [&](std::size_t i) { return ObjectTable::Name{"BlockAffinity", fmt::format("{}-pod-cidr-{}", node, i)}; };
  std::size_t count = 0;
  auto status = body ? body->if_contains("status") : nullptr;
  auto cidrs = status && status->is_object() ? status->get_object().if_contains("podCIDRs") : nullptr;
  if (cidrs && cidrs->is_array())
    for (auto& cidr : boost::json::array(cidrs->get_array()))
      table.put(name(count++), {{"spec", boost::json::object{{"node", node}, {"cidr", cidr}, {"state", "confirmed"}}}},
                place);
  while (table.erase(name(count))) ++count;
}

bool names_others(const std::string& kind) { return kind == "BGPConfiguration" || kind == "BGPPeer"; }

}  // namespace

bool ObjectTable::put(const Name& name, boost::json::object body, const std::string& place) {
  auto& metadata = body["metadata"];
  if (!metadata.is_object()) metadata = boost::json::object();
  if (auto& written = metadata.get_object()["name"]; !written.is_string()) written = name.second;
  auto [at, fresh] = objects.try_emplace(name);
  auto& object = at->second;
  if (!fresh && object.body == body && object.unreadable.empty()) return false;
  object.unreadable.clear();
  object.kind = name.first;
  object.name = name.second;
  object.body = std::move(body);
  object.file = place;
  object.revision = ++revision;
  if (names_others(name.first)) peerings_revision = revision;
  if (pod_cidrs_of && name.first == "Node" && (pod_cidrs_of->empty() || *pod_cidrs_of == name.second))
    put_pod_blocks(*this, name.second, &object.body, place);
  return changed = true;
}

void ObjectTable::put_unreadable(const Name& name, const std::string& why, const std::string& place) {
  auto& object = objects[name];
  if (object.unreadable == why) return;
  object.kind = name.first;
  object.name = name.second;
  object.file = place;
  object.unreadable = why;
  object.revision = ++revision;
  changed = true;
}

bool ObjectTable::erase(const Name& name) {
  if (!objects.erase(name)) return false;
  ++revision;
  if (pod_cidrs_of && name.first == "Node") put_pod_blocks(*this, name.second, nullptr, "");
  if (names_others(name.first)) peerings_revision = revision;
  return changed = true;
}

}  // namespace avocet::confgen
