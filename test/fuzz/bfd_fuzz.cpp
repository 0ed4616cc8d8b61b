/// BFD control packets. What is read must say the same after being written and read again; no signature makes it read
/// past the end.
#include "proto/bfd.hpp"
#include "test/fuzz/require.hpp"

using namespace avocet::proto;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Bytes bytes(data, size);
  auto packet = decode_bfd(bytes);
  if (!packet) {
    require(*packet.error().what != 0);
    return 0;
  }
  (void)bfd_signature_fits(bytes, *packet, "secret");
  (void)bfd_flags_text(*packet);
  std::vector<std::uint8_t> wire;
  encode_bfd(*packet, {}, wire);
  auto again = decode_bfd(wire);
  require(again && !again->authentication && again->state == packet->state && again->diagnostic == packet->diagnostic);
  require(again->my_discriminator == packet->my_discriminator &&
          again->your_discriminator == packet->your_discriminator);
  require(again->min_tx == packet->min_tx && again->min_rx == packet->min_rx &&
          again->multiplier == packet->multiplier);
  auto type = packet->authentication ? packet->authentication->type : std::uint8_t{0};
  if (type == 0 || type > static_cast<std::uint8_t>(BfdAuthentication::meticulous_keyed_sha1)) return 0;
  encode_bfd(*packet,
             {static_cast<BfdAuthentication>(type), packet->authentication->key_id, packet->authentication->sequence,
              "secret"},
             wire);
  again = decode_bfd(wire);
  require(again && again->authentication && bfd_signature_fits(wire, *again, "secret"));
  return 0;
}
