#pragma once
/// Telling again what a group tells: everything, or a list of nets that a reader may know wrongly.
#include <boost/unordered/unordered_flat_set.hpp>
#include <vector>

#include "bgpd/announce/advertised.hpp"
#include "bgpd/announce/backlog.hpp"
#include "bgpd/announce/pack.hpp"
#include "proto/nlri.hpp"

namespace avocet::announce {

class UpdateGroup;

/// Produces batches when a reader asks for more; all batches stay until the last reader is done, so readers may join
/// late and share the encoded bytes. Then each follows the group's log from `follow`, where it stood when the walk
/// began.
class Walk {
 public:
  /// Over everything the group tells.
  Walk(UpdateGroup& group, Backlog::Position follow);
  /// Over these nets only: announced if told now, else withdrawn.
  Walk(UpdateGroup& group, Backlog::Position follow, std::vector<proto::Nlri> list);

  Backlog::Position start() const { return start_; }
  /// Null once the log was cut behind it: then nobody can join any more.
  const Backlog::Position& follow() const { return follow_; }
  void forget_follow() { follow_ = {}; }
  /// Encodes the next batch; false if there was none left.
  bool produce();
  /// The nets of a walk over a list; empty for one over everything.
  const std::vector<proto::Nlri>& list() const { return list_; }
  /// Something was encoded already.
  bool begun() const { return begun_; }
  /// A next hop that was told is this address, so batches before now may hold what a peer there must not hear.
  bool told_next_hop(const proto::Address& address) const;
  /// Something with this set was told by the walk, or by the log since.
  void note_next_hop(rib::AttrId attributes, std::uint16_t source);

 private:
  void collect_everything();
  void collect_list();
  void encode();

  UpdateGroup& group_;
  Backlog bytes_;
  Backlog::Position follow_;
  Backlog::Position start_;
  Packer packer_;
  bool everything_, begun_ = false;
  rib::NetId cursor_{0};           ///< invalid: all told
  std::vector<proto::Nlri> list_;  ///< sorted, each once
  std::size_t list_at_ = 0;
  boost::unordered_flat_set<proto::Address, std::hash<proto::Address>>
      third_party_hops_;                ///< not their source's own address
  std::vector<Told> told_;              // scratch
  std::vector<std::uint16_t> readers_;  // scratch
};

}  // namespace avocet::announce
