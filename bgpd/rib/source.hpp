#pragma once
/// What tables, decision and views need to know of each channel, in one dense array by SourceId.
#include <cstdint>
#include <memory>

#include "bgpd/rib/channel.hpp"

namespace avocet::rib {

class TableCore;
class ChannelCore;

/// Work that a source wants done for all its paths; one walk over the table serves all sources.
namespace chore {
constexpr std::uint8_t sweep = 1;       ///< remove what is not of the current epoch
constexpr std::uint8_t refilter = 2;    ///< run the import filter again on what was received
constexpr std::uint8_t long_lived = 4;  ///< mark what is not of the current epoch LLGR_STALE
constexpr std::uint8_t release = 8;     ///< the channel is closed: the id is free once its last path is gone
constexpr std::uint8_t resort = 16;     ///< what decisions depend on has changed
}  // namespace chore

/// One channel's import side, reduced to what every route needs.
struct Source {
  std::uint8_t epoch = 0;          ///< of what is told now
  std::uint8_t alive_since = 0;    ///< oldest epoch whose paths may be used
  std::uint8_t chores = 0;         ///< bits of `chore` still to be done
  std::uint8_t stale_before = 0;   ///< epochs before this one are what sweep and long_lived work on
  std::uint8_t oldest = 0;         ///< no path is older than this epoch
  filter::RouteSource kind = filter::RouteSource::bgp;
  bool bgp = false, external = false, gateway_recursive = false;
  bool path_metric = true, med_metric = false, deterministic_med = false, igp_metric = true, prefer_older = false;
  filter::Dialect dialect = filter::Dialect::bird2;
  std::uint16_t preference = 0;
  std::uint32_t local_as = 0, remote_id = 0, cost = 0;
  std::uint32_t default_local_pref = 100, default_med = 0;
  proto::Address remote_address;
  std::uint32_t imported = 0, filtered = 0;  ///< usable accepted and rejected paths
  std::uint32_t preferred = 0;               ///< nets whose first path is ours
  std::uint32_t paths = 0;                   ///< all, unusable ones included
  const Table* igp_table = nullptr;
  TableCore* table = nullptr;
  std::shared_ptr<ChannelCore> channel;  ///< null: the id is free

  /// How many epochs ago a path was told.
  std::uint8_t age(std::uint8_t path_epoch) const { return static_cast<std::uint8_t>(epoch - path_epoch); }
  bool fresh(const Path& path) const { return path.epoch == epoch; }
  bool alive(const Path& path) const { return age(path.epoch) <= age(alive_since); }
};

}  // namespace avocet::rib
