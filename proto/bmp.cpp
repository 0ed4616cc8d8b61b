#include "proto/bmp.hpp"

#include <algorithm>

#include "proto/writer.hpp"

namespace avocet::proto {
namespace {

enum class Type : std::uint8_t { route_monitoring = 0, peer_down = 2, peer_up = 3, initiation = 4, termination = 5 };

/// The common header, section 4.1; returns where the message starts.
std::size_t begin(Writer& writer, Type type) {
  constexpr unsigned version = 3;
  auto start = writer.position();
  writer.u8(version);
  writer.u32(0);
  writer.u8(static_cast<unsigned>(type));
  return start;
}

void end(Writer& writer, std::size_t start) {
  auto length = writer.position() - start;
  writer.patch_u16(start + 1, length >> 16);
  writer.patch_u16(start + 3, length & 0xffff);
}

/// 16 octets; an IPv4 address stands in the last four.
void put_address(Writer& writer, const Address& address) {
  bool v4 = address.is_v4();
  writer.u32(v4 ? 0 : static_cast<std::uint32_t>(address.high >> 32));
  writer.u32(v4 ? 0 : static_cast<std::uint32_t>(address.high));
  writer.u32(v4 ? 0 : static_cast<std::uint32_t>(address.low >> 32));
  writer.u32(static_cast<std::uint32_t>(address.low));
}

void put_text(Writer& writer, unsigned type, std::string_view text) {
  text = text.substr(0, 0xffff);
  writer.u16(type);
  writer.u16(static_cast<unsigned>(text.size()));
  for (char letter : text) writer.u8(static_cast<std::uint8_t>(letter));
}

/// The per-peer header, section 4.2.
void put_peer(Writer& writer, const BmpPeer& peer, bool post_policy, std::uint64_t microseconds) {
  constexpr unsigned global_instance = 0, ipv6 = 0x80, after_policy = 0x40;
  constexpr std::uint64_t per_second = 1000000;
  writer.u8(global_instance);
  writer.u8((peer.address.is_v4() ? 0 : ipv6) | (post_policy ? after_policy : 0));
  writer.u32(0);
  writer.u32(0);
  put_address(writer, peer.address);
  writer.u32(peer.asn);
  writer.u32(peer.router_id);
  writer.u32(static_cast<std::uint32_t>(microseconds / per_second));
  writer.u32(static_cast<std::uint32_t>(microseconds % per_second));
}

}  // namespace

void encode_bmp_initiation(std::string_view system_description, std::string_view system_name,
                           std::vector<std::uint8_t>& out) {
  constexpr unsigned sys_descr = 1, sys_name = 2;
  Writer writer(out);
  auto start = begin(writer, Type::initiation);
  put_text(writer, sys_descr, system_description);
  put_text(writer, sys_name, system_name);
  end(writer, start);
}

void encode_bmp_termination(BmpTermination reason, std::vector<std::uint8_t>& out) {
  constexpr unsigned reason_code = 1;
  Writer writer(out);
  auto start = begin(writer, Type::termination);
  writer.u16(reason_code);
  writer.u16(2);
  writer.u16(static_cast<unsigned>(reason));
  end(writer, start);
}

void encode_bmp_peer_up(const BmpPeer& peer, const BmpPeerUp& up, std::vector<std::uint8_t>& out) {
  Writer writer(out);
  auto start = begin(writer, Type::peer_up);
  put_peer(writer, peer, false, 0);
  put_address(writer, up.local);
  writer.u16(up.local_port);
  writer.u16(up.peer_port);
  writer.bytes(up.sent_open);
  writer.bytes(up.received_open);
  end(writer, start);
}

void encode_bmp_peer_down(const BmpPeer& peer, BmpDown reason, Bytes notification, std::vector<std::uint8_t>& out) {
  Writer writer(out);
  auto start = begin(writer, Type::peer_down);
  put_peer(writer, peer, false, 0);
  writer.u8(static_cast<unsigned>(reason));
  if (reason == BmpDown::we_closed) writer.u16(0);  // no event of RFC 4271's state machine says it better
  if (reason == BmpDown::we_notified || reason == BmpDown::peer_notified) writer.bytes(notification);
  end(writer, start);
}

void encode_bmp_route_monitoring(const BmpPeer& peer, bool post_policy, std::uint64_t microseconds, Bytes update,
                                 std::vector<std::uint8_t>& out) {
  Writer writer(out);
  auto start = begin(writer, Type::route_monitoring);
  put_peer(writer, peer, post_policy, microseconds);
  writer.bytes(update);
  end(writer, start);
}

}  // namespace avocet::proto
