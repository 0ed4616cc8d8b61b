/// NOTIFICATION: what is read is written back, and its words can be shown.
#include "proto/message.hpp"
#include "test/fuzz/require.hpp"

using namespace avocet::proto;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto notification = decode_notification({data, size});
  if (!notification) {
    require(size < 2);
    return 0;
  }
  require(!notification_text(notification->code, notification->subcode).empty());
  require(notification->shutdown_text().size() < size);
  if (size > max_message_bytes - header_size_bytes) return 0;
  auto wire = encode_notification(*notification);
  auto again = decode_notification(Bytes(wire).subspan(header_size_bytes));
  require(again && *again == *notification);
  return 0;
}
