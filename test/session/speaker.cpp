#include "bgpd/session/speaker.hpp"

#include <doctest/doctest.h>

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <vector>

#include "bgpd/session/auth.hpp"
#include "test/session/speakers.hpp"

using namespace avocet;
using namespace avocet::session;
using namespace avocet::session::test;

TEST_CASE("two speakers establish and exchange routes, changes and withdrawals") {
  World world;
  auto a = world.daemon(1), b = world.daemon(2);
  a->announce("192.0.2.0/24");
  b->announce("198.51.100.0/24");
  a->add(a->session_with(2));
  auto waits = b->session_with(1);
  waits.passive = true;  // one connection, so that both sides count the same messages
  b->add(waits);
  REQUIRE(world.until([&] { return a->up(2) && b->up(1); }));
  CHECK(world.until([&] { return b->has("192.0.2.0/24") && a->has("198.51.100.0/24"); }));
  a->announce("203.0.113.0/24");
  CHECK(world.until([&] { return b->has("203.0.113.0/24"); }));
  a->withdraw("192.0.2.0/24");
  CHECK(world.until([&] { return !b->has("192.0.2.0/24"); }));
  auto ours = a->speaker.status("to2"), theirs = b->speaker.status("to1");
  CHECK(ours->bytes_out == theirs->bytes_in);
  CHECK(ours->messages_out == theirs->messages_in);
  CHECK(ours->updates_out == theirs->updates_in);
}

TEST_CASE("`debug` tells of messages and routes as they come and go") {
  World world;
  auto a = world.daemon(1), b = world.daemon(2);
  auto options = a->session_with(2);
  options.protocol.debug = rib::debug::packets | rib::debug::routes;
  std::string heard;
  a->log.add_sink([&](auto, std::string_view line) { heard += std::string(line) + '\n'; });
  a->rib.on_trace = [&](auto& protocol, auto text) { a->log.trace("bgp " + protocol.options.name, text); };
  a->add(options);
  b->add(b->session_with(1));
  b->announce("192.0.2.0/24");
  REQUIRE(world.until([&] { return a->has("192.0.2.0/24"); }));
  b->withdraw("192.0.2.0/24");
  REQUIRE(world.until([&] { return !a->has("192.0.2.0/24"); }));
  for (auto* line : {"sent OPEN", "received OPEN bytes=", "received KEEPALIVE bytes=19",
                     "received UPDATE bytes=", "ipv4 > added [best] 192.0.2.0/24", "ipv4 > removed [sole] 192.0.2.0/24"}) {
    CAPTURE(line);
    CHECK(heard.find(std::string("bgp to2: ") + line) != std::string::npos);
  }
}

TEST_CASE("nobody listens: Active, with BIRD's words and a sentence for people") {
  World world;
  auto a = world.daemon(1);
  a->add(a->session_with(2));
  REQUIRE(world.until([&] { return !a->error(2).empty(); }));
  CHECK(a->error(2) == "Socket: Connection refused");
  CHECK(a->state(2) == BgpState::active);
  auto why = a->speaker.status("to2")->why;
  CHECK(why.find("connection refused; again in 1 s") != std::string::npos);
}

TEST_CASE("a wrong AS: both sides say so, and wait before they try again") {
  World world;
  auto a = world.daemon(1), b = world.daemon(2);
  auto options = a->session_with(2);
  options.remote_as = 65099;
  a->add(options);
  b->add(b->session_with(1));
  CHECK(world.until([&] { return a->error(2) == "BGP Error: Bad peer AS"; }));
  CHECK(world.until([&] { return b->error(1) == "Received: Bad peer AS"; }));
  CHECK(a->state(2) == BgpState::idle);
  CHECK(a->speaker.status("to2")->error_wait);
}

