#include <doctest/doctest.h>

#include <functional>
#include <random>

#include "bgpd/rib/decide.hpp"
#include "test/rib/scene.hpp"

using namespace avocet;
using namespace avocet::rib;
using namespace avocet::rib::test;

namespace {

/// Two equal BGP candidates, to be made different.
struct Pair {
  AttributeKeys keys_a, keys_b;
  Source source_a, source_b;
  Candidate a{.keys = &keys_a, .source = &source_a, .preference = 100, .resolvable = true, .igp_metric = 10};
  Candidate b{.keys = &keys_b, .source = &source_b, .preference = 100, .resolvable = true, .igp_metric = 10};
  Pair() {
    source_a.bgp = source_b.bgp = true;
    source_a.external = source_b.external = true;
    keys_a.neighbor_as = keys_b.neighbor_as = 65001;
    keys_a.path_length = keys_b.path_length = 3;
  }
};

/// In the order of the list: what makes `a` win by this step alone.
const std::pair<const char*, std::function<void(Pair&)>> wins[] = {
    {"preference", [](Pair& p) { p.a.preference = 101; }},
    {"deterministic MED", [](Pair& p) { p.b.suppressed = true; }},
    {"next hop resolvable", [](Pair& p) { p.b.resolvable = false; }},
    {"long-lived stale", [](Pair& p) { p.keys_b.llgr_stale = true; }},
    {"local preference", [](Pair& p) { p.keys_a.local_pref = 101, p.keys_a.has_local_pref = true; }},
    {"AIGP", [](Pair& p) { p.a.aigp = 5; }},
    {"AS path length", [](Pair& p) { p.keys_a.path_length = 2; }},
    {"origin", [](Pair& p) { p.keys_a.origin = proto::Origin::igp; }},
    {"MED", [](Pair& p) { p.keys_b.med = 1, p.keys_b.has_med = true; }},
    {"external", [](Pair& p) { p.source_b.external = false; }},
    {"IGP metric", [](Pair& p) { p.a.igp_metric = 9; }},
    {"router id", [](Pair& p) { p.source_b.remote_id = 1; }},
    {"cluster list length", [](Pair& p) { p.keys_b.cluster_list_length = 1; }},
    {"peer address", [](Pair& p) { p.source_b.remote_address = ip("10.0.0.1"); }},
};

}  // namespace

TEST_CASE("each step of the decision tells two routes apart by itself") {
  for (auto& [why, make_a_win] : wins) {
    CAPTURE(why);
    Pair p;
    make_a_win(p);
    auto decision = decide(p.a, p.b);
    CHECK(decision.order == Order::first);
    CHECK(std::string(decision.why) == why);
    CHECK(decide(p.b, p.a).order == Order::second);
    CHECK(better(p.a, p.b));
    CHECK_FALSE(better(p.b, p.a));
  }
}

TEST_CASE("an earlier step overrules all later ones") {
  for (std::size_t early = 0; early < std::size(wins); ++early)
    for (std::size_t late = early + 1; late < std::size(wins); ++late) {
      CAPTURE(wins[early].first);
      CAPTURE(wins[late].first);
      Pair p;
      wins[late].second(p);
      std::swap(p.keys_a, p.keys_b);
      std::swap(p.source_a, p.source_b);
      std::swap(p.a.preference, p.b.preference);
      std::swap(p.a.suppressed, p.b.suppressed);
      std::swap(p.a.resolvable, p.b.resolvable);
      std::swap(p.a.igp_metric, p.b.igp_metric);
      std::swap(p.a.aigp, p.b.aigp);
      REQUIRE(decide(p.a, p.b).order == Order::second);
      wins[early].second(p);
      CHECK(std::string(decide(p.a, p.b).why) == wins[early].first);
    }
}

TEST_CASE("the steps stand in the order of reference 8.3") {
  std::vector<std::string> names;
  for (auto& step : decision_steps()) names.push_back(step.why);
  CHECK(names == std::vector<std::string>{
                     "preference", "protocol", "metric of a static route", "order of arrival", "deterministic MED",
                     "next hop resolvable", "long-lived stale", "local preference", "AIGP", "AS path length", "origin",
                     "MED", "external", "IGP metric", "older route", "router id", "cluster list length",
                     "peer address"});
}

