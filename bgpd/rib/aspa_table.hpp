#pragma once
/// Autonomous system provider authorisations and the question that filters ask of them:
/// draft-ietf-sidrops-aspa-verification.
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "bgpd/rib/options.hpp"
#include "proto/attributes.hpp"

namespace avocet::rib {

/// What section 6 of the draft says of a path; the values behind ASPA_*.
enum class AspaState : std::uint8_t { unknown = 0, valid = 1, invalid = 2 };

/// One `aspa table`. Several sources add to it; an AS has the providers that any of them names.
class AspaTable {
 public:
  explicit AspaTable(std::string name) : name_(std::move(name)) {}
  const std::string& name() const { return name_; }

  /// What one source says from now on, in place of what it said before. True if anything changed.
  bool replace(const std::string& source, std::vector<Aspa> aspas);
  /// `upstream`: the path came from a customer or a peer, and must climb from provider to provider all the way;
  /// otherwise it may go down again. Paths that are empty, or hold anything but sequences, are invalid.
  AspaState check(proto::Bytes path, bool upstream) const;
  /// By source, each in the order given.
  const std::map<std::string, std::vector<Aspa>, std::less<>>& sources() const { return sources_; }

 private:
  enum class Hop : std::uint8_t { provider, not_provider, no_attestation };
  Hop hop(std::uint32_t customer, std::uint32_t provider) const;

  std::string name_;
  std::map<std::string, std::vector<Aspa>, std::less<>> sources_;
  std::unordered_map<std::uint32_t, std::vector<std::uint32_t>> providers_;
};

}  // namespace avocet::rib
