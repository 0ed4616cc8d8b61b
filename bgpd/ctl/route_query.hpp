#pragma once
/// The selection of `show route`, parsed. Reference 9.4.
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "bgpd/ctl/commands.hpp"

namespace avocet::ctl {

struct RouteQuery {
  enum class Match : std::uint8_t { any, exact, longest, inside };
  enum class Export : std::uint8_t { off, exported_by_filter, before_filter, rejected_by_filter, told };
  enum class Count : std::uint8_t { off, with_routes, only };
  enum class Stored : std::uint8_t { off, import_table, export_table };

  Match match = Match::any;
  proto::Prefix net;                       ///< unless Match::any
  std::vector<std::string> tables;         ///< names; empty only if there are roa_tables
  std::vector<std::string> roa_tables;     ///< 2.x shows ROAs and ASPAs as routes
  bool tables_named = false;               ///< by `table`: empty ones are shown too
  filter::ProgramPtr filter;               ///< null: none
  bool attributes = false;                 ///< `all`
  bool primary = false, filtered = false;
  Export mode = Export::off;
  std::string export_protocol;
  std::optional<proto::Family> export_family;  ///< of P.ipv4
  Stored stored = Stored::off;             ///< `import table P.C`: as received; `export table P.C`: as announced
  std::string stored_protocol;
  proto::Family stored_family = proto::Family::ipv4;
  std::string protocol;                    ///< "" any
  Count count = Count::off;
};

/// Reads all remaining words. Throws CommandError; needs the names of the running configuration.
RouteQuery parse_route_query(Call& call);

/// A filter by its name, behind `filter`.
filter::ProgramPtr take_named_filter(Call& call);
/// The condition behind `where`. It ends at the next of `parts`, words that begin another part of the command, outside of
/// all brackets.
filter::ProgramPtr take_condition(Call& call, std::span<const char* const> parts);

}  // namespace avocet::ctl
