#include "bgpd/announce/update_group.hpp"

#include <algorithm>

#include "bgpd/announce/export_trace.hpp"
#include "bgpd/announce/member.hpp"

namespace avocet::announce {
namespace {

constexpr std::size_t max_batch_nets = 32768;  // beyond it packing gains nothing and a flush would take too long

/// Calls visit(nlri) for all prefixes of one UPDATE of ours.
void visit_nlri(proto::Bytes message, const ExportOptions& options, proto::Update& update,
                const std::function<void(const proto::Nlri&)>& visit) {
  update.clear();
  if (!proto::decode_update(message.subspan(proto::header_size_bytes), reading_context(options), update)) return;
  for (auto& nlri : update.announced) visit(nlri);
  for (auto& nlri : update.withdrawn) visit(nlri);
}

}  // namespace

proto::UpdateContext reading_context(const ExportOptions& options) {
  proto::UpdateContext context;
  context.as4 = options.as4;
  context.external = options.external;
  auto& family = context.families.of(options.family);
  family.active = true;
  family.add_path_receive = options.add_path;
  family.extended_next_hop = options.extended_next_hop;
  return context;
}

UpdateGroup::UpdateGroup(Shared& shared, rib::Table& table, ExportOptions options, std::shared_ptr<rib::Channel> only)
    : shared_(shared),
      table_(table),
      options_(std::move(options)),
      only_(std::move(only)),
      pipeline_(shared.rib),
      advertised_(shared.rib.attributes(), options_.add_path),
      packer_(shared.rib.attributes()) {
  shared_.rib.follow(table_, *this);
  shared_.rib.feed(table_, *this, [this] {
    filled_ = true;
    ask_for_flush();
  });
}

UpdateGroup::~UpdateGroup() {
  shared_.rib.unfollow(table_, *this);
  if (!options_.add_path) return;
  for (auto net = advertised_.next(rib::NetId{0}); net.valid(); net = advertised_.next(rib::NetId{net.value + 1})) {
    advertised_.collect(net, before_);
    for (auto& told : before_) shared_.path_numbers.release(told.path_id);
  }
}

const rib::AttributeStore& UpdateGroup::store() const { return shared_.rib.attributes(); }

proto::EncodeContext UpdateGroup::encode_context() const {
  return {options_.as4, options_.add_path,
          options_.extended_messages ? proto::max_extended_message_bytes : proto::max_message_bytes};
}

// --- members ---------------------------------------------------------------------------------------------------------

void UpdateGroup::enter(GroupMember& member) {
  members_.push_back(&member);
  member.entered = Backlog::mark(log_.end());
  by_source_[member.source()] = &member;
  auto& address = member.channel().facts.remote_address;
  if (!address.is_unspecified()) by_address_[address].push_back(member.source());
}

void UpdateGroup::leave(GroupMember& member) {
  auto place = std::find(members_.begin(), members_.end(), &member);
  if (place == members_.end()) return;
  if (visiting_)
    *place = nullptr;
  else
    members_.erase(place);
  by_source_.erase(member.source());
  for (auto entry = by_address_.begin(); entry != by_address_.end();) {
    std::erase(entry->second, member.source());
    entry = entry->second.empty() ? by_address_.erase(entry) : std::next(entry);
  }
  if (!somebody_lost()) missed_.clear();
}

void UpdateGroup::visit_members(const std::function<void(GroupMember&)>& visit) {
  ++visiting_;
  for (std::size_t i = 0; i < members_.size(); ++i)
    if (members_[i]) visit(*members_[i]);
  if (--visiting_ == 0) std::erase(members_, nullptr);
}

void UpdateGroup::withheld_from(rib::AttrId attributes, std::uint16_t source,
                                std::vector<std::uint16_t>& readers) const {
  if (by_source_.contains(source)) readers.push_back(source);
  auto hop = store().view(attributes).address(proto::AttributeCode::next_hop);
  auto found = hop ? by_address_.find(*hop) : by_address_.end();
  if (found == by_address_.end()) return;
  for (auto reader : found->second)
    if (reader != source) readers.push_back(reader);
}

// --- from changed nets to told paths ---------------------------------------------------------------------------------

void UpdateGroup::changed(rib::Table&, std::span<const rib::NetId> nets) {
  for (auto net : nets) update(net);
  forget_cache();
  account();
  if (packer_.size() >= max_batch_nets) flush();
  if (!packer_.empty()) ask_for_flush();
}

void UpdateGroup::ask_for_flush() {
  wants_flush_ = true;
  shared_.something_to_do();
}

void UpdateGroup::update(rib::NetId net) {
  if (net.value < in_batch_.size() && in_batch_[net.value]) flush();  // a batch names each net once
  now_.clear();
  evaluate(net);
  advertised_.collect(net, before_);
  auto prefix = table_.prefix(net);
  auto same_path = [](std::vector<Told>& list, const Told& wanted) {
    auto found = std::find_if(list.begin(), list.end(), [&](auto& t) { return t.path_id == wanted.path_id; });
    return found == list.end() ? nullptr : &*found;
  };
  bool differs = false;
  auto packed = packer_.size();
  for (auto& now : now_) {
    auto before = same_path(before_, now);
    if (before && *before == now) continue;
    differs = true;
    tell({prefix, now.path_id}, now, before);
  }
  for (auto& before : before_) {
    if (same_path(now_, before)) continue;
    differs = true;
    if (filled_ && has_members()) packer_.withdraw({prefix, before.path_id}, before.source);
  }
  if (now_.empty() && !before_.empty()) ++tally_.withdrawn;
  if (shared_.rib.tracing() && (differs || now_.empty())) trace(net);
  if (packer_.size() != packed) {
    if (net.value >= in_batch_.size()) in_batch_.resize(std::max(net.value + 1, table_.net_limit()));
    in_batch_[net.value] = true;
    batch_.push_back(net);
  }
  for (auto& told : differs ? before_ : now_)
    if (options_.add_path) shared_.path_numbers.release(told.path_id);
  if (differs)
    advertised_.replace(net, now_);
  else
    for (auto& told : now_) shared_.rib.attributes().release(told.attributes);
}

void UpdateGroup::trace(rib::NetId net) {
  visit_members([&](GroupMember& member) {
    if (ExportTrace::wanted(shared_.rib, member.channel()))
      ExportTrace(shared_.rib, member.channel_pointer()).net(net, options_, before_);
  });
}

void UpdateGroup::tell(const proto::Nlri& nlri, const Told& now, const Told* before) {
  if (!filled_ || !has_members()) return;  // whoever comes later walks
  if (before && before->attributes == now.attributes && !by_source_.contains(now.source) &&
      !by_source_.contains(before->source))
    return;  // another source, the same bytes for everybody
  packer_.announce(nlri, now);
  if (!before) return;
  readers_.clear();
  withheld_from(now.attributes, now.source, readers_);
  if (readers_.empty()) return;
  readers_before_.clear();
  withheld_from(before->attributes, before->source, readers_before_);
  for (auto reader : readers_)
    if (std::find(readers_before_.begin(), readers_before_.end(), reader) == readers_before_.end())
      packer_.withdraw_from(reader, nlri);
}

void UpdateGroup::evaluate(rib::NetId net) {
  auto consider = [&](const rib::Path& path) {
    auto verdict = evaluate_path(net, path);
    auto own = by_source_.contains(path.source) ? &own_[path.source] : nullptr;
    ++tally_.offered;
    if (verdict.result == ExportResult::not_offered) ++tally_.rejected;
    if (verdict.result == ExportResult::filtered) ++tally_.filtered;
    if (verdict.result != ExportResult::accepted) return false;
    ++tally_.told;
    if (own) ++own->told;
    now_.push_back({verdict.attributes, path.source,
                    options_.add_path ? shared_.path_numbers.acquire(path.source, path.path_id) : 0});
    return true;
  };
  auto best = table_.best(net);
  if (!best) {
    ++tally_.gone;
    return;
  }
  if (!options_.add_path && !options_.secondary) {
    consider(*best);
  } else {
    for (auto id = table_.first(net); id.valid(); id = table_.path(id).next) {
      auto& path = table_.path(id);
      if (table_.usable(path) && consider(path) && !options_.add_path) break;
    }
  }
  if (!now_.empty() && blocked_by_limit(net)) {
    for (auto& told : now_) {
      shared_.rib.attributes().release(told.attributes);
      if (options_.add_path) shared_.path_numbers.release(told.path_id);
    }
    now_.clear();
  }
}

/// Limits with the action `block`: what is told stays and may change, more is not told.
bool UpdateGroup::blocked_by_limit(rib::NetId net) {
  if (!only_ || !only_->options.export_limit || only_->options.export_limit->action != rib::LimitAction::block)
    return false;
  bool full = advertised_.total() >= only_->options.export_limit->routes;
  if (full && advertised_.next(net) == net) return false;
  if (full && !blocked_) shared_.report_limit(only_);
  blocked_ = full;
  return full;
}

UpdateGroup::Verdict UpdateGroup::evaluate_path(rib::NetId net, const rib::Path& path) {
  // Without a filter the outcome depends on the set and its source alone: next hops resolve per set, and the kind of a
  // route is written in its set or a fact of its source.
  if (!filter::is_accept_all(*options_.filter)) return run_pipeline(net, path);
  auto key = std::uint64_t{path.attributes.value} << 16 | path.source;
  auto [place, fresh] = cache_.try_emplace(key);
  if (fresh) {
    auto verdict = run_pipeline(net, path);
    place = cache_.insert_or_assign(key, verdict).first;  // holds the first reference until forget_cache
  }
  if (place->second.attributes.valid()) shared_.rib.attributes().acquire(place->second.attributes);
  return place->second;
}

void UpdateGroup::forget_cache() {
  for (auto& [key, verdict] : cache_)
    if (verdict.attributes.valid()) shared_.rib.attributes().release(verdict.attributes);
  cache_.clear();
}

UpdateGroup::Verdict UpdateGroup::run_pipeline(rib::NetId net, const rib::Path& path) {
  auto view = shared_.rib.view(table_, net, path);
  auto reason = pipeline_.run(view, options_, only_ ? only_->source : rib::SourceId{}, exported_);
  if (shared_.message) {
    for (auto& line : pipeline_.printed()) shared_.message(line, false, view.net);
    if (!pipeline_.error().empty()) shared_.message(pipeline_.error(), true, view.net);
  }
  if (reason.result != ExportResult::accepted) return {reason.result, {}};
  return {reason.result, shared_.rib.attributes().intern(exported_)};
}

/// BIRD's rows "Export updates" and "Export withdraws"; a member's own routes are among those rejected.
void UpdateGroup::account() {
  visit_members([&](GroupMember& member) {
    auto own = own_.find(member.source());
    auto own_told = own == own_.end() ? 0 : own->second.told;
    auto& counters = member.channel().export_counters;
    counters.updates_received += tally_.offered;
    counters.updates_rejected += tally_.rejected + own_told;
    counters.updates_filtered += tally_.filtered;
    counters.updates_accepted += tally_.told - own_told;
    counters.withdraws_received += tally_.gone;
    counters.withdraws_accepted += tally_.withdrawn;
    member.count_exported();
  });
  tally_ = {};
  own_.clear();
}

// --- the log ---------------------------------------------------------------------------------------------------------

void UpdateGroup::flush() {
  wants_flush_ = false;
  if (!packer_.empty()) {
    if (somebody_lost()) packer_.for_each([&](const proto::Nlri& nlri) { note_missed(nlri); });
    log_.append(packer_.finish(encode_context(), [&](rib::AttrId attributes, std::uint16_t source, auto& readers) {
      withheld_from(attributes, source, readers);
      for (auto& shared : walks_)
        if (auto walk = shared.lock()) walk->note_next_hop(attributes, source);
    }));
    for (auto net : batch_) in_batch_[net.value] = false;
    batch_.clear();
  }
  visit_members([](GroupMember& member) { member.look(); });
  limit_backlog();
}

bool UpdateGroup::somebody_lost() const {
  return std::any_of(members_.begin(), members_.end(), [](auto* member) { return member && member->lost(); });
}

void UpdateGroup::note_missed(const proto::Nlri& nlri) { missed_[nlri] = Backlog::number(log_.end()); }

/// Who holds back the log beyond its bound loses it: the older half of what is held is let go, and its readers are told
/// the present state of those nets by a walk when they are ready to listen again.
void UpdateGroup::limit_backlog() {
  while (log_.held_bytes() > shared_.max_backlog_bytes) {
    const Backlog::Position* oldest = nullptr;
    auto consider = [&](const Backlog::Position& at) {
      if (at && (!oldest || Backlog::number(at) < Backlog::number(*oldest))) oldest = &at;
    };
    for (auto* member : members_)
      if (member && !member->lost()) consider(member->position());
    if (!oldest) return;
    auto first = Backlog::number(*oldest), last = Backlog::number(log_.end());
    if (first == last) return;
    proto::Update update;
    Backlog::for_messages(*oldest, [&](proto::Bytes message) {
      visit_nlri(message, options_, update, [&](const proto::Nlri& nlri) { note_missed(nlri); });
    });
    auto cut = first + (last - first) / 2;
    for (auto& walk : walks_)
      if (auto alive = walk.lock(); alive && alive->follow() && Backlog::number(alive->follow()) <= cut)
        alive->forget_follow();
    if (auto alive = missed_walk_.lock(); alive && alive->follow() && Backlog::number(alive->follow()) <= cut)
      alive->forget_follow();
    visit_members([&](GroupMember& member) {
      if (!member.lost() && member.position() && Backlog::number(member.position()) <= cut) member.lose_log();
    });
  }
}

void UpdateGroup::collect_unread(const Backlog::Position& from, std::vector<proto::Nlri>& out) const {
  proto::Update update;
  Backlog::for_messages(from, [&](proto::Bytes message) {
    visit_nlri(message, options_, update, [&](const proto::Nlri& nlri) { out.push_back(nlri); });
  });
}

void UpdateGroup::collect_missed(std::uint64_t since, std::vector<proto::Nlri>& out) const {
  for (auto& [nlri, number] : missed_)
    if (number >= since) out.push_back(nlri);
}

// --- walks -----------------------------------------------------------------------------------------------------------

/// Whoever was a member before the walk began was thought of in all that was encoded since. A later one may join if the
/// walk and the log after it hold nothing that would have been withheld from it.
bool UpdateGroup::can_share(const Walk& walk, const GroupMember& member) const {
  if (!walk.follow()) return false;
  auto begin = Backlog::mark(walk.follow());
  if (begin > member.entered || (!walk.begun() && begin == Backlog::mark(log_.end()))) return true;
  return advertised_.of_source(member.source()) == 0 && !Backlog::concerns(walk.follow(), member.source()) &&
         !walk.told_next_hop(member.channel().facts.remote_address);
}

std::shared_ptr<Walk> UpdateGroup::full_walk(const GroupMember& member) {
  std::erase_if(walks_, [](auto& walk) { return walk.expired(); });
  for (auto& shared : walks_)
    if (auto walk = shared.lock(); walk && can_share(*walk, member)) return walk;
  auto walk = std::make_shared<Walk>(*this, log_.end());
  walks_.push_back(walk);
  return walk;
}

std::shared_ptr<Walk> UpdateGroup::missed_walk(const GroupMember& member) {
  auto walk = missed_walk_.lock();
  auto since = member.lost_since();
  if (walk && missed_walk_since_ <= since && can_share(*walk, member)) return walk;
  std::vector<proto::Nlri> list;
  collect_missed(since, list);
  walk = list_walk(std::move(list));
  missed_walk_ = walk;
  missed_walk_since_ = since;
  return walk;
}

void UpdateGroup::found_again() {
  if (!somebody_lost()) missed_.clear();
}

std::shared_ptr<Walk> UpdateGroup::list_walk(std::vector<proto::Nlri> list) {
  return std::make_shared<Walk>(*this, log_.end(), std::move(list));
}

void UpdateGroup::admit_movers() {
  std::vector<GroupMember*> coming;
  coming.swap(movers);
  SharedMoves moves;
  for (auto* member : coming) member->move(moves);
  ask_for_flush();  // all have entered before the first batch is encoded, so that it knows whom to leave out
}

std::size_t UpdateGroup::memory_bytes() const {
  return advertised_.memory_bytes() + log_.held_bytes() + missed_.size() * (sizeof(proto::Nlri) + 8) +
         in_batch_.size() / 8;
}

}  // namespace avocet::announce
