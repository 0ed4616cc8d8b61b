/// A stream of RTR PDUs, as a cache sends it. What is read must be the same after being written and read again.
#include "proto/rtr.hpp"
#include "test/fuzz/require.hpp"

using namespace avocet::proto;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Bytes stream(data, size);
  for (;;) {
    auto frame = rtr::first_frame(stream);
    if (!frame || !*frame) return 0;
    auto& one = **frame;
    require(one.bytes.size() >= rtr::header_bytes && one.bytes.size() <= stream.size());
    stream = stream.subspan(one.bytes.size());
    auto body = rtr::decode(one);
    if (!body) {
      require(!body.error().what.empty());
      continue;
    }
    std::vector<std::uint8_t> wire;
    rtr::encode(*body, one.version, wire);
    if (wire.empty()) continue;  // what is not written
    auto again = rtr::first_frame(wire);
    require(again && *again && (*again)->bytes.size() == wire.size() && (*again)->type == one.type);
    auto same = rtr::decode(**again);
    auto* report = std::get_if<rtr::ErrorReport>(&*body);
    if (report && report->pdu.size() > 256) continue;  // only its beginning goes back
    require(same && *same == *body);
  }
}
