#pragma once
/// What `debug { routes, filters }` of a session tells of routes on their way out: told, replaced, taken back, or why not.
#include <memory>

#include "bgpd/announce/advertised.hpp"
#include "bgpd/announce/export_route.hpp"

namespace avocet::announce {

/// The lines for one session and its family. Runs the pipeline a second time, for this session alone: update groups do
/// not know which of them is read about.
class ExportTrace {
 public:
  ExportTrace(rib::Rib& rib, std::shared_ptr<rib::Channel> channel) : rib_(rib), channel_(std::move(channel)), pipeline_(rib) {}

  static bool wanted(const rib::Rib& rib, const rib::Channel& channel);
  /// One net that was decided. `before`: what the peer's group told of it until now.
  void net(rib::NetId net, const ExportOptions& options, std::span<const Told> before);

 private:
  void path(const rib::RouteView& view, const ExportOptions& options, bool told_before);

  rib::Rib& rib_;
  std::shared_ptr<rib::Channel> channel_;
  ExportPipeline pipeline_;
  proto::AttributeBlock scratch_;
  bool told_ = false;  // by the last `path`
};

/// The lines of a session's first walk, or of one that was asked for again: in slices, as the RIB feeds.
class ExportTraceFeed final : public rib::Follower {
 public:
  ExportTraceFeed(rib::Rib& rib, std::shared_ptr<rib::Channel> channel, ExportOptions options);
  ~ExportTraceFeed() override;
  ExportTraceFeed(const ExportTraceFeed&) = delete;

  void changed(rib::Table& table, std::span<const rib::NetId> nets) override;

 private:
  rib::Rib& rib_;
  std::shared_ptr<rib::Channel> channel_;
  ExportOptions options_;
  ExportTrace trace_;
};

}  // namespace avocet::announce
