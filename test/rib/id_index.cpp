#include "bgpd/rib/id_index.hpp"

#include <algorithm>
#include <doctest/doctest.h>
#include <map>
#include <random>

using namespace avocet::rib;

namespace {

/// Ids from `first` on, each with a key whose hashes often meet.
struct Keys {
  explicit Keys(std::uint32_t first) : first(first) {}
  std::uint32_t key(std::uint32_t id) const { return keys.at(id); }
  static std::uint32_t hash(std::uint32_t key) { return key % 3 ? key * 2654435761u : key % 16; }
  std::uint32_t find(std::uint32_t key) const {
    return index.find(hash(key), [&](std::uint32_t id) { return keys.at(id) == key; });
  }
  void add(std::uint32_t key) {
    auto id = first++;
    keys[id] = key;
    index.insert(hash(key), id, [&](std::uint32_t other) { return hash(keys.at(other)); });
  }
  void remove(std::uint32_t id) {
    index.erase(hash(keys.at(id)), id, [&](std::uint32_t other) { return hash(keys.at(other)); });
    keys.erase(id);
  }

  std::uint32_t first;
  std::map<std::uint32_t, std::uint32_t> keys;
  IdIndex index;
};

void come_and_go(Keys& keys) {
  std::mt19937 engine(3);
  for (unsigned round = 0; round < 5000; ++round) {
    auto key = static_cast<std::uint32_t>(engine() % 2000);
    auto id = keys.find(key);
    if (id == IdIndex::none)
      keys.add(key);
    else
      keys.remove(id);
  }
  for (std::uint32_t key = 0; key < 2000; ++key) {
    auto id = keys.find(key);
    auto known = std::find_if(keys.keys.begin(), keys.keys.end(), [&](auto& one) { return one.second == key; });
    CHECK((id == IdIndex::none) == (known == keys.keys.end()));
    if (known != keys.keys.end()) CHECK(id == known->first);
  }
}

}  // namespace

TEST_CASE("ids are found by their hash while others come and go") {
  Keys keys(0);
  come_and_go(keys);
}

TEST_CASE("ids of 24 bits and longer ones stand in one index") {
  Keys keys((1u << 24) - 1000);
  come_and_go(keys);
  CHECK(keys.first > 1u << 24);
}
