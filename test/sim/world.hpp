#pragma once
/// One RIB, many members, nobody's clock: the export side of many sessions driven step by step.
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "bgpd/announce/group.hpp"
#include "test/announce/listener.hpp"
#include "test/announce/native_filter.hpp"
#include "test/rib/scene.hpp"

namespace avocet::sim {

using announce::ExportOptions;
using announce::test::Peer;
using rib::test::Route;
using rib::test::Scene;

struct World;

/// One session: import side (channel), export side (member), and the far end.
struct Session {
  std::shared_ptr<rib::Channel> channel;
  std::unique_ptr<announce::Member> member;
  Peer peer;
  unsigned woken = 0;
};

struct World {
  Scene scene;
  announce::Announcer announcer{scene.rib};

  static ExportOptions external_options() {
    ExportOptions options;
    options.filter = filter::accept_all();
    options.local_as = 64512;
    options.cluster_id = 0x0a0000fe;
    options.local_address = rib::test::ip("10.0.0.254");
    options.ifindex = 2;
    return options;
  }
  static ExportOptions client_options() {
    auto options = external_options();
    options.external = false;
    options.rr_client = true;
    options.ifindex = 0;
    return options;
  }

  std::unique_ptr<Session> session(rib::SourceFacts facts) {
    auto result = std::make_unique<Session>();
    result->channel = scene.open(std::move(facts));
    return result;
  }
  void join(Session& session, ExportOptions options, bool end_of_rib = true) {
    session.peer = Peer{};
    session.member = announcer.join(session.channel, std::move(options), end_of_rib, [&session] { ++session.woken; });
  }
  /// Until nothing is left to do; what members send is not taken.
  void settle() {
    for (bool more = true; more;) {
      more = scene.rib.work(std::chrono::milliseconds(2));
      more |= announcer.work(std::chrono::milliseconds(2));
    }
  }
  void drain(Session& session) {
    settle();
    if (session.member) session.peer.drain(*session.member);
  }

  /// What a peer must know: every path through the pipeline, one by one.
  std::vector<std::pair<proto::Prefix, std::vector<std::uint8_t>>> expected(const Session& session) const {
    std::vector<std::pair<proto::Prefix, std::vector<std::uint8_t>>> result;
    auto& table = scene.table;
    auto& options = session.member->options();
    proto::AttributeBlock out;
    for (rib::NetId net{0}; net.value < table.net_limit(); ++net.value) {
      if (!table.in_use(net)) continue;
      auto best = table.best(net);
      for (auto id = table.first(net); id.valid(); id = table.path(id).next) {
        auto& path = table.path(id);
        if (!table.usable(path) || (!options.add_path && !options.secondary && &path != best)) continue;
        auto view = scene.rib.view(table, net, path);
        auto reason = announce::export_route(scene.rib, view, options, session.channel->source, out);
        if (reason.result != announce::ExportResult::accepted) continue;
        auto bytes = out.view().bytes();
        result.emplace_back(table.prefix(net), std::vector<std::uint8_t>(bytes.begin(), bytes.end()));
        if (options.secondary) break;
      }
    }
    std::sort(result.begin(), result.end());
    return result;
  }
  static std::vector<std::pair<proto::Prefix, std::vector<std::uint8_t>>> known(const Session& session) {
    std::vector<std::pair<proto::Prefix, std::vector<std::uint8_t>>> result;
    for (auto& [nlri, attributes] : session.peer.routes) result.emplace_back(nlri.prefix, attributes);
    std::sort(result.begin(), result.end());
    return result;
  }
};

inline rib::SourceFacts client(const char* address) {
  auto facts = Scene::ibgp(address);
  facts.rr_client = true;
  facts.gateway_recursive = true;
  return facts;
}

}  // namespace avocet::sim
