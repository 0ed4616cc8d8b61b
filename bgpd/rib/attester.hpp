#pragma once
/// Who says something in a table of ROAs or ASPAs, and how what it says changes.
#include <string>

#include "bgpd/filter/program.hpp"

namespace avocet::rib {

/// A static protocol, a cache, or the table's own entries (no name).
struct Attester {
  std::string name;
  filter::RouteSource kind = filter::RouteSource::static_;
  std::uint16_t preference = 200;
};

/// What is told goes from the first PDU of an answer to its last, and holds from then on.
enum class Telling : std::uint8_t {
  changes,   ///< what is not told of stays
  all_anew,  ///< what is not told again goes
};

/// What became of one thing that was told.
enum class Told : std::uint8_t {
  added,
  known,  ///< told again in `all_anew`: nothing changes
  withdrawn,
  duplicate,  ///< it is there, and was not withdrawn: an error of the teller; nothing changes
  missing,    ///< withdrawn, and not there: the same
};

}  // namespace avocet::rib