TEST_CASE("disable tells the peer, takes the routes away and stays down; enable brings all back") {
  World world;
  auto a = world.daemon(1), b = world.daemon(2);
  a->announce("192.0.2.0/24");
  a->add(a->session_with(2));
  b->add(b->session_with(1));
  REQUIRE(world.until([&] { return b->has("192.0.2.0/24"); }));
  CHECK(a->speaker.disable("to2", "maintenance"));
  CHECK_FALSE(a->speaker.disable("to2", ""));
  REQUIRE(world.until([&] { return !b->has("192.0.2.0/24"); }));
  CHECK(b->error(1) == "Received: Administrative shutdown");
  CHECK(a->state(2) == BgpState::down);
  CHECK(a->rib.find_protocol("to2")->state == rib::ProtocolState::down);
  CHECK(a->rib.find_protocol("to2")->message == "maintenance");
  CHECK(a->speaker.enable("to2"));
  CHECK(world.until([&] { return b->has("192.0.2.0/24"); }));
}

TEST_CASE("restart ends and begins the session again") {
  World world;
  auto a = world.daemon(1), b = world.daemon(2);
  a->add(a->session_with(2));
  b->add(b->session_with(1));
  REQUIRE(world.until([&] { return a->up(2) && b->up(1); }));
  CHECK(a->speaker.restart("to2", ""));
  CHECK(world.until([&] { return a->speaker.status("to2")->sessions == 2 && a->up(2) && b->up(1); }));
}

TEST_CASE("an instance that is removed is forgotten at once and tells its peer why") {
  World world;
  auto a = world.daemon(1), b = world.daemon(2);
  b->announce("192.0.2.0/24");
  a->add(a->session_with(2));
  b->add(b->session_with(1));
  REQUIRE(world.until([&] { return a->has("192.0.2.0/24"); }));
  a->speaker.remove("to2", 3);
  CHECK_FALSE(a->speaker.status("to2"));
  REQUIRE(world.until([&] { return !b->up(1); }));
  CHECK(world.until([&] { return b->error(1) == "Received: Peer de-configured"; }));
  CHECK(world.until([&] { return !a->has("192.0.2.0/24") && !a->rib.find_protocol("to2"); }));
}

TEST_CASE("both sides connect at the same moment, again and again: one connection stays") {
  World world;
  auto a = world.daemon(1), b = world.daemon(2);
  a->add(a->session_with(2));
  b->add(b->session_with(1));
  for (std::uint64_t round = 1; round <= 30; ++round) {
    CAPTURE(round);
    REQUIRE(world.until([&] { return a->up(2) && b->up(1); }, std::chrono::seconds(4)));
    world.run(std::chrono::milliseconds(3));
    CHECK(a->up(2));
    CHECK(b->up(1));
    a->speaker.disable("to2", "");
    b->speaker.disable("to1", "");
    REQUIRE(world.until([&] { return a->state(2) == BgpState::down && b->state(1) == BgpState::down; }));
    a->speaker.enable("to2");
    b->speaker.enable("to1");
  }
}

TEST_CASE("TCP MD5: equal passwords talk, different ones do not") {
  World world;
  auto a = world.daemon(1), b = world.daemon(2), c = world.daemon(3);
  auto with = [](BgpOptions options, const char* password) {
    options.password = password;
    return options;
  };
  a->add(with(a->session_with(2), "secret"));
  a->add(with(a->session_with(3), "secret"));
  b->add(with(b->session_with(1), "secret"));
  c->add(with(c->session_with(1), "wrong"));
  CHECK(world.until([&] { return a->up(2) && b->up(1); }));
  world.run(std::chrono::milliseconds(300));
  CHECK_FALSE(a->up(3));
}

