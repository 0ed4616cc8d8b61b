/// What a changed net costs the export side, from the RIB's change to buffers taken by every member. Built with -Dbench=true.
#define DOCTEST_CONFIG_IMPLEMENT
#include <chrono>
#include <cstdio>

#include "test/sim/world.hpp"

using namespace avocet;
using namespace avocet::sim;

namespace {

constexpr std::uint32_t net_count = 100'000, nets_per_set = 6;

void announce_all(Session& source, std::uint32_t med) {
  std::vector<proto::Nlri> nets;
  Route route;
  for (std::uint32_t i = 0; i < net_count; i += nets_per_set) {
    nets.clear();
    for (std::uint32_t j = i; j < i + nets_per_set; ++j) nets.push_back({proto::Prefix::v4(0x14000000 + (j << 8), 24)});
    route.path = {65001, 100'000 + i, med};
    source.channel->announce(nets, route.block());
  }
}

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

void take_all(announce::Member& member) {
  std::vector<announce::Chunk> out;
  while (member.has_output()) out.clear(), member.take(1 << 20, out);
}

void measure(std::uint32_t member_count) {
  World world;
  auto source = world.session(Scene::ebgp(65001, "10.0.0.1"));
  std::vector<std::unique_ptr<Session>> members;
  for (std::uint32_t i = 0; i < member_count; ++i) {
    members.push_back(world.session(Scene::ebgp(65100 + i, ("10.0.1." + std::to_string(i)).c_str())));
    world.join(*members.back(), World::external_options());
  }
  world.settle();
  double flush = 0, take = 0;
  for (std::uint32_t round = 1; round <= 3; ++round) {
    announce_all(*source, round);
    auto start = std::chrono::steady_clock::now();
    world.settle();
    flush += seconds_since(start);
    start = std::chrono::steady_clock::now();
    for (auto& session : members) take_all(*session->member);
    take += seconds_since(start);
  }
  auto start = std::chrono::steady_clock::now();
  for (auto& session : members) session->member->refresh(false);
  world.settle();
  for (auto& session : members) take_all(*session->member);
  std::printf("%4u members: flush %.0f ns/net, take %.1f ns/net/member, walk %.0f ns/net for all together\n", member_count,
              flush / 3 / net_count * 1e9, take / 3 / net_count / member_count * 1e9, seconds_since(start) / net_count * 1e9);
}

}  // namespace

int main() {
  for (std::uint32_t members : {1u, 10u, 100u}) measure(members);
}
