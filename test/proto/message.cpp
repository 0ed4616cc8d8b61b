#include "proto/message.hpp"

#include <doctest/doctest.h>

#include "proto/bird_reply.hpp"

using namespace avocet::proto;

namespace {
Bytes body(const std::vector<std::uint8_t>& message) { return Bytes(message).subspan(header_size_bytes); }
}  // namespace

TEST_CASE("RFC 4271 6.1: what a header may get wrong, and the NOTIFICATION for it") {
  auto keepalive = encode_keepalive();
  REQUIRE(decode_header(keepalive, max_message_bytes));
  struct { const char* name; std::size_t at; std::uint8_t value; std::uint8_t subcode; } cases[] = {
      {"marker", 3, 0, 1}, {"length below the header", 17, 18, 2}, {"KEEPALIVE with a body", 17, 20, 2}, {"unknown type", 18, 9, 3}};
  for (auto& c : cases) {
    CAPTURE(c.name);
    auto wrong = keepalive;
    wrong[c.at] = c.value;
    auto header = decode_header(wrong, max_message_bytes);
    REQUIRE_FALSE(header);
    CHECK(header.error().code == 1);
    CHECK(header.error().subcode == c.subcode);
  }
}

TEST_CASE("an OPEN survives the round trip with every capability") {
  Open open;
  open.asn = 4200000000;
  open.hold_time = 90;
  open.router_id = 0x0a000001;
  auto& c = open.capabilities;
  c.any_multiprotocol = c.ipv4.multiprotocol = c.ipv6.multiprotocol = true;
  c.route_refresh = c.enhanced_refresh = c.extended_messages = true;
  c.as4 = open.asn;
  c.graceful_restart = c.restart_state = true;
  c.restart_time = 120;
  c.ipv4.graceful_restart = c.ipv4.graceful_forwarding = c.ipv6.graceful_restart = true;
  c.long_lived = c.ipv4.long_lived = true;
  c.ipv4.long_lived_stale_time = 3600;
  c.ipv4.add_path_receive = c.ipv6.add_path_send = true;
  c.ipv4.extended_next_hop = true;
  c.role = Role::customer;
  c.hostname = "r1";
  auto decoded = decode_open(body(encode_open(open)));
  REQUIRE(decoded);
  CHECK(*decoded == open);
}

TEST_CASE("RFC 9072: more capabilities than fit one octet of length") {
  Open open;
  open.asn = 1;
  open.router_id = 1;
  open.capabilities.hostname = std::string(64, 'h');
  open.capabilities.software_version = std::string(64, 'v');
  auto message = encode_open(open);
  // Many unknown capabilities behind them, written by hand into an extended parameter.
  std::vector<std::uint8_t> params(300, 0);
  for (std::size_t i = 0; i < 300; i += 2) params[i] = 200;
  std::vector<std::uint8_t> hand(message.begin(), message.begin() + header_size_bytes + 9);
  for (auto byte : {255, 255, (300 + 3) >> 8, (300 + 3) & 255, 2, 300 >> 8, 300 & 255}) hand.push_back(static_cast<std::uint8_t>(byte));
  hand.insert(hand.end(), params.begin(), params.end());
  auto decoded = decode_open(body(hand));
  REQUIRE(decoded);
  CHECK(decoded->capabilities.unknown.size() == 150);
}

TEST_CASE("RFC 4271 6.2: what an OPEN may get wrong") {
  Open good;
  good.asn = 65001;
  good.hold_time = 90;
  good.router_id = 1;
  struct { const char* name; std::size_t at; std::uint8_t value; std::uint8_t subcode; } cases[] = {
      {"version 3", 0, 3, 1}, {"hold time 2", 4, 2, 6}};
  for (auto& c : cases) {
    CAPTURE(c.name);
    auto message = encode_open(good, false);
    if (c.at == 4) message[header_size_bytes + 3] = 0;
    message[header_size_bytes + c.at] = c.value;
    auto open = decode_open(body(message));
    REQUIRE_FALSE(open);
    CHECK(open.error().code == 2);
    CHECK(open.error().subcode == c.subcode);
  }
  auto truncated = encode_open(good, false);
  truncated[header_size_bytes + 9] = 7;
  CHECK_FALSE(decode_open(body(truncated)));
}

TEST_CASE("RFC 9003: the words of an administrative shutdown") {
  Notification notification{6, 2, {5, 'h', 'e', 'l', 'l', 'o'}};
  auto decoded = decode_notification(body(encode_notification(notification)));
  REQUIRE(decoded);
  CHECK(decoded->shutdown_text() == "hello");
  CHECK(Notification{6, 2, {9, 'x'}}.shutdown_text() == "");
  CHECK(Notification{6, 2, {2, 0xff, 0xfe}}.shutdown_text() == "");
  CHECK(notification_text(6, 3) == "Peer de-configured");
  CHECK(notification_text(9, 9) == "Error 9.9");
}

TEST_CASE("what two sides have in common") {
  Capabilities ours, theirs;
  ours.any_multiprotocol = ours.ipv4.multiprotocol = ours.ipv6.multiprotocol = true;
  ours.ipv4.add_path_send = true;
  ours.as4 = 1;
  CHECK(negotiate(ours, theirs).ipv4.active);  // RFC 4760 section 8: no capability means IPv4 unicast
  CHECK_FALSE(negotiate(ours, theirs).ipv6.active);
  theirs.any_multiprotocol = theirs.ipv6.multiprotocol = true;
  CHECK_FALSE(negotiate(ours, theirs).ipv4.active);
  CHECK(negotiate(ours, theirs).ipv6.active);
  theirs.ipv4.multiprotocol = theirs.ipv4.add_path_receive = true;
  CHECK(negotiate(ours, theirs).ipv4.add_path_send);
  CHECK_FALSE(negotiate(ours, theirs).ipv4.add_path_receive);
  CHECK_FALSE(negotiate(ours, theirs).as4);
}

TEST_CASE("reply lines: codes repeat silently, a blank ends, a plus stands outside") {
  ReplyParser parser;
  parser.feed("1002-one\n two\n+log line\n1006-three\n00");
  CHECK(parser.next() == ReplyLine{1002, false, false, "one"});
  CHECK(parser.next() == ReplyLine{1002, false, false, "two"});
  CHECK(parser.next()->asynchronous);
  CHECK(parser.next() == ReplyLine{1006, false, false, "three"});
  CHECK_FALSE(parser.next());
  parser.feed("00 \n");
  CHECK(parser.next() == ReplyLine{0, true, false, ""});
}

TEST_CASE("RFC 9072: the extended form is known by the type of the first parameter, whatever the first length says") {
  // Version 4, AS 65001, hold 90 s, identifier 192.0.2.1; length 5, type 255, then 9 bytes: one parameter with AS 4200000000.
  std::vector<std::uint8_t> body{4,   0xfd, 0xe9, 0, 90, 192, 0,  2, 1,    5,    255,  0,
                                 9,   2,    0,    6, 65, 4,   0xfa, 0x56, 0xea, 0};
  auto open = decode_open(body);
  REQUIRE(open);
  CHECK(open->asn == 4200000000);
}

TEST_CASE("graceful restart of an odd length is ignored as a whole, and the session comes up") {
  Capabilities capabilities;
  REQUIRE(decode_capabilities(std::vector<std::uint8_t>{64, 5, 0, 120, 0, 1, 1, 65, 4, 0, 0, 0xfd, 0xe9}, capabilities));
  CHECK_FALSE(capabilities.graceful_restart);
  CHECK(capabilities.restart_time == 0);
  CHECK(capabilities.as4 == 65001);
}
