#include "confgen/store/kube_objects.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "confgen/store/json_member.hpp"
#include "proto/ip.hpp"

namespace avocet::confgen::kube {

namespace json = boost::json;

namespace {

constexpr const char* prefix = "projectcalico.org/";

/// One object on its way into Calico's model.
class Conversion {
 public:
  Conversion(const std::string& kind, const json::object& from, std::vector<std::string>& problems)
      : kind_(kind), from_(from), problems_(problems) {
    metadata_ = object_in(from, "metadata");
    annotations_ = metadata_ ? object_in(*metadata_, "annotations") : nullptr;
  }

  json::object run() {
    json::object made{{"kind", kind_}, {"metadata", metadata()}};
    if (kind_ == "Node") {
      node(made);
    } else if (kind_ == "Secret") {
      keep(made, {"data"});
    } else if (kind_ == "Service") {
      keep(made, {"spec", "status"});
    } else if (kind_ == "EndpointSlice") {
      keep(made, {"addressType", "endpoints"});
    } else {
      made["apiVersion"] = "projectcalico.org/v3";
      keep(made, {"spec"});
      if (kind_ == "BlockAffinity") block(made);
    }
    return made;
  }

 private:
  void wrong(const std::string& annotation, const std::string& value, const char* expected) {
    problems_.push_back(fmt::format("{} '{}': warning: annotation {}{} is '{}': expected {}; it is ignored", kind_,
                                    text_in(metadata_, "name"), prefix, annotation, value, expected));
  }

  std::string annotation(const std::string& name) const { return text_in(annotations_, prefix + name); }

  /// JSON in an annotation; an empty object if there is none.
  json::object json_annotation(const std::string& name) {
    auto text = annotation(name);
    if (text.empty()) return {};
    json::error_code error;
    auto value = json::parse(text, error);
    if (!error && value.is_object()) return std::move(value.get_object());
    wrong(name, text.substr(0, 40), "a JSON object");
    return {};
  }

  void keep(json::object& made, std::initializer_list<const char*> members) const {
    for (auto member : members)
      if (auto found = from_.if_contains(member)) made[member] = *found;
  }

  /// Names and labels. CRDs carry the labels of Calico's object in an annotation, for Kubernetes has labels of its own.
  json::object metadata() {
    json::object made;
    if (!metadata_) return made;
    for (auto member : {"name", "namespace"})
      if (auto found = metadata_->if_contains(member)) made[member] = *found;
    bool node = kind_ == "Node";
    auto calico = node ? json_annotation("labels") : json_annotation("metadata");
    auto inner = node ? &calico : object_in(calico, "labels");
    json::object labels = inner ? *inner : json::object();
    if (auto own = object_in(*metadata_, "labels"))
      for (auto& [name, value] : *own) labels[name] = value;
    if (!labels.empty()) made["labels"] = std::move(labels);
    return made;
  }

  void node(json::object& made) {
    made["apiVersion"] = "projectcalico.org/v3";
    json::object bgp, wireguard;
    address(bgp, "IPv4Address", "ipv4Address", false);
    address(bgp, "IPv6Address", "ipv6Address", true);
    if (auto asn = annotation("ASNumber"); !asn.empty()) {
      if (asn.find_first_not_of("0123456789.") == std::string::npos)
        bgp["asNumber"] = asn;
      else
        wrong("ASNumber", asn, "an AS number");
    }
    if (auto id = annotation("RouteReflectorClusterID"); !id.empty()) {
      if (auto quad = proto::Address::parse(id); quad && quad->is_v4())
        bgp["routeReflectorClusterID"] = id;
      else
        wrong("RouteReflectorClusterID", id, "a dotted quad, as 244.0.0.1");
    }
    address(wireguard, "IPv4WireguardInterfaceAddr", "interfaceIPv4Address", false);
    address(wireguard, "IPv6WireguardInterfaceAddr", "interfaceIPv6Address", true);
    json::object spec;
    if (!bgp.empty()) spec["bgp"] = std::move(bgp);
    if (!wireguard.empty()) spec["wireguard"] = std::move(wireguard);
    made["spec"] = std::move(spec);
    auto cidrs = object_in(from_, "spec") ? object_in(from_, "spec")->if_contains("podCIDRs") : nullptr;
    if (cidrs && cidrs->is_array()) made["status"] = json::object{{"podCIDRs", *cidrs}};
  }

  /// An address with or without length.
  void address(json::object& into, const char* name, const char* member, bool six) {
    auto text = annotation(name);
    if (text.empty()) return;
    auto slash = text.find('/');
    auto bare = proto::Address::parse(text.substr(0, slash));
    auto digits = slash == std::string::npos ? "0" : text.substr(slash + 1);
    bool length = !digits.empty() && digits.size() <= 3 &&
                  digits.find_first_not_of("0123456789") == std::string::npos && std::stoi(digits) <= (six ? 128 : 32);
    if (bare && bare->is_v4() != six && length)
      into[member] = text;
    else
      wrong(name, text, six ? "an IPv6 address with its length" : "an IPv4 address with its length");
  }

  /// CRDs say "true" and "false" as text.
  static void block(json::object& made) {
    auto spec = made.if_contains("spec");
    if (!spec || !spec->is_object()) return;
    if (auto deleted = spec->get_object().if_contains("deleted"); deleted && deleted->is_string())
      *deleted = deleted->get_string() == "true";
  }

  const std::string& kind_;
  const json::object& from_;
  std::vector<std::string>& problems_;
  const json::object* metadata_;
  const json::object* annotations_;
};

}  // namespace

const std::vector<Resource>& calico_resources() {
  static const std::vector<Resource> all = {
      {"Node", "/api/v1/nodes", "nodes"},
      {"BGPConfiguration", "/apis/crd.projectcalico.org/v1/bgpconfigurations",
       "bgpconfigurations.crd.projectcalico.org"},
      {"BGPPeer", "/apis/crd.projectcalico.org/v1/bgppeers", "bgppeers.crd.projectcalico.org"},
      {"BGPFilter", "/apis/crd.projectcalico.org/v1/bgpfilters", "bgpfilters.crd.projectcalico.org"},
      {"IPPool", "/apis/crd.projectcalico.org/v1/ippools", "ippools.crd.projectcalico.org"},
      {"BlockAffinity", "/apis/crd.projectcalico.org/v1/blockaffinities", "blockaffinities.crd.projectcalico.org"}};
  return all;
}

json::object as_calico(const std::string& kind, const json::object& object, std::vector<std::string>& problems) {
  return Conversion(kind, object, problems).run();
}

}  // namespace avocet::confgen::kube
