#include "bgpd/kernel/kernel.hpp"

#include <algorithm>
#include <cstring>
#include <deque>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fmt/format.h>
#include <linux/rtnetlink.h>

#include "bgpd/kernel/direct.hpp"
#include "bgpd/kernel/install.hpp"
#include "bgpd/kernel/learn.hpp"
#include "bgpd/kernel/links.hpp"
#include "bgpd/observe/log.hpp"

namespace avocet::kernel {
namespace {

namespace asio = boost::asio;
using std::chrono::milliseconds;

// A burst of some 20,000 notifications fits; more is an overrun and leads to a new dump.
constexpr std::size_t event_buffer_bytes = 16 << 20;
constexpr std::size_t dump_buffer_bytes = 1 << 20;
constexpr std::size_t messages_a_turn = 2000;     // about 1 ms of parsing
constexpr auto settle = milliseconds(100);        // after losses: the kernel finishes its own clean-up first
constexpr auto confirm_after = milliseconds(300); // a refused route is tried again before anybody hears of it
constexpr int scan_share = 20;                    // scans take at most one twentieth of the time
constexpr std::size_t failures_logged = 10;       // within this time; the others are counted
constexpr auto failures_window = std::chrono::seconds(5);

std::chrono::system_clock::time_point now() { return std::chrono::system_clock::now(); }

}  // namespace

struct Kernel::State {
  State(asio::io_context& io, rib::Rib& rib, observe::Log& log)
      : io(io), rib(rib), log(log), links(rib.interfaces()), event_stream(io), dump_stream(io), settle_timer(io), redo_timer(io), confirm_timer(io), window_timer(io) {}

  struct Device {
    DeviceOptions options;
    std::shared_ptr<rib::Protocol> protocol;
    std::unique_ptr<asio::steady_timer> scan;
  };
  struct Instance {
    KernelOptions options;
    std::shared_ptr<rib::Protocol> protocol;
    std::shared_ptr<rib::Channel> channel;
    std::unique_ptr<LearnedRoutes> learned;
    std::unique_ptr<Installer> installer;
    std::unique_ptr<asio::steady_timer> scan;
    bool enabled = false;
    bool scanning = false; // since the running dump began
    bool fed = false;      // every net was offered to the installer since it was enabled
    bool scanned = false;  // a first scan has ended
  };
  enum class Dump : std::uint8_t { links, addresses, routes4, routes6 };

  asio::io_context& io;
  rib::Rib& rib;
  observe::Log& log;
  Links links;
  Netlink events, dumps, requests;
  asio::posix::stream_descriptor event_stream, dump_stream;
  asio::steady_timer settle_timer, redo_timer, confirm_timer, window_timer;
  bool settling = false;
  std::deque<Dump> dump_queue;  // front is running
  bool dump_running = false;
  std::chrono::steady_clock::time_point dump_began, scan_not_before;
  bool hold = false;
  std::vector<std::unique_ptr<Device>> devices;
  std::vector<std::unique_ptr<DirectRoutes>> directs;
  std::vector<std::unique_ptr<Instance>> instances;
  std::vector<std::unique_ptr<Instance>> leaving;  // removed, but their routes are still being taken out
  bool confirming = false, in_window = false;
  std::size_t logged_in_window = 0, unlogged_in_window = 0;
  Kernel* owner = nullptr;

  Instance* find_instance(const std::string& name) {
    auto at = std::find_if(instances.begin(), instances.end(), [&](auto& i) { return i->options.protocol.name == name; });
    return at == instances.end() ? nullptr : at->get();
  }
  DirectRoutes* find_direct(const std::string& name) {
    auto at = std::find_if(directs.begin(), directs.end(), [&](auto& d) { return d->options().protocol.name == name; });
    return at == directs.end() ? nullptr : at->get();
  }
  Device* find_device(const std::string& name) {
    auto at = std::find_if(devices.begin(), devices.end(), [&](auto& d) { return d->options.protocol.name == name; });
    return at == devices.end() ? nullptr : at->get();
  }
  void wake() {
    if (owner->on_work) owner->on_work();
  }
  bool takes(const Instance& instance, const RouteMessage& message) const {
    return instance.enabled && instance.options.channel.family == message.net.family &&
           instance.options.kernel_table == message.table;
  }

