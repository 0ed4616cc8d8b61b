#pragma once
/// Nets of Ethernets, of their VPNs (RFC 7432) and of neighbours: what stands in the bytes beside such a net.
#include <array>
#include <optional>
#include <string>
#include <vector>

#include "bgpd/filter/value.hpp"

namespace avocet::filter {

/// Route types of RFC 7432 section 7 that the language has names for; the values behind NET_EVPN_*.
enum class EvpnType : std::uint8_t { auto_discovery = 1, mac, multicast, segment };

/// An EVPN's net in parts; which of them mean something depends on the type.
struct EvpnNet {
  EvpnType type = EvpnType::mac;
  std::uint64_t rd = 0;
  std::uint32_t tag = 0;                   ///< of Ethernet; `segment` has none
  std::array<std::uint8_t, 10> segment{};  ///< its identifier, of `auto_discovery` and `segment`
  std::uint64_t mac = 0;                   ///< 48 bits
  std::optional<proto::Address> address;   ///< of the host behind `mac`, or of the router
};
std::vector<std::uint8_t> evpn_bytes(const EvpnNet& net);
EvpnNet evpn_net(proto::Bytes bytes);
/// Where the segment's identifier stands in the bytes.
proto::Bytes evpn_segment(proto::Bytes bytes);

/// `vlan` 0 is none.
std::array<std::uint8_t, 8> ethernet_bytes(std::uint64_t mac, std::uint16_t vlan);
std::array<std::uint8_t, 4> neighbor_bytes(std::uint32_t interface);

/// "12:3f:c9:48:9c:9b"
std::string mac_text(std::uint64_t mac);
/// Of a net of one of these kinds, as `print` writes it.
std::string overlay_text(const Value& net);

}  // namespace avocet::filter
