#include "bgpd/observe/bmp_feed.hpp"

#include <algorithm>

namespace avocet::observe {
namespace {

constexpr std::size_t clock_every = 32;  // nets between two looks at the clock

std::uint64_t microseconds_of(std::chrono::system_clock::time_point time) {
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::microseconds>(time.time_since_epoch()).count());
}

}  // namespace

BmpFeed::BmpFeed(rib::Rib& rib, rib::Table& table, Policies policies, std::chrono::system_clock::time_point started)
    : rib_(rib), table_(table), policies_(policies), started_(started) {
  rib_.follow(table_, *this);
}

BmpFeed::~BmpFeed() {
  rib_.unfollow(table_, *this);
  auto forget_all = [&](Told& told) { forget(told.before), forget(told.after); };
  for (auto& told : told_) forget_all(told);
  for (auto& gone : gone_) forget_all(gone.told);
}

void BmpFeed::begin(rib::SourceId source, BmpStream stream) {
  streams_[static_cast<std::uint16_t>(source.value)] = {stream, ++last_session_};
  if (!walking_) start_walk();
  if (on_work) on_work();
}

void BmpFeed::end(rib::SourceId source) { streams_.erase(static_cast<std::uint16_t>(source.value)); }

void BmpFeed::start_walk() {
  walking_ = true;
  cursor_ = 0;
  for (auto& [source, session] : streams_) session.walked = true;
}

/// Sessions that came while it was at work get one of their own.
void BmpFeed::end_walk(std::vector<std::uint8_t>& out) {
  walking_ = false;
  auto marker = proto::encode_end_of_rib(table_.options().family);
  bool others = false;
  for (auto& [source, session] : streams_) {
    others |= !session.walked;
    if (!session.walked || std::exchange(session.told_all, true)) continue;
    for (bool post_policy : {false, true})
      if (post_policy ? policies_.after : policies_.before)
        proto::encode_bmp_route_monitoring(session.stream.peer, post_policy, now_microseconds(), marker, out);
  }
  if (others) start_walk();
}

bool BmpFeed::produce(std::vector<std::uint8_t>& out, std::size_t limit,
                      std::chrono::steady_clock::time_point deadline) {
  for (std::size_t looked = 0; something_left() && out.size() < limit; ++looked) {
    if (looked % clock_every == clock_every - 1 && std::chrono::steady_clock::now() >= deadline) break;
    if (!gone_.empty()) {  // first, or a net that came back would be withdrawn after it was announced
      withdraw(gone_.front().net, gone_.front().told, out);
      gone_.pop_front();
    } else if (!due_.empty()) {
      auto net = due_.front();
      due_.pop_front();
      is_due_[net.value] = false;
      if (table_.in_use(net)) tell_net(net, out);
    } else if (cursor_ < table_.net_limit()) {
      rib::NetId net{cursor_++};
      if (table_.in_use(net)) tell_net(net, out);
    } else {
      end_walk(out);
    }
  }
  return something_left();
}

void BmpFeed::changed(rib::Table&, std::span<const rib::NetId> nets) {
  for (auto net : nets) {
    if (!table_.in_use(net)) {
      auto prefix = table_.prefix(net);
      for (auto at = head(net); at != none;) {
        auto& told = told_[at];
        gone_.push_back({prefix, told});
        release(std::exchange(at, told.next));
      }
      head(net) = none;
    } else if (net.value >= is_due_.size() || !is_due_[net.value]) {
      if (net.value >= is_due_.size()) is_due_.resize(net.value + 1);
      is_due_[net.value] = true;
      due_.push_back(net);
    }
  }
  if (on_work && something_left()) on_work();
}

/// Compares what the station knows of a net with what there is.
void BmpFeed::tell_net(rib::NetId net, std::vector<std::uint8_t>& out) {
  auto prefix = table_.prefix(net);
  for (auto id = table_.first(net); id.valid(); id = table_.path(id).next) {
    auto& path = table_.path(id);
    auto session = streams_.find(path.source);
    if (session == streams_.end() || !table_.alive(path)) continue;
    auto at = head(net);
    while (at != none && (told_[at].source != path.source || told_[at].path_id != path.path_id)) at = told_[at].next;
    if (at == none) {
      at = allocate();
      told_[at].source = path.source;
      told_[at].path_id = path.path_id;
      told_[at].next = head(net);
      head(net) = at;
    }
    auto& told = told_[at];
    if (std::exchange(told.session, session->second.number) != session->second.number)
      forget(told.before), forget(told.after);
    told.met = true;
    auto came = microseconds_of(started_ + std::chrono::seconds(path.since));
    proto::Nlri nlri{prefix, path.path_id};
    if (policies_.before) tell(nlri, session->second, told.before, path.received, false, came, out);
    if (policies_.after) tell(nlri, session->second, told.after, path.attributes, true, came, out);
  }
  for (auto* link = &head(net); *link != none;) {
    auto& told = told_[*link];
    if (std::exchange(told.met, false)) {
      link = &told.next;
      continue;
    }
    withdraw(prefix, told, out);
    release(std::exchange(*link, told.next));
  }
}

/// Announces one path, or withdraws it where it has become none, if that is news.
void BmpFeed::tell(const proto::Nlri& nlri, const Session& session, rib::AttrId& told, rib::AttrId now,
                   bool post_policy, std::uint64_t microseconds, std::vector<std::uint8_t>& out) {
  if (told == now) return;
  proto::EncodeContext context{.add_path = session.stream.add_path, .max_bytes = proto::max_extended_message_bytes};
  update_.clear();
  std::span<const proto::Nlri> nets(&nlri, 1);
  // Attributes too long for a message cannot have come in one, but a filter may have made them.
  bool fits = now.valid() && proto::encode_announcements(rib_.attributes().view(now), nets, context, update_) > 0;
  if (!fits && told.valid()) proto::encode_withdrawals(nets, context, update_);
  if (!update_.empty())
    proto::encode_bmp_route_monitoring(session.stream.peer, post_policy, microseconds, update_, out);
  forget(told);
  if (!fits) return;
  rib_.attributes().acquire(now);
  told = now;
}

/// Both views of a path that is gone. Of a session that is down the station has forgotten it by itself.
void BmpFeed::withdraw(const proto::Prefix& net, Told& told, std::vector<std::uint8_t>& out) {
  auto session = streams_.find(told.source);
  if (session != streams_.end() && session->second.number == told.session) {
    proto::Nlri nlri{net, told.path_id};
    tell(nlri, session->second, told.before, {}, false, now_microseconds(), out);
    tell(nlri, session->second, told.after, {}, true, now_microseconds(), out);
  }
  forget(told.before);
  forget(told.after);
}

void BmpFeed::forget(rib::AttrId& id) {
  if (id.valid()) rib_.attributes().release(id);
  id = {};
}

std::uint32_t& BmpFeed::head(rib::NetId net) {
  if (net.value >= heads_.size()) heads_.resize(net.value + 1, none);
  return heads_[net.value];
}

/// The references are somebody else's by now, or forgotten.
void BmpFeed::release(std::uint32_t entry) {
  told_[entry] = {};
  told_[entry].next = free_;
  free_ = entry;
}

std::uint32_t BmpFeed::allocate() {
  if (free_ == none) return told_.emplace_back(), static_cast<std::uint32_t>(told_.size() - 1);
  auto entry = free_;
  free_ = told_[entry].next;
  told_[entry] = {};
  return entry;
}

std::uint64_t BmpFeed::now_microseconds() const { return microseconds_of(std::chrono::system_clock::now()); }

}  // namespace avocet::observe
