#include "bgpd/kernel/kernel.hpp"

#include <algorithm>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fmt/format.h>
#include <linux/rtnetlink.h>

#include "bgpd/kernel/direct.hpp"
#include "bgpd/kernel/dump_queue.hpp"
#include "bgpd/kernel/install.hpp"
#include "bgpd/kernel/learn.hpp"
#include "bgpd/kernel/links.hpp"
#include "bgpd/kernel/refusal_log.hpp"
#include "bgpd/observe/log.hpp"
#include "bgpd/rib/trace.hpp"

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

std::chrono::system_clock::time_point now() { return std::chrono::system_clock::now(); }

}  // namespace

struct Kernel::State {
  State(asio::io_context& io, rib::Rib& rib, observe::Log& log)
      : io(io), rib(rib), log(log), links(rib.interfaces()),
        dumps(io, {[this](Dump what) { dump_begins(what); }, [this](const nlmsghdr* header) { dumped(header); },
                   [this](Dump what, auto took) { finish_dump(what, took); }, [this](Dump what) { redo_dump(what); },
                   [this] { interfaces_settled(), wake(); }}),
        refusals(io, rib.interfaces(), log), event_stream(io), settle_timer(io), redo_timer(io), confirm_timer(io) {}

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
    bool attached = false; // the installer follows the table
    bool scanning = false; // since the running dump began
    bool fed = false;      // every net was offered to the installer since it was enabled
    bool scanned = false;  // a first scan has ended
  };

  asio::io_context& io;
  rib::Rib& rib;
  observe::Log& log;
  Links links;
  Netlink events, requests;
  DumpQueue dumps;
  RefusalLog refusals;
  asio::posix::stream_descriptor event_stream;
  asio::steady_timer settle_timer, redo_timer, confirm_timer;
  bool settling = false;
  std::chrono::steady_clock::time_point scan_not_before;
  bool hold = false;
  std::vector<std::unique_ptr<Device>> devices;
  std::vector<std::unique_ptr<DirectRoutes>> directs;
  std::vector<std::unique_ptr<Instance>> instances;
  std::vector<std::unique_ptr<Instance>> leaving;  // removed, but their routes are still being taken out
  bool confirming = false;
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

  // ---- what operators read about

  static bool watches_interfaces(const rib::Protocol& protocol) {
    bool concerned = protocol.kind == rib::ProtocolKind::device || protocol.kind == rib::ProtocolKind::direct ||
                     protocol.kind == rib::ProtocolKind::kernel;
    return concerned && protocol.state == rib::ProtocolState::up && (protocol.options.debug & rib::debug::interfaces);
  }
  void trace_interface(const rib::Interface* before, const rib::Interface& now) const {
    if (!rib.tracing()) return;
    say_changes(before, now, [&](const std::string& line) {
      for (auto& protocol : rib.protocols())
        if (watches_interfaces(*protocol)) trace_protocol(rib, *protocol, rib::debug::interfaces, line);
    });
  }
  /// A protocol that comes up hears of all that is there, as in BIRD.
  void set_up(rib::Protocol& protocol) const {
    rib.set_state(protocol, rib::ProtocolState::up, now());
    if (!watches_interfaces(protocol)) return;
    for (auto& interface : rib.interfaces().list())
      say_changes(nullptr, interface, [&](const std::string& line) {
        trace_protocol(rib, protocol, rib::debug::interfaces, line);
      });
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

  // ---- what is asked of the kernel

  void resync() {
    for (auto what : {Dump::links, Dump::addresses}) dumps.ask(what);
    scan_routes();
  }
  void scan_routes() {
    for (auto family : {proto::Family::ipv4, proto::Family::ipv6})
      if (std::any_of(instances.begin(), instances.end(),
                      [&](auto& i) { return i->enabled && i->options.channel.family == family; }))
        dumps.ask(routes_of(family));
  }
  template <class Do> void for_family(Dump what, Do act) {
    for (auto& instance : instances)
      if (instance->enabled && instance->options.channel.family == family_of(what)) act(*instance);
  }

  void dump_begins(Dump what) {
    if (what == Dump::links) {
      for (auto& device : devices)
        trace_protocol(rib, *device->protocol, rib::debug::events, "Scanning interfaces");
      links.begin_dump();
    }
    if (!lists_routes(what)) return;
    for_family(what, [this](Instance& instance) {
      trace_protocol(rib, *instance.protocol, rib::debug::events, "Scanning routing table");
      instance.scanning = true;
      instance.learned->begin_scan();
      instance.installer->begin_scan();
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

  void finish_dump(Dump what, std::chrono::steady_clock::duration took) {
    if (what == Dump::links) return;
    if (what == Dump::addresses) return links.end_dump();
    scan_not_before = std::chrono::steady_clock::now() + scan_share * took;
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
    if (lists_routes(what))
      for_family(what, [&](Instance& instance) {
        if (std::exchange(instance.scanning, false)) instance.installer->interrupt_scan();
      });
    else
      dumps.forget(Dump::addresses);  // an end of this dump would conclude from half of it
    redo_timer.expires_after(settle);
    redo_timer.async_wait([this](auto error) {
      if (!error) resync();
    });
  }

  void update_pruning(Instance& instance) {
    instance.installer->allow_pruning(instance.fed && instance.scanned);
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
      dumps.ask(Dump::links);
      dumps.ask(Dump::addresses);
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
    set_up(*instance.protocol);
    dumps.ask(routes_of(instance.options.channel.family));
    if (!held(instance)) attach(instance);
    arm_scan(instance);
  }

  /// RFC 4724 section 4.1: until recovery ends, the kernel goes on forwarding with what it has.
  bool held(const Instance& instance) const { return hold && instance.options.graceful_restart; }

  void attach(Instance& instance) {
    if (std::exchange(instance.attached, true)) return;
    rib.follow(instance.channel->table(), *instance.installer);
    feed(instance);
  }

  /// Ends the work of an instance. Its routes stay, or go in turns of `work`.
  void let_go(Instance& instance, bool routes_stay) {
    instance.enabled = false;
    if (std::exchange(instance.attached, false)) rib.unfollow(instance.channel->table(), *instance.installer);
    instance.scan->cancel();
    instance.fed = instance.scanned = instance.scanning = false;
    routes_stay ? instance.installer->abandon() : instance.installer->remove_all();
  }

  void stop(Instance& instance) {
    if (!instance.enabled) return;
    let_go(instance, instance.options.persist);
    instance.learned->forget_all();
    rib.set_state(*instance.protocol, rib::ProtocolState::down, now());
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

  void report_failures(Instance& instance) {
    for (auto& refusal : instance.installer->take_refusals()) refusals.refused(instance.options.protocol.name, refusal);
    if (instance.installer->take_conflict()) scan_soon();
    if (instance.installer->has_unconfirmed()) confirm_soon();
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
  state_->links.on_change = [s = state_.get()](auto* before, auto& now) { s->trace_interface(before, now); };
}

Kernel::~Kernel() {
  if (state_->event_stream.is_open()) state_->event_stream.release();  // the descriptor belongs to libmnl
  for (auto& instance : state_->instances)
    if (instance->enabled) state_->rib.unfollow(instance->channel->table(), *instance->installer);
}

bool Kernel::start() {
  auto& s = *state_;
  constexpr auto groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR | RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE;
  for (auto& reason : {s.events.open(groups, event_buffer_bytes), s.dumps.open(dump_buffer_bytes), s.requests.open(0, dump_buffer_bytes)})
    if (!reason.empty()) {
      s.log.error("kernel", reason);
      return false;
    }
  s.events.ignore_requests_of(s.requests.port_id());
  if (!s.dumps.list_now()) {
    s.log.error("kernel", "the kernel does not list links and addresses");
    return false;
  }
  s.interfaces_settled();
  s.event_stream.assign(s.events.fd());
  s.dumps.listen();
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
    s.set_up(*device->protocol);
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
  s.set_up(*protocol);
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
    s.dumps.ask(routes_of(options.channel.family));
  }
  instance->scan->cancel();
  s.arm_scan(*instance);
  if (instance->attached) s.feed(*instance);
  else if (!s.held(*instance)) s.attach(*instance);
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
    s.set_up(*direct->protocol());
    direct->enable();
    return true;
  }
  auto device = s.find_device(name);
  if (!device || device->protocol->state == rib::ProtocolState::up) return false;
  s.set_up(*device->protocol);
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
    s.rib.set_state(*direct->protocol(), rib::ProtocolState::down, now());
    direct->disable();
    return true;
  }
  auto device = s.find_device(name);
  if (!device || device->protocol->state == rib::ProtocolState::down) return false;
  s.rib.set_state(*device->protocol, rib::ProtocolState::down, now());
  device->scan->cancel();
  return true;
}

bool Kernel::reload(const std::string& name, bool in, bool out) {
  auto& s = *state_;
  if (auto instance = s.find_instance(name)) {
    if (in) instance->channel->refilter_in();
    if (out && instance->attached) s.feed(*instance);
    return true;
  }
  if (auto direct = s.find_direct(name)) {
    if (in) direct->refilter_in();
    return true;
  }
  return s.find_device(name) != nullptr;
}

void Kernel::hold_for_recovery(bool hold) {
  state_->hold = hold;
  if (hold) return;
  for (auto& instance : state_->instances)
    if (instance->enabled) state_->attach(*instance);
  state_->wake();
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
  for (auto* timer : {&s.settle_timer, &s.redo_timer, &s.confirm_timer}) timer->cancel();
  s.refusals.cancel();
  s.event_stream.cancel();
  s.dumps.cancel();
}

}  // namespace avocet::kernel
