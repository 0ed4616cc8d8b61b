#include "proto/capability.hpp"

#include <algorithm>

#include "proto/reader.hpp"
#include "proto/writer.hpp"

namespace avocet::proto {
namespace {

// IANA capability codes.
enum Code : std::uint8_t {
  multiprotocol = 1, route_refresh = 2, extended_next_hop = 5, extended_message = 6, role = 9, graceful_restart = 64,
  four_octet_as = 65, add_path = 69, enhanced_refresh = 70, long_lived = 71, hostname = 73, software_version = 75,
};
constexpr std::uint8_t unicast = 1;
constexpr std::uint16_t restart_bit = 0x8000, notification_bit = 0x4000;
constexpr std::uint8_t forwarding_bit = 0x80, receive = 1, send = 2;
// OPEN Message Error, unspecific: RFC 5492 leaves malformed capabilities without a subcode of their own.
constexpr std::uint8_t open_error = 2;

tl::unexpected<DecodeError> wrong(std::size_t offset, const char* what) {
  return tl::make_unexpected(DecodeError{Remedy::session_reset, open_error, 0, static_cast<std::uint16_t>(offset), what});
}

FamilyCapabilities* known_family(Capabilities& capabilities, unsigned afi, unsigned safi) {
  if (safi != unicast) return nullptr;
  if (afi == static_cast<unsigned>(Family::ipv4)) return &capabilities.ipv4;
  if (afi == static_cast<unsigned>(Family::ipv6)) return &capabilities.ipv6;
  return nullptr;
}

/// Value of one capability. False: its length does not fit its code.
bool decode_value(std::uint8_t code, Reader value, Capabilities& into) {
  switch (code) {
    case multiprotocol: {
      auto afi = value.u16();
      value.u8();
      auto safi = value.u8();
      if (!value.ok() || value.left()) return false;
      into.any_multiprotocol = true;
      if (auto family = known_family(into, afi, safi))
        family->multiprotocol = true;
      else
        into.other_families.push_back(static_cast<std::uint32_t>(afi) << 16 | safi);
      return true;
    }
    case route_refresh: into.route_refresh = true; return value.left() == 0;
    case enhanced_refresh: into.enhanced_refresh = true; return value.left() == 0;
    case extended_message: into.extended_messages = true; return value.left() == 0;
    case extended_next_hop:
      while (value.left()) {
        auto afi = value.u16(), safi = value.u16(), hop_afi = value.u16();
        if (!value.ok()) return false;
        if (auto family = known_family(into, afi, safi); family && hop_afi == static_cast<unsigned>(Family::ipv6))
          family->extended_next_hop = true;
      }
      return true;
    case role: {
      auto number = value.u8();
      if (!value.ok() || value.left()) return false;
      if (number <= static_cast<unsigned>(Role::peer)) into.role = static_cast<Role>(number);
      return true;
    }
    case graceful_restart: {
      // BIRD refuses the OPEN for an odd length; the session can do without restart, so the capability is ignored instead.
      if (value.left() % 4 != 2) return true;
      auto flags = value.u16();
      into.graceful_restart = true;
      into.restart_state = flags & restart_bit;
      into.restart_notification = flags & notification_bit;
      into.restart_time = flags & 0x0fff;
      while (value.left()) {
        auto afi = value.u16();
        auto safi = value.u8();
        auto bits = value.u8();
        if (auto family = known_family(into, afi, safi)) {
          family->graceful_restart = true;
          family->graceful_forwarding = bits & forwarding_bit;
        }
      }
      return true;
    }
    case four_octet_as: {
      auto asn = value.u32();
      if (!value.ok() || value.left()) return false;
      into.as4 = asn;
      return true;
    }
    case add_path:
      while (value.left()) {
        auto afi = value.u16();
        auto safi = value.u8();
        auto bits = value.u8();
        if (!value.ok()) return false;
        if (bits < 1 || bits > 3) continue;  // RFC 7911 section 4: ignore this tuple
        if (auto family = known_family(into, afi, safi)) {
          family->add_path_receive = bits & receive;
          family->add_path_send = bits & send;
        }
      }
      return true;
    case long_lived:
      into.long_lived = true;
      while (value.left()) {
        auto afi = value.u16();
        auto safi = value.u8();
        auto bits = value.u8();
        auto seconds = value.u24();
        if (!value.ok()) return false;
        if (auto family = known_family(into, afi, safi)) {
          family->long_lived = true;
          family->long_lived_forwarding = bits & forwarding_bit;
          family->long_lived_stale_time = seconds;
        }
      }
      return true;
    case hostname: {
      auto name = value.bytes(value.u8());
      if (!value.ok()) return false;
      into.hostname.assign(name.begin(), name.end());
      return true;  // a domain name may follow; nobody needs it
    }
    case software_version: {
      auto text = value.bytes(value.u8());
      if (!value.ok()) return false;
      into.software_version.assign(text.begin(), text.end());
      return true;
    }
    default: into.unknown.push_back(code); return true;
  }
}

class TlvWriter {
 public:
  TlvWriter(std::vector<std::uint8_t>& out, Code code) : writer(out), length_at_(out.size() + 1) {
    writer.u8(code);
    writer.u8(0);
  }
  ~TlvWriter() { writer.patch_u8(length_at_, writer.position() - length_at_ - 1); }
  Writer writer;

