#pragma once
/// Update groups: peers that must be told the same bytes share one memory of what they were told, and one encoder.
/// "Walk, then follow": a member either follows the group's log of encoded messages or walks over all nets first.
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "bgpd/announce/options.hpp"
#include "bgpd/rib/rib.hpp"

namespace avocet::announce {

/// A piece of output to write: a span inside a shared, immutable buffer.
struct Chunk {
  std::shared_ptr<const std::vector<std::uint8_t>> buffer;
  std::size_t offset = 0, length = 0;
};

/// The export side of one session for one family. Made by Announcer::join, ended by its destruction.
class Member {
 public:
  virtual ~Member() = default;
  /// Something to write? (or a walk that can go on)
  virtual bool has_output() const = 0;
  /// Appends chunks to write next, at least one if has_output, at most about `max_bytes`. What was taken counts as
  /// told.
  virtual void take(std::size_t max_bytes, std::vector<Chunk>& out) = 0;
  /// The peer asked for a route refresh: everything is told again; `enhanced` brackets it (RFC 7313).
  virtual void refresh(bool enhanced) = 0;
  /// Live change of options; the peer is told the difference (new ExportOptions may lead to another group).
  virtual void retune(ExportOptions options) = 0;
  virtual const ExportOptions& options() const = 0;
  virtual bool walking() const = 0;
  /// Calls visit for each net told to this peer now, ascending NetId from `from`; stops when visit returns false.
  virtual void for_advertised(rib::NetId from,
                              const std::function<bool(rib::NetId, proto::AttributeView)>& visit) const = 0;
};

/// What the export pipeline makes of one path for one kind of peer: for `show route export`, preexport, noexport and
/// for the group itself.
enum class ExportResult : std::uint8_t {
  accepted,
  not_offered,  ///< source rules: own route, iBGP to iBGP, NO_EXPORT, ... (preexport shows only the others)
  filtered,     ///< the export filter said no
};
struct ExportReason {
  ExportResult result;
  const char* why;  ///< "reflected route came from a non-client", "community no-export", "filter", ...
};
/// Runs the pipeline for one path; attributes as they would be sent go into `out`. `receiver` is the member's source
/// id.
ExportReason export_route(const rib::Rib& rib, const rib::RouteView& route, const ExportOptions& options,
                          rib::SourceId receiver, proto::AttributeBlock& out);

/// Owns all groups; must outlive their members.
class Announcer {
 public:
  explicit Announcer(rib::Rib& rib);
  ~Announcer();
  Announcer(const Announcer&) = delete;

  /// Joins the group for these options (made if needed) and begins to walk. `channel` gives table, source id, counters
  /// and export limit. `wake` is called when has_output becomes true; it may only schedule a write. `end_of_rib`: send
  /// the marker after the first walk.
  std::unique_ptr<Member> join(std::shared_ptr<rib::Channel> channel, ExportOptions options, bool end_of_rib,
                               std::function<void()> wake);

  /// Continues walks and group-wide refilters for at most `budget`; true if more is left. Called by the loop after
  /// Rib::work.
  bool work(std::chrono::nanoseconds budget);
  std::function<void()> on_work;
  /// An export filter printed a line for a route, or failed ("bird.conf:41: ...").
  std::function<void(std::string_view text, bool failed, const proto::Prefix& net)> on_filter_message;
  /// Bytes a group keeps unsent for its slowest member; 16 MiB unless told.
  void limit_backlog(std::size_t bytes);

  std::size_t group_count() const;
  std::size_t memory_bytes() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace avocet::announce
