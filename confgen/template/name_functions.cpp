/// lookupIP, lookupIPV4, lookupIPV6, lookupSRV: what the name service says, sorted. No answer is an empty list.
#include <fmt/format.h>
#include <netdb.h>

#include <algorithm>
#include <set>

#include "confgen/service_records.hpp"
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

Value services(const std::string& service, const std::string& protocol, const std::string& name) {
  auto asked = service.empty() && protocol.empty() ? name : fmt::format("_{}._{}.{}", service, protocol, name);
  std::vector<std::pair<std::string, Value>> found;
  for (auto& [priority, weight, port, target] : lookup_services(asked))
    found.emplace_back(
        fmt::format("{}{}{}{}", target, port, priority, weight),
        Value(Record{
            "*net.SRV",
            {{"Priority", Value(priority)}, {"Weight", Value(weight)}, {"Port", Value(port)}, {"Target", target}}}));
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
