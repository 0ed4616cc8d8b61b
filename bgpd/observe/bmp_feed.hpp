#pragma once
/// What a monitoring station is told of one table: the routes of sessions, before and after the import filters, RFC
/// 7854 section 5. Remembers what was told, so a slow station costs no more memory than a fast one: of changes that it
/// has not heard of yet it hears the last.
#include <chrono>
#include <cstdint>
#include <deque>
#include <unordered_map>
#include <vector>

#include "bgpd/rib/rib.hpp"
#include "proto/bmp.hpp"
#include "proto/message.hpp"

namespace avocet::observe {

/// The routes of one session into the table.
struct BmpStream {
  proto::BmpPeer peer;
  bool add_path = false;  ///< prefixes carry path ids, as the OPENs say
};

class BmpFeed final : public rib::Follower {
 public:
  struct Policies {
    bool before = false, after = false;  ///< of the import filter
  };
  /// `started`: when the Rib's clock began. The table must stay until the feed's end.
  BmpFeed(rib::Rib& rib, rib::Table& table, Policies policies, std::chrono::system_clock::time_point started);
  ~BmpFeed() override;
  BmpFeed(const BmpFeed&) = delete;

  /// The session of this channel is up: all its routes are told, then End-of-RIB, then changes.
  void begin(rib::SourceId source, BmpStream stream);
  /// It is down, which is all that the station needs to know of its routes.
  void end(rib::SourceId source);
  bool empty() const { return streams_.empty(); }

  /// Appends messages until `out` holds `limit` bytes or more, or the time is over, or all is told. True if something
  /// is left.
  bool produce(std::vector<std::uint8_t>& out, std::size_t limit, std::chrono::steady_clock::time_point deadline);

  void changed(rib::Table& table, std::span<const rib::NetId> nets) override;
  bool sees_rejected() const override { return policies_.before; }
  std::function<void()> on_work;  ///< called when there is something to produce

 private:
  /// One path that the station knows. Holds references on its attribute sets.
  struct Told {
    std::uint32_t next = none, path_id = 0;
    std::uint32_t session = 0;  ///< in which it was told: the station forgets all of a session that ends
    rib::AttrId before, after;
    std::uint16_t source = 0;
    bool met = false;  ///< scratch of `tell_net`
  };
  /// Of a net that has no paths any more, whose id may be given away.
  struct Gone {
    proto::Prefix net;
    Told told;
  };
  struct Session {
    BmpStream stream;
    std::uint32_t number = 0;
    bool walked = false;  ///< the walk at work began after the session
    bool told_all = false;
  };
  static constexpr std::uint32_t none = 0xffffffff;

  bool something_left() const { return !gone_.empty() || !due_.empty() || walking_; }
  void start_walk();
  void end_walk(std::vector<std::uint8_t>& out);
  void tell_net(rib::NetId net, std::vector<std::uint8_t>& out);
  void tell(const proto::Nlri& nlri, const Session& session, rib::AttrId& told, rib::AttrId now, bool post_policy,
            std::uint64_t microseconds, std::vector<std::uint8_t>& out);
  void withdraw(const proto::Prefix& net, Told& told, std::vector<std::uint8_t>& out);
  void release(std::uint32_t entry);
  void forget(rib::AttrId& id);
  std::uint32_t& head(rib::NetId net);
  std::uint32_t allocate();
  std::uint64_t now_microseconds() const;

  rib::Rib& rib_;
  rib::Table& table_;
  Policies policies_;
  std::chrono::system_clock::time_point started_;
  std::unordered_map<std::uint16_t, Session> streams_;  // by source
  std::vector<std::uint32_t> heads_;                    // by net
  std::vector<Told> told_;
  std::uint32_t free_ = none, last_session_ = 0;
  std::deque<rib::NetId> due_;
  std::vector<bool> is_due_;
  std::deque<Gone> gone_;
  bool walking_ = false;
  std::uint32_t cursor_ = 0;
  std::vector<std::uint8_t> update_;  // scratch
};

}  // namespace avocet::observe
