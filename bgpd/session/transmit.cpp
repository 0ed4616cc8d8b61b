#include "bgpd/session/transmit.hpp"

#include <algorithm>

namespace avocet::session {

namespace {

const std::uint8_t* data(const announce::Chunk& chunk) { return chunk.buffer->data() + chunk.offset; }

std::size_t message_length(const announce::Chunk& chunk) {
  return static_cast<std::size_t>(data(chunk)[16]) << 8 | data(chunk)[17];
}

iovec piece(const std::uint8_t* bytes, std::size_t length) { return {const_cast<std::uint8_t*>(bytes), length}; }

}  // namespace

void Transmit::control(std::span<const std::uint8_t> message) {
  control_.insert(control_.end(), message.begin(), message.end());
}

void Transmit::routes(std::vector<announce::Chunk>& chunks) {
  if (first_ == routes_.size()) routes_.clear(), first_ = 0;
  for (auto& chunk : chunks)
    if (chunk.length) routes_.push_back(std::move(chunk));
  chunks.clear();
}

void Transmit::drop_routes() {
  if (begun_ == 0) {
    routes_.clear();
    first_ = 0;
    return;
  }
  routes_.resize(first_ + 1);
  routes_[first_].length = begun_;
}

std::size_t Transmit::gather(std::span<iovec> out) const {
  std::size_t count = 0;
  auto add = [&](const std::uint8_t* bytes, std::size_t length) {
    if (length && count < out.size()) out[count++] = piece(bytes, length);
  };
  // A message that was begun comes first, whichever kind it is.
  if (begun_) add(data(routes_[first_]), begun_);
  add(control_.data() + control_sent_, control_.size() - control_sent_);
  for (auto i = first_; i < routes_.size() && count < out.size(); ++i) {
    auto skip = i == first_ ? begun_ : 0;
    add(data(routes_[i]) + skip, routes_[i].length - skip);
  }
  return count;
}

std::size_t Transmit::sent(std::size_t bytes) {
  std::size_t updates = 0;
  if (begun_) {
    auto part = std::min(bytes, begun_);
    sent_routes(part, updates);
    bytes -= part;
  }
  auto part = std::min(bytes, control_.size() - control_sent_);
  control_sent_ += part;
  bytes -= part;
  if (control_sent_ == control_.size()) control_ = {}, control_sent_ = 0;
  sent_routes(bytes, updates);
  return updates;
}

void Transmit::sent_routes(std::size_t bytes, std::size_t& updates) {
  while (bytes) {
    auto& chunk = routes_[first_];
    if (begun_ == 0) begun_ = message_length(chunk);
    auto step = std::min(bytes, begun_);
    chunk.offset += step;
    chunk.length -= step;
    begun_ -= step;
    bytes -= step;
    updates += begun_ == 0;
    if (chunk.length == 0) {
      chunk = {};
      ++first_;
    }
  }
  if (first_ == routes_.size()) routes_.clear(), first_ = 0;
}

}  // namespace avocet::session
