#include <doctest/doctest.h>

#include "bgpd/rib/pipe.hpp"
#include "test/rib/scene.hpp"

using namespace avocet;
using namespace avocet::rib;
using namespace avocet::rib::test;

namespace {

struct PipeScene : Scene {
  Table& other = rib.add_table({.name = "other"});
  std::shared_ptr<Channel> bgp = open();
  Pipe pipe{rib, std::make_shared<Protocol>(), {.channel = both_ways(), .peer_table = "other"}};

  static ChannelOptions both_ways() {
    auto options = channel_options();
    options.export_filter = filter::accept_all();
    return options;
  }
  PipeScene() { pipe.enable(); }
  const Path* best_in_other(const char* prefix) {
    auto id = other.find(net(prefix));
    return id ? other.best(*id) : nullptr;
  }
};

}  // namespace

TEST_CASE("a pipe carries routes with their way and preference into the peer table") {
  PipeScene scene;
  scene.bgp->announce(nets({"1.0.0.0/8"}), Route{.preference = 150}.block());
  scene.settle();
  auto* best = scene.best_in_other("1.0.0.0/8");
  REQUIRE(best);
  auto view = scene.rib.view(scene.other, *scene.other.find(net("1.0.0.0/8")), *best);
  CHECK(view.preference == 150);
  CHECK(view.resolution.hops.at(0).gateway == ip("10.0.0.1"));
}

TEST_CASE("a piped route is still that of the protocol that brought it, for filters and for whoever asks") {
  PipeScene scene;
  auto brought = std::make_shared<Protocol>();
  brought->options.name = "s1";
  scene.rib.add_protocol(brought);
  auto fixed = scene.rib.open_channel(brought, PipeScene::both_ways(), {.kind = filter::RouteSource::static_});
  fixed->announce(nets({"2.0.0.0/8"}), Route{}.block());
  scene.settle();
  auto* best = scene.best_in_other("2.0.0.0/8");
  REQUIRE(best);
  auto view = scene.rib.view(scene.other, *scene.other.find(net("2.0.0.0/8")), *best);
  CHECK(view.source == filter::RouteSource::static_);
  CHECK(filter_facts(view).protocol == "s1");
  scene.rib.close_channel(fixed);
  scene.settle();
  CHECK(scene.other.net_count() == 0);
}

TEST_CASE("a pipe never sends a route back where it came from, and withdrawals pass") {
  PipeScene scene;
  scene.bgp->announce(nets({"1.0.0.0/8"}), Route{}.block());
  scene.settle();
  CHECK(scene.table.path_count() == 1);
  scene.bgp->withdraw(nets({"1.0.0.0/8"}));
  scene.settle();
  CHECK(scene.other.net_count() == 0);
  CHECK(scene.rib.idle());
}

TEST_CASE("a disabled pipe takes its routes away") {
  PipeScene scene;
  scene.bgp->announce(nets({"1.0.0.0/8"}), Route{}.block());
  scene.settle();
  scene.pipe.disable();
  scene.settle();
  CHECK(scene.other.net_count() == 0);
  scene.pipe.enable();
  scene.settle();
  CHECK(scene.best_in_other("1.0.0.0/8"));
}
