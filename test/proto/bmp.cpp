/// Bytes worked out by hand from RFC 7854, section 4.
#include "proto/bmp.hpp"

#include <doctest/doctest.h>

using namespace avocet::proto;
using Octets = std::vector<std::uint8_t>;

namespace {

Address ip(const char* text) { return *Address::parse(text); }

/// Type, flags, distinguisher, address, AS, router id; the time follows.
Octets peer_header(std::uint8_t flags, const Octets& address) {
  Octets out{0, flags, 0, 0, 0, 0, 0, 0, 0, 0};
  out.insert(out.end(), address.begin(), address.end());
  out.insert(out.end(), {0, 1, 0, 0, 10, 0, 0, 2});
  return out;
}
const Octets v4{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 192, 0, 2, 1};
const Octets v6{0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
const Octets no_time(8);

Octets joined(std::initializer_list<Octets> parts) {
  Octets out;
  for (auto& part : parts) out.insert(out.end(), part.begin(), part.end());
  return out;
}

}  // namespace

TEST_CASE("RFC 7854 4.3 and 4.4: Initiation says what and who we are") {
  Octets out;
  encode_bmp_initiation("router", "r1", out);
  CHECK(out == Octets{3, 0, 0, 0, 22, 4, 0, 1, 0, 6, 'r', 'o', 'u', 't', 'e', 'r', 0, 2, 0, 2, 'r', '1'});
}

TEST_CASE("RFC 7854 4.5: Termination says why") {
  Octets out;
  encode_bmp_termination(BmpTermination::closed, out);
  encode_bmp_termination(BmpTermination::out_of_resources, out);
  CHECK(out == Octets{3, 0, 0, 0, 12, 5, 0, 1, 0, 2, 0, 0, 3, 0, 0, 0, 12, 5, 0, 1, 0, 2, 0, 2});
}

TEST_CASE("RFC 7854 4.10: Peer Up holds addresses, ports and both OPENs") {
  Octets out, sent{1, 2, 3}, received{4, 5};
  encode_bmp_peer_up({ip("192.0.2.1"), 65536, 0x0a000002}, {ip("192.0.2.9"), 179, 40000, sent, received}, out);
  auto local = v4;
  local.back() = 9;
  CHECK(out == joined({{3, 0, 0, 0, 73, 3}, peer_header(0, v4), no_time, local, {0, 179, 0x9c, 0x40, 1, 2, 3, 4, 5}}));
}

TEST_CASE("RFC 7854 4.9: Peer Down has the NOTIFICATION, an event of the state machine, or nothing") {
  struct {
    BmpDown reason;
    Octets data;
  } cases[] = {{BmpDown::we_notified, {1, 7, 7}},
               {BmpDown::we_closed, {2, 0, 0}},
               {BmpDown::peer_notified, {3, 7, 7}},
               {BmpDown::peer_closed, {4}},
               {BmpDown::deconfigured, {5}}};
  for (auto& c : cases) {
    CAPTURE(static_cast<int>(c.reason));
    Octets out, notification{7, 7};
    encode_bmp_peer_down({ip("2001:db8::1"), 65536, 0x0a000002}, c.reason, notification, out);
    CHECK(
        out ==
        joined(
            {{3, 0, 0, 0, static_cast<std::uint8_t>(48 + c.data.size()), 2}, peer_header(0x80, v6), no_time, c.data}));
  }
}

TEST_CASE("RFC 7854 4.6: Route Monitoring, before and after the policy, with the time of the route") {
  for (bool post_policy : {false, true}) {
    Octets out, update{1, 2, 3, 4};
    encode_bmp_route_monitoring({ip("192.0.2.1"), 65536, 0x0a000002}, post_policy, 5000007, update, out);
    CHECK(out ==
          joined({{3, 0, 0, 0, 52, 0}, peer_header(post_policy ? 0x40 : 0, v4), {0, 0, 0, 5, 0, 0, 0, 7}, update}));
  }
}
