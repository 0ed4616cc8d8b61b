/// What a route costs in the RIB: time, memory, allocations. 500,000 nets from two sources, 190,000 attribute sets.
#include <chrono>
#include <ctime>
#include <cstdio>
#include <cstdlib>
#include <new>

#include "bgpd/rib/rib.hpp"

namespace {
std::size_t allocations = 0;
}

void* operator new(std::size_t size_bytes) {
  ++allocations;
  if (auto* memory = std::malloc(size_bytes)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

using namespace avocet;

namespace {

constexpr std::uint32_t nets = 500'000, sets_per_source = 95'000;

proto::AttributeBlock attribute_set(std::uint32_t number) {
  proto::AttributeBlock block;
  const std::uint8_t origin[] = {0};
  block.set(proto::AttributeCode::origin, origin);
  std::uint8_t path[2 + 5 * 4] = {2, 5};
  for (int i = 0; i < 5; ++i)
    for (int byte = 0; byte < 4; ++byte) path[2 + i * 4 + byte] = static_cast<std::uint8_t>(number >> (8 * byte)) + i;
  block.set(proto::AttributeCode::as_path, path);
  block.set_address(proto::AttributeCode::next_hop, proto::Address::v4(0x0a000001));
  block.set_u32(proto::AttributeCode::communities, number);
  return block;
}

/// CPU time of the process, so that a busy machine does not count.
std::chrono::nanoseconds cpu_now() {
  timespec time;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

struct Count final : rib::Follower {
  std::size_t nets = 0;
  void changed(rib::Table&, std::span<const rib::NetId> changed) override { nets += changed.size(); }
};

struct Bench {
  rib::Rib rib;
  rib::Table& table = rib.add_table({.name = "main"});
  Count follower;
  std::vector<std::shared_ptr<rib::Protocol>> protocols;
  std::vector<std::shared_ptr<rib::Channel>> channels;
  std::vector<std::vector<proto::Nlri>> batches{sets_per_source};

  Bench() {
    rib::Interface link{.index = 2, .name = "eth0", .up = true, .link = true};
    link.addresses.push_back({.address = proto::Address::v4(0x0a0000fe), .net = proto::Prefix::v4(0x0a000000, 24)});
    rib.interfaces().set(link);
    rib.follow(table, follower);
    for (std::uint32_t i = 0; i < 2; ++i) {
      rib::SourceFacts facts;
      facts.bgp = facts.external = true;
      facts.remote_id = i + 1;
      protocols.push_back(std::make_shared<rib::Protocol>());
      channels.push_back(rib.open_channel(protocols.back(), {.table = "main", .import_filter = filter::accept_all(),
                                                             .export_filter = filter::reject_all(), .preference = 100}, facts));
    }
    for (std::uint32_t i = 0; i < nets; ++i)
      batches[i % sets_per_source].push_back({proto::Prefix::v4(0x14000000 + (i << 8), 24)});
  }

  /// Everything once from both sources; `shift` gives other attributes to the same nets.
  void round(const char* name, std::uint32_t shift) {
    std::vector<proto::AttributeBlock> sets;
    for (std::uint32_t i = 0; i < 2 * sets_per_source; ++i) sets.push_back(attribute_set(i + shift));
    auto allocated = allocations;
    auto begin = cpu_now();
    for (std::uint32_t source = 0; source < 2; ++source)
      for (std::uint32_t i = 0; i < sets_per_source; ++i)
        channels[source]->announce(batches[i], sets[source * sets_per_source + i]);
    auto told = cpu_now();
    while (rib.work(std::chrono::milliseconds(2))) {
    }
    auto end = cpu_now();
    auto each = [](auto duration) { return std::chrono::duration<double, std::nano>(duration).count() / (2.0 * nets); };
    std::printf("%-22s %6.1f ns/route, delivery %5.1f, %zu allocations\n", name, each(told - begin), each(end - told),
                allocations - allocated);
  }
};

}  // namespace

int main() {
  Bench bench;
  bench.round("first", 0);
  auto bytes = bench.table.memory_bytes() + bench.rib.attributes().memory_bytes();
  std::printf("%-22s %6.1f bytes/route, %.1f bytes/set\n", "memory", static_cast<double>(bytes) / (2.0 * nets),
              static_cast<double>(bench.rib.attributes().memory_bytes()) / static_cast<double>(bench.rib.attributes().count()));
  bench.round("the same again", 0);
  bench.round("other attributes", 1'000'000);
  bench.round("back, warm", 0);
  auto begin = cpu_now();
  for (auto& channel : bench.channels) bench.rib.close_channel(channel);
  while (bench.rib.work(std::chrono::milliseconds(2))) {
  }
  auto taken = std::chrono::duration<double, std::nano>(cpu_now() - begin).count();
  std::printf("%-22s %6.1f ns/route\n", "close both", taken / (2.0 * nets));
}
