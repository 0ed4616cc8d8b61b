#pragma once
/// The export pipeline with its scratch memory: one path in, the attributes one kind of peer is sent out.
#include <functional>
#include <string_view>
#include <vector>

#include "bgpd/announce/group.hpp"

namespace avocet::announce {

/// As export_route, for callers with many routes: keeps its memory between runs.
class ExportPipeline {
 public:
  explicit ExportPipeline(const rib::Rib& rib) : rib_(rib) {}

  /// `receiver` invalid: rules that depend on the single member (own route, next hop equal to the neighbour) are left
  /// to the caller, and the result holds for a whole group.
  ExportReason run(const rib::RouteView& route, const ExportOptions& options, rib::SourceId receiver,
                   proto::AttributeBlock& out);

  /// Each run fills it with the way through the export filter; null ends that.
  void trace(filter::Trace* trace) { edits_.trace = trace; }
  /// What the filter of the last run printed.
  const std::vector<std::string>& printed() const { return edits_.printed; }
  /// "bird.conf:41: ..." if the filter of the last run failed, else empty.
  const std::string& error() const { return error_; }

 private:
  ExportReason filter_then_update(const rib::RouteView& route, const ExportOptions& options,
                                  proto::AttributeBlock& out);
  ExportReason prepare_then_filter(const rib::RouteView& route, const ExportOptions& options,
                                   proto::AttributeBlock& out);
  /// Runs the export filter on `input`; accepted attributes go into `out`.
  ExportReason filter(const rib::RouteView& route, const ExportOptions& options, proto::AttributeView input,
                      proto::AttributeBlock& out);

  const rib::Rib& rib_;
  filter::Edits edits_;
  proto::AttributeBlock prepared_;
  std::string error_;
};

/// Whether a member must not be told a route: its own, or one whose next hop is the member itself (BIRD refuses those;
/// the peer could only loop packets).
bool withheld(const rib::Channel& member, std::uint16_t source, proto::AttributeView exported);

}  // namespace avocet::announce
