#pragma once
/// Route origin authorisations and the question that filters ask of them: RFC 6811.
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "bgpd/rib/options.hpp"

namespace avocet::rib {

/// What RFC 6811 section 2 says of a route; the values behind ROA_*.
enum class RoaState : std::uint8_t { unknown = 0, valid = 1, invalid = 2 };

/// One `roa4 table` or `roa6 table`. Several sources (static protocols, the table's own entries) add to it; a ROA counts
/// while one of them has it.
class RoaTable {
 public:
  explicit RoaTable(RoaTableOptions options);
  const RoaTableOptions& options() const { return options_; }

  /// What one source says from now on, in place of what it said before. True if anything changed.
  bool replace(const std::string& source, std::vector<Roa> roas);
  /// `unknown` if no ROA covers the net, also for a net of the other family. AS 0 is never valid (RFC 6483 section 4).
  RoaState check(const proto::Prefix& net, std::uint32_t asn) const;
  /// By source, each in the order given; the table's own entries have the source "".
  const std::map<std::string, std::vector<Roa>>& sources() const { return sources_; }

 private:
  struct Permit {
    std::uint32_t asn;
    std::uint8_t max_length;
  };
  void index();

  RoaTableOptions options_;
  std::map<std::string, std::vector<Roa>> sources_;
  std::unordered_map<proto::Prefix, std::vector<Permit>> permits_;
  std::vector<std::uint8_t> lengths_;  ///< of the prefixes in `permits_`, ascending
};

}  // namespace avocet::rib
