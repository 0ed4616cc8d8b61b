#include "proto/mrt.hpp"

#include <algorithm>
#include <array>

#include "proto/as_path.hpp"
#include "proto/nlri.hpp"
#include "proto/path_attributes.hpp"

namespace avocet::proto {
namespace {

constexpr unsigned table_dump_v2 = 13, bgp4mp = 16;
constexpr unsigned peer_index_table = 1, rib_ipv4_unicast = 2, rib_ipv6_unicast = 4, rib_ipv4_add_path = 8,
                   rib_ipv6_add_path = 10;
constexpr unsigned message_as2 = 1, message_as4 = 4, state_change_as4 = 5, message_as2_add_path = 8,
                   message_as4_add_path = 9;
constexpr std::size_t header_bytes = 12;
constexpr std::size_t most = 0xffff;  // of everything that is counted in two octets

/// The common header, section 2. Returns where the record starts.
std::size_t begin(Writer& writer, std::uint32_t seconds, unsigned type, unsigned subtype) {
  auto start = writer.position();
  writer.u32(seconds);
  writer.u16(type);
  writer.u16(subtype);
  writer.u32(0);
  return start;
}

void end(Writer& writer, std::size_t start) {
  auto length = writer.position() - start - header_bytes;
  writer.patch_u16(start + 8, length >> 16);
  writer.patch_u16(start + 10, length & most);
}

void put_address(Writer& writer, const Address& address, Family family) {
  if (family == Family::ipv4) return writer.u32(address.is_v4() ? address.v4_bits() : 0);
  for (auto half : {address.high, address.low}) {
    writer.u32(static_cast<std::uint32_t>(half >> 32));
    writer.u32(static_cast<std::uint32_t>(half));
  }
}

std::size_t begin_bgp4mp(Writer& writer, std::uint32_t seconds, unsigned subtype, const MrtSession& session, bool as4) {
  auto start = begin(writer, seconds, bgp4mp, subtype);
  for (auto asn : {session.peer_as, session.local_as}) {
    as4 ? writer.u32(asn) : writer.u16(asn > most ? as_trans : asn);
  }
  writer.u16(session.interface_index > most ? 0 : session.interface_index);
  writer.u16(static_cast<unsigned>(session.family));
  put_address(writer, session.peer, session.family);
  put_address(writer, session.local, session.family);
  return start;
}

/// MP_REACH_NLRI of a table dump holds the next hop and its length only, section 4.3.4.
void put_short_mp_reach(Writer& writer, Bytes next_hop, Family family) {
  std::vector<std::uint8_t> value;
  Writer inside(value);
  bool mapped = family == Family::ipv6 && next_hop.size() == 4;  // a filter may say so
  inside.u8(mapped ? 16 : static_cast<unsigned>(next_hop.size()));
  if (mapped)
    put_address(inside, Address::from_bytes(next_hop), family);
  else
    inside.bytes(next_hop);
  put_attribute(writer, flag::optional, code_of(AttributeCode::mp_reach), value);
}

}  // namespace

void encode_mrt_peer_index(std::uint32_t seconds, std::uint32_t collector_id, std::string_view view,
                           std::span<const MrtPeer> peers, std::vector<std::uint8_t>& out) {
  Writer writer(out);
  auto start = begin(writer, seconds, table_dump_v2, peer_index_table);
  writer.u32(collector_id);
  view = view.substr(0, most);
  writer.u16(static_cast<unsigned>(view.size()));
  out.insert(out.end(), view.begin(), view.end());
  peers = peers.first(std::min(peers.size(), most));
  writer.u16(static_cast<unsigned>(peers.size()));
  for (auto& peer : peers) {
    constexpr unsigned ipv6_address = 1, four_octet_as = 2;
    bool v4 = peer.address.is_v4();
    writer.u8(four_octet_as | (v4 ? 0 : ipv6_address));
    writer.u32(peer.router_id);
    put_address(writer, peer.address, v4 ? Family::ipv4 : Family::ipv6);
    writer.u32(peer.asn);
  }
  end(writer, start);
}

MrtRibRecord::MrtRibRecord(std::uint32_t seconds, std::uint32_t sequence, const Prefix& net, bool add_path,
                           std::vector<std::uint8_t>& out)
    : out_(out), family_(net.family), add_path_(add_path) {
  Writer writer(out);
  bool v4 = family_ == Family::ipv4;
  start_ =
      begin(writer, seconds, table_dump_v2,
            v4 ? (add_path ? rib_ipv4_add_path : rib_ipv4_unicast) : (add_path ? rib_ipv6_add_path : rib_ipv6_unicast));
  writer.u32(sequence);
  encode_nlri({net, 0}, false, out);
  count_at_ = writer.position();
  writer.u16(0);
}

bool MrtRibRecord::add(std::uint16_t peer, std::uint32_t originated, std::uint32_t path_id, AttributeView attributes) {
  if (count_ == most) return false;
  Writer writer(out_);
  auto entry = writer.position();
  writer.u16(peer);
  writer.u32(originated);
  if (add_path_) writer.u32(path_id);
  auto length_at = writer.position();
  writer.u16(0);
  auto next_hop = attributes.value(AttributeCode::next_hop);
  bool classic = family_ == Family::ipv4 && next_hop.size() == 4;
  put_attributes(attributes, true, classic, out_);
  if (!classic && !next_hop.empty()) put_short_mp_reach(writer, next_hop, family_);
  auto length = writer.position() - length_at - 2;
  if (length > most) return out_.resize(entry), false;
  writer.patch_u16(length_at, length);
  ++count_;
  return true;
}

std::size_t MrtRibRecord::finish() {
  Writer writer(out_);
  if (count_ == 0) return out_.resize(start_), 0;
  writer.patch_u16(count_at_, count_);
  end(writer, start_);
  return count_;
}

void encode_mrt_message(std::uint32_t seconds, const MrtSession& session, bool as4, bool add_path, Bytes message,
                        std::vector<std::uint8_t>& out) {
  Writer writer(out);
  auto subtype =
      as4 ? (add_path ? message_as4_add_path : message_as4) : (add_path ? message_as2_add_path : message_as2);
  auto start = begin_bgp4mp(writer, seconds, subtype, session, as4);
  writer.bytes(message);
  end(writer, start);
}

void encode_mrt_state_change(std::uint32_t seconds, const MrtSession& session, unsigned from, unsigned to,
                             std::vector<std::uint8_t>& out) {
  Writer writer(out);
  auto start = begin_bgp4mp(writer, seconds, state_change_as4, session, true);
  writer.u16(from);
  writer.u16(to);
  end(writer, start);
}

}  // namespace avocet::proto
