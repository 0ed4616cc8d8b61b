#include "bgpd/equivalent/explore.hpp"

#include <algorithm>
#include <deque>
#include <random>
#include <unordered_set>

namespace avocet::equivalent {
namespace {

using Choice = Corpus::Choice;

class Explorer {
 public:
  Explorer(const Corpus& corpus, Judge& judge, std::size_t budget,
           const std::function<bool(const Route&, const Both<Answer>&)>& excuse)
      : corpus_(corpus), judge_(judge), budget_(budget), excuse_(excuse) {}

  Exploration run() {
    // From every origin in turn: what a route may have depends on it.
    for (std::uint32_t origin = 0; origin < corpus_.size(1); ++origin) {
      Choice plain(corpus_.dimensions(), 0);
      plain[1] = origin;
      try_out(plain);
    }
    bool spent = false;
    while (!open_.empty() && !(spent = out_.routes >= budget_)) {
      auto from = std::move(open_.front());
      open_.pop_front();
      known_.push_back(from);
      vary(from);
    }
    out_.exhausted = !spent;
    mix();
    out_.ways = ways_.size();
    return std::move(out_);
  }

 private:
  static void mix_in(std::size_t& hash, std::size_t value) {
    hash ^= value + 0x9e3779b97f4a7c15ull + (hash << 6) + (hash >> 2);
  }

  void try_out(const Choice& choice) {
    auto route = corpus_.make(choice);
    ++out_.routes;
    for (auto side : sides) judge_.ask(side, route, answers_[side]);
    std::size_t way = route.origin->kind == Origin::Kind::bgp;
    for (auto& answer : answers_) {
      for (auto step : answer.trace.ways) mix_in(way, step);
      mix_in(way, answer.passes);
      mix_in(way, std::hash<const void*>{}(answer.why));
    }
    if (ways_.insert(way).second && open_.size() + known_.size() < most_starts) open_.push_back(choice);
    if (!(answers_[first] == answers_[second])) note(route);
  }

  void note(const Route& route) {
    if (excuse_ && excuse_(route, answers_)) {
      ++out_.excused;
      return;
    }
    ++out_.different;
    auto same_group = [&](const Group& group) {
      for (auto side : sides) {
        auto& a = group.answers[side];
        auto& b = answers_[side];
        if (a.passes != b.passes || a.why != b.why || a.trace.decided != b.trace.decided) return false;
      }
      return true;
    };
    auto group = std::find_if(out_.groups.begin(), out_.groups.end(), same_group);
    if (group != out_.groups.end()) {
      ++group->count;
      return;
    }
    if (out_.groups.size() < Exploration::most_groups) out_.groups.push_back({1, route, answers_});
  }

  /// Every value of every dimension, one dimension at a time. Long lists are gone through whole from a few starts, and
  /// by samples from the others.
  void vary(const Choice& from) {
    constexpr std::size_t long_list = 400, sample = 40;
    for (std::size_t dimension = 0; dimension < corpus_.dimensions(); ++dimension) {
      auto size = corpus_.size(dimension);
      bool whole = size <= long_list || whole_left_[dimension] > 0;
      if (size > long_list && whole) --whole_left_[dimension];
      auto choice = from;
      for (std::size_t i = 0; i < (whole ? size : sample); ++i) {
        choice[dimension] = static_cast<std::uint32_t>(whole ? i : random_() % size);
        if (choice[dimension] != from[dimension]) try_out(choice);
      }
    }
  }

  /// Several dimensions at once, from the ways known: a net with a community with an interface.
  void mix() {
    if (known_.empty()) return;
    auto rounds = std::min<std::size_t>(budget_ / 8, 40 * known_.size() + 400);
    for (std::size_t i = 0; i < rounds; ++i) {
      auto choice = known_[random_() % known_.size()];
      for (auto changes = 2 + random_() % 3; changes > 0; --changes) {
        auto dimension = random_() % corpus_.dimensions();
        choice[dimension] = static_cast<std::uint32_t>(random_() % corpus_.size(dimension));
      }
      try_out(choice);
    }
  }

  static constexpr std::size_t most_starts = 600;
  const Corpus& corpus_;
  Judge& judge_;
  std::size_t budget_;
  const std::function<bool(const Route&, const Both<Answer>&)>& excuse_;
  std::mt19937 random_{20240229};  // any number: the same routes every time
  std::unordered_set<std::size_t> ways_;
  std::deque<Choice> open_;
  std::vector<Choice> known_;
  std::vector<int> whole_left_ = std::vector<int>(corpus_.dimensions(), 6);
  Both<Answer> answers_;
  Exploration out_;
};

}  // namespace

Exploration explore(const Corpus& corpus, Judge& judge, std::size_t budget,
                    const std::function<bool(const Route&, const Both<Answer>&)>& excuse) {
  return Explorer(corpus, judge, budget, excuse).run();
}

}  // namespace avocet::equivalent