TEST_CASE("MED is compared between routes of one neighbour AS, or always with `med metric`") {
  Pair p;
  p.keys_a.med = 5, p.keys_a.has_med = true;
  p.keys_b.neighbor_as = 65002;
  p.source_b.remote_id = 1;
  CHECK(std::string(decide(p.a, p.b).why) == "router id");
  p.source_a.med_metric = true;
  CHECK(std::string(decide(p.a, p.b).why) == "MED");
}

TEST_CASE("`path metric off` on both sides skips the AS path length, `igp metric off` the IGP metric") {
  Pair p;
  p.keys_a.path_length = 1;
  p.a.igp_metric = 1;
  p.source_a.path_metric = false;
  CHECK(std::string(decide(p.a, p.b).why) == "AS path length");
  p.source_b.path_metric = false;
  CHECK(std::string(decide(p.a, p.b).why) == "IGP metric");
  p.source_a.igp_metric = p.source_b.igp_metric = false;
  CHECK(decide(p.a, p.b).order == Order::present);
}

TEST_CASE("RFC 5004: with `prefer older` the present external route stays, unless both are of one router") {
  Pair p;
  p.source_a.prefer_older = true;
  p.source_b.remote_id = 1;
  CHECK(decide(p.a, p.b).order == Order::present);
  CHECK(decide(p.b, p.a).order == Order::present);
  p.source_b.remote_id = 0;
  p.keys_b.cluster_list_length = 1;
  CHECK(std::string(decide(p.a, p.b).why) == "cluster list length");
}

TEST_CASE("RFC 4456 9: ORIGINATOR_ID stands for the router id") {
  Pair p;
  p.source_a.remote_id = 1, p.source_b.remote_id = 2;
  p.keys_a.originator_id = 9, p.keys_b.originator_id = 8;
  CHECK(decide(p.a, p.b).order == Order::second);
}

TEST_CASE("missing LOCAL_PREF and MED have the channel's defaults") {
  Pair p;
  p.source_a.default_local_pref = 150;
  CHECK(std::string(decide(p.a, p.b).why) == "local preference");
  p.source_a.default_local_pref = 100;
  p.source_a.default_med = 10;
  CHECK(decide(p.a, p.b).order == Order::second);
}

TEST_CASE("routes share traffic if equal up to the IGP metric; paths of equal length may differ, AIGP does not matter") {
  for (auto& [why, make_a_win] : wins) {
    CAPTURE(why);
    Pair p;
    make_a_win(p);
    bool counts = false;
    for (auto& step : decision_steps())
      if (std::string(step.why) == why) counts = step.multipath;
    CHECK(mergeable(p.a, p.b) == !counts);
  }
  Pair p;
  p.keys_b.neighbor_as = 65002;
  p.source_b.remote_id = 7;
  CHECK(mergeable(p.a, p.b));
}

TEST_CASE("of several routes, for_multipath gives the best and its equals, best first") {
  Scene scene;
  auto longer = scene.open(Scene::ebgp(65001, "10.0.0.1")), second = scene.open(Scene::ebgp(65002, "10.0.0.3")),
       first = scene.open(Scene::ebgp(65003, "10.0.0.2"));
  longer->announce(nets({"1.0.0.0/8"}), Route{.path = {65001, 65009}}.block());
  second->announce(nets({"1.0.0.0/8"}), Route{.path = {65002}, .next_hop = "10.0.0.3"}.block());
  first->announce(nets({"1.0.0.0/8"}), Route{.path = {65003}, .next_hop = "10.0.0.2"}.block());
  std::vector<std::uint32_t> sources;
  scene.rib.for_multipath(scene.table, scene.table.find(net("1.0.0.0/8")).value(), [&](const RouteView& view) {
    sources.push_back(view.channel->source.value);
    return true;
  });
  CHECK(sources == std::vector<std::uint32_t>{2, 1});
}

TEST_CASE("compare names the step, and of equal routes the one that came first") {
  Scene scene;
  auto a = scene.open(), b = scene.open();
  a->announce(nets({"1.0.0.0/8"}), Route{.path = {65001, 65002}}.block());
  b->announce(nets({"1.0.0.0/8"}), Route{}.block());
  auto id = scene.table.find(net("1.0.0.0/8")).value();
  auto& best = *scene.table.best(id);
  auto& other = scene.table.path(best.next);
  auto reason = scene.rib.compare(scene.table, best, other);
  CHECK(reason.first_wins);
  CHECK(std::string(reason.why) == "AS path length");
  CHECK_FALSE(scene.rib.compare(scene.table, other, best).first_wins);

  a->announce(nets({"1.0.0.0/8"}), Route{}.block());  // now equal in all, and younger
  CHECK(scene.best_source("1.0.0.0/8") == 1);
}

