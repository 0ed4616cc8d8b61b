#pragma once
/// Encoded messages in order, shared by all readers: a list of blocks that lives as long as a reader stands in or
/// before it. A reader is named by its source id; ranges of a block that one reader must not get are listed beside the
/// bytes.
#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

#include "bgpd/announce/group.hpp"

namespace avocet::announce {

/// For one reader a range of the bytes is left out, and something else (or nothing) is sent in its place.
struct Aside {
  std::uint16_t reader = 0;
  std::size_t at = 0, length = 0;
  std::size_t instead_at = 0, instead_length = 0;  ///< in Parcel::instead
};

/// Whole messages that are appended at once. Asides of one reader are in ascending order and do not overlap.
struct Parcel {
  std::vector<std::uint8_t> bytes;
  std::vector<std::uint8_t> instead;
  std::vector<Aside> asides;
  bool empty() const { return bytes.empty(); }
};

class Backlog {
  struct Block;

 public:
  /// Where a reader goes on. Keeps everything from there on alive; a default one keeps nothing.
  struct Position {
    std::shared_ptr<const Block> block;
    std::size_t offset = 0;
    explicit operator bool() const { return block != nullptr; }
  };

  Backlog();
  Backlog(const Backlog&) = delete;
  ~Backlog();

  void append(Parcel parcel);
  Position end() const;
  /// Whether there is something to read for this reader; steps over what it must not get.
  static bool pending(Position& at, std::uint16_t reader);
  /// Appends chunks of whole messages, about `max_bytes` in all, and moves on. Returns the bytes appended.
  static std::size_t read(Position& at, std::uint16_t reader, std::size_t max_bytes, std::vector<Chunk>& out);
  /// Calls visit(bytes of one message with header) for all messages from a position on, asides included.
  static void for_messages(const Position& from, const std::function<void(proto::Bytes)>& visit);
  /// Grows with the log; several parcels may share a number.
  static std::uint64_t number(const Position& at);
  /// A position's place in the order of all positions of one backlog; keeps nothing alive.
  using Mark = std::pair<std::uint64_t, std::size_t>;
  static Mark mark(const Position& at) { return {number(at), at.offset}; }
  /// Whether something that one reader must not get was appended after a position.
  static bool concerns(const Position& from, std::uint16_t reader);

  /// Bytes still held for some reader (the block being filled included).
  std::size_t held_bytes() const { return *held_bytes_; }

 private:
  std::shared_ptr<std::size_t> held_bytes_;  ///< blocks may outlive the backlog
  std::shared_ptr<Block> tail_;
};

}  // namespace avocet::announce
