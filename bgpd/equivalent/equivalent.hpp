#pragma once
/// Whether two configurations do the same: sessions and options one by one, filters by running both over routes made of
/// what they contain. Names of sessions, filters and functions, descriptions and comments do not count.
#include <optional>
#include <string>
#include <vector>

#include "bgpd/config/model.hpp"

namespace avocet::equivalent {

struct Request {
  std::optional<proto::Family> family;    ///< only this one; unset: all that both can have
  std::size_t routes_per_filter = 20000;  ///< tried at most for each pair of filters, about
  bool trust_equal_text = true;           ///< filters of equal code are not run
};

/// One thing compared: a session, a kernel protocol, the static routes, ...
struct Section {
  std::string title;                     ///< "bgp 10.0.0.2 as 65001 (A 'one', B 'uno')"
  std::vector<std::string> differences;  ///< each one or more lines
  std::vector<std::string> notes;        ///< other, but to no effect
};

struct Report {
  std::vector<Section> sections;    ///< those with something to say
  std::size_t sessions = 0;         ///< found in both
  std::size_t filters = 0;          ///< pairs compared
  std::size_t run = 0;              ///< pairs of those that are not equal as text and were run
  std::size_t routes = 0;           ///< tried on them
  std::vector<std::string> limits;  ///< what could not be looked at
  bool equivalent() const;
};

Report compare(const config::Config& a, const config::Config& b, const Request& request = {});

/// For people; sections with equal findings are told once.
std::string text(const Report& report);

}  // namespace avocet::equivalent
