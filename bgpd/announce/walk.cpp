#include "bgpd/announce/walk.hpp"

#include <algorithm>

#include "bgpd/announce/update_group.hpp"

namespace avocet::announce {
namespace {

// Nets of one batch: many, so that routes with equal attributes meet in one UPDATE; few enough to take 2 to 3 ms.
constexpr std::uint32_t batch_nets = 8 * Advertised::page_nets;

}  // namespace

Walk::Walk(UpdateGroup& group, Backlog::Position follow)
    : group_(group), follow_(std::move(follow)), start_(bytes_.end()), packer_(group.store()), everything_(true) {}

Walk::Walk(UpdateGroup& group, Backlog::Position follow, std::vector<proto::Nlri> list)
    : group_(group),
      follow_(std::move(follow)),
      start_(bytes_.end()),
      packer_(group.store()),
      everything_(false),
      list_(std::move(list)) {
  std::sort(list_.begin(), list_.end());
  list_.erase(std::unique(list_.begin(), list_.end()), list_.end());
}

bool Walk::produce() {
  if (everything_)
    collect_everything();
  else
    collect_list();
  if (packer_.empty()) return false;
  encode();
  return true;
}

void Walk::collect_everything() {
  if (!cursor_.valid()) return;
  auto& advertised = group_.advertised();
  while (packer_.size() < batch_nets) {
    cursor_ = advertised.next(cursor_);
    if (!cursor_.valid()) return;
    advertised.collect(cursor_, told_);
    auto prefix = group_.table().prefix(cursor_);
    for (auto& told : told_) packer_.announce({prefix, told.path_id}, told);
    ++cursor_.value;
  }
}

void Walk::collect_list() {
  for (; list_at_ < list_.size() && packer_.size() < batch_nets; ++list_at_) {
    auto& nlri = list_[list_at_];
    told_.clear();
    if (auto net = group_.table().find(nlri.prefix)) group_.advertised().collect(*net, told_);
    auto told = std::find_if(told_.begin(), told_.end(), [&](auto& t) { return t.path_id == nlri.path_id; });
    if (told == told_.end()) {
      packer_.withdraw(nlri, no_source);
      continue;
    }
    packer_.announce(nlri, *told);
    readers_.clear();
    group_.withheld_from(told->attributes, told->source, readers_);
    for (auto reader : readers_) packer_.withdraw_from(reader, nlri);
  }
}

void Walk::encode() {
  begun_ = true;
  bytes_.append(
      packer_.finish(group_.encode_context(), [&](rib::AttrId attributes, std::uint16_t source, auto& readers) {
        group_.withheld_from(attributes, source, readers);
        note_next_hop(attributes, source);
      }));
}

void Walk::note_next_hop(rib::AttrId attributes, std::uint16_t source) {
  auto hop = group_.store().view(attributes).address(proto::AttributeCode::next_hop);
  auto from = group_.rib().channel(rib::SourceId{source});
  if (hop && *hop != group_.options().local_address && !(from && from->facts.remote_address == *hop))
    third_party_hops_.insert(*hop);
}

bool Walk::told_next_hop(const proto::Address& address) const { return third_party_hops_.contains(address); }

}  // namespace avocet::announce
