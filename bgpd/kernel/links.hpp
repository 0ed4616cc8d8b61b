#pragma once
/// Interfaces and addresses as the kernel tells them, kept in rib::Interfaces.
#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "bgpd/kernel/netlink.hpp"
#include "bgpd/rib/interfaces.hpp"

namespace avocet::kernel {

/// What happened to one interface and its addresses, in BIRD's words: "interface eth0 goes up". Each line is given to `say`.
void say_changes(const rib::Interface* before, const rib::Interface& now,
                 const std::function<void(const std::string& line)>& say);

/// Turns link and address messages into rib::Interfaces. The caller tells the Rib when `take_changed` says so.
class Links {
 public:
  explicit Links(rib::Interfaces& interfaces) : interfaces_(interfaces) {}

  void link(const LinkMessage& message);
  void address(const AddressMessage& message);
  /// A full dump begins; links and addresses that it does not mention are gone when it ends.
  void begin_dump();
  void end_dump();

  bool take_changed() { return std::exchange(changed_, false); }
  /// Interfaces that went down, vanished or lost an address since the last call: the kernel may have dropped routes
  /// over them without saying so.
  std::vector<std::uint32_t> take_weakened() { return std::exchange(weakened_, {}); }
  /// Called with each change, before it is stored; the old one is null for a new interface.
  std::function<void(const rib::Interface* before, const rib::Interface& now)> on_change;

 private:
  void store(rib::Interface interface);
  void remove(std::uint32_t index);

  rib::Interfaces& interfaces_;
  bool changed_ = false;
  std::vector<std::uint32_t> weakened_;
  bool dumping_ = false;
  std::set<std::uint32_t> seen_links_;
  std::set<std::pair<std::uint32_t, proto::Address>> seen_addresses_;
};

}  // namespace avocet::kernel
