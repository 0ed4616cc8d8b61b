#pragma once
/// The box that the routes of the corpus live in: interfaces, and protocols that routes may come from. Nothing runs.
#include <array>
#include <memory>
#include <string>
#include <vector>

#include "bgpd/equivalent/constants.hpp"
#include "bgpd/rib/rib.hpp"

namespace avocet::equivalent {

/// The two configurations compared, in the order given.
enum Side : std::size_t { first = 0, second = 1 };
constexpr std::array<Side, 2> sides{first, second};
template <class T>
using Both = std::array<T, 2>;

/// A kind of route as either configuration sees it.
struct Origin {
  enum class Kind : std::uint8_t { bgp, static_, device, learned, foreign } kind = Kind::bgp;
  std::string words;  ///< "external peer 192.0.2.1 as 65001"
  filter::RouteSource source = filter::RouteSource::bgp;
  Both<std::shared_ptr<rib::Channel>> channels;  ///< never null
};

/// What an origin's channel is made of, for one side.
struct OriginSide {
  std::string protocol;
  rib::SourceFacts facts;
  std::uint16_t preference = 100;
};

class World {
 public:
  static constexpr std::uint32_t shared_link = 2;  ///< "eth0": direct neighbours are here
  static constexpr std::uint32_t other_link = 3;   ///< "eth1"

  explicit World(proto::Family family);
  World(const World&) = delete;

  proto::Family family() const { return family_; }
  rib::Rib& rib() { return rib_; }
  const rib::Rib& rib() const { return rib_; }
  /// Adds the interface if it is not there; its index.
  std::uint32_t interface(const std::string& name);
  Origin make_origin(Origin::Kind kind, filter::RouteSource source, std::string words, const Both<OriginSide>& side);

  /// Our address where a configuration names none, a gateway on a link, an address nobody here has.
  proto::Address own_address() const { return address(1); }
  proto::Address gateway(std::uint32_t link) const { return address(link == shared_link ? 9 : 0x10009); }
  proto::Address far_address() const { return address(0x20007); }

  // What the import side of either configuration may leave on routes; attribute codes.
  std::set<std::uint16_t> set_on_bgp, set_on_local;
  /// Ways that static routes of either configuration take; none noted: any.
  struct StaticWays {
    bool dead = false, gateway = false, interface = false;
    bool any() const { return !dead && !gateway && !interface; }
  } static_ways;

 private:
  proto::Address address(std::uint32_t number) const;

  proto::Family family_;
  rib::Rib rib_;
  std::uint32_t next_index_ = 4;
};

/// Names that the pattern means, and close ones that it does not.
std::vector<std::string> names_near(const std::string& pattern);

}  // namespace avocet::equivalent
