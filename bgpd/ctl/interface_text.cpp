#include "bgpd/ctl/interface_text.hpp"

#include <fmt/format.h>
#include <net/if.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <string>

namespace avocet::ctl {
namespace {

using proto::Family;
using rib::Interface;
using rib::InterfaceAddress;

/// BIRD's scopes, by address, in ascending order.
enum class Scope : std::uint8_t { host, link, site, universe };

Scope scope_of(const proto::Address& a) {
  if (a.is_loopback()) return Scope::host;
  if (!a.is_v4()) {
    if (a.is_link_local()) return Scope::link;
    bool unique_local = (a.high >> 57) == (0xfc00u >> 9);  // fc00::/7, RFC 4193
    return unique_local ? Scope::site : Scope::universe;
  }
  auto inside = [&](std::uint32_t net, unsigned length) { return a.v4_bits() >> (32 - length) == net >> (32 - length); };
  if (inside(0xa9fe0000, 16)) return Scope::link;
  bool is_private = inside(0x0a000000, 8) || inside(0xac100000, 12) || inside(0xc0a80000, 16);
  return is_private ? Scope::site : Scope::universe;
}

const char* scope_name(Scope scope) {
  switch (scope) {
    case Scope::host: return "host";
    case Scope::link: return "link";
    case Scope::site: return "site";
    case Scope::universe: return "univ";
  }
  return "";
}

/// The address used first: 2.x takes the first of each kind, 1.6 the one of widest scope.
const InterfaceAddress* preferred(const Interface& interface, Family family, bool link_local) {
  for (auto& a : interface.addresses)
    if (!a.secondary && a.address.family() == family && a.address.is_link_local() == link_local) return &a;
  return nullptr;
}

const InterfaceAddress* primary(const Interface& interface, Family family) {
  const InterfaceAddress* widest = nullptr;
  for (auto& a : interface.addresses)
    if (!a.secondary && a.address.family() == family && (!widest || scope_of(a.address) > scope_of(widest->address)))
      widest = &a;
  return widest;
}

const char* role(const Interface& interface, const InterfaceAddress& a, Skin skin) {
  auto family = a.address.family();
  if (skin == Skin::bird1) return &a == primary(interface, family) ? "Primary, " : a.secondary ? "Secondary, " : "Unselected, ";
  if (&a == preferred(interface, family, a.address.is_link_local())) return "Preferred, ";
  return a.secondary ? "Secondary, " : "";
}

std::string address_text(const InterfaceAddress& a) { return fmt::format("{}/{}", a.address.text(), a.net.length); }

/// 1.6 needs an address of its family to call an interface up.
const char* state(const Interface& interface, Skin skin, Family family) {
  if (skin == Skin::bird1) return interface.up && primary(interface, family) ? "up" : "DOWN";
  return interface.up ? "up" : "down";
}

std::string flags_text(const Interface& i) {
  bool loopback = i.flags & IFF_LOOPBACK, point = !loopback && (i.flags & IFF_POINTOPOINT);
  bool broadcast = !loopback && !point && (i.flags & IFF_BROADCAST);
  std::string text = point ? "PtP" : "MultiAccess";
  if (broadcast) text += " Broadcast";
  if (broadcast || point || (i.flags & IFF_MULTICAST)) text += " Multicast";
  text += i.up ? " AdminUp" : " AdminDown";
  text += i.link ? " LinkUp" : " LinkDown";
  if (loopback) text += " Loopback Ignored";
  return text + " MTU=" + std::to_string(i.mtu);
}

void print_addresses(const Interface& interface, Skin skin, Family family, Reply& reply) {
  for (auto& a : interface.addresses) {
    if (a.address.family() != family) continue;
    auto opposite = a.peer ? "opposite " + a.peer->text() + ", " : "";
    reply.row(1003, fmt::format("\t{} ({}{}scope {})", address_text(a), role(interface, a, skin), opposite,
                                scope_name(scope_of(a.address))));
  }
}

std::string preferred_text(const Interface& interface, Family family) {
  auto* a = preferred(interface, family, false);
  return a ? address_text(*a) : "";
}

}  // namespace

void print_interface(const Interface& interface, Skin skin, Family family, std::string_view master, Reply& reply) {
  auto of = master.empty() ? "" : fmt::format(" master={}", master);
  reply.row(1001, fmt::format("{} {} (index={}{})", interface.name, state(interface, skin, family), interface.index, of));
  reply.row(1004, "\t" + flags_text(interface));
  if (skin == Skin::bird1) return print_addresses(interface, skin, family, reply);
  print_addresses(interface, skin, Family::ipv4, reply);
  print_addresses(interface, skin, Family::ipv6, reply);
}

void print_summary_head(Skin skin, Reply& reply) {
  reply.row(2005, skin == Skin::bird1 ? "interface state address"
                                      : fmt::format("{:<10} {:<6} {:<18} {}", "Interface", "State", "IPv4 address", "IPv6 address"));
}

void print_summary(const Interface& interface, Skin skin, Family family, Reply& reply) {
  if (skin == Skin::bird1) {
    auto* a = primary(interface, family);
    reply.row(1005, fmt::format("{:<9} {:<5} {}", interface.name, state(interface, skin, family), a ? address_text(*a) : ""));
    return;
  }
  reply.row(1005, fmt::format("{:<10} {:<6} {:<18} {}", interface.name, state(interface, skin, family),
                              preferred_text(interface, Family::ipv4), preferred_text(interface, Family::ipv6)));
}

boost::json::object interface_json(const Interface& interface) {
  boost::json::array addresses;
  for (auto& a : interface.addresses) {
    boost::json::object one{{"address", a.address.text()}, {"net", a.net.text()}, {"scope", scope_name(scope_of(a.address))}};
    if (a.peer) one["peer"] = a.peer->text();
    if (a.secondary) one["secondary"] = true;
    addresses.push_back(std::move(one));
  }
  return {{"name", interface.name},     {"index", interface.index},   {"up", interface.up},
          {"link", interface.link},     {"mtu_bytes", interface.mtu}, {"addresses", std::move(addresses)}};
}

}  // namespace avocet::ctl
