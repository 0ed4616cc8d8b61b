/// lookupIP, lookupIPV4, lookupIPV6, lookupSRV: what the name service says, sorted. No answer is an empty list.
#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <fmt/format.h>
#include <netdb.h>
#include <resolv.h>

#include <algorithm>
#include <set>

#include "confgen/template/functions.hpp"

namespace avocet::confgen {

namespace {

Value addresses(const std::string& name, int family) {
  addrinfo hints{};
  hints.ai_family = family;
  hints.ai_socktype = SOCK_STREAM;  // else every address comes once for each type
  addrinfo* found = nullptr;
  std::set<std::string> texts;
  if (::getaddrinfo(name.c_str(), nullptr, &hints, &found) == 0) {
    for (auto i = found; i; i = i->ai_next) {
      char text[NI_MAXHOST];
      if (::getnameinfo(i->ai_addr, i->ai_addrlen, text, sizeof text, nullptr, 0, NI_NUMERICHOST) == 0)
        texts.insert(text);
    }
    ::freeaddrinfo(found);
  }
  return Value(List(texts.begin(), texts.end()), Element::text);
}

Value service_record(const unsigned char* data, const std::string& target) {
  auto number = [&](int i) { return Value(data[2 * i] << 8 | data[2 * i + 1]); };
  return Value(
      Record{"*net.SRV", {{"Priority", number(0)}, {"Weight", number(1)}, {"Port", number(2)}, {"Target", target}}});
}

Value services(const std::string& service, const std::string& protocol, const std::string& name) {
  unsigned char answer[NS_MAXMSG];
  auto asked = service.empty() && protocol.empty() ? name : fmt::format("_{}._{}.{}", service, protocol, name);
  int size = ::res_query(asked.c_str(), ns_c_in, ns_t_srv, answer, sizeof answer);
  std::vector<std::pair<std::string, Value>> found;
  ns_msg message;
  if (size > 0 && ::ns_initparse(answer, size, &message) == 0) {
    for (int i = 0; i < ns_msg_count(message, ns_s_an); ++i) {
      ns_rr record;
      char target[NS_MAXDNAME];
      constexpr int before_target = 6;  // priority, weight and port, two bytes each
      if (::ns_parserr(&message, ns_s_an, i, &record) != 0 || ns_rr_type(record) != ns_t_srv ||
          ns_rr_rdlen(record) <= before_target ||
          ::dn_expand(answer, answer + size, ns_rr_rdata(record) + before_target, target, sizeof target) < 0)
        continue;
      std::string full = target;
      if (!full.ends_with(".")) full += '.';
      auto value = service_record(ns_rr_rdata(record), full);
      auto& fields = value.record()->fields;
      found.emplace_back(fmt::format("{}{}{}{}", full, *fields.at("Port").integer(), *fields.at("Priority").integer(),
                                     *fields.at("Weight").integer()),
                         value);
    }
  }
  std::sort(found.begin(), found.end(), [](auto& a, auto& b) { return a.first < b.first; });
  List list;
  for (auto& [order, value] : found) list.push_back(value);
  return Value(std::move(list));
}

}  // namespace

Functions name_functions() {
  return {
      {"lookupIP", {"s", [](const List& o) { return addresses(text_operand(o, 0), AF_UNSPEC); }}},
      {"lookupIPV4", {"s", [](const List& o) { return addresses(text_operand(o, 0), AF_INET); }}},
      {"lookupIPV6", {"s", [](const List& o) { return addresses(text_operand(o, 0), AF_INET6); }}},
      {"lookupSRV",
       {"sss", [](const List& o) { return services(text_operand(o, 0), text_operand(o, 1), text_operand(o, 2)); }}},
  };
}

}  // namespace avocet::confgen
