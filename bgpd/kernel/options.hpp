#pragma once
/// Settings of the device, direct and kernel protocols, as plain values.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bgpd/rib/options.hpp"
#include "proto/ip.hpp"

namespace avocet::kernel {

struct DeviceOptions {
  rib::ProtocolOptions protocol;
  std::uint32_t scan_time_seconds = 60;  ///< 0: at start only
};

/// One element of an interface list: `-"cali*"`, `"eth0" 10.0.0.0/8`. The first match decides.
struct InterfacePattern {
  bool negated = false;
  std::string name_glob = "*";           ///< `*` and `?`
  std::optional<proto::Prefix> prefix;   ///< the address must lie inside
  friend bool operator==(const InterfacePattern&, const InterfacePattern&) = default;
};

struct DirectOptions {
  rib::ProtocolOptions protocol;
  std::vector<rib::ChannelOptions> channels;
  std::vector<std::vector<InterfacePattern>> interfaces;  ///< lists; none: every interface
  bool check_link = false;
};

enum class Learn : std::uint8_t { off, on, all };

struct KernelOptions {
  rib::ProtocolOptions protocol;
  rib::ChannelOptions channel;
  std::uint32_t kernel_table = 254;
  std::uint32_t metric = 32;             ///< 0: the krt_metric attribute decides (1.6)
  std::uint32_t scan_time_seconds = 60;  ///< 0: once; a safety net, events do the work
  bool persist = false;
  Learn learn = Learn::off;
  bool graceful_restart = false;
  bool merge_paths = false;
  std::uint8_t merge_limit = 16;
  bool device_routes = false;            ///< 1.6: also export direct routes
  bool bird1 = false;                    ///< 1.6 dialect: device routes are hidden unless device_routes
  std::uint32_t rx_buffer_bytes = 0;     ///< 0: ours
};

}  // namespace avocet::kernel
