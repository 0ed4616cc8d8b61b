#pragma once
/// Autonomous system provider authorisations and the question that filters ask of them:
/// draft-ietf-sidrops-aspa-verification.
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "bgpd/rib/attester.hpp"
#include "bgpd/rib/options.hpp"
#include "proto/attributes.hpp"

namespace avocet::rib {

/// What section 6 of the draft says of a path; the values behind ASPA_*.
enum class AspaState : std::uint8_t { unknown = 0, valid = 1, invalid = 2 };

/// One `aspa table`. Several attesters add to it; an AS has the providers that any of them names. They are told as
/// those of a RoaTable.
class AspaTable {
 public:
  explicit AspaTable(std::string name) : name_(std::move(name)) {}
  const std::string& name() const { return name_; }

  void begin(const Attester& attester, Telling telling);
  /// In place of what this attester said of the customer.
  Told announce(const std::string& attester, Aspa aspa);
  Told withdraw(const std::string& attester, std::uint32_t customer);
  bool commit(const std::string& attester, std::uint32_t now);
  void abort(const std::string& attester);
  bool clear(const std::string& attester);
  /// What one attester says from now on, in place of what it said before. True if anything changed.
  bool replace(const Attester& attester, std::vector<Aspa> aspas, std::uint32_t now = 0);
  std::uint32_t count(const std::string& attester) const;

  /// `upstream`: the path came from a customer or a peer, and must climb from provider to provider all the way;
  /// otherwise it may go down again. Paths that are empty, or hold anything but sequences, are invalid.
  AspaState check(proto::Bytes path, bool upstream) const;

  struct Said {
    std::vector<std::uint32_t> providers;
    std::uint32_t since = 0;  ///< seconds, as `commit` was told
  };
  struct Seat {
    Attester attester;
    std::map<std::uint32_t, Said> said;  ///< by customer
    // Of an unfinished answer: what each customer will have; nothing for one that goes.
    Telling how = Telling::changes;
    std::map<std::uint32_t, std::optional<std::vector<std::uint32_t>>> told;
  };
  /// By attester's name.
  const std::map<std::string, Seat, std::less<>>& attesters() const { return seats_; }

 private:
  enum class Hop : std::uint8_t { provider, not_provider, no_attestation };
  Hop hop(std::uint32_t customer, std::uint32_t provider) const;
  void index(std::uint32_t customer);

  std::string name_;
  std::map<std::string, Seat, std::less<>> seats_;
  std::unordered_map<std::uint32_t, std::vector<std::uint32_t>> providers_;
};

}  // namespace avocet::rib
