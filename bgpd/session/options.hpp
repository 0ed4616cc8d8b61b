#pragma once
/// Settings of one `protocol bgp`, as plain values, with BIRD's names and defaults (reference 8.1, 8.2).
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bgpd/announce/options.hpp"
#include "bgpd/bfd/options.hpp"
#include "bgpd/rib/options.hpp"
#include "proto/capability.hpp"
#include "proto/ip.hpp"

namespace avocet::session {

enum class GracefulRestart : std::uint8_t { off, aware, on };
enum class Gateway : std::uint8_t { direct, recursive };
enum class AddPaths : std::uint8_t { off, rx, tx, both };

struct BgpChannelOptions {
  rib::ChannelOptions channel;
  announce::HopRule next_hop_self = announce::HopRule::off;
  std::optional<announce::HopRule> next_hop_keep;  ///< unset: ibgp for rr clients, all for rs clients, else off
  std::optional<proto::Address> next_hop_address;
  std::optional<Gateway> gateway;                  ///< unset: direct for direct sessions, else recursive
  std::string igp_table;                           ///< empty: the channel's table
  AddPaths add_paths = AddPaths::off;
  bool require_add_paths = false;
  bool extended_next_hop = false, require_extended_next_hop = false;
  bool import_table = false, export_table = false;
  bool secondary = false;
  std::optional<announce::Aigp> aigp;              ///< unset: on inside our AS or confederation
  std::uint32_t cost = 0;                          ///< distance of direct next hops
  bool mandatory = false;
  std::optional<bool> graceful_restart, long_lived_graceful_restart;  ///< unset: the protocol's
  std::optional<std::uint32_t> long_lived_stale_time;
};

struct BgpOptions {
  rib::ProtocolOptions protocol;
  std::uint32_t local_as = 0;
  proto::Address local_address;               ///< unspecified: the kernel chooses
  std::string local_interface;                ///< of a link-local address
  std::uint16_t local_port = 179;
  proto::Address remote_address;              ///< unspecified for ranges
  std::string interface;                      ///< `neighbor fe80::1%eth0`, `interface "eth0"`
  std::uint16_t remote_port = 179;
  std::uint32_t remote_as = 0;                ///< 0: not fixed (`internal` or `external` says which kind)
  bool internal_peer = false, external_peer = false;  ///< without a number
  std::optional<proto::Prefix> range;         ///< `neighbor range P`: passive dynamic sessions
  std::string dynamic_name = "dynbgp";
  std::uint32_t dynamic_name_digits = 0;
  bool onlink = false, strict_bind = false, free_bind = false;
  bool multihop = false;                      ///< after bind: never undecided
  std::uint8_t multihop_ttl = 64;
  bool ttl_security = false;
  std::string password;
  bool passive = false;
  std::uint32_t confederation = 0;
  bool confederation_member = false;
  bool rr_client = false, rs_client = false;
  std::optional<std::uint32_t> rr_cluster_id;
  std::uint32_t hold_time = 240, startup_hold_time = 240, min_hold_time = 0;   ///< seconds, as all below
  std::optional<std::uint32_t> keepalive_time;                                 ///< unset: a third of the hold time
  std::uint32_t min_keepalive_time = 0;
  std::optional<std::uint32_t> send_hold_time;                                 ///< unset: twice the hold time
  std::uint32_t connect_delay_time = 5, connect_retry_time = 120;
  std::uint32_t error_wait_min = 60, error_wait_max = 300, error_forget_time = 300;
  bool disable_after_error = false;
  std::uint32_t disable_after_cease = 0;      ///< bit per Cease subcode
  bool path_metric = true, med_metric = false, deterministic_med = false, igp_metric = true, prefer_older = false;
  std::uint32_t default_bgp_med = 0, default_bgp_local_pref = 100;
  bool interpret_communities = true;
  std::optional<std::uint32_t> allow_local_as;  ///< occurrences tolerated; 0xffffffff: any
  bool allow_local_pref = false, allow_med = false, allow_as_sets = true, enforce_first_as = false;
  bool enable_route_refresh = true, enable_enhanced_refresh = true, enable_as4 = true, enable_extended_messages = false;
  bool advertise_hostname = false;
  bool require_route_refresh = false, require_enhanced_refresh = false, require_as4 = false,
       require_extended_messages = false, require_hostname = false, require_graceful_restart = false,
       require_long_lived_graceful_restart = false;
  bool capabilities = true;
  GracefulRestart graceful_restart = GracefulRestart::aware;
  std::uint16_t graceful_restart_time = 120;
  bool graceful_restart_notification =
      false;  ///< RFC 8538: a NOTIFICATION keeps routes, too, unless it is a hard reset
  std::optional<GracefulRestart> long_lived_graceful_restart;  ///< unset: aware when graceful restart is not off
  std::uint32_t long_lived_stale_time = 3600;
  std::uint16_t min_graceful_restart_time = 0;
  std::uint16_t max_graceful_restart_time = 4095;
  std::uint32_t min_long_lived_stale_time = 0, max_long_lived_stale_time = 0xffffff;
  std::optional<bfd::RequestOptions> bfd;     ///< unset: off
  bool check_link = true;
  std::optional<proto::Role> local_role;
  bool require_roles = false;
  std::uint32_t router_id = 0;                 ///< after bind: the protocol's, else the global one
  std::string hostname;                        ///< for capability 73
  filter::Dialect dialect = filter::Dialect::bird2;
  std::vector<BgpChannelOptions> channels;
};

/// 1.6's global `listen bgp address A port N`; also implied by `local ... port` and `strict bind` of 2.x.
struct ListenOptions {
  proto::Address address;  ///< unspecified: any
  std::uint16_t port = 179;
  bool v6only = false;
  bool free = false;       ///< the address need not be there yet
  friend auto operator<=>(const ListenOptions&, const ListenOptions&) = default;
};

/// What a live change asks of a session; several may be set. Nothing set: options are stored, nothing happens.
struct Retune {
  bool restart = false;
  bool refilter_in = false, refilter_out = false;   ///< per-channel filters, next hop rules, ... changed
};

}  // namespace avocet::session
