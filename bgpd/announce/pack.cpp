#include "bgpd/announce/pack.hpp"

#include <algorithm>
#include <tuple>

namespace avocet::announce {

void Packer::announce(const proto::Nlri& nlri, const Told& told) { add(nlri, told.attributes, told.source); }

void Packer::withdraw(const proto::Nlri& nlri, std::uint16_t source) { add(nlri, rib::AttrId{}, source); }

void Packer::withdraw_from(std::uint16_t reader, const proto::Nlri& nlri) { singles_.push_back({reader, nlri}); }

void Packer::add(const proto::Nlri& nlri, rib::AttrId attributes, std::uint16_t source) {
  auto key = std::uint64_t{attributes.value} << 16 | source;
  if (last_bucket_ == none || key != last_key_) {  // routes come as they were told, so neighbours often share a set
    auto [place, fresh] = index_.try_emplace(key, static_cast<std::uint32_t>(buckets_.size()));
    if (fresh) buckets_.push_back({attributes, source, none, none});
    last_key_ = key;
    last_bucket_ = place->second;
  }
  auto& bucket = buckets_[last_bucket_];
  auto item = static_cast<std::uint32_t>(items_.size());
  items_.push_back({nlri, none});
  (bucket.last == none ? bucket.first : items_[bucket.last].next) = item;
  bucket.last = item;
}

Parcel Packer::finish(const proto::EncodeContext& context, const Withheld& withheld) {
  Parcel out;
  // Withdrawals first, as one message may make room for the next; by source, so that what one source must not hear
  // is one range.
  std::sort(buckets_.begin(), buckets_.end(), [](const Bucket& a, const Bucket& b) {
    return std::tuple(a.attributes.valid(), a.source, a.first) < std::tuple(b.attributes.valid(), b.source, b.first);
  });
  for (auto& bucket : buckets_) encode(bucket, context, withheld, out);
  encode_singles(context, out);
  items_.clear();
  buckets_.clear();
  index_.clear();
  singles_.clear();
  last_aside_.clear();
  last_bucket_ = none;
  return out;
}

void Packer::encode(const Bucket& bucket, const proto::EncodeContext& context, const Withheld& withheld, Parcel& out) {
  nlri_.clear();
  for (auto i = bucket.first; i != none; i = items_[i].next) nlri_.push_back(items_[i].nlri);
  auto at = out.bytes.size();
  readers_.assign(1, bucket.source);
  if (!bucket.attributes.valid()) {
    proto::encode_withdrawals(nlri_, context, out.bytes);
  } else if (proto::encode_announcements(store_.view(bucket.attributes), nlri_, context, out.bytes)) {
    withheld(bucket.attributes, bucket.source, readers_);
  } else {
    // The attributes do not fit into one message: what was told before must not stand.
    proto::encode_withdrawals(nlri_, context, out.bytes);
  }
  std::sort(readers_.begin(), readers_.end());
  readers_.erase(std::unique(readers_.begin(), readers_.end()), readers_.end());
  for (auto reader : readers_) leave_out(reader, at, out.bytes.size() - at, out);
}

void Packer::leave_out(std::uint16_t reader, std::size_t at, std::size_t length, Parcel& out) {
  auto [place, fresh] = last_aside_.try_emplace(reader, out.asides.size());
  if (!fresh) {
    auto& last = out.asides[place->second];
    if (last.at + last.length == at) {
      last.length += length;
      return;
    }
    place->second = out.asides.size();
  }
  out.asides.push_back({reader, at, length});
}

/// Each reader's own withdrawals stand in the place of the last range it does not get: the order of different nets of
/// one batch has no meaning.
void Packer::encode_singles(const proto::EncodeContext& context, Parcel& out) {
  std::stable_sort(singles_.begin(), singles_.end(),
                   [](const Single& a, const Single& b) { return a.reader < b.reader; });
  for (std::size_t i = 0; i < singles_.size();) {
    auto reader = singles_[i].reader;
    nlri_.clear();
    for (; i < singles_.size() && singles_[i].reader == reader; ++i) nlri_.push_back(singles_[i].nlri);
    auto last = last_aside_.find(reader);
    if (last == last_aside_.end()) continue;  // nothing was withheld: the announcement did not fit and is a withdrawal
    auto& aside = out.asides[last->second];
    aside.instead_at = out.instead.size();
    proto::encode_withdrawals(nlri_, context, out.instead);
    aside.instead_length = out.instead.size() - aside.instead_at;
  }
}

}  // namespace avocet::announce
