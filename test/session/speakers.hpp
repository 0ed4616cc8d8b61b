#pragma once
/// Whole speakers in one process, talking over loopback: what the tests of the session room need.
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "bgpd/observe/log.hpp"
#include "bgpd/session/speaker.hpp"
#include "proto/as_path.hpp"

namespace avocet::session::test {

/// A rib, an announcer and a speaker at 127.0.0.`number`.
class Daemon {
 public:
  Daemon(boost::asio::io_context& io, unsigned number, std::uint16_t port)
      : number_(number), port_(port), io_(io), announcer(rib), speaker(io, rib, announcer, log) {
    rib.add_table({"master4", proto::Family::ipv4, false});
    rib.add_table({"master6", proto::Family::ipv6, false});
    rib.on_work = announcer.on_work = [this] { work_soon(); };
    static_->options.name = "static1";
    static_->kind = rib::ProtocolKind::static_;
    rib.add_protocol(static_);
    rib::SourceFacts facts;
    facts.kind = filter::RouteSource::static_;
    static_channel_ = rib.open_channel(static_, channel_options(), facts);
  }

  static proto::Address address(unsigned number) { return proto::Address::v4(0x7f000000u | number); }
  static rib::ChannelOptions channel_options() {
    rib::ChannelOptions options;
    options.table = "master4";
    options.preference = 100;
    options.import_filter = options.export_filter = filter::accept_all();
    return options;
  }

  static proto::AttributeBlock static_attributes() {
    proto::AttributeBlock attributes;
    attributes.set(proto::AttributeCode::origin, std::vector<std::uint8_t>{0});
    attributes.set(proto::AttributeCode::as_path, {});
    set_destination(attributes, {proto::DestinationKind::blackhole, {}});
    return attributes;
  }

  BgpOptions session_with(unsigned other) const {
    BgpOptions options;
    options.protocol.name = "to" + std::to_string(other);
    options.local_address = address(number_);
    options.remote_address = address(other);
    options.local_port = options.remote_port = port_;
    options.local_as = 65000 + number_;
    options.remote_as = 65000 + other;
    options.multihop = true;
    options.router_id = number_;
    options.connect_delay_time = 0;
    options.connect_retry_time = 1;
    options.error_wait_min = options.error_wait_max = 1;
    BgpChannelOptions channel;
    channel.channel = channel_options();
    channel.next_hop_address = proto::Address::v4(0x0a000000u | number_);  // 127/8 is no next hop
    options.channels.push_back(channel);
    return options;
  }
  std::vector<ListenOptions> listen() const { return {{address(number_), port_, false}}; }
  void add(BgpOptions options) { speaker.add(std::move(options), listen()); }

  void announce(const char* prefix, const std::vector<std::uint32_t>& path = {}) {
    auto attributes = static_attributes();
    for (auto asn : path) proto::prepend_as(attributes, asn);
    proto::Nlri net{*proto::Prefix::parse(prefix), 0};
    static_channel_->announce({&net, 1}, attributes);
  }
  /// `count` host routes, from `first` on.
  void announce_hosts(std::uint32_t first, std::uint32_t count) {
    auto attributes = static_attributes();
    for (std::uint32_t i = 0; i < count; ++i) {
      proto::Nlri net{proto::Prefix::make(proto::Address::v4(first + i), 32), 0};
      static_channel_->announce({&net, 1}, attributes);
    }
  }
  void withdraw(const char* prefix) {
    proto::Nlri net{*proto::Prefix::parse(prefix), 0};
    static_channel_->withdraw({&net, 1});
  }
  /// Stops the RIB, or lets it go on, as if it had too much to do.
  void work(bool on) {
    working_ = on;
    if (on) work_soon();
  }
  bool has(const char* prefix) const {
    auto* table = const_cast<rib::Rib&>(rib).find_table("master4");
    auto net = table->find(*proto::Prefix::parse(prefix));
    return net && table->best(*net);
  }
  /// The protocol whose route is the best; "" if there is none.
  std::string preferred(const char* prefix) {
    auto* table = rib.find_table("master4");
    auto net = table->find(*proto::Prefix::parse(prefix));
    auto* best = net ? table->best(*net) : nullptr;
    auto protocol = best ? rib.channel(rib::SourceId{best->source})->protocol.lock() : nullptr;
    return protocol ? protocol->options.name : "";
  }
  BgpState state(unsigned other) const { return speaker.status("to" + std::to_string(other))->state; }
  std::string error(unsigned other) const { return speaker.status("to" + std::to_string(other))->last_error; }
  bool up(unsigned other) const { return state(other) == BgpState::established; }

 private:
  void work_soon() {
    if (!working_) return;
    if (std::exchange(work_posted_, true)) return;
    boost::asio::post(io_, [this, alive = std::weak_ptr(static_)] {
      if (alive.expired()) return;
      work_posted_ = false;
      constexpr auto slice = std::chrono::milliseconds(2);
      bool more = rib.work(slice);
      if (announcer.work(slice) || more) work_soon();
    });
  }

  unsigned number_;
  std::uint16_t port_;
  boost::asio::io_context& io_;
  bool work_posted_ = false, working_ = true;
  std::shared_ptr<rib::Protocol> static_ = std::make_shared<rib::Protocol>();
  std::shared_ptr<rib::Channel> static_channel_;

 public:
  observe::Log log;
  rib::Rib rib;
  announce::Announcer announcer;
  Speaker speaker;
};

/// A loop, a port nobody else uses, and patience.
struct World {
  boost::asio::io_context io;
  std::uint16_t port = next_port();

  static std::uint16_t next_port() {
    static std::uint16_t next = static_cast<std::uint16_t>(20000 + getpid() % 10000);
    return next++;
  }
  std::unique_ptr<Daemon> daemon(unsigned number) { return std::make_unique<Daemon>(io, number, port); }

  bool until(const std::function<bool()>& reached, std::chrono::milliseconds limit = std::chrono::seconds(10)) {
    auto end = std::chrono::steady_clock::now() + limit;
    while (!reached()) {
      if (std::chrono::steady_clock::now() > end) return false;
      io.restart();
      io.run_for(std::chrono::milliseconds(2));
    }
    return true;
  }
  void run(std::chrono::milliseconds time) {
    until([] { return false; }, time);
  }
};

}  // namespace avocet::session::test
