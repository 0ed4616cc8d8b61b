/// Header, NOTIFICATION, KEEPALIVE, ROUTE-REFRESH. RFC 4271 sections 4.1, 4.4, 4.5; RFC 2918; RFC 9003.
#include "proto/message.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "proto/message_header.hpp"
#include "proto/reader.hpp"

namespace avocet::proto {
namespace {

constexpr std::uint8_t header_error = 1, bad_length = 2, bad_type = 3, not_synchronized = 1;

tl::unexpected<DecodeError> wrong(std::uint8_t code, std::uint8_t subcode, std::size_t offset, const char* what) {
  return tl::make_unexpected(DecodeError{Remedy::session_reset, code, subcode, static_cast<std::uint16_t>(offset), what});
}

/// RFC 3629, as far as a shutdown text needs: no stray or missing continuation bytes.
bool is_utf8(Bytes text) {
  for (std::size_t i = 0; i < text.size();) {
    unsigned lead = text[i++];
    int follow = lead < 0x80 ? 0 : lead >= 0xc2 && lead < 0xe0 ? 1 : (lead & 0xf0) == 0xe0 ? 2 : lead >= 0xf0 && lead < 0xf5 ? 3 : -1;
    if (follow < 0) return false;
    for (; follow > 0; --follow, ++i)
      if (i >= text.size() || (text[i] & 0xc0) != 0x80) return false;
  }
  return true;
}

}  // namespace

std::size_t begin_message(Writer& writer, MessageType type) {
  auto start = writer.position();
  for (int i = 0; i < 16; ++i) writer.u8(0xff);
  writer.u16(0);
  writer.u8(static_cast<unsigned>(type));
  return start;
}

void end_message(Writer& writer, std::size_t start) { writer.patch_u16(start + 16, writer.position() - start); }

Decoded<Header> decode_header(Bytes bytes, std::size_t max_bytes) {
  Reader reader(bytes);
  auto marker = reader.bytes(16);
  auto length = reader.u16();
  auto type = reader.u8();
  if (!reader.ok()) return wrong(header_error, bad_length, 0, "message is shorter than its header");
  if (!std::all_of(marker.begin(), marker.end(), [](auto byte) { return byte == 0xff; }))
    return wrong(header_error, not_synchronized, 0, "marker is not all ones");
  if (length < header_size_bytes || length > max_bytes)
    return wrong(header_error, bad_length, 16, "message length is out of range");
  std::size_t least = 0, most = max_bytes;
  switch (static_cast<MessageType>(type)) {
    case MessageType::open: least = 29; most = max_message_bytes; break;
    case MessageType::update: least = 23; break;
    case MessageType::notification: least = 21; break;
    case MessageType::keepalive: least = most = header_size_bytes; break;
    case MessageType::route_refresh: least = header_size_bytes; break;  // a wrong length has an error of its own, RFC 7313
    default: return wrong(header_error, bad_type, 18, "message type is unknown");
  }
  if (length < least || length > most) return wrong(header_error, bad_length, 16, "message length does not fit its type");
  return Header{length, static_cast<MessageType>(type)};
}

std::string Notification::shutdown_text() const {
  constexpr std::uint8_t cease = 6, administrative_shutdown = 2, administrative_reset = 4;
  if (code != cease || (subcode != administrative_shutdown && subcode != administrative_reset) || data.empty()) return {};
  std::size_t length = data[0];
  if (length == 0 || length > data.size() - 1) return {};
  Bytes text(data.data() + 1, length);
  if (!is_utf8(text)) return {};
  return {text.begin(), text.end()};
}

Decoded<Notification> decode_notification(Bytes body) {
  Reader reader(body);
  Notification notification;
  notification.code = reader.u8();
  notification.subcode = reader.u8();
  auto data = reader.rest();
  if (!reader.ok()) return wrong(header_error, bad_length, 0, "NOTIFICATION is too short");
  notification.data.assign(data.begin(), data.end());
  return notification;
}

std::vector<std::uint8_t> encode_notification(const Notification& notification) {
  std::vector<std::uint8_t> out;
  Writer writer(out);
  auto start = begin_message(writer, MessageType::notification);
  writer.u8(notification.code);
  writer.u8(notification.subcode);
  auto room = max_message_bytes - writer.position();
  writer.bytes(Bytes(notification.data).first(std::min(room, notification.data.size())));
  end_message(writer, start);
  return out;
}

std::string notification_text(std::uint8_t code, std::uint8_t subcode) {
  struct Row {
    std::uint8_t code, subcode;
    const char* text;
  };
  static constexpr Row rows[] = {
      {1, 0, "Invalid message header"},
      {1, 1, "Connection not synchronized"},
      {1, 2, "Bad message length"},
      {1, 3, "Bad message type"},
      {2, 0, "Invalid OPEN message"},
      {2, 1, "Unsupported version number"},
      {2, 2, "Bad peer AS"},
      {2, 3, "Bad BGP identifier"},
      {2, 4, "Unsupported optional parameter"},
      {2, 5, "Authentication failure"},
      {2, 6, "Unacceptable hold time"},
      {2, 7, "Required capability missing"},
      {2, 8, "No supported AFI/SAFI"},
      {2, 11, "Role mismatch"},
      {3, 0, "Invalid UPDATE message"},
      {3, 1, "Malformed attribute list"},
      {3, 2, "Unrecognized well-known attribute"},
      {3, 3, "Missing mandatory attribute"},
      {3, 4, "Invalid attribute flags"},
      {3, 5, "Invalid attribute length"},
      {3, 6, "Invalid ORIGIN attribute"},
      {3, 7, "AS routing loop"},
      {3, 8, "Invalid NEXT_HOP attribute"},
      {3, 9, "Optional attribute error"},
      {3, 10, "Invalid network field"},
      {3, 11, "Malformed AS_PATH"},
      {4, 0, "Hold timer expired"},
      {5, 0, "Finite state machine error"},
      {5, 1, "Unexpected message in OpenSent state"},
      {5, 2, "Unexpected message in OpenConfirm state"},
      {5, 3, "Unexpected message in Established state"},
      {6, 0, "Cease"},
      {6, 1, "Maximum number of prefixes reached"},
      {6, 2, "Administrative shutdown"},
      {6, 3, "Peer de-configured"},
      {6, 4, "Administrative reset"},
      {6, 5, "Connection rejected"},
      {6, 6, "Other configuration change"},
      {6, 7, "Connection collision resolution"},
      {6, 9, "Hard reset"},
      {6, 10, "BFD Down"},
      {6, 8, "Out of Resources"},
      {7, 0, "Invalid ROUTE-REFRESH message"},
      {7, 1, "Invalid ROUTE-REFRESH message length"},
      {8, 0, "Send hold timer expired"},
  };
  for (auto& row : rows)
    if (row.code == code && row.subcode == subcode) return row.text;
  return fmt::format("Error {}.{}", code, subcode);
}

std::vector<std::uint8_t> encode_keepalive() {
  std::vector<std::uint8_t> out;
  Writer writer(out);
  end_message(writer, begin_message(writer, MessageType::keepalive));
  return out;
}

Decoded<RouteRefresh> decode_route_refresh(Bytes body) {
  constexpr std::uint8_t refresh_error = 7, invalid_length = 1;
  Reader reader(body);
  RouteRefresh refresh;
  refresh.afi = reader.u16();
  refresh.subtype = reader.u8();
  refresh.safi = reader.u8();
  // ORF entries (RFC 5291) would follow; we never offer that capability.
  if (!reader.ok() || reader.left()) return wrong(refresh_error, invalid_length, 0, "ROUTE-REFRESH has a wrong length");
  return refresh;
}

std::vector<std::uint8_t> encode_route_refresh(const RouteRefresh& refresh) {
  std::vector<std::uint8_t> out;
  Writer writer(out);
  auto start = begin_message(writer, MessageType::route_refresh);
  writer.u16(refresh.afi);
  writer.u8(refresh.subtype);
  writer.u8(refresh.safi);
  end_message(writer, start);
  return out;
}

}  // namespace avocet::proto