TEST_CASE("a static route beats BGP by preference") {
  Scene scene;
  auto options = Scene::channel_options();
  options.preference = 200;
  auto bgp = scene.open(), fixed = scene.open({.kind = filter::RouteSource::static_}, options);
  bgp->announce(nets({"1.0.0.0/8"}), Route{}.block());
  proto::AttributeBlock block;
  set_destination(block, {.kind = proto::DestinationKind::blackhole});
  fixed->announce(nets({"1.0.0.0/8"}), block);
  CHECK(scene.best_source("1.0.0.0/8") == 1);
  bgp->announce(nets({"1.0.0.0/8"}), Route{.preference = 201}.block());
  CHECK(scene.best_source("1.0.0.0/8") == 0);
}

namespace {

/// Random routes from six sources, in and out; after each step `check` looks at the net.
void random_routes(bool med_metric, bool deterministic_med, unsigned seed,
                   const std::function<void(Scene&, const std::map<int, Route>&)>& check) {
  Scene scene;
  std::mt19937 random(seed);
  std::vector<std::shared_ptr<Channel>> channels;
  for (std::uint32_t i = 0; i < 6; ++i) {
    auto remote = "10.0.0." + std::to_string(10 + i);
    auto facts = i % 2 ? Scene::ebgp(65001, remote.c_str()) : Scene::ibgp(remote.c_str());
    facts.med_metric = med_metric;
    facts.deterministic_med = deterministic_med;
    channels.push_back(scene.open(facts));
  }
  std::map<int, Route> told;
  for (int step = 0; step < 300; ++step) {
    auto from = static_cast<int>(random() % 6);
    if (random() % 4) {
      Route route;
      route.path = {static_cast<std::uint32_t>(65001 + random() % 3)};
      if (random() % 2) route.path.push_back(65009);
      route.med = random() % 3;
      if (random() % 3 == 0) route.local_pref = 100 + random() % 2;
      channels[static_cast<std::size_t>(from)]->announce(nets({"1.0.0.0/8"}), route.block());
      told[from] = route;
    } else {
      channels[static_cast<std::size_t>(from)]->withdraw(nets({"1.0.0.0/8"}));
      told.erase(from);
    }
    check(scene, told);
  }
}

/// RFC 4271 9.1.2.2 by a tuple, for routes as made above. Smaller is better.
auto merit(int source, const Route& route, bool with_med) {
  return std::tuple(-static_cast<int>(route.local_pref.value_or(100)), route.path.size(), with_med ? *route.med : 0u,
                    source % 2 ? 0 : 1, source);
}

}  // namespace

TEST_CASE("the best route is the one a selection among all gives (MED always compared)") {
  for (unsigned seed = 0; seed < 20; ++seed)
    random_routes(true, false, seed, [](Scene& scene, const std::map<int, Route>& told) {
      int expected = -1;
      for (auto& [source, route] : told)
        if (expected < 0 || merit(source, route, true) < merit(expected, told.at(expected), true)) expected = source;
      REQUIRE(scene.best_source("1.0.0.0/8") == expected);
    });
}

TEST_CASE("with deterministic MED the best is the best of the best of each neighbour AS, in whatever order they came") {
  for (unsigned seed = 0; seed < 20; ++seed)
    random_routes(false, true, seed, [](Scene& scene, const std::map<int, Route>& told) {
      std::map<std::uint32_t, int> winners;
      for (auto& [source, route] : told) {
        auto [at, fresh] = winners.emplace(route.path[0], source);
        if (!fresh && merit(source, route, true) < merit(at->second, told.at(at->second), true)) at->second = source;
      }
      int expected = -1;
      for (auto& [as, source] : winners)
        if (expected < 0 || merit(source, told.at(source), false) < merit(expected, told.at(expected), false))
          expected = source;
      REQUIRE(scene.best_source("1.0.0.0/8") == expected);
    });
}

TEST_CASE("where MED makes a circle, equal histories give equal choices") {
  std::vector<int> first, second;
  random_routes(false, false, 1, [&](Scene& scene, auto&) { first.push_back(scene.best_source("1.0.0.0/8")); });
  random_routes(false, false, 1, [&](Scene& scene, auto&) { second.push_back(scene.best_source("1.0.0.0/8")); });
  CHECK(first == second);
}
