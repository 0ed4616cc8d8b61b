#pragma once
/// The channel as the tables know it.
#include "bgpd/rib/channel.hpp"
#include "bgpd/rib/core.hpp"

namespace avocet::rib {

class ChannelCore final : public Channel {
 public:
  ChannelCore(Core& core, TableCore& table, std::uint16_t source);

  Table& table() override { return table_; }
  const Table& table() const override { return table_; }
  void announce(std::span<const proto::Nlri> nets, proto::AttributeView attributes) override;
  void withdraw(std::span<const proto::Nlri> nets) override;
  void set_facts(SourceFacts facts) override;
  void mark_stale() override;
  void mark_long_lived_stale() override;
  void sweep() override;
  void flush() override;
  bool flushing() const override;
  bool may_export(std::uint32_t count) override { return passes(LimitKind::export_, options.export_limit, count); }
  void reconfigure(ChannelOptions options) override;
  void refilter_in() override;
  std::uint32_t imported() const override { return closed_ ? 0 : row().imported; }
  std::uint32_t filtered() const override { return closed_ ? 0 : row().filtered; }
  std::uint32_t preferred() const override { return closed_ ? 0 : row().preferred; }

  /// First use and after facts or options changed: copies what routes need into the source row.
  void fill_row();
  /// Routes go, then the source id; nothing is accepted any more.
  void close();

  // chores of the table's walk
  void refilter(NetId net, PathId id);
  void make_long_lived_stale(NetId net, PathId id);

 private:
  /// What the import side makes of a set for one net: a reference to the accepted set, or none.
  struct Imported {
    AttrId attributes;
    std::uint8_t flags = 0;
  };
  void trace_filtered(const proto::Nlri& nlri, const Imported& result) const;
  Imported import(const proto::Prefix& net, AttrId received);
  void announce_one(const proto::Nlri& nlri, AttrId received);
  void take_away(const proto::Nlri& nlri);
  /// Whether one more route may pass; tells the protocol when a limit is reached.
  bool passes(LimitKind kind, const std::optional<Limit>& limit, std::uint32_t count);
  void next_epoch();
  void start_chore(std::uint8_t chore);
  Source& row() { return core_.sources[source.value]; }
  const Source& row() const { return core_.sources[source.value]; }

  Core& core_;
  TableCore& table_;
  bool closed_ = false;
  bool told_since_epoch_ = false;     // whether any route carries the present epoch
  std::uint8_t limits_told_ = 0;      // bit per LimitKind: on_limit was called for this excess
};

}  // namespace avocet::rib
