#include "bgpd/announce/path_numbers.hpp"

#include <doctest/doctest.h>

#include <set>

using avocet::announce::PathNumbers;

TEST_CASE("RFC 7911: a path keeps its number while it is told, and no two paths share one") {
  PathNumbers numbers;
  auto plain = numbers.acquire(7, 0), other = numbers.acquire(8, 0);
  auto first = numbers.acquire(7, 1), wide = numbers.acquire(7, 0x10001), elsewhere = numbers.acquire(8, 1);
  CHECK(std::set{plain, other, first, wide, elsewhere}.size() == 5);
  CHECK(numbers.acquire(7, 1) == first);
  CHECK(numbers.acquire(7, 0) == plain);
}

TEST_CASE("numbers of paths that nobody tells any more are forgotten") {
  PathNumbers numbers;
  auto number = numbers.acquire(7, 1);
  numbers.acquire(7, 1);
  numbers.release(number);
  CHECK(numbers.count() == 1);
  numbers.release(number);
  CHECK(numbers.count() == 0);
}
