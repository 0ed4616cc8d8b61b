#pragma once
/// What a cache tells, on its way into the tables of its channels: import filter, counters, and answers that hold as a
/// whole.
#include <memory>
#include <optional>
#include <vector>

#include "bgpd/rib/channel.hpp"
#include "bgpd/rib/rib.hpp"
#include "bgpd/rpki/options.hpp"
#include "proto/rtr.hpp"

namespace avocet::rpki {

class Delivery {
 public:
  /// `protocol`: its name is what the tables know us by.
  Delivery(rib::Rib& rib, const rib::Protocol& protocol) : rib_(rib), protocol_(protocol) {}

  /// Channels of the configuration. What lies in a table that is not ours any more is dropped there; its name is
  /// returned.
  std::vector<std::string> open(const RpkiOptions& options);
  void begin(bool all_anew);
  /// Between `begin` and `commit` or `abort`. The fault, if the record cannot be (RFC 8210 section 12).
  std::optional<proto::rtr::Fault> take(const proto::rtr::PrefixRecord& record);
  std::optional<proto::rtr::Fault> take(const proto::rtr::AspaRecord& record);
  /// Names of the tables that say something else now.
  std::vector<std::string> commit();
  void abort();
  std::vector<std::string> drop();

  struct Channel {
    RpkiChannel options;
    rib::ImportCounters counters;
    std::uint32_t count = 0;  ///< ROAs or ASPAs that hold
  };
  const std::vector<Channel>& channels() const { return channels_; }
  /// The first failure of an import filter in this answer; "" if there was none.
  const std::string& filter_error() const { return filter_error_; }

 private:
  Channel* find(Told told);
  rib::Attester attester(const Channel& channel) const;
  bool accepts(Channel& channel, const filter::Value& net);
  void count(Channel& channel, rib::Told told, bool announce, bool filtered);
  bool drop_in(const RpkiChannel& channel);
  void recount();
  std::optional<proto::rtr::Fault> verdict(const Channel& channel, rib::Told told, const std::string& what) const;

  rib::Rib& rib_;
  const rib::Protocol& protocol_;
  bool any_length_ = false;
  std::vector<Channel> channels_;
  // Of the answer under way: looked up once, since no table comes or goes meanwhile.
  rib::RoaTable* roas_[2] = {};
  rib::RoaTable::Place places_[2] = {};
  rib::AspaTable* aspas_ = nullptr;
  filter::Edits edits_;
  std::string filter_error_;
};

}  // namespace avocet::rpki
