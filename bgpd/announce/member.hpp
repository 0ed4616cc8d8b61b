#pragma once
/// The export side of one session: walks, then follows its group's log.
#include <deque>

#include "bgpd/announce/export_trace.hpp"
#include "bgpd/announce/update_group.hpp"

namespace avocet::announce {

/// Walks over the difference from one old group, shared by the members that move together.
using SharedMoves = std::unordered_map<const UpdateGroup*, std::shared_ptr<Walk>>;

/// Finds or makes the group for these options; kept by the Announcer.
using FindGroup =
    std::function<std::shared_ptr<UpdateGroup>(const std::shared_ptr<rib::Channel>&, const ExportOptions&)>;

class GroupMember final : public Member {
 public:
  GroupMember(Shared& shared, FindGroup find_group, std::shared_ptr<rib::Channel> channel, ExportOptions options,
              bool end_of_rib, std::function<void()> wake);
  ~GroupMember() override;

  bool has_output() const override { return ready_; }
  void take(std::size_t max_bytes, std::vector<Chunk>& out) override;
  void refresh(bool enhanced) override;
  void retune(ExportOptions options) override;
  const ExportOptions& options() const override { return options_; }
  bool walking() const override;
  void for_advertised(rib::NetId from,
                      const std::function<bool(rib::NetId, proto::AttributeView)>& visit) const override;

  rib::Channel& channel() const { return *channel_; }
  const std::shared_ptr<rib::Channel>& channel_pointer() const { return channel_; }
  std::uint16_t source() const { return static_cast<std::uint16_t>(channel_->source.value); }

  // for the group
  /// Looks whether there is output now, starting and ending walks; calls wake when output appears.
  /// wake must not do more than schedule a write: it may be called while the RIB delivers changes.
  void look();
  const Backlog::Position& position() const { return at_; }
  bool lost() const { return lost_; }
  std::uint64_t lost_since() const { return lost_since_; }
  /// The log goes on without this reader; what it misses is told by a walk later.
  void lose_log();
  /// Where the log stood when this member entered the group; set by the group.
  Backlog::Mark entered;
  /// Leaves the old group for the one it waited for, and is told the difference.
  void move(SharedMoves& moves);
  /// Brings channel.exported up to date; a passed export limit is reported once per excess.
  void count_exported();

 private:
  enum class Wish : std::uint8_t { none, again, enhanced };

  void settle();
  void begin_walk(std::shared_ptr<Walk> walk);
  void end_walk();
  void say(std::vector<std::uint8_t> message);
  void stop_waiting();
  void count_feed();
  /// Everything is told (again): so `debug` tells of everything.
  void trace_feed();
  /// The nets of which the peer may know something else than `target` tells.
  std::vector<proto::Nlri> unlike(const UpdateGroup& target) const;

  Shared& shared_;
  FindGroup find_group_;
  std::shared_ptr<rib::Channel> channel_;
  ExportOptions options_;
  std::function<void()> wake_;
  std::shared_ptr<UpdateGroup> group_, target_;
  std::unique_ptr<ExportTraceFeed> trace_feed_;  ///< the last one; null unless debugged
  Backlog::Position at_;  ///< in the group's log
  std::shared_ptr<Walk> walk_;
  Backlog::Position walk_at_;
  std::deque<Chunk> own_;   ///< markers for this peer alone
  bool fresh_ = true;       ///< nothing was told yet: the first walk has not begun
  bool feed_counted_;       ///< the nets told by the first walk are in the counters
  bool end_of_rib_;         ///< still to be sent
  bool bracketed_ = false;  ///< EoRR follows the walk
  Wish wish_ = Wish::none;
  bool lost_ = false;
  std::uint64_t lost_since_ = 0;
  bool ready_ = false;
  bool over_limit_ = false;  ///< and said so
};

}  // namespace avocet::announce
