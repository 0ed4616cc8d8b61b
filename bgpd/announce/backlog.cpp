#include "bgpd/announce/backlog.hpp"

#include <algorithm>

namespace avocet::announce {
namespace {

constexpr std::size_t block_bytes = 65536;  // small flushes share a block, so a reader of many needs few iovecs

std::size_t message_bytes(const std::uint8_t* message) { return std::size_t{message[16]} << 8 | message[17]; }

/// The end of the message that passes `from + about`, at most `limit`; `from` is the start of a message.
std::size_t message_end(const std::vector<std::uint8_t>& bytes, std::size_t from, std::size_t about,
                        std::size_t limit) {
  if (limit - from <= about) return limit;
  auto at = from;
  while (at < limit && at - from < about) at += message_bytes(bytes.data() + at);
  return std::min(at, limit);
}

void visit_messages(proto::Bytes bytes, const std::function<void(proto::Bytes)>& visit) {
  while (!bytes.empty()) {
    auto length = message_bytes(bytes.data());
    visit(bytes.first(length));
    bytes = bytes.subspan(length);
  }
}

}  // namespace

/// Bytes are only ever added within the reserved capacity, so spans handed out stay valid.
struct Backlog::Block {
  struct Gap {
    std::size_t at, length, instead_at, instead_length;
    std::shared_ptr<const std::vector<std::uint8_t>> instead;
  };
  std::shared_ptr<std::vector<std::uint8_t>> bytes;
  std::unordered_map<std::uint16_t, std::vector<Gap>> gaps;  ///< by reader, ascending
  std::shared_ptr<Block> next;
  std::uint64_t number = 0;
  std::shared_ptr<std::size_t> held;  ///< the backlog's account
  std::size_t accounted = 0;

  ~Block() { *held -= accounted; }
  std::size_t size() const { return bytes ? bytes->size() : 0; }
  /// The first gap of a reader at or behind an offset.
  const Gap* gap_from(std::uint16_t reader, std::size_t offset) const {
    auto found = gaps.find(reader);
    if (found == gaps.end()) return nullptr;
    auto gap = std::lower_bound(found->second.begin(), found->second.end(), offset,
                                [](const Gap& g, std::size_t at) { return g.at < at; });
    return gap == found->second.end() ? nullptr : &*gap;
  }
};

Backlog::Backlog() : held_bytes_(std::make_shared<std::size_t>(0)), tail_(std::make_shared<Block>()) {
  tail_->held = held_bytes_;
}
Backlog::~Backlog() = default;

void Backlog::append(Parcel parcel) {
  if (parcel.empty()) return;
  auto extend = [this] {
    auto next = std::make_shared<Block>();
    next->number = tail_->number + 1;
    next->held = held_bytes_;
    tail_->next = next;
    tail_ = next;
  };
  if (tail_->bytes && tail_->bytes->size() + parcel.bytes.size() > tail_->bytes->capacity()) extend();
  auto base = tail_->size();
  auto added = parcel.bytes.size() + parcel.instead.size();
  if (tail_->bytes) {
    tail_->bytes->insert(tail_->bytes->end(), parcel.bytes.begin(), parcel.bytes.end());
  } else if (parcel.bytes.size() >= block_bytes) {
    tail_->bytes = std::make_shared<std::vector<std::uint8_t>>(std::move(parcel.bytes));
  } else {
    tail_->bytes = std::make_shared<std::vector<std::uint8_t>>();
    tail_->bytes->reserve(block_bytes);
    tail_->bytes->assign(parcel.bytes.begin(), parcel.bytes.end());
  }
  std::shared_ptr<const std::vector<std::uint8_t>> instead;
  if (!parcel.instead.empty()) instead = std::make_shared<std::vector<std::uint8_t>>(std::move(parcel.instead));
  for (auto& aside : parcel.asides)
    tail_->gaps[aside.reader].push_back({base + aside.at, aside.length, aside.instead_at, aside.instead_length,
                                         aside.instead_length ? instead : nullptr});
  tail_->accounted += added;
  *held_bytes_ += added;
  if (tail_->size() >= block_bytes) extend();  // so that readers who took it all let go of it
}

Backlog::Position Backlog::end() const { return {tail_, tail_->size()}; }

bool Backlog::pending(Position& at, std::uint16_t reader) {
  while (at) {
    auto gap = at.block->gap_from(reader, at.offset);
    if (gap && gap->at == at.offset) {
      if (gap->instead_length) return true;
      at.offset += gap->length;
    } else if (at.offset < at.block->size()) {
      return true;
    } else if (at.block->next) {
      at = {at.block->next, 0};
    } else {
      return false;
    }
  }
  return false;
}

std::size_t Backlog::read(Position& at, std::uint16_t reader, std::size_t max_bytes, std::vector<Chunk>& out) {
  std::size_t taken = 0;
  while (taken < max_bytes && pending(at, reader)) {
    auto& block = *at.block;
    auto gap = block.gap_from(reader, at.offset);
    if (gap && gap->at == at.offset) {
      out.push_back({gap->instead, gap->instead_at, gap->instead_length});
      at.offset += gap->length;
    } else {
      auto end = message_end(*block.bytes, at.offset, max_bytes - taken, gap ? gap->at : block.size());
      out.push_back({block.bytes, at.offset, end - at.offset});
      at.offset = end;
    }
    taken += out.back().length;
  }
  return taken;
}

void Backlog::for_messages(const Position& from, const std::function<void(proto::Bytes)>& visit) {
  auto offset = from.offset;
  for (auto block = from.block; block; block = block->next, offset = 0) {
    if (block->bytes) visit_messages(proto::Bytes(*block->bytes).subspan(offset), visit);
    for (auto& [reader, gaps] : block->gaps)
      for (auto& gap : gaps)
        if (gap.instead && gap.at >= offset)
          visit_messages(proto::Bytes(*gap.instead).subspan(gap.instead_at, gap.instead_length), visit);
  }
}

std::uint64_t Backlog::number(const Position& at) { return at.block ? at.block->number : 0; }

bool Backlog::concerns(const Position& from, std::uint16_t reader) {
  auto offset = from.offset;
  for (auto block = from.block; block; block = block->next, offset = 0)
    if (block->gap_from(reader, offset)) return true;
  return false;
}

}  // namespace avocet::announce
