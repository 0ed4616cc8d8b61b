#pragma once
/// Settings of `protocol bfd`, and what a BGP session may ask for itself, as plain values with BIRD's names and
/// defaults.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bgpd/kernel/options.hpp"
#include "bgpd/rib/options.hpp"
#include "proto/bfd.hpp"
#include "proto/ip.hpp"

namespace avocet::bfd {

/// A password with its id on the wire and the times it holds, in seconds of the epoch (local time in the file).
struct Key {
  std::uint8_t id = 1;
  std::string secret;
  std::optional<std::int64_t> generate_from, generate_to, accept_from, accept_to;  ///< unset: no bound
  friend bool operator==(const Key&, const Key&) = default;
};

/// How one session is run. Intervals are microseconds, as on the wire.
struct SessionOptions {
  std::uint32_t min_rx = 10'000, min_tx = 100'000, idle_tx = 1'000'000;
  std::uint8_t multiplier = 5;
  bool passive = false;
  proto::BfdAuthentication authentication = proto::BfdAuthentication::none;
  std::vector<Key> keys;
  friend bool operator==(const SessionOptions&, const SessionOptions&) = default;
};

/// What whoever wants a session says of it; what is unset is as the protocol has it for the interface.
struct RequestOptions {
  bool graceful = false;  ///< of BGP: the neighbour's routes are kept as over a graceful restart
  std::optional<std::uint32_t> min_rx, min_tx, idle_tx;
  std::optional<std::uint8_t> multiplier;
  std::optional<bool> passive;
  std::optional<proto::BfdAuthentication> authentication;
  std::vector<Key> keys;
  friend bool operator==(const RequestOptions&, const RequestOptions&) = default;
};

/// `interface "eth*" { ... }`: the first list that matches the name counts.
struct InterfaceOptions {
  std::vector<kernel::InterfacePattern> patterns;
  SessionOptions session;
  friend bool operator==(const InterfaceOptions&, const InterfaceOptions&) = default;
};

/// `neighbor A [dev "if"] [local B] [multihop on]`: a session that nobody else has to want.
struct Neighbor {
  proto::Address address;
  std::string interface;  ///< "": where the address is on a link
  proto::Address local;   ///< unspecified: ours on that link
  bool multihop = false;
  friend bool operator==(const Neighbor&, const Neighbor&) = default;
};

struct BfdOptions {
  rib::ProtocolOptions protocol;
  std::vector<InterfaceOptions> interfaces;
  SessionOptions multihop;
  std::vector<Neighbor> neighbors;
  bool accept_ipv4 = true, accept_ipv6 = true, accept_direct = true, accept_multihop = true;
  bool strict_bind = false, zero_udp6_checksum_rx = false;
};

}  // namespace avocet::bfd