  // ---- what the kernel says by itself

  void wait_events() {
    event_stream.async_wait(asio::posix::stream_descriptor::wait_read, [this](auto error) {
      if (error) return;
      read_events();
      wait_events();
    });
  }

  void read_events() {
    auto result = events.read([this](const nlmsghdr* header) { event(header); }, messages_a_turn);
    if (result == Netlink::Read::overrun) {
      log.warn("kernel", "notifications were lost, reading everything again errno=ENOBUFS");
      resync();
    }
    interfaces_settled();
    wake();
  }

  void event(const nlmsghdr* header) {
    if (auto link = parse_link(header)) return links.link(*link);
    if (auto address = parse_address(header)) return links.address(*address);
    auto route = parse_route(header);
    if (!route) return;
    for (auto& instance : instances) {
      if (!takes(*instance, *route)) continue;
      if (route->protocol == route_protocol) {
        instance->installer->disturbed(*route);
        continue;
      }
      instance->installer->alien(*route);
      if (LearnedRoutes::wanted(*route, instance->options.learn)) instance->learned->event(*route);
    }
  }

  void interfaces_settled() {
    auto weakened = links.take_weakened();
    if (links.take_changed()) {
      rib.interfaces_changed();
      for (auto& direct : directs) direct->interfaces_changed();
      for (auto& instance : instances)
        if (instance->enabled) instance->installer->retry_failed();
    }
    for (auto index : weakened)
      for (auto& instance : instances) {
        if (!instance->enabled) continue;
        auto interface = rib.interfaces().find(index);
        if (!interface || !interface->up) instance->learned->interface_lost(index);
        instance->installer->interface_lost(index);
      }
    if (!weakened.empty()) scan_soon();
  }

  void scan_soon() {
    if (std::exchange(settling, true)) return;
    settle_timer.expires_at(std::max(std::chrono::steady_clock::now() + settle, scan_not_before));
    settle_timer.async_wait([this](auto error) {
      settling = false;
      if (!error) scan_routes();
    });
  }

  // ---- dumps, one at a time

  void ask(Dump what) {
    if (std::find(dump_queue.begin() + (dump_running ? 1 : 0), dump_queue.end(), what) == dump_queue.end())
      dump_queue.push_back(what);
    if (!dump_running) start_dump();
  }
  void resync() {
    for (auto what : {Dump::links, Dump::addresses}) ask(what);
    scan_routes();
  }
  void scan_routes() {
    for (auto family : {proto::Family::ipv4, proto::Family::ipv6})
      if (std::any_of(instances.begin(), instances.end(),
                      [&](auto& i) { return i->enabled && i->options.channel.family == family; }))
        ask(family == proto::Family::ipv4 ? Dump::routes4 : Dump::routes6);
  }
  template <class Do> void for_family(Dump what, Do act) {
    auto family = what == Dump::routes4 ? proto::Family::ipv4 : proto::Family::ipv6;
    for (auto& instance : instances)
      if (instance->enabled && instance->options.channel.family == family) act(*instance);
  }

  void start_dump() {
    if (dump_queue.empty()) return;
    dump_running = true;
    dump_began = std::chrono::steady_clock::now();
    auto what = dump_queue.front();
    bool asked = false;
    switch (what) {
      case Dump::links:
        links.begin_dump();
        asked = dumps.request_dump(RTM_GETLINK, AF_UNSPEC);
        break;
      case Dump::addresses: asked = dumps.request_dump(RTM_GETADDR, AF_UNSPEC); break;
      default:
        for_family(what, [](Instance& instance) {
          instance.scanning = true;
          instance.learned->begin_scan();
          instance.installer->begin_scan();
        });
        asked = dumps.request_dump(RTM_GETROUTE, what == Dump::routes4 ? AF_INET : AF_INET6);
    }
    if (asked) return wait_dump();
    dump_queue.pop_front();
    dump_running = false;
    redo_dump(what);
  }

  void wait_dump() {
    dump_stream.async_wait(asio::posix::stream_descriptor::wait_read, [this](auto error) {
      if (!error) read_dump();
    });
  }