TEST_CASE("the end of a session is one line of the log, whatever ended it") {
  struct { const char* name; std::function<void(Daemon& a, std::unique_ptr<Daemon>& b)> end; std::string reason; } cases[] = {
      {"their NOTIFICATION", [](auto&, auto& b) { b->speaker.disable("to1", ""); }, "Received: Administrative shutdown"},
      {"our NOTIFICATION", [](auto& a, auto&) { a.speaker.restart("to2", ""); }, "BGP Error: Administrative reset"},
      {"their death", [](auto&, auto& b) { b.reset(); }, "Socket: Connection"}};
  for (auto& c : cases) {
    CAPTURE(c.name);
    World world;
    auto a = world.daemon(1), b = world.daemon(2);
    auto options = a->session_with(2);
    options.connect_delay_time = 60;  // failing attempts afterwards are other events
    a->add(options);
    b->add(b->session_with(1));
    REQUIRE(world.until([&] { return a->up(2) && b->up(1); }));
    std::vector<std::string> lines;
    a->log.add_sink([&](auto, std::string_view line) { lines.emplace_back(line); });
    c.end(*a, b);
    REQUIRE(world.until([&] { return !a->up(2); }));
    world.run(std::chrono::milliseconds(20));
    auto says_why = [&](const std::string& line) { return line.find(c.reason) != std::string::npos; };
    auto told = std::count_if(lines.begin(), lines.end(), says_why);
    CHECK(told == 1);
  }
}

TEST_CASE("a peer that tells faster than the RIB works is not read until the RIB has caught up") {
  World world;
  auto a = world.daemon(1), b = world.daemon(2);
  a->rib.limit_waiting_changes(1000);
  a->add(a->session_with(2));
  b->add(b->session_with(1));
  REQUIRE(world.until([&] { return a->up(2) && b->up(1); }));
  a->work(false);
  constexpr std::uint32_t count = 300000;
  b->announce_hosts(0x0b000000, count);
  auto routes = [&] { return a->rib.find_table("master4")->net_count(); };
  REQUIRE(world.until([&] { return a->rib.behind(); }));
  world.run(std::chrono::milliseconds(300));
  CHECK(routes() < 50000);  // the limit, and what was read at once
  CHECK(a->up(2));
  a->work(true);
  CHECK(world.until([&] { return routes() == count; }));
  CHECK(world.until([&] { return !a->rib.behind(); }));
}

TEST_CASE("a passive side waits and says so") {
  World world;
  auto a = world.daemon(1), b = world.daemon(2);
  auto options = a->session_with(2);
  options.passive = true;
  a->add(options);
  CHECK(a->state(2) == BgpState::passive);
  b->add(b->session_with(1));
  CHECK(world.until([&] { return a->up(2); }));
}

TEST_CASE("a connection from the peer ends our own attempts to connect") {
  World world;
  auto a = world.daemon(1), b = world.daemon(2);
  a->add(a->session_with(2));
  REQUIRE(world.until([&] { return a->error(2) == "Socket: Connection refused"; }));
  auto options = b->session_with(1);
  options.local_port = world.next_port();  // b only calls
  b->speaker.add(options, {});
  REQUIRE(world.until([&] { return a->up(2) && b->up(1); }));
  world.run(std::chrono::milliseconds(1500));  // a would have tried again by now
  CHECK(a->error(2).empty());
  CHECK_FALSE(a->speaker.status("to2")->connect_delay);
}

TEST_CASE("without a listening socket a passive session says so") {
  World world;
  auto a = world.daemon(1);
  auto options = a->session_with(2);
  options.passive = true;
  a->speaker.add(options, {});
  CHECK(a->error(2) == "Error: No listening socket");
}

TEST_CASE("RFC 9003: what the peer's administrator wrote is kept as the protocol's message until the session is back") {
  World world;
  auto a = world.daemon(1), b = world.daemon(2);
  a->add(a->session_with(2));
  b->add(b->session_with(1));
  REQUIRE(world.until([&] { return a->up(2) && b->up(1); }));
  b->speaker.disable("to1", "back at noon");
  auto message = [&] { return a->rib.find_protocol("to2")->message; };
  CHECK(world.until([&] { return message() == "back at noon"; }));
  b->speaker.enable("to1");
  REQUIRE(world.until([&] { return a->up(2); }));
  CHECK(message().empty());
}

