#pragma once
/// One update group: what its members are told, the log they follow, and the walks they share.
#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>
#include <functional>
#include <memory>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "bgpd/announce/advertised.hpp"
#include "bgpd/announce/backlog.hpp"
#include "bgpd/announce/export_route.hpp"
#include "bgpd/announce/pack.hpp"
#include "bgpd/announce/path_numbers.hpp"
#include "bgpd/announce/walk.hpp"
#include "proto/message.hpp"

namespace avocet::announce {

class GroupMember;

/// What all groups of an Announcer share.
struct Shared {
  rib::Rib& rib;
  PathNumbers path_numbers;
  std::function<void()> something_to_do;                            ///< Announcer::work should run
  std::function<void(std::string_view text, bool failed, const proto::Prefix& net)> message;  ///< a filter printed, or failed
  std::vector<std::weak_ptr<rib::Channel>> over_limit;              ///< to be told by Announcer::work
  std::size_t max_backlog_bytes = 0;

  void report_limit(const std::shared_ptr<rib::Channel>& channel) {
    over_limit.push_back(channel);
    something_to_do();
  }
};

/// How a peer with these options reads the UPDATEs that its group sends.
proto::UpdateContext reading_context(const ExportOptions& options);

class UpdateGroup final : public rib::Follower {
 public:
  /// `only` is set for groups of one, whose pipeline depends on the member: its own routes are not candidates for
  /// `secondary`, and a blocking export limit holds back the nets beyond it.
  UpdateGroup(Shared& shared, rib::Table& table, ExportOptions options, std::shared_ptr<rib::Channel> only);
  ~UpdateGroup() override;
  UpdateGroup(const UpdateGroup&) = delete;

  const ExportOptions& options() const { return options_; }
  const rib::Table& table() const { return table_; }
  const Advertised& advertised() const { return advertised_; }
  const Backlog& log() const { return log_; }
  bool filled() const { return filled_; }
  const std::shared_ptr<rib::Channel>& only() const { return only_; }
  const rib::AttributeStore& store() const;

  void enter(GroupMember& member);
  void leave(GroupMember& member);
  bool has_members() const { return !by_source_.empty(); }

  /// A walk over everything for a reader that starts now: shared with whoever walks already, when possible.
  std::shared_ptr<Walk> full_walk(const GroupMember& member);
  /// For a reader that lost the log: everything missed since then.
  std::shared_ptr<Walk> missed_walk(const GroupMember& member);
  /// A member that had lost the log follows again: what nobody waits for is forgotten.
  void found_again();
  std::shared_ptr<Walk> list_walk(std::vector<proto::Nlri> list);
  /// All nets of the messages that a reader has not yet read.
  void collect_unread(const Backlog::Position& from, std::vector<proto::Nlri>& out) const;
  void collect_missed(std::uint64_t since, std::vector<proto::Nlri>& out) const;

  proto::EncodeContext encode_context() const;
  /// Adds the members that must not be told a path; its source only if it is one.
  void withheld_from(rib::AttrId attributes, std::uint16_t source, std::vector<std::uint16_t>& readers) const;
  const rib::Rib& rib() const { return shared_.rib; }

  void changed(rib::Table& table, std::span<const rib::NetId> nets) override;
  /// Encodes what changed since the last flush, and wakes the members.
  void flush();
  /// Members to be looked at by the next flush: they came, or wish something.
  void ask_for_flush();
  bool wants_flush() const { return wants_flush_; }
  /// Members that move here once the group is filled.
  std::vector<GroupMember*> movers;
  /// Lets them in; each is told the difference between the old group and this one.
  void admit_movers();

  std::size_t memory_bytes() const;

 private:
  struct Verdict {
    ExportResult result = ExportResult::not_offered;
    rib::AttrId attributes;
  };
  /// Of one flush, for the counters.
  struct Tally {
    std::uint64_t offered = 0, rejected = 0, filtered = 0, told = 0, gone = 0, withdrawn = 0;
  };

  void update(rib::NetId net);
  /// `debug { routes, filters }` of members: what became of the net, before it is noted as told.
  void trace(rib::NetId net);
  void evaluate(rib::NetId net);
  Verdict evaluate_path(rib::NetId net, const rib::Path& path);
  Verdict run_pipeline(rib::NetId net, const rib::Path& path);
  void tell(const proto::Nlri& nlri, const Told& now, const Told* before);
  bool blocked_by_limit(rib::NetId net);
  bool can_share(const Walk& walk, const GroupMember& member) const;
  void forget_cache();
  void account();
  void limit_backlog();
  void visit_members(const std::function<void(GroupMember&)>& visit);
  void note_missed(const proto::Nlri& nlri);
  bool somebody_lost() const;

  Shared& shared_;
  rib::Table& table_;
  ExportOptions options_;
  std::shared_ptr<rib::Channel> only_;
  bool filled_ = false;
  bool wants_flush_ = false;
  bool blocked_ = false;  ///< the export limit of `only_` holds nets back, and that was said
  ExportPipeline pipeline_;
  Advertised advertised_;
  Backlog log_;
  Packer packer_;
  std::vector<rib::NetId> batch_;  ///< nets in packer_
  std::vector<bool> in_batch_;     ///< by NetId
  std::vector<GroupMember*> members_;
  unsigned visiting_ = 0;  ///< members_ is being walked: leaving members become null
  boost::unordered_flat_map<std::uint16_t, GroupMember*> by_source_;
  std::unordered_map<proto::Address, std::vector<std::uint16_t>> by_address_;
  std::vector<std::weak_ptr<Walk>> walks_;  ///< over everything

  struct NlriHash {
    std::size_t operator()(const proto::Nlri& n) const {
      return std::hash<proto::Prefix>{}(n.prefix) + n.path_id * 0x9e3779b9u;
    }
  };
  /// Changes that readers who lost the log have missed, with the log's number when they were last changed.
  boost::unordered_flat_map<proto::Nlri, std::uint64_t, NlriHash> missed_;
  std::weak_ptr<Walk> missed_walk_;
  std::uint64_t missed_walk_since_ = 0;

  // scratch of one flush
  Tally tally_;
  boost::unordered_flat_map<std::uint16_t, Tally> own_;  ///< of routes that came from a member
  std::vector<Told> before_, now_;
  proto::AttributeBlock exported_;
  std::vector<std::uint16_t> readers_, readers_before_;
  /// Results for (attributes, source), only for `accept all`: the rest of the pipeline looks at nothing else.
  boost::unordered_flat_map<std::uint64_t, Verdict> cache_;
};

}  // namespace avocet::announce
