#include "bgpd/bfd/authentication.hpp"

#include <limits>

namespace avocet::bfd {

using proto::BfdAuthentication;

void Authentication::configure(const SessionOptions& options) {
  if (options.authentication != type_) received_.reset();
  type_ = options.authentication;
  keys_ = options.keys;
}

/// The one that began last, as in BIRD: a new key takes over from an old one whose time still runs.
const Key* Authentication::sending_key(std::int64_t now) const {
  auto begin = [](const Key& key) { return key.generate_from.value_or(std::numeric_limits<std::int64_t>::min()); };
  const Key* best = nullptr;
  for (auto& key : keys_) {
    bool holds = begin(key) <= now && now < key.generate_to.value_or(std::numeric_limits<std::int64_t>::max());
    if (holds && (!best || begin(*best) < begin(key))) best = &key;
  }
  return best;
}

const Key* Authentication::receiving_key(std::uint8_t id, std::int64_t now) const {
  for (auto& key : keys_)
    if (key.id == id && key.accept_from.value_or(now) <= now && (!key.accept_to || now < *key.accept_to)) return &key;
  return nullptr;
}

std::optional<proto::BfdSigning> Authentication::sign(std::int64_t second, std::int64_t time_of_day) {
  if (type_ == BfdAuthentication::none) return proto::BfdSigning{};
  auto* key = sending_key(time_of_day);
  if (!key) return std::nullopt;
  if (proto::is_meticulous(type_) || std::exchange(sent_second_, second) != second) ++sent_;
  return proto::BfdSigning{type_, key->id, sent_, key->secret};
}

std::optional<proto::BfdError> Authentication::refuse(proto::Bytes bytes, const proto::BfdPacket& packet,
                                                      std::uint8_t multiplier, std::int64_t time_of_day) {
  auto type = packet.authentication ? packet.authentication->type : std::uint8_t{0};
  if (type != static_cast<std::uint8_t>(type_)) return proto::BfdError{"authentication method mismatch", type};
  if (type_ == BfdAuthentication::none) return std::nullopt;
  auto& section = *packet.authentication;
  auto* key = receiving_key(section.key_id, time_of_day);
  if (!key) return proto::BfdError{"no suitable password found", section.key_id};
  bool numbered = type_ != BfdAuthentication::simple;
  if (numbered && received_) {
    // Section 6.7.3: circular, at most three times the multiplier ahead.
    std::uint32_t ahead = section.sequence - *received_;
    if (ahead > 3u * multiplier || (ahead == 0 && proto::is_meticulous(type_)))
      return proto::BfdError{"wrong sequence number", section.sequence};
  }
  if (!proto::bfd_signature_fits(bytes, packet, key->secret))
    return proto::BfdError{numbered ? "wrong authentication code" : "wrong password", key->id};
  if (numbered) received_ = section.sequence;
  return std::nullopt;
}

}  // namespace avocet::bfd