TEST_CASE("a range makes an instance for each neighbour that calls, and forgets it when it leaves") {
  World world;
  auto a = world.daemon(1), b = world.daemon(2), c = world.daemon(3);
  auto range = a->session_with(2);
  range.protocol.name = "range";
  range.remote_address = {};
  range.remote_as = 0;
  range.external_peer = true;
  range.range = proto::Prefix::make(Daemon::address(0), 24);
  a->add(range);
  b->announce("192.0.2.0/24");
  b->add(b->session_with(1));
  c->add(c->session_with(1));
  REQUIRE(world.until([&] { return b->up(1) && c->up(1) && a->has("192.0.2.0/24"); }));
  CHECK(a->speaker.status("dynbgp1"));
  CHECK(a->speaker.status("dynbgp2"));
  b->speaker.disable("to1", "");
  c->speaker.disable("to1", "");
  CHECK(world.until([&] { return !a->speaker.status("dynbgp1") && !a->speaker.status("dynbgp2"); }));
  CHECK(world.until([&] { return !a->has("192.0.2.0/24"); }));
}

TEST_CASE("an import limit with action disable shuts the session down and says why") {
  World world;
  auto a = world.daemon(1), b = world.daemon(2);
  for (auto* net : {"192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24"}) b->announce(net);
  auto options = a->session_with(2);
  options.channels[0].channel.import_limit = rib::Limit{2, rib::LimitAction::disable};
  a->add(options);
  b->add(b->session_with(1));
  REQUIRE(world.until([&] { return a->state(2) == BgpState::down; }));
  CHECK(a->error(2) == "Automatic shutdown: Route limit exceeded");
  CHECK(world.until([&] { return b->error(1) == "Received: Maximum number of prefixes reached"; }));
}

TEST_CASE("RFC 4724: routes of a peer that crashed stay until it is back and has said everything") {
  World world;
  auto a = world.daemon(1), b = world.daemon(2);
  auto graceful = [](BgpOptions options) {
    options.graceful_restart = GracefulRestart::on;
    return options;
  };
  b->announce("192.0.2.0/24");
  b->announce("198.51.100.0/24");
  a->add(graceful(a->session_with(2)));
  b->add(graceful(b->session_with(1)));
  REQUIRE(world.until([&] { return a->has("192.0.2.0/24") && a->has("198.51.100.0/24"); }));
  b.reset();  // no NOTIFICATION: as if killed
  REQUIRE(world.until([&] { return !a->up(2); }));
  world.run(std::chrono::milliseconds(50));
  CHECK(a->has("192.0.2.0/24"));
  CHECK(a->speaker.status("to2")->gr_restart);

  b = world.daemon(2);
  bool recovered = false;
  b->speaker.begin_recovery(std::chrono::seconds(60), [&] { recovered = true; });
  b->announce("192.0.2.0/24");
  b->add(graceful(b->session_with(1)));
  REQUIRE(world.until([&] { return a->up(2); }));
  CHECK(world.until([&] { return recovered; }));
  CHECK(world.until([&] { return !a->has("198.51.100.0/24"); }));
  CHECK(a->has("192.0.2.0/24"));
}

TEST_CASE("recovery does not wait for peers that cannot be reached") {
  World world;
  auto a = world.daemon(1);
  bool recovered = false;
  auto options = a->session_with(2);
  options.graceful_restart = GracefulRestart::on;
  a->add(options);
  a->speaker.begin_recovery(std::chrono::seconds(60), [&] { recovered = true; });
  CHECK(a->speaker.recovery_waits_for() == std::vector<std::string>{"to2"});
  CHECK(world.until([&] { return recovered; }));
}

