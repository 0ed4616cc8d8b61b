#include "proto/bfd.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "proto/digest.hpp"
#include "proto/reader.hpp"
#include "proto/writer.hpp"

namespace avocet::proto {
namespace {

constexpr std::size_t packet_bytes = 24;                // without authentication
constexpr std::size_t key_bytes_at = packet_bytes + 8;  // where the key, later the digest, stands
constexpr unsigned version = 1;
constexpr std::uint8_t poll_bit = 0x20, final_bit = 0x10, independent_bit = 0x08, authentication_bit = 0x04,
                       demand_bit = 0x02, multipoint_bit = 0x01;

tl::unexpected<BfdError> bad(const char* what, std::uint32_t value) {
  return tl::make_unexpected(BfdError{what, value});
}

/// The digest of a whole packet in which the key stands where the digest will.
void put_digest(BfdAuthentication type, std::span<std::uint8_t> packet) {
  if (bfd_digest_bytes(type) == 16) {
    auto digest = md5(packet);
    std::copy(digest.begin(), digest.end(), packet.begin() + key_bytes_at);
  } else {
    auto digest = sha1(packet);
    std::copy(digest.begin(), digest.end(), packet.begin() + key_bytes_at);
  }
}

Result<BfdPacket::Authentication, BfdError> decode_section(Bytes left) {
  BfdPacket::Authentication section;
  Reader reader(left);
  section.type = reader.u8();
  std::size_t length = reader.u8();
  if (!reader.ok() || length < 2 || length > left.size())
    return bad("packet length mismatch", static_cast<std::uint32_t>(length));
  if (section.type == 0) return bad("reserved authentication type", 0);
  if (section.type > static_cast<std::uint8_t>(BfdAuthentication::meticulous_keyed_sha1)) return section;
  auto type = static_cast<BfdAuthentication>(section.type);
  bool simple = type == BfdAuthentication::simple;
  bool fits = simple ? length > 3 && length <= 3 + bfd_password_bytes : length == 8 + bfd_digest_bytes(type);
  if (!fits) return bad("wrong authentication length", static_cast<std::uint32_t>(length));
  section.key_id = reader.u8();
  if (!simple) {
    reader.u8();  // reserved
    section.sequence = reader.u32();
  }
  section.secret = reader.bytes(length - reader.offset());
  return section;
}

}  // namespace

const char* bfd_state_name(BfdState state) {
  static constexpr const char* names[] = {"AdminDown", "Down", "Init", "Up"};
  return names[static_cast<std::size_t>(state)];
}

std::string bfd_flags_text(const BfdPacket& packet) {
  std::string flags;
  for (auto [set, letter] :
       {std::pair(packet.poll, 'P'), std::pair(packet.final, 'F'), std::pair(packet.control_plane_independent, 'C'),
        std::pair(packet.authentication.has_value(), 'A'), std::pair(packet.demand, 'D')})
    if (set) flags += letter;
  return fmt::format("[{}{}{}]", bfd_state_name(packet.state), flags.empty() ? "" : " ", flags);
}

Result<BfdPacket, BfdError> decode_bfd(Bytes bytes) {
  if (bytes.size() < packet_bytes) return bad("too short", static_cast<std::uint32_t>(bytes.size()));
  Reader reader(bytes);
  BfdPacket packet;
  unsigned first = reader.u8(), flags = reader.u8();
  if (first >> 5 != version) return bad("version mismatch", first >> 5);
  packet.diagnostic = first & 0x1f;
  packet.state = static_cast<BfdState>(flags >> 6);
  packet.poll = flags & poll_bit;
  packet.final = flags & final_bit;
  packet.control_plane_independent = flags & independent_bit;
  packet.demand = flags & demand_bit;
  packet.multiplier = reader.u8();
  std::size_t length = reader.u8();
  if (length < packet_bytes || length > bytes.size()) return bad("length mismatch", static_cast<std::uint32_t>(length));
  if (packet.multiplier == 0) return bad("invalid detect mult", 0);
  // RFC 5880 section 6.5 lets no packet be a poll and an answer at once.
  if (flags & multipoint_bit || (packet.poll && packet.final)) return bad("invalid flags", flags & 0x3f);
  packet.my_discriminator = reader.u32();
  packet.your_discriminator = reader.u32();
  packet.min_tx = reader.u32();
  packet.min_rx = reader.u32();
  packet.min_echo_rx = reader.u32();
  if (packet.my_discriminator == 0) return bad("invalid my discriminator", 0);
  if (packet.your_discriminator == 0 && packet.state > BfdState::down)
    return bad("invalid init state", static_cast<std::uint32_t>(packet.state));
  if (flags & authentication_bit)
    packet.authentication = AVOCET_TRY(decode_section(bytes.subspan(packet_bytes, length - packet_bytes)));
  return packet;
}

void encode_bfd(const BfdPacket& packet, const BfdSigning& signing, std::vector<std::uint8_t>& out) {
  out.clear();
  Writer writer(out);
  bool signs = signing.type != BfdAuthentication::none;
  auto flag = [](bool set, std::uint8_t bit) -> unsigned { return set ? bit : 0; };
  writer.u8(version << 5 | (packet.diagnostic & 0x1f));
  writer.u8(static_cast<unsigned>(packet.state) << 6 | flag(packet.poll, poll_bit) | flag(packet.final, final_bit) |
            flag(packet.control_plane_independent, independent_bit) | flag(signs, authentication_bit) |
            flag(packet.demand, demand_bit));
  writer.u8(packet.multiplier);
  writer.u8(packet_bytes);
  for (auto field :
       {packet.my_discriminator, packet.your_discriminator, packet.min_tx, packet.min_rx, packet.min_echo_rx})
    writer.u32(field);
  if (!signs) return;
  bool simple = signing.type == BfdAuthentication::simple;
  auto room = simple ? bfd_password_bytes : bfd_digest_bytes(signing.type);
  auto secret = signing.secret.substr(0, room);
  auto length = simple ? 3 + secret.size() : 8 + room;
  writer.patch_u8(3, packet_bytes + length);
  writer.u8(static_cast<unsigned>(signing.type));
  writer.u8(static_cast<unsigned>(length));
  writer.u8(signing.key_id);
  if (!simple) {
    writer.u8(0);
    writer.u32(signing.sequence);
  }
  out.insert(out.end(), secret.begin(), secret.end());
  if (simple) return;
  out.resize(packet_bytes + length);  // shorter keys are padded with zeros
  put_digest(signing.type, out);
}

bool bfd_signature_fits(Bytes bytes, const BfdPacket& packet, std::string_view secret) {
  if (!packet.authentication) return false;
  auto& section = *packet.authentication;
  auto type = static_cast<BfdAuthentication>(section.type);
  if (type == BfdAuthentication::simple) {
    secret = secret.substr(0, bfd_password_bytes);
    return section.secret.size() == secret.size() &&
           std::equal(secret.begin(), secret.end(), section.secret.begin(),
                      [](char a, std::uint8_t b) { return static_cast<std::uint8_t>(a) == b; });
  }
  auto room = bfd_digest_bytes(type);
  std::array<std::uint8_t, key_bytes_at + 20> copy{};
  std::size_t length = bytes[3];  // the packet's own, which may be less than the datagram's
  if (room == 0 || section.secret.size() != room || length < key_bytes_at + room || length > copy.size()) return false;
  std::copy_n(bytes.begin(), length, copy.begin());
  std::fill_n(copy.begin() + key_bytes_at, room, std::uint8_t{0});
  std::copy_n(secret.begin(), std::min(secret.size(), room), copy.begin() + key_bytes_at);
  put_digest(type, std::span(copy.data(), length));
  return std::equal(section.secret.begin(), section.secret.end(), copy.begin() + key_bytes_at);
}

}  // namespace avocet::proto
