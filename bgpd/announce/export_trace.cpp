#include "bgpd/announce/export_trace.hpp"

#include <algorithm>

#include "bgpd/rib/trace.hpp"

namespace avocet::announce {
namespace {

constexpr std::uint32_t bits = rib::debug::routes | rib::debug::filters;

}  // namespace

bool ExportTrace::wanted(const rib::Rib& rib, const rib::Channel& channel) { return rib::traces(rib, channel, bits); }

void ExportTrace::net(rib::NetId net, const ExportOptions& options, std::span<const Told> before) {
  auto& table = channel_->table();
  auto was_told = [&](const Told& told) {
    return !withheld(*channel_, told.source, rib_.attributes().view(told.attributes));
  };
  bool told_before = std::ranges::any_of(before, was_told);
  bool told_now = false;
  auto* best = table.in_use(net) ? table.best(net) : nullptr;
  for (auto id = best ? table.first(net) : rib::PathId(); id.valid(); id = table.path(id).next) {
    auto& candidate = table.path(id);
    if (!table.usable(candidate)) continue;
    bool this_before = !options.add_path ? told_before : std::ranges::any_of(before, [&](auto& told) {
      return told.source == candidate.source && was_told(told);
    });
    path(rib_.view(table, net, candidate), options, this_before);
    told_now |= told_;
    if (!options.add_path && (told_ || !options.secondary)) break;
  }
  if (told_before && !told_now)
    rib::trace_route(rib_, *channel_, rib::debug::routes, "< removed", {table.prefix(net)});
}

void ExportTrace::path(const rib::RouteView& view, const ExportOptions& options, bool told_before) {
  proto::Nlri nlri{view.net, view.path->path_id};
  auto reason = pipeline_.run(view, options, channel_->source, scratch_);
  told_ = reason.result == ExportResult::accepted;
  if (told_)
    rib::trace_route(rib_, *channel_, rib::debug::routes, told_before ? "< replaced" : "< added", nlri,
                     proto::destination_name(view.resolution.kind));
  else if (reason.result == ExportResult::filtered)
    rib::trace_route(rib_, *channel_, rib::debug::filters, "< filtered out", nlri, pipeline_.error());
  else
    rib::trace_route(rib_, *channel_, rib::debug::filters, "< rejected by protocol", nlri, reason.why);
}

ExportTraceFeed::ExportTraceFeed(rib::Rib& rib, std::shared_ptr<rib::Channel> channel, ExportOptions options)
    : rib_(rib), channel_(std::move(channel)), options_(std::move(options)), trace_(rib, channel_) {
  rib_.feed(channel_->table(), *this);
}

ExportTraceFeed::~ExportTraceFeed() { rib_.unfollow(channel_->table(), *this); }

void ExportTraceFeed::changed(rib::Table&, std::span<const rib::NetId> nets) {
  for (auto net : nets) trace_.net(net, options_, {});
}

}  // namespace avocet::announce
