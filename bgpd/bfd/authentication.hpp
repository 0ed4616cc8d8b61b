#pragma once
/// Authentication of one session's packets, RFC 5880 section 6.7: keys in their times, sequence numbers both ways.
#include <cstdint>
#include <optional>

#include "bgpd/bfd/options.hpp"
#include "proto/bfd.hpp"

namespace avocet::bfd {

class Authentication {
 public:
  explicit Authentication(std::uint32_t first_sequence) : sent_(first_sequence) {}
  void configure(const SessionOptions& options);

  /// How the next packet is signed; nothing if it should be but no key holds now. `second`: of any clock; the sequence
  /// number of what is not meticulous goes on with it. Points into our options.
  std::optional<proto::BfdSigning> sign(std::int64_t second, std::int64_t time_of_day);
  /// Why a packet is refused; nothing if it is authentic. `bytes` are those it was decoded from.
  std::optional<proto::BfdError> refuse(proto::Bytes bytes, const proto::BfdPacket& packet, std::uint8_t multiplier,
                                        std::int64_t time_of_day);
  /// The neighbour was silent and may begin anew.
  void forget_sequence() { received_.reset(); }

  proto::BfdAuthentication type() const { return type_; }
  std::uint32_t sent() const { return sent_; }
  std::optional<std::uint32_t> received() const { return received_; }

 private:
  const Key* sending_key(std::int64_t now) const;
  const Key* receiving_key(std::uint8_t id, std::int64_t now) const;

  proto::BfdAuthentication type_ = proto::BfdAuthentication::none;
  std::vector<Key> keys_;
  std::uint32_t sent_;
  std::int64_t sent_second_ = -1;
  std::optional<std::uint32_t> received_;
};

}  // namespace avocet::bfd
