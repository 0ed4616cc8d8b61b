#include <algorithm>

#include "bgpd/announce/member.hpp"

namespace avocet::announce {
namespace {

// Unsent messages that a group keeps for its slowest member: 700,000 routes. Beyond it the member walks later instead.
constexpr std::size_t max_backlog_bytes = 16u << 20;

/// Whether the pipeline's result depends on the one member.
bool needs_own_group(const rib::Channel& channel, const ExportOptions& options) {
  auto& limit = channel.options.export_limit;
  return options.secondary || (limit && limit->action == rib::LimitAction::block);
}

}  // namespace

struct Announcer::State {
  State(rib::Rib& rib, Announcer& owner) : shared{rib} {
    shared.max_backlog_bytes = max_backlog_bytes;
    shared.something_to_do = [this, &owner] {
      if (std::exchange(asked, true)) return;
      if (owner.on_work) owner.on_work();
    };
    shared.message = [&owner](std::string_view text, bool failed, const proto::Prefix& net) {
      if (owner.on_filter_message) owner.on_filter_message(text, failed, net);
    };
  }

  std::shared_ptr<UpdateGroup> find(const std::shared_ptr<rib::Channel>& channel, const ExportOptions& options) {
    bool alone = needs_own_group(*channel, options);
    auto only = alone ? channel : nullptr;
    for (auto& group : groups)
      if (group->only() == only && &group->table() == &channel->table() && same_group(group->options(), options))
        return group;
    groups.push_back(std::make_shared<UpdateGroup>(shared, channel->table(), options, only));
    return groups.back();
  }

  void report_limits() {
    auto channels = std::exchange(shared.over_limit, {});
    for (auto& weak : channels)
      if (auto channel = weak.lock(); channel && channel->on_limit && channel->options.export_limit)
        channel->on_limit(rib::LimitKind::export_, *channel->options.export_limit);
  }

  Shared shared;
  std::vector<std::shared_ptr<UpdateGroup>> groups;
  bool asked = false;  ///< on_work was called, and work has not been since
};

Announcer::Announcer(rib::Rib& rib) : state_(std::make_unique<State>(rib, *this)) {}
Announcer::~Announcer() = default;

std::unique_ptr<Member> Announcer::join(std::shared_ptr<rib::Channel> channel, ExportOptions options, bool end_of_rib,
                                        std::function<void()> wake) {
  auto find = [state = state_.get()](auto& channel, auto& options) { return state->find(channel, options); };
  return std::make_unique<GroupMember>(state_->shared, find, std::move(channel), std::move(options), end_of_rib,
                                       std::move(wake));
}

bool Announcer::work(std::chrono::nanoseconds budget) {
  auto deadline = std::chrono::steady_clock::now() + budget;
  state_->asked = false;
  auto& groups = state_->groups;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    auto group = groups[i];
    bool wanted = group->wants_flush() || (group->filled() && !group->movers.empty());
    if (!wanted) continue;
    if (std::chrono::steady_clock::now() > deadline) return true;
    if (group->filled() && !group->movers.empty()) group->admit_movers();
    group->flush();
  }
  std::erase_if(groups, [](auto& group) { return group.use_count() == 1 && !group->has_members(); });
  state_->report_limits();
  return state_->asked;
}

std::size_t Announcer::group_count() const { return state_->groups.size(); }

std::size_t Announcer::memory_bytes() const {
  std::size_t bytes = 0;
  for (auto& group : state_->groups) bytes += group->memory_bytes();
  return bytes;
}

void Announcer::limit_backlog(std::size_t bytes) { state_->shared.max_backlog_bytes = bytes; }

}  // namespace avocet::announce