 private:
  std::size_t length_at_;
};

void put_family(Writer& writer, Family family) {
  writer.u16(static_cast<unsigned>(family));
  writer.u8(unicast);
}

void put_text(std::vector<std::uint8_t>& out, Code code, const std::string& text, bool domain) {
  if (text.empty()) return;
  TlvWriter tlv(out, code);
  auto size = std::min<std::size_t>(text.size(), 64);
  tlv.writer.u8(static_cast<unsigned>(size));
  tlv.writer.bytes({reinterpret_cast<const std::uint8_t*>(text.data()), size});
  if (domain) tlv.writer.u8(0);
}

}  // namespace

Decoded<void> decode_capabilities(Bytes field, Capabilities& into) {
  Reader reader(field);
  while (reader.left()) {
    auto offset = reader.offset();
    auto code = reader.u8();
    auto value = reader.bytes(reader.u8());
    if (!reader.ok()) return wrong(offset, "capability runs past the end of its parameter");
    if (!decode_value(code, Reader(value), into)) return wrong(offset, "capability has a wrong length");
  }
  return {};
}

std::vector<std::uint8_t> encode_capabilities(const Capabilities& capabilities) {
  std::vector<std::uint8_t> out;
  constexpr Family families[] = {Family::ipv4, Family::ipv6};
  auto any = [&](auto member) { return capabilities.ipv4.*member || capabilities.ipv6.*member; };
  for (auto family : families)
    if (capabilities.of(family).multiprotocol) {
      TlvWriter tlv(out, multiprotocol);
      tlv.writer.u16(static_cast<unsigned>(family));
      tlv.writer.u8(0);
      tlv.writer.u8(unicast);
    }
  if (capabilities.route_refresh) TlvWriter(out, route_refresh);
  if (any(&FamilyCapabilities::extended_next_hop)) {
    TlvWriter tlv(out, extended_next_hop);
    for (auto family : families)
      if (capabilities.of(family).extended_next_hop) {
        tlv.writer.u16(static_cast<unsigned>(family));
        tlv.writer.u16(unicast);
        tlv.writer.u16(static_cast<unsigned>(Family::ipv6));
      }
  }
  if (capabilities.extended_messages) TlvWriter(out, extended_message);
  if (capabilities.role) TlvWriter(out, role).writer.u8(static_cast<unsigned>(*capabilities.role));
  if (capabilities.graceful_restart) {
    TlvWriter tlv(out, graceful_restart);
    tlv.writer.u16((capabilities.restart_state ? restart_bit : 0u) | (capabilities.restart_notification ? notification_bit : 0u) |
                   (capabilities.restart_time & 0x0fffu));
    for (auto family : families)
      if (capabilities.of(family).graceful_restart) {
        put_family(tlv.writer, family);
        tlv.writer.u8(capabilities.of(family).graceful_forwarding ? forwarding_bit : 0);
      }
  }
  if (capabilities.as4) TlvWriter(out, four_octet_as).writer.u32(*capabilities.as4);
  if (any(&FamilyCapabilities::add_path_receive) || any(&FamilyCapabilities::add_path_send)) {
    TlvWriter tlv(out, add_path);
    for (auto family : families) {
      auto& of = capabilities.of(family);
      if (!of.add_path_receive && !of.add_path_send) continue;
      put_family(tlv.writer, family);
      tlv.writer.u8((of.add_path_receive ? receive : 0u) | (of.add_path_send ? send : 0u));
    }
  }
  if (capabilities.enhanced_refresh) TlvWriter(out, enhanced_refresh);
  if (capabilities.long_lived) {
    TlvWriter tlv(out, long_lived);
    for (auto family : families) {
      auto& of = capabilities.of(family);
      if (!of.long_lived) continue;
      put_family(tlv.writer, family);
      tlv.writer.u8(of.long_lived_forwarding ? forwarding_bit : 0);
      tlv.writer.u8(of.long_lived_stale_time >> 16 & 255);
      tlv.writer.u16(of.long_lived_stale_time & 0xffff);
    }
  }
  put_text(out, hostname, capabilities.hostname, true);
  put_text(out, software_version, capabilities.software_version, false);
  return out;
}

Negotiated negotiate(const Capabilities& ours, const Capabilities& theirs) {
  Negotiated both;
  both.as4 = ours.as4 && theirs.as4;
  both.route_refresh = ours.route_refresh && theirs.route_refresh;
  both.enhanced_refresh = ours.enhanced_refresh && theirs.enhanced_refresh && both.route_refresh;
  both.extended_messages = ours.extended_messages && theirs.extended_messages;
  for (auto family : {Family::ipv4, Family::ipv6}) {
    auto& mine = ours.of(family);
    auto& yours = theirs.of(family);
    // Without any multiprotocol capability IPv4 unicast is what both mean (RFC 4760 section 8).
    auto speaks = [&](const Capabilities& side) {
      return side.any_multiprotocol ? side.of(family).multiprotocol : family == Family::ipv4;
    };
    auto& common = both.of(family);
    common.active = speaks(ours) && speaks(theirs);
    common.add_path_receive = common.active && mine.add_path_receive && yours.add_path_send;
    common.add_path_send = common.active && mine.add_path_send && yours.add_path_receive;
    common.extended_next_hop = common.active && mine.extended_next_hop && yours.extended_next_hop;
  }
  return both;
}

}  // namespace avocet::proto
