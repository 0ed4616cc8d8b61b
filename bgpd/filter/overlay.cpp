#include "bgpd/filter/overlay.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace avocet::filter {
namespace {

// Every EVPN net is written alike: type, distinguisher, tag, segment, MAC, bytes of the address, the address.
constexpr std::size_t rd_at = 1, tag_at = 9, segment_at = 13, segment_bytes = 10, mac_at = 23, address_size_at = 29,
                      address_at = 30, evpn_size = 46;

void put(std::uint8_t* at, std::uint64_t number, std::size_t bytes) {
  for (std::size_t i = 0; i < bytes; ++i) at[i] = static_cast<std::uint8_t>(number >> 8 * (bytes - 1 - i));
}
std::uint64_t number_in(proto::Bytes bytes, std::size_t from, std::size_t count) {
  std::uint64_t number = 0;
  for (auto byte : bytes.subspan(from, count)) number = number << 8 | byte;
  return number;
}

std::string bytes_text(proto::Bytes bytes) {
  std::string out;
  for (auto byte : bytes) out += fmt::format("{}{:02x}", out.empty() ? "" : ":", byte);
  return out;
}

std::string evpn_text(proto::Bytes bytes) {
  auto net = evpn_net(bytes);
  auto rd = rd_text(net.rd), segment = bytes_text(net.segment), address = net.address ? net.address->text() : "*";
  switch (net.type) {
    case EvpnType::auto_discovery: return fmt::format("evpn ead {} {} {}", rd, net.tag, segment);
    case EvpnType::mac: return fmt::format("evpn mac {} {} {} {}", rd, net.tag, mac_text(net.mac), address);
    case EvpnType::multicast: return fmt::format("evpn imet {} {} {}", rd, net.tag, address);
    case EvpnType::segment: return fmt::format("evpn es {} {} {}", rd, segment, address);
  }
  return "";
}

}  // namespace

std::vector<std::uint8_t> evpn_bytes(const EvpnNet& net) {
  std::vector<std::uint8_t> bytes(evpn_size);
  bytes[0] = static_cast<std::uint8_t>(net.type);
  put(&bytes[rd_at], net.rd, 8);
  put(&bytes[tag_at], net.tag, 4);
  std::copy(net.segment.begin(), net.segment.end(), &bytes[segment_at]);
  put(&bytes[mac_at], net.mac, 6);
  if (net.address)
    bytes[address_size_at] =
        static_cast<std::uint8_t>(net.address->to_bytes(std::span(bytes).subspan<address_at, 16>()));
  return bytes;
}

EvpnNet evpn_net(proto::Bytes bytes) {
  EvpnNet net;
  net.type = static_cast<EvpnType>(bytes[0]);
  net.rd = number_in(bytes, rd_at, 8);
  net.tag = static_cast<std::uint32_t>(number_in(bytes, tag_at, 4));
  auto segment = evpn_segment(bytes);
  std::copy(segment.begin(), segment.end(), net.segment.begin());
  net.mac = number_in(bytes, mac_at, 6);
  if (auto size = bytes[address_size_at]) net.address = proto::Address::from_bytes(bytes.subspan(address_at, size));
  return net;
}

proto::Bytes evpn_segment(proto::Bytes bytes) { return bytes.subspan(segment_at, segment_bytes); }

std::array<std::uint8_t, 8> ethernet_bytes(std::uint64_t mac, std::uint16_t vlan) {
  std::array<std::uint8_t, 8> bytes{};
  put(bytes.data(), mac, 6);
  put(&bytes[6], vlan, 2);
  return bytes;
}

std::array<std::uint8_t, 4> neighbor_bytes(std::uint32_t interface) {
  std::array<std::uint8_t, 4> bytes{};
  put(bytes.data(), interface, 4);
  return bytes;
}

std::string mac_text(std::uint64_t mac) {
  std::array<std::uint8_t, 6> bytes{};
  put(bytes.data(), mac, 6);
  return bytes_text(bytes);
}

std::string overlay_text(const Value& net) {
  switch (net.kind) {
    case NetKind::mpls:
    case NetKind::aspa: return std::to_string(net.u32());
    case NetKind::ethernet: {
      auto vlan = net_number(net, 6, 2);
      return mac_text(net_number(net, 0, 6)) + (vlan ? fmt::format(" vlan {}", vlan) : "");
    }
    case NetKind::neighbor: return fmt::format("{}%{}", net.address().text(), net_number(net, 0, 4));
    default: return evpn_text(net.bytes());
  }
}

}  // namespace avocet::filter
