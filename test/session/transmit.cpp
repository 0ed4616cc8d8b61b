#include "bgpd/session/transmit.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>

using namespace avocet;
using session::Transmit;

namespace {

/// UPDATEs of these lengths, each filled with its own letter.
std::vector<std::uint8_t> updates(std::initializer_list<std::size_t> lengths, char letter = 'a') {
  std::vector<std::uint8_t> out;
  for (auto length : lengths) {
    std::vector<std::uint8_t> one(length, static_cast<std::uint8_t>(letter++));
    one[16] = static_cast<std::uint8_t>(length >> 8);
    one[17] = static_cast<std::uint8_t>(length);
    out.insert(out.end(), one.begin(), one.end());
  }
  return out;
}

void add(Transmit& transmit, std::vector<std::uint8_t> bytes) {
  auto size = bytes.size();
  std::vector<announce::Chunk> chunks{{std::make_shared<const std::vector<std::uint8_t>>(std::move(bytes)), 0, size}};
  transmit.routes(chunks);
}

/// What would be written with no limit.
std::vector<std::uint8_t> waiting(const Transmit& transmit) {
  std::array<iovec, 16> pieces;
  std::vector<std::uint8_t> out;
  auto count = transmit.gather(pieces);
  for (std::size_t i = 0; i < count; ++i) {
    auto* bytes = static_cast<const std::uint8_t*>(pieces[i].iov_base);
    out.insert(out.end(), bytes, bytes + pieces[i].iov_len);
  }
  return out;
}

std::vector<std::uint8_t> joined(std::vector<std::uint8_t> a, const std::vector<std::uint8_t>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

}  // namespace

TEST_CASE("a keepalive goes before routes that were not begun") {
  Transmit transmit;
  auto routes = updates({30, 40});
  std::vector<std::uint8_t> keepalive(19, 'K');
  add(transmit, routes);
  transmit.control(keepalive);
  CHECK(waiting(transmit) == joined(keepalive, routes));
}

TEST_CASE("a message written in part is finished before a keepalive, at every possible cut") {
  auto routes = updates({30, 40, 25});
  std::vector<std::uint8_t> keepalive(19, 'K');
  std::size_t ends[] = {0, 30, 70, 95};
  for (std::size_t cut = 1; cut < routes.size(); ++cut) {
    CAPTURE(cut);
    Transmit transmit;
    add(transmit, routes);
    transmit.sent(cut);
    transmit.control(keepalive);
    auto end = *std::lower_bound(std::begin(ends), std::end(ends), cut);
    std::vector<std::uint8_t> rest(routes.begin() + static_cast<std::ptrdiff_t>(cut), routes.begin() + static_cast<std::ptrdiff_t>(end));
    std::vector<std::uint8_t> tail(routes.begin() + static_cast<std::ptrdiff_t>(end), routes.end());
    CHECK(waiting(transmit) == joined(joined(rest, keepalive), tail));
  }
}

TEST_CASE("everything is written once, however the kernel cuts it") {
  for (std::size_t step = 1; step < 60; ++step) {
    CAPTURE(step);
    Transmit transmit;
    auto first = updates({30, 40}), second = updates({23, 64}, 'm');
    add(transmit, first);
    add(transmit, second);
    transmit.control(std::vector<std::uint8_t>(19, 'K'));
    std::vector<std::uint8_t> written;
    std::size_t finished = 0;
    while (!transmit.empty()) {
      auto next = waiting(transmit);
      auto took = std::min(step, next.size());
      written.insert(written.end(), next.begin(), next.begin() + static_cast<std::ptrdiff_t>(took));
      finished += transmit.sent(took);
    }
    CHECK(written == joined(std::vector<std::uint8_t>(19, 'K'), joined(first, second)));
    CHECK(finished == 4);
  }
}

TEST_CASE("dropping routes keeps the rest of the message that was begun, so that a NOTIFICATION can follow") {
  Transmit transmit;
  auto routes = updates({30, 40});
  add(transmit, routes);
  transmit.sent(35);
  transmit.drop_routes();
  std::vector<std::uint8_t> notification(21, 'N');
  transmit.control(notification);
  CHECK(waiting(transmit) == joined({routes.begin() + 35, routes.end()}, notification));

  Transmit fresh;
  add(fresh, routes);
  fresh.drop_routes();
  CHECK(fresh.empty());
}