  void dumped(const nlmsghdr* header) {
    if (auto link = parse_link(header)) return links.link(*link);
    if (auto address = parse_address(header)) return links.address(*address);
    auto route = parse_route(header);
    if (!route) return;
    for (auto& instance : instances) {
      if (!instance->scanning || !takes(*instance, *route)) continue;
      if (route->protocol == route_protocol) {
        instance->installer->scanned(*route);
        continue;
      }
      instance->installer->scanned_alien(*route);
      if (LearnedRoutes::wanted(*route, instance->options.learn)) instance->learned->scanned(*route);
    }
  }

  void read_dump() {
    auto result = dumps.read([this](const nlmsghdr* header) { dumped(header); }, messages_a_turn);
    if (result == Netlink::Read::again) return wait_dump();
    auto what = dump_queue.front();
    dump_queue.pop_front();
    dump_running = false;
    if (result == Netlink::Read::dump_done)
      finish_dump(what);
    else
      redo_dump(what);
    interfaces_settled();
    wake();
    start_dump();
  }

  void finish_dump(Dump what) {
    if (what == Dump::links) return;
    if (what == Dump::addresses) return links.end_dump();
    auto ended = std::chrono::steady_clock::now();
    scan_not_before = ended + scan_share * (ended - dump_began);
    for_family(what, [&](Instance& instance) {
      if (!std::exchange(instance.scanning, false)) return;
      instance.learned->end_scan();
      instance.installer->end_scan();
      instance.scanned = true;
      update_pruning(instance);
    });
  }

  /// The table changed while it was listed, or answers were lost: what is missing may still exist, so nothing is concluded
  /// from it; it is asked for again.
  void redo_dump(Dump what) {
    bool of_links = what == Dump::links || what == Dump::addresses;
    if (of_links) std::erase(dump_queue, Dump::addresses);  // an end of this dump would conclude from half of it
    for_family(what, [&](Instance& instance) {
      if (!of_links && std::exchange(instance.scanning, false)) instance.installer->interrupt_scan();
    });
    redo_timer.expires_after(settle);
    redo_timer.async_wait([this](auto error) {
      if (!error) resync();
    });
  }

  void update_pruning(Instance& instance) {
    bool held = hold && instance.options.graceful_restart;
    instance.installer->allow_pruning(instance.fed && instance.scanned && !held);
  }

  // ---- instances

  void arm_scan(Instance& instance) {
    if (!instance.options.scan_time_seconds) return;
    instance.scan->expires_after(std::chrono::seconds(instance.options.scan_time_seconds));
    instance.scan->async_wait([this, name = instance.options.protocol.name](auto error) {
      auto due = error ? nullptr : find_instance(name);
      if (!due || !due->enabled) return;
      scan_soon();
      arm_scan(*due);
    });
  }
  void arm_scan(Device& device) {
    if (!device.options.scan_time_seconds) return;
    device.scan->expires_after(std::chrono::seconds(device.options.scan_time_seconds));
    device.scan->async_wait([this, name = device.options.protocol.name](auto error) {
      auto due = error ? nullptr : find_device(name);
      if (!due || due->protocol->state != rib::ProtocolState::up) return;
      ask(Dump::links);
      ask(Dump::addresses);
      arm_scan(*due);
    });
  }

  void feed(Instance& instance) {
    rib.feed(instance.channel->table(), *instance.installer, [this, name = instance.options.protocol.name] {
      auto fed = find_instance(name);
      if (!fed) return;
      fed->fed = true;
      update_pruning(*fed);
      wake();
    });
  }

  static bool same_place(const Instance& a, const Instance& b) {
    return a.options.kernel_table == b.options.kernel_table && a.options.channel.family == b.options.channel.family;
  }

  void start(Instance& instance) {
    // Routes that are just being taken out, by this instance or by a removed one, are found by the scan and taken over.
    instance.installer->abandon();
    std::erase_if(leaving, [&](auto& other) { return same_place(*other, instance); });
    instance.enabled = true;
    if (auto wanted = instance.options.rx_buffer_bytes) events.set_receive_buffer(wanted);
    instance.protocol->set_state(rib::ProtocolState::up, now());
    rib.follow(instance.channel->table(), *instance.installer);
    ask(instance.options.channel.family == proto::Family::ipv4 ? Dump::routes4 : Dump::routes6);
    feed(instance);
    arm_scan(instance);
  }

