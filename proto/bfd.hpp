#pragma once
/// The BFD control packet, RFC 5880 section 4, with its authentication sections.
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "proto/attributes.hpp"
#include "proto/result.hpp"

namespace avocet::proto {

enum class BfdState : std::uint8_t { admin_down, down, init, up };
const char* bfd_state_name(BfdState state);  ///< "AdminDown", "Down", "Init", "Up"

/// Why a session left its last state, RFC 5880 section 4.1.
enum class BfdDiagnostic : std::uint8_t {
  none,
  time_expired,
  echo_failed,
  neighbor_down,
  forwarding_reset,
  path_down,
  concatenated_path_down,
  admin_down,
  reverse_concatenated_path_down
};

/// Authentication types of RFC 5880 section 4.1; `none` is the value reserved there.
enum class BfdAuthentication : std::uint8_t {
  none,
  simple,
  keyed_md5,
  meticulous_keyed_md5,
  keyed_sha1,
  meticulous_keyed_sha1
};
constexpr bool is_meticulous(BfdAuthentication type) {
  return type == BfdAuthentication::meticulous_keyed_md5 || type == BfdAuthentication::meticulous_keyed_sha1;
}
/// Length in bytes of the digest; 0 where there is none.
constexpr std::size_t bfd_digest_bytes(BfdAuthentication type) {
  if (type <= BfdAuthentication::simple) return 0;
  return type <= BfdAuthentication::meticulous_keyed_md5 ? 16 : 20;
}
constexpr std::size_t bfd_password_bytes = 16;  ///< longest simple password

struct BfdPacket {
  BfdState state = BfdState::down;
  std::uint8_t diagnostic = 0;
  bool poll = false, final = false, control_plane_independent = false, demand = false;
  std::uint8_t multiplier = 0;
  std::uint32_t my_discriminator = 0, your_discriminator = 0;
  std::uint32_t min_tx = 0, min_rx = 0, min_echo_rx = 0;  ///< microseconds

  struct Authentication {
    std::uint8_t type = 0;  ///< may be none of BfdAuthentication
    std::uint8_t key_id = 0;
    std::uint32_t sequence = 0;  ///< of the keyed types
    Bytes secret;                ///< the password, or the digest; points into the bytes that were decoded
  };
  std::optional<Authentication> authentication;
};

/// "[Up P]": state and flags, for the log.
std::string bfd_flags_text(const BfdPacket& packet);

/// Why a packet is dropped: words, and the number that is wrong.
struct BfdError {
  const char* what = "";
  std::uint32_t value = 0;
};

/// The checks of RFC 5880 section 6.8.6 that need no session, and those of an authentication section's form.
Result<BfdPacket, BfdError> decode_bfd(Bytes bytes);

/// Key for what is sent. `secret` is cut to what the type can carry: 16 or 20 bytes.
struct BfdSigning {
  BfdAuthentication type = BfdAuthentication::none;
  std::uint8_t key_id = 0;
  std::uint32_t sequence = 0;
  std::string_view secret;
};
/// Replaces what `out` holds by the packet; `packet.authentication` is not looked at.
void encode_bfd(const BfdPacket& packet, const BfdSigning& signing, std::vector<std::uint8_t>& out);

/// Whether the packet of these bytes, decoded with an authentication section of a type that we know, was signed with
/// this secret (RFC 5880 sections 6.7.2 to 6.7.4).
bool bfd_signature_fits(Bytes bytes, const BfdPacket& packet, std::string_view secret);

}  // namespace avocet::proto
