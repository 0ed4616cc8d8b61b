#include "bgpd/bfd/authentication.hpp"

#include <doctest/doctest.h>

using namespace avocet;
using namespace avocet::bfd;
using proto::BfdAuthentication;

namespace {

constexpr std::uint8_t multiplier = 5;

SessionOptions with(BfdAuthentication type, std::vector<Key> keys) {
  SessionOptions options;
  options.authentication = type;
  options.keys = std::move(keys);
  return options;
}

Key key(std::uint8_t id, std::string secret) {
  Key made;
  made.id = id;
  made.secret = std::move(secret);
  return made;
}

/// Two ends of one session.
struct Ends {
  Authentication ours{100}, theirs{200};
  std::vector<std::uint8_t> wire;
  explicit Ends(const SessionOptions& mine) : Ends(mine, mine) {}
  Ends(const SessionOptions& mine, const SessionOptions& other) {
    ours.configure(mine);
    theirs.configure(other);
  }
  void sign(std::int64_t second = 0, std::int64_t time = 1000) {
    proto::BfdPacket packet;
    packet.multiplier = multiplier;
    packet.my_discriminator = 1;
    proto::encode_bfd(packet, *ours.sign(second, time), wire);
  }
  /// "" if the other end takes it.
  std::string refusal(std::int64_t time = 1000) {
    auto packet = proto::decode_bfd(wire);
    REQUIRE(packet);
    auto error = theirs.refuse(wire, *packet, multiplier, time);
    return error ? error->what : "";
  }
};

}  // namespace

TEST_CASE("RFC 5880 6.7.3: a meticulous sequence number grows with every packet, the other one once a second") {
  Ends meticulous(with(BfdAuthentication::meticulous_keyed_sha1, {key(1, "s")})),
      keyed(with(BfdAuthentication::keyed_md5, {key(1, "s")}));
  meticulous.sign(7);
  CHECK(meticulous.refusal() == "");
  CHECK(meticulous.refusal() == "wrong sequence number");  // played back
  meticulous.sign(7);
  CHECK(meticulous.refusal() == "");
  CHECK(meticulous.ours.sent() == 102);
  keyed.sign(7);
  keyed.sign(7);
  CHECK(keyed.ours.sent() == 101);
  CHECK(keyed.refusal() == "");
  CHECK(keyed.refusal() == "");
  keyed.sign(8);
  CHECK(keyed.ours.sent() == 102);
}

TEST_CASE("RFC 5880 6.7.3: a sequence number may be three times the multiplier ahead, and never behind") {
  Ends ends(with(BfdAuthentication::meticulous_keyed_md5, {key(1, "s")}));
  ends.sign();
  auto old = ends.wire;
  CHECK(ends.refusal() == "");
  for (int i = 0; i < 15; ++i) ends.sign();
  CHECK(ends.refusal() == "");
  for (int i = 0; i < 16; ++i) ends.sign();
  CHECK(ends.refusal() == "wrong sequence number");
  ends.wire = old;
  CHECK(ends.refusal() == "wrong sequence number");
  ends.theirs.forget_sequence();
  CHECK(ends.refusal() == "");
}

TEST_CASE("what is not signed as agreed is refused, and why") {
  auto signed_options = with(BfdAuthentication::keyed_sha1, {key(1, "s")});
  struct {
    const char* name;
    SessionOptions ours, theirs;
    const char* reason;
  } cases[] = {
      {"signed for one who does not want it", signed_options, {}, "authentication method mismatch"},
      {"not signed", {}, signed_options, "authentication method mismatch"},
      {"another type", with(BfdAuthentication::keyed_md5, {key(1, "s")}), signed_options,
       "authentication method mismatch"},
      {"another id", with(BfdAuthentication::keyed_sha1, {key(2, "s")}), signed_options, "no suitable password found"},
      {"another secret", with(BfdAuthentication::keyed_sha1, {key(1, "t")}), signed_options,
       "wrong authentication code"},
      {"another password", with(BfdAuthentication::simple, {key(1, "t")}),
       with(BfdAuthentication::simple, {key(1, "s")}), "wrong password"}};
  for (auto& c : cases) {
    CAPTURE(c.name);
    Ends ends(c.ours, c.theirs);
    ends.sign();
    CHECK(ends.refusal() == c.reason);
  }
}

TEST_CASE("a password holds in its times; of several the one that began last signs") {
  auto old = key(1, "old"), fresh = key(2, "new");
  old.generate_to = old.accept_to = 2000;
  fresh.generate_from = 1500;
  fresh.accept_from = 1400;
  Ends ends(with(BfdAuthentication::simple, {old, fresh}));
  CHECK(ends.ours.sign(0, 1000)->key_id == 1);
  CHECK(ends.ours.sign(0, 1600)->key_id == 2);
  ends.sign(0, 1000);
  CHECK(ends.refusal(1999) == "");
  CHECK(ends.refusal(2000) == "no suitable password found");
  ends.sign(0, 1600);
  CHECK(ends.refusal(1399) == "no suitable password found");
  CHECK(ends.refusal(1400) == "");
  auto gone = with(BfdAuthentication::simple, {old});
  ends.ours.configure(gone);
  CHECK_FALSE(ends.ours.sign(0, 2000));
}
