#pragma once
/// The record that the template function getBGPConfig returns (Calico v3.32 and later), and a little more for our own
/// templates.
#include "confgen/calico/keys.hpp"

namespace avocet::confgen {

/// The peers of the last time: one that is made of the same things is the same value again, so that what templates made
/// of it still holds.
struct PeerMemory {
  /// By object or key: a hash of what it was made of (64 bits; a thousand bytes each would be most of the memory), and
  /// the peer.
  using Made = std::map<std::string, std::pair<std::size_t, Value>>;
  struct OfVersion {
    std::string self;              ///< what all of them were made of
    std::uint64_t generation = 0;  ///< of `peers`
    Made made;
    Value peers;
  };
  OfVersion of_version[2];       ///< IPv4 and IPv6
  std::uint64_t generation = 1;  ///< to be another number whenever anything changed that peers are made of
  std::uint64_t others = 0;      ///< to be another number whenever that was anything but a Node
};

/// Where Calico's releases differ in what a field says. Templates do not tell their release; it shows in their text.
struct Expected {
  bool ttl_statements = false;   ///< v3.32: TTLSecurity is what follows "ttl security" in the file
  bool ipip_by_default = false;  ///< v3.32: BIRD programs the routes of IPIP pools unless told otherwise
};
Expected expected_by(std::string_view template_text);

/// The node's BGP configuration for IP version 4 or 6. `router_id` is what CALICO_ROUTER_ID says. Throws CallError if
/// this node has no keys.
Value bird_config(const KeyTree& tree, const Resources& resources, const std::string& node, int version,
                  const std::string& router_id, const Origins& origins = {}, Defects defects = Defects::mended,
                  PeerMemory* memory = nullptr, Expected expected = {});

/// An address made of a name: the first four bytes of its SHA-256, below the multicast range.
std::string hash_to_ipv4(const std::string& name);

}  // namespace avocet::confgen