  /// Ends the work of an instance. Its routes stay, or go in turns of `work`.
  void let_go(Instance& instance, bool routes_stay) {
    instance.enabled = false;
    rib.unfollow(instance.channel->table(), *instance.installer);
    instance.scan->cancel();
    instance.fed = instance.scanned = instance.scanning = false;
    routes_stay ? instance.installer->abandon() : instance.installer->remove_all();
  }

  void stop(Instance& instance) {
    if (!instance.enabled) return;
    let_go(instance, instance.options.persist);
    instance.learned->forget_all();
    instance.protocol->set_state(rib::ProtocolState::down, now());
  }

  void open(Instance& instance) {
    rib::SourceFacts facts;
    facts.kind = filter::RouteSource::inherit;
    facts.dialect = instance.options.bird1 ? filter::Dialect::bird1 : filter::Dialect::bird2;
    instance.channel = rib.open_channel(instance.protocol, instance.options.channel, facts);
    instance.learned = std::make_unique<LearnedRoutes>(instance.channel);
    instance.installer = std::make_unique<Installer>(rib, instance.channel, requests, instance.options);
  }

  // ---- failures

  static std::string failure_text(const Refusal& refusal, const rib::Interfaces& interfaces) {
    auto text = fmt::format("route not {}: {} net={}", refusal.removal ? "removed" : "installed",
                            route_error_text(refusal.error_number), refusal.net.text());
    for (auto& hop : refusal.route.hops) {
      if (!hop.gateway.is_unspecified()) text += " via=" + hop.gateway.text();
      if (auto interface = interfaces.find(hop.ifindex)) text += " dev=" + interface->name;
    }
    if (!refusal.route.prefsrc.is_unspecified()) text += " src=" + refusal.route.prefsrc.text();
    return text + fmt::format(" metric={} errno={}", refusal.route.metric, strerrorname_np(refusal.error_number));
  }

  void report_failures(Instance& instance) {
    auto where = fmt::format("kernel {}", instance.options.protocol.name);
    for (auto& refusal : instance.installer->take_refusals()) {
      open_window();
      if (++logged_in_window > failures_logged)
        ++unlogged_in_window;
      else
        log.error(where, failure_text(refusal, rib.interfaces()));
    }
    if (instance.installer->take_conflict()) scan_soon();
    if (instance.installer->has_unconfirmed()) confirm_soon();
  }

  void open_window() {
    if (std::exchange(in_window, true)) return;
    window_timer.expires_after(failures_window);
    window_timer.async_wait([this](auto error) {
      in_window = false;
      logged_in_window = 0;
      auto count = std::exchange(unlogged_in_window, 0);
      if (!error && count) log.error("kernel", fmt::format("{} more routes were refused routes={}", count, count));
    });
  }

  void confirm_soon() {
    if (std::exchange(confirming, true)) return;
    confirm_timer.expires_after(confirm_after);
    confirm_timer.async_wait([this](auto error) {
      confirming = false;
      if (error) return;
      for (auto& instance : instances)
        if (instance->enabled) instance->installer->confirm_failures();
      wake();
    });
  }

