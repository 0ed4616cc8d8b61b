#include "confgen/calico/resources.hpp"

#include <fmt/format.h>
#include <strings.h>

#include <algorithm>
#include <set>

#include "confgen/base64.hpp"
#include "confgen/calico/bgp_filter.hpp"

namespace avocet::confgen {

namespace {

constexpr const char* still_counts = "is wrong; what it said before still counts";
constexpr std::int64_t highest_priority = 2147483646;  // 2^31 - 2; priorities and local preference share 31 bits

/// A label selector; its mistakes are told with the character.
std::string selector(const Field& field) {
  auto written = field.text();
  if (auto read = selects(written, {}); !read)
    field.wrong(fmt::format("character {}: {}", read.error().position + 1, read.error().what));
  return written;
}

std::optional<SecretKey> secret_key(const Field& field) {
  if (!field.present()) return {};
  auto reference = field["secretKeyRef"];
  SecretKey key{reference["name"].text(), reference["key"].text()};
  if (key.name.empty() || key.key.empty()) field.wrong("expected secretKeyRef with name and key");
  return key;
}

std::optional<HostAddress> host_address(const Field& field, bool six) {
  auto written = field.text();
  if (written.empty()) return {};
  auto slash = written.find('/');
  auto address = proto::Address::parse(written.substr(0, slash));
  unsigned length = six ? 128 : 32;
  bool in_range = true;
  if (slash != std::string::npos) {
    auto digits = written.substr(slash + 1);
    in_range = !digits.empty() && digits.size() <= 3 && digits.find_first_not_of("0123456789") == std::string::npos &&
               std::stoul(digits) <= length;
    if (in_range) length = static_cast<unsigned>(std::stoul(digits));
  }
  if (in_range && address && address->is_v4() != six)
    return HostAddress{*address, proto::Prefix::make(*address, length)};
  field.wrong(six ? "expected an IPv6 address with its length, as fd00::1/64"
                  : "expected an IPv4 address with its length, as 10.0.0.1/24");
  return {};
}

Host read_node(const Field& object) {
  Host node;
  auto labels = object["metadata"]["labels"];
  if (labels.present() && !labels.value()->is_object())
    labels.wrong("expected NAME: VALUE pairs");
  else if (labels.present())
    for (auto& [name, value] : labels.value()->get_object())
      node.labels[std::string(name)] = labels[std::string(name)].text();
  auto bgp = object["spec"]["bgp"];
  bgp.only({"ipv4Address", "ipv6Address", "asNumber", "routeReflectorClusterID", "ipv4IPIPTunnelAddr"});
  node.v4 = host_address(bgp["ipv4Address"], false);
  node.v6 = host_address(bgp["ipv6Address"], true);
  node.asn = bgp["asNumber"].asn();
  node.cluster_id = bgp["routeReflectorClusterID"].text();
  auto cluster = bgp["routeReflectorClusterID"];
  if (auto id = proto::Address::parse(node.cluster_id); !node.cluster_id.empty() && (!id || !id->is_v4()))
    cluster.wrong("expected a dotted quad, as 244.0.0.1");
  auto wireguard = object["spec"]["wireguard"];
  for (auto [member, into] :
       {std::pair{"interfaceIPv4Address", &node.wireguard_v4}, {"interfaceIPv6Address", &node.wireguard_v6}})
    if (auto address = wireguard[member].address()) *into = address->text();
  for (auto& reference : object["spec"]["orchRefs"].items())
    if (reference["orchestrator"].text() == "k8s") node.kubernetes_name = reference["nodeName"].text();
  return node;
}

std::vector<std::string> service_cidrs(const Field& list) {
  std::vector<std::string> cidrs;
  for (auto& item : list.items())
    if (auto cidr = item["cidr"]; !cidr.text().empty() && cidr.prefix()) cidrs.push_back(cidr.text());
  return cidrs;
}

std::optional<std::vector<Advertisement>> advertisements(const Field& spec) {
  std::multimap<std::string, std::string> named;
  for (auto& community : spec["communities"].items()) {
    if (!community["value"].is_community()) community["value"].wrong("expected AS:NUMBER or AS:NUMBER:NUMBER");
    named.emplace(community["name"].text(), community["value"].text());
  }
  if (!spec["prefixAdvertisements"].present()) return {};
  std::vector<Advertisement> all;
  for (auto& entry : spec["prefixAdvertisements"].items()) {
    std::set<std::string> values;
    for (auto& community : entry["communities"].items()) {
      auto name = community.text();
      if (community.is_community())
        values.insert(name);
      else if (!named.count(name))
        community.doubtful("is left out; expected a community or the name of one in spec.communities");
      for (auto [i, end] = named.equal_range(name); i != end; ++i) values.insert(i->second);
    }
    if (entry["cidr"].prefix()) all.push_back({entry["cidr"].text(), {values.begin(), values.end()}});
  }
  return all;
}

/// Warns of a word that Calico does not know and takes for another one.
void one_of_these(const Field& field, std::initializer_list<const char*> words, const char* otherwise, bool any_case) {
  auto written = field.text();
  bool known = std::any_of(words.begin(), words.end(), [&](auto word) {
    return any_case ? ::strcasecmp(written.c_str(), word) == 0 : written == word;
  });
  if (!written.empty() && !known)
    field.doubtful(fmt::format("counts as {}; expected one of {}", otherwise, fmt::join(words, ", ")));
}

BgpConfiguration read_configuration(const Field& object) {
  BgpConfiguration c;
  auto spec = object["spec"];
  spec.only({"asNumber", "nodeToNodeMeshEnabled", "logSeverityScreen", "bindMode", "listenPort", "serviceClusterIPs",
             "serviceExternalIPs", "serviceLoadBalancerIPs", "serviceLoadBalancerAggregation", "communities",
             "prefixAdvertisements", "nodeMeshPassword", "nodeMeshMaxRestartTime", "ignoredInterfaces",
             "programClusterRoutes", "ipv4NormalRoutePriority", "ipv6NormalRoutePriority", "localWorkloadPeeringIPV4",
             "localWorkloadPeeringIPV6"});
  auto name = object["metadata"]["name"].text();
  if (name != "default" && !name.starts_with("node."))
    object["metadata"]["name"].wrong("only 'default' and 'node.NODENAME' have an effect");
  c.asn = spec["asNumber"].asn();
  if (spec["nodeToNodeMeshEnabled"].present()) c.mesh = spec["nodeToNodeMeshEnabled"].flag(true);
  c.log_severity = spec["logSeverityScreen"].text();
  one_of_these(spec["logSeverityScreen"], {"Trace", "Debug", "Info", "Warning", "Error", "Fatal", "None"}, "None",
               true);
  c.bind_mode = spec["bindMode"].one_of({"None", "NodeIP"});
  c.listen_port = static_cast<int>(spec["listenPort"].number(0, 65535));
  c.cluster_ips = service_cidrs(spec["serviceClusterIPs"]);
  c.external_ips = service_cidrs(spec["serviceExternalIPs"]);
  c.load_balancer_ips = service_cidrs(spec["serviceLoadBalancerIPs"]);
  c.aggregates_load_balancers = spec["serviceLoadBalancerAggregation"].one_of({"Enabled", "Disabled"}) != "Disabled";
  c.advertisements = advertisements(spec);
  c.mesh_password = secret_key(spec["nodeMeshPassword"]);
  c.mesh_restart_seconds = spec["nodeMeshMaxRestartTime"].seconds();
  for (auto& interface : spec["ignoredInterfaces"].items()) c.ignored_interfaces.push_back(interface.quotable());
  c.programs_cluster_routes = spec["programClusterRoutes"].text();
  one_of_these(spec["programClusterRoutes"], {"Enabled", "EnabledIPIPOnly", "EnabledNoEncapOnly", "Disabled"},
               "EnabledNoEncapOnly", false);
  c.sets_priorities = spec["ipv4NormalRoutePriority"].present() || spec["ipv6NormalRoutePriority"].present();
  c.priority_v4 = spec["ipv4NormalRoutePriority"].number(1, highest_priority, 1024);
  c.priority_v6 = spec["ipv6NormalRoutePriority"].number(1, highest_priority, 1024);
  return c;
}

/// peerIP: "IP", "IP4:port" or "[IP6]:port".
void read_endpoint(const Field& field, BgpPeer& peer) {
  auto written = field.text();
  auto colon = written.rfind(':');
  auto bracket = written.find(']');
  bool in_brackets = written.starts_with("[") && bracket != std::string::npos;
  if (in_brackets ? bracket + 1 < written.size() : colon != std::string::npos && written.find(':') == colon) {
    auto digits = colon == std::string::npos ? "" : written.substr(colon + 1);
    bool numeric = !digits.empty() && digits.size() <= 5 && digits.find_first_not_of("0123456789") == std::string::npos;
    if (!numeric || std::stoi(digits) > 65535) return field.wrong("expected a port from 1 to 65535 after the address");
    peer.port = std::stoi(digits);
    written.erase(colon);
  }
  if (in_brackets) written = written.substr(1, bracket - 1);
  if (auto address = proto::Address::parse(written))
    peer.peer_ip = *address;
  else
    field.wrong(address.error().what + "; write IP, IP4:PORT or [IP6]:PORT");
}

BgpPeer read_peer(const Field& object) {
  BgpPeer p;
  auto spec = object["spec"];
  spec.only({"node", "nodeSelector", "peerIP", "asNumber", "peerSelector", "keepOriginalNextHop", "password",
             "sourceAddress", "maxRestartTime", "numAllowedLocalASNumbers", "ttlSecurity", "reachableBy", "filters",
             "localWorkloadSelector", "nextHopMode", "reversePeering", "localASNumber", "keepaliveTime"});
  p.with_workloads = !selector(spec["localWorkloadSelector"]).empty();
  p.node = spec["node"].text();
  p.node_selector = selector(spec["nodeSelector"]);
  p.peer_selector = selector(spec["peerSelector"]);
  if (!p.node.empty() && !p.node_selector.empty()) spec["node"].wrong("node and nodeSelector exclude each other");
  if (spec["peerIP"].present()) read_endpoint(spec["peerIP"], p);
  if (!p.peer_selector.empty() + spec["peerIP"].present() + p.with_workloads != 1)
    spec["peerIP"].wrong("give one of peerIP, peerSelector and localWorkloadSelector");
  p.asn = spec["asNumber"].asn();
  p.keeps_next_hop = spec["keepOriginalNextHop"].flag(false);
  p.password = secret_key(spec["password"]);
  p.source_address = spec["sourceAddress"].one_of({"UseNodeIP", "None"});
  p.restart_seconds = spec["maxRestartTime"].seconds();
  p.keepalive_seconds = spec["keepaliveTime"].seconds();
  p.own_as_allowed = static_cast<int>(spec["numAllowedLocalASNumbers"].number(0, 255));
  p.ttl_security = static_cast<int>(spec["ttlSecurity"].number(0, 255));
  if (auto via = spec["reachableBy"].address()) {
    if (p.peer_ip && via->is_v4() != p.peer_ip->is_v4())
      spec["reachableBy"].wrong("expected an address of peerIP's family");
    p.reachable_by = spec["reachableBy"].text();
  }
  for (auto& filter : spec["filters"].items()) p.filters.push_back(filter.text());
  p.next_hop_mode = spec["nextHopMode"].one_of({"Auto", "Self", "Keep"});
  p.reverse = spec["reversePeering"].one_of({"Auto", "Manual"}) != "Manual";
  p.local_asn = spec["localASNumber"].asn();
  auto annotations = object["metadata"]["annotations"];
  p.statements = annotations["avocet/statements"].text();
  p.channel_statements = annotations["avocet/channel-statements"].text();
  return p;
}

IpPool read_pool(const Field& object) {
  auto spec = object["spec"];
  bool unclear = false;
  auto mode = [&](const char* member) {
    auto field = spec[member];
    auto word = field.one_of({"Never", "Always", "CrossSubnet"});
    unclear |= word.empty() && field.present() && field.value() && *field.value() != "";
    return word;
  };
  spec.only({"cidr", "ipipMode", "vxlanMode", "disabled", "disableBGPExport", "natOutgoing", "blockSize",
             "nodeSelector", "namespaceSelector", "allowedUses", "assignmentMode", "ipip", "nat-outgoing"});
  IpPool pool{spec["cidr"].prefix().value_or(proto::Prefix{}),
              mode("ipipMode"),
              mode("vxlanMode"),
              spec["disabled"].flag(false),
              spec["disableBGPExport"].flag(false, true),
              spec["natOutgoing"].flag(false)};
  if (unclear) pool.vxlan_mode = "Always";  // Felix's, then: the kernel is not told
  return pool;
}

BlockAffinity read_block(const Field& object) {
  auto spec = object["spec"];
  spec.only({"cidr", "node", "state", "deleted", "type"});
  if (spec["node"].text().empty()) spec["node"].wrong("name the node that owns the block");
  return {spec["node"].text(), spec["state"].one_of({"confirmed", "pending", "pendingDeletion"}),
          spec["cidr"].prefix().value_or(proto::Prefix{}), spec["deleted"].flag(false)};
}

std::vector<std::uint32_t> as_list(const Field& list) {
  std::vector<std::uint32_t> all;
  for (auto& item : list.items()) all.push_back(item.asn());
  return all;
}

std::string community(const Field& field) {
  if (!field.is_community()) field.wrong("expected AS:NUMBER or AS:NUMBER:NUMBER");
  return field.text();
}

FilterOperation read_operation(const Field& field) {
  field.only({"addCommunity", "prependASPath", "setPriority"});
  FilterOperation operation;
  int kinds = 0;
  if (auto add = field["addCommunity"]; add.present()) operation.community = community(add["value"]), ++kinds;
  if (auto prepend = field["prependASPath"]; prepend.present())
    operation.prepended = as_list(prepend["prefix"]), ++kinds;
  if (auto set = field["setPriority"]; set.present())
    operation.priority = set["value"].number(1, highest_priority), ++kinds;
  if (kinds != 1) field.wrong("expected exactly one of addCommunity, prependASPath, setPriority");
  return operation;
}

/// The route lengths that cidr and prefixLength allow together.
void read_lengths(const Field& field, FilterRule& rule, int longest) {
  auto lengths = field["prefixLength"];
  if (!lengths.present()) return;
  lengths.only({"min", "max"});
  if (!rule.cidr) return lengths.wrong("needs cidr beside it");
  int own = rule.cidr->length;
  auto least = std::max<int>(own, static_cast<int>(lengths["min"].number(0, longest, own)));
  auto most = std::min<int>(longest, static_cast<int>(lengths["max"].number(0, longest, longest)));
  if (least > most) lengths.wrong("no prefix is that long: min and cidr's own length exceed max");
  rule.lengths = {least, most};
}

FilterRule read_rule(const Field& field, bool six) {
  field.only({"action", "matchOperator", "cidr", "source", "interface", "prefixLength", "peerType", "communities",
              "asPathPrefix", "priority", "operations"});
  FilterRule rule;
  auto action = field["action"].one_of({"Accept", "Reject"});
  if (action.empty() && field["action"].text().empty()) field["action"].wrong("expected Accept or Reject");
  rule.accepts = action == "Accept";
  auto match = field["matchOperator"].one_of({"Equal", "NotEqual", "In", "NotIn"});
  rule.match = match == "Equal" ? "=" : match == "NotEqual" ? "!=" : match == "In" ? "~" : match == "NotIn" ? "!~" : "";
  if (field["cidr"].present()) {
    rule.cidr = field["cidr"].prefix();
    rule.cidr_text = field["cidr"].text();
    if (rule.cidr && rule.cidr->address.is_v4() == six)
      field["cidr"].wrong(six ? "expected an IPv6 prefix" : "expected an IPv4 prefix");
    if (match.empty()) field["matchOperator"].wrong("cidr needs one of Equal, NotEqual, In, NotIn");
  } else if (!match.empty())
    field["matchOperator"].wrong("needs cidr beside it");
  read_lengths(field, rule, six ? 128 : 32);
  rule.remote_peers = !field["source"].one_of({"RemotePeers"}).empty();
  rule.interface = field["interface"].quotable();
  if (rule.interface.size() > 15) field["interface"].wrong("interface names have at most 15 characters");
  if (auto type = field["peerType"].one_of({"eBGP", "iBGP"}); !type.empty()) rule.internal = type == "iBGP";
  if (auto communities = field["communities"]; communities.present()) {
    auto values = communities["values"].items();
    if (values.size() == 1)
      rule.community = community(values[0]);
    else
      communities.wrong("expected exactly one community in values");
  }
  rule.as_path_prefix = as_list(field["asPathPrefix"]);
  if (field["priority"].present()) rule.priority = field["priority"].number(1, highest_priority);
  for (auto& operation : field["operations"].items()) rule.operations.push_back(read_operation(operation));
  if (!rule.operations.empty() && !rule.accepts)
    field["operations"].wrong("only rules with action Accept may change a route");
  return rule;
}

BgpFilter read_filter(const Field& object) {
  BgpFilter filter;
  auto spec = object["spec"];
  spec.only({"importV4", "exportV4", "importV6", "exportV6"});
  auto read = [&](const char* member, std::vector<FilterRule>& rules, bool six) {
    for (auto& item : spec[member].items()) rules.push_back(read_rule(item, six));
  };
  read("importV4", filter.import_v4, false);
  read("exportV4", filter.export_v4, false);
  read("importV6", filter.import_v6, true);
  read("exportV6", filter.export_v6, true);
  filter.json = boost::json::serialize(*object.value());
  filter.stands_in = object["metadata"]["annotations"]["avocet/stands-in"].flag(false);
  return filter;
}

Secret read_secret(const Field& object) {
  Secret secret;
  auto values = [&](const char* member, auto decode) {
    auto map = object[member];
    if (!map.present()) return;
    if (!map.value()->is_object()) return map.wrong("expected KEY: VALUE pairs");
    for (auto& [key, value] : map.value()->get_object()) decode(std::string(key), map[std::string(key)]);
  };
  values("data", [&](const std::string& key, const Field& field) {
    if (auto decoded = base64_decode(field.text()))
      secret[key] = *decoded;
    else
      field.wrong("expected base64; plain text goes below stringData");
  });
  values("stringData", [&](const std::string& key, const Field& field) { secret[key] = field.text(); });
  return secret;
}

/// NAME, or NAMESPACE/NAME.
bool is_object_name(const std::string& name) {
  return name.size() <= 253 && std::count(name.begin(), name.end(), '/') <= 1 &&
         std::all_of(name.begin(), name.end(),
                     [](unsigned char c) { return std::isalnum(c) || c == '-' || c == '.' || c == '_' || c == '/'; });
}

}  // namespace

std::optional<BgpFilter> parse_bgp_filter(const std::string& name, const std::string& json) {
  boost::json::error_code error;
  auto value = boost::json::parse(json, error);
  if (error) return {};
  Object object{"BGPFilter", name, {}, "", {}};
  std::vector<std::string> problems;
  Report report{object, problems};
  auto filter = read_filter(Field(report, &value, ""));
  return report.good ? std::optional(filter) : std::nullopt;
}

/// What stands for an object that is wrong and never was right; false if nothing does. `meanwhile` tells a person.
template <class T>
bool careful(T&, const char*&) {
  return false;
}

/// A peering that names it must not pass what it was made to stop.
bool careful(BgpFilter& filter, const char*& meanwhile) {
  filter = stand_in();
  meanwhile = "is wrong: no route passes where it is named, until it is mended";
  return true;
}

/// `read_pool` gave what can be read, and for the rest the choice that sends nothing astray.
bool careful(IpPool& pool, const char*& meanwhile) {
  if (pool.cidr.length == 0) return false;
  meanwhile =
      "is wrong: until it is mended what can be read of it counts; it is not exported if disableBGPExport is unclear, "
      "and its routes stay out of the kernel if a mode is";
  return true;
}

/// Reads one kind: objects and what is known of them are walked side by side, both in the order of names.
template <class T>
void Catalog::take(const Objects& objects, const char* kind, std::map<std::string, T>& into, T (*read)(const Field&),
                   std::vector<std::string>& problems) {
  auto& known = known_[kind];
  auto old = known.begin();
  auto forget = [&] {
    if (into.erase(old->first)) note_change(kind, old->first);
    old = known.erase(old);
  };
  for (auto i = objects.lower_bound({kind, ""}); i != objects.end() && i->first.first == kind; ++i) {
    auto& object = i->second;
    while (old != known.end() && old->first < object.name) forget();
    if (old == known.end() || old->first != object.name) old = known.emplace_hint(old, object.name, Known{});
    auto& one = (old++)->second;
    // A store that does not number its objects leaves 0.
    if (one.revision == 0 || one.revision != object.revision) take_one(object, one, into, read);
    problems.insert(problems.end(), one.problems.begin(), one.problems.end());
  }
  while (old != known.end()) forget();
}

template <class T>
void Catalog::take_one(const Object& object, Known& known, std::map<std::string, T>& into, T (*read)(const Field&)) {
  known.revision = object.revision;
  known.problems.clear();
  Report report{object, known.problems};
  auto put = [&](T value) {
    auto [at, fresh] = into.try_emplace(object.name);
    if (!fresh && at->second == value) return;
    at->second = std::move(value);
    note_change(object.kind, object.name);
  };
  bool named = is_object_name(object.name);
  if (!named) report.error("metadata.name", "is not a name: use letters, digits, '-' and '.'");
  if (!object.unreadable.empty()) report.error("", object.unreadable);
  T value;
  boost::json::value body(object.body);
  if (object.unreadable.empty()) value = read(Field(report, &body, ""));
  known.wrong = !report.good;
  if (report.good) {
    if (is_kept(object.kind, object.name)) known.good = object.body;
    known.careful = false;
    return put(std::move(value));
  }
  if (into.count(object.name) && !known.careful) return report.warning("", still_counts);
  // At the start: what it was in an earlier life.
  if (auto earlier = remembered_.find({object.kind, object.name}); earlier != remembered_.end()) {
    std::vector<std::string> unsaid;
    Object then{object.kind, object.name, earlier->second, object.file, 0, {}};
    Report judged{then, unsaid};
    boost::json::value said(then.body);
    auto last = read(Field(judged, &said, ""));
    if (judged.good) {
      known.good = earlier->second;
      put(std::move(last));
      return report.warning("", still_counts);
    }
  }
  const char* meanwhile = "is wrong and counts as absent";
  known.careful = named && careful(value, meanwhile);
  if (known.careful)
    put(std::move(value));
  else if (into.erase(object.name))
    note_change(object.kind, object.name);
  report.warning("", meanwhile);
}

void Catalog::note_change(const std::string& kind, const std::string& name) {
  changed_kinds_.insert(kind);
  if (kind == "Node") changed_nodes_.push_back(name);
}

void Catalog::remember(ObjectBodies before, std::string own_node) {
  remembered_ = std::move(before);
  own_node_ = std::move(own_node);
}

bool Catalog::is_kept(const std::string& kind, const std::string& name) const {
  if (kind == "Node") return name == own_node_;
  return !own_node_.empty() &&
         (kind == "BGPPeer" || kind == "BGPFilter" || kind == "BGPConfiguration" || kind == "IPPool");
}

ObjectBodies Catalog::right_before() const {
  ObjectBodies bodies;
  auto add = [&](const std::string& kind, const std::string& name, const Known& known) {
    if (known.wrong && !known.good.empty()) bodies[{kind, name}] = known.good;
  };
  for (auto& [kind, all] : known_) {
    if (kind != "Node") {
      for (auto& [name, known] : all) add(kind, name, known);
    } else if (auto own = all.find(own_node_); own != all.end()) {
      add(kind, own_node_, own->second);
    }
  }
  return bodies;
}

bool Catalog::is_unknown(const std::string& kind, const std::string& name) const {
  auto known = known_.find(kind);
  bool right = kind == "Node" ? last_.nodes.count(name) > 0 : last_.configurations.count(name) > 0;
  return !right && known != known_.end() && known->second.count(name) > 0;
}

/// Objects of other kinds may be beside ours; of a kind that is most likely misspelt, a person wants to know.
void find_misspelt_kinds(const Objects& objects, std::vector<std::string>& problems) {
  const auto kinds = {"BGPConfiguration", "BGPFilter", "BGPPeer", "BlockAffinity", "EndpointSlice",
                          "Endpoints",        "IPPool",    "Node",    "Secret",        "Service"};
  for (auto i = objects.begin(); i != objects.end();) {
    auto& [kind, name] = i->first;
    auto meant = nearest_word(kind, kinds, kind.size() / 4);
    if (meant && kind != meant)
      problems.push_back(fmt::format("{}: warning: {} '{}': is of a kind that has no effect; did you mean '{}'?",
                                     i->second.at("kind"), kind, name, meant));
    i = objects.upper_bound({kind, "\xff"});
  }
}

const Resources& Catalog::read(const Objects& objects, std::vector<std::string>& problems, const Add& add) {
  changed_nodes_.clear();
  changed_kinds_.clear();
  take(objects, "Node", last_.nodes, read_node, problems);
  take(objects, "BGPConfiguration", last_.configurations, read_configuration, problems);
  take(objects, "BGPPeer", last_.peers, read_peer, problems);
  take(objects, "IPPool", last_.pools, read_pool, problems);
  take(objects, "BlockAffinity", last_.blocks, read_block, problems);
  take(objects, "BGPFilter", last_.filters, read_filter, problems);
  take(objects, "Secret", secrets_, read_secret, problems);
  take(objects, "Service", last_.services, read_service, problems);
  take(objects, "Endpoints", last_.endpoints, read_endpoints, problems);
  take(objects, "EndpointSlice", last_.endpoint_slices, read_endpoint_slice, problems);
  find_misspelt_kinds(objects, problems);
  remembered_.clear();
  auto secrets = std::exchange(last_.secrets, secrets_);
  auto workloads = std::exchange(last_.workloads, {});
  if (add) add(last_, problems);
  if (secrets != last_.secrets) changed_kinds_.insert("Secret");
  if (workloads != last_.workloads) changed_kinds_.insert("Workload");
  return last_;
}

}  // namespace avocet::confgen
