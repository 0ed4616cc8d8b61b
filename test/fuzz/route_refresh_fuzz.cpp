/// ROUTE-REFRESH: what is read is written back byte for byte.
#include <algorithm>

#include "proto/message.hpp"
#include "test/fuzz/require.hpp"

using namespace avocet::proto;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto refresh = decode_route_refresh({data, size});
  if (!refresh) {
    require(refresh.error().code == 7 && refresh.error().subcode == 1);
    return 0;
  }
  auto wire = encode_route_refresh(*refresh);
  require(std::equal(wire.begin() + header_size_bytes, wire.end(), data, data + size));
  return 0;
}
