#include "bgpd/kernel/links.hpp"

#include <algorithm>
#include <tuple>

#include <net/if.h>

namespace avocet::kernel {
namespace {

// IFF_LOWER_UP, which net/if.h does not have: the carrier itself. IFF_RUNNING follows it up to a second later.
constexpr std::uint32_t lower_up = 1u << 16;

}  // namespace

void say_changes(const rib::Interface* before, const rib::Interface& now,
                 const std::function<void(const std::string& line)>& say) {
  auto say_addresses = [&](const rib::Interface& of, const rib::Interface* other, const char* what) {
    for (auto& address : of.addresses)
      if (!other || std::ranges::find(other->addresses, address) == other->addresses.end())
        say("< address " + address.net.text() + " on interface " + of.name + what);
  };
  bool was_up = before && before->up && before->link, is_up = now.up && now.link;
  if (!was_up && is_up) say("< interface " + now.name + " goes up");
  if (before) say_addresses(*before, &now, " removed");
  say_addresses(now, before, " added");
  if (was_up && !is_up) say("< interface " + now.name + " goes down");
}

void Links::store(rib::Interface interface) {
  auto before = interfaces_.find(interface.index);
  if (before && *before == interface) return;
  bool lost = before && ((before->up && !interface.up) || (before->link && !interface.link) ||
                         before->addresses.size() > interface.addresses.size());
  if (lost) weakened_.push_back(interface.index);
  changed_ = true;
  if (on_change) on_change(before, interface);
  interfaces_.set(std::move(interface));
}

void Links::remove(std::uint32_t index) {
  auto before = interfaces_.find(index);
  if (!before) return;
  rib::Interface gone;
  gone.name = before->name;
  if (on_change) on_change(before, gone);
  weakened_.push_back(index);
  changed_ = true;
  interfaces_.remove(index);
}

void Links::link(const LinkMessage& message) {
  if (message.removed) return remove(message.index);
  if (dumping_) seen_links_.insert(message.index);
  auto known = interfaces_.find(message.index);
  auto interface = known ? *known : rib::Interface{};
  interface.index = message.index;
  interface.name = message.name;
  interface.flags = message.flags;
  interface.mtu = message.mtu;
  interface.master = message.master;
  interface.up = (message.flags & IFF_UP) != 0;
  interface.link = (message.flags & lower_up) != 0;
  store(std::move(interface));
}

void Links::address(const AddressMessage& message) {
  auto known = interfaces_.find(message.index);
  if (!known) return;  // its link was removed meanwhile
  if (message.tentative && !message.removed) return;  // duplicate detection is running; it is told again when done
  if (dumping_) seen_addresses_.insert({message.index, message.address});
  auto interface = *known;
  std::erase_if(interface.addresses, [&](auto& a) { return a.address == message.address; });
  if (!message.removed) {
    rib::InterfaceAddress address;
    address.address = message.address;
    address.net = proto::Prefix::make(message.peer ? *message.peer : message.address, message.length);
    address.peer = message.peer;
    address.secondary = message.secondary;
    address.scope = message.scope;
    interface.addresses.push_back(std::move(address));
    // The kernel lists them in the order of its choice after a flap; a fixed order keeps the primary address stable.
    std::stable_sort(interface.addresses.begin(), interface.addresses.end(), [](auto& a, auto& b) {
      return std::tuple(a.net.family, a.secondary) < std::tuple(b.net.family, b.secondary);
    });
  }
  store(std::move(interface));
}

void Links::begin_dump() {
  dumping_ = true;
  seen_links_.clear();
  seen_addresses_.clear();
}

void Links::end_dump() {
  dumping_ = false;
  std::vector<std::uint32_t> gone;
  auto list = interfaces_.list();
  for (auto& interface : list) {
    if (!seen_links_.contains(interface.index)) {
      gone.push_back(interface.index);
      continue;
    }
    auto kept = interface;
    std::erase_if(kept.addresses, [&](auto& a) { return !seen_addresses_.contains({interface.index, a.address}); });
    store(std::move(kept));
  }
  for (auto index : gone) remove(index);
}

}  // namespace avocet::kernel
