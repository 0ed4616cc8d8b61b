#include "bgpd/announce/backlog.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace avocet;
using namespace avocet::announce;

namespace {

/// A message of a given length whose body repeats one letter.
std::vector<std::uint8_t> message(char letter, std::size_t length = 23) {
  std::vector<std::uint8_t> bytes(length, static_cast<std::uint8_t>(letter));
  std::fill_n(bytes.begin(), 16, 0xff);
  bytes[16] = static_cast<std::uint8_t>(length >> 8);
  bytes[17] = static_cast<std::uint8_t>(length);
  return bytes;
}
std::vector<std::uint8_t> messages(const std::string& letters) {
  std::vector<std::uint8_t> result;
  for (char letter : letters) {
    auto one = message(letter);
    result.insert(result.end(), one.begin(), one.end());
  }
  return result;
}
/// The letters that a reader gets.
std::string read_all(Backlog::Position& at, std::uint16_t reader, std::size_t step = 1'000'000) {
  std::string result;
  std::vector<Chunk> out;
  while (Backlog::pending(at, reader)) {
    out.clear();
    REQUIRE(Backlog::read(at, reader, step, out) > 0);
    for (auto& chunk : out)
      for (std::size_t i = 0; i < chunk.length; i += 23) result += static_cast<char>((*chunk.buffer)[chunk.offset + i + 20]);
  }
  return result;
}

}  // namespace

TEST_CASE("readers get what was appended after their position, in order") {
  Backlog log;
  auto early = log.end();
  log.append({messages("ab"), {}, {}});
  auto late = log.end();
  log.append({messages("c"), {}, {}});
  CHECK(read_all(early, 1) == "abc");
  CHECK(read_all(late, 1) == "c");
  CHECK_FALSE(Backlog::pending(early, 1));
  log.append({messages("d"), {}, {}});
  CHECK(read_all(early, 1) == "d");
}

TEST_CASE("one reader gets something else in the place of a range") {
  Backlog log;
  auto mine = log.end(), other = log.end();
  log.append({messages("abcd"), messages("X"), {{5, 23, 46, 0, 23}}});
  CHECK(read_all(mine, 5) == "aXd");
  CHECK(read_all(other, 6) == "abcd");
}

TEST_CASE("nothing is pending for a reader when all that follows is left out for it") {
  Backlog log;
  auto at = log.end();
  log.append({messages("ab"), {}, {{5, 0, 46, 0, 0}}});
  CHECK_FALSE(Backlog::pending(at, 5));
  log.append({messages("c"), {}, {}});
  CHECK(read_all(at, 5) == "c");
}

TEST_CASE("reading little by little ends at messages and gives the same") {
  Backlog log;
  auto at = log.end();
  log.append({messages("abcdefgh"), messages("XY"), {{5, 46, 23, 0, 46}}});
  CHECK(read_all(at, 5, 1) == "abXYdefgh");
}

TEST_CASE("bytes are shared, and small parcels are read as one chunk") {
  Backlog log;
  auto one = log.end(), two = log.end();
  for (int i = 0; i < 100; ++i) log.append({messages("ab"), {}, {}});
  std::vector<Chunk> first, second;
  Backlog::read(one, 1, 1'000'000, first);
  Backlog::read(two, 2, 1'000'000, second);
  REQUIRE(first.size() == 1);
  CHECK(first[0].length == 100 * 46);
  CHECK(second[0].buffer == first[0].buffer);
}

TEST_CASE("what all readers have taken is not held") {
  Backlog log;
  auto fast = log.end(), slow = log.end();
  for (int i = 0; i < 100; ++i) log.append({message('a', 4096), {}, {}});
  std::vector<Chunk> out;
  Backlog::read(fast, 1, 10'000'000, out);
  CHECK(log.held_bytes() == 100 * 4096);
  slow = {};
  CHECK(log.held_bytes() <= 65536);
}