TEST_CASE("without graceful restart the routes of a lost peer go at once") {
  World world;
  auto a = world.daemon(1), b = world.daemon(2);
  b->announce("192.0.2.0/24");
  a->add(a->session_with(2));
  b->add(b->session_with(1));
  REQUIRE(world.until([&] { return a->has("192.0.2.0/24"); }));
  b.reset();
  CHECK(world.until([&] { return !a->has("192.0.2.0/24"); }));
}

TEST_CASE("reload asks for a route refresh and answers one, without losing the session") {
  World world;
  auto a = world.daemon(1), b = world.daemon(2);
  b->announce("192.0.2.0/24");
  a->add(a->session_with(2));
  b->add(b->session_with(1));
  REQUIRE(world.until([&] { return a->has("192.0.2.0/24"); }));
  auto before = a->speaker.status("to2")->updates_in;
  CHECK(a->speaker.reload("to2", true, false));
  CHECK(world.until([&] { return a->speaker.status("to2")->updates_in > before; }));
  CHECK(a->has("192.0.2.0/24"));
  CHECK(a->speaker.status("to2")->sessions == 1);
}

TEST_CASE("shutdown says goodbye to everybody and then reports") {
  World world;
  auto a = world.daemon(1), b = world.daemon(2);
  a->add(a->session_with(2));
  b->add(b->session_with(1));
  REQUIRE(world.until([&] { return a->up(2) && b->up(1); }));
  bool done = false;
  a->speaker.shutdown(false, std::chrono::seconds(5), [&] { done = true; });
  CHECK(world.until([&] { return done; }, std::chrono::seconds(2)));
  CHECK(world.until([&] { return b->error(1) == "Received: Administrative shutdown"; }));
}

TEST_CASE("a hundred peers that connect at the same moment are all served within a second") {
  World world;
  auto hub = world.daemon(1);
  hub->announce("192.0.2.0/24");
  std::vector<std::unique_ptr<Daemon>> spokes;
  for (unsigned i = 2; i < 102; ++i) {
    auto options = hub->session_with(i);
    options.passive = true;
    hub->add(options);
    spokes.push_back(world.daemon(i));
    spokes.back()->add(spokes.back()->session_with(1));
  }
  CHECK(world.until([&] { return std::all_of(spokes.begin(), spokes.end(), [](auto& s) { return s->has("192.0.2.0/24"); }); },
                    std::chrono::seconds(3)));
}

namespace {

/// A peer made by hand: says OPEN and KEEPALIVE, and then what the test wants; with hold time `mute` it says nothing.
class RawPeer {
 public:
  static constexpr std::uint16_t mute = 1;  // no hold time of BGP
  RawPeer(World& world, unsigned from, unsigned to, std::uint16_t hold, int ttl = 64,
          const proto::Capabilities& capabilities = {})
      : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    auto local = session::socket_address(Daemon::address(from), 0), remote = session::socket_address(Daemon::address(to), world.port);
    REQUIRE(::setsockopt(fd_, IPPROTO_IP, IP_TTL, &ttl, sizeof ttl) == 0);
    REQUIRE(::bind(fd_, local.get(), local.length) == 0);
    REQUIRE(::connect(fd_, remote.get(), remote.length) == 0);
    if (hold == mute) return;
    proto::Open open;
    open.asn = 65000 + from;
    open.hold_time = hold;
    open.router_id = from;
    open.capabilities = capabilities;
    send(proto::encode_open(open));
    send(proto::encode_keepalive());
  }
  ~RawPeer() { ::close(fd_); }
  RawPeer(const RawPeer&) = delete;

