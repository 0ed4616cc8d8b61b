/// What five typical filters cost a route. Prints nanoseconds and allocations for one run.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <new>

#include "bgpd/config/language.hpp"
#include "bgpd/config/model.hpp"

using namespace avocet;

namespace {

long allocations = 0;

struct Nowhere final : filter::Snapshot {
  std::string_view interface_name(std::uint32_t) const override { return ""; }
  std::optional<std::uint32_t> interface_index(std::string_view) const override { return std::nullopt; }
  std::optional<std::uint32_t> neighbor_interface(const proto::Address&) const override { return std::nullopt; }
  int roa_check(std::string_view, const proto::Prefix&, std::uint32_t) const override { return 0; }
  int aspa_check(std::string_view, proto::Bytes, bool) const override { return 0; }
};

/// 10,000 patterns as a constant.
std::string large_set() {
  std::string text = "define LARGE = [";
  for (int i = 0; i < 10000; ++i) text += (i ? "," : "") + std::string("10.") + std::to_string(i / 250) + "." + std::to_string(i % 250) + ".0/24+";
  return text + "];\n";
}

proto::AttributeBlock learned() {
  const std::uint8_t path[] = {2, 3, 0, 0, 0xfd, 0xe9, 0, 0, 0xfd, 0xea, 0, 0, 0xfd, 0xeb};
  const std::uint8_t communities[] = {0xfd, 0xe9, 0, 2, 0xfd, 0xe9, 0, 3};
  const std::uint8_t igp = 0;
  proto::AttributeBlock block;
  block.set(proto::AttributeCode::origin, {&igp, 1});
  block.set(proto::AttributeCode::as_path, path);
  block.set(proto::AttributeCode::communities, communities);
  block.set_u32(proto::AttributeCode::med, 50);
  block.set_u32(proto::AttributeCode::local_pref, 100);
  block.set_address(proto::AttributeCode::next_hop, proto::Address::v4(0xc0000201));
  return block;
}

}  // namespace

void* operator new(std::size_t size) {
  ++allocations;
  if (auto* memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

int main() {
  struct { const char* name; const char* body; } filters[] = {
      {"four statements", "if net.len > 24 then reject; if bgp_path.len > 60 then reject; bgp_local_pref = 150; accept;"},
      {"communities", "if net ~ [0.0.0.0/0{25,32}, 192.168.0.0/16+] then reject; if (65001,666) ~ bgp_community then reject; bgp_community.add((65001,100)); accept;"},
      {"two prefixes", "if net ~ [10.0.0.0/8+, 172.16.0.0/12+] then accept; reject;"},
      {"10000 prefixes", "if net ~ LARGE then accept; reject;"},
      {"path mask", "if bgp_path ~ [= * 65003 * =] then { bgp_med = 5; bgp_path.prepend(65000); } accept;"}};
  constexpr int runs = 1000000;
  auto attributes = learned();
  for (auto& f : filters) {
    auto loaded = config::load_text("bench.conf", large_set() + "filter f { " + f.body + " }", {});
    auto program = config::find_filter(*loaded.config->symbols, "f");
    filter::RouteFacts route;
    filter::Edits edits;
    Nowhere world;
    auto run = [&](int i) {
      route.net = proto::Prefix::v4(0x0a000000 + (static_cast<std::uint32_t>(i) * 2654435761u & 0x00ffff00), 24);
      filter::run(*program, route, attributes, world, edits);
    };
    run(0);
    allocations = 0;
    auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < runs; ++i) run(i);
    std::chrono::duration<double, std::nano> spent = std::chrono::steady_clock::now() - start;
    std::printf("%-16s %6.0f ns %8.3f allocations\n", f.name, spent.count() / runs, static_cast<double>(allocations) / runs);
  }
}
