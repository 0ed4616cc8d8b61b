/// Prefixes of a field. Bit 0 of the first byte chooses the family, bit 1 path identifiers.
#include "proto/nlri.hpp"
#include "test/fuzz/require.hpp"

using namespace avocet::proto;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  auto family = data[0] & 1 ? Family::ipv6 : Family::ipv4;
  bool add_path = data[0] & 2;
  std::vector<Nlri> nlri;
  if (auto decoded = decode_nlri({data + 1, size - 1}, family, add_path, nlri); !decoded) {
    require(decoded.error().code == 3 && decoded.error().subcode == 10 && decoded.error().offset <= size);
    return 0;
  }
  std::vector<std::uint8_t> wire;
  for (auto& one : nlri) {
    auto before = wire.size();
    encode_nlri(one, add_path, wire);
    require(wire.size() - before == nlri_size_bytes(one, add_path));
  }
  require(wire.size() == size - 1);
  std::vector<Nlri> again;
  require(decode_nlri(wire, family, add_path, again).has_value());
  require(again == nlri);
  return 0;
}