  void send(const std::vector<std::uint8_t>& bytes) {
    CHECK(::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size()));
  }
  /// Code and subcode of the NOTIFICATION among all that was received; {0, 0} if there is none.
  std::pair<int, int> notification() {
    std::uint8_t chunk[4096];
    for (ssize_t got; (got = ::recv(fd_, chunk, sizeof chunk, MSG_DONTWAIT)) > 0;) input_.insert(input_.end(), chunk, chunk + got);
    for (std::size_t at = 0; at + 19 <= input_.size(); at += static_cast<std::size_t>(input_[at + 16] << 8 | input_[at + 17]))
      if (input_[at + 18] == 3) return {input_[at + 19], input_[at + 20]};
    return {0, 0};
  }

 private:
  int fd_;
  std::vector<std::uint8_t> input_;
};

}  // namespace

TEST_CASE("connections that say nothing do not keep the right one out") {
  World world;
  auto a = world.daemon(1);
  auto options = a->session_with(2);
  options.passive = true;
  a->add(options);
  RawPeer first(world, 2, 1, RawPeer::mute);
  REQUIRE(world.until([&] { return a->state(2) == BgpState::open_sent; }));
  RawPeer second(world, 2, 1, RawPeer::mute);
  CHECK(world.until([&] { return first.notification() == std::pair{6, 7}; }, std::chrono::seconds(2)));
  RawPeer right(world, 2, 1, 90);
  CHECK(world.until([&] { return a->up(2); }, std::chrono::seconds(2)));
  RawPeer late(world, 2, 1, 90);
  world.run(std::chrono::milliseconds(50));
  CHECK(a->up(2));
  CHECK(a->speaker.status("to2")->sessions == 1);
}

TEST_CASE("RFC 5082: who is too far away for TTL security cannot keep the right neighbour out") {
  World world;
  auto a = world.daemon(1);
  auto options = a->session_with(2);
  options.passive = options.ttl_security = true;
  options.multihop = options.check_link = false;
  options.onlink = true;
  a->add(options);
  RawPeer far(world, 2, 1, 90, 254);  // OPEN and KEEPALIVE are here before the connection is accepted
  world.run(std::chrono::milliseconds(50));
  CHECK(a->state(2) == BgpState::passive);
  RawPeer near(world, 2, 1, 90, 255);
  CHECK(world.until([&] { return a->up(2); }, std::chrono::seconds(2)));
}

TEST_CASE("RFC 8538: a NOTIFICATION keeps the routes of a peer with the N bit, a Hard Reset does not") {
  proto::Capabilities capabilities;
  capabilities.ipv4.multiprotocol = capabilities.any_multiprotocol = true;
  capabilities.graceful_restart = capabilities.ipv4.graceful_restart = capabilities.ipv4.graceful_forwarding = true;
  capabilities.restart_time = 60;
  struct {
    const char* name;
    bool ours, theirs;
    proto::Notification said;
    bool kept;
  } cases[] = {{"both have it", true, true, {6, 2, {}}, true},
               {"an error", true, true, {3, 1, {}}, true},
               {"Hard Reset", true, true, {6, 9, {6, 2}}, false},
               {"only we", true, false, {6, 2, {}}, false},
               {"only they", false, true, {6, 2, {}}, false}};
  proto::AttributeBlock attributes;
  attributes.set(proto::AttributeCode::origin, std::vector<std::uint8_t>{0});
  attributes.set(proto::AttributeCode::as_path, {});
  proto::prepend_as(attributes, 65002);
  attributes.set_address(proto::AttributeCode::next_hop, proto::Address::v4(0x0a000002));
  std::vector<std::uint8_t> update;
  proto::Nlri net{*proto::Prefix::parse("192.0.2.0/24"), 0};
  proto::encode_announcements(attributes.view(), {&net, 1}, {.as4 = false}, update);
  for (auto& c : cases) {
    CAPTURE(c.name);
    World world;
    auto a = world.daemon(1);
    auto options = a->session_with(2);
    options.passive = true;
    options.graceful_restart_notification = c.ours;
    a->add(options);
    capabilities.restart_notification = c.theirs;
    {
      RawPeer peer(world, 2, 1, 90, 64, capabilities);
      peer.send(update);
      REQUIRE(world.until([&] { return a->has("192.0.2.0/24"); }));
      peer.send(proto::encode_notification(c.said));
      REQUIRE(world.until([&] { return !a->up(2); }));
    }
    world.run(std::chrono::milliseconds(20));
    CHECK(a->has("192.0.2.0/24") == c.kept);
    if (c.said.subcode == 9) CHECK(a->error(2) == "Received: Administrative shutdown");
  }
}