  std::shared_ptr<rib::Protocol> make_protocol(const rib::ProtocolOptions& options, rib::ProtocolKind kind) {
    auto protocol = std::make_shared<rib::Protocol>();
    protocol->options = options;
    protocol->kind = kind;
    protocol->since = now();
    rib.add_protocol(protocol);
    return protocol;
  }
};

Kernel::Kernel(asio::io_context& io, rib::Rib& rib, observe::Log& log)
    : state_(std::make_unique<State>(io, rib, log)) {
  state_->owner = this;
}

Kernel::~Kernel() {
  // The descriptors belong to libmnl.
  if (state_->event_stream.is_open()) state_->event_stream.release();
  if (state_->dump_stream.is_open()) state_->dump_stream.release();
  for (auto& instance : state_->instances)
    if (instance->enabled) state_->rib.unfollow(instance->channel->table(), *instance->installer);
}

bool Kernel::start() {
  auto& s = *state_;
  constexpr auto groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR | RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE;
  for (auto& [socket, wanted, size] : {std::tuple<Netlink&, unsigned, std::size_t>{s.events, groups, event_buffer_bytes},
                                       {s.dumps, 0u, dump_buffer_bytes},
                                       {s.requests, 0u, dump_buffer_bytes}})
    if (auto reason = socket.open(wanted, size); !reason.empty()) {
      s.log.error("kernel", reason);
      return false;
    }
  s.events.ignore_requests_of(s.requests.port_id());
  s.links.begin_dump();
  for (auto type : {RTM_GETLINK, RTM_GETADDR}) {
    s.dumps.request_dump(static_cast<std::uint16_t>(type), AF_UNSPEC);
    Netlink::Read result;
    while ((result = s.dumps.read([&](const nlmsghdr* header) { s.dumped(header); }, messages_a_turn)) ==
               Netlink::Read::again &&
           s.dumps.wait()) {
    }
    if (result != Netlink::Read::dump_done && result != Netlink::Read::dump_interrupted) {
      s.log.error("kernel", "the kernel does not list links and addresses");
      return false;
    }
  }
  s.links.end_dump();
  s.interfaces_settled();
  s.event_stream.assign(s.events.fd());
  s.dump_stream.assign(s.dumps.fd());
  s.wait_events();
  return true;
}

void Kernel::add_device(DeviceOptions options) {
  auto& s = *state_;
  auto device = std::make_unique<State::Device>();
  device->protocol = s.make_protocol(options.protocol, rib::ProtocolKind::device);
  device->options = std::move(options);
  device->scan = std::make_unique<asio::steady_timer>(s.io);
  if (!device->options.protocol.disabled) {
    device->protocol->set_state(rib::ProtocolState::up, now());
    s.arm_scan(*device);
  }
  s.devices.push_back(std::move(device));
}

void Kernel::add_direct(DirectOptions options) {
  auto& s = *state_;
  auto protocol = s.make_protocol(options.protocol, rib::ProtocolKind::direct);
  bool disabled = options.protocol.disabled;
  s.directs.push_back(std::make_unique<DirectRoutes>(s.rib, protocol, std::move(options)));
  if (disabled) return;
  protocol->set_state(rib::ProtocolState::up, now());
  s.directs.back()->enable();
}

void Kernel::add_kernel(KernelOptions options) {
  auto& s = *state_;
  auto instance = std::make_unique<State::Instance>();
  instance->protocol = s.make_protocol(options.protocol, rib::ProtocolKind::kernel);
  instance->options = std::move(options);
  instance->scan = std::make_unique<asio::steady_timer>(s.io);
  s.open(*instance);
  s.instances.push_back(std::move(instance));
  if (!s.instances.back()->options.protocol.disabled) s.start(*s.instances.back());
}

void Kernel::remove(const std::string& name) {
  auto& s = *state_;
  if (auto instance = s.find_instance(name)) {
    s.stop(*instance);
    s.rib.close_channel(instance->channel);
    s.rib.remove_protocol(*instance->protocol);
    auto at = std::find_if(s.instances.begin(), s.instances.end(), [&](auto& i) { return i.get() == instance; });
    s.leaving.push_back(std::move(*at));
    s.instances.erase(at);
    s.wake();
  } else if (auto direct = s.find_direct(name)) {
    auto protocol = direct->protocol();
    std::erase_if(s.directs, [&](auto& d) { return d.get() == direct; });
    s.rib.remove_protocol(*protocol);
  } else if (auto device = s.find_device(name)) {
    s.rib.remove_protocol(*device->protocol);
    std::erase_if(s.devices, [&](auto& d) { return d.get() == device; });
  }
}

void Kernel::retune_device(DeviceOptions options) {
  auto device = state_->find_device(options.protocol.name);
  if (!device) return;
  device->protocol->options = options.protocol;
  device->options = std::move(options);
  device->scan->cancel();
  state_->arm_scan(*device);
}

void Kernel::retune_direct(DirectOptions options) {
  auto direct = state_->find_direct(options.protocol.name);
  if (!direct) return;
  direct->protocol()->options = options.protocol;
  direct->reconfigure(std::move(options));
}

void Kernel::retune_kernel(KernelOptions options) {
  auto& s = *state_;
  auto instance = s.find_instance(options.protocol.name);
  if (!instance) return;
  auto before = std::exchange(instance->options, options);
  instance->protocol->options = options.protocol;
  bool elsewhere = before.kernel_table != options.kernel_table || before.channel.table != options.channel.table ||
                   before.channel.family != options.channel.family;
  if (elsewhere) {
    // Another table is another life: take the routes out of the old one, open a new channel.
    auto enabled = instance->enabled;
    std::swap(instance->options, before);
    s.stop(*instance);
    while (instance->installer->work()) {
    }
    std::swap(instance->options, before);
    s.rib.close_channel(instance->channel);
    s.open(*instance);
    if (enabled) s.start(*instance);
    return;
  }
  instance->channel->reconfigure(options.channel);
  instance->installer->reconfigure(options);
  if (!instance->enabled) return;
  if (options.rx_buffer_bytes != before.rx_buffer_bytes)
    s.events.set_receive_buffer(options.rx_buffer_bytes ? options.rx_buffer_bytes : event_buffer_bytes);
  if (before.learn != options.learn) {
    if (options.learn != Learn::all) instance->learned->forget_all();
    s.ask(options.channel.family == proto::Family::ipv4 ? State::Dump::routes4 : State::Dump::routes6);
  }
  instance->scan->cancel();
  s.arm_scan(*instance);
  s.feed(*instance);
}

bool Kernel::enable(const std::string& name) {
  auto& s = *state_;
  if (auto instance = s.find_instance(name)) {
    if (instance->enabled) return false;
    s.start(*instance);
    return true;
  }
  if (auto direct = s.find_direct(name)) {
    if (direct->enabled()) return false;
    direct->protocol()->set_state(rib::ProtocolState::up, now());
    direct->enable();
    return true;
  }
  auto device = s.find_device(name);
  if (!device || device->protocol->state == rib::ProtocolState::up) return false;
  device->protocol->set_state(rib::ProtocolState::up, now());
  s.arm_scan(*device);
  return true;
}

bool Kernel::disable(const std::string& name) {
  auto& s = *state_;
  if (auto instance = s.find_instance(name)) {
    if (!instance->enabled) return false;
    s.stop(*instance);
    return true;
  }
  if (auto direct = s.find_direct(name)) {
    if (!direct->enabled()) return false;
    direct->protocol()->set_state(rib::ProtocolState::down, now());
    direct->disable();
    return true;
  }
  auto device = s.find_device(name);
  if (!device || device->protocol->state == rib::ProtocolState::down) return false;
  device->protocol->set_state(rib::ProtocolState::down, now());
  device->scan->cancel();
  return true;
}

bool Kernel::reload(const std::string& name, bool in, bool out) {
  auto& s = *state_;
  if (auto instance = s.find_instance(name)) {
    if (in) instance->channel->refilter_in();
    if (out && instance->enabled) s.feed(*instance);
    return true;
  }
  if (auto direct = s.find_direct(name)) {
    if (in) direct->refilter_in();
    return true;
  }
  return s.find_device(name) != nullptr;
}

void Kernel::hold_pruning(bool hold) {
  state_->hold = hold;
  for (auto& instance : state_->instances) state_->update_pruning(*instance);
  if (!hold) state_->wake();
}

bool Kernel::work(std::chrono::nanoseconds budget) {
  auto end = std::chrono::steady_clock::now() + budget;
  bool more;
  do {
    more = false;
    for (auto* list : {&state_->instances, &state_->leaving})
      for (auto& instance : *list) {
        more |= instance->installer->work();
        state_->report_failures(*instance);
      }
  } while (more && std::chrono::steady_clock::now() < end);
  if (!more) state_->leaving.clear();
  return more;
}

bool Kernel::install_failed(const std::string& name, rib::NetId net) const {
  auto instance = state_->find_instance(name);
  return instance && instance->installer->failed(net);
}

const KernelOptions* Kernel::options(const std::string& name) const {
  auto instance = state_->find_instance(name);
  return instance ? &instance->options : nullptr;
}

void Kernel::freeze(bool keep) {
  auto& s = *state_;
  for (auto& instance : s.instances)
    if (instance->enabled && (keep || instance->options.persist)) s.let_go(*instance, true);
}

void Kernel::shutdown() {
  auto& s = *state_;
  for (auto& instance : s.instances) s.stop(*instance);
  while (work(std::chrono::seconds(1))) {
  }
  for (auto* timer : {&s.settle_timer, &s.redo_timer, &s.confirm_timer, &s.window_timer}) timer->cancel();
  s.event_stream.cancel();
  s.dump_stream.cancel();
}

}  // namespace avocet::kernel
