#pragma once
/// The far end of a session: takes a member's output, decodes it, and keeps what it was told.
#include <doctest/doctest.h>

#include <map>
#include <string>
#include <vector>

#include "bgpd/announce/group.hpp"
#include "bgpd/announce/update_group.hpp"
#include "proto/message.hpp"

namespace avocet::announce::test {

class Peer {
 public:
  std::map<proto::Nlri, std::vector<std::uint8_t>> routes;  ///< canonical attributes
  std::size_t updates = 0, announcements = 0, withdrawals = 0, end_of_ribs = 0;
  std::string markers;                ///< in order: E End-of-RIB, B and R begin and end of refresh, a announced, w withdrawn
  std::size_t chunks = 0;
  std::vector<proto::Nlri> heard;     ///< everything ever announced

  /// Takes about so many bytes; true if there was something.
  bool take(Member& member, std::size_t max_bytes) {
    std::vector<Chunk> out;
    if (!member.has_output()) return false;
    member.take(max_bytes, out);
    CHECK_FALSE(out.empty());
    for (auto& chunk : out) {
      auto bytes = proto::Bytes(*chunk.buffer).subspan(chunk.offset, chunk.length);
      while (!bytes.empty()) {
        auto header = proto::decode_header(bytes, member.options().extended_messages ? 65535 : 4096);
        REQUIRE(header);
        REQUIRE(header->length <= bytes.size());  // a chunk is whole messages
        hear(header->type, bytes.first(header->length).subspan(proto::header_size_bytes), member.options());
        bytes = bytes.subspan(header->length);
      }
    }
    chunks += out.size();
    return true;
  }
  void drain(Member& member) {
    while (take(member, 100'000)) {
    }
  }

 private:
  void hear(proto::MessageType type, proto::Bytes body, const ExportOptions& options) {
    if (type == proto::MessageType::route_refresh) {
      auto refresh = proto::decode_route_refresh(body);
      REQUIRE(refresh);
      markers += refresh->subtype == 1 ? 'B' : 'R';
      return;
    }
    REQUIRE(type == proto::MessageType::update);
    proto::Update update;
    auto decoded = proto::decode_update(body, reading_context(options), update);
    REQUIRE(decoded);
    CHECK(update.tolerated.empty());
    ++updates;
    if (update.end_of_rib_ipv4 || update.end_of_rib_ipv6) markers += 'E', ++end_of_ribs;
    if (!update.withdrawn.empty()) markers += 'w';
    if (!update.announced.empty()) markers += 'a';
    for (auto& nlri : update.withdrawn) routes.erase(nlri), ++withdrawals;
    auto bytes = update.attributes.view().bytes();
    for (auto& nlri : update.announced) {
      routes[nlri].assign(bytes.begin(), bytes.end());
      heard.push_back(nlri);
      ++announcements;
    }
  }
};

}  // namespace avocet::announce::test