TEST_CASE("RFC 8538 3.1: what shall go goes with a Hard Reset") {
  World world;
  auto a = world.daemon(1);
  auto options = a->session_with(2);
  options.passive = options.graceful_restart_notification = true;
  a->add(options);
  proto::Capabilities capabilities;
  capabilities.graceful_restart = capabilities.restart_notification = true;
  RawPeer peer(world, 2, 1, 90, 64, capabilities);
  REQUIRE(world.until([&] { return a->up(2); }));
  a->speaker.disable("to2", "");
  CHECK(world.until([&] { return peer.notification() == std::pair{6, 9}; }));
}

TEST_CASE("a peer that falls silent loses its session when the hold time is over") {
  World world;
  auto a = world.daemon(1);
  auto options = a->session_with(2);
  options.passive = true;
  a->add(options);
  RawPeer mute(world, 2, 1, 3);
  REQUIRE(world.until([&] { return a->up(2); }));
  CHECK(a->speaker.status("to2")->hold->full == 3);
  REQUIRE(world.until([&] { return mute.notification() == std::pair{4, 0}; }, std::chrono::seconds(4)));
  CHECK(a->error(2) == "BGP Error: Hold timer expired");
}

TEST_CASE("bytes that are no BGP are answered with the NOTIFICATION of RFC 4271 6.1") {
  auto message = [](std::uint8_t marker, std::uint16_t length, std::uint8_t type) {
    std::vector<std::uint8_t> bytes(19, marker);
    bytes[16] = static_cast<std::uint8_t>(length >> 8);
    bytes[17] = static_cast<std::uint8_t>(length);
    bytes[18] = type;
    return bytes;
  };
  struct { const char* name; std::vector<std::uint8_t> bytes; std::pair<int, int> answer; } cases[] = {
      {"wrong marker", message(0, 19, 4), {1, 1}},
      {"too long", message(0xff, 5000, 2), {1, 2}},
      {"a long KEEPALIVE", message(0xff, 20, 4), {1, 2}},
      {"unknown type", message(0xff, 19, 9), {1, 3}},
      {"a second OPEN", proto::encode_open({4, 65002, 90, 2, {}}), {5, 3}}};
  for (auto& c : cases) {
    CAPTURE(c.name);
    World world;
    auto a = world.daemon(1);
    auto options = a->session_with(2);
    options.passive = true;
    a->add(options);
    RawPeer peer(world, 2, 1, 90);
    REQUIRE(world.until([&] { return a->up(2); }));
    peer.send(c.bytes);
    CHECK(world.until([&] { return peer.notification() == c.answer; }, std::chrono::seconds(2)));
    CHECK(world.until([&] { return !a->up(2); }, std::chrono::seconds(2)));
  }
}

TEST_CASE("a live change of the export filter tells the peer the difference and keeps the session") {
  World world;
  auto a = world.daemon(1), b = world.daemon(2);
  a->announce("192.0.2.0/24");
  auto options = a->session_with(2);
  a->add(options);
  b->add(b->session_with(1));
  REQUIRE(world.until([&] { return b->has("192.0.2.0/24"); }));
  options.channels[0].channel.export_filter = filter::reject_all();
  a->speaker.retune("to2", options, {.refilter_out = true});
  CHECK(world.until([&] { return !b->has("192.0.2.0/24"); }));
  options.channels[0].channel.export_filter = filter::accept_all();
  a->speaker.retune("to2", options, {.refilter_out = true});
  CHECK(world.until([&] { return b->has("192.0.2.0/24"); }));
  CHECK(b->speaker.status("to1")->sessions == 1);
  options.hold_time = 90;
  a->speaker.retune("to2", options, {.restart = true});
  CHECK(world.until([&] { return b->speaker.status("to1")->sessions == 2 && b->has("192.0.2.0/24"); }));
  CHECK(b->speaker.status("to1")->hold->full == 90);
}

