#include "bgpd/announce/advertised.hpp"

#include <doctest/doctest.h>

#include "test/rib/scene.hpp"

using namespace avocet;
using namespace avocet::announce;
using rib::NetId;

namespace {

struct Fixture {
  rib::test::Scene scene;
  rib::AttributeStore& store = scene.rib.attributes();
  rib::AttrId set(std::uint32_t med) {
    rib::test::Route route;
    route.med = med;
    return store.intern(route.block());
  }
};

std::vector<Told> told_of(const Advertised& advertised, std::uint32_t net) {
  std::vector<Told> result;
  advertised.collect(NetId{net}, result);
  return result;
}

}  // namespace

TEST_CASE("what was told of a net is remembered until it is replaced") {
  Fixture f;
  Advertised advertised(f.store, false);
  Told one{f.set(1), 7, 0}, two{f.set(2), 8, 0};
  advertised.replace(NetId{5000}, std::array{one});
  CHECK(told_of(advertised, 5000) == std::vector{one});
  CHECK(told_of(advertised, 4999).empty());
  advertised.replace(NetId{5000}, std::array{two});
  CHECK(told_of(advertised, 5000) == std::vector{two});
  CHECK(advertised.total() == 1);
  CHECK(advertised.of_source(7) == 0);
  CHECK(advertised.of_source(8) == 1);
}

TEST_CASE("told nets are found in order, over holes and missing pages") {
  Fixture f;
  Advertised advertised(f.store, false);
  for (std::uint32_t net : {3u, 4095u, 4096u, 100'000u}) advertised.replace(NetId{net}, std::array{Told{f.set(net), 1, 0}});
  std::vector<std::uint32_t> found;
  for (auto net = advertised.next(NetId{0}); net.valid(); net = advertised.next(NetId{net.value + 1})) found.push_back(net.value);
  CHECK(found == std::vector<std::uint32_t>{3, 4095, 4096, 100'000});
}

TEST_CASE("with ADD-PATH a net has several told paths") {
  Fixture f;
  Advertised advertised(f.store, true);
  std::vector<Told> paths{{f.set(1), 1, 2}, {f.set(2), 2, 3}};
  advertised.replace(NetId{1}, paths);
  CHECK(told_of(advertised, 1) == paths);
  CHECK(advertised.total() == 2);
}

TEST_CASE("attribute sets live exactly as long as they are told") {
  Fixture f;
  {
    Advertised advertised(f.store, false);
    advertised.replace(NetId{1}, std::array{Told{f.set(1), 1, 0}});
    advertised.replace(NetId{2}, std::array{Told{f.set(2), 1, 0}});
    CHECK(f.store.count() == 2);
    advertised.replace(NetId{1}, {});
    CHECK(f.store.count() == 1);
  }
  CHECK(f.store.count() == 0);
}

TEST_CASE("a page is given back when nothing in it is told any more") {
  Fixture f;
  Advertised advertised(f.store, false);
  advertised.replace(NetId{1}, std::array{Told{f.set(1), 1, 0}});
  auto full = advertised.memory_bytes();
  advertised.replace(NetId{1}, {});
  CHECK(full - advertised.memory_bytes() >= 8 * Advertised::page_nets);
}
