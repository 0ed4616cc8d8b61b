#pragma once
/// Changed nets in, encoded UPDATEs out: nets with the same attributes and the same source share messages.
#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <functional>
#include <vector>

#include "bgpd/announce/advertised.hpp"
#include "bgpd/announce/backlog.hpp"
#include "proto/message.hpp"

namespace avocet::announce {

/// Collects one batch. Each net and path id must be given at most once to `announce` or `withdraw`.
class Packer {
 public:
  explicit Packer(const rib::AttributeStore& store) : store_(store) {}

  /// Everybody but those withheld hears of it.
  void announce(const proto::Nlri& nlri, const Told& told);
  /// Everybody but `source` (to whom it was never told) hears that it is gone.
  void withdraw(const proto::Nlri& nlri, std::uint16_t source);
  /// One reader from whom the announcement of the same batch is withheld must forget what it heard before.
  void withdraw_from(std::uint16_t reader, const proto::Nlri& nlri);

  bool empty() const { return items_.empty(); }
  std::size_t size() const { return items_.size(); }
  /// Encodes and starts anew. `withheld(attributes, source, readers)` adds the readers that must not get a path besides
  /// its source.
  using Withheld = std::function<void(rib::AttrId, std::uint16_t source, std::vector<std::uint16_t>& readers)>;
  Parcel finish(const proto::EncodeContext& context, const Withheld& withheld);

  /// Calls visit(nlri) for everything collected so far.
  template <class Visit>
  void for_each(Visit visit) const {
    for (auto& item : items_) visit(item.nlri);
  }

 private:
  static constexpr std::uint32_t none = 0xffffffffu;
  struct Item {
    proto::Nlri nlri;
    std::uint32_t next = none;  ///< in its bucket
  };
  struct Bucket {
    rib::AttrId attributes;  ///< invalid: withdrawals
    std::uint16_t source = 0;
    std::uint32_t first = none, last = none;
  };
  struct Single {
    std::uint16_t reader;
    proto::Nlri nlri;
  };
  void add(const proto::Nlri& nlri, rib::AttrId attributes, std::uint16_t source);
  void encode(const Bucket& bucket, const proto::EncodeContext& context, const Withheld& withheld, Parcel& out);
  void leave_out(std::uint16_t reader, std::size_t at, std::size_t length, Parcel& out);
  void encode_singles(const proto::EncodeContext& context, Parcel& out);

  const rib::AttributeStore& store_;
  std::vector<Item> items_;
  std::vector<Bucket> buckets_;
  boost::unordered_flat_map<std::uint64_t, std::uint32_t> index_;  ///< (attributes, source) -> bucket
  std::uint64_t last_key_ = 0;
  std::uint32_t last_bucket_ = none;
  std::vector<Single> singles_;
  std::vector<proto::Nlri> nlri_;                                     // scratch
  std::vector<std::uint16_t> readers_;                                // scratch
  boost::unordered_flat_map<std::uint16_t, std::size_t> last_aside_;  // reader -> its last aside in the parcel
};

}  // namespace avocet::announce