TEST_CASE("a live change of how routes are compared takes effect at once") {
  World world;
  auto a = world.daemon(1), b = world.daemon(2), c = world.daemon(3);
  auto to_b = a->session_with(2), to_c = a->session_with(3);
  for (auto* options : {&to_b, &to_c}) a->add(*options);
  b->add(b->session_with(1));
  c->add(c->session_with(1));
  b->announce("192.0.2.0/24", {64999});  // a longer path, from the lower router id
  c->announce("192.0.2.0/24");
  REQUIRE(world.until([&] { return a->preferred("192.0.2.0/24") == "to3"; }));
  for (auto* options : {&to_b, &to_c}) {
    options->path_metric = false;
    a->speaker.retune(options->protocol.name, *options, {.refilter_in = true});
  }
  CHECK(world.until([&] { return a->preferred("192.0.2.0/24") == "to2"; }));
  CHECK(a->speaker.status("to2")->sessions == 1);
}

TEST_CASE(
    "a neighbour becomes a client of the reflector, and the instance gets another name, while the session goes on") {
  World world;
  auto a = world.daemon(1), b = world.daemon(2), c = world.daemon(3);
  auto internal = [](BgpOptions options) {
    options.local_as = options.remote_as = 65000;
    return options;
  };
  auto to_c = internal(a->session_with(3));
  a->add(internal(a->session_with(2)));
  a->add(to_c);
  b->add(internal(b->session_with(1)));
  c->add(internal(c->session_with(1)));
  b->announce("192.0.2.0/24");
  REQUIRE(world.until([&] { return a->has("192.0.2.0/24") && a->up(3); }));
  world.run(std::chrono::milliseconds(50));
  CHECK_FALSE(c->has("192.0.2.0/24"));
  a->speaker.rename("to3", "client3");
  to_c.protocol.name = "client3";
  to_c.rr_client = true;
  a->speaker.retune("client3", to_c, {.refilter_in = true, .refilter_out = true});
  CHECK(world.until([&] { return c->has("192.0.2.0/24"); }));
  CHECK_FALSE(a->speaker.status("to3"));
  CHECK(a->speaker.status("client3")->sessions == 1);
  CHECK(a->rib.find_protocol("client3"));
  CHECK(c->speaker.status("to1")->sessions == 1);
}

TEST_CASE("RFC 5492 3: a peer that refuses our capabilities is tried without them") {
  World world;
  auto a = world.daemon(1);
  a->add(a->session_with(2));
  auto local = session::socket_address(Daemon::address(2), world.port);
  int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), on = 1;
  ::setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  REQUIRE(::bind(listener, local.get(), local.length) == 0);
  REQUIRE(::listen(listener, 5) == 0);
  auto open_length = [&] {
    int fd = -1;
    std::uint8_t bytes[4096];
    ssize_t got = -1;
    CHECK(world.until([&] { return (fd = ::accept(listener, nullptr, nullptr)) >= 0; }));
    CHECK(world.until([&] { return (got = ::recv(fd, bytes, sizeof bytes, MSG_DONTWAIT)) > 0; }));
    auto refusal = proto::encode_notification({2, 4, {}});
    CHECK(::send(fd, refusal.data(), refusal.size(), MSG_NOSIGNAL) > 0);
    ::close(fd);
    return got;
  };
  constexpr ssize_t bare_open = 29;
  CHECK(open_length() > bare_open);
  CHECK(open_length() == bare_open);
  ::close(listener);
}
