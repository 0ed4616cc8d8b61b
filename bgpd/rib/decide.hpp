#pragma once
/// Which of two routes to one net is better: RFC 4271 section 9.1.2.2 with RFC 4456, 5004, 5065, 7311 and 9494, in BIRD's
/// order (reference 8.3).
#include <cstdint>
#include <span>

#include "bgpd/rib/attribute_store.hpp"
#include "bgpd/rib/source.hpp"

namespace avocet::rib {

/// A path with everything that a step may look at.
struct Candidate {
  const AttributeKeys* keys = nullptr;
  const Source* source = nullptr;
  std::uint32_t preference = 0;
  bool resolvable = false;      ///< packets can be sent there now
  bool suppressed = false;      ///< `deterministic med`: beaten within its neighbour AS
  std::uint32_t igp_metric = 0xffffffff;            ///< to the next hop; all ones if unknown
  std::uint64_t aigp = 0xffffffffffffffff;          ///< accumulated metric with igp_metric added; all ones without
};

/// Outcome of a step. `present`: the candidates are as good as each other and the one that was there first stays.
enum class Order : std::uint8_t { same, first, second, present };

struct Step {
  const char* why;
  bool multipath;  ///< routes that share traffic must be equal here
  Order (*prefer)(const Candidate& a, const Candidate& b);
};

/// The steps in order, for tests and documentation.
std::span<const Step> decision_steps();

struct Decision {
  Order order = Order::present;  ///< never `same`
  const char* why = "";
};
/// The better of two candidates and the step that told them apart. `a` is the challenger, `b` was there before.
Decision decide(const Candidate& a, const Candidate& b);

/// Whether `a` takes the place of `b`; the same answer as decide, without a name for it.
bool better(const Candidate& a, const Candidate& b);

/// Whether the two may share traffic: equal in each step marked `multipath`.
bool mergeable(const Candidate& a, const Candidate& b);

/// For `deterministic med`: marks all but the best of each neighbour AS (RFC 4271 9.1.2.2 c, NOTE) as suppressed.
void suppress_by_neighbor_as(std::span<Candidate> candidates);

}  // namespace avocet::rib
