#include "proto/attributes.hpp"

#include <doctest/doctest.h>

#include <map>
#include <random>

#include "proto/community.hpp"

using namespace avocet::proto;

TEST_CASE("an attribute block is a map in canonical order, whatever the order of edits") {
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    AttributeBlock block;
    std::map<std::uint16_t, std::vector<std::uint8_t>> model;
    for (int step = 0; step < 30; ++step) {
      auto code = static_cast<std::uint16_t>(random() % 12 * 31 + 1);
      if (random() % 4 == 0) {
        block.erase(static_cast<AttributeCode>(code));
        model.erase(code);
      } else {
        std::vector<std::uint8_t> value(random() % 20, static_cast<std::uint8_t>(random()));
        block.set(static_cast<AttributeCode>(code), value);
        model[code] = value;
      }
    }
    AttributeBlock rebuilt;
    for (auto& [code, value] : model) rebuilt.set(static_cast<AttributeCode>(code), value);
    CHECK(block.view() == rebuilt.view());
    std::size_t count = 0;
    block.view().for_each([&](const AttributeEntry& entry) {
      ++count;
      REQUIRE(model.contains(code_of(entry.code)));
      CHECK(std::equal(entry.value.begin(), entry.value.end(), model[code_of(entry.code)].begin(), model[code_of(entry.code)].end()));
    });
    CHECK(count == model.size());
  }
}

TEST_CASE("typed access") {
  AttributeBlock block;
  block.set_u32(AttributeCode::med, 7);
  block.set_address(AttributeCode::next_hop, *Address::parse("10.0.0.1"));
  block.set_text(AttributeCode::krt_tunnel, "tunl0");
  block.set(AttributeCode::atomic_aggregate, {});
  CHECK(block.view().u32(AttributeCode::med) == 7);
  CHECK(block.view().address(AttributeCode::next_hop)->text() == "10.0.0.1");
  CHECK(block.view().text(AttributeCode::krt_tunnel) == "tunl0");
  CHECK(block.view().has(AttributeCode::atomic_aggregate));
  CHECK_FALSE(block.view().u32(AttributeCode::local_pref));
}

TEST_CASE("a destination survives the round trip") {
  Destination destination{DestinationKind::unicast, {{*Address::parse("10.0.0.1"), 3, 1, true}, {*Address::parse("fe80::1"), 4, 0, false}}};
  AttributeBlock block;
  set_destination(block, destination);
  CHECK(get_destination(block) == destination);
}

TEST_CASE("communities print as BIRD prints them, and lists hold each once") {
  CHECK(Community::make(65001, 2).text() == "(65001,2)");
  CHECK(ExtendedCommunity::make(2, 65002, 300).text() == "(rt, 65002, 300)");
  CHECK(ExtendedCommunity::make(3, 0xc0000202, 7, true).text() == "(ro, 192.0.2.2, 7)");
  CHECK(ExtendedCommunity::make(2, 4200000000, 7).text() == "(rt, 4200000000, 7)");
  CHECK(LargeCommunity{65001, 1, 2}.text() == "(65001, 1, 2)");
  std::vector<std::uint8_t> list;
  add_community(list, Community::make(1, 2));
  add_community(list, Community::make(1, 2));
  add_community(list, Community::make(1, 3));
  CHECK(community_list_text<Community>(list) == "(1,2) (1,3)");
  list = filter_communities<Community>(list, [](Community c) { return c != Community::make(1, 2); });
  CHECK(community_list_text<Community>(list) == "(1,3)");
}
