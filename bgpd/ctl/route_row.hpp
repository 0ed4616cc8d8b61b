#pragma once
/// One route of `show route`, collected once; printed as 1.6 text, 2.x text or JSON.
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include <boost/json/fwd.hpp>

#include "bgpd/ctl/commands.hpp"
#include "bgpd/ctl/route_text.hpp"

namespace avocet::ctl {

struct RouteHop {
  proto::Address gateway;      ///< unspecified: on the link
  std::string interface;
  unsigned weight = 1;
  bool onlink = false;
};

struct RouteRow {
  std::string table;
  proto::Prefix net;
  bool first_of_net = true;    ///< later rows of a net leave its column blank
  std::string protocol;
  std::chrono::system_clock::time_point since_time;
  std::string since;           ///< in the client's time format
  proto::Address from;         ///< unspecified: not shown
  bool primary = false, failed_in_kernel = false, stale = false;
  std::uint32_t preference = 0;
  bool shows_metric = false;   ///< "(100/20)": resolved recursively, or with an IGP metric of its own
  bool reachable = true;
  std::optional<std::uint32_t> igp_metric;
  std::optional<std::uint64_t> aigp;   ///< as seen from here, RFC 7311; shown in place of igp_metric
  bool bgp = false;            ///< "[AS64500i]" follows
  std::uint32_t origin_as = 0; ///< last AS of the path; 0 if it is empty or ends with a set
  std::optional<std::uint8_t> origin;
  proto::DestinationKind destination = proto::DestinationKind::unreachable;
  std::vector<RouteHop> hops;
  filter::RouteSource source = filter::RouteSource::dummy;
  std::vector<AttributeText> attributes;   ///< only if asked for
  std::string why;             ///< JSON: the step of the decision that put it in its place, or why it is not announced
};

/// Times of routes as text. Most routes of a table came within few seconds, so the last text is kept.
class RouteTimes {
 public:
  explicit RouteTimes(const Call& call);
  std::chrono::system_clock::time_point time(std::uint32_t since_seconds) const;
  const std::string& text(std::uint32_t since_seconds);

 private:
  std::chrono::system_clock::time_point started_, now_;
  observe::TimeFormat format_;
  std::optional<std::uint32_t> last_;
  std::string last_text_;
};

/// Fills a row from a route; `attributes` may differ from the view's (after an export filter).
RouteRow describe_route(const rib::Rib& rib, RouteTimes& times, const rib::RouteView& route, std::uint32_t since_seconds,
                        proto::AttributeView attributes);

/// Rows 1007, and with attributes 1008 and 1012.
void print_route(const RouteRow& row, Skin skin, bool with_attributes, Reply& reply);
boost::json::object route_json(const RouteRow& row);

}  // namespace avocet::ctl
