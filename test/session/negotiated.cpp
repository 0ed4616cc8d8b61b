#include "bgpd/session/negotiated.hpp"

#include <doctest/doctest.h>

#include <functional>

using namespace avocet;
using namespace avocet::session;
using proto::Family;

namespace {

BgpOptions options_with(std::initializer_list<Family> families) {
  BgpOptions options;
  options.local_as = 65001;
  options.remote_as = 65002;
  options.router_id = 1;
  for (auto family : families) {
    BgpChannelOptions channel;
    channel.channel.family = family;
    options.channels.push_back(channel);
  }
  return options;
}

/// What a willing peer with both families says.
proto::Open good_open() {
  auto options = options_with({Family::ipv4, Family::ipv6});
  options.local_as = 65002;
  options.router_id = 2;
  return our_open(options, {});
}

int subcode(const BgpOptions& options, const proto::Open& theirs) {
  auto result = check_open(options, our_open(options, {}), theirs);
  return result ? 0 : result.error().subcode;
}

}  // namespace

TEST_CASE("the default OPEN offers what BIRD's does") {
  auto caps = offered_capabilities(options_with({Family::ipv4, Family::ipv6}), {});
  CHECK(caps.ipv4.multiprotocol);
  CHECK(caps.ipv6.multiprotocol);
  CHECK(caps.route_refresh);
  CHECK(caps.enhanced_refresh);
  CHECK(caps.as4 == 65001);
  CHECK(caps.graceful_restart);            // aware: the capability without families
  CHECK_FALSE(caps.ipv4.graceful_restart);
  CHECK(caps.long_lived);
  CHECK_FALSE(caps.extended_messages);
  CHECK_FALSE(caps.role);
}

TEST_CASE("graceful restart on lists the families; only a recovering speaker sets the R and F bits") {
  auto options = options_with({Family::ipv4});
  options.graceful_restart = GracefulRestart::on;
  options.graceful_restart_time = 60;
  for (bool recovering : {false, true}) {
    auto caps = offered_capabilities(options, {.recovering = recovering});
    CHECK(caps.restart_time == 60);
    CHECK(caps.ipv4.graceful_restart);
    CHECK_FALSE(caps.ipv6.graceful_restart);
    CHECK(caps.restart_state == recovering);
    CHECK(caps.ipv4.graceful_forwarding == recovering);
  }
}

TEST_CASE("RFC 4724 3: after a session that was lost while we ran, we forward as before") {
  auto options = options_with({Family::ipv4});
  options.graceful_restart = GracefulRestart::on;
  auto caps = offered_capabilities(options, {.session = true});
  CHECK(caps.ipv4.graceful_forwarding);
  CHECK_FALSE(caps.restart_state);
}

TEST_CASE("the N bit of RFC 8538 is offered only where it is asked for, with graceful restart") {
  auto options = options_with({Family::ipv4});
  CHECK_FALSE(offered_capabilities(options, {}).restart_notification);
  options.graceful_restart_notification = true;
  CHECK(offered_capabilities(options, {}).restart_notification);
  options.graceful_restart = GracefulRestart::off;
  CHECK_FALSE(offered_capabilities(options, {}).restart_notification);
}

TEST_CASE("an OPEN is checked in RFC 4271 6.2's words") {
  struct { const char* name; std::function<void(BgpOptions&, proto::Open&)> change; int subcode; } cases[] = {
      {"good", [](auto&, auto&) {}, 0},
      {"wrong AS", [](auto&, auto& open) { open.asn = 65009; }, 2},
      {"internal wanted", [](auto& options, auto&) { options.remote_as = 0, options.internal_peer = true; }, 2},
      {"external wanted", [](auto& options, auto& open) { options.remote_as = 0, options.external_peer = true, open.asn = 65001; }, 2},
      {"external found", [](auto& options, auto&) { options.remote_as = 0, options.external_peer = true; }, 0},
      {"router id zero", [](auto&, auto& open) { open.router_id = 0; }, 3},
      {"same router id, other AS", [](auto&, auto& open) { open.router_id = 1; }, 0},
      {"same router id, same AS", [](auto& options, auto& open) { options.remote_as = open.asn = 65001, open.router_id = 1; }, 3},
      {"hold time below our minimum", [](auto& options, auto& open) { options.min_hold_time = 60, open.hold_time = 30; }, 6},
      {"no family in common", [](auto&, auto& open) { open.capabilities.ipv4 = {}; }, 7},
      {"mandatory family", [](auto& options, auto& open) {
         options = options_with({Family::ipv4, Family::ipv6});
         options.channels[1].mandatory = true;
         open.capabilities.ipv6 = {};
       }, 7},
      {"require as4", [](auto& options, auto& open) { options.require_as4 = true, open.capabilities.as4.reset(); }, 7},
      {"require route refresh", [](auto& options, auto& open) { options.require_route_refresh = true, open.capabilities.route_refresh = false; }, 7},
      {"require hostname", [](auto& options, auto&) { options.require_hostname = true; }, 7},
      {"require graceful restart", [](auto& options, auto& open) { options.require_graceful_restart = true, open.capabilities.graceful_restart = false; }, 7},
      {"require add paths", [](auto& options, auto&) { options.channels[0].add_paths = AddPaths::both, options.channels[0].require_add_paths = true; }, 7},
      {"role fits", [](auto& options, auto& open) { options.local_role = proto::Role::provider, open.capabilities.role = proto::Role::customer; }, 0},
      {"role does not fit", [](auto& options, auto& open) { options.local_role = proto::Role::provider, open.capabilities.role = proto::Role::peer; }, 11},
      {"role missing", [](auto& options, auto&) { options.local_role = proto::Role::provider; }, 0},
      {"role required and missing", [](auto& options, auto&) { options.local_role = proto::Role::provider, options.require_roles = true; }, 11}};
  for (auto& c : cases) {
    CAPTURE(c.name);
    auto options = options_with({Family::ipv4});
    auto open = good_open();
    c.change(options, open);
    CHECK(subcode(options, open) == c.subcode);
  }
}

TEST_CASE("timers follow from both hold times") {
  auto options = options_with({Family::ipv4});
  struct { const char* name; std::uint32_t ours; std::uint16_t theirs; std::optional<std::uint32_t> keepalive; SessionTimes times; } cases[] = {
      {"the smaller hold time", 240, 90, {}, {90, 30, 180}},
      {"ours is smaller", 30, 90, {}, {30, 10, 60}},
      {"theirs is zero: no timers", 240, 0, {}, {0, 0, 0}},
      {"ours is zero", 0, 90, {}, {0, 0, 0}},
      {"configured keepalive", 240, 90, 10, {90, 10, 180}},
      {"a keepalive time longer than the hold time gives way", 240, 9, 60, {9, 3, 18}},
      {"the least hold time", 3, 3, {}, {3, 1, 6}}};
  for (auto& c : cases) {
    CAPTURE(c.name);
    options.hold_time = c.ours;
    options.keepalive_time = c.keepalive;
    CHECK(agreed_times(options, c.theirs) == c.times);
  }
}
