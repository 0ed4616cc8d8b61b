#pragma once
/// Route origin authorisations and the question that filters ask of them: RFC 6811.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bgpd/rib/attester.hpp"
#include "bgpd/rib/options.hpp"

namespace avocet::rib {

/// What RFC 6811 section 2 says of a route; the values behind ROA_*.
enum class RoaState : std::uint8_t { unknown = 0, valid = 1, invalid = 2 };

/// One `roa4 table` or `roa6 table`. Several attesters (static protocols, caches, the table's own entries) add to it; a
/// ROA counts while one of them says it. Made for a million: 32 bytes a ROA and about 6 of index; told one by one.
class RoaTable {
 public:
  explicit RoaTable(RoaTableOptions options);
  const RoaTableOptions& options() const { return options_; }
  /// Own entries and times; name and family stay. True if an entry changed.
  bool reconfigure(RoaTableOptions options);

  /// Where an attester stands in this table while it says something.
  using Place = std::uint16_t;
  static constexpr Place nobody = 0xffff;
  Place find(std::string_view attester) const;
  /// An answer begins; what another one has told unfinished is dropped. `any_length`: every longer prefix counts.
  Place begin(const Attester& attester, Telling telling, bool any_length = false);
  /// Between begin and commit. Nothing of it is seen by `check` before.
  Told announce(Place place, const Roa& roa);
  Told withdraw(Place place, const Roa& roa);
  /// What was told holds now. `now`: Rib::now_seconds. True if it makes a difference to this attester's ROAs.
  bool commit(Place place, std::uint32_t now);
  void abort(Place place);
  /// Nothing of this attester holds any more. True if there was something.
  bool clear(std::string_view attester);
  /// What one attester says from now on, in place of what it said before. True if anything changed.
  bool replace(const Attester& attester, const std::vector<Roa>& roas, std::uint32_t now = 0);
  std::uint32_t count(std::string_view attester) const;

  /// `unknown` if no ROA covers the net, also for a net of the other family. AS 0 is never valid (RFC 6483 section 4).
  RoaState check(const proto::Prefix& net, std::uint32_t asn) const;

  /// Entries are numbers below `limit`, for walks that stop and go on; a number without a ROA is skipped.
  std::uint32_t limit() const { return static_cast<std::uint32_t>(entries_.size()); }
  std::size_t size() const { return size_; }
  bool holds(std::uint32_t entry) const { return entries_[entry].flags & live; }
  Roa roa(std::uint32_t entry) const;
  const Attester& attester(std::uint32_t entry) const { return attesters_[entries_[entry].place].attester; }
  std::uint32_t since(std::uint32_t entry) const { return entries_[entry].since; }  ///< seconds, as `commit` was told
  /// All entries that say the same as this one, which is among them; the best preference first.
  std::vector<std::uint32_t> same_as(std::uint32_t entry) const;
  std::size_t memory_bytes() const;

 private:
  enum Flag : std::uint32_t { live = 1, adding = 2, removing = 4, seen = 8 };
  struct Entry {
    std::uint64_t high = 0, low = 0;  ///< of the net's address
    std::uint32_t asn = 0;
    std::uint32_t next = none;  ///< in its bucket, or of the free ones
    std::uint32_t since : 28 = 0;
    std::uint32_t flags : 4 = 0;
    std::uint8_t length = 0;
    std::uint8_t max_length = 0;  ///< as it was told
    Place place = 0;
  };
  static_assert(sizeof(Entry) == 32);
  struct Seat {
    Attester attester;
    bool used = false, any_length = false, telling = false;
    Telling how = Telling::changes;
    std::vector<std::uint32_t> told;  ///< entries that the unfinished answer is about
    std::uint32_t count = 0;          ///< live ones
    bool known_as(std::string_view name) const { return used && attester.name == name; }
  };
  static constexpr std::uint32_t none = 0xffffffff;

  std::uint32_t bucket(const Entry& entry) const;
  std::uint32_t find(Place place, const Roa& roa) const;
  std::uint32_t add(Place place, const Roa& roa);
  void remove(std::uint32_t id);
  void grow();
  std::uint64_t& lengths_at(std::uint64_t high, std::uint64_t low);
  std::uint64_t lengths_at(std::uint64_t high, std::uint64_t low) const {
    return const_cast<RoaTable*>(this)->lengths_at(high, low);
  }
  void note_length(const Entry& entry);
  std::uint8_t max_length(const Entry& entry) const;

  RoaTableOptions options_;
  std::vector<Seat> attesters_;
  std::vector<Entry> entries_;
  std::vector<std::uint32_t> buckets_;  ///< first entries; a power of two of them
  std::uint32_t free_ = none;
  std::size_t size_ = 0, used_ = 0;  ///< live entries; all but free ones
  /// Of the part of the address space that an address lies in: lengths of ROAs there, one bit each, the last for all
  /// that are longer. Bits stay when ROAs go, until the table is indexed anew.
  std::vector<std::uint64_t> lengths_;
  std::uint64_t short_lengths_ = 0;  ///< of IPv6 ROAs that lie in many parts
};

}  // namespace avocet::rib
