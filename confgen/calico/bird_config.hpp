#pragma once
/// The record that the template function getBGPConfig returns (Calico v3.32 and later), and a little more for our own
/// templates.
#include "confgen/calico/keys.hpp"

namespace avocet::confgen {

/// The node's BGP configuration for IP version 4 or 6. `router_id` is what CALICO_ROUTER_ID says. Throws CallError if
/// this node has no keys.
Value bird_config(const KeyTree& tree, const Resources& resources, const std::string& node, int version,
                  const std::string& router_id, const Origins& origins = {}, Defects defects = Defects::mended);

/// An address made of a name: the first four bytes of its SHA-256, below the multicast range.
std::string hash_to_ipv4(const std::string& name);

}  // namespace avocet::confgen
