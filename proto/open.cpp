/// OPEN, RFC 4271 sections 4.2 and 6.2; optional parameters also in their extended form, RFC 9072.
#include "proto/as_path.hpp"
#include "proto/message.hpp"
#include "proto/message_header.hpp"
#include "proto/reader.hpp"

namespace avocet::proto {
namespace {

constexpr std::uint8_t open_error = 2, unsupported_version = 1, bad_peer_as = 2, bad_identifier = 3, unsupported_parameter = 4,
                       unacceptable_hold_time = 6;
constexpr std::uint8_t capabilities_parameter = 2, extended_length = 255;

tl::unexpected<DecodeError> wrong(std::uint8_t subcode, std::size_t offset, const char* what) {
  return tl::make_unexpected(
      DecodeError{Remedy::session_reset, open_error, subcode, static_cast<std::uint16_t>(offset), what});
}

Decoded<void> decode_parameters(Reader& reader, Capabilities& capabilities) {
  std::size_t length = reader.u8();
  bool extended = false;
  if (length != 0 && reader.left() >= 3) {
    // RFC 9072 section 2: a first parameter of type 255 says that lengths have two octets; the first length is not asked.
    auto ahead = reader;
    if (ahead.u8() == extended_length) {
      extended = true;
      length = ahead.u16();
      reader = ahead;
    }
  }
  if (!reader.ok() || reader.left() != length) return wrong(0, 9, "optional parameters do not fill the OPEN exactly");
  while (reader.left()) {
    auto offset = reader.offset();
    auto type = reader.u8();
    auto value = reader.bytes(extended ? reader.u16() : reader.u8());
    if (!reader.ok()) return wrong(0, offset, "optional parameter runs past the end of the OPEN");
    if (type != capabilities_parameter) return wrong(unsupported_parameter, offset, "optional parameter is unknown");
    AVOCET_TRY_VOID(decode_capabilities(value, capabilities));
  }
  return {};
}

}  // namespace

Decoded<Open> decode_open(Bytes body) {
  Reader reader(body);
  Open open;
  open.version = reader.u8();
  open.asn = reader.u16();
  open.hold_time = reader.u16();
  open.router_id = reader.u32();
  if (!reader.ok()) return wrong(0, 0, "OPEN is too short");
  if (open.version != 4) return wrong(unsupported_version, 0, "BGP version is not 4");
  AVOCET_TRY_VOID(decode_parameters(reader, open.capabilities));
  if (open.capabilities.as4) open.asn = *open.capabilities.as4;
  if (open.asn == 0) return wrong(bad_peer_as, 1, "AS number is zero");  // RFC 7607
  if (open.hold_time == 1 || open.hold_time == 2) return wrong(unacceptable_hold_time, 3, "hold time is one or two seconds");
  if (open.router_id == 0) return wrong(bad_identifier, 5, "BGP identifier is zero");  // RFC 6286
  return open;
}

std::vector<std::uint8_t> encode_open(const Open& open, bool with_capabilities) {
  std::vector<std::uint8_t> out;
  Writer writer(out);
  auto start = begin_message(writer, MessageType::open);
  writer.u8(open.version);
  writer.u16(open.asn > 0xffff ? as_trans : open.asn);
  writer.u16(open.hold_time);
  writer.u32(open.router_id);
  auto capabilities = with_capabilities ? encode_capabilities(open.capabilities) : std::vector<std::uint8_t>{};
  if (capabilities.empty()) {
    writer.u8(0);
  } else if (capabilities.size() <= 253) {
    writer.u8(static_cast<unsigned>(capabilities.size() + 2));
    writer.u8(capabilities_parameter);
    writer.u8(static_cast<unsigned>(capabilities.size()));
    writer.bytes(capabilities);
  } else {
    writer.u8(extended_length);
    writer.u8(extended_length);
    writer.u16(static_cast<unsigned>(capabilities.size() + 3));
    writer.u8(capabilities_parameter);
    writer.u16(static_cast<unsigned>(capabilities.size()));
    writer.bytes(capabilities);
  }
  end_message(writer, start);
  return out;
}

}  // namespace avocet::proto
