#include "confgen/generator.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "confgen/calico/functions.hpp"
#include "confgen/locate.hpp"

namespace avocet::confgen {

using namespace std::chrono_literals;

bool Generator::look(bool& good) {
  std::vector<std::string> problems;
  auto& objects = store_.list(problems);
  objects_ = &objects;
  // The store tells each problem once; all others are found again at every look.
  for (auto& line : problems) teller_.problem(line);
  good = problems.empty();
  unsure_ = !good || (unsure_ && !store_said_);
  problems.clear();
  if (auto changed = changes_.since_last(objects); looked_ && !changed.empty()) what_changed_ = changed;
  auto generation = keys_.changes().generation;
  if (!looked_) catalog_.remember(last_good_.read(problems), node_);
  resources_ =
      &catalog_.read(objects, problems, [this](auto& resources, auto& wrong) { local_.add_to(resources, wrong); });
  last_good_.write(catalog_.right_before(), problems);
  if (auto keys = store_.keys())
    keys_.replace(*keys);
  else
    keys_.update(*resources_, catalog_, problems);
  peers_.generation = 1 + keys_.peers_generation();
  peers_.others = keys_.peers_generation_but_nodes();
  bool changed = !looked_ || !catalog_.changed_kinds().empty() || keys_.changes().generation != generation;
  say_new(problems);
  for (auto& line : problems) good &= line.find("error: ") == std::string::npos;
  looked_ = true;
  return changed;
}

void Generator::say_new(const std::vector<std::string>& problems) {
  for (auto& line : problems)
    if (!known_.count(line)) teller_.problem(line);
  known_ = {problems.begin(), problems.end()};
}

/// What is not known although it is there. A process that goes on has the last good state of everything; one that has
/// just begun would take a datastore without this for the whole, and tear down what runs.
std::string Generator::unknown() const {
  if (!store_.whole()) return "a part of the datastore cannot be read";
  for (auto& [kind, name] : {std::pair<std::string, std::string>{"BGPConfiguration", "default"}, {"Node", node_}})
    if (catalog_.is_unknown(kind, name)) return fmt::format("{} '{}' is wrong", kind, name);
  return "";
}

Generator::State Generator::round(Why why, Clock::time_point event) {
  teller_.tick();
  store_said_ = why == Why::change;
  auto worst = State::settled;
  try {
    // A quiet datastore is not read again; if something could not be read, its mending may come without a word.
    bool changed = false;
    if (why == Why::change || why == Why::interval || !looked_ || unsure_ || local_.changed())
      changed = look(objects_good_);
    if (auto what = unknown(); !started_ && !what.empty()) {
      teller_.problem(fmt::format("error: {}: nothing is rendered before that is mended", what));
      return State::waits;
    }
    started_ = true;
    for (auto& unit : units_) {
      auto& last = last_.try_emplace(unit.get(), State::failed).first->second;
      bool due = changed || why == Why::interval || last == State::failed || last == State::untold ||
                 (why != Why::change && unit->files_changed());
      if (due) last = render(*unit, event);
      worst = std::max(worst, last);
    }
  } catch (const std::exception& error) {
    // Nothing that an object or a file can cause may end the process: what runs goes on with what it has.
    keys_.forget();
    looked_ = false;
    teller_.problem(fmt::format("error: {}; nothing was changed, trying again", error.what()));
    return State::failed;
  }
  return worst;
}

Generator::State Generator::render(Unit& unit, Clock::time_point event) {
  auto functions = calico_functions(keys_.tree(), *resources_, keys_.origins(), node_, defects_, &peers_);
  auto outcome = unit.render(
      keys_.tree(), functions, [&](auto& culprit) { return locate(*objects_, keys_.origins(), culprit); },
      keys_.changes());
  if (outcome.kind == Outcome::installed || outcome.kind == Outcome::untold) {
    auto line = fmt::format("info  installed {}", outcome.changes.empty() ? unit.name() : outcome.changes);
    if (!what_changed_.empty()) line += ": " + what_changed_;
    if (!outcome.reload.empty()) line += fmt::format("; {}", outcome.reload);
    auto taken = std::chrono::duration<double, std::milli>(Clock::now() - event).count();
    if (outcome.kind == Outcome::installed || !outcome.changes.empty())
      teller_.event(fmt::format("{} after={:.1f}ms", line, taken));
    what_changed_.clear();
  }
  auto& trouble = trouble_[&unit];
  if (outcome.message != trouble) teller_.mended(trouble);
  if (!outcome.message.empty()) teller_.problem(outcome.message);
  trouble = outcome.message;
  switch (outcome.kind) {
    case Outcome::unchanged:
    case Outcome::installed: return State::settled;
    case Outcome::untold: return State::untold;
    case Outcome::waits: return State::waits;
    case Outcome::failed: return State::failed;
  }
  return State::failed;
}

}  // namespace avocet::confgen
