#pragma once
/// Settings of `protocol rpki`, as plain values. Reference 6.7.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bgpd/rib/options.hpp"

namespace avocet::rpki {

constexpr std::uint16_t tcp_port = 323;  // IANA's rpki-rtr

/// What a cache tells, one channel each; the values are BIRD's order of them in `show protocols all`.
enum class Told : std::uint8_t { roa4, roa6, aspa };
constexpr const char* told_name(Told told) {
  constexpr const char* names[] = {"roa4", "roa6", "aspa"};
  return names[static_cast<int>(told)];
}

/// `roa4 { table r4; import where ...; }`
struct RpkiChannel {
  Told told = Told::roa4;
  rib::ChannelOptions channel;  ///< table, import filter and preference; the rest has no meaning here
};

/// `refresh [keep] 3600`
struct Interval {
  std::uint32_t seconds = 0;
  bool keep = false;  ///< whatever the cache says
  friend bool operator==(const Interval&, const Interval&) = default;
};

struct RpkiOptions {
  rib::ProtocolOptions protocol;
  std::string host;  ///< name or address, as it is written
  std::optional<std::uint16_t> port;
  proto::Address local_address;  ///< unspecified: the system's choice
  std::string password;          ///< of TCP MD5 (RFC 2385); "": none
  Interval refresh = {3600}, retry = {600}, expire = {7200};
  bool ignore_max_length = false;
  std::uint8_t min_version = 0, max_version = 2;
  std::vector<RpkiChannel> told;  ///< in BIRD's order, each at most once
};

}  // namespace avocet::rpki
