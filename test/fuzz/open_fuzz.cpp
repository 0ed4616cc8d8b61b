/// Header and OPEN. What is read as an OPEN must say the same after being written and read again.
#include "proto/message.hpp"
#include "test/fuzz/require.hpp"

using namespace avocet::proto;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Bytes bytes(data, size);
  if (auto header = decode_header(bytes, max_message_bytes)) {
    require(header->length >= header_size_bytes && header->length <= max_message_bytes);
    bytes = bytes.subspan(header_size_bytes);
  }
  auto open = decode_open(bytes);
  if (!open) {
    require(open.error().remedy == Remedy::session_reset && open.error().code == 2);
    return 0;
  }
  // Display only, and never sent back: what we do not know, and families that we do not speak.
  open->capabilities.unknown.clear();
  open->capabilities.other_families.clear();
  auto wire = encode_open(*open);
  auto header = decode_header(wire, max_message_bytes);
  require(header && header->type == MessageType::open && header->length == wire.size());
  auto again = decode_open(Bytes(wire).subspan(header_size_bytes));
  require(again && again->asn == open->asn && again->hold_time == open->hold_time && again->router_id == open->router_id);
  require(encode_open(*again) == wire);
  return 0;
}
