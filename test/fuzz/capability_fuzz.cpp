/// Capabilities of one optional parameter, and what two sides have in common.
#include "proto/capability.hpp"
#include "test/fuzz/require.hpp"

using namespace avocet::proto;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Capabilities heard;
  if (auto decoded = decode_capabilities({data, size}, heard); !decoded) {
    require(decoded.error().code == 2);
    return 0;
  }
  // Nobody agrees to what it did not offer.
  auto common = negotiate(heard, heard);
  require(common.as4 == heard.as4.has_value() && common.extended_messages == heard.extended_messages);
  require(negotiate(heard, Capabilities{}) == negotiate(Capabilities{}, heard));
  // Written once, the form is stable: unknown codes and families that we do not speak are not sent.
  heard.unknown.clear();
  heard.other_families.clear();
  auto wire = encode_capabilities(heard);
  Capabilities again;
  require(decode_capabilities(wire, again).has_value());
  require(encode_capabilities(again) == wire);
  return 0;
}
