#pragma once
/// A compiled filter and its one pure function, `run`. See ARCHITECTURE.md, filters.
#include <bitset>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "proto/attributes.hpp"
#include "proto/ip.hpp"

namespace avocet::filter {

/// Where a route comes from; the values behind RTS_*.
enum class RouteSource : std::uint8_t { dummy = 0, static_ = 1, inherit = 2, device = 3, static_device = 4, redirect = 5,
                                        rip = 6, ospf = 7, ospf_ia = 8, ospf_ext1 = 9, ospf_ext2 = 10, bgp = 11, pipe = 12,
                                        babel = 13, rpki = 14, perf = 15, l3vpn = 16, aggregated = 17 };

/// The version of BIRD's language whose rules hold: they differ in results, not only in grammar (reference 7.6, 8.4).
enum class Dialect : std::uint8_t { bird1, bird2 };

struct Value;

/// What a filter sees of a route besides its attributes. References must outlive the run.
struct RouteFacts {
  proto::Prefix net;
  const Value* special_net = nullptr;    ///< the net, where it is more than a prefix: a ROA, an ASPA
  RouteSource source = RouteSource::dummy;
  std::string_view protocol;             ///< name of the instance the route came from
  proto::Address from;                   ///< neighbour that sent it; unspecified if none
  std::uint16_t preference = 0;          ///< the channel's, unless an attribute overrides it
  /// Where packets go now (resolved next hop); an edited `destination` attribute wins over it.
  proto::DestinationKind destination = proto::DestinationKind::unreachable;
  std::span<const proto::NextHop> hops;
  std::optional<std::uint32_t> igp_metric;
};

/// What a filter may ask of the world; constant during a run.
class Snapshot {
 public:
  virtual ~Snapshot() = default;
  virtual std::string_view interface_name(std::uint32_t ifindex) const = 0;        ///< "" if unknown
  virtual std::optional<std::uint32_t> interface_index(std::string_view name) const = 0;
  /// The interface an address is directly reachable through (BIRD's condition for `gw = A`).
  virtual std::optional<std::uint32_t> neighbor_interface(const proto::Address& address) const = 0;
  /// RFC 6811 against the ROA table of this name: 0 unknown, 1 valid, 2 invalid.
  virtual int roa_check(std::string_view table, const proto::Prefix& net, std::uint32_t asn) const = 0;
  /// Whether the AS path is plausible by the ASPA table of this name, as one received from a customer or peer (`upstream`)
  /// or from a provider: 0 unknown, 1 valid, 2 invalid.
  virtual int aspa_check(std::string_view table, proto::Bytes path, bool upstream) const = 0;
};

/// The way a run took through the text. Borrows from the program.
struct Trace {
  struct Place {
    std::string_view file, function;  ///< function: name of the filter or function the place is in
    std::uint32_t line = 0;
    std::uint16_t column = 0;
    friend auto operator<=>(const Place&, const Place&) = default;
  };
  std::vector<Place> decided;         ///< what accepted, rejected or failed; then the calls that led there, innermost first
  std::vector<std::uintptr_t> ways;   ///< for each condition met, in order: which one, and whether it held
  void clear() { decided.clear(); ways.clear(); }
};

/// What a run did to the attributes, and said. Reuse one object: memory is kept.
struct Edits {
  bool changed = false;               ///< `attributes` holds the new set; otherwise the input stands
  proto::AttributeBlock attributes;
  std::vector<std::string> printed;   ///< one entry per `print`, in order
  std::bitset<256> assigned;          ///< BGP attributes that the filter set, by code, be it to the value they had
  Trace* trace = nullptr;             ///< filled by each run if set; runs without it do not pay for it
  void clear() { changed = false; attributes.clear(); printed.clear(); assigned.reset(); }
  bool assigns(proto::AttributeCode code) const { return assigned[proto::code_of(code)]; }
};

enum class Outcome : std::uint8_t { accept, reject, error };

/// A failed or finished run: for `error`, where and why (file:line, words).
struct Verdict {
  Outcome outcome = Outcome::reject;
  std::string error;  ///< "bird.conf:41: ..." only for Outcome::error
};

class Program;
using ProgramPtr = std::shared_ptr<const Program>;  ///< never null where a filter is configured

/// The filters `all` and `none`.
ProgramPtr accept_all();
ProgramPtr reject_all();

/// Runs the filter on one route. Pure: the same inputs give the same verdict and edits. Never throws.
Verdict run(const Program& program, const RouteFacts& route, proto::AttributeView attributes, const Snapshot& snapshot,
            Edits& edits);

/// Cheap answers about a program.
bool is_accept_all(const Program& program);
bool is_reject_all(const Program& program);
/// "from_r2", "(unnamed)", "ACCEPT", "REJECT": as `show protocols all` prints it.
const std::string& display_name(const Program& program);
/// Whether the program, or a function it calls, asks this ROA or ASPA table.
bool asks_table(const Program& program, std::string_view table);
/// As it stands behind `import`: "all", "filter from_r2", "where net.len < 25"; of a route's own statements "{ ... }".
const std::string& written(const Program& program);
/// Same code and constants (a reload compares old and new with this); names and places do not count.
bool same_program(const Program& a, const Program& b);

}  // namespace avocet::filter
