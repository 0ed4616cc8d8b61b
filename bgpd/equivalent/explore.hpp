#pragma once
/// Looks for routes that two configurations treat differently: from each way through the filters that is found, every
/// value of every dimension is tried, and ways found so are gone on from. The same in every run.
#include "bgpd/equivalent/judge.hpp"

namespace avocet::equivalent {

/// Routes that differ and were decided at the same places.
struct Group {
  std::size_t count = 0;
  Route example;  ///< the first one found: the plainest
  Both<Answer> answers;
};

struct Exploration {
  std::size_t routes = 0;  ///< tried
  std::size_t different = 0;
  std::size_t excused = 0;    ///< different only in what `excuse` lets pass
  std::size_t ways = 0;       ///< through both filters together
  bool exhausted = false;     ///< every way found was gone on from before the budget was spent
  std::vector<Group> groups;  ///< in the order found; at most `most_groups`
  static constexpr std::size_t most_groups = 50;
};

/// `excuse`: differences that are none in practice.
Exploration explore(const Corpus& corpus, Judge& judge, std::size_t budget,
                    const std::function<bool(const Route&, const Both<Answer>&)>& excuse = {});

}  // namespace avocet::equivalent
