#include "bgpd/announce/member.hpp"

#include <algorithm>

#include "proto/message.hpp"

namespace avocet::announce {
namespace {

/// RFC 7313 section 4: brackets around a refresh.
constexpr std::uint8_t begin_of_refresh = 1, end_of_refresh = 2;
std::vector<std::uint8_t> refresh_marker(proto::Family family, std::uint8_t subtype) {
  constexpr std::uint8_t unicast = 1;
  return proto::encode_route_refresh({static_cast<std::uint16_t>(family), unicast, subtype});
}

/// Calls visit(nlri) for every path that a group tells.
void for_told(const UpdateGroup& group, const std::function<void(const proto::Nlri&, rib::NetId, const Told&)>& visit) {
  std::vector<Told> told;
  auto& advertised = group.advertised();
  for (auto net = advertised.next(rib::NetId{0}); net.valid(); net = advertised.next(rib::NetId{net.value + 1})) {
    advertised.collect(net, told);
    for (auto& path : told) visit({group.table().prefix(net), path.path_id}, net, path);
  }
}

}  // namespace

GroupMember::GroupMember(Shared& shared, FindGroup find_group, std::shared_ptr<rib::Channel> channel,
                         ExportOptions options, bool end_of_rib, std::function<void()> wake)
    : shared_(shared),
      find_group_(std::move(find_group)),
      channel_(std::move(channel)),
      options_(std::move(options)),
      wake_(std::move(wake)),
      group_(find_group_(channel_, options_)),
      feed_counted_(!group_->filled()),
      end_of_rib_(end_of_rib) {
  group_->enter(*this);
  group_->ask_for_flush();
  if (group_->filled()) trace_feed();  // else the group's own feed is traced
}

GroupMember::~GroupMember() {
  stop_waiting();
  group_->leave(*this);
  channel_->exported = 0;
  shared_.something_to_do();  // the group may be empty now
}

void GroupMember::stop_waiting() {
  if (!target_) return;
  std::erase(target_->movers, this);
  target_.reset();
  shared_.something_to_do();
}

// --- output ----------------------------------------------------------------------------------------------------------

void GroupMember::look() {
  if (ready_) return;
  settle();
  if (ready_ && wake_) wake_();
}

void GroupMember::take(std::size_t max_bytes, std::vector<Chunk>& out) {
  for (std::size_t taken = 0; ready_ && taken < max_bytes; settle()) {
    if (!own_.empty()) {
      taken += own_.front().length;
      out.push_back(std::move(own_.front()));
      own_.pop_front();
    } else {
      taken += Backlog::read(walk_ ? walk_at_ : at_, source(), max_bytes - taken, out);
    }
  }
}

/// Goes on until there is something to send, or nothing is left to do.
void GroupMember::settle() {
  while (own_.empty() && group_->filled()) {
    if (walk_) {
      if (Backlog::pending(walk_at_, source())) break;
      if (!walk_->produce()) end_walk();
    } else if (fresh_) {
      fresh_ = false;
      if (!std::exchange(feed_counted_, true)) count_feed();
      begin_walk(group_->full_walk(*this));
    } else if (lost_) {
      lost_ = false;
      begin_walk(group_->missed_walk(*this));
      group_->found_again();
    } else if (wish_ != Wish::none) {
      bracketed_ = wish_ == Wish::enhanced;
      wish_ = Wish::none;
      if (bracketed_) say(refresh_marker(options_.family, begin_of_refresh));
      begin_walk(group_->full_walk(*this));
    } else {
      ready_ = Backlog::pending(at_, source());
      return;
    }
  }
  ready_ = !own_.empty() || (walk_ && group_->filled());
}

void GroupMember::begin_walk(std::shared_ptr<Walk> walk) {
  walk_ = std::move(walk);
  walk_at_ = walk_->start();
  if (!at_ || Backlog::mark(walk_->follow()) < Backlog::mark(at_))
    at_ = walk_->follow();  // what is unread stays to be read
}

void GroupMember::end_walk() {
  walk_.reset();
  walk_at_ = {};
  if (end_of_rib_) say(proto::encode_end_of_rib(options_.family));
  if (bracketed_) say(refresh_marker(options_.family, end_of_refresh));
  end_of_rib_ = bracketed_ = false;
}

void GroupMember::say(std::vector<std::uint8_t> message) {
  auto bytes = std::make_shared<const std::vector<std::uint8_t>>(std::move(message));
  own_.push_back({bytes, 0, bytes->size()});
}

void GroupMember::trace_feed() {
  trace_feed_.reset();
  if (ExportTrace::wanted(shared_.rib, *channel_))
    trace_feed_ = std::make_unique<ExportTraceFeed>(shared_.rib, channel_, options_);
}

void GroupMember::refresh(bool enhanced) {
  trace_feed();
  if (wish_ != Wish::enhanced) wish_ = enhanced ? Wish::enhanced : Wish::again;
  group_->ask_for_flush();
}

bool GroupMember::walking() const { return fresh_ || lost_ || walk_ || wish_ != Wish::none; }

void GroupMember::lose_log() {
  lost_ = true;
  lost_since_ = Backlog::number(at_);
  at_ = {};
}

void GroupMember::for_advertised(rib::NetId from,
                                 const std::function<bool(rib::NetId, proto::AttributeView)>& visit) const {
  std::vector<Told> told;
  auto& advertised = group_->advertised();
  for (auto net = advertised.next(from); net.valid(); net = advertised.next(rib::NetId{net.value + 1})) {
    advertised.collect(net, told);
    for (auto& path : told) {
      auto attributes = group_->store().view(path.attributes);
      if (!withheld(*channel_, path.source, attributes) && !visit(net, attributes)) return;
    }
  }
}

// --- counters --------------------------------------------------------------------------------------------------------

/// Who joins a group that is filled already is offered what it tells; else the fill itself has counted.
void GroupMember::count_feed() {
  auto total = group_->advertised().total(), own = group_->advertised().of_source(source());
  channel_->export_counters.updates_received += total;
  channel_->export_counters.updates_rejected += own;
  channel_->export_counters.updates_accepted += total - own;
  count_exported();
}

void GroupMember::count_exported() {
  channel_->exported = group_->advertised().total() - group_->advertised().of_source(source());
  auto& limit = channel_->options.export_limit;
  bool over = limit && channel_->exported > limit->routes;
  if (over && !over_limit_) shared_.report_limit(channel_);
  over_limit_ = over;
}

// --- change of options -----------------------------------------------------------------------------------------------

void GroupMember::retune(ExportOptions options) {
  options_ = std::move(options);
  stop_waiting();
  auto group = find_group_(channel_, options_);
  if (group == group_) return;
  target_ = std::move(group);
  target_->movers.push_back(this);
  shared_.something_to_do();
}

void GroupMember::move(SharedMoves& moves) {
  group_->flush();
  auto target = std::exchange(target_, nullptr);
  bool in_step = !fresh_ && !lost_ && !walk_ && !Backlog::pending(at_, source());
  std::shared_ptr<Walk> walk;
  if (!fresh_) {
    auto& shared = moves[group_.get()];
    walk = in_step && shared ? shared : target->list_walk(unlike(*target));
    if (in_step) shared = walk;
  }
  walk_.reset();
  at_ = walk_at_ = {};
  group_->leave(*this);
  group_ = std::move(target);
  group_->enter(*this);
  lost_ = false;
  trace_feed();
  if (walk) begin_walk(std::move(walk));
  count_exported();
}

std::vector<proto::Nlri> GroupMember::unlike(const UpdateGroup& target) const {
  std::vector<proto::Nlri> list;
  group_->collect_unread(at_, list);
  if (lost_) group_->collect_missed(lost_since_, list);
  auto add_unlike = [&list](const UpdateGroup& one, const UpdateGroup& other) {
    std::vector<Told> others;
    for_told(one, [&](const proto::Nlri& nlri, rib::NetId net, const Told& told) {
      other.advertised().collect(net, others);
      if (std::find(others.begin(), others.end(), told) == others.end()) list.push_back(nlri);
    });
  };
  add_unlike(*group_, target);
  if (walk_) {  // what of it was told so far is not known
    list.insert(list.end(), walk_->list().begin(), walk_->list().end());
    for_told(target, [&](const proto::Nlri& nlri, rib::NetId, const Told&) { list.push_back(nlri); });
  } else {
    add_unlike(target, *group_);
  }
  return list;
}

}  // namespace avocet::announce
